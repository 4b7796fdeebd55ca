"""The statements of both databases, written once; ``?`` marks a value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from ledger.backend import Cosignature, Head, Node, Row, SealedBlock

_COLUMNS: Final = (
    "position, channel, leaf, chain, sequence, id, kind, header, signature, ciphertext"
)
_AT_ONCE: Final = 500
"""Values in one statement: databases limit them."""
_HEAD: Final = "SELECT chain, channel, place, sequence, hash FROM chains"
_BLOCK: Final = "SELECT number, first, statement, signature FROM blocks"


class Result(Protocol):
    """What a driver gives for a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""

    def fetchone(self) -> Any:
        """The next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""


class SqlSession(ABC):
    """:class:`ledger.backend.Session` over a connection with a transaction begun."""

    @abstractmethod
    def _run(self, statement: str, values: Sequence[object]) -> Result:
        """Run one statement."""

    @abstractmethod
    def _run_each(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for each of ``rows``."""

    @abstractmethod
    def _streamed(self, statement: str, values: Sequence[object]) -> Iterator[Any]:
        """Rows that may not fit into memory together."""

    def newest_block(self) -> SealedBlock | None:
        return self._block("ORDER BY number DESC LIMIT 1")

    def block(self, number: int) -> SealedBlock | None:
        return self._block("WHERE number = ?", number)

    def block_of(self, position: int) -> SealedBlock | None:
        return self._block("WHERE first <= ? ORDER BY first DESC LIMIT 1", position)

    def blocks(self) -> Iterator[SealedBlock]:
        return (SealedBlock(*row) for row in self._streamed(f"{_BLOCK} ORDER BY number", ()))

    def head(self, chain: str) -> Head | None:
        row = self._run(f"{_HEAD} WHERE chain = ?", (chain,)).fetchone()
        return None if row is None else Head(*row)

    def heads(self) -> Iterator[Head]:
        return (Head(*row) for row in self._streamed(_HEAD, ()))

    def record(self, record_id: str) -> Row | None:
        return next(self.records((record_id,)), None)

    def records(self, ids: Sequence[str]) -> Iterator[Row]:
        for first in range(0, len(ids), _AT_ONCE):
            wanted = ids[first : first + _AT_ONCE]
            yield from self._rows(f"id IN ({_marks(wanted)})", *wanted)

    def chain(self, chain: str, after: int) -> list[Row]:
        return self._rows("chain = ? AND sequence > ? ORDER BY sequence", chain, after)

    def kinds(self, kinds: Iterable[str], after: int) -> list[Row]:
        wanted = tuple(kinds)
        condition = f"kind IN ({_marks(wanted)}) AND position > ? ORDER BY position"
        return self._rows(condition, *wanted, after)

    def positions(self, first: int, last: int) -> Iterator[Row]:
        query = f"SELECT {_COLUMNS} FROM records WHERE position BETWEEN ? AND ? ORDER BY position"
        return (Row(*row) for row in self._streamed(query, (first, last)))

    def node(self, tree: str, level: int, place: int) -> bytes | None:
        row = self._run(
            "SELECT hash FROM nodes WHERE tree = ? AND level = ? AND place = ?",
            (tree, level, place),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def cosignatures(self, channel: str) -> list[Cosignature]:
        found = self._run(
            "SELECT channel, organisation, size, root, signature FROM cosignatures "
            "WHERE channel = ? ORDER BY organisation",
            (channel,),
        )
        return [Cosignature(*row) for row in found.fetchall()]

    def insert(
        self,
        rows: Iterable[Row],
        heads: Iterable[Head],
        nodes: Iterable[Node],
        block: SealedBlock,
    ) -> None:
        self._run_each(f"INSERT INTO records ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        self._run_each(
            "INSERT INTO chains VALUES (?,?,?,?,?) ON CONFLICT (chain) DO UPDATE SET "
            "channel = excluded.channel, place = excluded.place, "
            "sequence = excluded.sequence, hash = excluded.hash",
            heads,
        )
        self._run_each(
            "INSERT INTO nodes VALUES (?,?,?,?) "
            "ON CONFLICT (tree, level, place) DO UPDATE SET hash = excluded.hash",
            nodes,
        )
        self._run("INSERT INTO blocks VALUES (?,?,?,?)", block)

    def cosign(self, cosignature: Cosignature) -> None:
        self._run(
            "INSERT INTO cosignatures VALUES (?,?,?,?,?) "
            "ON CONFLICT (channel, organisation) DO UPDATE SET size = excluded.size, "
            "root = excluded.root, signature = excluded.signature",
            cosignature,
        )

    def erase(self, chain: str) -> int:
        return self._run(
            "UPDATE records SET ciphertext = NULL WHERE chain = ? AND ciphertext IS NOT NULL",
            (chain,),
        ).rowcount

    def _block(self, condition: str, *values: object) -> SealedBlock | None:
        row = self._run(f"{_BLOCK} {condition}", values).fetchone()
        return None if row is None else SealedBlock(*row)

    def _rows(self, condition: str, *values: object) -> list[Row]:
        found = self._run(f"SELECT {_COLUMNS} FROM records WHERE {condition}", values)
        return [Row(*row) for row in found.fetchall()]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
