"""The hour that is said of a measurement: «в 8 утра», «в половине восьмого вечера», «час назад»."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Final, Literal

from nlu.canon import canonical
from nlu.clocks import HALF, PART
from nlu.numerals import numeral

Part = Literal["утром", "днём", "вечером", "ночью"]

_AT: Final = r"(?:(?:в|к|около|время) )?"
_CLOCK: Final = re.compile(
    rf"{_AT}(?P<hour>\d{{1,2}})(?: час\w*)?(?: (?:[:.-] |0 )?(?P<minute>\d{{1,2}})(?: минут\w*)?)?"
)
_ONE: Final = re.compile(rf"{_AT}час")
_HALF: Final = re.compile(rf"{_AT}{HALF}")
_QUARTER: Final = re.compile(r"(?:в )?(?:(\d{1,2}) минут\w*|четверть) (\d{1,2})й")
_SHORT_OF: Final = re.compile(
    rf"{_AT}без (?P<short>\d{{1,2}}|четверти)(?: минут\w*)? (?P<hour>\d{{1,2}})(?: час\w*)?"
)
_NAMED: Final = re.compile(rf"{_AT}(?:(полдень|полудню)|полночь|полуночи)")
_AGO: Final = re.compile(
    r"(?:(?:да|ага|угу|верно|правильно|точно|это|только|но|ну|(?:по|из)?мерил[аи]?) )?"
    r"(?:(\d{1,2}) )?(час|минут|полчаса|полтора часа)\w*(?: тому)? назад"
)
_HOURS: Final[dict[Part, tuple[int, int]]] = {
    "утром": (3, 11), "днём": (12, 17), "вечером": (16, 23), "ночью": (0, 4),
}  # fmt: skip
"""First and last hour that each part of the day has."""
_LETTERS: Final[dict[str, Part]] = {
    "у": "утром", "д": "днём", "о": "днём", "в": "вечером", "н": "ночью",
}  # fmt: skip
"""By the first letter of the word that tells it: «с утра», «после обеда»."""
_PARTS: Final = re.compile(
    r"\b(?<!не )(?:утром|с утра|за утро|днем|(?:в|к|после) обед[ау]?|вечером|за вечер|ночью"
    r"|(?:утренн|дневн|вечерн|ночн)\w+)\b"
)
_OF_HOUR: Final = re.compile(rf"(?:^| ){PART}$")
_LOOSE: Final = re.compile(
    r"\b(?!после обеда\b)(?:до|перед|после|на|во время) (?:\w+ )?"
    r"(?:завтрак|обед|ужин|полдник|утр|вечер|ноч|сном|сна\b|сон\b|обход|смен)\w*"
)
"""Times of a day that are neither an hour nor one part of it for certain."""
_UNSURE: Final = 12
"""Up to this hour the clock may have twelve of them."""
MIDNIGHT: Final = time(0, 0, 1)
"""A second late: as the time of a record 0:00:00 stands for a day of which the hour isn't known."""


def parts_said(text: str) -> frozenset[Part]:
    """The parts of the day that canonical ``text`` tells: «вчера вечером», «в 8 утра»."""
    found = (*_PARTS.finditer(text), *_OF_HOUR.finditer(text))
    return frozenset(_LETTERS[match[0].split()[-1][0]] for match in found)


def is_loose(text: str) -> bool:
    """Whether canonical ``text`` tells no more than about when: «до обеда», «после смены»."""
    return _LOOSE.search(text) is not None


def begins(part: Part) -> int:
    """The first hour of ``part``."""
    return _HOURS[part][0]


def is_in(at: time, part: Part) -> bool:
    """Whether ``at`` is in ``part`` of the day."""
    first, last = _HOURS[part]
    return first <= at.hour <= last


def in_part(hour: time, part: Part) -> time | None:
    """``hour`` on a clock that may have twelve hours, as it is in ``part`` of the day."""
    return _on_clock(hour.hour, hour.minute, frozenset({part}))


def hour_said(
    text: str, parts: frozenset[Part] = frozenset(), before: Part | None = None
) -> time | timedelta | None:
    """The hour on the clock, or how long ago; None where ``text`` is neither, whole and sure.

    ``parts`` of the day are told beside it: «вчера вечером в 9». The one that was said ``before``
    tells which of two hours is meant where none is told with it, and nothing more.
    """
    parts |= parts_said(canonical(text).text)
    said = _hour(_OF_HOUR.sub("", canonical(text).text), parts)
    unsure = said is None or (isinstance(said, time) and said.hour <= _UNSURE)
    if parts or before is None or not unsure:
        return said
    return _hour(canonical(text).text, frozenset({before}))


def _hour(words: str, parts: frozenset[Part]) -> time | timedelta | None:
    if ago := _AGO.fullmatch(words):
        number = int(ago[1] or 1)
        if ago[2].startswith("пол"):
            minutes = 30 if ago[2] == "полчаса" else 90
            return timedelta(minutes=minutes) if ago[1] is None else None
        return timedelta(hours=number) if ago[2] == "час" else timedelta(minutes=number)
    if named := _NAMED.fullmatch(words):
        return time(12) if named[1] else MIDNIGHT
    if _ONE.fullmatch(words):
        return _on_clock(1, 0, parts) if parts else None
    if _HALF.fullmatch(words):
        before = _twelfth(words)
        return _on_clock(before - 1 or 12, 30, parts) if before and parts else None
    if quarter := _QUARTER.fullmatch(words):
        minutes, before = int(quarter[1] or 15), int(quarter[2])
        sure = parts and 1 <= before <= 12 and minutes <= 30
        return _on_clock(before - 1 or 12, minutes, parts) if sure else None
    if short := _SHORT_OF.fullmatch(words):
        minutes = 15 if short["short"] == "четверти" else int(short["short"])
        hour = int(short["hour"])
        sure = parts and 1 <= hour <= 12 and 1 <= minutes <= 30
        return _on_clock(hour - 1 or 12, 60 - minutes, parts) if sure else None
    clock = _CLOCK.fullmatch(words)
    if clock is None:
        return None
    return _on_clock(int(clock["hour"]), int(clock["minute"] or 0), parts)


def _twelfth(half: str) -> int:
    """The number of «половине 8й», «полвосьмого»; 0 of none."""
    if digits := re.search(r"\d+", half):
        return int(digits[0])
    found = numeral(half.split()[-1].removeprefix("пол"))
    return found.value if found else 0


def _on_clock(hour: int, minute: int, parts: frozenset[Part]) -> time | None:
    """The time of day that fits the one part of the day that was said, if one was."""
    if len(parts) > 1 or hour > 23 or minute > 59:
        return None
    first, last = _HOURS[next(iter(parts))] if parts else (0, 23)
    others = [hour - 12] if hour == 12 else [hour + 12] if 1 <= hour < 12 else []
    fitting = [time(h, minute) for h in (hour, *others) if first <= h <= last]
    return next((at if at != time() else MIDNIGHT for at in fitting), None)
