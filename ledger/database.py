"""The SQLite file: schema, connection, and what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import LedgerBusy, LedgerFull, RecordUnverified, SetupError

_SCHEMA_VERSION: Final = 1
_BUSY_MS: Final = 5000
_SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY,
    chain TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    UNIQUE (chain, sequence)
) STRICT;
CREATE INDEX IF NOT EXISTS records_of_a_kind ON records (kind);
CREATE TABLE IF NOT EXISTS chains (
    chain TEXT PRIMARY KEY,
    wrapped_key BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS checkpoint (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
PRAGMA user_version = 1;
COMMIT;
"""


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into the ledger's; their texts stay out, they may quote values."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise LedgerFull("No room for another record; nothing was stored.") from None
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise RecordUnverified("The database file is damaged.") from None
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise LedgerBusy(f"The database can't be used now ({name}).") from None


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; a commit is on disk when it returns."""
    # SQLite gives its side files the mode of the database: no other may read any of them
    path.touch(mode=0o600)
    with translated():
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _SCHEMA_VERSION):
                raise SetupError("The database was written by another version of the ledger.")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if version == 0:
                connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, mode: str) -> Iterator[None]:
    """``BEGIN mode``, then commit, or roll back when the block raises."""
    with translated():
        connection.execute(f"BEGIN {mode}")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
