"""The calendar behind spoken times: what a month, a season or «год назад» is on a given day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from nlu.messages import Period

FIRST_DAY = date(1900, 1, 1)
"""Nothing in a record is older: where «до марта» begins."""


def make_day(year: int, month: int, day: int) -> date | None:
    """The day, if there is such a one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def recent(day: int, month: int, today: date) -> date | None:
    """The latest such day that is not in the future; 29 February may be 8 years back."""
    days = (make_day(today.year - back, month, day) for back in range(9))
    return next((d for d in days if d is not None and d <= today), None)


def recent_of_month(day: int, today: date) -> date | None:
    """The latest such day of any month that is not in the future: «пятого числа»."""
    months = (months_back(today.replace(day=1), back) for back in range(3))
    days = (make_day(first.year, first.month, day) for first in months)
    return next((d for d in days if d is not None and d <= today), None)


def full_year(short: int, latest: int) -> int:
    """The year that two digits say: of this century up to ``latest``, else of the last."""
    return short + (2000 if short <= latest % 100 else 1900)


def month_period(year: int, month: int) -> Period:
    """All days of a month."""
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def months_period(year: int, first: int, count: int) -> Period:
    """Some months from the ``first`` of a year on: a season, a quarter; it may end in the next."""
    start = date(year, first, 1)
    last = months_back(start, 1 - count)
    return Period(start, month_period(last.year, last.month).end)


def year_period(year: int) -> Period:
    """All days of a year."""
    return Period(date(year, 1, 1), date(year, 12, 31))


def months_back(today: date, months: int) -> date:
    """The same day some months before (after, where negative), or the last one of that month."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def back(number: int, unit: str, today: date) -> date | None:
    """The day ``number`` units ago; ``unit`` is a Russian word in any case."""
    if not 1 <= number <= 1000:
        return None
    if unit.startswith(("д", "с")):
        return today - timedelta(days=number)
    if unit.startswith("н"):
        return today - timedelta(weeks=number)
    months = {"мес": 1, "ква": 3, "пол": 6, "год": 12, "лет": 12}[unit[:3]] * number
    return months_back(today, months) if months < 12 * (today.year - 1900) else None


def unit_period(unit: str, ago: int, today: date) -> Period:
    """The calendar unit that was ``ago`` units back, 0 for the current one. Monday comes first."""
    if unit.startswith("нед"):
        monday = today - timedelta(days=today.weekday() + 7 * ago)
        return Period(monday, monday + timedelta(days=6))
    length = {"мес": 1, "ква": 3, "пол": 6, "год": 12}[unit[:3]]
    begun = today.replace(day=1, month=(today.month - 1) // length * length + 1)
    first = months_back(begun, length * ago)
    return months_period(first.year, first.month, length)


def unit_of(period: Period) -> str | None:
    """The calendar unit that ``period`` is one of; None where it is none."""
    units = ("неделя", "месяц", "квартал", "год")
    return next((unit for unit in units if unit_period(unit, 0, period.start) == period), None)
