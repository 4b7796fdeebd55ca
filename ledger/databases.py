"""Which database a ledger's folder uses: a file in it, or the PostgreSQL that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ledger.backend import Backend
from ledger.database import SqliteBackend

FILE: Final = "ledger.db"
ADDRESS: Final = "postgres"
"""A file with the address of a PostgreSQL database in libpq's form; it may hold a password."""


def exists(home: Path) -> bool:
    """Whether there is a ledger in ``home``."""
    return (home / FILE).exists() or (home / ADDRESS).exists()


def connected(home: Path) -> Backend:
    """The database of the ledger in ``home``; raises SetupError, LedgerBusy."""
    address = home / ADDRESS
    if address.exists():
        # only here: a site without PostgreSQL needs no driver
        from ledger.postgres import PostgresBackend

        return PostgresBackend(address.read_text("utf-8").strip())
    return SqliteBackend(home / FILE)
