"""What the ledger's REST API offers, by concern."""
