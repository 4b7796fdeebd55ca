"""Proofs that a client checks: of chains, records and checkpoints, against the signed block."""

from __future__ import annotations

import json

from ledger.backend import Cosignature, Row, SealedBlock, Session
from ledger.charts import Charts
from ledger.errors import CosignatureInvalid, ParameterInvalid, PatientUnknown, RecordUnknown
from ledger.record import header_of
from ledger.store import Store
from ledger.tree import Tree
from ledger.writing import check_head, tree
from ledger_client.algorithms import PublicKey
from ledger_client.appends import NewCosignature
from ledger_client.messages import (
    ChainProof,
    Channel,
    Checkpoint,
    Cosigned,
    Document,
    HistoryEntry,
    Patient,
    ProvedHeader,
    RecordProof,
    SignedBlock,
    Transaction,
)
from ledger_client.sealed import Block, Root, body_digest, checkpoint_statement
from ledger_client.wire import to_wire


class Proofs:
    """Makes proofs from one store. Threads may share it."""

    def __init__(self, store: Store, charts: Charts) -> None:
        self._store = store
        self._charts = charts

    def chain(self, card: str, known: int, known_size: int) -> ChainProof:
        """The patient's chain after ``known`` records, up to the end that the block names.

        ``known_size`` is the size of the channel's log that the client trusts already.
        Raises PatientUnknown, PatientForgotten, ParameterInvalid, RecordUnverified.
        """
        chain = self._store.patient_chain(card)
        with self._store.reading() as (session, block):
            head, sealed = session.head(chain), session.newest_block()
            if head is None or block is None or sealed is None:
                raise PatientUnknown("No patient has this card.")
            check_head(session, head, block)
            key = self._store.data_key(chain)
            rows = session.chain(chain, known)
            heads = block.channels[head.channel]["heads"]
            path = tree(session, f"{head.channel}/heads", heads.size).inclusion(head.place)
            log = _log(session, head.channel, block)
            # a client that has seen more than there is must be able to tell
            consistency = _consistency(log, min(known_size, log.size))
            cosigned = _cosigned(session, head.channel, log)
        chart = self._charts.chart(card)
        bodies = {document.header.id: document for document in chart.all(Document)}
        return ChainProof(
            patient=chart.all(Patient)[0],
            block=signed(sealed),
            channel=head.channel,
            chain=chain,
            place=head.place,
            inclusion=_hex(path),
            headers=tuple(
                ProvedHeader(
                    row.header.decode(),
                    key.opening(row.id).hex(),
                    body_digest(json.loads(to_wire(bodies[row.id]))) if row.id in bodies else None,
                )
                for row in rows
            ),
            consistency=consistency,
            cosigned=cosigned,
        )

    def record(self, record_id: str, known_size: int) -> RecordProof:
        """That one record stands in its channel's log; raises RecordUnknown."""
        with self._store.reading() as (session, block):
            row, sealed = session.record(record_id), session.newest_block()
            if row is None or block is None or sealed is None:
                raise RecordUnknown("No record has this id.")
            log = _log(session, row.channel, block)
            return RecordProof(
                _transaction(session, row),
                signed(sealed),
                _hex(log.inclusion(row.leaf)),
                _consistency(log, known_size),
            )

    def transaction(self, record_id: str) -> Transaction:
        """One record without its content; raises RecordUnknown."""
        with self._store.reading() as (session, _):
            row = session.record(record_id)
            if row is None:
                raise RecordUnknown("No record has this id.")
            return _transaction(session, row)

    def block(self, number: int) -> tuple[SignedBlock, tuple[Transaction, ...]]:
        """One block and its records without their content; raises RecordUnknown."""
        with self._store.reading() as (session, _):
            sealed = session.block(number)
            if sealed is None:
                raise RecordUnknown("No block has this number.")
            last = Block.from_bytes(sealed.statement).records
            rows = session.positions(sealed.first, last)
            return signed(sealed), tuple(_transaction(session, row, number) for row in rows)

    def blocks(self, first: int, limit: int) -> tuple[list[SignedBlock], int]:
        """Some blocks in order, and how many there are."""
        with self._store.reading() as (session, block):
            total = block.number if block else 0
            found = (session.block(n) for n in range(first, min(first + limit, total + 1)))
            return [signed(sealed) for sealed in found if sealed is not None], total

    def history(self, author: str) -> list[HistoryEntry]:
        """The records of one author, newest first; a walk over the whole ledger."""
        found = []
        with self._store.reading() as (session, block):
            for row in session.positions(1, block.records if block else 0):
                header = header_of(row)
                if header.author == author:
                    found.append(_entry(session, row, header.time))
        return found[::-1]

    def checkpoint(self, channel: str, known_size: int) -> Checkpoint:
        """A channel's log now, with its co-signatures; raises RecordUnknown."""
        with self._store.reading() as (session, block):
            sealed = session.newest_block()
            if block is None or sealed is None or channel not in block.channels:
                raise RecordUnknown("No record is in a channel of this name.")
            log = _log(session, channel, block)
            root = block.channels[channel]["log"]
            return Checkpoint(
                channel,
                root.size,
                root.root,
                signed(sealed),
                _cosigned(session, channel, log),
                _consistency(log, known_size),
            )

    def cosign(self, new: NewCosignature) -> Checkpoint:
        """Keep an organisation's co-signature; raises CosignatureInvalid, RecordUnknown."""
        channels = self._charts.registry("channel", Channel)
        members = channels[new.channel].members if new.channel in channels else ()
        key = next((m.key for m in members if m.organisation == new.organisation), None)
        if key is None:
            raise CosignatureInvalid("No such organisation is in the channel.", "organisation")
        with self._store.reading() as (session, block):
            if block is None or new.channel not in block.channels:
                raise RecordUnknown("No record is in a channel of this name.")
            log = _log(session, new.channel, block)
            if new.size > log.size:
                raise CosignatureInvalid("The log is not that long.", "size")
            root = log.root_at(new.size).hex()
        signature = bytes.fromhex(new.signature)
        statement = checkpoint_statement(new.channel, Root(new.size, root))
        if not PublicKey.parse(key).signed("checkpoint", statement, signature):
            raise CosignatureInvalid("It does not sign this log.", "signature")
        self._store.cosign(Cosignature(new.channel, new.organisation, new.size, root, signature))
        return self.checkpoint(new.channel, new.size)


def signed(sealed: SealedBlock) -> SignedBlock:
    """A block as clients see it."""
    return SignedBlock(sealed.number, sealed.statement.decode(), sealed.signature.hex())


def _transaction(session: Session, row: Row, block: int | None = None) -> Transaction:
    if block is None:
        sealed = session.block_of(row.position)
        block = sealed.number if sealed else 0
    return Transaction(row.id, row.header.decode(), row.signature.hex(), block, row.leaf)


def _entry(session: Session, row: Row, time: str) -> HistoryEntry:
    sealed = session.block_of(row.position)
    return HistoryEntry(row.id, row.kind, time, sealed.number if sealed else 0)


def _log(session: Session, channel: str, block: Block) -> Tree:
    return tree(session, f"{channel}/log", block.channels[channel]["log"].size)


def _consistency(log: Tree, known: int) -> tuple[str, ...]:
    if known > log.size:
        raise ParameterInvalid("The log is not that long.", "knownSize")
    return _hex(log.consistency(known))


def _cosigned(session: Session, channel: str, log: Tree) -> tuple[Cosigned, ...]:
    return tuple(
        Cosigned(c.organisation, c.size, c.root, c.signature.hex(), _hex(log.consistency(c.size)))
        for c in session.cosignatures(channel)
        if c.size <= log.size
    )


def _hex(path: list[bytes]) -> tuple[str, ...]:
    return tuple(step.hex() for step in path)
