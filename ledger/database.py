"""The embedded backend: one SQLite file in WAL mode; a commit is on disk when it returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ledger.errors import LedgerBusy, LedgerFull, RecordUnverified, SetupError
from ledger.statements import SqlSession

_SCHEMA_VERSION: Final = 2
_BUSY_MS: Final = 5000
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE records (
    position INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    leaf INTEGER NOT NULL,
    chain TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    ciphertext BLOB,
    UNIQUE (chain, sequence)
) STRICT;
CREATE INDEX records_of_a_kind ON records (kind);
CREATE TABLE chains (
    chain TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    place INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    first INTEGER NOT NULL UNIQUE,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE TABLE nodes (
    tree TEXT NOT NULL,
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (tree, level, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE cosignatures (
    channel TEXT NOT NULL,
    organisation TEXT NOT NULL,
    size INTEGER NOT NULL,
    root TEXT NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (channel, organisation)
) STRICT;
PRAGMA user_version = {_SCHEMA_VERSION};
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


class SqliteBackend:
    """:class:`ledger.backend.Backend` over the file at ``path``, made on first use."""

    def __init__(self, path: Path) -> None:
        # SQLite gives its side files the mode of the database: no other may read any of them
        path.touch(mode=0o600)
        with translated():
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                _ensure_schema(connection)
            except BaseException:
                connection.close()
                raise
        self.connection = connection
        self._session = SqliteSession(connection)

    @contextmanager
    def transaction(self, write: bool) -> Iterator[SqliteSession]:
        """BEGIN, then commit, or roll back when the block raises."""
        with translated():
            self.connection.execute("BEGIN IMMEDIATE" if write else "BEGIN DEFERRED")
            try:
                yield self._session
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def sound(self) -> bool:
        """SQLite's own integrity check."""
        with translated():
            found = self.connection.execute("PRAGMA integrity_check(1)").fetchone()
        return bool(found[0] == "ok")

    def scrub(self) -> None:
        """Empty the write-ahead log; freed pages are overwritten already (secure_delete)."""
        with translated():
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def _ensure_schema(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        try:
            connection.executescript(_SCHEMA)
        except sqlite3.OperationalError:
            # another process made it at the same moment
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != _SCHEMA_VERSION:
        raise SetupError(
            f"The database has format {version}, this ledger reads format {_SCHEMA_VERSION}: "
            "use the version that wrote it, or start a new ledger in an empty folder."
        )


class SqliteSession(SqlSession):
    """:class:`ledger.backend.Session` over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _run(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _run_each(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(statement, rows)

    def _streamed(self, statement: str, values: Sequence[object]) -> Iterator[Any]:
        return self._connection.execute(statement, values)
