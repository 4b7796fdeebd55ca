"""What the words before a time make of it: «до марта», «после 2020 года», «с осени по весну»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from nlu.days import FIRST_DAY
from nlu.messages import Period

UNREAD_TIME: Final = ""
"""The value of a time that was said and can't be read, can't be or is yet to come."""

Time = date | Period

_LEAD = re.compile(
    r"(?:^| )((?:не )?(?:до|перед|раньше|ранее|после|позже|позднее)|с|со|по|между|и)"
    r"(?: (начал|конц|середин)\w+)? $"
)
_PART = re.compile(
    r"\b(?:(?:в|во|к|на|за) )(?:само\w+ )?(?P<part>начал|середин|конц|[12]й половин)\w+ $"
    r"|(?P<half>[12]й половин)\w+ $"
)
_EXCEPT = re.compile(r"\b(?:кроме|помимо|исключая|за исключением|не считая) (?:\w+ )?$")
_NOT_IN = re.compile(r"\bне $")
_IN = re.compile("(?:за|в|во|на|с) ")
_SHARES = {"начал": (0, 3), "середин": (1, 3), "конц": (2, 3), "1й": (0, 2), "2й": (1, 2)}
_SINCE = ("с", "со", "не раньше", "не ранее", "не до", "не перед")
_UNTIL = ("по", "не позже", "не позднее", "не после")
_BEFORE = ("до", "перед", "раньше", "ранее")


@dataclass(frozen=True, slots=True)
class Found:
    """A day, a period or :data:`UNREAD_TIME` with its place in the canonical text."""

    value: Time | str
    start: int
    end: int


def in_context(text: str, times: Sequence[Found], today: date) -> list[Found]:
    """``times``, left to right, each with the words before it; two that one span joins as one."""
    result: list[Found] = []
    opened: Time | None = None
    """What «с» or «между» stood before, if the last of ``result`` is that."""
    for time in times:
        lead = _LEAD.search(text, 0, time.start)
        word = lead[1] if lead else ""
        begun, opened = opened, None
        part = _PART.search(text, 0, time.start) if isinstance(time.value, Period) else None
        if _is_left_out(text, time):
            result.append(replace(time, value=UNREAD_TIME))
        elif part and isinstance(time.value, Period):
            of_it = part_of(time.value, part["part"] or part["half"])
            value = of_it if of_it.start <= today else UNREAD_TIME
            result.append(Found(value, part.start(), time.end))
        elif lead is None or isinstance(time.value, str):
            result.append(time)
        elif begun and word in ("по", "до", "и") and result[-1].end == lead.start():
            span = _checked(_first(begun), _last(time.value), today)
            result[-1] = Found(span, result[-1].start, time.end)
        elif word == "и":
            before = result[-1] if result else None
            both = _neighbours(before.value, time.value) if before else None
            if before and both and before.end == lead.start():
                result[-1] = Found(both, before.start, time.end)
            else:
                result.append(time)
        else:
            if word in ("с", "со", "между"):
                opened = time.value
            span = _turned(word, lead[2] or "", time.value, today)
            result.append(replace(time, value=span, start=lead.start(1)))
    return result


def _is_left_out(text: str, time: Found) -> bool:
    """«кроме прошлого года», «не за прошлый год»; «не вчера» corrects another day."""
    if _EXCEPT.search(text, 0, time.start):
        return True
    return bool(_NOT_IN.search(text, 0, time.start) and _IN.match(text, time.start))


def part_of(whole: Period, part: str) -> Period:
    """The beginning, middle or end of a period, a third each, or one of its halves («1й …»)."""
    at, of = next(share for word, share in _SHARES.items() if part.startswith(word))
    days = (whole.end - whole.start).days + 1
    first, behind = (whole.start + timedelta(days=days * n // of) for n in (at, at + 1))
    return Period(first, behind - timedelta(days=1))


def _turned(word: str, part: str, time: Time, today: date) -> Period | str:
    """The span that a word makes of a time; «до середины марта» takes in all of March."""
    if word in _BEFORE:
        whole = isinstance(time, date) or part in ("конц", "середин")
        end = _last(time) if whole else _first(time) - timedelta(days=1)
        return _checked(FIRST_DAY, end, today)
    if word in _UNTIL:
        return _checked(FIRST_DAY, _last(time), today)
    if word in _SINCE:
        return _checked(_first(time), today, today)
    if word == "между":
        return UNREAD_TIME
    after = isinstance(time, Period) and not part
    return _checked(_last(time) + timedelta(days=1) if after else _first(time), today, today)


def _neighbours(before: Time | str, after: Time) -> Period | None:
    """«вчера и сегодня»: two times between which no day lies, as one."""
    if isinstance(before, str) or _last(before) + timedelta(days=1) != _first(after):
        return None
    return Period(_first(before), _last(after))


def _checked(start: date, end: date, today: date) -> Period | str:
    return Period(start, end) if start <= min(end, today) else UNREAD_TIME


def _first(time: Time) -> date:
    return time.start if isinstance(time, Period) else time


def _last(time: Time) -> date:
    return time.end if isinstance(time, Period) else time
