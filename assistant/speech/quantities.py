"""One quantity in words: sign, number or range, and the unit or noun that it agrees with."""

from __future__ import annotations

import re
from typing import Final

from assistant.speech.context import agreement, governed_case, previous_word
from assistant.speech.numerals import (
    LARGEST,
    cardinal,
    digits,
    fraction,
    noun_parses,
    ordinal,
    parse_case,
    parse_gender,
    parses,
)
from assistant.speech.units import UNIT, Unit, read_unit

NUMBER: Final = r"\d+(?:[.,]\d+)?"
_SIMPLE_FRACTIONS: Final = frozenset({"1/2", "1/3", "2/3", "1/4", "3/4"})
COMPARISONS: Final = {
    "<": "меньше",
    "≤": "не больше",
    ">": "больше",
    "≥": "не меньше",
    "~": "около",
    "≈": "около",
}
QUANTITY: Final = re.compile(
    r"(?:(?P<compare>[<>≤≥~≈])\s*)?"
    r"(?P<sign>(?<![\w)])[-+±])?"
    rf"(?P<a>{NUMBER})(?:(?P<op>\s?[-–]\s?|—|…|\.\.\.?)(?P<b>{NUMBER})(?![.,:]?\d)"
    rf"|(?P<slashes>(?:/{NUMBER})+))?"
    rf"(?:\s?(?:{UNIT})|-(?P<suffix>[а-яё]+))?"
)
_ORDINAL_ORDER: Final = [(case, gender) for case in "ngdaip" for gender in "mfn"]


def say_number(text: str, case: str = "n", gender: str = "m") -> str:
    """Digits with or without a decimal comma or point; a leading zero is said as well."""
    whole, _, part = text.replace(".", ",").partition(",")
    if part:
        return fraction(whole, part, case)
    if (len(whole) > 1 and whole[0] == "0") or int(whole) > LARGEST:
        return digits(whole)
    return cardinal(int(whole), case, gender)


def say_quantity(match: re.Match[str]) -> str:
    """A number with what belongs to it; «20 2 раза» must not be heard as twenty-two times."""
    follows = re.match(r"\s+[-+±]?\d", match.string[match.end() :])
    return _said_quantity(match) + ("," if follows and not read_unit(match) else "")


def _said_quantity(match: re.Match[str]) -> str:
    text, start = match.string, match.start()
    unit = read_unit(match)
    first, second, slashes = match["a"], match["b"], match["slashes"]
    lead = ""
    case = governed_case(text, start)
    if match["compare"]:
        lead, case = COMPARISONS[match["compare"]] + " ", "g"
    sign = {"-": "минус ", "+": "плюс ", "±": "плюс-минус "}.get(match["sign"] or "", "")
    lead += sign
    if match["suffix"] and not second and not slashes:
        return lead + _suffixed(match, case)
    if slashes:
        if f"{first}{slashes}" in _SIMPLE_FRACTIONS:
            if previous_word(text, start) == "по" and first == "1":
                words = f"одной {_part(1, int(slashes[1:]))[:-2]}ой"
            else:
                words = f"{cardinal(int(first), gender='f')} {_part(int(first), int(slashes[1:]))}"
            return lead + words + _after(unit, "1,5", "n", match)
        parts = slashes[1:].split("/")
        separator = " дробь " if previous_word(text, start) == "номер" else " на "
        said = [say_number(first, case or "n"), *(say_number(part) for part in parts)]
        return lead + separator.join(said) + _after(unit, parts[-1], "n", match)
    if second:
        return lead + _range(match, first, second, case, unit)
    if unit and unit.noun:
        if previous_word(text, start) == "по":
            case = "d" if _ends_in_one(first) else "a"
        case = case or "n"
        return lead + say_number(first, case, unit.gender) + _after(unit, first, case, match)
    if unit or "," in first or "." in first:
        return lead + say_number(first, case or "n") + _after(unit, first, case or "n", match)
    found = agreement(text, start, match.end(), int(first[:7]))
    if found.ordinal and int(first[:7]) < 100 and not lead:
        return ordinal(int(first), found.case, found.gender)
    return lead + say_number(first, "g" if match["compare"] else found.case, found.gender)


def _ends_in_one(number: str) -> bool:
    return number.endswith("1") and not number.endswith("11")


def _part(count: int, size: int) -> str:
    names = {2: ("вторая", "вторых"), 3: ("третья", "третьих"), 4: ("четвёртая", "четвёртых")}
    return names[size][count != 1]


def _after(unit: Unit | None, number: str, case: str, match: re.Match[str]) -> str:
    """The unit's words with a space before them, and the full stop that ended the sentence."""
    if unit is None:
        return ""
    ends = match["dot"] and re.match(r"\s*$|\s+[A-ZА-ЯЁ«]", match.string[match.end() :])
    words = unit.after(number.replace(".", ","), case)
    return f" {words}" + ("." if ends else "")


def _range(
    match: re.Match[str], first: str, second: str, case: str | None, unit: Unit | None
) -> str:
    """«от … до …»; after a preposition «через 2–3 дня» → «через два — три дня»."""
    text, end = match.string, match.end()
    before = previous_word(text, match.start())
    gender = unit.gender if unit else agreement(text, end, end, 2).gender
    if case or before == "по":
        case = case or "a"
        left = say_number(first, "d" if before == "по" and _ends_in_one(first) else case, gender)
        return f"{left} — {say_number(second, case, gender)}" + _after(unit, second, case, match)
    start = say_number(first, "g", gender)
    return f"от {start} до {say_number(second, 'g', gender)}" + _after(unit, second, "g", match)


def _suffixed(match: re.Match[str], governed: str | None) -> str:
    """«1-я» → «первая», «2-х» → «двух», «24-часовой» → «двадцатичетырёхчасовой»."""
    number, suffix = int(match["a"].split(",")[0].split(".")[0]), match["suffix"]
    if str(number) != match["a"] or number > LARGEST:
        return f"{say_number(match['a'])} {suffix}"
    if len(suffix) > 3:
        joined = any(p.tag.POS == "ADJF" for p in parses(suffix))
        return _compound(number) + suffix if joined else f"{say_number(match['a'])} {suffix}"
    after = re.match(r"\s+([А-Яа-яЁё]+)", match.string[match.end() :])
    if suffix == "и" and after and after[1].lower() == "сутки":
        return ordinal(number, plural=True)
    if suffix in ("х", "ти", "и", "ми", "мя"):
        case = "i" if suffix in ("ми", "мя") else "g"
        return cardinal(number, case)
    noun = [(parse_case(p), parse_gender(p)) for p in noun_parses(after[1])] if after else []
    noun.sort(key=lambda pair: pair[0] != governed)
    ending = suffix.replace("ый", "й").replace("ой", "й")
    for case, gender in [*noun, *_ORDINAL_ORDER]:
        word = ordinal(number, case, gender)
        if word.endswith(ending):
            return word
    for case in "ngdaip":
        word = ordinal(number, case, plural=True)
        if word.endswith(suffix):
            return word
    return f"{cardinal(number)} {suffix}"


def _compound(number: int) -> str:
    special = {"одного": "одно", "ста": "сто", "девяноста": "девяносто", "тысячи": "тысяче"}
    return "".join(special.get(word, word) for word in cardinal(number, "g").split())
