"""One signed, hash-linked, encrypted chain of records per patient, in SQLite.

What is protected: whoever can write the database but has not the keys can't change, drop,
reorder or forge a record unnoticed. Every chain has a signed head, so its newest records
can't go missing either; the running root over all records is signed too, and a copy of it
lies outside the database in ``checkpoint.json``, so an older copy of the database is refused.

What is not: whoever has ``master.key`` and ``node.key`` can write any history; an attacker
who puts back an older database *and* the older ``checkpoint.json`` that belongs to it is
found only against a checkpoint kept elsewhere; and the number of chains, the length, kinds
and times of their records and which records one author made are readable without keys.
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ledger import anchor
from ledger.database import connect, transaction, translated
from ledger.errors import IdempotencyConflict, PatientUnknown, RecordUnverified
from ledger.keys import DataKey, Keys, digest
from ledger.record import (
    GENESIS,
    Checkpoint,
    Header,
    Record,
    Row,
    head_statement,
    opened,
    signed_head,
    signed_row,
)
from ledger_client.messages import Receipt

COLUMNS: Final = "position, chain, sequence, id, kind, header, signature, ciphertext"
_OPENING_KINDS: Final = ("patient", "hospital")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to append. ``author`` and ``payload`` are PHI until they are sealed."""

    chain: str
    kind: str
    id: str
    author: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a reader has read: it stays valid while only this store writes."""

    epoch: int
    position: int
    """Sequence in a chain, or position in the ledger."""
    hash: str = GENESIS


@dataclass(slots=True)
class _Chain:
    """A chain while a transaction extends it."""

    key: DataKey
    wrapped: bytes
    sequence: int = 0
    hash: str = GENESIS


class Store:
    """Appends to and reads from one ledger. Threads may share it; so may processes its files."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = home / "ledger.db"
        self.home = home
        self.keys = Keys.open(home / "keys", fresh=not path.exists())
        self._anchor = home / "checkpoint.json"
        self._lock = threading.Lock()
        self._connection = connect(path)
        self._epoch = 0
        self._data_version = -1
        try:
            self._refuse_rollback()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def patient_chain(self, card: str) -> str:
        """The pseudonym that names a patient's chain."""
        return self.keys.pseudonym("patient", card)

    def record_id(self, idempotency_key: str | None) -> str:
        """The id of the record that this key stores: the same key gives the same id."""
        return self.keys.pseudonym("record", idempotency_key or uuid.uuid4().hex)[:32]

    def append(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Store all ``drafts`` or none; on disk when it returns.

        A draft whose id is stored already, with the same content, gets its first receipt.
        Raises PatientUnknown, IdempotencyConflict, RecordUnverified, LedgerFull, LedgerBusy.
        """
        chains: dict[str, _Chain] = {}
        with self._lock:
            with transaction(self._connection, "IMMEDIATE"):
                checkpoint = before = self._checkpoint()
                receipts = []
                for draft in drafts:
                    receipt = self._stored(draft)
                    if receipt is None:
                        receipt = self._insert(draft, chains, checkpoint.records + 1)
                        checkpoint = checkpoint.extended(receipt.hash)
                    receipts.append(receipt)
                for name, chain in chains.items():
                    self._save_head(name, chain)
                statement = checkpoint.to_bytes()
                signature = self.keys.sign("checkpoint", statement)
                if checkpoint != before:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)", (statement, signature)
                    )
            if checkpoint != before:
                try:
                    anchor.write(self._anchor, statement, signature)
                except OSError as error:
                    # the records are on disk; an older copy of the checkpoint still holds
                    _log.warning("checkpoint.json not written: errno %s", error.errno)
        return tuple(receipts)

    def chain_since(self, chain: str, known: Mark | None) -> tuple[Mark, list[Record], bool]:
        """A chain's records after ``known``, verified up to its signed head.

        The flag tells that the list holds the whole chain, because ``known`` was not given or
        another process has written. Raises PatientUnknown, RecordUnverified.
        """
        with self._lock, transaction(self._connection, "DEFERRED"):
            epoch = self._current_epoch()
            head = self._connection.execute(
                "SELECT wrapped_key, sequence, hash, signature FROM chains WHERE chain = ?",
                (chain,),
            ).fetchone()
            if head is None:
                raise PatientUnknown("No patient has this card.")
            wrapped, sequence, newest, signature = head
            if known is None or known.epoch != epoch:
                known = Mark(epoch, 0)
            whole = known.position == 0
            if (known.position, known.hash) == (sequence, newest):
                return known, [], whole
            rows = self._rows("chain = ? AND sequence > ? ORDER BY sequence", chain, known.position)
        if not signed_head(self.keys, chain, sequence, newest, signature):
            raise RecordUnverified("A chain's head is not signed by this node.")
        key = self.keys.unwrap(wrapped, chain)
        records, previous = [], known.hash
        for expected, row in enumerate(rows, start=known.position + 1):
            record = opened(row, key)
            if record.header.previous != previous or record.header.sequence != expected:
                raise RecordUnverified("A chain's records do not follow from each other.")
            previous = digest(row.header)
            records.append(record)
        if (known.position + len(records), previous) != (sequence, newest):
            raise RecordUnverified("A chain does not end where its head says.")
        return Mark(epoch, sequence, newest), records, whole

    def kind_since(self, kind: str, known: Mark | None) -> tuple[Mark, list[Record], bool]:
        """Records of one kind from all chains after ``known``, each verified by its signature.

        That none is missing here is not proven: ``ledger.verify`` does that.
        """
        with self._lock, transaction(self._connection, "DEFERRED"):
            epoch = self._current_epoch()
            if known is None or known.epoch != epoch:
                known = Mark(epoch, 0)
            rows = self._rows("kind = ? AND position > ? ORDER BY position", kind, known.position)
            wrapped: dict[str, bytes] = {}
            for row in rows:
                found = self._connection.execute(
                    "SELECT wrapped_key FROM chains WHERE chain = ?", (row.chain,)
                ).fetchone()
                if found is None:
                    raise RecordUnverified("A record's chain is missing.")
                wrapped[row.chain] = found[0]
        records = []
        for row in rows:
            if not signed_row(row, self.keys):
                raise RecordUnverified("A record is not signed by this node.")
            records.append(opened(row, self.keys.unwrap(wrapped[row.chain], row.chain)))
        last = rows[-1].position if rows else known.position
        return Mark(epoch, last), records, known.position == 0

    def chain_of(self, record_id: str, kind: str) -> str | None:
        """The chain that holds this record, or None."""
        with self._lock, translated():
            found = self._connection.execute(
                "SELECT chain FROM records WHERE id = ? AND kind = ?", (record_id, kind)
            ).fetchone()
        return None if found is None else str(found[0])

    def _rows(self, condition: str, *values: object) -> list[Row]:
        cursor = self._connection.execute(
            f"SELECT {COLUMNS} FROM records WHERE {condition}", values
        )
        return [Row(*row) for row in cursor]

    def _current_epoch(self) -> int:
        """Rises whenever another connection has written: what was read before may be stale."""
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self._data_version = version
            self._epoch += 1
        return self._epoch

    def _checkpoint(self) -> Checkpoint:
        found = self._connection.execute("SELECT statement, signature FROM checkpoint").fetchone()
        if found is not None:
            return Checkpoint.from_signed(found[0], found[1], self.keys)
        if self._connection.execute("SELECT 1 FROM records").fetchone():
            raise RecordUnverified("The ledger's checkpoint is missing.")
        return Checkpoint()

    def _refuse_rollback(self) -> None:
        kept = anchor.read(self._anchor, self.keys)
        with translated():
            current = self._checkpoint()
        if kept.records > current.records or (
            kept.records == current.records and kept.root != current.root
        ):
            raise RecordUnverified(
                "The database is older than its checkpoint.json, or another one: restore the "
                "newest database."
            )

    def _stored(self, draft: Draft) -> Receipt | None:
        rows = self._rows("id = ?", draft.id)
        if not rows:
            return None
        row = rows[0]
        wrapped = self._connection.execute(
            "SELECT wrapped_key FROM chains WHERE chain = ?", (row.chain,)
        ).fetchone()
        if wrapped is None or not signed_row(row, self.keys):
            raise RecordUnverified("A record is not signed by this node.")
        record = opened(row, self.keys.unwrap(wrapped[0], row.chain))
        if (row.chain, row.kind, record.payload) != (draft.chain, draft.kind, draft.payload):
            raise IdempotencyConflict("The idempotency key belongs to another record.")
        return Receipt(row.id, row.sequence, digest(row.header))

    def _insert(self, draft: Draft, chains: dict[str, _Chain], position: int) -> Receipt:
        chain = chains.get(draft.chain) or self._open_chain(draft)
        chains[draft.chain] = chain
        header = Header(
            chain=draft.chain,
            sequence=chain.sequence + 1,
            previous=chain.hash,
            id=draft.id,
            kind=draft.kind,
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            author=self.keys.pseudonym("author", draft.author)[:32],
            payload="",
        )
        ciphertext = chain.key.seal(draft.payload, header.context)
        data = replace(header, payload=digest(ciphertext)).to_bytes()
        row = Row(
            position,
            draft.chain,
            header.sequence,
            draft.id,
            draft.kind,
            data,
            self.keys.sign("record", data),
            ciphertext,
        )
        self._connection.execute(f"INSERT INTO records ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)", row)
        chain.sequence, chain.hash = header.sequence, digest(data)
        return Receipt(draft.id, chain.sequence, chain.hash)

    def _open_chain(self, draft: Draft) -> _Chain:
        found = self._connection.execute(
            "SELECT wrapped_key, sequence, hash, signature FROM chains WHERE chain = ?",
            (draft.chain,),
        ).fetchone()
        if found is None:
            if draft.kind not in _OPENING_KINDS:
                raise PatientUnknown("No patient has this card.")
            data_key = os.urandom(32)
            return _Chain(DataKey(data_key), self.keys.wrap(data_key, draft.chain))
        wrapped, sequence, newest, signature = found
        if not signed_head(self.keys, draft.chain, sequence, newest, signature):
            raise RecordUnverified("A chain's head is not signed by this node.")
        return _Chain(self.keys.unwrap(wrapped, draft.chain), wrapped, sequence, newest)

    def _save_head(self, name: str, chain: _Chain) -> None:
        signature = self.keys.sign("head", head_statement(name, chain.sequence, chain.hash))
        self._connection.execute(
            "INSERT OR REPLACE INTO chains VALUES (?, ?, ?, ?, ?)",
            (name, chain.wrapped, chain.sequence, chain.hash, signature),
        )
