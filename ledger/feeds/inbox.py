"""The relay's memory on disk: which readings came, in which batch they went, what is stored.

A batch is fixed on disk before it is sent, and its id is the idempotency key: sent again after
a crash it is the same batch, and the ledger stores it once.
"""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.feeds.readings import Reading
from ledger.feeds.refused import SCHEMA as REFUSED
from ledger.feeds.refused import Refusals
from ledger_client.appends import Item
from ledger_client.wire import from_wire, to_wire

BATCH: Final = 20
"""Even all ECG, and with an alert each, it fits into one request."""
_SCHEMA: Final = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS readings (
    number INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    series TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body BLOB,
    batch TEXT,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'stored', 'refused')),
    UNIQUE (device, series, sequence)
) STRICT;
CREATE TABLE IF NOT EXISTS settled_up_to (
    device TEXT NOT NULL,
    series TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (device, series)
) STRICT;
CREATE INDEX IF NOT EXISTS waiting ON readings (state, batch) WHERE state = 'waiting';
{REFUSED}
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reading that is not settled yet."""

    device: str
    series: str
    sequence: int
    record: Item


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings that go to the ledger as one append; ``id`` is its idempotency key."""

    id: str
    readings: tuple[Waiting, ...]


class Inbox:
    """The relay's database. For one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self.refusals = Refusals(self._connection)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def add(self, device: str, reading: Reading) -> bool:
        """Keep a reading that is new; whether it is settled already. On disk when it returns."""
        place = (device, reading.series, reading.sequence)
        if reading.sequence <= self._settled_up_to(device, reading.series):
            return True
        self._connection.execute(
            "INSERT INTO readings (device, series, sequence, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            (*place, to_wire(reading.record)),
        )
        found = self._connection.execute(
            "SELECT state FROM readings WHERE device = ? AND series = ? AND sequence = ?", place
        ).fetchone()
        return bool(found[0] != "waiting")

    def batch(self) -> Batch | None:
        """The batch that is to be sent next: one that was made before, else a new one."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            known = self._connection.execute(
                "SELECT batch FROM readings WHERE state = 'waiting' AND batch IS NOT NULL "
                "ORDER BY number LIMIT 1"
            ).fetchone()
            identity = known[0] if known else uuid.uuid4().hex
            if known is None:
                self._connection.execute(
                    "UPDATE readings SET batch = ? WHERE number IN (SELECT number FROM readings "
                    "WHERE state = 'waiting' AND batch IS NULL ORDER BY number LIMIT ?)",
                    (identity, BATCH),
                )
            rows = self._connection.execute(
                "SELECT device, series, sequence, body FROM readings "
                "WHERE batch = ? AND state = 'waiting' ORDER BY number",
                (identity,),
            ).fetchall()
        if not rows:
            return None
        return Batch(
            identity,
            tuple(
                Waiting(device, series, sequence, from_wire(Item, body))
                for device, series, sequence, body in rows
            ),
        )

    def split(self, batch: Batch) -> None:
        """Make each reading of a refused batch a batch of its own, with an id that lasts."""
        with self._connection:
            self._connection.execute(
                "UPDATE readings SET batch = batch || '-' || number WHERE batch = ?", (batch.id,)
            )

    def stored(self, batch: Batch) -> None:
        """Note that the ledger has a batch."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "UPDATE readings SET state = 'stored', body = NULL WHERE batch = ?", (batch.id,)
            )
            self._settle(batch)

    def refuse(self, batch: Batch, reason: str) -> None:
        """Set the readings that the ledger refused aside, with their values."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "UPDATE readings SET state = 'refused' WHERE batch = ?", (batch.id,)
            )
            for number, device in self._connection.execute(
                "SELECT number, device FROM readings WHERE batch = ?", (batch.id,)
            ).fetchall():
                self.refusals.add(device, str(number), reason)
            self._settle(batch)

    def take_back(self) -> None:
        """Let what is wanted of the refused readings wait for a batch again."""
        for refusal in self.refusals.wanted():
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(
                    "UPDATE readings SET state = 'waiting', batch = NULL "
                    "WHERE number = ? AND state = 'refused'",
                    (int(refusal.item),),
                )
                self.refusals.drop(refusal.place, refusal.item)

    def _settle(self, batch: Batch) -> None:
        for device, series in {(item.device, item.series) for item in batch.readings}:
            self._forget(device, series)

    def _settled_up_to(self, device: str, series: str) -> int:
        found = self._connection.execute(
            "SELECT sequence FROM settled_up_to WHERE device = ? AND series = ?", (device, series)
        ).fetchone()
        return int(found[0]) if found else 0

    def _forget(self, device: str, series: str) -> None:
        """Drop the rows below the first gap: one number stands for them."""
        upto = self._settled_up_to(device, series)
        for sequence, state in self._connection.execute(
            "SELECT sequence, state FROM readings WHERE device = ? AND series = ? "
            "AND sequence > ? ORDER BY sequence",
            (device, series, upto),
        ):
            if sequence != upto + 1 or state == "waiting":
                break
            upto = sequence
        self._connection.execute(
            "INSERT INTO settled_up_to VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET sequence = excluded.sequence",
            (device, series, upto),
        )
        self._connection.execute(
            "DELETE FROM readings WHERE device = ? AND series = ? AND sequence <= ? "
            "AND state = 'stored'",
            (device, series, upto),
        )
