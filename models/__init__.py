"""Model weights: what there is (manifest), where it lies (store), how it comes (fetch)."""

from models.store import path_of, verify

__all__ = ["path_of", "verify"]
