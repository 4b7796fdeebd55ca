"""The inverse of speaking: which numbers do these words state? Built from every inflected form."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from num2words import num2words

_VALUES = [*range(21), *range(30, 100, 10), *range(100, 1000, 100)]
_SIZES = {10: 1, 100: 2, 1_000: 3, 10_000: 4, 100_000: 5, 1_000_000: 6}


def _without_dots(word: str) -> str:
    """A recogniser writes «трех» and «трёх»."""
    return word.replace("ё", "е")


@lru_cache(maxsize=1)
def _forms() -> dict[str, int]:
    forms: dict[str, int] = {}
    for value in [*_VALUES, 1000]:
        for case in "ngdaip":
            for gender in "mfn":
                words = {num2words(value, lang="ru", case=case, gender=gender, animate=False)}
                for plural in (False, True):
                    words.add(
                        num2words(
                            value, lang="ru", to="ordinal", case=case, gender=gender, plural=plural
                        )
                    )
                for word in words:
                    forms[_without_dots(word.split()[-1])] = value
    forms |= {"тысяч": 1000, "тысячи": 1000, "тысячам": 1000, "тысячами": 1000, "тысячах": 1000}
    forms |= {f"двухтысячн{ending}": 2000 for ending in ("ый", "ого", "ому", "ым", "ом")}
    return forms


@lru_cache(maxsize=1)
def _ordinals() -> frozenset[str]:
    return frozenset(
        _without_dots(
            num2words(value, lang="ru", to="ordinal", case=case, gender=gender, plural=plural)
        )
        for value in _VALUES
        for case in "ngdaip"
        for gender in "mfn"
        for plural in (False, True)
    )


@lru_cache(maxsize=1)
def _fraction_names() -> dict[str, int]:
    return {
        num2words(size, lang="ru", to="ordinal", case=case, gender="f", plural=plural): places
        for size, places in _SIZES.items()
        for case in "ngdaip"
        for plural in (False, True)
    }


def read_numbers(words: str) -> list[Decimal]:
    """Every number that ``words`` states, in order; a number stated digit by digit gives digits."""
    tokens = re.findall(r"[а-я]+|[.,:;!?—]", _without_dots(words.lower()))
    numbers: list[Decimal] = []
    group: list[int] = []
    whole: Decimal | None = None
    for token in [*tokens, ""]:
        value = _forms().get(token)
        places = _fraction_names().get(token)
        if places is not None and whole is not None and (group or value in (100, 1000)):
            numbers.append(whole + Decimal(_close(group)).scaleb(-places))
            group, whole = [], None
            continue
        if value is not None:
            if group and not _continues(group, value):
                numbers.append(Decimal(_close(group)))
                group = []
            group.append(value)
            if token in _ordinals():
                # an ordinal is the last word of its number
                numbers.append(Decimal(_close(group)))
                group = []
            continue
        if token.startswith("цел") and group:
            whole = Decimal(_close(group))
            group = []
            continue
        if group:
            numbers.append(Decimal(_close(group)))
            group = []
    return numbers


def _continues(group: list[int], value: int) -> bool:
    last = group[-1]
    if value == 1000:
        return 1000 not in group
    if last == 1000:
        return value > 0
    if value == 0 or last == 0:
        return False
    return (last >= 100 > value and last < 1000) or (100 > last >= 20 and value < 10)


def _close(group: list[int]) -> int:
    total, rest = 0, 0
    for value in group:
        if value == 1000:
            total += max(rest, 1) * 1000
            rest = 0
        else:
            rest += value
    return total + rest
