"""Russian numerals in every case and gender, and nouns that agree with them.

Cases are the letters of num2words: ``n`` nominative, ``g`` genitive, ``d`` dative,
``a`` accusative, ``i`` instrumental, ``p`` prepositional. Genders are ``m``, ``f``, ``n``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from num2words import num2words
from pymorphy3 import MorphAnalyzer
from pymorphy3.analyzer import Parse

GRAMMEMES: Final = {"n": "nomn", "g": "gent", "d": "datv", "a": "accs", "i": "ablt", "p": "loct"}
_CASES: Final = {grammeme: case for case, grammeme in GRAMMEMES.items()} | {
    "gen2": "g",
    "acc2": "a",
    "loc2": "p",
}
_FRACTIONS: Final = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
LARGEST: Final = 999_999
"""Longer numbers are said digit by digit."""


@lru_cache(maxsize=1)
def morph() -> MorphAnalyzer:
    """The dictionary, loaded once (about 0.2 s)."""
    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=4096)
def parses(word: str) -> tuple[Parse, ...]:
    """Every reading of ``word``."""
    return tuple(morph().parse(word))


def noun_parses(word: str) -> tuple[Parse, ...]:
    """Its readings as a noun that the dictionary knows; rare ones are left out."""
    return tuple(p for p in parses(word) if p.tag.POS == "NOUN" and p.score > 0.02 and p.is_known)


def parse_case(parse: Parse) -> str:
    """The case letter of a reading; nominative for what has none."""
    return _CASES.get(str(parse.tag.case), "n")


def parse_gender(parse: Parse) -> str:
    """The gender letter of a reading; masculine for what has none."""
    return {"masc": "m", "femn": "f", "neut": "n"}.get(str(parse.tag.gender), "m")


def cardinal(number: int, case: str = "n", gender: str = "m") -> str:
    """«пять», «пяти», «двадцать одна»; the accusative is the inanimate one."""
    words: str = num2words(number, lang="ru", case=case, gender=gender, animate=False)
    return words


def ordinal(number: int, case: str = "n", gender: str = "m", plural: bool = False) -> str:
    """«пятый», «двадцать первой»; the accusative is the inanimate one."""
    thousands, rest = divmod(number, 1000)
    if thousands and rest:
        # num2words would inflect the thousands of «двенадцать тысяч двадцать шестой» too
        lead = "тысяча" if thousands == 1 else cardinal(thousands * 1000)
        return f"{lead} {ordinal(rest, case, gender, plural)}"
    words: str = num2words(
        number, lang="ru", to="ordinal", case=case, gender=gender, plural=plural, animate=False
    )
    return words


def digits(text: str) -> str:
    """Every digit of ``text`` by its own name, other characters left out."""
    return " ".join(cardinal(int(sign)) for sign in text if sign.isdecimal())


def groups(number: str) -> str:
    """A card number in pairs from the left, three digits last when their count is odd.

    Zeros at the front of a group are said one by one: «1236» → «двенадцать, тридцать шесть»,
    «20501» → «двадцать, пятьсот один», «1203» → «двенадцать, ноль три». No group can run into
    the next, so every digit is certain even when the pauses are not heard.
    """
    if len(number) <= 3:
        return _group(number)
    last = 3 if len(number) % 2 else 2
    head = number[: len(number) - last]
    parts = [head[i : i + 2] for i in range(0, len(head), 2)] + [number[-last:]]
    return ", ".join(_group(part) for part in parts)


def _group(part: str) -> str:
    rest = part.lstrip("0")
    words = ["ноль"] * (len(part) - len(rest))
    return " ".join([*words, cardinal(int(rest))] if rest else words)


def fraction(whole: str, part: str, case: str = "n") -> str:
    """«5», «7» → «пять целых семь десятых»; zeros at the end are kept: every digit is said."""
    plain = str(int(whole)) == whole and int(whole) <= LARGEST
    if len(part) > len(_FRACTIONS) or not plain:
        left = cardinal(int(whole), case) if plain else digits(whole)
        return f"{left} запятая {digits(part)}"
    size = _FRACTIONS[len(part) - 1]
    left = cardinal(int(whole), case, "f")
    right = cardinal(int(part), case, "f")
    return f"{left} {_feminine('целая', int(whole), case)} {right} {_tenths(size, int(part), case)}"


def _is_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


def _feminine(word: str, number: int, case: str) -> str:
    if _is_one(number):
        return {"n": "целая", "a": "целую"}.get(case, "целой")
    return {"d": "целым", "i": "целыми"}.get(case, "целых")


def _tenths(size: int, number: int, case: str) -> str:
    if _is_one(number):
        return ordinal(size, case, "f")
    return ordinal(size, "g" if case in "na" else case, plural=True)


def decline(word: str, case: str, plural: bool = False) -> str:
    """``word``, a noun in the nominative singular, in another case."""
    nominative = next(
        (p for p in noun_parses(word) if {"nomn", "sing"} <= p.tag.grammemes),
        morph().parse(word)[0],
    )
    form = nominative.inflect({GRAMMEMES[case], "plur" if plural else "sing"})
    return word if form is None else str(form.word)


def counted(word: str, number: int, case: str = "n") -> str:
    """``word`` as it stands after ``number``: «1 таблетка», «2 таблетки», «5 таблеток»."""
    if _is_one(number):
        return decline(word, case)
    if case in "na":
        few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
        return decline(word, "g", plural=not few)
    return decline(word, case, plural=True)
