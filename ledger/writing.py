"""Turns drafts into rows of one block: links, seals, signs, and extends the Merkle trees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from ledger.backend import Head, Node, Row, SealedBlock, Session
from ledger.datakeys import DataKeys
from ledger.errors import IdempotencyConflict, PatientUnknown, RecordUnverified
from ledger.keys import CIPHER, DataKey, Keys
from ledger.record import Evidence, Record, header_of, sealed_payload, signed_header
from ledger.tree import Tree
from ledger_client.algorithms import HASHES
from ledger_client.merkle import leaf_hash, verify_inclusion
from ledger_client.messages import Receipt
from ledger_client.sealed import (
    GENESIS,
    Block,
    Header,
    Malformed,
    Root,
    canonical,
    commitment,
    content_digest,
    head_leaf,
    record_hash,
)

DEFAULT_CHANNEL: Final = "clinic"
REGISTRY: Final = "registry"
"""The channel of hospitals, accounts, channels and erasures."""
OPENING_KINDS: Final = frozenset(
    {"patient", "hospital", "account", "channel", "access", "erasure", "ecg"}
)
"""Kinds that may begin a chain."""
_HASH: Final = "sha256"


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to append. ``author`` and ``payload`` are PHI until they are sealed.

    ``channel`` matters for the first record of a chain only. Without ``evidence`` the node
    itself signs as the author: records that an operator loads on the node's own machine.
    """

    chain: str
    kind: str
    id: str
    author: str
    payload: bytes
    channel: str = DEFAULT_CHANNEL
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class _End:
    """A chain's end while a block is made."""

    channel: str
    key: DataKey
    place: int | None
    sequence: int = 0
    hash: str = GENESIS


@dataclass(slots=True)
class _Trees:
    """A channel's two trees while a block is made."""

    log: Tree
    heads: Tree


@dataclass(slots=True)
class _Staged:
    """What one request adds, dropped as a whole when it is refused."""

    ends: dict[str, _End] = field(default_factory=dict)
    rows: dict[str, tuple[Header, bytes, bytes, bytes]] = field(default_factory=dict)
    """By id: header, its bytes, signature, ciphertext."""


def tree(session: Session, name: str, size: int) -> Tree:
    """A stored tree of one channel: ``channel/log`` or ``channel/heads``."""
    return Tree(size, lambda level, place: session.node(name, level, place))


def check_head(session: Session, head: Head, block: Block | None) -> None:
    """Raise RecordUnverified unless the newest block commits to this chain's end."""
    root = None if block is None else block.channels.get(head.channel, {}).get("heads")
    if root is not None and 0 <= head.place < root.size:
        path = tree(session, f"{head.channel}/heads", root.size).inclusion(head.place)
        with suppress(Malformed):
            leaf = leaf_hash(head_leaf(head.chain, head.sequence, head.hash))
            if verify_inclusion(leaf, head.place, root.size, path, bytes.fromhex(root.root)):
                return
    raise RecordUnverified("A chain's end is not the one that the newest block names.")


class Writer:
    """One block in the making, inside a write transaction after ``block``."""

    def __init__(
        self, session: Session, block: Block | None, before: str, keys: Keys, data_keys: DataKeys
    ) -> None:
        self._session = session
        self._block = block
        self._before = before
        self._keys = keys
        self._data_keys = data_keys
        self._time = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._rows: list[Row] = []
        self._receipts: dict[str, tuple[Draft, Receipt]] = {}
        self._ends: dict[str, _End] = {}
        self._trees: dict[str, _Trees] = {}
        self.broken: RecordUnverified | None = None
        """Why the block, half made, must not be stored: the trees it stands on are damaged."""

    @property
    def empty(self) -> bool:
        """Whether nothing new was taken."""
        return not self._rows

    def take(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Add all ``drafts`` to the block, or none: raises ServiceError."""
        staged, receipts = _Staged(), []
        stored = {row.id: row for row in self._session.records([draft.id for draft in drafts])}
        for draft in drafts:
            known = self._known(draft, staged, stored.get(draft.id))
            receipts.append(known or self._stage(draft, staged))
        for draft, receipt in zip(drafts, receipts, strict=True):
            self._receipts[draft.id] = (draft, receipt)
        try:
            for header, data, signature, ciphertext in staged.rows.values():
                self._add(header, data, signature, ciphertext)
            for name, end in staged.ends.items():
                self._close(name, end)
        except RecordUnverified as error:
            self.broken = error
            raise
        return tuple(receipts)

    def seal(self) -> tuple[list[Row], list[Head], list[Node], SealedBlock, Block]:
        """Rows, heads, nodes and the signed block of all that was taken."""
        channels = dict(self._block.channels) if self._block else {}
        nodes: list[Node] = []
        for channel, trees in self._trees.items():
            channels[channel] = {
                kind: Root(part.size, part.root().hex())
                for kind, part in (("log", trees.log), ("heads", trees.heads))
            }
            for kind, part in (("log", trees.log), ("heads", trees.heads)):
                nodes += (Node(f"{channel}/{kind}", *at, h) for at, h in part.changed.items())
        block = Block(
            number=self._block.number + 1 if self._block else 1,
            previous=self._before,
            time=self._time,
            first=self._rows[0].position,
            records=self._rows[-1].position,
            channels=channels,
            node=str(self._keys.public),
        )
        statement = block.to_bytes()
        signature = self._keys.sign("block", statement)
        heads = [
            Head(name, end.channel, end.place, end.sequence, end.hash)
            for name, end in self._ends.items()
            if end.place is not None
        ]
        sealed = SealedBlock(block.number, block.first, statement, signature)
        return self._rows, heads, nodes, sealed, block

    def _known(self, draft: Draft, staged: _Staged, row: Row | None) -> Receipt | None:
        """The receipt of a draft that is stored, as ``row``, or in this block, already."""
        if draft.id in self._receipts:
            first, receipt = self._receipts[draft.id]
            same = (first.chain, first.kind, first.payload)
        else:
            if row is None and draft.id not in staged.rows:
                return None
            if row is None:
                raise IdempotencyConflict("The idempotency key is used twice in one request.")
            header = header_of(row)
            if not signed_header(row, header, self._keys):
                raise RecordUnverified("A record is not signed by this node.")
            record = Record(row, header, self._data_keys.get(row.chain))
            same = (row.chain, row.kind, record.payload)
            receipt = Receipt(row.id, row.sequence, record_hash(row.header, header.hash))
        if same != (draft.chain, draft.kind, draft.payload):
            raise IdempotencyConflict("The idempotency key belongs to another record.")
        return receipt

    def _stage(self, draft: Draft, staged: _Staged) -> Receipt:
        end = staged.ends.get(draft.chain) or self._ends.get(draft.chain) or self._open(draft)
        message = json.loads(draft.payload)
        evidence = draft.evidence or self._own_evidence(draft, message)
        header = Header(
            channel=end.channel,
            chain=draft.chain,
            sequence=end.sequence + 1,
            previous=end.hash,
            id=draft.id,
            kind=draft.kind,
            time=self._time,
            author=self._keys.pseudonym("author", draft.author)[:32],
            payload="",
            content=commitment(end.key.opening(draft.id), message),
            node=str(self._keys.public),
            hash=_HASH,
            cipher=CIPHER,
        )
        ciphertext = end.key.seal(sealed_payload(draft.payload, evidence), header.context)
        header = replace(header, payload=HASHES[_HASH](ciphertext))
        data = header.to_bytes()
        newest = record_hash(data, _HASH)
        staged.rows[draft.id] = (header, data, self._keys.sign("record", data), ciphertext)
        staged.ends[draft.chain] = replace(end, sequence=header.sequence, hash=newest)
        return Receipt(draft.id, header.sequence, newest)

    def _own_evidence(self, draft: Draft, message: object) -> Evidence:
        given = canonical(message)
        statement = canonical(
            {"account": "node", "content": [content_digest(given)], "time": self._time}
        )
        signature = self._keys.sign("request", statement)
        return Evidence(str(self._keys.public), statement, signature, given)

    def _open(self, draft: Draft) -> _End:
        head = self._session.head(draft.chain)
        if head is None:
            if draft.kind not in OPENING_KINDS:
                raise PatientUnknown("No patient has this card.")
            return _End(draft.channel, self._data_keys.make(draft.chain), None)
        check_head(self._session, head, self._block)
        key = self._data_keys.get(draft.chain)
        return _End(head.channel, key, head.place, head.sequence, head.hash)

    def _add(self, header: Header, data: bytes, signature: bytes, ciphertext: bytes) -> None:
        before = self._block.records if self._block else 0
        self._rows.append(
            Row(
                before + len(self._rows) + 1,
                header.channel,
                self._of(header.channel).log.append(leaf_hash(data)),
                header.chain,
                header.sequence,
                header.id,
                header.kind,
                data,
                signature,
                ciphertext,
            )
        )

    def _close(self, name: str, end: _End) -> None:
        heads = self._of(end.channel).heads
        leaf = leaf_hash(head_leaf(name, end.sequence, end.hash))
        if end.place is None:
            self._ends[name] = replace(end, place=heads.append(leaf))
        else:
            heads.put(end.place, leaf)
            self._ends[name] = end

    def _of(self, channel: str) -> _Trees:
        if channel not in self._trees:
            roots = self._block.channels.get(channel, {}) if self._block else {}
            sizes = {kind: root.size for kind, root in roots.items()}
            self._trees[channel] = _Trees(
                tree(self._session, f"{channel}/log", sizes.get("log", 0)),
                tree(self._session, f"{channel}/heads", sizes.get("heads", 0)),
            )
        return self._trees[channel]
