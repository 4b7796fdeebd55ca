"""Russian text as a person would say it: no digit, unit, abbreviation or sign is left.

The rules run in a fixed order over the whole text, the most specific first; each turns what it
knows into words, so that a later rule can't see its digits again. The last rule says what is
left over, whatever it is: nothing that was a digit is dropped.

How numbers are said: a card number in pairs (:func:`assistant.speech.numerals.groups`); seven
digits and more, phone numbers, СНИЛС and numbers that begin with zero digit by digit; a time
with hours and minutes; a date in the case of its preposition, otherwise in the genitive.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from assistant.speech.abbreviations import (
    expand_capitals,
    expand_phrases,
    roman,
    spell,
    transliterate,
)
from assistant.speech.context import agreement, governed_case, previous_word
from assistant.speech.dates import DATE_RULES
from assistant.speech.numerals import (
    LARGEST,
    cardinal,
    digits,
    fraction,
    groups,
    noun_parses,
    ordinal,
    parse_case,
    parse_gender,
    parses,
)
from assistant.speech.units import UNIT, Unit, read_unit

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_SIMPLE_FRACTIONS: Final = frozenset({"1/2", "1/3", "2/3", "1/4", "3/4"})
_COMPARISONS: Final = {
    "<": "меньше",
    "≤": "не больше",
    ">": "больше",
    "≥": "не меньше",
    "~": "около",
    "≈": "около",
}
_QUANTITY: Final = re.compile(
    r"(?:(?P<compare>[<>≤≥~≈])\s*)?"
    r"(?P<sign>(?<![\w)])[-+±])?"
    rf"(?P<a>{_NUMBER})(?:(?P<op>\s?[-–]\s?|—|…|\.\.\.?)(?P<b>{_NUMBER})(?![.,:]?\d)"
    rf"|(?P<slashes>(?:/{_NUMBER})+))?"
    rf"(?:\s?(?:{UNIT})|-(?P<suffix>[а-яё]+))?"
)
_ORDINAL_ORDER: Final = [(case, gender) for case in "ngdaip" for gender in "mfn"]


def verbalise(text: str) -> str:
    """``text`` in words: Russian letters, spaces and the marks ``. , ! ? : ; —`` only."""
    text = _plain_characters(text)
    for pattern, say in _RULES:
        text = pattern.sub(_apart(say), text)
    text = expand_capitals(expand_phrases(text))
    for pattern, say in _LEFTOVERS:
        text = pattern.sub(say, text)
    return text.strip(" ,;:—")


def _apart(say: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    """``say`` with a space where its words would run into a neighbouring word."""

    def said(match: re.Match[str]) -> str:
        words, text = say(match), match.string
        before = text[match.start() - 1 : match.start()].isalpha() and words[:1].isalpha()
        after = text[match.end() : match.end() + 1].isalpha() and words[-1:].isalpha()
        return " " * before + words + " " * after

    return said


def _plain_characters(text: str) -> str:
    """One character for each meaning: ASCII digits, one minus, ``^`` before a superscript."""
    signs: list[str] = []
    for sign in unicodedata.normalize("NFC", text):
        category = unicodedata.category(sign)
        if category == "Nd":
            signs.append(str(unicodedata.decimal(sign)))
        elif category in ("No", "Nl"):
            plain = unicodedata.normalize("NFKC", sign).replace("⁄", "/")
            raised = "SUPERSCRIPT" in unicodedata.name(sign, "")
            inside = bool(signs) and signs[-1].isdigit()
            if raised and not (inside and len(signs) > 1 and "^" in signs[-2:]):
                plain = "^" + plain
            elif "/" in plain and inside:
                plain = " и " + plain
            signs.extend(plain)
        elif sign in "−‑‐":
            signs.append("-")
        elif category in ("Cf", "Mn", "Cc", "Cs", "Co", "Cn"):
            signs.append(" " if sign in "\n\t\r" else "")
        else:
            signs.append(" " if sign.isspace() else sign)
    return "".join(signs)


def _number(text: str, case: str = "n", gender: str = "m") -> str:
    whole, _, part = text.replace(".", ",").partition(",")
    if part:
        return fraction(whole, part, case)
    if (len(whole) > 1 and whole[0] == "0") or int(whole) > LARGEST:
        return digits(whole)
    return cardinal(int(whole), case, gender)


def _quantity(match: re.Match[str]) -> str:
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
        lead, case = _COMPARISONS[match["compare"]] + " ", "g"
    sign = {"-": "минус ", "+": "плюс ", "±": "плюс-минус "}.get(match["sign"] or "", "")
    lead += sign
    if match["suffix"] and not second and not slashes:
        return lead + _suffixed(match, case)
    if slashes:
        if f"{first}{slashes}" in _SIMPLE_FRACTIONS:
            words = f"{cardinal(int(first), gender='f')} {_part(int(first), int(slashes[1:]))}"
            return lead + words + _after(unit, "1,5", "n", match)
        parts = slashes[1:].split("/")
        separator = " дробь " if previous_word(text, start) == "номер" else " на "
        said = [_number(first, case or "n"), *(_number(part) for part in parts)]
        return lead + separator.join(said) + _after(unit, parts[-1], "n", match)
    if second:
        return lead + _range(match, first, second, case, unit)
    if unit and unit.noun:
        if previous_word(text, start) == "по":
            case = "d" if _ends_in_one(first) else "a"
        case = case or "n"
        return lead + _number(first, case, unit.gender) + _after(unit, first, case, match)
    if unit or "," in first or "." in first:
        return lead + _number(first, case or "n") + _after(unit, first, case or "n", match)
    found = agreement(text, start, match.end(), int(first[:7]))
    if found.ordinal and int(first[:7]) < 100 and not lead:
        return ordinal(int(first), found.case, found.gender)
    return lead + _number(first, "g" if match["compare"] else found.case, found.gender)


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
        left = _number(first, "d" if before == "по" and _ends_in_one(first) else case, gender)
        return f"{left} — {_number(second, case, gender)}" + _after(unit, second, case, match)
    start = _number(first, "g", gender)
    return f"от {start} до {_number(second, 'g', gender)}" + _after(unit, second, "g", match)


def _suffixed(match: re.Match[str], governed: str | None) -> str:
    """«1-я» → «первая», «2-х» → «двух», «24-часовой» → «двадцатичетырёхчасовой»."""
    number, suffix = int(match["a"].split(",")[0].split(".")[0]), match["suffix"]
    if str(number) != match["a"] or number > LARGEST:
        return f"{_number(match['a'])} {suffix}"
    if len(suffix) > 3:
        joined = any(p.tag.POS == "ADJF" for p in parses(suffix))
        return _compound(number) + suffix if joined else f"{_number(match['a'])} {suffix}"
    if suffix in ("х", "ти", "и", "ми", "мя"):
        case = "i" if suffix in ("ми", "мя") else "g"
        return cardinal(number, case)
    after = re.match(r"\s+([А-Яа-яЁё]+)", match.string[match.end() :])
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


def _icd(match: re.Match[str]) -> str:
    """«J45.0» → «йот сорок пять точка ноль»."""
    code = match[2]
    number = digits(code) if code[0] == "0" else cardinal(int(code))
    rest = f" точка {digits(match[3])}" if match[3] else ""
    return f"{spell(match[1])} {number}{rest}"


def _roman(match: re.Match[str]) -> str:
    number = roman(match[1])
    if number is None:
        return match[0]
    text = match.string
    letter = f" {spell(match[2])}" if match[2] else ""
    tail = text[match.end() :]
    if re.match(r"\s?ст\b", tail):
        return ordinal(number, "g", "f") + letter
    after = re.match(r"\s+([а-яё]+)", tail)
    before = previous_word(text, match.start())
    for word in (after[1] if after else "", before):
        readings = noun_parses(word) if word else ()
        if readings:
            return ordinal(number, parse_case(readings[0]), parse_gender(readings[0])) + letter
    return ordinal(number) + letter


def _stage(match: re.Match[str]) -> str:
    """«2 ст.» is a stage of ГБ, ХСН and ХБП, a degree of all else."""
    staged = re.search(r"\b(?:ГБ|ХСН|ХБП|болезн\w+)[^.;]*$", match.string[: match.start()])
    word = "стадии" if staged else "степени"
    number = match["arabic"]
    ends = re.match(r"\s*$|\s+[А-ЯЁ]", match.string[match.end() :])
    which = ordinal(int(number), "g", "f") if number else match["roman"]
    return f"{which} {word}" + ("." if ends else "")


def _joined(word: str) -> Callable[[re.Match[str]], str]:
    return lambda match: word.join(_number(part) for part in re.findall(r"\d+", match[0]))


def _latin(match: re.Match[str]) -> str:
    return transliterate(match[0]) if len(match[0]) > 1 else spell(match[0])


def _card(match: re.Match[str]) -> str:
    return match[1].replace("№", "номер ") + groups(match[2])


def _phone(match: re.Match[str]) -> str:
    return ("плюс " if match[0].startswith("+") else "") + digits(match[0])


Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def _as(words: str) -> Callable[[re.Match[str]], str]:
    return lambda match: words


def _unpronounceable(match: re.Match[str]) -> str:
    return match[0] if match[0] in ("в", "к", "с", "б", "ж") else spell(match[0])


_LETTER: Final = r"[^\W\d_]"
_CARD: Final = r"(?i:(\bкарт[аыуеой]{1,2}(?: пациента)?(?: номер)?:?\s?№?\s?))"
_PHONE: Final = r"(?:\+?\b7|\b8)[\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d\d[\s-]?\d\d\b"
_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(?<=\d) (?=000(?!\d))"), _as("")),
    *DATE_RULES,
    (re.compile(r"(?<!\w)([A-ZА-Я])(\d\d)(?:\.(\d{1,2}))?(?![\w%])(?![.,]\d)"), _icd),
    (re.compile(_CARD + r"(\d{1,6})(?![\w.,/:-]*\d)"), _card),
    (re.compile(r"№+\s?|\bN\s?(?=\d)"), _as(" номер ")),
    (re.compile(_PHONE), _phone),
    (re.compile(r"\b\d{3}-\d{3}-\d{3}[ -]\d\d\b"), lambda match: digits(match[0])),
    (re.compile(r"(?<![\d.,])\d+(?:\.\d+){2,}"), _joined(" точка ")),
    (re.compile(r"(?<![\d.,])\d+(?:([,-])\d+)(?:\1\d+)+"), _joined(", ")),
    (re.compile(r"(?<!\w)HbA1[cс]\b"), _as("гликированный гемоглобин")),
    (re.compile(r"(?<!\w)Sp ?O_?2\b"), _as("сатурация")),
    (
        re.compile(
            r"(?:(?P<roman>\b[IVX]{1,4}[АБВABCабв]?)|(?<![\d.,])(?P<arabic>\d))[ -]?ст\b\.?"
        ),
        _stage,
    ),
    (re.compile(r"\b([IVX]{1,5})([АБВABCабв]?)\b"), _roman),
    (re.compile(r"(?<=[/\d ])(с?м)(?=[23](?!\d|[.,]\d))"), lambda match: match[1] + "^"),
    (re.compile(rf"(?<={_LETTER})-?(?=\d)"), _as(" ")),
    (re.compile(rf"(?<={_LETTER})/(?=\d)"), _as(" на ")),
    (re.compile(rf"(?<=\d)\s?[xх×*]\s?(?={_NUMBER})(?!\s?10[\^*])"), _as(" на ")),
    (re.compile(rf"(?<=\d)(?={_LETTER})"), _as(" ")),
    (_QUANTITY, _quantity),
    (re.compile(r"°\s?[CС]?"), _as(" градусов ")),
)
"""Tried in this order: a rule sees only the digits that those before it left."""
_SIGNS: Final = _COMPARISONS | {
    "+": "плюс",
    "=": "равно",
    "&": "и",
    "%": "процентов",
    "±": "плюс-минус",
}
_LEFTOVERS: Final[tuple[Rule, ...]] = (
    (re.compile(r"[A-Za-zÀ-ž]+"), _latin),
    (re.compile(r"(?<![А-Яа-яЁё-])[бвгджзйклмнпрстфхцчшщъь]+(?![А-Яа-яЁё-])"), _unpronounceable),
    (re.compile(r"\d"), lambda match: f" {cardinal(int(match[0]))} "),
    (re.compile(r"[+=&%±<>≤≥~≈]"), lambda match: f" {_SIGNS[match[0]]} "),
    (re.compile(r"\s[-–]+\s|–"), _as(" — ")),
    (re.compile(r"…"), _as(". ")),
    (re.compile(r"[()\[\]{}]"), _as(", ")),
    (re.compile(r"[^А-Яа-яЁё .,!?:;—-]"), _as(" ")),
    (re.compile(r"(?<![а-яёА-ЯЁ])-+|-+(?![а-яёА-ЯЁ])"), _as(" ")),
    (re.compile(r"\s+"), _as(" ")),
    (re.compile(r" (?=[.,!?:;])"), _as("")),
    (re.compile(r"([,;:—])(?:\s?[,;:])+"), lambda match: match[1]),
    (re.compile(r"[,;:]+\s?(?=[.!?])"), _as("")),
    (re.compile(r"(?<=[.,!?:;—])(?=[А-Яа-яЁё])"), _as(" ")),
)
