"""One pass over the whole ledger: what of each block and record is not as the node wrote it."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import chain as joined

from pydantic import ValidationError

from ledger.anchor import Anchor
from ledger.backend import Row, SealedBlock, Session
from ledger.datakeys import DataKeys
from ledger.errors import PatientForgotten, RecordUnverified
from ledger.findings import Damage, Finding
from ledger.keys import Keys
from ledger.objects import ObjectFolder, verify_file
from ledger.record import Record, header_of, signed_block, signed_header
from ledger.tree import Tree
from ledger_client.appends import APPENDED
from ledger_client.merkle import leaf_hash
from ledger_client.messages import Erasure
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
from ledger_client.wire import from_wire, to_wire


class Walk:
    """The state of one pass over all blocks and their records."""

    def __init__(
        self,
        session: Session,
        keys: Keys,
        data_keys: DataKeys,
        kept: Anchor,
        objects: ObjectFolder | None,
    ) -> None:
        self._objects = objects
        self.findings: list[Finding] = []
        self.records = self.blocks = self.erased = self.chains = 0
        self._session = session
        self._keys = keys
        self._data_keys = data_keys
        self._kept = kept
        self._forgotten = self._erasures()
        self._before = GENESIS
        self._hashes: defaultdict[str, dict[int, str]] = defaultdict(dict)
        self._newest: defaultdict[str, int] = defaultdict(int)
        self._links: list[Header] = []
        self._logs: defaultdict[str, Tree] = defaultdict(_empty)
        self._leaves: defaultdict[str, int] = defaultdict(lambda: -1)
        self._wrong_roots: dict[str, int] = {}
        self._gaps: list[Row] = []
        self._keyless: set[str] = set()
        self._heads: defaultdict[str, Tree] = defaultdict(_empty)
        self._places: dict[str, tuple[str, int]] = {}
        self._anchored = kept.block == 0

    def block(self, sealed: SealedBlock, last: int) -> int:
        """Check a block and the records it names; gives the position of its last record."""
        try:
            block = signed_block(sealed, self._keys)
        except RecordUnverified as error:
            self.find(Damage.FORGED, f"Block {sealed.number}: {error.detail}")
            return last
        if block.number != self.blocks + 1:
            self.find(Damage.DROPPED, f"Block {self.blocks + 1} is missing.")
        elif block.previous != self._before or block.first != last + 1:
            self.find(Damage.FORGED, f"Block {block.number} does not follow from the one before.")
        self.blocks = block.number
        self._before = content_digest(sealed.statement)
        if block.number == self._kept.block:
            self._anchored = self._before == self._kept.hash
        expected = block.first
        touched: dict[str, str] = {}
        for row in self._session.positions(last + 1, block.records):
            if row.position != expected:
                self.find(Damage.DROPPED, "The records before it are missing.", row)
                expected = row.position
            expected += 1
            self.record(row)
            touched[row.chain] = row.channel
        if expected != block.records + 1:
            self.find(Damage.DROPPED, f"The last records of block {block.number} are missing.")
        for name, channel in touched.items():
            self._put_head(name, channel)
        self._roots(block)
        return max(last, block.records)

    def record(self, row: Row) -> None:
        """Check one record by itself, and note what the checks between records need."""
        self.records += 1
        self._logs[row.channel].append(leaf_hash(row.header))
        if row.leaf <= self._leaves[row.channel]:
            self.find(Damage.REORDERED, "It stands after a later one of its channel.", row)
        elif row.leaf > self._leaves[row.channel] + 1:
            self._gaps.append(row)
        self._leaves[row.channel] = max(self._leaves[row.channel], row.leaf)
        # its place counts as taken whatever is found below: it is changed, not dropped
        present = self._hashes[row.chain]
        try:
            header = header_of(row)
        except RecordUnverified as error:
            self.find(Damage.CHANGED, error.detail, row)
            present.setdefault(row.sequence, content_digest(row.header))
            return
        present.setdefault(row.sequence, record_hash(row.header, header.hash))
        if not signed_header(row, header, self._keys):
            self.find(Damage.FORGED, "The header is not signed by this node.", row)
            return
        self._content(row, header)
        if header.sequence <= self._newest[header.chain]:
            self.find(Damage.REORDERED, "It stands after a later one.", row)
        self._newest[header.chain] = max(self._newest[header.chain], header.sequence)
        self._links.append(header)

    def finish(self) -> None:
        """Check links, ends, trees and co-signatures once all records are seen."""
        for header in self._links:
            present = self._hashes[header.chain]
            before = GENESIS if header.sequence == 1 else present.get(header.sequence - 1)
            if before is not None and before != header.previous:
                self.findings.append(
                    Finding(
                        Damage.FORGED,
                        "It does not follow from the one before.",
                        header.chain,
                        header.sequence,
                    )
                )
        self._ends()
        if not self._anchored:
            self.find(Damage.DROPPED, "The history is not the one in checkpoint.json.")
        if not self.findings:
            # a dropped record leaves a gap too, and is named by its chain
            for row in self._gaps:
                self.find(Damage.CHANGED, "It stands at another place of its channel.", row)
        if not self.findings:
            # a record that is named above changes all later roots too
            for name, number in self._wrong_roots.items():
                self.find(Damage.CHANGED, f"Block {number} names another root of {name}.")
        if not self.findings:
            self._stored_trees()
        for channel, log in self._logs.items():
            for signed in self._session.cosignatures(channel):
                if signed.size > log.size or log.root_at(signed.size).hex() != signed.root:
                    self.find(
                        Damage.DROPPED, "The records are not those that an organisation co-signed."
                    )

    def _stored_trees(self) -> None:
        trees = joined(
            ((f"{name}/log", tree) for name, tree in self._logs.items()),
            ((f"{name}/heads", tree) for name, tree in self._heads.items()),
        )
        for name, tree in trees:
            stored = (self._session.node(name, *at) == node for at, node in tree.changed.items())
            if not all(stored):
                self.find(Damage.CHANGED, "A stored Merkle tree is not that of the records.")

    def find(self, damage: Damage, detail: str, row: Row | None = None) -> None:
        """Note a finding, about one record or the whole."""
        named = (None, None) if row is None else (row.chain, row.sequence)
        self.findings.append(Finding(damage, detail, *named))

    def _content(self, row: Row, header: Header) -> None:
        forgotten = row.chain in self._forgotten
        if row.ciphertext is None and forgotten:
            self.erased += 1
            return
        try:
            key = self._data_keys.get(row.chain)
            record = Record(row, header, key)
            message = json.loads(record.payload)
            if header.kind == "attachment" and self._objects is not None:
                path = self._objects.path(row.chain, header.id)
                verify_file(path, message["sealedSha256"])
            if commitment(key.opening(header.id), message) != header.content:
                self.find(Damage.FORGED, "The message is not the one it commits to.", row)
            if not record.evidence.holds() or not _agrees(
                header.kind, record.evidence.given, message
            ):
                self.find(Damage.FORGED, "Its author did not sign it.", row)
        except PatientForgotten:
            if not forgotten and row.chain not in self._keyless:
                self._keyless.add(row.chain)
                self.find(Damage.CHANGED, "The chain's data key is missing, from here on.", row)
        except (RecordUnverified, ValueError) as error:
            detail = error.detail if isinstance(error, RecordUnverified) else "It is garbled."
            self.find(Damage.CHANGED, detail, row)

    def _roots(self, block: Block) -> None:
        for name, trees in block.channels.items():
            for kind, tree in (("log", self._logs[name]), ("heads", self._heads[name])):
                if trees.get(kind) != Root(tree.size, tree.root().hex()):
                    self._wrong_roots.setdefault(f"{name}/{kind}", block.number)

    def _ends(self) -> None:
        stored = {head.chain: head for head in self._session.heads()}
        self.chains = len(stored)
        for name, head in stored.items():
            present = self._hashes[name]
            for missing in range(1, min(head.sequence, self.records + 1) + 1):
                if missing not in present:
                    self.findings.append(
                        Finding(Damage.DROPPED, "The record is missing.", name, missing)
                    )
            if present.get(head.sequence, head.hash) != head.hash:
                self.findings.append(
                    Finding(
                        Damage.FORGED, "It is not the one that the end names.", name, head.sequence
                    )
                )
            for extra in sorted(number for number in present if number > head.sequence):
                self.findings.append(
                    Finding(Damage.FORGED, "It lies beyond the chain's end.", name, extra)
                )
            if self._places.get(name, head[1:3]) != (head.channel, head.place):
                self.findings.append(
                    Finding(Damage.CHANGED, "The chain's end stands at another place.", name)
                )
        for name in self._places.keys() - stored.keys():
            self.findings.append(Finding(Damage.DROPPED, "The chain's end is missing.", name))

    def _put_head(self, name: str, channel: str) -> None:
        sequence = max(self._hashes[name])
        try:
            leaf = leaf_hash(head_leaf(name, sequence, self._hashes[name][sequence]))
        except Malformed:
            return  # a number that no header can hold: the record is named already
        heads = self._heads[channel]
        if name in self._places:
            heads.put(self._places[name][1], leaf)
        else:
            self._places[name] = (channel, heads.append(leaf))

    def _erasures(self) -> set[str]:
        """The chains that a signed record says were destroyed."""
        found: set[str] = set()
        for row in self._session.kinds(("erasure",), 0):
            try:
                header = header_of(row)
                record = Record(row, header, self._data_keys.get(row.chain))
                if signed_header(row, header, self._keys):
                    found.update(from_wire(Erasure, record.payload).chains)
            except (RecordUnverified, PatientForgotten, ValidationError):
                continue  # the walk over all records reports it
        return found


def _empty() -> Tree:
    return Tree(0, lambda level, place: None)


def _agrees(kind: str, given: bytes, message: object) -> bool:
    """Whether every value that the author of a clinical record sent stands in the message."""
    if kind not in APPENDED or given == canonical(message):
        return True
    sent = json.loads(given)
    if isinstance(sent.get(kind), dict):
        given = canonical(sent[kind])  # one item of a transaction
    # the ledger keeps numbers and times as it writes them, not as they were sent
    sent = json.loads(to_wire(from_wire(APPENDED[kind], given)))
    return _values(sent) <= _values(message)


def _values(item: object) -> set[bytes]:
    """All values in a JSON document but nulls and the patient's card."""
    if isinstance(item, dict):
        return set().union(*(_values(v) for k, v in item.items() if k != "patientId"))
    if isinstance(item, list):
        return set().union(*(_values(value) for value in item))
    return set() if item is None else {canonical(item)}
