"""What times mean that are said less exactly: «лет пять назад», «в конце месяца», «за выходные».

A reader gives a day, a period, UNREAD_TIME for a time that can't be, or None for what is no time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from nlu.agreement import counts, is_preposition
from nlu.canon import Canon, fold
from nlu.days import back, full_year, make_day, recent, recent_of_month, unit_period, year_period
from nlu.messages import Period
from nlu.refusals import is_unit
from nlu.saidtimes import month_number, units_ago
from nlu.spans import UNREAD_TIME, Found, part_of

COUNT = r"(?:\d+|пар[уыа]|двое|трое|четверо|полтор[аы]|полутора)"
"""How many units: digits, and the words that are no numerals of canonical text."""
_COLLECTIVE = {"пар": 2, "дво": 2, "тро": 3, "чет": 4}
_SEVERAL = frozenset(("лет", "месяцев", "недель", "дней"))
_MARGINS = {"нед": 3, "мес": 15, "ква": 31, "пол": 31, "год": 61, "лет": 61}
"""Days by which «две недели назад» may be off to either side."""
_HALF_A_YEAR = timedelta(days=182)
_YEARS = 600
"""Days from which only the year counts: «два года назад», «лет пять назад»."""
_ON_DAY = frozenset(("за", "на", "от", "по"))
_SPANS = frozenset(("с", "до", "после"))
_LATE_YEAR = 15
"""Of two digits, from which «в двадцать пятом» is a year whatever else is said."""
_PLACES = 3
"""Up to this an ordinal may be a place in what was read."""
_FIRST_YEAR = 10
"""Of two digits, for which «год» may be left out."""
_ONE_AND_A_HALF = {"дне": 2, "дня": 2, "сут": 2, "нед": 11, "мес": 45, "ква": 135, "год": 548}
"""Days."""


_DAY_ALONE = re.compile(
    r"\b([1-9]|[12]\d|3[01])й(?: ([1-9]|1[0-2])й)?\b(?! (?:\d|дня|пациент|больн))"
)
_YEAR_ALONE = re.compile(r"(?<![\d.,/:-] )\b(20\d\d)й?\b(?! [\d.,/:-])")
_OF_TIME = frozenset(("от", "за"))
"""Prepositions that a day may follow: «за двенадцатое», «от двенадцатого»."""
_SHARE = re.compile("(?:начал|конц|середин|половин|четверт|минут)")


def days_alone(
    canon: Canon, today: date, free: Callable[[int], bool], *, measured: bool, named: bool
) -> Iterator[Found]:
    """«Пульс 80 двенадцатого», «давление до двадцатого», «на девятнадцатое», «за двадцать пятый»,
    «в двадцать пятом»: days and years of which neither the month nor «год» is said.

    «После второго укола» and «в начале девятого» are none; the first few may be places in a list
    unless something ``measured`` is beside them. ``free`` tells of which items nothing is known,
    ``named`` whether a quantity or a part of the record is named.
    """
    for match in _DAY_ALONE.finditer(canon.text):
        where = canon.items_of(*match.span())
        words = [fold(canon.cleaned[canon.items[i].start : canon.items[i].end]) for i in where]
        before = canon.items[where.start - 1].text if where.start else ""
        after = canon.items[where.stop].text if where.stop < len(canon.items) else ""
        day, month = int(match[1]), match[2]
        if after and free(where.stop) and counts(words[-1], after):
            continue
        if before == "за" and not (after or month) and words[0].endswith(("ый", "ой", "ий")):
            if _FIRST_YEAR <= day <= today.year % 100:
                yield Found(year_period(full_year(day, today.year)), *match.span())
            continue
        if before in ("в", "во") and words[0].endswith(("ом", "ем", "-м")) and not month:
            if day >= (_FIRST_YEAR if named else _LATE_YEAR):
                past = day <= today.year % 100
                year = year_period(full_year(day, today.year)) if past else UNREAD_TIME
                yield Found(year, *match.span())
            continue
        genitive = all(word.endswith("го") for word in words)
        if named and before == "к" and words[0].endswith("му"):
            yield Found(UNREAD_TIME, *match.span())
        if not genitive and not (before in _ON_DAY and words[0].endswith("е") and not month):
            continue
        span = named and before in _SPANS
        other = is_preposition(before) or _SHARE.match(before)
        led = other and not span and before not in _OF_TIME | _ON_DAY
        sure = measured or (named and (month or before in _ON_DAY))
        if led or not (sure or (day > _PLACES and (named or before in _OF_TIME))):
            continue
        said = recent(day, int(month), today) if month else recent_of_month(day, today)
        yield Found(said or UNREAD_TIME, *match.span())


def years_alone(canon: Canon, today: date, free: Callable[[int], bool]) -> Iterator[Found]:
    """«Документы 2024»: years of which no more is said than the number."""
    for match in _YEAR_ALONE.finditer(canon.text):
        at = canon.items_of(*match.span()).start
        after = canon.items[at + 1].text if at + 1 < len(canon.items) else ""
        if int(match[1]) <= today.year and free(at) and not is_unit(after):
            yield Found(year_period(int(match[1])), *match.span())


def unread(match: re.Match[str], today: date) -> str:
    return UNREAD_TIME


def unread_but_all(match: re.Match[str], today: date) -> str | None:
    """«За всё время» sets no limit."""
    return None if re.search(r"\b(?:все|весь|всего) (?:врем|период)", match[0]) else UNREAD_TIME


def start_of(count: str | None, unit: str, today: date) -> date | None:
    """The day some units ago; one unit where no number was said."""
    if count and count.startswith("пол"):
        days = _ONE_AND_A_HALF.get(unit[:3])
        return today - timedelta(days=days) if days else None
    return back(_COLLECTIVE.get((count or "")[:3]) or int(count or 1), unit, today)


def rolling(match: re.Match[str], today: date) -> Period | str | None:
    """«за последние полгода», «в течение недели», «последние 3 месяца»."""
    if not (match["over"] or match["last"] or match["last2"]):
        return None
    start = start_of(match["count"], match["unit"], today)
    return Period(start, today) if start else UNREAD_TIME


def ago(match: re.Match[str], today: date) -> date | Period | str:
    """A day for days; for longer units the days around it. «Лет назад» needs a number."""
    if match["unit"] in _SEVERAL and not match["count"]:
        return UNREAD_TIME
    return _around(start_of(match["count"], match["unit"], today), match["unit"], today)


def about(match: re.Match[str], today: date) -> date | Period | str | None:
    """«за последние лет 5», «недели за 2», «лет 5 назад», «год или 2 назад»."""
    start = start_of(match["count"], match["unit"], today)
    if match["ago"]:
        return _around(start, match["unit"], today)
    if not (match["over"] or match["last"] or match["for"]):
        return None
    return Period(start, today) if start else UNREAD_TIME


def _around(day: date | None, unit: str, today: date) -> date | Period | str:
    if day is None:
        return UNREAD_TIME
    margin = timedelta(days=_MARGINS.get(unit[:3], 0))
    if (today - day).days > _YEARS:
        margin = max(margin, _HALF_A_YEAR)
    return Period(day - margin, min(day + margin, today)) if margin else day


def hours(match: re.Match[str], today: date) -> Period | str:
    """Records have days: only whole ones can be read."""
    days, rest = divmod(int(match[1]), 24)
    return UNREAD_TIME if rest or not days else Period(today - timedelta(days=days), today)


def days_of_month(match: re.Match[str], today: date) -> Period | str | None:
    """«10й 15й ноября» and «10 - 15 ноября» are all the days; «10й и 11й» must be neighbours."""
    ordinals = match[2] == match[5] == "й"
    if not (ordinals or match[3] == "-"):
        return None
    first, day, month = int(match[1]), int(match[4]), match["month"]
    number = month_number(month)
    last = (
        make_day(int(match["year"]), number, day) if match["year"] else recent(day, number, today)
    )
    start = make_day(last.year, last.month, first) if last else None
    if last is None or start is None or start >= last:
        return UNREAD_TIME
    return UNREAD_TIME if match[3] == "и" and (last - start).days > 1 else Period(start, last)


def each_year(match: re.Match[str], today: date) -> Period | str | None:
    """«в 2024 и 2025», «в 24й и 25й году»: neighbouring years as one."""
    said = [int(year) for year in match.groups()[:3] if year]
    if min(said) < 100 and not match["word"]:
        return None
    years = [full_year(year, today.year + 10) if year < 100 else year for year in said]
    if not all(1900 <= year < 2100 for year in years):
        return None
    together = years == list(range(years[0], years[0] + len(years)))
    return (
        Period(year_period(years[0]).start, year_period(years[-1]).end) if together else UNREAD_TIME
    )


def each_unit(match: re.Match[str], today: date) -> Period | str:
    """«в прошлом и позапрошлом году»."""
    said = (unit_period(match["unit"], units_ago(match[at]), today) for at in (1, 2))
    first, last = sorted(said, key=lambda period: period.start)
    near = first.end + timedelta(days=1) == last.start
    return Period(first.start, last.end) if near else UNREAD_TIME


def part_of_unit(match: re.Match[str], today: date) -> Period:
    """«в конце месяца»: of the current one, or of the last where that is yet to come."""
    parts = (part_of(unit_period(match["unit"], back, today), match["part"]) for back in (0, 1))
    return next(part for part in parts if part.start <= today)


def weekend(match: re.Match[str], today: date) -> Period:
    """The latest Saturday and Sunday that have begun; «прошлые», «минувшие» are over."""
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    if (match[1] or "").startswith(("прош", "минувш")) and today <= saturday + timedelta(days=1):
        saturday -= timedelta(days=7)
    return Period(saturday, saturday + timedelta(days=1))


def night(match: re.Match[str], today: date) -> Period:
    """«за ночь»: it began yesterday."""
    return Period(today - timedelta(days=1), today)
