"""The PostgreSQL backend: one database, which may be a cluster's; a commit is on disk, and with
synchronous replication on a second machine's disk, when it returns.

When the connection breaks the transaction has failed as far as anyone was told, and the next
one connects anew. A commit that came through unheard is found by its idempotency key.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg import errors

from ledger.errors import LedgerBusy, LedgerFull, RecordUnverified, SetupError
from ledger.statements import SqlSession

_VERSION: Final = 1
_NAMES: Final = itertools.count()
_LOCK: Final = 0x4C454447
_CONNECT_S: Final = 5
_STATEMENT_MS: Final = 30_000
_BATCH: Final = 1000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS ledger_version (version integer NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    position bigint PRIMARY KEY,
    channel text NOT NULL,
    leaf bigint NOT NULL,
    chain text NOT NULL,
    sequence bigint NOT NULL,
    id text NOT NULL UNIQUE,
    kind text NOT NULL,
    header bytea NOT NULL,
    signature bytea NOT NULL,
    ciphertext bytea,
    UNIQUE (chain, sequence)
);
CREATE INDEX IF NOT EXISTS records_of_a_kind ON records (kind, position);
CREATE TABLE IF NOT EXISTS chains (
    chain text PRIMARY KEY,
    channel text NOT NULL,
    place bigint NOT NULL,
    sequence bigint NOT NULL,
    hash text NOT NULL
);
CREATE TABLE IF NOT EXISTS blocks (
    number bigint PRIMARY KEY,
    first bigint NOT NULL UNIQUE,
    statement bytea NOT NULL,
    signature bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS nodes (
    tree text NOT NULL,
    level integer NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tree, level, place)
);
CREATE TABLE IF NOT EXISTS cosignatures (
    channel text NOT NULL,
    organisation text NOT NULL,
    size bigint NOT NULL,
    root text NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (channel, organisation)
);
"""

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into the ledger's; their texts stay out, they may quote values."""
    try:
        yield
    except errors.DiskFull:
        raise LedgerFull("No room for another record; nothing was stored.") from None
    except (errors.DataCorrupted, errors.IndexCorrupted):
        raise RecordUnverified("The database is damaged.") from None
    except psycopg.Error as error:
        raise LedgerBusy(
            f"The database can't be used now ({error.sqlstate or type(error).__name__})."
        ) from None


class PostgresBackend:
    """:class:`ledger.backend.Backend` over the database that ``address`` names (libpq's form).

    Several hosts may be named: the one that takes writes is found.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: Connection | None = None
        with _translated():
            connection = self._connected()
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                connection.execute(_SCHEMA)
                found = connection.execute("SELECT version FROM ledger_version").fetchone()
                if found is None:
                    connection.execute("INSERT INTO ledger_version VALUES (%s)", (_VERSION,))
                elif found[0] != _VERSION:
                    raise SetupError(f"The database has format {found[0]}, not {_VERSION}.")

    @contextmanager
    def transaction(self, write: bool) -> Iterator[PostgresSession]:
        """Commit, or roll back when the block raises; one writer at a time."""
        with _translated():
            connection = self._begun(write)
            try:
                yield PostgresSession(connection)
                connection.execute("COMMIT")
            except BaseException as error:
                if isinstance(error, psycopg.OperationalError):
                    self.close()
                else:
                    with suppress(psycopg.Error):
                        connection.execute("ROLLBACK")
                raise

    def sound(self) -> bool:
        """Whether pages carry checksums: then PostgreSQL itself refuses to read a damaged one."""
        with _translated():
            found = self._connected().execute("SHOW data_checksums").fetchone()
        return found is not None

    def scrub(self) -> None:
        """Write the table of records anew, without what was erased."""
        with _translated():
            self._connected().execute("VACUUM (FULL) records")

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _begun(self, write: bool) -> Connection:
        """A connection with a transaction begun; one that broke while idle is replaced."""
        try:
            return self._begin(write)
        except psycopg.OperationalError:
            self.close()
            return self._begin(write)

    def _begin(self, write: bool) -> Connection:
        connection = self._connected()
        if write:
            connection.execute("BEGIN")
            # Taken first: every statement after it sees what writers before did. And a row lock
            # is written ahead: a transaction that only finds its records there already, perhaps
            # since a crash before they were copied, also waits until the standby has them.
            connection.execute("SELECT version FROM ledger_version FOR UPDATE")
        else:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return connection

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._address,
                autocommit=True,
                connect_timeout=_CONNECT_S,
                target_session_attrs="read-write",
                # a machine that vanishes without a word is noticed in seconds, not in two hours
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=3,
                tcp_user_timeout=10_000,
                options=f"-c synchronous_commit=on -c statement_timeout={_STATEMENT_MS}",
            )
        return self._connection


class PostgresSession(SqlSession):
    """:class:`ledger.backend.Session` over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _run(self, statement: str, values: Sequence[object]) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._connection.execute(_marked(statement), values)

    def _run_each(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_marked(statement), rows)

    def _streamed(self, statement: str, values: Sequence[object]) -> Iterator[Any]:
        """Rows a thousand at a time: a whole ledger does not fit into memory."""
        # several may be read at once, each under a name of its own
        with self._connection.cursor(name=f"streamed_{next(_NAMES)}") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(_marked(statement), values)
            yield from cursor


def _marked(statement: str) -> bytes:
    """The statement with the driver's marks for values; none has a ``?`` or ``%`` of its own."""
    return statement.replace("?", "%s").encode()
