"""Days and periods in Russian speech. Without a year the most recent past one is meant."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from nlu.messages import Period

_MONTHS = (
    "январ", "феврал", "март", "апрел", "ма[йяе]", "июн", "июл", "август",
    "сентябр", "октябр", "ноябр", "декабр",
)  # fmt: skip
_MONTH_ENDINGS = "(?:ь|я|е|ю|ем|а|у|ом|ы)?"
_MONTH = "(" + "|".join(m if "[" in m else m + _MONTH_ENDINGS for m in _MONTHS) + r")\b"
_YEAR, _YEAR_ALONE = (
    rf"(?: (\d{{4}})й?(?: год\w*)?\b| (\d{{2}})й{word}| (прошл\w+|эт\w+) год\w*)"
    for word in (r" год\w*", r"(?: год\w*)?\b")
)
"""After a day with its month, or a season, two digits are a year also without the word."""
_DAY = r"(\d{1,2})й?"
_WEEKDAYS = ("понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресень")
_SEASONS = {"зим": 12, "весн": 3, "лет": 6, "осен": 9}
_SEASON = r"(зим|весн|лет|осен)(?:ой|ою|ью|ом|а|у|о|ь|и|ы)"
_UNIT = r"(день|дня|дней|сутки|суток|недел\w+|месяц\w*|квартал\w*|полгода|полугоди\w+|год\w*|лет)"
_LAST = r"(?:последн\w+|прошедш\w+|минувш\w+)"
_AGO = re.compile(rf"\b(?:(\d+|пар[уы]) )?{_UNIT}(?: тому)? назад")


_GROWN_UP = 10
"""Years: «двадцатого года рождения» is someone of 1920 in 2026, «десятого» one of 2010."""


@dataclass(frozen=True, slots=True)
class Found:
    """A day or a period with its place in the canonical text."""

    value: date | Period
    start: int
    end: int


class _Impossible:
    """«31 февраля»: a day was said, but there is none; its month alone isn't meant."""


_IMPOSSIBLE = _Impossible()
_Reader = Callable[[re.Match[str], date], "date | Period | _Impossible | None"]


def find_times(text: str, today: date) -> list[Found]:
    """All days and periods in a canonical text, left to right, none overlapping."""
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for pattern, reader in _RULES:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            value = reader(match, today)
            if value is None:
                continue
            taken.append(match.span())
            if not isinstance(value, _Impossible):
                found.append(Found(value, match.start(), match.end()))
    return sorted(found, key=lambda f: f.start)


def _month(word: str) -> int:
    return next(i for i, m in enumerate(_MONTHS, 1) if re.match(m, word))


def _year(match: re.Match[str], four: int, today: date) -> int | None:
    """The year said: four digits, two («двадцать третьего года»), or «прошлого года»."""
    if match[four]:
        return int(match[four])
    if match[four + 1]:
        short = int(match[four + 1])
        return short + (2000 if short <= today.year % 100 else 1900)
    if match[four + 2]:
        return today.year - match[four + 2].startswith("прошл")
    return None


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _recent(day: int, month: int, today: date) -> date | None:
    """The latest such day that is not in the future; 29 February may be 8 years back."""
    days = (_make(today.year - back, month, day) for back in range(9))
    return next((d for d in days if d is not None and d <= today), None)


def _month_period(year: int, month: int) -> Period:
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _months_back(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _plausible(value: date | None, today: date) -> date | None:
    return value if value is not None and value.year >= 1900 and value <= today else None


def _day_month(match: re.Match[str], today: date) -> date | _Impossible:
    day, month, year = int(match[1]), _month(match[2]), _year(match, 3, today)
    if year is None:
        return _recent(day, month, today) or _IMPOSSIBLE
    return _plausible(_make(year, month, day), today) or _IMPOSSIBLE


def _numeric(match: re.Match[str], today: date) -> date | None:
    year = int(match[3])
    if year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    return _plausible(_make(year, int(match[2]), int(match[1])), today)


def _day_range(match: re.Match[str], today: date) -> Period | None:
    """«с 5 по 12 марта», «с 5 марта по 12 апреля 2024 года»."""
    last_month = _month(match[4])
    first_month = _month(match[2]) if match[2] else last_month
    year = _year(match, 5, today)
    end = (
        _make(year, last_month, int(match[3]))
        if year
        else _recent(int(match[3]), last_month, today)
    )
    if end is None:
        return None
    start = _make(end.year - (first_month > last_month), first_month, int(match[1]))
    return Period(start, end) if start is not None and start <= end else None


def _month_range(match: re.Match[str], today: date) -> Period | None:
    """«с января по март», «с октября 2023 по март 2024 года»."""
    first, last = _month(match[1]), _month(match[5])
    first_year, last_year = _year(match, 2, today), _year(match, 6, today)
    if last_year is None:
        last_year = first_year + (first > last) if first_year else today.year
        if first_year is None and last > today.month:
            last_year -= 1
    if first_year is None:
        first_year = last_year - (first > last)
    start = _month_period(first_year, first).start
    end = _month_period(last_year, last).end
    return Period(start, end) if start <= end else None


def _since_day(match: re.Match[str], today: date) -> Period | _Impossible:
    start = _day_month(match, today)
    return Period(start, today) if isinstance(start, date) else _IMPOSSIBLE


def _since_month(match: re.Match[str], today: date) -> Period | None:
    year = _year(match, 2, today)
    month = _month(match[1])
    year = year or today.year - (month > today.month)
    start = date(year, month, 1)
    return Period(start, today) if start <= today else None


def _one_month(match: re.Match[str], today: date) -> Period | None:
    which, month = match[1] or "", _month(match[2])
    year = _year(match, 3, today)
    if year is None:
        year = today.year - (month > today.month)
        if which.startswith("прошл") and month == today.month:
            year -= 1
    return _month_period(year, month)


def _season(match: re.Match[str], today: date) -> Period | None:
    """«прошлой осенью» is the latest one that is over; else the latest that has begun."""
    which, first = match[1] or "", _SEASONS[match[2]]
    year = _year(match, 3, today)
    if year is None:
        year = today.year - (date(today.year, first, 1) > today)
        last = _season_period(year, first)
        if which.startswith("прошл") and last.end >= today:
            year -= 1
    return _season_period(year, first)


def _season_period(year: int, first: int) -> Period:
    """Winter begins in December of ``year``."""
    end_year, end_month = (year + 1, 2) if first == 12 else (year, first + 2)
    return Period(date(year, first, 1), _month_period(end_year, end_month).end)


def _years(match: re.Match[str], today: date) -> Period | None:
    first, last = int(match[1]), int(match[2])
    if not 1900 <= first <= last <= today.year:
        return None
    return Period(date(first, 1, 1), date(last, 12, 31))


def _one_year(match: re.Match[str], today: date) -> Period | None:
    year = int(match[1] or match[2])
    if year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    return Period(date(year, 1, 1), date(year, 12, 31)) if 1900 <= year <= today.year else None


def _birth_year(match: re.Match[str], today: date) -> Period | None:
    """«пятьдесят восьмого года рождения»: two digits are rather a grown-up's than a baby's."""
    year = int(match[1] or match[2])
    if year < 100:
        year += 2000 if year <= today.year % 100 - _GROWN_UP else 1900
    return Period(date(year, 1, 1), date(year, 12, 31)) if 1900 <= year <= today.year else None


def _since_year(match: re.Match[str], today: date) -> Period | None:
    year = int(match[1])
    return Period(date(year, 1, 1), today) if 1900 <= year <= today.year else None


def _rolling(match: re.Match[str], today: date) -> Period | None:
    """«за последние полгода», «за неделю», «за последние 3 месяца»."""
    number = 2 if (match[1] or "").startswith("пар") else int(match[1] or 1)
    start = _back(number, match[2], today)
    return Period(start, today) if start else None


def _ago(match: re.Match[str], today: date) -> date | None:
    number = 2 if (match[1] or "").startswith("пар") else int(match[1] or 1)
    return _back(number, match[2], today)


def _back(number: int, unit: str, today: date) -> date | None:
    if not 1 <= number <= 1000:
        return None
    if unit.startswith(("д", "с")):
        return today - timedelta(days=number)
    if unit.startswith("н"):
        return today - timedelta(weeks=number)
    months = {"мес": 1, "ква": 3, "пол": 6, "год": 12, "лет": 12}[unit[:3]] * number
    return _months_back(today, months) if months < 12 * (today.year - 1900) else None


def _last_unit(match: re.Match[str], today: date) -> Period | None:
    """«в прошлом месяце», «на этой неделе»: calendar units, Monday first."""
    past, unit = not match[1].startswith(("эт", "текущ", "нынешн")), match[2]
    if unit.startswith("нед"):
        monday = today - timedelta(days=today.weekday() + 7 * past)
        return Period(monday, monday + timedelta(days=6))
    if unit.startswith("мес"):
        day = _months_back(today, int(past))
        return _month_period(day.year, day.month)
    if unit.startswith("кв"):
        first = _months_back(today.replace(day=1), (today.month - 1) % 3 + 3 * past)
        last = _months_back(first, -2)
        return Period(first, _month_period(last.year, last.month).end)
    year = today.year - past
    return Period(date(year, 1, 1), date(year, 12, 31))


def _near_day(match: re.Match[str], today: date) -> date:
    word = match[0]
    if word.startswith("позавчера"):
        return today - timedelta(days=2)
    if word.startswith(("вчера", "прошлой ноч")):
        return today - timedelta(days=1)
    return today


def _weekday(match: re.Match[str], today: date) -> date:
    index = next(i for i, w in enumerate(_WEEKDAYS) if match[1].startswith(w))
    return today - timedelta(days=(today.weekday() - index - 1) % 7 + 1)


def _rules() -> Iterator[tuple[str, _Reader]]:
    yield rf"\bс {_DAY}(?: {_MONTH})? (?:по|до) {_DAY} {_MONTH}{_YEAR}?", _day_range
    yield rf"\b(?:с|от) {_MONTH}{_YEAR}? (?:по|до) {_MONTH}{_YEAR}?", _month_range
    yield rf"\b(?:с|после|начиная с) {_DAY} {_MONTH}{_YEAR}?", _since_day
    yield rf"\b{_DAY}(?: числа)? {_MONTH}{_YEAR_ALONE}?", _day_month
    yield r"\b(\d{1,2}) [./-] (\d{1,2}) [./-] (\d{4}|\d{2})\b", _numeric
    yield rf"\b(?:с|после|начиная с) {_MONTH}{_YEAR}?", _since_month
    yield rf"\b(?:(?:за|в|во|на) )?(?:(прошл\w+|эт\w+) )?{_MONTH}{_YEAR}?", _one_month
    yield r"\b(?:с|за) (\d{4})(?:го|й)?(?: года?)? (?:по|до|-) (\d{4})й?(?: год\w*)?", _years
    yield r"\b(?:с|после) (\d{4})й?(?: год\w*)?", _since_year
    yield r"\b(?:за|в) (?:(\d{4})й?(?: год\w*)?|(\d{2})й год\w*)", _one_year
    yield r"\b(?:(\d{4})й?|(\d{2})й) год\w* рожд\w*", _birth_year
    yield (
        rf"\bза (?:вс[еюя] )?(?:{_LAST} )?(?:(\d+|пар[уа]) )?(?:{_LAST} )?{_UNIT}",
        _rolling,
    )
    yield (
        r"\b(?:в|на|за) (прошл\w+|эт\w+|текущ\w+|нынешн\w+|предыдущ\w+) "
        r"(недел\w+|месяц\w*|квартал\w*|год\w*)",
        _last_unit,
    )
    yield rf"\b(?:(прошл\w+|эт\w+|минувш\w+|последн\w+) )?\b{_SEASON}\b{_YEAR_ALONE}?", _season
    yield rf"{_AGO.pattern}", _ago
    yield (
        r"\b(?:позавчера|вчера|сегодня|прошлой ночью)(?: (?:утром|дн[её]м|вечером|ночью))?\b",
        _near_day,
    )
    yield r"\b(?:утром|с утра|этой ночью|ночью|днем|вечером)\b", _near_day
    yield (
        r"\b(?:в|во|за) (?:прошл\w+ )?"
        r"(понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье)\b",
        _weekday,
    )


_RULES = [(re.compile(pattern), reader) for pattern, reader in _rules()]
