"""When a dictated value was measured: the day, the part of it and the hour that were said."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from assistant.answers.wording import start_of
from assistant.dialogue.bedside import changes
from assistant.dialogue.daytimes import (
    MIDNIGHT,
    Part,
    begins,
    hour_said,
    in_part,
    is_in,
    is_loose,
    parts_said,
)
from assistant.dialogue.state import Request
from nlu.canon import Canon, canonical
from nlu.clocks import PART, is_clock
from nlu.messages import Entity, Parse, Period
from nlu.spans import UNREAD_TIME

_NOW: Final = re.compile(r"\b(?<!не )(?:сегодня|сейчас|только что)\b")

_PART_OF_DAY: Final = re.compile(
    r"утром|с утра|за утро|днем|(?:в|до|после|к) обед[ау]?|вечером|за вечер|ночью"
    r"|(?:утренн|вечерн|ночн)\w+"
)
"""Words that tell a part of a day and no day of their own."""


_HOUR_ONLY: Final = re.compile(
    r"(?:(?:да|ну|около|на) |(?P<stated>это|был[оаи]?) |(?P<marked>время) )*"
    r"(?P<hour>час|\d{1,2}(?: час(?:а|ов)?)?(?: (?:[:.-] )?[0-5]\d(?: минут\w*)?)?"
    rf"(?P<part> {PART})?)"
)
"""An answer to «Скажите час», or one that needs no question: «восемь часов», «восемь утра»."""


@dataclass(frozen=True, slots=True)
class MeasuredAt:
    """What was said of the time."""

    day: Period | None = None
    """One day; more where several were said, or a period."""
    part: Part | None = None
    """The part of the day."""
    by_part: bool = False
    """Whether only the part of the day tells the day, which is today: «утром»."""
    now: bool = False
    """Whether it was today and no other day was said."""
    hour: time | None = None
    """The hour on the clock."""
    ago: timedelta | None = None
    """How long ago it was."""
    unread: bool = False
    """Whether a time was said that can't be read."""
    day_lacks: bool = False
    """Whether that may be another day: «не вчера», «завтра», or «до обеда» alone."""


NOTHING_SAID: Final = MeasuredAt()


def said_before(request: Request) -> MeasuredAt:
    """What was said of the day of ``request``."""
    return MeasuredAt(day=request.period, part=request.part)


def measured_at(canon: Canon, parse: Parse, before: MeasuredAt) -> MeasuredAt:
    """Read the time in ``parse``; the day and the part of it were said ``before``.

    That part is none of today, where today is said only now: it may be to come.
    """
    days = [
        e for e in _times(parse) if not _is_today(e) and word_before(canon, e) not in ("не", "как")
    ]
    told = [e for e in days if not _is_part(e)]
    told_hours = [entity for entity in parse.found if entity.value == UNREAD_TIME]
    kept = [e for e in told_hours if word_before(canon, e) != "не"] or told_hours
    parts = parts_said(canon.text).union(*(parts_said(canonical(e.text).text) for e in kept))
    loose = is_loose(canon.text) and not any(item.is_number for item in canon.items)
    if loose:
        told = [e for e in told if not is_loose(canonical(e.text).text)]
        return MeasuredAt(_spanned(told), unread=True, day_lacks=not told)
    today = _today(canon, parse)
    other_day = today is not None and not days and today != before.day
    hours = [hour_said(e.text, parts, None if other_day else before.part) for e in kept]
    hour = hours[0] if len(hours) == 1 else None
    day = _spanned(told or days)
    if isinstance(hour, time) and day is None:
        day = today
    now = day is None and hour is None and _NOW.search(canon.text) is not None
    no_day = day is None and _NOW.search(canon.text) is None
    denied = no_day and _denies_day(canon, parse)
    unread = bool(hours) and hour is None
    clocks = all(is_clock(canonical(entity.text).text) for entity in kept)
    return MeasuredAt(
        day=day,
        part=next(iter(parts)) if len(parts) == 1 else None,
        by_part=bool(days) and not told,
        now=now,
        hour=hour if isinstance(hour, time) else None,
        ago=hour if isinstance(hour, timedelta) else None,
        unread=denied or unread,
        day_lacks=denied or (no_day and unread and not clocks),
    )


def with_time(said: MeasuredAt, request: Request) -> Request:
    """``request`` with the day, the part of it and the hour that were said.

    A part of the day is one of the day that was said before, and tells which of two hours the hour
    is that was said before. The midnight of a day may be its first or its last moment. An hour that
    can't be read leaves the day, and takes the place of the one that was said before; where the day
    may be another, no hour tells it.
    """
    if said == NOTHING_SAID:
        return request
    if said.now or said.ago:
        return replace(
            request, period=said.day, hour=said.hour, part=said.part, ago=said.ago,
            time_unread=said.unread, day_lacks=False,
        )  # fmt: skip
    if said.day_lacks:
        return replace(
            request, period=None, hour=None, part=None, ago=None, time_unread=True, day_lacks=True
        )
    known = request.period is not None or request.day_lacks
    new = said.day if not (said.by_part and known) else None
    day, lacks = new or request.period, request.day_lacks and new is None
    if said.unread and request.hour:
        request = replace(request, hour=None, part=None)
    hour, part = said.hour or request.hour, said.part or request.part
    if said.hour is None and hour and said.part:
        hour = in_part(hour, said.part)
    if said.part is None and said.hour and part and in_part(said.hour, part) != said.hour:
        part = None
    unread = said.unread or lacks
    if hour == MIDNIGHT and day is not None and not (said.by_part and new):
        hour, unread = None, True
    return replace(
        request, period=day, hour=hour, part=part, ago=None, time_unread=unread, day_lacks=lacks
    )


def hour_answered(request: Request, text: str) -> MeasuredAt | None:
    """The hour that ``text`` tells and nothing else; None of none.

    A bare number is one only where the hour was asked for, and in the part of the day that was
    said: «восемь», «семь тридцать»; «это восемь», «исправь на восемь» is the value, but «исправь
    на восемь утра» the hour.
    """
    words = canonical(text).text.split()
    changed = bool(words) and changes(words[0])
    answer = _HOUR_ONLY.fullmatch(" ".join(words[changed:]))
    if answer is None or request.measurement is None:
        return None
    one_day = request.period is not None and request.period.start == request.period.end
    asked = one_day and request.hour is None and (request.part is not None or request.time_unread)
    bare = not answer["marked"] and not answer["part"] and "час" not in answer["hour"]
    if bare and (not asked or answer["stated"] or changed):
        return None
    hour = hour_said(answer["hour"], frozenset(), request.part)
    if not isinstance(hour, time) or (bare and request.part and not is_in(hour, request.part)):
        return None
    return MeasuredAt(hour=hour)


def taken(request: Request, said: datetime) -> datetime:
    """When the value of ``request`` was measured that was dictated when it was ``said``.

    Of a day without an hour the hour is unknown.
    """
    if request.ago is not None:
        return said - request.ago
    day = request.period.start if request.period else said.date()
    if request.hour is None:
        return start_of(day, said) if request.period else said
    at = datetime.combine(day, request.hour, said.tzinfo)
    return at if request.period or at <= said else at - timedelta(days=1)


def taken_as_said(request: Request, said: datetime) -> datetime | None:
    """When it was measured; None where nothing was said of it."""
    told = request.period or request.hour or request.ago
    return taken(request, said) if told is not None else None


def is_to_come(request: Request, said: datetime) -> bool:
    """Whether the hour or the part of today that was said lies ahead."""
    if request.hour is not None:
        return taken(request, said) > said
    today = request.period is not None and request.period.start >= said.date()
    return today and request.part is not None and begins(request.part) > said.hour


def first_item(canon: Canon, entity: Entity) -> int:
    """The index of the first item that does not end before ``entity`` begins."""
    ends = (at for at, item in enumerate(canon.items) if item.end > entity.start)
    return next(ends, len(canon.items))


def word_before(canon: Canon, entity: Entity) -> str | None:
    """The word right before ``entity``."""
    at = first_item(canon, entity)
    return canon.items[at - 1].text if at > 0 else None


def _spanned(days: list[Entity]) -> Period | None:
    """From the first to the last of the days or periods that were said."""
    periods = [
        e.value if isinstance(e.value, Period) else Period(e.value, e.value)
        for e in days
        if isinstance(e.value, Period | date)
    ]
    if not periods:
        return None
    return Period(min(p.start for p in periods), max(p.end for p in periods))


def _today(canon: Canon, parse: Parse) -> Period | None:
    """The day of «сегодня» beside an hour, which may be still to come."""
    said = (e for e in _times(parse) if _is_today(e) and word_before(canon, e) != "не")
    day = next((e.value for e in said if isinstance(e.value, date)), None)
    return Period(day, day) if day else None


def _denies_day(canon: Canon, parse: Parse) -> bool:
    return any(word_before(canon, entity) == "не" for entity in _times(parse))


def _times(parse: Parse) -> list[Entity]:
    """Days and periods that were said, less the patient's birth."""
    return [
        e
        for e in parse.found
        if isinstance(e.value, Period | date) and "рожд" not in parse.text[e.start : e.end + 5]
    ]


def _is_today(entity: Entity) -> bool:
    """«Сегодня» alone is now."""
    return entity.text.lower() == "сегодня"


def _is_part(entity: Entity) -> bool:
    return _PART_OF_DAY.fullmatch(canonical(entity.text).text) is not None
