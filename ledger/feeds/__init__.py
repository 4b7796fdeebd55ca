"""Feeds: data that reaches the ledger from elsewhere, each change or reading once."""
