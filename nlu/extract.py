"""Finding the entities of an utterance, and the masked text that the intent is read from."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from nlu import grammar
from nlu.canon import Canon, canonical
from nlu.cards import cards_beside, find_cards
from nlu.clocks import bare_hours
from nlu.commonwords import CommonWords
from nlu.concepts import TOPICS, concept
from nlu.corrected import APART, corrected
from nlu.dates import find_times
from nlu.declension import name_kinds
from nlu.gazetteer import Gazetteer
from nlu.loosetimes import days_alone, years_alone
from nlu.measures import find_bare_pressure, find_value
from nlu.messages import Entity, EntityValue, Period
from nlu.phrases import PhraseIndex
from nlu.refusals import is_unit
from nlu.sounds import sound
from nlu.spans import UNREAD_TIME, Found, in_context
from nlu.staff import STAFF, staff_names
from nlu.unlisted import unlisted_items
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

PERSON, HOSPITAL = "qqperson", "qqhospital"
"""Stand in for annotated names in training texts, where no roster applies."""

_LIST_WORD = r"(?:документ|пункт|пациент|номер|вариант|визит|строк|запис|больн|карт)\w*"
_ORDINAL = re.compile(
    rf"\b{_LIST_WORD}(?: номер\w*| под номером)? (\d{{1,2}})\b(?!й)"
    r"|(?<!\d )\b([12]?\d|30)й\b(?! год)"
    r"|^(?:\w+ )?(\d{1,2}) (?:документ|пункт|вариант|визит)\b"
)
_LAST = re.compile(
    r"\b(последн(?:ий|юю|яя|ее|его|ей))(?= (?:документ|пациент|пункт|вариант|из списка|в списке)|$)"
)
_TELLING = re.compile(r"\b(?:за (?:\w+ )?ночь|выходны\w+|обед\w?)\b")
"""What is asked of a night or a weekend is mostly a measurement."""
_DEVICE = re.compile(r"\w{3,}метр\w{0,3}")
"""«Глюкометр» reads a quantity of the laboratory at the bedside."""
RECORDS_SINCE = 2000
"""Year: what was before is a birth."""
LABORATORY = frozenset(("laboratory_report", "blood_test", "urine_test"))
_MASKS = {
    "patient_name": "P", "patient_id": "C", "hospital": "H", "period": "T", "date": "T",
    "ordinal": "O", "value": "V",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extraction:
    """The entities of an utterance, and its words with entities as single capital letters."""

    entities: tuple[Entity, ...]
    masked: tuple[str, ...]
    unsaid: tuple[tuple[int, int], ...] = ()
    """Spans of words that were taken back: none of the entities, and not masked."""
    refused: bool = False
    """Whether something was rejected and nothing said in its place."""
    like_surname: bool = False
    """Whether nobody is named, and a word is like a patient's surname."""


class Extractor:
    """Everything but the intent. ``common`` are words that are no names unless on the roster."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        synonyms: Iterable[tuple[str, str]],
        common: Collection[str],
        today: Callable[[], date],
    ) -> None:
        self._gazetteer = gazetteer
        self._phrases = PhraseIndex(synonyms, threshold=0.84)
        self._common = CommonWords(common)
        self._today = today

    def extract(self, text: str) -> Extraction:
        """Find the entities of ``text``."""
        return _Reading(canonical(text)).read(
            self._gazetteer, self._phrases, self._common, self._today()
        )


class Readings:
    """What an utterance may have been: as it was recognised first, and otherwise."""

    def __init__(self, extractor: Extractor, text: str, alternatives: Sequence[str]) -> None:
        self.text = text
        self.first = extractor.extract(text)
        self._extractor = extractor
        self.alternatives = alternatives
        self._others: list[Extraction] = []

    def others(self) -> Iterator[Extraction]:
        """The other readings. Most utterances are clear without them: each is looked at when it
        is first asked for.
        """
        for at, text in enumerate(self.alternatives):
            if at == len(self._others):
                self._others.append(self._extractor.extract(text))
            yield self._others[at]


class _Reading:
    """One utterance while its items are being claimed, each by one entity."""

    def __init__(self, canon: Canon) -> None:
        self.canon = canon
        self.claimed: dict[int, str] = {}
        self.found: list[Entity] = []

    def read(
        self, gazetteer: Gazetteer, phrases: PhraseIndex, common: CommonWords, today: date
    ) -> Extraction:
        canon = self.canon
        for id, where in gazetteer.find_hospitals(canon):
            self.claim("hospital", where, id)
        self.times(find_times(canon.text, today), gazetteer)
        for digits, start, end in find_cards(canon.text, gazetteer.longest_card):
            self.claim("patient_id", canon.items_of(start, end), digits)
        observations = self.phrases(phrases, gazetteer.surnames(canon))
        hours = bare_hours(canon, self.is_open(gazetteer), bool(observations), self.is_time)
        for hour in list(hours):
            where = canon.items_of(hour.start, hour.end)
            if self.claim("date", where, hour.value):  # as words, they tell nothing of the intent
                said = ((i, canon.items[i]) for i in where)
                self.claimed.update((i, "N" if it.is_number else it.text) for i, it in said)
        self.days(today, gazetteer, valued=False)
        self.values(observations)
        self.days(today, gazetteer, valued=True)
        if self.tells_section():
            cards = cards_beside(canon, self.may_be_card, gazetteer.cards, gazetteer.longest_card)
            for digits, where in list(cards):
                self.claim("patient_id", where, digits)
        self.ordinals()
        drugs, quantities = grammar.substances(canon), unlisted_items(canon)
        free = [
            i
            for i, item in enumerate(canon.items)
            if i not in self.claimed
            and common.may_name(canon, i, gazetteer)
            and (not is_unit(item.text) or gazetteer.has_surname_form(item.text))
            and (i not in drugs or gazetteer.has_name_form(item.text))
            and (i not in quantities or gazetteer.has_surname_form(item.text))
        ]
        named = gazetteer.find_patient(canon, free)
        if named:
            self.claim("patient_name", named.where, named.mention)
            mistaken = grammar.corrected_name(canon, named.where.start)
            aged = grammar.age_beside(canon, named.where, self.claimed.__contains__)
            beside = aged[0] if aged is not None else range(0)
            for i in (*mistaken, *grammar.birth_after(canon, named.where.stop), *beside):
                self.claimed.setdefault(i, "P")
        for i in staff_names(canon):  # whose name it is matters little, that it is a doctor's does
            if name_kinds(canon.items[i].text):
                self.claimed.setdefault(i, STAFF)
        for i, item in enumerate(canon.items):
            if item.text in (PERSON, HOSPITAL):
                self.claimed[i] = "P" if item.text == PERSON else "H"
        if named:
            self.without_birth()
        if self.tells_section() and not self.tells_time_or_writes():
            self.times(list(years_alone(canon, today, self.may_be_year)), gazetteer)
        entities = sorted(self.found, key=lambda e: (e.start, e.end))
        back = corrected(canon, entities)
        spans = tuple((canon.items[i].start, canon.items[i].end) for i in sorted(back.unsaid))
        kept = (e for e in entities if not any(e.overlaps(*span) for span in spans))
        like_surname = not named and any(
            i not in self.claimed and i not in drugs and common.is_like_surname(canon, i, gazetteer)
            for i in range(len(canon.items))
        )
        masked = tuple(self.masked(back.unsaid))
        return Extraction(tuple(kept), masked, spans, back.refused, like_surname)

    def without_birth(self) -> None:
        """The year in which the patient was born is no period of records."""
        years = {year % 100 for year in grammar.birth_years(self.canon.text)}
        born = "рожд" in self.canon.text
        self.found = [
            entity
            for entity in self.found
            if not (
                isinstance(entity.value, Period)
                and entity.value.start.year % 100 in years
                and (born or entity.value.start.year < RECORDS_SINCE)
            )
        ]

    def is_free(self, where: range) -> bool:
        return bool(where) and not any(i in self.claimed for i in where)

    def is_open(self, gazetteer: Gazetteer) -> Callable[[int], bool]:
        """Tells whether an item is neither claimed nor a patient's surname."""
        return lambda i: (
            i not in self.claimed and not gazetteer.has_surname_form(self.canon.items[i].text)
        )

    def days(self, today: date, gazetteer: Gazetteer, *, valued: bool) -> None:
        """Claim days of the month that are said alone, the surer ones also without a value."""
        if not valued or any(entity.name == "value" for entity in self.found):
            said = days_alone(
                self.canon,
                today,
                self.is_open(gazetteer),
                measured=valued or any(e.name == "observation" for e in self.found),
                named=self.tells_section(),
            )
            self.times(in_context(self.canon.text, list(said), today), gazetteer)

    def tells_section(self) -> bool:
        """Whether a quantity or a part of the record is named."""
        named = any(entity.name in ("observation", "document_type") for entity in self.found)
        return named or any(concept(item.text) in TOPICS for item in self.canon.items)

    def tells_time_or_writes(self) -> bool:
        """Whether a time was said, or something is to be written: a number is its value."""
        timed = any(entity.name in ("date", "period") for entity in self.found)
        return timed or any(concept(item.text) == "WRITE" for item in self.canon.items)

    def may_be_card(self, i: int) -> bool:
        """Whether item ``i`` is neither claimed nor a number right after a quantity."""
        return i not in self.claimed and self.claimed.get(i - 1) not in ("X", "L")

    def may_be_year(self, i: int) -> bool:
        """Whether item ``i`` may be a card and is not beside a name, where it is of birth."""
        return self.may_be_card(i) and "P" not in (self.claimed.get(i - 1), self.claimed.get(i + 1))

    def is_time(self, i: int) -> bool:
        """Whether item ``i`` is of a day or a period."""
        item = self.canon.items[i]
        times = (e for e in self.found if e.name in ("date", "period"))
        return any(e.overlaps(item.start, item.end) for e in times)

    def claim(self, name: str, where: range, value: EntityValue, mask: str | None = None) -> bool:
        """Record an entity unless some of its items already belong to another."""
        if not self.is_free(where):
            return False
        self.claimed.update(dict.fromkeys(where, mask or _MASKS[name]))
        start, end = self.canon.span(where)
        self.found.append(Entity(name, self.canon.cleaned[start:end], value, start, end))
        return True

    def times(self, found: Iterable[Found], gazetteer: Gazetteer) -> None:
        """Claim days and periods. Some keep their words, which say what is meant."""
        for time in found:
            where = self.canon.items_of(time.start, time.end)
            words = [self.canon.items[i] for i in where]
            if len(words) == 1 and gazetteer.has_surname_form(words[0].text):
                continue  # «давление Майского»
            name = "period" if isinstance(time.value, Period) else "date"
            claimed = self.claim(name, where, time.value)
            told = time.value == UNREAD_TIME or _TELLING.search(
                self.canon.text, time.start, time.end
            )
            if claimed and told and not any(w.is_number for w in words):
                self.claimed.update((i, self.canon.items[i].text) for i in where)

    def phrases(self, index: PhraseIndex, names: Collection[int]) -> list[tuple[str, range]]:
        """Claim observations and document types; the former come back with their places."""
        words = enumerate(self.canon.items)
        free = [i for i, item in words if i not in self.claimed and item.text not in APART]
        observations = []
        for hit in index.find(self.canon, free, names):
            if hit.value in OBSERVATIONS:
                said = (self.canon.items[i].text for i in hit.where)
                at_home = any(map(_DEVICE.fullmatch, said))
                mask = "X" if at_home or OBSERVATIONS[hit.value].category == "vital" else "L"
                if self.claim("observation", hit.where, hit.value, mask):
                    observations.append((hit.value, hit.where))
            elif hit.value in DOCUMENT_TYPES:
                mask = "A" if hit.value in LABORATORY else "D"
                self.claim("document_type", hit.where, hit.value, mask)
        return observations

    def values(self, observations: list[tuple[str, range]]) -> None:
        """Each observation's value stands between it and the next, or before the only one; a blood
        pressure that isn't named before the first.
        """
        count = len(self.canon.items)
        for at, (observation, where) in enumerate(observations):
            stop = observations[at + 1][1].start if at + 1 < len(observations) else count
            found = self.value_in(observation, range(where.stop, stop))
            if not found and len(observations) == 1:
                self.value_in(observation, range(0, where.start))
        if "blood_pressure" not in dict(observations):
            unnamed = range(observations[0][1].start if observations else count)
            bare = find_bare_pressure(self.open_text(unnamed))
            if bare:
                where = self.open_items(unnamed, bare.start, bare.end)
                self.claim("value", where, bare.value)

    def value_in(self, observation: str, where: range) -> bool:
        found = find_value(self.open_text(where), observation) if where else None
        return found is not None and self.claim(
            "value", self.open_items(where, found.start, found.end), found.value
        )

    def open_text(self, where: range) -> str:
        """Canonical text of some items, claimed ones as dots so that they read as nothing."""
        return " ".join("…" if i in self.claimed else self.canon.items[i].text for i in where)

    def open_items(self, where: range, start: int, end: int) -> range:
        """The items that ``open_text(where)[start:end]`` came from."""
        at, inside = 0, []
        for i in where:
            length = 1 if i in self.claimed else len(self.canon.items[i].text)
            if at < end and at + length > start:
                inside.append(i)
            at += length + 1
        return range(inside[0], inside[-1] + 1)

    def ordinals(self) -> None:
        text = self.canon.text
        for match in _ORDINAL.finditer(text):
            group = match.lastindex or 0
            if int(match[group]) > 0:
                where = self.canon.items_of(*match.span(group))
                self.claim("ordinal", where, int(match[group]))
        whole = re.fullmatch(r"(?:номер )?(\d{1,2})", text)
        if whole and int(whole[1]) > 0:
            self.claim("ordinal", self.canon.items_of(*whole.span(1)), int(whole[1]))
        for match in _LAST.finditer(text):
            self.claim("ordinal", self.canon.items_of(*match.span(1)), -1)

    def masked(self, unsaid: Collection[int]) -> Iterable[str]:
        """The words, each entity one capital letter, every other number ``N``."""
        before = ""
        for i, item in enumerate(self.canon.items):
            if i in unsaid:
                continue
            mask = self.claimed.get(i) or ("N" if item.is_number else "")
            if mask and mask == before:
                continue
            before = mask
            if mask or item.text[0].isalpha():
                yield mask or item.text


def sound_line(masked: Iterable[str]) -> str:
    """The masked words by sound, run together: glued and split words look the same."""
    return "".join(word if word.isupper() else sound(word) for word in masked)
