"""Whom of several people a name means, and whether another may be meant as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu import grammar
from nlu.canon import Canon
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

    def same_word(self, other: Found) -> bool:
        """Whether both have one word for a surname, as it is spelt."""
        both = (*self.chosen, *other.chosen)
        return self.items == other.items and len(both) == 2 and all(o.exact for o in both)


def ahead(canon: Canon, found: Sequence[Found]) -> tuple[Found, bool]:
    """The likeliest of ``found``, best first, and whether another may be meant as well.

    Who has the same names and another one beside them is before, however badly that was
    heard, if the reading is sure, and is asked about if it is not.
    """
    best = found[0]
    first = next((one for one in found if one.sure and one.names > best.names), best)
    for other in found:
        if other is first or (first.sure and first.names > other.names):
            continue
        same_word = first.same_word(other) and grammar.is_governed(canon, min(first.items))
        if first.sure and not other.sure and same_word:
            continue  # «у Попова»: the grammar has decided against Попова
        if other.names > first.names or first.score - other.score < MARGIN:
            return first, True
    return first, False
