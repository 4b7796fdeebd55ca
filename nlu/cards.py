"""Card numbers in canonical text: beside a word that tells so, or all that was said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_DIGITS: Final = r"(\d+(?: (?:[.,/:-] )?\d+)*)\b(?!й)"
_CARD: Final = re.compile(
    rf"\b(?:карт\w*(?: пациент\w*)?(?: (?:номер\w*|под номером))?|номер\w* карт\w*"
    rf"|пациент\w*(?: (?:с |под )?номер\w*(?: карт\w*)?)?|больн\w+ номер"
    rf"|медкарт\w*(?: номер)?) {_DIGITS}"
)
_VALUE_ONLY: Final = re.compile(r"\d{1,3} [.,] \d|\d{2,3} / \d{2,3}")
"""«36,6», «140/90»: a value that is written so, and no card."""
_NUMBER_ONLY: Final = re.compile(rf"(?:номер )?{_DIGITS}")
_READINGS: Final = re.compile(r"\d{2,3}(?: \d{2,3})+")
"""«140 90 76»: values one after the other, where it is longer than any card number."""
_OTHER_NUMBER: Final = re.compile(r"\bполис|\bснилс|\bпаспорт|\bтелефон")
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
    digits = re.sub(r"\D", "", whole[1])
    readings = len(digits) > longest and _READINGS.fullmatch(whole[1])
    if not readings and len(digits) <= most and (len(digits) >= 3 or " " in whole[1]):
        yield digits, *whole.span(1)
