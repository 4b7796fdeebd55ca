"""Medicine's shorthand that must be read before the numbers beside it are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from assistant.speech.context import governed_case
from assistant.speech.dates import MONTH_NAMES, MONTHS
from assistant.speech.numerals import cardinal, counted, decline, ordinal

_WORDS: Final = {
    r"в/в,? (?:кап\.|капельно)": "внутривенно капельно",
    r"в/в,? (?:стр\.|струйно)": "внутривенно струйно",
    r"в/в|i/v": "внутривенно",
    r"в/м|i/m": "внутримышечно",
    r"п/к|s/c": "подкожно",
    r"в/к": "внутрикожно",
    r"д/с": "дневной стационар",
    r"физ\. ?(?=р-р|раствор)": "физиологический ",
    r"NaCl": "натрия хлорид",
    r"KCl": "калия хлорид",
    r"pH": "пэ аш",
    r"pa?O2": "парциальное давление кислорода",
    r"pa?CO2": "парциальное давление углекислого газа",
    r"Hb(?!A)": "гемоглобин",
    r"Ht": "гематокрит",
    r"ЭхоК[ГС]": "эхокардиография",
    r"(?<=[Тт]ропонин )[IИ](?![IV])": "и",
    r"(?<=[Тт]ропонин )[TТ]": "тэ",
    r"вит\.": "витамин",
    r"(?<=\d )в мин\.?(?= |$|,)": "в минуту",
    r"тел\.:?": "телефон",
    r"каб\.": "кабинет",
    r"корп\. ?(?=\d)": "корпус ",
    r"(?<!\d )(?<!\d)г\. ?(?=[А-ЯЁ][а-яё])": "город ",
    r"(?<=, )д\. ?(?=\d)": "дом ",
    r"(?<=, )кв\. ?(?=\d)": "квартира ",
    r"[TТtт]\.?° ?(?=\d)|[TТ]\. ?(?=3[4-9][.,]\d|4[0-2][.,]\d)": "температура ",
}
_WORD: Final = re.compile(
    r"(?<![\w/])(?:"
    + "|".join(
        f"(?P<w{i}>{pattern})" + ("" if "(?=" in pattern else r"(?![\w/])")
        for i, pattern in enumerate(_WORDS)
    )
    + ")"
)
_SAID: Final = tuple(_WORDS.values())


def _word(match: re.Match[str]) -> str:
    return _SAID[int((match.lastgroup or "w0")[1:])]


def _free_hormone(match: re.Match[str]) -> str:
    return f"тэ {cardinal(int(match[1]))} свободный"


def _kidney_stage(match: re.Match[str]) -> str:
    """«ХБП С3а» → «цэ три а»."""
    letter = {"а": " а", "a": " а", "б": " бэ", "b": " бэ"}.get(match[2].lower(), "")
    return f"цэ {cardinal(int(match[1]))}{letter}"


def _years_of_age(match: re.Match[str]) -> str:
    number = int(match[1])
    return f"{match[1]} {'лет' if _many(number) else counted('год', number)}"


def _many(number: int) -> bool:
    return number % 100 in range(11, 15) or number % 10 in (0, 5, 6, 7, 8, 9)


def _quarter(match: re.Match[str]) -> str:
    return f"{ordinal(int(match[1]))} квартал "


def _month_year(match: re.Match[str]) -> str:
    """«05.2026» → «май 2026 года», «с 05.2026» → «с мая 2026 года»."""
    case = governed_case(match.string, match.start()) or "n"
    month = int(match[1])
    name = MONTHS[month - 1] if case == "g" else decline(MONTH_NAMES[month - 1], case)
    return f"{name} {match[2]} года"


def _clock(match: re.Match[str]) -> str:
    return f"{match[1]}:{match[2]}"


def _millions(match: re.Match[str]) -> str:
    number = int(match[1])
    unit = {"ЕД": " единиц", "ед.": " единиц", "МЕ": " международных единиц"}.get(
        match[2] or "", ""
    )
    return f"{cardinal(number)} {counted('миллион', number)}{unit}"


MEDICAL_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"(?<![\d.,])([1-9]\d{0,2}) 000 000(?!\d)(?: ?(ЕД|ед\.|МЕ))?"), _millions),
    (re.compile(r"\b[TТ]([34]) ?св\."), _free_hormone),
    (re.compile(r"(?<=ХБП )[CС]([1-5])([абab]?)(?!\w)", re.IGNORECASE), _kidney_stage),
    (re.compile(r"(?<![\d.,/-])([1-9]\d|1[01]\d) ?л\.(?! ?[а-яё]\.)"), _years_of_age),
    (re.compile(r"(?<![\d.,/-])([1-4]) ?кв\. ?(?=(?:19|20)\d\d)"), _quarter),
    (re.compile(r"(?<![\d.,/-])(0[1-9]|1[0-2])\.((?:19|20)\d\d)(?!\d)(?: ?г\.)?"), _month_year),
    (re.compile(r"(?<=\b[ВвКк] )(\d{1,2})\.([0-5][05])(?!\d|[.,]\d| ?%| ?[а-яёА-Я])"), _clock),
    (_WORD, _word),
)
"""Tried in this order, before any date or number is read."""
