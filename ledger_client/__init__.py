"""A typed client of the medical ledger's REST API."""

from ledger_client.client import LedgerClient

__all__ = ["LedgerClient"]
