"""Who of the roster may be named: those of whom the same was heard together, likeliest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlu.canon import fold
from nlu.declension import Part, other_sex
from nlu.messages import Person
from nlu.nameindex import NameIndex
from nlu.namewindows import Glued, Hits

_WEIGHTS: Final = np.array([0.5, 0.25, 0.25], dtype=np.float32)
"""Of surname, first name and patronymic."""
_SHORTLIST: Final = 40
_INSIDE: Final = 0.6
"""Likeness of a name that seems to lie inside a long word."""
_RUN_TOGETHER: Final = 2
"""Least number of names in a word that holds more than one."""
_OTHER_YEAR: Final = 0.2
"""What a year of birth that is not theirs takes from the likeness of people."""


@dataclass(frozen=True, slots=True)
class Bearers:
    """People of whom the same was heard: nothing that was said tells one from another."""

    likeness: float
    """0 to 1: the weighted sum of the likeness of their names."""
    rows: NDArray[np.int64]
    """Ascending, never empty."""


class Roll:
    """The rows of a roster, to be searched by what was heard of names and years of birth."""

    def __init__(self, people: Sequence[Person], index: NameIndex) -> None:
        self._index = index
        self._names = index.of_person
        self._parts = [part.astype(np.intp) for part in index.of_person.T]
        self._count = len(index.names)
        self._years = np.array([person.birth_year for person in people], dtype=np.int32)

    def likely(
        self, hits: Hits, glued: Glued, years: Collection[int], among: Collection[int] | None
    ) -> tuple[list[Bearers], float]:
        """The likeliest bearers of what was heard, and the likeness of the next that is left out.

        ``years`` are of birth, of two digits or four; ``among`` limits it to some rows.
        """
        heard: NDArray[np.float32] = np.zeros(self._count, dtype=np.float32)
        for found in hits.values():
            for hit in found.values():
                heard[hit.name] = max(heard[hit.name], hit.score)
        inside = np.zeros(self._count, dtype=bool)
        for _, held in glued.values():
            inside[list(held)] = True
        heard[inside] = np.maximum(heard[inside], _INSIDE)
        weighed = zip(self._parts, _WEIGHTS, strict=True)
        total = np.sum([heard.take(part) * weight for part, weight in weighed], axis=0)
        if among is not None:
            kept = np.zeros(len(total), dtype=bool)
            kept[list(among)] = True
            total[~kept] = 0
        rows = np.flatnonzero(total > 0)
        names, total = self._names[rows], total[rows]
        born = np.zeros(len(rows), dtype=bool)
        if years:
            born = np.isin(self._years[rows], list(years))
            born |= np.isin(self._years[rows] % 100, list(years))
            total = total - np.where(born, 0, _OTHER_YEAR)
        # of names run together, which are said is for a closer look
        whole = inside[names].sum(axis=1) >= _RUN_TOGETHER
        said = np.where((heard[names] > 0) | whole[:, None], names + 1, 0)
        return _best(rows, total, _numbered(said, born, self._count + 1))

    def alike(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Everybody of whom is true what all of ``rows`` have in common: a surname, be it a man's
        or a woman's, first name, patronymic, year of birth; those of ``rows`` where nothing is.
        """
        kept = np.ones(len(self._names), dtype=bool)
        for said in (*self._parts[1:], self._years):
            if len(set(said[rows])) == 1:
                kept &= said == said[rows[0]]
        lasts = (self._index.names[at] for at in set(self._parts[0][rows]))
        common = set.intersection(
            *({fold(name.text), other_sex(name.text, name.sex)} for name in lasts)
        )
        if common - {None}:
            kept &= np.isin(
                self._parts[0],
                [at for at, name in enumerate(self._index.names)
                 if name.part is Part.LAST and fold(name.text) in common],
            )  # fmt: skip
        return np.array(rows) if kept.all() else np.flatnonzero(kept)


def _numbered(said: NDArray[np.int32], born: NDArray[np.bool_], base: int) -> NDArray[np.int64]:
    """One number for all of whom the same was heard."""
    last, first, middle = said.astype(np.int64).T
    number: NDArray[np.int64] = ((last * base + first) * base + middle) * 2 + born
    return number


def _best(
    rows: NDArray[np.int64], total: NDArray[np.float32], number: NDArray[np.int64]
) -> tuple[list[Bearers], float]:
    """The likeliest of those with one number, and the likeness of the next."""
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    likeness = total[order[starts]]
    stops = np.append(starts[1:], len(rows))
    best = np.argsort(-likeness, kind="stable")
    read, left = best[:_SHORTLIST], best[_SHORTLIST : _SHORTLIST + 1]
    return [
        Bearers(float(likeness[at]), rows[order[starts[at] : stops[at]]]) for at in read
    ], float(likeness[left[0]]) if len(left) else 0.0
