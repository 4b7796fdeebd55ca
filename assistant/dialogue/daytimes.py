"""The hour that is said of a measurement: «в 8 утра», «в половине восьмого вечера», «час назад»."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Final

from nlu.canon import canonical
from nlu.clocks import HALF, PART
from nlu.numerals import numeral

_AT: Final = r"(?:(?:в|к|около) )?"
_CLOCK: Final = re.compile(
    rf"{_AT}(?P<hour>\d{{1,2}})(?P<word> час\w*)?"
    rf"(?: (?:[:.-] )?(?P<minute>\d{{1,2}})(?: минут\w*)?)?(?: (?P<part>{PART}))?"
)
_ONE: Final = re.compile(rf"{_AT}час (?P<part>{PART})")
_HALF: Final = re.compile(rf"{_AT}(?P<half>{HALF})(?: (?P<part>{PART}))?")
_SHORT_OF: Final = re.compile(
    rf"{_AT}без (?P<short>\d{{1,2}}|четверти)(?: минут\w*)? (?P<hour>\d{{1,2}})(?: час\w*)?"
    rf"(?: (?P<part>{PART}))?"
)
_NAMED: Final = re.compile(rf"{_AT}(?:(полдень|полудню)|полночь|полуночи)")
_AGO: Final = re.compile(r"(?:(\d{1,2}) )?(час|минут|полчаса)\w*(?: тому)? назад")
_HOURS: Final = {"у": (3, 11), "д": (12, 17), "в": (16, 23), "н": (0, 4)}
"""First and last hour that each part of the day has, by its first letter."""
_PARTS: Final = re.compile(
    r"\b(?:утром|с утра|днем|вечером|ночью|(?:утренн|дневн|вечерн|ночн)\w+)\b"
)
MIDNIGHT: Final = time()
"""As the time of a record it stands for a day of which the hour isn't known."""


def hour_said(text: str, beside: str = "") -> time | timedelta | None:
    """The hour on the clock, or how long ago; None where ``text`` is neither, whole and sure.

    ``beside`` is the canonical text that it stands in, which may tell the part of the day: «вчера
    вечером в 9».
    """
    words = canonical(text).text
    if ago := _AGO.fullmatch(words):
        number = int(ago[1] or 1)
        if ago[2] == "полчаса":
            return timedelta(minutes=30) if ago[1] is None else None
        return timedelta(hours=number) if ago[2] == "час" else timedelta(minutes=number)
    if named := _NAMED.fullmatch(words):
        return time(12) if named[1] else MIDNIGHT
    parts = {match[0].removeprefix("с ")[0] for match in _PARTS.finditer(beside)}
    if one := _ONE.fullmatch(words):
        return _on_clock(1, 0, parts | {one["part"][0]})
    if half := _HALF.fullmatch(words):
        before = _twelfth(half["half"])
        parts |= {half["part"][0]} if half["part"] else set()
        return _on_clock(before - 1 or 12, 30, parts) if before and parts else None
    if short := _SHORT_OF.fullmatch(words):
        minutes = 15 if short["short"] == "четверти" else int(short["short"])
        parts |= {short["part"][0]} if short["part"] else set()
        hour = int(short["hour"])
        sure = parts and 1 <= hour <= 12 and 1 <= minutes <= 30
        return _on_clock(hour - 1 or 12, 60 - minutes, parts) if sure else None
    clock = _CLOCK.fullmatch(words)
    if clock is None:
        return None
    parts |= {clock["part"][0]} if clock["part"] else set()
    return _on_clock(int(clock["hour"]), int(clock["minute"] or 0), parts)


def _twelfth(half: str) -> int:
    """The number of «половине 8й», «полвосьмого»; 0 of none."""
    if digits := re.search(r"\d+", half):
        return int(digits[0])
    found = numeral(half.removeprefix("пол"))
    return found.value if found else 0


def _on_clock(hour: int, minute: int, parts: set[str]) -> time | None:
    """The time of day that fits the one part of the day that was said, if one was."""
    if len(parts) > 1 or hour > 23 or minute > 59:
        return None
    if not parts:
        return time(hour, minute)
    first, last = _HOURS[next(iter(parts))]
    others = [hour - 12] if hour == 12 else [hour + 12] if 1 <= hour < 12 else []
    fitting = [h for h in (hour, *others) if first <= h <= last]
    return time(fitting[0], minute) if fitting else None
