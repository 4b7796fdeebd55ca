"""What a hospital's relay remembers: each row as the ledger has it, and what is being sent.

What is to be sent is fixed on disk first. Cut off, the relay sends the very same again, and the
ledger, which knows the key, stores it once. The file holds patients' data as the hospital's
database does. Without it rows would be stored anew when they next change, and nothing told of
rows that were deleted meanwhile.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.feeds.refused import SCHEMA as REFUSED
from ledger.feeds.refused import Refusals
from ledger.feeds.rows import record
from ledger_client.client import Record
from ledger_client.messages import Origin

GONE: Final = ""
"""The hash of a row that is not in its view."""
_SCHEMA: Final = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS rows (
    view TEXT NOT NULL,
    row_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    body TEXT,
    revision INTEGER NOT NULL,
    refused TEXT,
    PRIMARY KEY (view, row_id)
) STRICT;
CREATE TABLE IF NOT EXISTS sending (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    view TEXT NOT NULL,
    row_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    body TEXT,
    revision INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS looked (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    time REAL NOT NULL
) STRICT;
{REFUSED}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a view at one moment. PHI."""

    view: str
    id: str
    hash: str
    """SHA-256 of the body in hex; :data:`GONE` for a row that is not there any more."""
    body: str | None
    """The row as a JSON object."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A row on its way. ``records`` may be none: what the ledger has is right already."""

    row: Row
    revision: int
    records: tuple[Record, ...]
    key: str


class Mirror:
    """The relay's database. For one thread. ``account`` is the relay's in the ledger;
    ``clock`` gives seconds since 1970.
    """

    def __init__(self, path: Path, account: str, clock: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._account = account
        self._clock = clock
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self.refusals = Refusals(self._connection)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def hashes(self, view: str) -> dict[str, str]:
        """By id, the hash of each row's version that was stored or refused last."""
        return dict(
            self._connection.execute(
                "SELECT row_id, coalesce(refused, hash) FROM rows WHERE view = ?", (view,)
            )
        )

    def news(self, row: Row) -> bool:
        """Whether this is another version than the last that was stored or refused."""
        found = self._connection.execute(
            "SELECT coalesce(refused, hash) FROM rows WHERE view = ? AND row_id = ?",
            (row.view, row.id),
        ).fetchone()
        return row.hash != (found[0] if found else GONE)

    def begin(self, row: Row) -> None:
        """Fix on disk that ``row`` is sent now, as which revision."""
        found = self._connection.execute(
            "SELECT revision FROM rows WHERE view = ? AND row_id = ?", (row.view, row.id)
        ).fetchone()
        # by the clock, so that a relay without its memory does not begin below what it sent
        revision = max(found[0] + 1 if found else 1, int(self._clock() * 1_000_000))
        self._connection.execute(
            "INSERT INTO sending VALUES (1, ?, ?, ?, ?, ?)",
            (row.view, row.id, row.hash, row.body, revision),
        )

    def begun(self) -> tuple[Row, int] | None:
        """The row that is being sent, with its revision."""
        found = self._connection.execute(
            "SELECT view, row_id, hash, body, revision FROM sending"
        ).fetchone()
        return None if found is None else (Row(*found[:4]), found[4])

    def sending(self, row: Row, revision: int) -> Sending:
        """What the ledger must be told about ``row``; raises Refused for one that fits no record.

        A row that went to another patient is withdrawn from the first.
        """
        source = f"{self._account}:{row.view}:{row.id}"
        key = hashlib.sha256(f"{source}:{revision}".encode()).hexdigest()
        found = self._connection.execute(
            "SELECT hash, body FROM rows WHERE view = ? AND row_id = ?", (row.view, row.id)
        ).fetchone()
        if row.hash == (found[0] if found else GONE):
            return Sending(row, revision, (), key)
        records: list[Record] = []
        if row.body is not None:
            records.append(record(row.view, row.body, Origin(source, revision)))
        if found and found[1] is not None:
            former = record(row.view, found[1], Origin(source, revision, withdrawn=True))
            if not records or records[0].card != former.card:
                records.insert(0, former)
        return Sending(row, revision, tuple(records), key)

    def stored(self, row: Row, revision: int) -> None:
        """The ledger has what was being sent."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, NULL)",
                (row.view, row.id, row.hash, row.body, revision),
            )
            self._connection.execute("DELETE FROM sending")
            self.refusals.drop(row.view, row.id)

    def refuse(self, row: Row, reason: str) -> None:
        """Set a version of a row aside; its next version is tried again."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "INSERT INTO rows VALUES (?, ?, ?, NULL, 0, ?) "
                "ON CONFLICT DO UPDATE SET refused = excluded.refused",
                (row.view, row.id, GONE, row.hash),
            )
            self._connection.execute("DELETE FROM sending")
            self.refusals.add(row.view, row.id, reason)

    def forgive(self, view: str, row_id: str) -> None:
        """Try the row as it is now, as if it had not been refused."""
        self._connection.execute(
            "UPDATE rows SET refused = NULL WHERE view = ? AND row_id = ?", (view, row_id)
        )

    def looked(self) -> float:
        """When all views were last read through, in seconds since 1970; 0 for never."""
        found = self._connection.execute("SELECT time FROM looked").fetchone()
        return float(found[0]) if found else 0.0

    def note_look(self, moment: float) -> None:
        """All views were read through at ``moment``."""
        self._connection.execute("INSERT OR REPLACE INTO looked VALUES (1, ?)", (moment,))
