"""Card numbers in canonical text: beside a word that tells so, all that was said, or beside what is
asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from itertools import groupby
from typing import Final

from nlu.canon import Canon
from nlu.refusals import is_unit

_DIGITS: Final = r"(\d+(?: (?:[.,/:-] )?\d+)*)\b(?!й)"
_CARD: Final = re.compile(
    rf"\b(?:карт\w*(?: пациент\w*)?(?: (?:номер\w*|под номером))?|номер\w* карт\w*"
    rf"|пациент\w*(?: (?:с |под )?номер\w*(?: карт\w*)?)?|больн\w+ номер"
    rf"|медкарт\w*(?: номер)?) {_DIGITS}"
)
_VALUE_ONLY: Final = re.compile(r"\d{1,3} [.,] \d|\d{2,3} / \d{2,3}")
"""«36,6», «140/90»: a value that is written so, and no card."""
_NUMBER_ONLY: Final = re.compile(rf"(?:номер )?{_DIGITS}")
_UPPER: Final = range(60, 261)
_LOWER: Final = range(30, 161)
_VALUE: Final = range(20, 261)
"""What a blood pressure's numbers, and those of other readings beside it, may be."""
_OTHER_NUMBER: Final = re.compile(r"\bполис|\bснилс|\bпаспорт|\bтелефон")
_YEARS: Final = range(1900, 2100)
"""Numbers that may be a year's."""
_LEAST: Final = 3
_UNLISTED: Final = 4
"""Digits from which a number may be a card's: one that somebody has, and one that nobody has."""
_MOST: Final = 8
"""Digits up to which a number may be a card's that nobody here has."""


def find_cards(text: str, longest: int) -> Iterator[tuple[str, int, int]]:
    """The digits of each card number and where they stand; ``longest`` is that of any card."""
    if _OTHER_NUMBER.search(text):
        return
    most = max(longest, _MOST)
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[1])
        if (len(digits) > 1 or "карт" in match[0]) and len(digits) <= most:
            yield digits, *match.span(1)
    whole = _NUMBER_ONLY.fullmatch(text)
    if whole is None or _VALUE_ONLY.fullmatch(text):
        return
    digits, is_told = re.sub(r"\D", "", whole[1]), whole[0] != whole[1]
    may_be = is_told or (
        len(digits) <= most and not (len(digits) > longest and _are_readings(whole[1]))
    )
    if may_be and (len(digits) >= 3 or " " in whole[1]):
        yield digits, *whole.span(1)


def _are_readings(numbers: str) -> bool:
    """Whether they may be values, one after the other, a blood pressure first: «140 90 76»."""
    if not re.fullmatch(r"\d+(?: \d+)+", numbers):
        return False
    upper, lower, *others = map(int, numbers.split())
    pressure = upper in _UPPER and lower in _LOWER and lower < upper
    return pressure and all(other in _VALUE for other in others)


def cards_beside(
    canon: Canon, is_free: Callable[[int], bool], cards: Container[str], longest: int
) -> Iterator[tuple[str, range]]:
    """«1235, лекарства», «диагнозы 1235»: numbers that can only be a card's, with their items.

    Somebody's card, or a number as long as one may be that is neither a year nor round. What isn't
    ``is_free``, or has a unit after it, is something else.
    """
    numbers = groupby(range(len(canon.items)), lambda i: canon.items[i].is_number and is_free(i))
    for run in (list(run) for is_number, run in numbers if is_number):
        digits = "".join(canon.items[i].text for i in run)
        after = canon.items[run[-1] + 1].text if run[-1] + 1 < len(canon.items) else ""
        if not digits.isdigit() or is_unit(after):
            continue
        listed = digits in cards and len(digits) >= _LEAST
        unlisted = len(run) == 1 and _UNLISTED <= len(digits) <= longest
        if listed or (unlisted and int(digits) not in _YEARS and int(digits) % 100):
            yield digits, range(run[0], run[-1] + 1)
