"""The medical ledger: a REST service over signed, hash-linked, encrypted patient chains."""
