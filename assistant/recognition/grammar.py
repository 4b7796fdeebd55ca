"""What a recogniser should expect: names in all cases, hospitals, commands and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from num2words import num2words

from assistant.recognition.agreement import UNKNOWN
from nlu.canon import fold
from nlu.declension import Part, decline
from nlu.dictionary import morph
from nlu.messages import Person, Place
from nlu.project import load_project

_WORD: Final = re.compile("[а-яё]+")
_FULL_NAMES: Final = 10_000
"""People up to whom whole names are expected as phrases: 100,000 phrases, made in a second."""
_NUMBERS: Final = (*range(21), *range(30, 100, 10), *range(100, 1000, 100), 1000)


@dataclass(frozen=True, slots=True)
class Grammar:
    """Phrases in the recogniser's vocabulary. PHI: they hold the roster's names."""

    phrases: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]
    """Words that the vocabulary lacks, by where they come from: they can't be recognised."""

    @property
    def words(self) -> int:
        """How many different words may be recognised."""
        return len({word for phrase in self.phrases for word in phrase.split()} - {UNKNOWN})


def build(
    people: Iterable[Person],
    places: Iterable[Place],
    knows: Callable[[str], bool],
    wake_word: str | None = None,
) -> Grammar:
    """The grammar for a roster; ``knows`` tells whether the model's vocabulary has a word.

    A word that is missing leaves its place open when the model can (``[unk]``), else the phrase
    is cut there.
    """
    open_places = knows(UNKNOWN)
    phrases: dict[str, None] = {}
    missing: dict[str, tuple[str, ...]] = {}
    sources = {
        "names": _names(people),
        "hospitals": _hospitals(places),
        "commands": commands(),
        "numbers": number_words(),
        "wake word": [wake_word.lower()] if wake_word else [],
    }
    for source, expected in sources.items():
        lacking: dict[str, None] = {}
        for phrase in expected:
            words = [_spelt(word, knows) for word in phrase.split()]
            lacking.update(
                (word, None)
                for word, spelt in zip(phrase.split(), words, strict=True)
                if spelt is None
            )
            if open_places and any(words):
                phrases[" ".join(word or UNKNOWN for word in words)] = None
            else:
                phrases.update((part, None) for part in _known_parts(words))
        missing[source] = tuple(lacking)
    if open_places:
        phrases[UNKNOWN] = None
    return Grammar(tuple(phrases), missing)


def _spelt(word: str, knows: Callable[[str], bool]) -> str | None:
    """The word as the vocabulary has it: with or without «ё»."""
    return next((form for form in (word, fold(word)) if knows(form)), None)


def _known_parts(words: Iterable[str | None]) -> Iterator[str]:
    part: list[str] = []
    for word in (*words, None):
        if word is not None:
            part.append(word)
        elif part:
            yield " ".join(part)
            part = []


def _names(people: Iterable[Person]) -> Iterator[str]:
    """«иванову петру сергеевичу» and «петру сергеевичу иванову», in the six cases.

    Of a large roster only the words: its million phrases would take seconds to prepare.
    """
    people = list(people)
    if len(people) > _FULL_NAMES:
        for name, part, sex in _distinct(people):
            yield from _declined(name, part, sex)
        return
    for person in people:
        parts = (
            _declined(person.last, Part.LAST, person.sex),
            _declined(person.first, Part.FIRST, person.sex),
            _declined(person.middle, Part.MIDDLE, person.sex),
        )
        for last, first, middle in zip(*parts, strict=True):
            yield from (f"{last} {first} {middle}".strip(), f"{first} {middle} {last}".strip())


def _distinct(people: Iterable[Person]) -> set[tuple[str, Part, str]]:
    return {
        named
        for person in people
        for named in (
            (person.last, Part.LAST, person.sex),
            (person.first, Part.FIRST, person.sex),
            (person.middle, Part.MIDDLE, person.sex),
        )
        if named[0]
    }


@lru_cache(maxsize=50_000)
def _declined(name: str, part: Part, sex: str) -> tuple[str, ...]:
    if not name:
        return ("",) * 6
    return tuple(" ".join(_WORD.findall(form.lower())) for form in decline(name, part, sex))


def _hospitals(places: Iterable[Place]) -> Iterator[str]:
    """Names and aliases, and each of their words in all its forms."""
    for place in places:
        for phrase in (place.name, *place.aliases):
            words = _WORD.findall(phrase.lower())
            yield " ".join(words)
            for word in words:
                yield from dict.fromkeys(form.word for form in morph().parse(word)[0].lexeme)


@lru_cache(maxsize=1)
def commands() -> tuple[str, ...]:
    """The training utterances, less the names and values in them, which come from elsewhere."""
    found: dict[str, None] = {}
    for example in load_project().examples:
        if example.intent == "out_of_scope":
            continue
        slots = dict.fromkeys(("patient_name", "hospital", "patient_id", "value"), " | ")
        for part in example.replaced(slots).lower().split("|"):
            found[" ".join(_WORD.findall(part))] = None
    found.pop("", None)
    return tuple(found)


@lru_cache(maxsize=1)
def number_words() -> tuple[str, ...]:
    """Every word of the numbers below a million, cardinal and ordinal, in every form."""
    found: dict[str, None] = {}
    for value in _NUMBERS:
        for case in "ngdaip":
            for gender in "mfn":
                cardinal = num2words(value, lang="ru", case=case, gender=gender, animate=False)
                ordinal = num2words(value, lang="ru", to="ordinal", case=case, gender=gender)
                found.update((word, None) for word in f"{cardinal} {ordinal}".split())
    return (*found, "тысяч", "тысячам", "тысячами", "тысячах")
