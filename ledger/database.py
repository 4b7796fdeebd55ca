"""The embedded backend: one SQLite file in WAL mode; a commit is on disk when it returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.backend import Cosignature, Head, Node, Row, SealedBlock
from ledger.errors import LedgerBusy, LedgerFull, RecordUnverified, SetupError

_SCHEMA_VERSION: Final = 2
_BUSY_MS: Final = 5000
_COLUMNS: Final = (
    "position, channel, leaf, chain, sequence, id, kind, header, signature, ciphertext"
)
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


class SqliteSession:
    """:class:`ledger.backend.Session` over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def newest_block(self) -> SealedBlock | None:
        return self._block("ORDER BY number DESC LIMIT 1")

    def block(self, number: int) -> SealedBlock | None:
        return self._block("WHERE number = ?", number)

    def block_of(self, position: int) -> SealedBlock | None:
        return self._block("WHERE first <= ? ORDER BY first DESC LIMIT 1", position)

    def blocks(self) -> Iterator[SealedBlock]:
        cursor = self._connection.execute(
            "SELECT number, first, statement, signature FROM blocks ORDER BY number"
        )
        return (SealedBlock(*row) for row in cursor)

    def head(self, chain: str) -> Head | None:
        row = self._connection.execute(
            "SELECT chain, channel, place, sequence, hash FROM chains WHERE chain = ?", (chain,)
        ).fetchone()
        return None if row is None else Head(*row)

    def heads(self) -> Iterator[Head]:
        cursor = self._connection.execute(
            "SELECT chain, channel, place, sequence, hash FROM chains"
        )
        return (Head(*row) for row in cursor)

    def record(self, record_id: str) -> Row | None:
        return next(self._rows("id = ?", record_id), None)

    def chain(self, chain: str, after: int) -> list[Row]:
        return list(self._rows("chain = ? AND sequence > ? ORDER BY sequence", chain, after))

    def kinds(self, kinds: Iterable[str], after: int) -> list[Row]:
        wanted = tuple(kinds)
        marks = ",".join("?" * len(wanted))
        return list(
            self._rows(f"kind IN ({marks}) AND position > ? ORDER BY position", *wanted, after)
        )

    def positions(self, first: int, last: int) -> Iterator[Row]:
        return self._rows("position BETWEEN ? AND ? ORDER BY position", first, last)

    def node(self, tree: str, level: int, place: int) -> bytes | None:
        row = self._connection.execute(
            "SELECT hash FROM nodes WHERE tree = ? AND level = ? AND place = ?",
            (tree, level, place),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def cosignatures(self, channel: str) -> list[Cosignature]:
        cursor = self._connection.execute(
            "SELECT channel, organisation, size, root, signature FROM cosignatures "
            "WHERE channel = ? ORDER BY organisation",
            (channel,),
        )
        return [Cosignature(*row) for row in cursor]

    def insert(
        self,
        rows: Iterable[Row],
        heads: Iterable[Head],
        nodes: Iterable[Node],
        block: SealedBlock,
    ) -> None:
        execute = self._connection.executemany
        execute(f"INSERT INTO records ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        execute("INSERT OR REPLACE INTO chains VALUES (?,?,?,?,?)", heads)
        execute("INSERT OR REPLACE INTO nodes VALUES (?,?,?,?)", nodes)
        execute("INSERT INTO blocks VALUES (?,?,?,?)", [block])

    def cosign(self, cosignature: Cosignature) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO cosignatures VALUES (?,?,?,?,?)", cosignature
        )

    def erase(self, chain: str) -> int:
        return self._connection.execute(
            "UPDATE records SET ciphertext = NULL WHERE chain = ? AND ciphertext IS NOT NULL",
            (chain,),
        ).rowcount

    def _block(self, condition: str, *values: object) -> SealedBlock | None:
        row = self._connection.execute(
            f"SELECT number, first, statement, signature FROM blocks {condition}", values
        ).fetchone()
        return None if row is None else SealedBlock(*row)

    def _rows(self, condition: str, *values: object) -> Iterator[Row]:
        cursor = self._connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE {condition}", values
        )
        return (Row(*row) for row in cursor)
