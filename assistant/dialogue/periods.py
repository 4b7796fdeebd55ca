"""Which time a question means that the one before it tells: «в сентябре» after «за прошлый год»,
«а за этот», «а раньше».
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from assistant.dialogue.state import Request
from nlu.canon import canonical
from nlu.days import FIRST_DAY, make_day, unit_of, unit_period
from nlu.messages import Parse, Period
from nlu.saidtimes import MONTHS, units_ago

_DAY: Final = timedelta(days=1)
_MONTH: Final = "|".join(MONTHS)
_WITHOUT_YEAR: Final = re.compile(
    rf"(?:(?:за|в|во|на|от) )?(?:(?:\d{{1,2}}й?(?: числ\w+)? )?(?:{_MONTH})\w*"
    r"|(?:зим|весн|лет|осен)\w+)"
)
"""A day, a month or a season that every year has; in a canonical text."""
_WITHOUT_MONTH: Final = re.compile(r"(?:(?:за|на|от) )?\d{1,2}й(?: числ\w+)?")
_FEMININE: Final = re.compile(r"\w+(?:ую|ой|ту|ей)")


def lacks_year(parse: Parse) -> bool:
    """Whether the time that was said comes every year: «тридцатого июля», «в сентябре»."""
    said = [entity for entity in parse.found if entity.name in ("period", "date")]
    return len(said) == 1 and bool(_WITHOUT_YEAR.fullmatch(canonical(said[0].text).text))


def lacks_month(parse: Parse) -> bool:
    """Whether the time that was said comes every month: «четырнадцатого»."""
    said = [entity for entity in parse.found if entity.name in ("period", "date")]
    return len(said) == 1 and bool(_WITHOUT_MONTH.fullmatch(canonical(said[0].text).text))


def in_years_of(asked: Period | None, said: Period) -> Period:
    """``said``, which every year has, as the latest of the years that ``asked`` was about; as it
    is, where none of them has it.
    """
    if asked is None:
        return said
    for years in range(said.start.year - asked.start.year + 1):
        back = _years_back(said, years)
        if back and asked.start.year <= back.start.year <= back.end.year <= asked.end.year:
            return back
    return said


def year_before(period: Period) -> Period:
    """The same days a year earlier."""
    return _years_back(period, 1) or period


def comes_on(day: date, period: Period) -> bool:
    """Whether ``day`` lies in ``period`` as it comes in any year."""
    years = period.start.year - day.year
    moved = (_years_back(period, back) for back in (years, years + 1))
    return any(one.start <= day <= one.end for one in moved if one is not None)


def another_unit(word: str, asked: Period | None, today: date) -> Period | None:
    """The unit that «этот» or «прошлый» means right after ``asked``; None where that is no
    calendar unit, or of another gender.
    """
    unit = unit_of(asked) if asked is not None else None
    if unit is None or (unit == "неделя") != is_feminine(word):
        return None
    return unit_period(unit, units_ago(word), today)


def is_feminine(word: str) -> bool:
    """Whether «эту», «прошлой» and the like can only be a week."""
    return _FEMININE.fullmatch(word) is not None


def before(request: Request) -> Request | None:
    """``request`` for all the time before its period; None where nothing lies before that."""
    if request.period is None or request.period.start <= FIRST_DAY:
        return None
    earlier = Period(FIRST_DAY, request.period.start - _DAY)
    return replace(request, period=earlier, yearless=False, monthless=False, start=0)


def _years_back(period: Period, years: int) -> Period | None:
    """The same days so many years before; a month ends with its last day."""
    after = period.end + _DAY
    start = make_day(period.start.year - years, period.start.month, period.start.day)
    end = make_day(after.year - years, after.month, after.day)
    return Period(start, end - _DAY) if start is not None and end is not None else None
