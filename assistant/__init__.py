"""Offline voice assistant for clinicians: a spoken question in, a spoken answer out."""

__version__ = "0.1.0"
