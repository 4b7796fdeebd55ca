"""What a client believes of a ledger: only what verifies under keys that it was given.

The client keeps the newest checkpoint of each channel that it has verified; every later one
must be proved to continue it. So a server that shows a shorter, an older or another history is
caught, and so is one that changes, invents or leaves out a record of a patient's chain. A
server that is simply frozen in the past is not, unless organisations co-sign (``quorum``) or
the client has seen more before.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger_client.algorithms import PublicKey
from ledger_client.errors import LedgerConfigurationError, LedgerProofError
from ledger_client.merkle import leaf_hash, verify_consistency, verify_inclusion
from ledger_client.messages import ChainProof, Checkpoint, Cosigned, SignedBlock
from ledger_client.sealed import (
    GENESIS,
    Block,
    Header,
    Malformed,
    Root,
    checkpoint_statement,
    commitment,
    content_digest,
    head_leaf,
    header_commitment,
    record_hash,
)
from ledger_client.wire import to_wire

_KEPT: Final = 256
_EMPTY: Final = Root(0, content_digest(b""))


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys that a client believes, and where it remembers what it has seen."""

    node: tuple[PublicKey, ...]
    """The ledger node's key, and those it had before."""
    organisations: Mapping[str, PublicKey] = field(default_factory=dict)
    quorum: int = 0
    """How many of the organisations must have co-signed what is shown."""
    state: Path | None = None
    """File of the newest checkpoints; None keeps them for this process only."""

    @classmethod
    def of(cls, keys: Iterable[str], state: Path | None = None) -> Trust:
        """Trust in a node by its public keys as text; raises LedgerConfigurationError."""
        try:
            return cls(tuple(PublicKey.parse(key) for key in keys), state=state)
        except ValueError:
            raise LedgerConfigurationError(
                "The ledger's public key is ill-formed.", "Copy it again from node.pub."
            ) from None


class Entry(NamedTuple):
    """A record of a verified chain: what opens its commitment."""

    header: Header
    opening: bytes
    body: str | None

    def commits_to(self, item: Any) -> bool:
        """Whether this record's message is ``item``, or a document with this header."""
        if self.body is not None and isinstance(item, dict) and "header" not in item:
            return header_commitment(self.opening, item, self.body) == self.header.content
        return commitment(self.opening, item) == self.header.content


class ChainView:
    """A patient's chain as far as it was verified."""

    def __init__(self) -> None:
        self.sequence = 0
        self.hash = GENESIS
        self.chain = ""
        self.channel = ""
        self.by_kind: dict[str, list[Entry]] = {}

    def check(self, kind: str, items: Iterable[Any], whole: bool) -> bool:
        """Whether each item is a record of this kind; False when ``whole`` and some are missing.

        Raises LedgerProofError for an item that is no record, or stands twice.
        """
        left = {entry.header.id: entry for entry in self.by_kind.get(kind, ())}
        for item in items:
            named = item.get("header", item).get("id") if isinstance(item, dict) else None
            candidates = [left[named]] if named in left else list(left.values())
            found = next((entry for entry in candidates if entry.commits_to(item)), None)
            if found is None:
                raise LedgerProofError("A record is not the one in the patient's chain.")
            del left[found.header.id]
        return not (whole and left)


class Verifier:
    """Checks proofs against :class:`Trust` and keeps what was proved. Threads may share it."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._lock = threading.Lock()
        self._views: OrderedDict[str, ChainView] = OrderedDict()
        self._roots = _read(trust.state)

    def known(self, card: str, channel: str | None = None) -> tuple[int, int]:
        """What a proof may leave out: the chain's records and the log's leaves seen already.

        Without ``channel`` the size is that of the channel where the patient most likely is.
        """
        with self._lock:
            view = self._views.get(card)
            likely = channel or (view.channel if view else next(reversed(self._roots), ""))
            return view.sequence if view else 0, self._roots.get(likely, _EMPTY).size

    def size(self, channel: str) -> int:
        """The size of a channel's log as it was last verified."""
        with self._lock:
            return self._roots.get(channel, _EMPTY).size

    def accept(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint that continues what is known; raises LedgerProofError."""
        log = Root(checkpoint.size, checkpoint.root)
        try:
            with self._lock:
                block = self._block(checkpoint.block)
                if block.channels[checkpoint.channel]["log"] != log:
                    raise LedgerProofError("The signed block names another log.")
                known = self._roots.get(checkpoint.channel, _EMPTY)
                if log.size < known.size or not _consistent(known, log, checkpoint.consistency):
                    raise LedgerProofError("The ledger shows another history than before.")
                self._remember(checkpoint.channel, log)
        except (Malformed, ValueError, KeyError):
            raise LedgerProofError("The checkpoint is garbled.") from None

    def take(self, card: str, proof: ChainProof, asked: tuple[int, int]) -> ChainView | None:
        """The chain that ``proof`` shows after what was ``asked`` to be left out.

        None when more is known by now, of this channel, than was asked with: ask again.
        Raises LedgerProofError when anything does not hold.
        """
        try:
            with self._lock:
                return self._take(card, proof, asked)
        except (Malformed, ValueError, KeyError):
            raise LedgerProofError("The proof is garbled.") from None

    def _take(self, card: str, proof: ChainProof, asked: tuple[int, int]) -> ChainView | None:
        block = self._block(proof.block)
        trees = block.channels[proof.channel]
        if not self._grown(proof, trees["log"], asked[1]):
            return None
        self._cosigned(proof, trees["log"])
        old = self._views.get(card, ChainView()) if asked[0] else ChainView()
        if asked[0] > old.sequence:
            raise LedgerProofError("The proof leaves out records.")
        view = self._chain(old, proof, asked[0])
        leaf = leaf_hash(head_leaf(proof.chain, view.sequence, view.hash))
        path = [bytes.fromhex(step) for step in proof.inclusion]
        heads = trees["heads"]
        if not verify_inclusion(leaf, proof.place, heads.size, path, bytes.fromhex(heads.root)):
            raise LedgerProofError("The chain does not end where the signed block says.")
        if not asked[0]:
            patient = json.loads(to_wire(proof.patient))
            first = next(iter(view.by_kind.get("patient", ())), None)
            if proof.patient.card != card or first is None or not first.commits_to(patient):
                raise LedgerProofError("The chain is another patient's.")
        self._remember(proof.channel, trees["log"])
        self._views[card] = view
        self._views.move_to_end(card)
        if len(self._views) > _KEPT:
            self._views.popitem(last=False)
        return view

    def _block(self, signed: SignedBlock) -> Block:
        statement = signed.statement.encode()
        block, signature = Block.from_bytes(statement), bytes.fromhex(signed.signature)
        trusted = next((key for key in self._trust.node if str(key) == block.node), None)
        if trusted is None or not trusted.signed("block", statement, signature):
            raise LedgerProofError("The block is not signed by the ledger that is trusted.")
        return block

    def _grown(self, proof: ChainProof, log: Root, asked: int) -> bool:
        """Whether the log is proved to continue what is known; False when asked for less."""
        known = self._roots.get(proof.channel, _EMPTY)
        if log.size < known.size:
            raise LedgerProofError("The ledger shows an older state than before.")
        if asked != known.size:
            return False
        if not _consistent(known, log, proof.consistency):
            raise LedgerProofError("The ledger shows another history than before.")
        return True

    def _cosigned(self, proof: ChainProof, log: Root) -> None:
        signed = {c.organisation for c in proof.cosigned if self._held(proof.channel, c, log)}
        if len(signed) < self._trust.quorum:
            raise LedgerProofError("Too few organisations have co-signed the ledger.")

    def _held(self, channel: str, cosigned: Cosigned, log: Root) -> bool:
        key = self._trust.organisations.get(cosigned.organisation)
        root = Root(cosigned.size, cosigned.root)
        return (
            key is not None
            and key.signed(
                "checkpoint",
                checkpoint_statement(channel, root),
                bytes.fromhex(cosigned.signature),
            )
            and _consistent(root, log, cosigned.consistency)
        )

    def _chain(self, old: ChainView, proof: ChainProof, known: int) -> ChainView:
        view = ChainView()
        view.chain, view.channel = proof.chain, proof.channel
        view.sequence, view.hash = old.sequence, old.hash
        view.by_kind = {kind: list(entries) for kind, entries in old.by_kind.items()}
        if known and (old.chain, old.channel) != (proof.chain, proof.channel):
            raise LedgerProofError("The chain is another patient's.")
        for number, proved in enumerate(proof.headers, start=known + 1):
            if number <= old.sequence:
                continue  # another thread has taken it
            data = proved.header.encode()
            header = Header.from_bytes(data, linked=True)
            named = (header.chain, header.channel, header.sequence, header.previous)
            if named != (proof.chain, proof.channel, number, view.hash):
                raise LedgerProofError("The chain's records do not follow from each other.")
            entry = Entry(header, bytes.fromhex(proved.opening), proved.body)
            view.by_kind.setdefault(header.kind, []).append(entry)
            view.sequence, view.hash = number, record_hash(data, header.hash)
        return view

    def _remember(self, channel: str, log: Root) -> None:
        if self._roots.get(channel) == log:
            return
        self._roots[channel] = log
        if self._trust.state is not None:
            _write(self._trust.state, self._roots)


def _consistent(old: Root, new: Root, path: tuple[str, ...]) -> bool:
    steps = [bytes.fromhex(step) for step in path]
    roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
    return verify_consistency(old.size, roots[0], new.size, roots[1], steps)


def _read(path: Path | None) -> dict[str, Root]:
    """The checkpoints in the file, none when there is no such file.

    A garbled file raises LedgerProofError: what it should prove must not be dropped unseen.
    """
    if path is None or not path.exists():
        return {}
    try:
        content = json.loads(path.read_bytes())
        return {name: Root(int(r["size"]), str(r["root"])) for name, r in content.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise LedgerProofError(f"{path.name} is garbled.") from None


def _write(path: Path, roots: Mapping[str, Root]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        json.dump({name: {"size": r.size, "root": r.root} for name, r in roots.items()}, file)
    Path(name).replace(path)
