"""Why what was said of a quantity is no value that can be written: the doctor is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from nlu.canon import JOINS_FRACTION
from nlu.concepts import concept
from nlu.measures import (
    DIASTOLIC,
    HALVED,
    KILOS_AND_GRAMS,
    SYSTOLIC,
    UNIT,
    is_possible,
    unit_after,
)
from nlu.messages import Measurement
from nlu.mishearing import is_piece, may_be_number

_FOREIGN: Final = re.compile(
    r"\b(?:(?:фунт|стоун|дюйм|фут|кельвин)(?:а|ов|ы|ах)?|унци[яийюе]|(?:кило|гекто)паскал\w*|кпа"
    r"|фаренгейт[ау]?)\b"
    r"|\d (?:(?:миллиграмм\w*|мг) (?:на децилитр|/ дл|дл|%)|мг процентов)"
    r"|\d грамм\w*(?! (?:на литр|/ л|л)\b)|(?<!\b(?:19|20)\d)\d г\b(?! (?:/ )?л\b)"
)
"""Units that no value here is written in."""
_PART_OF_MINUTE: Final = re.compile(r"\bза (?:пол ?минуты|четверть минуты|\d+ секунд\w*)\b")
_COMPARED: Final = re.compile(
    r"\b(?:минус|плюс|(?:больше|более|меньше|менее|выше|ниже|свыше)(?: чем)?) \d"
    r"|\bна \d+(?: \S+){0,3}? (?:больше|меньше|выше|ниже)\b"
)
_VAGUE: Final = re.compile(
    r"\b(?:под|за|почти|около|порядка|в районе|где то|примерно|приблизительно|ближе к) \d"
    r"|\d с (?:копейками|небольшим|лишним|чем то|гаком|хвостиком)\b"
    r"|\d (?:утра|вечера|ночи)\b|\d (?:примерно|приблизительно|где то|(?:или )?около того)\b"
)
"""Words that tell no more than where about a value is."""
_CHANGED: Final = re.compile(
    r"\b(?:прибавил|прибавк|набрал|поправил(?:ся|ась)|похуде|потеря|сброси|снизи|упал|вырос|возрос"
    r"|подня[лв]|повыси|увеличи|уменьши|убави)\w*"
)
QUANTITY: Final = "…"
"""Stands for the name of a quantity in the text of :func:`tells_no_reading`."""
USUAL: Final = re.compile(
    r"(?:обычн(?!ым\b)|привычн|рабоч|комфортн|целев|желаем|максимальн|минимальн|пиков"
    r"|средн(?!\w+ наполнени))\w+"
)
"""Beside the name of a quantity."""
_NO_READING: Final = re.compile(
    rf"\b(?:{USUAL.pattern}|норма) {QUANTITY}|{QUANTITY} {USUAL.pattern}"
    r"|\b(?<!как )(?:обычно|привычно)\b(?=.*\d)|\bцел(?:ь|ью)\b(?! (?:визит|прием|осмотр)а)"
    r"|\bдолжн\w+\b(?! (?:сказа|записа|отмети|сообщи)ть\b)|\bчтобы\b(?! не\b)(?=.*\d)"
    r"|\b(?:ждем|адаптирован\w*)\b"
)
"""What is usual or aimed at."""
_PAST: Final = re.compile(
    r"\b(?:раньше(?! времени)|прежде)\b"
    r"|\b(?<!не )(?:поднима|повыша|подскакива|скака|снижа|пада)л\w*\b"
    r"|\bв (?:прошлый раз|молодости|поликлинике)\b|\bна скорой\b|\bпри поступлении\b"
    r"|\bдо болезни\b"
)
_CONDITION: Final = re.compile(rf"\b(?:если|при|когда)(?: у \S+)? {QUANTITY}")
_VALUED: Final = re.compile(rf"{QUANTITY} .*\d|\d (?:на|/|дробь) \d")
_IS_SO_NOW: Final = re.compile(r"\b(?:сейчас|теперь|сегодня)\b")
_REACHED: Final = re.compile(r"\bдо \d")
_NUMBER: Final = re.compile(r"\b\d+(?: (?:[.,]|и) \d{1,2})?\b")
_TORN: Final = re.compile(r"\bво (?:7|17|70)\b")
"""«Во семнадцать» is «восемнадцать» torn."""
_MAY_BE_HOUR: Final = re.compile(r"\d0 в [1-9]$|\d0 в [1-9] (?!\d|:|час|утра|дня|вечера|ночи)")
_AFTER_HOUR: Final = re.compile(r"\b(?:в|к|около) (?:[01]?\d|2[0-3]) [1-5](?P<value>[1-9])\b")
_PAIR: Final = re.compile(r"\b(\d+) (?:на|/|дробь) (\d+)\b")
_LOWER: Final = re.compile(r"\b(?:низ|нижн|диастол)")
_NEAR: Final = 10
"""mm[Hg] between the two pressures."""

Kind = Literal["unit", "relative", "several", "impossible", "half", "torn", "usual", "either"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no value was taken."""

    kind: Kind
    """A unit that isn't written, a comparison, a change or only about how much it is, several
    numbers, one that can't be, one of the two of a blood pressure, one of which a word was not
    heard, what is usual or was so once, or one that may go on with the number said before it."""
    numbers: tuple[Decimal, ...] = ()
    """What was said, where it is impossible or a half; of ``either`` what it may be: numbers that
    go on, then the number alone or the two of a pressure."""


def is_unit(word: str) -> bool:
    """Whether ``word`` of canonical text is such a unit, or one of doses, and no name."""
    return _FOREIGN.fullmatch(word) is not None or concept(word) == "DOSE"


def vague(text: str) -> Refusal | None:
    """Why no number in ``text`` is the value, which is only about as much, or an hour: «сахар 6
    утра».

    The canonical text is without days and hours: «около 9» may be when it was measured.
    """
    return Refusal("relative") if _VAGUE.search(text) else None


def tells_no_reading(text: str, *, timed: bool) -> bool:
    """Whether what canonical ``text`` tells of a quantity was not measured now, or at a time that
    was said, as ``timed`` tells: «обычное давление 130 на 80», «парацетамол при температуре 38».
    «Температура 38 при пульсе 90» are two readings.

    :data:`QUANTITY` stands for the quantities' names.
    """
    if _IS_SO_NOW.search(text):
        return False
    condition = _CONDITION.search(text)
    return (
        _NO_READING.search(text) is not None
        or (_PAST.search(text) is not None and not timed)
        or (condition is not None and not _VALUED.search(text[: condition.start()]))
    )


def may_be_torn(text: str) -> bool:
    """Whether the hour in canonical ``text`` may end the number before it: «девяносто в семь». No
    hour after a blood pressure does.
    """
    return _MAY_BE_HOUR.search(_PAIR.sub(QUANTITY, text)) is not None


def refused(text: str, observation: str) -> Refusal | None:
    """Why a number in canonical ``text`` isn't the value, however possible it is."""
    text = KILOS_AND_GRAMS.sub("…", text) if observation == "weight" else text
    if _FOREIGN.search(text) or (
        observation in ("heart_rate", "respiratory_rate") and _PART_OF_MINUTE.search(text)
    ):
        return Refusal("unit")
    changed = observation != "blood_pressure" and _CHANGED.search(text)
    if _COMPARED.search(text) or (changed and not _REACHED.search(text)):
        return Refusal("relative")
    if _may_have_minutes(text, observation):
        return Refusal("several")
    return Refusal("torn") if _is_torn(text) else None


def _may_have_minutes(text: str, observation: str) -> bool:
    """Whether an hour may go on with the tens of the number after it: «сахар в 7 36 и 2» may be
    6.2 at 7:30.
    """
    after = _AFTER_HOUR.search(text)
    part = Measurement((Decimal(after["value"]),), None) if after else None
    return part is not None and is_possible(observation, part)


def _is_torn(text: str) -> bool:
    """Whether more was said of a number than was understood: «38 и», «семьдесят пить», «дцать»."""
    words = text.split()
    if _TORN.search(text) or any(map(is_piece, words)):
        return True
    for at, word in enumerate(words):
        after = words[at + 1 :]
        if not word.isdigit() or not after:
            continue
        joined = JOINS_FRACTION.fullmatch(after[0]) is not None
        said = after[1:] if joined else after
        last = not UNIT.sub("", f" {' '.join(said[1:])}").strip()
        if not said or may_be_number(said[0], last=last):
            return True
    return False


def unread(text: str, observation: str) -> Refusal | None:
    """Why no value of ``observation`` was read in canonical ``text``; None of no numbers."""
    pressure = observation == "blood_pressure"
    pairs = _PAIR.findall(text)
    if pressure and len(pairs) == 1 and len(_NUMBER.findall(text)) == 2:
        numbers = tuple(Decimal(part) for part in pairs[0])
        possible = is_possible(observation, Measurement(numbers, None))
        return None if possible else Refusal("impossible", numbers)
    found = list(_NUMBER.finditer(text))
    if HALVED.search(text):
        return None
    if len(found) != 1:
        return Refusal("several") if found else None
    number = Decimal(found[0][0].replace(" и ", ".").replace(" ", "").replace(",", "."))
    if pressure:
        half = DIASTOLIC[0] <= number <= SYSTOLIC[1] and number == int(number)
        return None if _LOWER.search(text) else Refusal("half" if half else "impossible", (number,))
    if is_possible(observation, Measurement((number,), None)):
        unit, _ = unit_after(text, found[0].end())
        if unit is not None:
            return Refusal("unit")
        if number == int(number):
            return None
        return Refusal("several") if " и " in found[0][0] else Refusal("impossible", (number,))
    return Refusal("impossible", (number,))


def half_said(refusal: Refusal | None) -> Measurement | None:
    """The blood pressure of which only the upper half was said: what was said after it as the
    lower one completes it.
    """
    half = refusal is not None and refusal.kind == "half"
    return Measurement((*refusal.numbers, Decimal()), None) if refusal and half else None


def completed(upper: Refusal, lower: Refusal) -> Measurement | None:
    """The blood pressure of two halves that were said one after the other; None where the second
    is so near to the first that it may have been said in its place.
    """
    value = Measurement((*upper.numbers, *lower.numbers), None)
    both = upper.kind == lower.kind == "half" and is_possible("blood_pressure", value)
    return value if both and not is_said_twice(value) else None


def is_said_twice(pressure: Measurement) -> bool:
    """Whether its two numbers are so near that the second may have been said in place of the
    first.
    """
    upper, lower = pressure.numbers
    return upper - lower <= _NEAR
