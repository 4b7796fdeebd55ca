"""Times that were asked for and hold nothing, and what comes nearest. All of it is PHI."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from assistant.answers.messages import Answer
from assistant.answers.wording import day, sentence
from assistant.speech.dates import MONTH_NAMES, MONTHS
from nlu.days import FIRST_DAY
from nlu.messages import Period

T = TypeVar("T")


def nearest(period: Period, items: Sequence[T], day_of: Callable[[T], date]) -> T | None:
    """The item fewest days away from ``period``, of two the later; None of nothing."""

    def away(item: T) -> tuple[int, int]:
        when = day_of(item)
        days = max((period.start - when).days, (when - period.end).days, 0)
        return days, -when.toordinal()

    return min(items, key=away, default=None)


def day_of_talk(when: date, today: date) -> str:
    """«сегодня», «9 ноября», of another year «9 ноября 2025 года»."""
    if when == today:
        return "сегодня"
    return f"{when.day} {MONTHS[when.month - 1]}" if when.year == today.year else day(when)


def _said(period: Period, today: date, years: bool) -> str:
    """«за 14 ноября», «за март 2025 года», «за 2025 год», «до 2025 года».

    That of ``today`` is left out, unless all ``years`` are to be said.
    """

    def said(when: date) -> str:
        return day(when) if years else day_of_talk(when, today)

    start, end = period.start, period.end
    if start == end:
        return "сегодня" if start == today else f"за {said(start)}"
    if start == FIRST_DAY:
        after = end + timedelta(days=1)
        first = (after.month, after.day) == (1, 1)
        return f"до {after.year} года" if first else f"до {said(after)}"
    if (start, end) == (date(start.year, 1, 1), date(start.year, 12, 31)):
        return f"за {start.year} год"
    if start.day == 1 and end == _month_end(start):
        year = "" if start.year == today.year and not years else f" {start.year} года"
        return f"за {MONTH_NAMES[start.month - 1]}{year}"
    if start.year != end.year and end != today:
        return f"за время от {day(start)} до {day(end)}"
    return f"за время от {said(start)} до {said(end)}"


def _month_end(when: date) -> date:
    return when.replace(day=monthrange(when.year, when.month)[1])


def none_within(
    period: Period, subject: str, things: str, near: tuple[str, date, str] | None, today: date
) -> Answer:
    """«Пульс: за 14 ноября измерений нет, ближайшее — 9 ноября: 72 уд/мин.»

    ``things`` is genitive plural; ``near`` is «ближайшее» in their gender, its day and the rest:
    where that is of another year than ``today``, all years are said.
    """
    # «за 15 мая нет, ближайший — 15 мая 2024 года» would contradict itself
    when = _said(period, today, near is not None and near[1].year != today.year)
    what = f"{subject}: {when} {things} нет" if subject else f"{when} {things} нет"
    if near is None:
        return Answer(sentence(f"{what}, и за другое время тоже"))
    nearest_one, taken, rest = near
    return Answer(sentence(f"{what}, {nearest_one} — {day_of_talk(taken, today)}{rest}"))


def within(period: Period | None, items: Sequence[T], day_of: Callable[[T], date]) -> tuple[T, ...]:
    """Those of the ``items`` whose day lies in the ``period``; all of them without one."""
    return tuple(
        item for item in items if period is None or period.start <= day_of(item) <= period.end
    )
