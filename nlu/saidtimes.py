"""What the words of a spoken time mean on a given day: one reader for each pattern of dates.py.

A reader gives a day, a period, UNREAD_TIME for a time that can't be, or None for what is no time.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from nlu.days import (
    full_year,
    make_day,
    month_period,
    months_period,
    recent,
    recent_of_month,
    unit_period,
    year_period,
)
from nlu.messages import Period
from nlu.spans import UNREAD_TIME

MONTHS = (
    "январ", "феврал", "март", "апрел", "ма(?:й|я|ем|е|ю)", "июн", "июл", "август",
    "сентябр", "октябр", "ноябр", "декабр",
)  # fmt: skip
"""How each begins, as a pattern."""
_WEEKDAYS = ("понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресень")
_SEASONS = {"зим": 12, "вес": 3, "лет": 6, "осе": 9}
_GROWN_UP = 10
"""Years: «двадцатого года рождения» is someone of 1920 in 2026, «десятого» one of 2010."""

_FIRST_OF_YEARS = 15
"""Of two digits without «год» a smaller one is rather a day than a year of records."""
_BEFORE_MONTH = re.compile(r"\b(?:с|со|до|от|после|около|начал\w|конц\w|середин\w) $")


def month_number(word: str) -> int:
    return next(i for i, m in enumerate(MONTHS, 1) if re.match(m, word))


def units_ago(word: str) -> int:
    """«позапрошлый», «прошлый», «этот», «следующий»: how many units back."""
    if word.startswith(("следующ", "будущ")):
        return -1
    if word.startswith("поза"):
        return 2
    return int(not word.startswith(("эт", "текущ", "нынешн")))


def _year(match: re.Match[str], four: int, today: date) -> int | None:
    """The year said: four digits, two («двадцать третьего года»), or «прошлого года»."""
    if match[four]:
        return int(match[four])
    if match[four + 1]:
        return full_year(int(match[four + 1]), today.year)
    if match[four + 2]:
        return today.year - units_ago(match[four + 2])
    return None


def _is_year(year: int) -> bool:
    return 1900 <= year < 2100


def _plausible(value: date | None) -> date | str:
    return value if value is not None and _is_year(value.year) else UNREAD_TIME


def day_month(match: re.Match[str], today: date) -> date | str:
    day, month, year = int(match[1]), month_number(match[2]), _year(match, 3, today)
    if year is None:
        return recent(day, month, today) or UNREAD_TIME
    return _plausible(make_day(year, month, day))


def of_month(match: re.Match[str], today: date) -> date | str:
    """«пятого числа», «пятого числа прошлого месяца»."""
    day = int(match[1])
    if not match[2]:
        return recent_of_month(day, today) or UNREAD_TIME
    month = unit_period("месяц", units_ago(match[2]), today).start
    return make_day(month.year, month.month, day) or UNREAD_TIME


def numeric(match: re.Match[str], today: date) -> date | str | None:
    day, month, year = int(match[1]), int(match[3]), int(match[4])
    if year < 100:
        year = full_year(year, today.year)
    read = _plausible(make_day(year, month, day))
    looks_like_one = match[2] == "." and day <= 31 and month <= 12
    return read if read or looks_like_one else None


def spoken(match: re.Match[str], today: date) -> date | str | None:
    """«пятого ноль третьего двадцать шестого»: the zero, or «от», tells it from a list."""
    ordinal = match["day"].endswith("й")
    both = ordinal and match["month"].endswith("й")
    zero = bool(match["zero"]) or match["month"].startswith("0")
    day, month = int(match["day"].rstrip("й")), int(match["month"].rstrip("й"))
    if match["year"] is None:
        if not (ordinal and zero) and not (match["of"] and both):
            return None
        return recent(day, month, today) if month <= 12 else UNREAD_TIME
    year = int(match["year"].rstrip("й").replace(" ", ""))
    if not (match["of"] or both or (ordinal and (zero or year > 99))):
        return None
    year = full_year(year, today.year) if year < 100 else year
    read = _plausible(make_day(year, month, day))
    return read if read or zero or match["of"] else None


def day_range(match: re.Match[str], today: date) -> Period | str:
    """«с 5 по 12 марта», «с 5 марта по 12 апреля 2024 года»."""
    last_month = month_number(match[4])
    first_month = month_number(match[2]) if match[2] else last_month
    year = _year(match, 5, today)
    end = (
        make_day(year, last_month, int(match[3]))
        if year
        else recent(int(match[3]), last_month, today)
    )
    if end is None:
        return UNREAD_TIME
    start = make_day(end.year - (first_month > last_month), first_month, int(match[1]))
    return Period(start, end) if start is not None and start <= end else UNREAD_TIME


def month_range(match: re.Match[str], today: date) -> Period | str:
    """«с января по март», «с октября 2023 по март 2024 года»."""
    first, last = month_number(match[1]), month_number(match[5])
    first_year, last_year = _year(match, 2, today), _year(match, 6, today)
    if last_year is None:
        last_year = first_year + (first > last) if first_year else today.year
        if first_year is None and last > today.month:
            last_year -= 1
    if first_year is None:
        first_year = last_year - (first > last)
    if (first_year, first) > (last_year, last) or not _is_year(first_year):
        return UNREAD_TIME
    return Period(month_period(first_year, first).start, month_period(last_year, last).end)


def one_month(match: re.Match[str], today: date) -> Period | str:
    which, month = match[1] or "", month_number(match[2])
    year = _year(match, 3, today)
    if year is None:
        year = today.year - (month > today.month)
        year -= _over(which, month_period(year, month), today)
    elif match[4] and "год" not in match[0] and _is_rather_day(match, today):
        return UNREAD_TIME
    return month_period(year, month) if _is_year(year) else UNREAD_TIME


def _is_rather_day(match: re.Match[str], today: date) -> bool:
    """Whether a number after a month tells a day of it, or nothing that has been: «ноября
    двадцатого», «в ноябре двадцатого» on a later day of November, «в мае десятого», «за март
    двадцать девятого».
    """
    number = int(match[4])
    begun = month_number(match[2]) == today.month and number <= today.day
    led = match.start() < match.start(2) or _BEFORE_MONTH.search(match.string, 0, match.start())
    alone = not led and match[2].endswith(("а", "я"))
    return begun or alone or not _FIRST_OF_YEARS <= number <= today.year % 100


def _over(which: str, latest: Period, today: date) -> int:
    """Years to go back from the latest one begun: «прошлый» is over, «позапрошлый» before it."""
    if not which.startswith(("прошл", "минувш", "поза")):
        return 0
    return (latest.end >= today) + which.startswith("поза")


def season(match: re.Match[str], today: date) -> Period | str:
    """«прошлой осенью» is the latest one that is over; else the latest that has begun."""
    which, first = match[1] or "", _SEASONS[match[2][:3]]
    year = _year(match, 3, today)
    if year is None:
        year = today.year - (date(today.year, first, 1) > today)
        year -= _over(which, months_period(year, first, 3), today)
    return months_period(year, first, 3) if _is_year(year) else UNREAD_TIME


def part_of_year(match: re.Match[str], today: date) -> Period | str:
    """«второй квартал», «первое полугодие прошлого года»: the latest that has begun."""
    number = int(match[1] or match[2])
    months = 3 if match[3].startswith("кв") else 6
    if not 1 <= number <= 12 // months:
        return UNREAD_TIME
    first = (number - 1) * months + 1
    year = _year(match, 4, today)
    if year is None:
        year = today.year - (date(today.year, first, 1) > today)
    return months_period(year, first, months) if _is_year(year) else UNREAD_TIME


def years(match: re.Match[str], today: date) -> Period | str | None:
    first, last = int(match[1]), int(match[2])
    if not _is_year(first):
        return None
    return Period(date(first, 1, 1), date(last, 12, 31)) if first <= last else UNREAD_TIME


def one_year(match: re.Match[str], today: date) -> Period | None:
    """Two digits may also be a year of the next ten: it is told that they are to come."""
    year = int(match[1] or match[2])
    if year < 100:
        year = full_year(year, today.year + 10)
    return year_period(year) if _is_year(year) else None


def birth_year(match: re.Match[str], today: date) -> Period | None:
    """«пятьдесят восьмого года рождения»: two digits are rather a grown-up's than a baby's."""
    year = int(match[1] or match[2])
    if year < 100:
        year = full_year(year, today.year - _GROWN_UP)
    return year_period(year) if 1900 <= year <= today.year else None


def decade(match: re.Match[str], today: date) -> Period:
    """«в девяностых», «90-е годы», «нулевые»."""
    first = int(match[1] or match[2] or 2000)
    if first < 100:
        first = full_year(first, today.year)
    return Period(date(first, 1, 1), date(first + 9, 12, 31))


def last_unit(match: re.Match[str], today: date) -> Period:
    """«в прошлом месяце», «на этой неделе»: calendar units."""
    return unit_period(match[2], units_ago(match[1]), today)


def so_far(match: re.Match[str], today: date) -> Period:
    """«с начала года»."""
    return Period(unit_period(match[1], 0, today).start, today)


def last_year(match: re.Match[str], today: date) -> Period:
    """«прошлогодний», «позапрошлогодний»."""
    return year_period(today.year - units_ago(match[0]))


def near_day(match: re.Match[str], today: date) -> date | str:
    word = match[0].removeprefix("за ")
    if word.startswith("позавчера"):
        return today - timedelta(days=2)
    if word.startswith(("вчера", "прошлой ноч")):
        return today - timedelta(days=1)
    return UNREAD_TIME if word.startswith(("завтра", "послезавтра")) else today


def weekday(match: re.Match[str], today: date) -> date:
    said = match[1] or match[2]
    index = next(i for i, w in enumerate(_WEEKDAYS) if said.startswith(w))
    return today - timedelta(days=(today.weekday() - index - 1) % 7 + 1)
