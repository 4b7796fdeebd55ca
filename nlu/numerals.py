"""Russian number words, cardinal and ordinal, in every case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from num2words import num2words

_VALUES = (*range(21), *range(30, 100, 10), *range(100, 1000, 100))
_OTHER_FORMS: dict[int, str] = {
    0: "нуль нуля нулю нулем нуле",
    1: "одна одно одну одной",
    2: "две",
    8: "восьмью",
    11: "одинадцать",
    20: "дватцать",
    30: "тритцать",
    50: "писят",
    60: "шесят",
    80: "восьмьюдесятью",
    300: "тремстам",
    1000: "тысяча тысячи тысяч тысяче тысячу тысячей тысячам тысячами тысячах",
}
"""Genders, older and careless forms, beside those of num2words."""

_ORDINAL_STEMS: dict[str, int] = {
    "перв": 1, "втор": 2, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8,
    "девят": 9, "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13,
    "четырнадцат": 14, "пятнадцат": 15, "шестнадцат": 16, "семнадцат": 17,
    "восемнадцат": 18, "девятнадцат": 19, "двадцат": 20, "тридцат": 30, "сороков": 40,
    "пятидесят": 50, "шестидесят": 60, "семидесят": 70, "восьмидесят": 80, "девяност": 90,
    "сот": 100, "тысячн": 1000, "двухтысячн": 2000,
}  # fmt: skip
_ORDINAL = re.compile(
    "(?:(" + "|".join(sorted(_ORDINAL_STEMS, key=len, reverse=True)) + ")"
    "(?:ый|ой|ая|ое|ого|ому|ым|ом|ую|ые|ых|ыми)"
    "|(трет)(?:ий|ья|ье|ьего|ьему|ьим|ьем|ьей|ью|ьи|ьих|ей|его|ея))"
)
CARDINALS = {
    num2words(value, lang="ru", case=case).replace("ё", "е"): value
    for value in _VALUES
    for case in "ngdaip"
} | {word: value for value, words in _OTHER_FORMS.items() for word in words.split()}
"""Folded words with the numbers that they say."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number word."""

    value: int
    ordinal: bool


def numeral(word: str) -> Numeral | None:
    """The number that a folded word says, if it says one."""
    value = CARDINALS.get(word)
    if value is not None:
        return Numeral(value, False)
    match = _ORDINAL.fullmatch(word)
    if match is None:
        return None
    return Numeral(_ORDINAL_STEMS[match[1]] if match[1] else 3, True)


def compose(run: Sequence[Numeral]) -> Iterator[tuple[int, bool, int, int]]:
    """Split a run of number words into numbers: value, whether ordinal, first and last index.

    «сто тридцать» is one number; «двенадцать тридцать пять» is 12 and 35, and «один два три»
    is three numbers, for each word must be smaller in kind than the one before it. An ordinal
    ends its number.
    """
    at = 0
    while at < len(run):
        total, below, end = 0, 10_000, at
        thousands = False
        while end < len(run):
            value, ordinal = run[end].value, run[end].ordinal
            if value == 1000 and not thousands and (end > at or not ordinal):
                total = (total or 1) * 1000
                thousands, below = True, 1000
            elif value < below and (value > 0 or end == at):
                total += value
                below = _room(value)
            else:
                break
            end += 1
            if ordinal or value == 0:
                break
        if end == at:
            total, end = run[at].value, at + 1
        yield total, run[end - 1].ordinal, at, end - 1
        at = end


def _room(value: int) -> int:
    """What may follow: after hundreds less than 100, after tens less than 10, else nothing."""
    if value >= 100:
        return 100
    return 10 if value >= 20 and value % 10 == 0 else 0


def room_after(number: int) -> int:
    """What may follow a whole ``number``: after 120 less than 10, after 125 nothing."""
    last = number % 100 if number % 100 else min(number, 100)
    return _room(last)
