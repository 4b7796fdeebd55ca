"""One signed, hash-linked, encrypted chain of records per patient, sealed in blocks.

Every commit is one block: it names the Merkle roots over all records and over the ends of all
chains, follows from the block before, and is signed by the node. Whoever can write the
database but has not the keys can't change, drop, reorder or forge a record unnoticed; the
newest block's hash lies outside the database too (``checkpoint.json``), so an older copy of
the database is refused.

What is not protected: whoever has ``master.key`` and ``node.key`` can write any history; an
attacker who puts back an older database *and* the older ``checkpoint.json`` that belongs to it
is found only by those who keep a newer checkpoint: clients and co-signing organisations; and
the number of chains, the length, kinds and times of their records and which records one author
made are readable without keys.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger import anchor
from ledger.anchor import Anchor
from ledger.backend import Cosignature, SealedBlock, Session
from ledger.databases import connected
from ledger.datakeys import DataKeys
from ledger.errors import (
    LedgerBusy,
    LedgerFull,
    PatientForgotten,
    PatientUnknown,
    RecordUnverified,
    ServiceError,
)
from ledger.keys import DataKey, Keys
from ledger.objects import ObjectFolder
from ledger.record import Record, header_of, signed_block, signed_header
from ledger.writing import Draft, Writer, check_head
from ledger_client.messages import Receipt
from ledger_client.sealed import GENESIS, Block, content_digest, record_hash

__all__ = ["Draft", "Mark", "Store"]

_MOST_AT_ONCE: Final = 256
"""Requests that one commit takes together."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a reader has read: it stays valid until keys are destroyed."""

    epoch: int
    position: int
    """Sequence in a chain, or position in the ledger."""
    hash: str = GENESIS


class _Request:
    """An append that waits for its commit."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self.receipts: tuple[Receipt, ...] | None = None
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.receipts is not None or self.error is not None


class Store:
    """Appends to and reads from one ledger. Threads may share it; so may processes its files."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home = home
        self.objects = ObjectFolder(home / "objects")
        self._anchor = home / "checkpoint.json"
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._queue: deque[_Request] = deque()
        self._newest: tuple[SealedBlock, Block] | None = None
        with ExitStack() as opened:
            self._backend = opened.enter_context(closing(connected(home)))
            # reads wait for no commit
            self._reader = opened.enter_context(closing(connected(home)))
            with self._reader.transaction(write=False) as session:
                fresh = session.newest_block() is None
            self.keys = Keys.open(home / "keys", fresh=fresh)
            self._data_keys = DataKeys(home / "keys" / "data.db", self.keys)
            opened.enter_context(closing(self._data_keys))
            self._refuse_rollback()
            opened.pop_all()

    def close(self) -> None:
        """Close the database."""
        with self._lock, self._read_lock:
            self._reader.close()
            self._backend.close()
            self._data_keys.close()

    def patient_chain(self, card: str) -> str:
        """The pseudonym that names a patient's chain."""
        return self.keys.pseudonym("patient", card)

    def registry_chain(self, name: str) -> str:
        """The pseudonym of one of the registry's chains."""
        return self.keys.pseudonym("registry", name)

    def author(self, account: str) -> str:
        """The pseudonym that stands for an account in headers."""
        return self.keys.pseudonym("author", account)[:32]

    def record_id(self, idempotency_key: str | None) -> str:
        """The id of the record that this key stores: the same key gives the same id."""
        return self.keys.pseudonym("record", idempotency_key or uuid.uuid4().hex)[:32]

    def append(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Store all ``drafts`` or none; on disk when it returns.

        Appends that come together share one commit, and so one block. A draft whose id is
        stored already, with the same content, gets its first receipt. Raises PatientUnknown,
        PatientForgotten, IdempotencyConflict, RecordUnverified, LedgerFull, LedgerBusy.
        """
        request = _Request(drafts)
        self._queue.append(request)
        while not request.done:
            with self._lock:
                if not request.done:
                    count = min(len(self._queue), _MOST_AT_ONCE)
                    self._commit([self._queue.popleft() for _ in range(count)])
        if request.error is not None:
            raise request.error
        assert request.receipts is not None
        return request.receipts

    @contextmanager
    def reading(self) -> Iterator[tuple[Session, Block | None]]:
        """One moment of the ledger with its newest block, verified."""
        with self._read_lock, self._reader.transaction(write=False) as session:
            yield session, self._newest_block(session)

    def chain_since(self, chain: str, known: Mark | None) -> tuple[Mark, list[Record], bool]:
        """A chain's records after ``known``, verified up to the end that the block names.

        The flag tells that the list holds the whole chain, because ``known`` was not given or
        keys have been destroyed since. Raises PatientUnknown, PatientForgotten, RecordUnverified.
        """
        with self.reading() as (session, block):
            epoch, head = self._data_keys.epoch, session.head(chain)
            if head is None:
                raise PatientUnknown("No patient has this card.")
            if known is None or known.epoch != epoch:
                known = Mark(epoch, 0)
            whole = known.position == 0
            key = self._data_keys.get(chain)
            if (known.position, known.hash) == (head.sequence, head.hash):
                return known, [], whole
            check_head(session, head, block)
            rows = session.chain(chain, known.position)
        records, previous = [], known.hash
        for expected, row in enumerate(rows, start=known.position + 1):
            header = header_of(row, linked=True)
            if header.previous != previous or header.sequence != expected:
                raise RecordUnverified("A chain's records do not follow from each other.")
            records.append(Record(row, header, key))
            previous = record_hash(row.header, header.hash)
        if (known.position + len(records), previous) != (head.sequence, head.hash):
            raise RecordUnverified("A chain's newest records are missing.")
        return Mark(epoch, head.sequence, head.hash), records, whole

    def kinds_since(
        self, kinds: Sequence[str], known: Mark | None
    ) -> tuple[Mark, list[Record], bool]:
        """All chains' records of these kinds after ``known``, in the order they were stored.

        Each is checked to be signed by this node; what was erased is left out. The flag is
        that of :meth:`chain_since`.
        """
        with self.reading() as (session, _):
            epoch = self._data_keys.epoch
            if known is None or known.epoch != epoch:
                known = Mark(epoch, 0)
            rows = session.kinds(kinds, known.position)
            records = []
            for row in rows:
                if row.ciphertext is None:
                    continue
                header = header_of(row)
                if not signed_header(row, header, self.keys):
                    raise RecordUnverified("A record is not signed by this node.")
                with suppress(PatientForgotten):
                    records.append(Record(row, header, self._data_keys.get(row.chain)))
        last = rows[-1].position if rows else known.position
        return Mark(epoch, last), records, known.position == 0

    def data_key(self, chain: str) -> DataKey:
        """The key of a chain; raises PatientForgotten."""
        return self._data_keys.get(chain)

    def has_chain(self, chain: str) -> bool:
        """Whether a chain was ever begun."""
        with self.reading() as (session, _):
            return session.head(chain) is not None

    def channel(self, chain: str) -> str:
        """The channel of a chain; raises PatientUnknown."""
        with self.reading() as (session, _):
            head = session.head(chain)
        if head is None:
            raise PatientUnknown("No patient has this card.")
        return head.channel

    def chain_of(self, record_id: str, kind: str) -> str | None:
        """The chain that holds this record, or None."""
        with self.reading() as (session, _):
            row = session.record(record_id)
        return None if row is None or row.kind != kind else row.chain

    def cosign(self, cosignature: Cosignature) -> None:
        """Keep an organisation's newest co-signature."""
        with self._lock, self._backend.transaction(write=True) as session:
            session.cosign(cosignature)

    def erase(self, chains: Sequence[str]) -> None:
        """Destroy keys and ciphertexts of ``chains``; headers, links and signatures stay."""
        with self._lock:
            for chain in chains:
                self._data_keys.destroy(chain)
                self.objects.erase(chain)
            with self._backend.transaction(write=True) as session:
                for chain in chains:
                    session.erase(chain)
            self._backend.scrub()

    def keyed(self, chains: Sequence[str]) -> bool:
        """Whether any of ``chains`` still has its key."""
        return not self._data_keys.kept().isdisjoint(chains)

    def _commit(self, requests: list[_Request]) -> None:
        try:
            with self._backend.transaction(write=True) as session:
                block = self._newest_block(session)
                before = (
                    content_digest(self._newest[0].statement) if block and self._newest else GENESIS
                )
                writer = Writer(session, block, before, self.keys, self._data_keys)
                taken = []
                for request in requests:
                    try:
                        taken.append((request, writer.take(request.drafts)))
                    except (LedgerFull, LedgerBusy):
                        raise
                    except ServiceError as error:
                        request.error = error
                if writer.broken is not None:
                    raise writer.broken
                if not writer.empty:
                    rows, heads, nodes, sealed, sealed_block = writer.seal()
                    self._data_keys.save()
                    session.insert(rows, heads, nodes, sealed)
        except Exception as error:
            self._data_keys.drop_new()
            for request in requests:
                request.error = request.error or error
            return
        if not writer.empty:
            self._newest = (sealed, sealed_block)
            self._keep_anchor(sealed_block, sealed.statement)
        for request, receipts in taken:
            request.receipts = receipts

    def _keep_anchor(self, block: Block, statement: bytes) -> None:
        newest = Anchor(block.number, content_digest(statement), block.records)
        try:
            anchor.write(self._anchor, newest, self.keys)
        except OSError as error:
            # the records are on disk; an older copy of the checkpoint still holds
            _log.warning("checkpoint.json not written: errno %s", error.errno)

    def _newest_block(self, session: Session) -> Block | None:
        sealed = session.newest_block()
        if sealed is None:
            if next(session.heads(), None) is not None:
                raise RecordUnverified("The ledger's newest block is missing.")
            return None
        if self._newest is None or self._newest[0] != sealed:
            self._newest = (sealed, signed_block(sealed, self.keys))
        return self._newest[1]

    def _refuse_rollback(self) -> None:
        kept = anchor.read(self._anchor, self.keys)
        with self.reading() as (session, block):
            then = session.block(kept.block)
        if kept.block and (
            block is None
            or block.number < kept.block
            or then is None
            or content_digest(then.statement) != kept.hash
        ):
            raise RecordUnverified(
                "The database is older than its checkpoint.json, or another one: restore the "
                "newest database."
            )
