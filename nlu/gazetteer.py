"""The people and places an utterance may name: matched by sound, in every case, with a margin.

A wrong patient is the worst outcome, so the matcher rather asks: it is sure only when one person
is clearly ahead and nothing else that was said speaks against that person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product, takewhile

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from nlu import grammar
from nlu.canon import Canon, canonical
from nlu.declension import CASES, Part, forms, name_kinds
from nlu.messages import PatientCandidate, PatientMention, Person, Place
from nlu.nameindex import HIT, NameHit, NameIndex
from nlu.phrases import known
from nlu.places import UNKNOWN_PLACE, PlaceIndex
from nlu.sounds import sound

SURE_FULL, SURE_LAST, POSSIBLE = 0.84, 0.92, 0.70
"""Least score to be sure of two or more parts of a name, of the surname alone, and to ask."""
FIRM = 0.8
"""What each part of a name must reach, unless two others are exact."""
MARGIN = 0.08
"""How far the first must be ahead of the second."""
_NOBODY = PatientMention((), False)
_PARTS = (Part.LAST, Part.FIRST, Part.MIDDLE)
_WEIGHTS = np.array([0.5, 0.25, 0.25], dtype=np.float32)
_SHORTLIST, _SHOWN, _FEW = 40, 10, 12
_PLAIN = 0.95  # a window this near to one name isn't two
_GLUED = 9  # shortest sound key that may hold two names run together
_YEAR = re.compile(r"\b((?:19|20)\d\d)й?(?: года?| г)?(?: р)?\b(?! (?:по|до) )")


@dataclass(frozen=True, slots=True)
class Named:
    """A mention of a patient with the items it covers."""

    mention: PatientMention
    where: range


@dataclass(frozen=True, slots=True)
class _Option:
    """One way in which a person's name parts may be what a window of items says."""

    parts: tuple[Part, ...]
    window: range
    letters: int
    score: float
    exact: bool
    cases: frozenset[str]


_Hits = Mapping[range, Mapping[int, NameHit]]
_Glued = Mapping[range, tuple[str, set[int]]]


class Gazetteer:
    """The roster and the hospitals. Building takes some seconds for 100,000 people."""

    def __init__(self, patients: Iterable[Person], hospitals: Iterable[Place]) -> None:
        self._people = list(patients)
        self._row = {person.card: row for row, person in enumerate(self._people)}
        self._years = np.array([person.birth_year for person in self._people], dtype=np.int32)
        self._index = NameIndex(self._people)
        self._places = PlaceIndex(hospitals)

    def person(self, card: str) -> Person | None:
        """The patient with this card number."""
        row = self._row.get(card)
        return None if row is None else self._people[row]

    def place(self, id: str) -> Place | None:
        """The hospital with this id."""
        return self._places.by_id.get(id)

    def likeness(self, word: str) -> float:
        """How near a folded word comes to any name on the roster, 0 to 1."""
        return self._index.likeness(word)

    @property
    def longest_card(self) -> int:
        """Digits of the longest card number; more digits are some other number."""
        return max((len(card) for card in self._row), default=0)

    def has_name_form(self, word: str) -> bool:
        """Whether a folded word is a form of any part of some patient's name."""
        return word in self._index.surfaces

    def has_surname_form(self, word: str) -> bool:
        """Whether a folded word is a form of some patient's surname."""
        names = self._index.names
        return any(names[at].part is Part.LAST for at in self._index.surfaces.get(word, ()))

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        """Who a spoken name may mean; ``among`` limits it to some cards (a list just read out)."""
        canon = canonical(text)
        named = self.find_patient(canon, range(len(canon.items)), among)
        return named.mention if named else _NOBODY

    def match_hospitals(self, text: str, among: Collection[str] | None = None) -> tuple[str, ...]:
        """Ids of the hospitals that ``text`` names, in order, unknown ones left out."""
        found = [id for id, _ in self.find_hospitals(canonical(text)) if id != UNKNOWN_PLACE]
        return tuple(id for id in found if among is None or id in among)

    def find_hospitals(self, canon: Canon) -> list[tuple[str, range]]:
        """Hospitals with the items they cover; :data:`UNKNOWN_PLACE` for one that isn't ours."""
        return self._places.find(canon)

    def find_patient(
        self, canon: Canon, free: Iterable[int], among: Collection[str] | None = None
    ) -> Named | None:
        """The patient named in the items ``free``; None when there is no name at all.

        A name that is not on the roster gives a mention without candidates.
        """
        usable = [i for i in free if not canon.items[i].is_number and canon.items[i].text[0] > "z"]
        cues = {i for i in range(len(canon.items)) if grammar.is_cue(canon.items[i].text)}
        staff = {i for i in usable if grammar.after_staff(canon, i)}
        usable = [i for i in usable if i not in cues and i not in staff]
        hits = self._search(canon, usable)
        glued = self._glued_windows(canon, hits)
        found: list[tuple[float, bool, int, list[_Option]]] = []
        if self._people:
            for row in self._likely(hits, glued, among):
                chosen = self._assign(canon, row, hits, glued)
                if chosen:
                    score, sure = self._judge(canon, row, chosen, hits, usable, among)
                    if score >= POSSIBLE:
                        found.append((score, sure, row, chosen))
        if not found:
            where = _unknown_name(canon, usable, cues)
            return Named(_NOBODY, where) if where else None
        found.sort(key=lambda f: -f[0])
        first = found[0]
        close = len(found) > 1 and first[0] - found[1][0] < MARGIN
        shown = [f for f in found if first[0] - f[0] < 2 * MARGIN][:_SHOWN]
        mention = PatientMention(
            tuple(
                PatientCandidate(self._people[row].card, round(score, 3))
                for score, _, row, _ in shown
            ),
            ambiguous=close or not first[1],
        )
        items = [i for option in first[3] for i in option.window]
        return Named(mention, _whole_name(canon, range(min(items), max(items) + 1), usable))

    def _search(self, canon: Canon, usable: Sequence[int]) -> dict[range, dict[int, NameHit]]:
        """The roster names each window of one to three neighbouring items may be."""
        result: dict[range, dict[int, NameHit]] = {}
        exact: set[int] = set()
        for size in (1, 2, 3):
            for start in usable:
                window = range(start, start + size)
                if any(i not in usable for i in window):
                    continue
                if size > 1 and all(i in exact or name_kinds(canon.items[i].text) for i in window):
                    continue
                word = "".join(canon.items[i].text for i in window)
                if len(word) < 2:
                    continue
                found = {hit.name: hit for hit in self._index.search(word)}
                if size == 1:
                    found = self._temper(word, found)
                    if any(hit.exact for hit in found.values()):
                        exact.add(start)
                result[window] = found
        return result

    def _temper(self, word: str, hits: dict[int, NameHit]) -> dict[int, NameHit]:
        """Lower the likeness of what the word spells otherwise.

        A word that is exactly some name, on the roster or in the dictionary, is not likely
        another that only sounds like it («Петров» is not Петрова, «Олега» not Ольга).
        """
        kinds = name_kinds(word)
        exact_parts = {self._index.names[h.name].part for h in hits.values() if h.exact}
        tempered = {}
        for name, hit in hits.items():
            part = self._index.names[name].part
            score = hit.score
            if not hit.exact:
                other = bool(exact_parts) or (bool(kinds) and score < 1)
                if part is Part.LAST and (
                    word in self._index.relative_forms
                    or grammar.surname_kind(word)
                    != grammar.surname_kind(self._index.names[name].text.lower())
                ):
                    other = True
                if other:
                    score = min(score, 0.97) * 0.8
                elif known(word) and not kinds:
                    score -= 0.06
            if score >= HIT:
                tempered[name] = NameHit(name, score, hit.exact, hit.cases)
        return tempered

    def _glued_windows(self, canon: Canon, hits: _Hits) -> dict[range, tuple[str, set[int]]]:
        """Long windows that are no single name: their words, and the names that lie inside."""
        result = {}
        for window, found in hits.items():
            word = "".join(canon.items[i].text for i in window)
            key = sound(word)
            if len(key) >= _GLUED and all(hit.score < _PLAIN for hit in found.values()):
                result[window] = word, set(self._index.inside(key))
        return result

    def _likely(self, hits: _Hits, glued: _Glued, among: Collection[str] | None) -> Iterator[int]:
        """The rows worth a close look: best sum of their parts' likeness."""
        likeness: NDArray[np.float32] = np.zeros(len(self._index.names), dtype=np.float32)
        for found in hits.values():
            for hit in found.values():
                likeness[hit.name] = max(likeness[hit.name], hit.score)
        for _, inside in glued.values():
            for name in inside:
                likeness[name] = max(likeness[name], 0.6)
        total = likeness[self._index.of_person] @ _WEIGHTS
        if among is not None:
            keep = [self._row[card] for card in among if card in self._row]
            mask = np.zeros(len(total), dtype=bool)
            mask[keep] = True
            total = np.where(mask, total, 0)
        size = min(_SHORTLIST, len(total))
        for row in np.argpartition(-total, size - 1)[:size]:
            if total[row] > 0:
                yield int(row)

    def _assign(self, canon: Canon, row: int, hits: _Hits, glued: _Glued) -> list[_Option]:
        """The best way to read the person's name into the windows, none used twice."""
        names = self._index.of_person[row]
        options: list[list[_Option]] = [[], [], []]
        for window, found in hits.items():
            letters = sum(len(canon.items[i].text) for i in window)
            for slot, (part, name) in enumerate(zip(_PARTS, names, strict=True)):
                hit = found.get(int(name))
                if hit:
                    options[slot].append(
                        _Option((part,), window, letters, hit.score, hit.exact, hit.cases)
                    )
        joined = self._run_together(row, glued)
        best: list[_Option] = []
        best_value = 0.0
        for combination in product(*([None, *slot] for slot in options), [None, *joined]):
            chosen = [option for option in combination if option]
            parts = [part for option in chosen for part in option.parts]
            items = [i for option in chosen for i in option.window]
            if len(set(parts)) < len(parts) or len(set(items)) < len(items):
                continue
            value = sum((option.score - 0.6) * option.letters for option in chosen)
            if value > best_value:
                best, best_value = chosen, value
        return sorted(best, key=lambda option: option.window.start)

    def _run_together(self, row: int, glued: _Glued) -> list[_Option]:
        """Windows that may be two or three of the person's names run together."""
        person = self._people[row]
        names = {int(name) for name in self._index.of_person[row]}
        windows = {
            window: word for window, (word, inside) in glued.items() if len(names & inside) >= 2
        }
        if not windows:
            return []
        texts = (person.last, person.first, person.middle)
        by_case: dict[str, dict[Part, str]] = {case: {} for case in CASES}
        for part, text in zip(_PARTS, texts, strict=True):
            for form, cases in forms(text, part, person.sex).items():
                for case in cases:
                    by_case[case].setdefault(part, form)
        result = []
        for window, word in windows.items():
            key = sound(word)
            for case, spelt in by_case.items():
                for size in (2, 3):
                    for parts in permutations(_PARTS, size):
                        if any(part not in spelt for part in parts):
                            continue
                        joined = sound("".join(spelt[part] for part in parts))
                        score = Indel.normalized_similarity(key, joined, score_cutoff=0.8)
                        if score >= 0.8:
                            result.append(
                                _Option(parts, window, len(word), score, False, frozenset((case,)))
                            )
        return sorted(result, key=lambda option: -option.score)[:3]

    def _judge(
        self,
        canon: Canon,
        row: int,
        chosen: Sequence[_Option],
        hits: _Hits,
        usable: Sequence[int],
        among: Collection[str] | None,
    ) -> tuple[float, bool]:
        """The score of one reading, and whether it is enough to act on."""
        person = self._people[row]
        letters = sum(option.letters for option in chosen)
        score = sum(option.score * option.letters for option in chosen) / letters
        covered = {i for option in chosen for i in option.window}
        score -= 0.3 * self._conflicts(canon, covered, hits, usable)
        first = min(covered)
        sex = grammar.cue_sex(canon, first)
        if (sex == "f" and person.sex == "m") or (
            grammar.verb_sex(canon, first, max(covered) + 1) not in (None, person.sex)
        ):
            score -= 0.3
        years = {int(year) for year in _YEAR.findall(canon.text)} if "рожд" in canon.text else set()
        if years and person.birth_year not in years:
            return score - 0.2, False
        parts = {part for option in chosen for part in option.parts}
        few = among is not None and len(among) <= _FEW
        if len(parts) >= 2:
            firm = all(option.score >= FIRM for option in chosen) or (
                sum(len(option.parts) for option in chosen if option.exact) >= 2
            )
            return score, firm and score >= (0.76 if few else SURE_FULL)
        if Part.LAST not in parts:
            weak = not chosen[0].exact and not few
            return (0.0 if weak and score < 0.9 else score), few and score >= 0.8
        word = "".join(canon.items[i].text for i in chosen[0].window)
        last = int(self._index.of_person[row][0])
        relative = self._index.relatives.get(sound(word), {}).get(last)
        sure = score >= (0.8 if few else SURE_LAST)
        if relative and not few:
            sure = sure and grammar.surname_fits(
                canon, first, person.sex, chosen[0].cases, relative
            )
        elif sex == "m" and person.sex == "f" and "nomn" in chosen[0].cases and not few:
            sure = False  # «больной Белых»: a man's word with a surname that has no sex
        return score, sure

    def _conflicts(
        self, canon: Canon, covered: set[int], hits: _Hits, usable: Sequence[int]
    ) -> int:
        """How many neighbouring words are names, but not this person's."""
        before = range(min(covered) - 1, max(min(covered) - 3, -1), -1)
        after = range(max(covered) + 1, min(max(covered) + 3, len(canon.items)))
        near = {
            *takewhile(lambda i: not grammar.is_cue(canon.items[i].text), before),
            *range(min(covered), max(covered)),
            *takewhile(lambda i: not grammar.is_cue(canon.items[i].text), after),
        }
        return sum(
            1
            for i in near
            if i in usable
            and i not in covered
            and (
                name_kinds(canon.items[i].text)
                or any(hit.score >= 0.9 for hit in hits.get(range(i, i + 1), {}).values())
            )
        )


def _whole_name(canon: Canon, where: range, usable: Sequence[int]) -> range:
    """Take in neighbouring words that are names, though not this patient's."""
    start, stop = where.start, where.stop
    while start - 1 in usable and name_kinds(canon.items[start - 1].text):
        start -= 1
    while stop in usable and name_kinds(canon.items[stop].text):
        stop += 1
    return range(start, stop)


def _unknown_name(canon: Canon, usable: Sequence[int], cues: set[int]) -> range | None:
    """Words that look like a name, though nobody on the roster has it."""
    names = [
        i
        for i in usable
        if name_kinds(canon.items[i].text)
        and (grammar.looks_like_name(canon.items[i].text) or i - 1 in cues)
    ]
    after_cue = [
        i
        for i in usable
        if i - 1 in cues
        and i not in names
        and (not known(canon.items[i].text) or grammar.surname_kind(canon.items[i].text) == "sky")
    ]
    found = sorted({*names, *after_cue})
    if not found:
        return None
    stop = found[0] + 1
    while stop in usable and (stop in found or not known(canon.items[stop].text)):
        stop += 1
    return range(found[0], stop)
