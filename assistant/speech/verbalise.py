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
from assistant.speech.context import previous_word
from assistant.speech.dates import DATE_RULES
from assistant.speech.medical import MEDICAL_RULES
from assistant.speech.numerals import (
    cardinal,
    digits,
    groups,
    noun_parses,
    ordinal,
    parse_case,
    parse_gender,
)
from assistant.speech.quantities import COMPARISONS, NUMBER, QUANTITY, say_number, say_quantity


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
    letter = f" {spell(match['letter'])}" if match["letter"] else ""
    which = ordinal(int(number), "g", "f") + letter if number else match["roman"]
    return f"{which} {word}" + ("." if ends else "")


def _joined(word: str) -> Callable[[re.Match[str]], str]:
    return lambda match: word.join(say_number(part) for part in re.findall(r"\d+", match[0]))


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
    *MEDICAL_RULES,
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
            r"(?:(?P<roman>\b[IVX]{1,4}[АБВABCабв]?)"
            r"|(?<![\d.,])(?P<arabic>\d)(?P<letter>[абвАБВ]?))[ -]?ст\b(?!\.? ?л\b)\.?"
        ),
        _stage,
    ),
    (re.compile(r"\b([IVX]{1,5})([АБВABCабв]?)\b"), _roman),
    (re.compile(r"(?<=[/\d ])(с?м)(?=[23](?!\d|[.,]\d))"), lambda match: match[1] + "^"),
    (re.compile(rf"(?<={_LETTER})-?(?=\d)"), _as(" ")),
    (re.compile(rf"(?<={_LETTER})/(?=\d)"), _as(" на ")),
    (re.compile(rf"(?<=\d)\s?[xх×*]\s?(?={NUMBER})(?!\s?10[\^*])"), _as(" на ")),
    (re.compile(rf"(?<=\d)(?={_LETTER})"), _as(" ")),
    (QUANTITY, say_quantity),
    (re.compile(r"°\s?[CС]?"), _as(" градусов ")),
)
"""Tried in this order: a rule sees only the digits that those before it left."""
_SIGNS: Final = COMPARISONS | {
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
