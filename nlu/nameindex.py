"""Which parts of the roster's names a misheard word may be: bigrams first, then edit distance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from nlu.declension import Part, forms, other_sex
from nlu.dictionary import reading
from nlu.messages import Person
from nlu.petnames import short_names
from nlu.sounds import sound

_SHORTLIST = 40
DOUBTFUL = 0.88
"""Likeness of an exact form that may be another word as well."""
_AS_OFTEN = 0.5
"""Share of a word's readings, in the dictionary, which leaves room for a name."""
HIT = 0.72
"""Least likeness of sounds at which a word may be a part of a name."""


@dataclass(frozen=True, slots=True)
class Name:
    """One distinct part of a name on the roster."""

    text: str
    part: Part
    sex: str


@dataclass(frozen=True, slots=True)
class NameHit:
    """A roster name that a word may be, the likeness (0 to 1), and whether spelt so exactly."""

    name: int
    score: float
    exact: bool
    cases: frozenset[str]


def doubtful_forms(name: Name) -> Iterator[tuple[str, frozenset[str]]]:
    """The forms of short first names that are as often another noun: «люды», «левы», «иры»."""
    if name.part is Part.FIRST:
        for short in short_names(name.text, name.sex):
            for form, cases in forms(short, Part.FIRST, name.sex).items():
                first = reading(form)
                other = first.tag.POS in ("NOUN", "ADJS") and "Name" not in first.tag
                if other and first.score <= _AS_OFTEN:
                    yield form, cases


def spoken_forms(name: Name) -> Iterator[tuple[str, frozenset[str]]]:
    """The folded forms of a name, and of what its bearer is called for short.

    A short form that is more often another word is left out: «любой» is not Люба.
    """
    yield from forms(name.text, name.part, name.sex).items()
    if name.part is Part.FIRST:
        for short in short_names(name.text, name.sex):
            for form, cases in forms(short, Part.FIRST, name.sex).items():
                if "Name" in reading(form).tag:
                    yield form, cases


class NameIndex:
    """The distinct names of a roster in all their cases, searchable by sound."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.names: list[Name] = []
        numbers: dict[Name, int] = {}

        def number(text: str, part: Part, sex: str) -> int:
            name = Name(text, part, sex)
            if name not in numbers:
                numbers[name] = len(self.names)
                self.names.append(name)
            return numbers[name]

        self.of_person: NDArray[np.int32] = np.array(
            [
                [number(p.last, Part.LAST, p.sex), number(p.first, Part.FIRST, p.sex),
                 number(p.middle, Part.MIDDLE, p.sex)]
                for p in people
            ],
            dtype=np.int32,
        ).reshape(-1, 3)  # fmt: skip
        self.surfaces: dict[str, dict[int, frozenset[str]]] = defaultdict(dict)
        self.doubtful: dict[str, dict[int, frozenset[str]]] = defaultdict(dict)
        self.relative_forms: set[str] = set()
        self.relatives: dict[str, dict[int, frozenset[str]]] = defaultdict(dict)
        """Sounds of the roster's surnames as the other sex bears them, with their cases."""
        keys: dict[str, dict[int, frozenset[str]]] = defaultdict(dict)
        for at, name in enumerate(self.names):
            for form, cases in spoken_forms(name):
                self.surfaces[form][at] = self.surfaces[form].get(at, frozenset()) | cases
                key = sound(form)
                keys[key][at] = keys[key].get(at, frozenset()) | cases
            for form, cases in doubtful_forms(name):
                self.doubtful[form][at] = cases
            if name.part is Part.LAST and (relative := other_sex(name.text, name.sex)):
                sex = "f" if name.sex == "m" else "m"
                for form, cases in forms(relative, Part.LAST, sex).items():
                    key = sound(form)
                    before = self.relatives[key].get(at, frozenset())
                    self.relatives[key][at] = before | cases
                    self.relative_forms.add(form)
        self._keys = list(keys)
        self._names_of = [keys[key] for key in self._keys]
        self._lengths = np.array([len(key) + 1 for key in self._keys], dtype=np.float32)
        self._postings = _postings(self._keys)
        self.search = lru_cache(maxsize=1_000)(self._search)
        """Roster names that sound like a folded word, each once with its best likeness."""

    def _search(self, word: str) -> tuple[NameHit, ...]:
        key = sound(word)
        best: dict[int, tuple[float, frozenset[str]]] = {}
        for at in self._shortlist(key):
            likeness = Indel.normalized_similarity(key, self._keys[at], score_cutoff=HIT)
            if likeness >= HIT:
                for name, cases in self._names_of[at].items():
                    if likeness > best.get(name, (0.0,))[0]:
                        best[name] = likeness, cases
        exact = self.surfaces.get(word, {})
        return tuple(
            NameHit(name, 1.0, True, exact[name])
            if name in exact
            else NameHit(name, score, False, cases)
            for name, (score, cases) in best.items()
        )

    def likeness(self, word: str) -> float:
        """How near a folded word comes to any roster name, 0 to 1."""
        return max((hit.score for hit in self.search(word)), default=0.0)

    def inside(self, key: str) -> list[int]:
        """Roster names one of whose forms seems to lie inside a long sound key (glued words)."""
        counts = self._count(key)
        if counts is None:
            return []
        share = counts / np.maximum(self._lengths - 1, 1)
        likely = np.flatnonzero((share >= 0.7) & (self._lengths >= 4))
        order = likely[np.argsort(-counts[likely])][:_SHORTLIST]
        return sorted({name for at in order for name in self._names_of[at]})

    def _count(self, key: str) -> NDArray[np.int64] | None:
        lists = [self._postings[b] for b in _bigrams(key) if b in self._postings]
        if not lists:
            return None
        return np.bincount(np.concatenate(lists), minlength=len(self._keys))

    def _shortlist(self, key: str) -> Iterable[int]:
        counts = self._count(key)
        if counts is None:
            return []
        dice = 2 * counts / (self._lengths + len(key) + 1)
        size = min(_SHORTLIST, len(dice))
        top = np.argpartition(-dice, size - 1)[:size]
        return [int(at) for at in top if dice[at] > 0.2]


def _bigrams(key: str) -> set[str]:
    padded = f"^{key}$"
    return {padded[i : i + 2] for i in range(len(padded) - 1)}


def _postings(keys: Sequence[str]) -> dict[str, NDArray[np.int32]]:
    lists: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        for bigram in _bigrams(key):
            lists[bigram].append(at)
    return {bigram: np.array(at, dtype=np.int32) for bigram, at in lists.items()}
