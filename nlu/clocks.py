"""Where the hour of a day is told: «в час ночи», «в половине восьмого», «в 8 15».

All are UNREAD_TIME: records have days. The hour of a measurement is read from the words again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from nlu.agreement import counts, is_noun
from nlu.canon import Canon
from nlu.measures import UNIT
from nlu.spans import UNREAD_TIME, Found

PART: Final = r"(?:утра|дня|вечера|ночи)"
_AT: Final = r"(?:в|к|с|до|после|около)"
_HOUR: Final = r"(?:[01]?\d|2[0-3])"
_TWELVE: Final = r"(?:[1-9]|1[0-2])й"
HALF: Final = (
    rf"(?:пол(?:овин[аеуы])? {_TWELVE}|пол(?:перв|втор|трет|четв[её]р|пят|шест|седьм|восьм"
    r"|девят|десят|одиннадцат|двенадцат)\w*го)"
)
"""«в половине восьмого», «полвосьмого»."""
_UNIT_OF_YEARS: Final = r"(?! (?:год|месяц|квартал|недел|дн|век|полугод)\w*)"
SURE: Final = (
    rf"\b(?:{_AT} )?{HALF}(?: {PART})?\b{_UNIT_OF_YEARS}",
    rf"\b(?:в )?(?:\d{{1,2}} минут\w*|четверть) {_TWELVE}(?: {PART})?\b{_UNIT_OF_YEARS}",
    rf"\b(?:{_AT} )?без (?:\d{{1,2}}(?: минут\w*)?|четверти) \d{{1,2}}(?: час\w*)?(?: {PART})?\b"
    r"(?! (?:[.,/:-]|на|и) )",
    rf"\b(?:{_AT} )?{_TWELVE} час\w*(?: {PART})?\b",
    rf"\b(?:{_AT} )?час {PART}\b",
    rf"\b(?:{_AT} )?(?:полдень|полудн[яею]|полночь|полуноч[иь]|полночи)\b",
    rf"\b{_AT} {_HOUR} : [0-5]\d(?: {PART})?\b",
    rf"\b{_AT} {_HOUR}(?: час\w*)? 0 \d(?: минут\w*)?(?: {PART})?\b(?! \d)",
    rf"\b(?:{_AT} )?\d{{1,2}} час\w* \d{{1,2}}(?: минут\w*)?(?: {PART})\b",
    rf"\b(?:{_AT} )?\d{{1,2}} час\w* \d{{1,2}} минут\w*\b(?! (?:тому )?назад\b)",
    rf"\b{_AT} \d{{1,2}}(?: час\w*)?(?: \d{{1,2}}(?: минут\w*)?)? {PART}\b",
    r"\bв \d{1,2} час\w*\b(?! [0-5]?\d\b)",
)
"""Patterns of canonical text that are hours whatever is beside them."""
_BARE: Final = re.compile(
    rf"\b(?P<at>в|к|около|(?<!во )время) {_HOUR}(?P<word> час\w*)?\b"
    r"(?! (?:[.,/:-] )?\d\b)(?! [.,/:-] \d)"
)
_EXACTLY: Final = frozenset(("в", "время"))
_ONE: Final = re.compile(rf"\bв час\b(?! {PART}\b)")
"""«Вчера в час»: beside a day it is an hour, after a number it may be «миллиметров в час»."""
_VAGUE: Final = re.compile(
    rf"\bв (?:само\w+ )?(?:начале|конце|середине) {_TWELVE}(?: {PART})?\b{_UNIT_OF_YEARS}"
)
_MINUTES: Final = re.compile(r" (?:[:.-] )?([0-5]\d)\b(?! (?:[.,/:-]|на|и|дробь|с половиной)\b)")
_CLOCK: Final = re.compile(
    "|".join((*SURE, rf"{_BARE.pattern}(?: (?:[:.-] )?[0-5]\d)?", _ONE.pattern, _VAGUE.pattern))
)
_JOINED: Final = re.compile(r" (?:на|и|дробь|с половиной|процент\w*)\b")
_SHORT: Final = 4
"""Words of an utterance that may be an hour and nothing else: «нет в 21»."""


def is_clock(text: str) -> bool:
    """Whether canonical ``text``, a time that was said, is an hour and no day."""
    return _CLOCK.fullmatch(text) is not None


def bare_hours(
    canon: Canon, free: Callable[[int], bool], named: bool, timed: Callable[[int], bool]
) -> Iterator[Found]:
    """«Пульс 80 вчера в 9», «в 8 15», «нет в 21»: no value follows a bare «в», but a great one.

    ``named`` tells whether a quantity is, ``free`` of which items nothing is known, ``timed``
    which are of a day. Minutes that may be the value are none, nor is then the hour.
    """
    text = canon.text
    for match in _VAGUE.finditer(text):
        after = canon.items_of(*match.span()).stop
        word = canon.items[after].text if after < len(canon.items) else ""
        last = canon.items[after - 1]
        if not (word and free(after) and counts(canon.cleaned[last.start : last.end], word)):
            yield Found(UNREAD_TIME, *match.span())
    for match in _ONE.finditer(text):
        where = canon.items_of(*match.span())
        beside = where.start > 0 and timed(where.start - 1)
        alone = len(canon.items) <= _SHORT and not any(item.is_number for item in canon.items)
        if beside or alone:
            yield Found(UNREAD_TIME, *match.span())
    for match in _BARE.finditer(text):
        where = canon.items_of(*match.span())
        beside = where.start > 0 and timed(where.start - 1)
        if not (beside or (match["at"] in _EXACTLY and (named or len(canon.items) <= _SHORT))):
            continue
        end = match.end()
        minutes = _MINUTES.match(text, end)
        if minutes and not UNIT.match(text, minutes.end()):
            outside = (i for i in range(len(canon.items)) if free(i) and i not in where)
            own = canon.items_of(*minutes.span())
            others = [i for i in outside if i not in own and canon.items[i].text.isdigit()]
            if named and not others:
                continue
            end = minutes.end()
        after = canon.items_of(0, end).stop
        word = canon.items[after].text if after < len(canon.items) else ""
        if _JOINED.match(text, end) or (word and free(after) and is_noun(word)):
            continue
        yield Found(UNREAD_TIME, match.start(), end)
