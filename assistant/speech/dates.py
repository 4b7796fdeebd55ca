"""Dates, years and times of day in words, in the case that their preposition asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from assistant.speech.context import governed_case, previous_word
from assistant.speech.numerals import cardinal, counted, ordinal

MONTHS: Final = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
MONTH_NAMES: Final = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
_MONTH: Final = "|".join(MONTHS)
_ANY_MONTH: Final = (
    r"(?:январ|феврал|апрел|июн|июл|сентябр|октябр|ноябр|декабр)[ьяюе]м?"
    r"|(?:март|август)(?:[ауе]|ом)?|ма[йяюе]"
)
_YEAR_WORD: Final = r"(?:г\. ?р\.|г\.|гг?\.?(?![а-яё.])|года|год[уе]?(?![а-яё])|годом)"
_DASH: Final = r"\s?[-–—]\s?"


def _year(number: int, case: str = "g") -> str:
    return f"{ordinal(number, case)} {_YEARS[case]}"


_YEARS: Final = {"n": "год", "g": "года", "d": "году", "a": "год", "i": "годом", "p": "году"}


def _day_case(match: re.Match[str]) -> str:
    """Genitive unless the preposition says otherwise: «по 12 марта», «к 12 марта»."""
    before = previous_word(match.string, match.start())
    if before in ("по", "за", "на"):
        return "a"
    return "d" if before in ("к", "ко") else "g"


def _date(day: int, month: int, year: str | None, case: str) -> str:
    words = f"{ordinal(day, case, 'n')} {MONTHS[month - 1]}"
    return f"{words} {_year(int(year))}" if year else words


def _valid(day: str, month: str, year: str) -> bool:
    try:
        date(int(year) if len(year) == 4 else 2000 + int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _numeric(match: re.Match[str]) -> str:
    day, month, year = match["d"], match["m"], match["y"]
    if not _valid(day, month, year):
        return match[0]
    words = _date(int(day), int(month), year, _day_case(match))
    if match["d2"]:
        if not _valid(match["d2"], match["m2"], match["y2"]):
            return match[0]
        to = _date(int(match["d2"]), int(match["m2"]), match["y2"], "a")
        return f"с {words} по {to}{match['born'] or ''}"
    return words + _born(match["born"], match)


def _born(mark: str | None, match: re.Match[str]) -> str:
    """What follows the year: its own «г.» is said already, «г. р.» is not."""
    if mark and "р" in mark:
        return " рождения" + _full_stop(match)
    return _full_stop(match) if mark else ""


def _full_stop(match: re.Match[str]) -> str:
    """The stop of «2026 г.» also ends the sentence when nothing or a capital follows."""
    ends = match[0].endswith(".") and re.match(r"\s*$|\s+[А-ЯЁ«]", match.string[match.end() :])
    return "." if ends else ""


def _iso(match: re.Match[str]) -> str:
    year, month, day = match["y"], match["m"], match["d"]
    if not _valid(day, month, year):
        return match[0]
    return _date(int(day), int(month), year, _day_case(match)) + (" " if match["t"] else "")


def _written(match: re.Match[str]) -> str:
    """«12 марта 2026 г.», «12–15 марта», «с 5 по 9 марта»."""
    day, to, month = int(match["d"]), match["to"], match["month"]
    if not 1 <= day <= 31 or (to and not 1 <= int(to) <= 31):
        return match[0]
    year = f" {_year(int(match['y']))}" if match["y"] else ""
    end = _born(match["born"], match) if match["born"] else ""
    if to:
        before = "" if match["from"] else "с "
        first = f"{match['from'] or ''}{before}{ordinal(day, 'g', 'n')}"
        return f"{first} по {ordinal(int(to), 'a', 'n')} {month}{year}{end}"
    case = "g" if match["from"] else _day_case(match)
    return f"{match['from'] or ''}{ordinal(day, case, 'n')} {month}{year}{end}"


def _days(match: re.Match[str]) -> str:
    """«с 5 по 9» without a month still means days."""
    first, last = int(match[2]), int(match[3])
    if not (1 <= first <= 31 and 1 <= last <= 31):
        return match[0]
    return f"{match[1]}{ordinal(first, 'g', 'n')} по {ordinal(last, 'a', 'n')}"


def _year_alone(match: re.Match[str]) -> str:
    text, number, word = match.string, int(match["y"]), match["word"]
    if match["to"] and previous_word(text, match.start()) in ("в", "во"):
        years = f"{ordinal(number, 'p')} — {ordinal(int(match['to']), 'p')} годах"
        return years + _full_stop(match)
    if match["to"]:
        return f"с {ordinal(number, 'g')} по {_year(int(match['to']), 'a')}" + _full_stop(match)
    if "р" in word:
        return _year(number) + " рождения" + _full_stop(match)
    if word.startswith("год"):
        governed = governed_case(text, match.start())
        dative = governed == "d" or previous_word(text, match.start()) == "по"
        written = {"год": "a" if governed == "a" else "n", "года": "g", "годом": "i"}
        case = written.get(word, "d" if dative else "p")
        return f"{ordinal(number, case)} {word}"
    governed = governed_case(text, match.start()) or "g"
    if previous_word(text, match.start()) in ("в", "во"):
        governed = "p"
    return _year(number, governed) + _full_stop(match)


def _month_year(match: re.Match[str]) -> str:
    return f"{match[1]} {_year(int(match[2]))}"


def _range_of_years(match: re.Match[str]) -> str:
    return f"{match[1]}{ordinal(int(match[2]), 'g')} по {_year(int(match[3]), 'a')}"


def clock(hours: int, minutes: int, seconds: int | None, case: str) -> str:
    """«десять часов сорок минут»."""
    parts = [(hours, "час", "m"), (minutes, "минута", "f")]
    if seconds is not None:
        parts.append((seconds, "секунда", "f"))
    return " ".join(
        f"{cardinal(n, case if n else 'n', g)} {counted(noun, n, case if n else 'n')}"
        for n, noun, g in parts
    )


def _time(match: re.Match[str]) -> str:
    hours, minutes, seconds = match["h"], match["min"], match["s"]
    if int(hours) > 24:
        return match[0]
    second = int(seconds) if seconds else None
    if match["h2"] and int(match["h2"]) <= 24:
        start = clock(int(hours), int(minutes), second, "g")
        return f"с {start} до {clock(int(match['h2']), int(match['min2']), None, 'g')}"
    case = governed_case(match.string, match.start()) or "n"
    rest = f" — {match['h2']}:{match['min2']}" if match["h2"] else ""
    return clock(int(hours), int(minutes), second, case) + rest


_D: Final = r"(?P<d{n}>\d{{1,2}})[./](?P<m{n}>\d{{1,2}})[./](?P<y{n}>\d{{4}}|\d\d(?!\d))"
_BORN: Final = r"(?P<born>\s?г\. ?р\.|\s?г\.(?! ?р)|\s?года?(?![а-яё]))?"

DATE_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (
        re.compile(
            r"(?<![\d.,/-])(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?![\d-])(?P<t>T(?=\d\d:\d\d))?"
        ),
        _iso,
    ),
    (
        re.compile(
            r"(?<![\d.,/])"
            + _D.format(n="")
            + rf"(?:{_DASH}"
            + _D.format(n="2")
            + rf")?(?!\.?\d){_BORN}"
        ),
        _numeric,
    ),
    (
        re.compile(
            rf"(?P<from>\b[Сс]о? )?(?<![\d.,:])(?P<d>\d{{1,2}})"
            rf"(?:(?:{_DASH}| по )(?P<to>\d{{1,2}}))? (?P<month>{_MONTH})\b"
            rf"(?: (?P<y>(?:1[89]|20)\d\d)(?!\d){_BORN})?"
        ),
        _written,
    ),
    (re.compile(r"(\b[Сс]о? )(\d{1,2}) по (\d{1,2})(?![.,:/]?\d)(?!\s?[а-яё%°])"), _days),
    (
        re.compile(
            r"(\b[Сс]о? )((?:1[89]|20)\d\d) по ((?:1[89]|20)\d\d)(?!\d)(?:\s?(?:годы?|гг?\.))?"
        ),
        _range_of_years,
    ),
    (
        re.compile(
            rf"(?<![\d.,:/])(?P<y>(?:1[89]|20)\d\d)(?:{_DASH}(?P<to>(?:1[89]|20)\d\d))?"
            rf"\s?(?P<word>{_YEAR_WORD}|гг\.|годы|годов)"
        ),
        _year_alone,
    ),
    (re.compile(rf"\b({_ANY_MONTH}) ((?:1[89]|20)\d\d)(?![\d.,])"), _month_year),
    (
        re.compile(
            r"(?<![\d:.,])(?P<h>\d{1,2}):(?P<min>[0-5]\d)(?::(?P<s>[0-5]\d))?"
            rf"(?:{_DASH}(?P<h2>\d{{1,2}}):(?P<min2>[0-5]\d))?(?!:?\d)"
        ),
        _time,
    ),
)
