"""Whom of several people a name means, and whether another may be meant as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nlu.bearers import Bearers
from nlu.namefit import Option

MARGIN = 0.08
"""How far the first must be ahead of the second."""

_TIE: Final = 1e-4
"""Likenesses this near to each other are one."""


@dataclass(frozen=True, slots=True)
class Found:
    """People read into what was heard, which says the same of all of them."""

    score: float
    sure: bool
    bearers: Bearers
    chosen: list[Option]
    names: set[int]
    """The names that were said, as the index numbers them."""

    @property
    def items(self) -> frozenset[int]:
        """The words that are their name."""
        return frozenset(i for option in self.chosen for i in option.window)


def ahead(found: Sequence[Found], left_out: float) -> tuple[Found, bool]:
    """The likeliest of ``found``, best first, and whether another may be meant as well: also one
    who was not looked at, whose names are ``left_out`` like what was heard.

    Who has the same names and another one beside them is before, however badly that was
    heard, if the reading is sure, and is asked about if it is not.
    """
    best = found[0]
    first = next((one for one in found if one.sure and one.names > best.names), best)
    if len(first.bearers.rows) > 1 or first.bearers.likeness - left_out < _TIE:
        return first, True
    for other in found:
        if other is first or (first.sure and first.names > other.names):
            continue
        if other.names > first.names or first.score - other.score < MARGIN:
            return first, True
    return first, False


def in_order(found: Sequence[Found], *, first_alone: bool) -> Iterator[tuple[float, int]]:
    """Score and row of everybody in ``found``, likeliest first; of whom the same names were said,
    as on the roster. ``first_alone`` where the first is before all others for another reason.
    """
    alike: dict[tuple[bool, float, frozenset[int]], list[int]] = {}
    for at, one in enumerate(found):
        key = (first_alone and at == 0, one.score, frozenset(one.names))
        alike.setdefault(key, []).extend(int(row) for row in one.bearers.rows)
    for (_, score, _), rows in alike.items():
        yield from ((score, row) for row in sorted(rows))
