"""The people and places an utterance may name: matched by sound, in every case, with a margin.

A wrong patient is the worst outcome, so the matcher rather asks: it is sure only when one person
is clearly ahead and nothing else that was said speaks against that person.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from nlu import grammar
from nlu.bearers import Bearers, Roll
from nlu.canon import Canon, canonical, fold
from nlu.declension import Part, name_kinds, other_sex
from nlu.messages import PatientCandidate, PatientMention, Person, Place
from nlu.namefit import PARTS, Option, assign
from nlu.nameindex import NameIndex
from nlu.namesakes import MARGIN, Found, ahead, in_order
from nlu.namesex import cue_sex, surname_fits, takes_oblique, told_sex, verb_sex
from nlu.namewindows import Glued, Hits, glued_windows, search
from nlu.places import UNKNOWN_PLACE, PlaceIndex, called
from nlu.rejected import rejected
from nlu.sounds import sound
from nlu.staff import staff_names
from nlu.strangers import SHORTEST, unknown_name, whole_name

SURE_FULL, SURE_LAST, POSSIBLE = 0.84, 0.92, 0.70
"""Least score to be sure of two or more parts of a name, of the surname alone, and to ask."""
FIRM = 0.8
"""What each part of a name must reach, unless two others are exact."""
_NOBODY = PatientMention((), False)
SHOWN, _FEW = 10, 12


@dataclass(frozen=True, slots=True)
class Named:
    """A mention of a patient with the items it covers."""

    mention: PatientMention
    where: range


class Gazetteer:
    """The roster and the hospitals. Building takes some seconds for 100,000 people."""

    def __init__(self, patients: Iterable[Person], hospitals: Iterable[Place]) -> None:
        self._people = list(patients)
        self._row = {person.card: row for row, person in enumerate(self._people)}
        self.longest_card = max(map(len, self._row), default=0)
        """Digits of the longest card number; more digits are some other number."""
        self._index = NameIndex(self._people)
        self._roll = Roll(self._people, self._index)
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

    def surname_likeness(self, word: str) -> float:
        """How near a folded word comes to a surname on the roster, 0 to 1."""
        names = self._index.names
        hits = self._index.search(word)
        return max((hit.score for hit in hits if names[hit.name].part is Part.LAST), default=0.0)

    @property
    def cards(self) -> Container[str]:
        """Everybody's card number."""
        return self._row

    def has_name_form(self, word: str) -> bool:
        """Whether a folded word is a form of any part of some patient's name."""
        return word in self._index.surfaces

    def has_surname_form(self, word: str) -> bool:
        """Whether a folded word is a form of some patient's surname."""
        return bool(self._surnames(word))

    def surnames(self, canon: Canon) -> frozenset[int]:
        """The items that are a surname, of the roster or in the dictionary."""
        return frozenset(
            i
            for i, item in enumerate(canon.items)
            if self.has_surname_form(item.text)
            or (len(item.text) >= SHORTEST and Part.LAST in name_kinds(item.text))
            or grammar.is_place_or_surname(item.text)
        )

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        """Who a spoken name may mean; ``among`` limits it to some cards (a list just read out)."""
        canon = canonical(text)
        named = self.find_patient(canon, range(len(canon.items)), among)
        return named.mention if named else _NOBODY

    def alike(self, cards: Collection[str]) -> tuple[str, ...]:
        """Cards of everybody of whom is true what all of ``cards`` have in common: surname, first
        name, patronymic, year of birth; ``cards`` where nothing is.
        """
        rows = self._roll.alike([self._row[card] for card in cards])
        return tuple(self._people[row].card for row in rows)

    def match_hospitals(self, text: str, among: Collection[str] | None = None) -> tuple[str, ...]:
        """Ids of the hospitals that ``text`` names, in order, unknown ones left out."""
        found = [id for id, _ in self.find_hospitals(canonical(text)) if id != UNKNOWN_PLACE]
        return tuple(id for id in found if among is None or id in among)

    def hospitals_called(self, text: str, among: Collection[str]) -> tuple[str, ...]:
        """Which hospitals of ``among`` a part of the name may mean that is all that was said."""
        return called(canonical(text), [p for p in self._places.by_id.values() if p.id in among])

    def find_hospitals(self, canon: Canon) -> list[tuple[str, range]]:
        """Hospitals with the items they cover; :data:`UNKNOWN_PLACE` for one that isn't ours."""
        words = enumerate(canon.items)
        patients = [i for i, item in words if self.has_surname_form(item.text)]
        return self._places.find(canon, self.surnames(canon), patients)

    def find_patient(
        self, canon: Canon, free: Iterable[int], among: Collection[str] | None = None
    ) -> Named | None:
        """The patient named in the items ``free``; None when there is no name at all.

        A name that is not on the roster gives a mention without candidates. After «то есть» and
        the like, a name takes back the one before it. A name after «не» counts only where there
        is no other: then it is for the dialogue to know that it was taken back.
        """
        free = list(free)
        corrected = grammar.after_correction(canon)
        back = rejected(canon, lambda i: self._may_be_name(canon.items[i].text)).items
        meant = [i for i in free if i not in back]
        for left in ([i for i in meant if i >= corrected], meant):
            if len(left) < len(free):
                named = self._find(canon, left, among)
                if named is not None and named.mention.candidates:
                    return named
        return self._find(canon, free, among)

    def _may_be_name(self, word: str) -> bool:
        return bool(name_kinds(word)) or grammar.may_be_surname(word) or self.has_name_form(word)

    def _find(
        self, canon: Canon, free: Sequence[int], among: Collection[str] | None
    ) -> Named | None:
        usable = [i for i in free if not canon.items[i].is_number and canon.items[i].text[0] > "z"]
        cues = {i for i in range(len(canon.items)) if grammar.is_cue(canon.items[i].text)}
        staff = staff_names(canon)
        usable = [i for i in usable if i not in cues and i not in staff]
        hits = search(self._index, canon, usable)
        glued = glued_windows(self._index, canon, hits)
        rows = None if among is None else [self._row[card] for card in among if card in self._row]
        years = grammar.birth_years(canon.text)
        likely, left_out = self._roll.likely(hits, glued, years, rows)
        read = (self._read(canon, some, hits, glued, usable, among) for some in likely)
        found = [one for one in read if one is not None and one.score >= POSSIBLE]
        if not found:
            where = unknown_name(canon, usable, cues)
            return Named(_NOBODY, where) if where else None
        found.sort(key=lambda one: (-one.score, -len(one.items)))
        first, close = ahead(found, left_out)
        near = found[0].score - 2 * MARGIN
        shown = [first, *(one for one in found if one is not first and one.score > near)]
        candidates = (
            PatientCandidate(self._people[row].card, round(score, 3))
            for score, row in in_order(shown, first_alone=not close)
        )
        mention = PatientMention(
            tuple(islice(candidates, SHOWN)), ambiguous=close or not first.sure
        )
        items = range(min(first.items), max(first.items) + 1)
        return Named(mention, whole_name(canon, items, usable))

    def _read(
        self,
        canon: Canon,
        bearers: Bearers,
        hits: Hits,
        glued: Glued,
        usable: Sequence[int],
        among: Collection[str] | None,
    ) -> Found | None:
        """How the names of ``bearers`` fit what was heard; None when nothing of them does."""
        row = int(bearers.rows[0])
        names = self._names_of(row)
        chosen = assign(canon, self._people[row], names, hits, glued)
        if not chosen:
            return None
        score, sure = self._judge(canon, row, chosen, hits, usable, among)
        surname = [option for option in chosen if Part.LAST in option.parts]
        if 0 < len(surname) < len(chosen):
            # a badly heard first name must not put its bearer behind a namesake
            score = max(score, self._judge(canon, row, surname, hits, usable, among)[0])
        parts = {part for option in chosen for part in option.parts}
        said = {name for part, name in zip(PARTS, names, strict=True) if part in parts}
        return Found(score, sure, bearers, chosen, said)

    def _names_of(self, row: int) -> list[int]:
        """Surname, first name and patronymic of a row, as the index numbers them."""
        return [int(name) for name in self._index.of_person[row]]

    def _judge(
        self,
        canon: Canon,
        row: int,
        chosen: Sequence[Option],
        hits: Hits,
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
        if grammar.is_half(canon, covered):
            return min(score, POSSIBLE), False
        sex = cue_sex(canon, first)
        if (sex == "f" and person.sex == "m") or (
            verb_sex(canon, first, max(covered) + 1) not in (None, person.sex)
        ):
            score -= 0.3
        years = grammar.birth_years(canon.text)
        if years and not years & {person.birth_year, person.birth_year % 100}:
            return score - 0.2, False
        # «Соловья» is a word, and maybe a name, of its own: not a misheard «Соловьёва»
        other = any(
            Part.LAST in option.parts
            and not option.exact
            and grammar.is_another(canon.items[i].text)
            for option in chosen
            if len(option.window) == 1
            for i in option.window
        )
        parts = {part for option in chosen for part in option.parts}
        few = among is not None and len(among) <= _FEW
        if len(parts) >= 2:
            firm = all(option.score >= FIRM for option in chosen) or (
                sum(len(option.parts) for option in chosen if option.exact) >= 2
            )
            alone = Part.LAST in parts or not grammar.beside_surname(
                canon, first, max(covered), usable
            )
            sure = firm and alone and score >= (0.76 if few else SURE_FULL)
            return score, sure and not other
        if Part.LAST not in parts:
            weak = not chosen[0].exact and not few
            if few and grammar.beside_surname(canon, first, max(covered), usable):
                score -= 0.3  # «Марии Кузнецкой» chooses no Кузнецова
            return (0.0 if weak and score < 0.9 else score), few and score >= 0.8
        word = "".join(canon.items[i].text for i in chosen[0].window)
        last = int(self._index.of_person[row][0])
        relative = self._index.relatives.get(sound(word), {}).get(last)
        sure = score >= (0.8 if few else SURE_LAST) and not other
        if relative and not few:
            cases, shared = chosen[0].cases, not chosen[0].exact or self._is_shared(word)
            told = told_sex(canon, first)
            if told not in (None, person.sex):
                return score - 0.3, False
            if years:  # tell whose surname «Кузнецова, которая 90-го года» is
                return score, sure and not (cases <= {"nomn"} and takes_oblique(canon, first))
            sure = sure and surname_fits(
                canon, first, person.sex, cases, relative, shared=shared, told=told is not None
            )
        elif self._may_lack_its_ending(person) and not few:
            told = verb_sex(canon, first, max(covered) + 1) or told_sex(canon, first)
            sure = sure and ("nomn" not in chosen[0].cases or told == "m")
        elif sex == "m" and person.sex == "f" and "nomn" in chosen[0].cases and not few:
            sure = False  # «больной Белых»: a man's word with a surname that has no sex
        return score, sure

    def _surnames(self, word: str) -> list[int]:
        """The distinct surnames of the roster that a folded word is a form of."""
        names = self._index.names
        return [at for at in self._index.surfaces.get(word, ()) if names[at].part is Part.LAST]

    def may_be_a_relative(self, card: str) -> bool:
        """Whether the roster has a woman with the surname of the man with ``card``."""
        return self._may_lack_its_ending(self._people[self._row[card]])

    def _may_lack_its_ending(self, person: Person) -> bool:
        """Whether a man's surname may be a woman's of which the ending was not heard: «Морозов»
        of «Морозову», where the roster has a Морозова.
        """
        hers = other_sex(person.last, "m") if person.sex == "m" else None
        return hers is not None and any(
            fold(self._index.names[at].text) == hers for at in self._surnames(hers)
        )

    def _is_shared(self, word: str) -> bool:
        """Whether a folded word is a form of two patients' surnames, a man's and a woman's."""
        return len(self._surnames(word)) > 1

    def _conflicts(self, canon: Canon, covered: set[int], hits: Hits, usable: Sequence[int]) -> int:
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
                or grammar.may_be_surname(canon.items[i].text)
                or any(hit.score >= 0.9 for hit in hits.get(range(i, i + 1), {}).values())
            )
        )
