"""What the words around a number say about its case and gender."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pymorphy3.analyzer import Parse

from assistant.speech.numerals import noun_parses, parse_case, parse_gender, parses

_CASE_AFTER: Final = {
    "g": (
        "от до с со из без около более менее свыше после больше меньше старше младше выше ниже "
        "для кроме у против возле возрасте течение моложе позднее позже ранее раньше начиная"
    ),
    "d": "к ко",
    "a": "в во за на через про",
    "i": "между над",
    "p": "о об при",
}
_PREPOSITIONS: Final = {word: case for case, words in _CASE_AFTER.items() for word in words.split()}
_ORDINAL_NOUNS: Final = frozenset(
    ["тип", "степень", "стадия", "класс", "группа", "категория", "триместр", "разряд"]
)
_WORD: Final = re.compile(r"\s*([А-Яа-яЁё]+(?:-[а-яё]+)?)")
_LAST: Final = re.compile(r"([А-Яа-яЁё]+)\s*[(«]?\s*$")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a number agrees with."""

    case: str
    gender: str = "m"
    ordinal: bool = False


def previous_word(text: str, end: int) -> str:
    """The word that ends right before ``end``, lower case, or nothing."""
    found = _LAST.search(text, 0, end)
    return found[1].lower() if found else ""


def governed_case(text: str, start: int) -> str | None:
    """The case that the word before ``start`` asks for."""
    return _PREPOSITIONS.get(previous_word(text, start))


def _next_words(text: str, end: int) -> list[str]:
    words = []
    for _ in range(3):
        found = _WORD.match(text, end)
        if not found:
            break
        words.append(found[1].lower())
        end = found.end()
    return words


def agreement(text: str, start: int, end: int, number: int) -> Agreement:
    """How the integer at ``text[start:end]`` agrees with the noun after it, if there is one."""
    before = previous_word(text, start)
    governed = _PREPOSITIONS.get(before)
    one = number % 10 == 1 and number % 100 != 11
    for word in _next_words(text, end):
        readings = noun_parses(word)
        if not readings:
            if any(p.tag.POS in ("ADJF", "PRTF") for p in parses(word)[:1]):
                continue
            break
        singular = [p for p in readings if p.tag.number == "sing"]
        if singular and readings[0].normal_form in _ORDINAL_NOUNS:
            return Agreement(_singular_case(singular, governed), parse_gender(singular[0]), True)
        if one and singular:
            case = _singular_case(singular, "d" if before == "по" else governed)
            return Agreement(case, parse_gender(singular[0]))
        numbered = {governed, "p" if before in ("в", "во", "на") else governed} - {None}
        place = [p for p in singular if parse_case(p) in numbered]
        if place and not any(parse_case(p) in numbered for p in readings if p not in singular):
            return Agreement(parse_case(place[0]), parse_gender(place[0]), True)
        cases = {parse_case(p) for p in readings if p.tag.number == "plur"}
        gender = parse_gender(next(iter(singular), readings[0]))
        oblique = cases & {"d", "i", "p"}
        if oblique == cases and len(cases) == 1:
            return Agreement(cases.pop(), gender)
        return Agreement(governed or "n", gender)
    return Agreement(governed or "n")


def _singular_case(readings: list[Parse], governed: str | None) -> str:
    cases = [parse_case(p) for p in readings]
    return governed if governed in cases else cases[0]
