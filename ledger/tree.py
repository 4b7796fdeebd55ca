"""A stored Merkle tree (RFC 6962) that grows or changes leaf by leaf and proves what it holds.

Only complete subtrees are stored; a node is named by its level (leaves are 0) and its place in
the level. One change costs as many nodes as the tree is high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ledger.errors import RecordUnverified
from ledger_client.merkle import EMPTY, node_hash

Fetch = Callable[[int, int], bytes | None]
"""The stored node at (level, place)."""


class Tree:
    """``size`` leaves over stored nodes; changes stay in :attr:`changed` until they are saved."""

    def __init__(self, size: int, fetch: Fetch) -> None:
        self.size = size
        self.changed: dict[tuple[int, int], bytes] = {}
        self._fetch = fetch

    def append(self, leaf: bytes) -> int:
        """Add a leaf; gives its place."""
        place = self.size
        self.size += 1
        self.put(place, leaf)
        return place

    def put(self, place: int, leaf: bytes) -> None:
        """Replace the leaf at ``place``."""
        level = 0
        self.changed[0, place] = leaf
        while (place | 1) + 1 << level <= self.size:
            left = place & ~1
            pair = node_hash(self._node(level, left), self._node(level, left + 1))
            level, place = level + 1, place >> 1
            self.changed[level, place] = pair

    def root(self) -> bytes:
        """The tree's root."""
        return self._root(0, self.size) if self.size else EMPTY

    def inclusion(self, place: int, size: int | None = None) -> list[bytes]:
        """The path that proves the leaf at ``place`` in the tree of the first ``size`` leaves."""
        end = self.size if size is None else size
        return list(self._inclusion(place, 0, end))

    def consistency(self, old_size: int) -> list[bytes]:
        """The path that proves that the tree begins with the tree of ``old_size`` leaves."""
        if old_size in (0, self.size):
            return []
        return list(self._consistency(old_size, 0, self.size, True))

    def root_at(self, size: int) -> bytes:
        """The root when the tree had ``size`` leaves; only for trees that never change a leaf."""
        return self._root(0, size) if size else EMPTY

    def _inclusion(self, place: int, start: int, end: int) -> Iterator[bytes]:
        if end - start <= 1:
            return
        middle = start + _split(end - start)
        if place < middle:
            yield from self._inclusion(place, start, middle)
            yield self._root(middle, end)
        else:
            yield from self._inclusion(place, middle, end)
            yield self._root(start, middle)

    def _consistency(self, old: int, start: int, end: int, whole: bool) -> Iterator[bytes]:
        if old == end:
            if not whole:
                yield self._root(start, end)
            return
        middle = start + _split(end - start)
        if old <= middle:
            yield from self._consistency(old, start, middle, whole)
            yield self._root(middle, end)
        else:
            yield from self._consistency(old, middle, end, False)
            yield self._root(start, middle)

    def _root(self, start: int, end: int) -> bytes:
        """The root over leaves ``start`` to ``end``; ``start`` is aligned to its subtree."""
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._node(level, start >> level)
        middle = start + _split(count)
        return node_hash(self._root(start, middle), self._root(middle, end))

    def _node(self, level: int, place: int) -> bytes:
        node = self.changed.get((level, place)) or self._fetch(level, place)
        if node is None:
            raise RecordUnverified("A node of a Merkle tree is missing.")
        return node


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1
