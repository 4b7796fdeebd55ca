"""What is said of a value after it: its fraction, or one number of a blood pressure anew."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from nlu.measures import TENTHS, WHOLE, is_possible
from nlu.messages import Measurement
from nlu.numerals import room_after

_HALF_ANEW: Final = re.compile(
    r"(?<!\d )\bне (?:на )?(?P<not>\d{2,3})(?: а)? (?:на )?(?P<but>\d{2,3})\b"
    r"(?! (?:[.,/-]|на|дробь|и)? ?\d)"
    r"|(?<!\d на )\b(?P<new>\d{2,3}) (?:вместо|а не) (?:на )?(?P<instead>\d{2,3})\b"
    r"(?! (?:на|дробь) )"
)
_LOW: Final = 50
"""Below it a lower pressure, in mm[Hg], is seldom, and so is a value after a hundred."""
_ADDED: Final = re.compile(r"(?:(?:да|ну) )*(?:(?:и|цел\w+(?: и)?) (\d)(?: 10й)?|с половинк?ой)")


def find_half_anew(text: str, known: Measurement) -> tuple[Measurement, str] | None:
    """«Не 80, а 90», «90 вместо 80»: the ``known`` blood pressure with what is denied of it said
    anew, and the rest of the canonical text. None where none of its numbers is denied.
    """
    numbers = known.numbers
    while match := _HALF_ANEW.search(text):
        old, new = match["not"] or match["instead"], match["but"] or match["new"]
        numbers = tuple(Decimal(new) if one == Decimal(old) else one for one in numbers)
        text = _HALF_ANEW.sub("…", text, count=1)
    value = Measurement(numbers, known.unit)
    changed = value != known and is_possible("blood_pressure", value)
    return (value, text) if changed else None


def find_added(text: str, observation: str, known: Measurement) -> Measurement | None:
    """The ``known`` whole value with the fraction that canonical ``text`` adds and nothing else:
    «и пять», «с половиной».
    """
    match = _ADDED.fullmatch(text)
    whole = known.numbers[0]
    fits = len(known.numbers) == 1 and whole == int(whole) and observation not in WHOLE
    if match is None or not fits or (match[1] and observation not in TENTHS):
        return None
    value = Measurement((whole + Decimal(match[1] or 5) / 10,), known.unit)
    return value if is_possible(observation, value) else None


def going_on(observation: str, known: Measurement, number: Decimal) -> tuple[Decimal, ...]:
    """What ``number``, said alone after the ``known`` whole value, may make of it: 82 of «80» and
    «2»; of the upper pressure alone (its lower one 0) «120» of «100» and «20». From fifty on, it is
    said in its place. Tenths only where the number can't be the value, or after tens.
    """
    whole = known.numbers[0]
    half = len(known.numbers) > 1
    if whole != int(whole) or number >= _LOW or (half and known.numbers[1]):
        return ()
    joined = [whole + number] if 0 < number < room_after(int(whole)) else []
    alone = not half and is_possible(observation, Measurement((number,), None))
    tenth = 0 < number < 10 and number == int(number) and (not alone or whole % 10 == 0)
    if observation in TENTHS and tenth:
        joined.append(whole + number / 10)
    if half:
        return tuple(joined)
    return tuple(n for n in joined if is_possible(observation, Measurement((n,), None)))
