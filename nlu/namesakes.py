"""Whom of several people a name means, and whether another may be meant as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.namefit import Option

MARGIN = 0.08
"""How far the first must be ahead of the second."""


@dataclass(frozen=True, slots=True)
class Found:
    """One person read into what was heard."""

    score: float
    sure: bool
    row: int
    chosen: list[Option]
    names: set[int]
    """The names that were said, as the index numbers them."""

    @property
    def items(self) -> frozenset[int]:
        """The words that are this person's name."""
        return frozenset(i for option in self.chosen for i in option.window)


def ahead(found: Sequence[Found]) -> tuple[Found, bool]:
    """The likeliest of ``found``, best first, and whether another may be meant as well.

    Who has the same names and another one beside them is before, however badly that was
    heard, if the reading is sure, and is asked about if it is not.
    """
    best = found[0]
    first = next((one for one in found if one.sure and one.names > best.names), best)
    for other in found:
        if other is first or (first.sure and first.names > other.names):
            continue
        if other.names > first.names or first.score - other.score < MARGIN:
            return first, True
    return first, False
