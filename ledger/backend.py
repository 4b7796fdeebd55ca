"""The port between the ledger and the database that keeps it.

A backend stores rows and gives them back; it knows nothing of keys, hashes or meaning. SQLite
is one (:mod:`ledger.database`); another passes the same tests when it keeps this contract:

- inside ``transaction(write=True)`` one writer at a time sees its own changes, and what the
  block leaves behind is on disk, whole, when the context ends, or gone when it raises;
- ``transaction(write=False)`` sees one moment of the ledger.

Its errors are those of :mod:`ledger.errors`: LedgerBusy, LedgerFull, RecordUnverified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """A record; the columns before ``header`` repeat it for look-up.

    ``leaf`` is its place in its channel's log. ``ciphertext`` is None once it was erased.
    """

    position: int
    channel: str
    leaf: int
    chain: str
    sequence: int
    id: str
    kind: str
    header: bytes
    signature: bytes
    ciphertext: bytes | None


class Head(NamedTuple):
    """A chain's end. ``place`` is its leaf in its channel's tree of heads."""

    chain: str
    channel: str
    place: int
    sequence: int
    hash: str


class SealedBlock(NamedTuple):
    """A block as it was signed."""

    number: int
    first: int
    statement: bytes
    signature: bytes


class Node(NamedTuple):
    """A node of a stored Merkle tree."""

    tree: str
    level: int
    place: int
    hash: bytes


class Cosignature(NamedTuple):
    """The newest checkpoint of a channel that an organisation co-signed."""

    channel: str
    organisation: str
    size: int
    root: str
    signature: bytes


class Session(Protocol):
    """Reads and writes inside one transaction."""

    def newest_block(self) -> SealedBlock | None:
        """The last block, None in an empty ledger."""

    def block(self, number: int) -> SealedBlock | None:
        """One block."""

    def block_of(self, position: int) -> SealedBlock | None:
        """The block that holds the record at this position."""

    def head(self, chain: str) -> Head | None:
        """The end of a chain."""

    def heads(self) -> Iterator[Head]:
        """The ends of all chains."""

    def record(self, record_id: str) -> Row | None:
        """One record."""

    def records(self, ids: Sequence[str]) -> Iterator[Row]:
        """Those of these records that are stored, in any order."""

    def chain(self, chain: str, after: int) -> list[Row]:
        """A chain's records with a sequence above ``after``, in order."""

    def kinds(self, kinds: Iterable[str], after: int) -> list[Row]:
        """Records of these kinds with a position above ``after``, in order."""

    def positions(self, first: int, last: int) -> Iterator[Row]:
        """Records from one position to another, both included, in order."""

    def blocks(self) -> Iterator[SealedBlock]:
        """All blocks in order."""

    def node(self, tree: str, level: int, place: int) -> bytes | None:
        """One node of a tree."""

    def cosignatures(self, channel: str) -> list[Cosignature]:
        """The newest co-signature of each organisation."""

    def insert(
        self,
        rows: Iterable[Row],
        heads: Iterable[Head],
        nodes: Iterable[Node],
        block: SealedBlock,
    ) -> None:
        """Add a block with its records; heads and nodes replace their former selves."""

    def cosign(self, cosignature: Cosignature) -> None:
        """Keep an organisation's newest co-signature."""

    def erase(self, chain: str) -> int:
        """Destroy the ciphertexts of a chain; gives how many there were."""


class Backend(Protocol):
    """One ledger's database. Used by one thread at a time."""

    def transaction(self, write: bool) -> AbstractContextManager[Session]:
        """One transaction; see the module's contract."""

    def sound(self) -> bool:
        """Whether the database finds its own file undamaged."""

    def scrub(self) -> None:
        """Leave nothing of erased data in the database's files."""

    def close(self) -> None:
        """Let go of the database."""
