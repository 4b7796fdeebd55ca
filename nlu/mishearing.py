"""Number words that were misheard or misspelt: «девяносто симь», «сто двацать», «семдесят»."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import Final

from num2words import num2words
from rapidfuzz.distance import Levenshtein

from nlu.dictionary import known
from nlu.numerals import CARDINALS, Numeral
from nlu.sounds import sound

_SWALLOWED: Final = re.compile("т(?=[цд])")
"""«Двадцать» is said and written «двацать»."""
_SHORT: Final = 3
"""Sounds of a word, below which every other word is one letter away."""
_PIECE: Final = 4
"""Letters, below which a torn number may be anything."""
_UNMISTAKABLE: Final = 10
"""From here on the words are long: nothing else sounds like them."""


def _key(word: str) -> str:
    return _SWALLOWED.sub("", sound(word))


_BY_SOUND: Final[dict[str, set[int]]] = defaultdict(set)
for _word, _value in CARDINALS.items():
    if 0 < _value < 1000:
        _BY_SOUND[_key(_word)].add(_value)

_COUNTED: Final = {
    _key(word): value
    for value in {*CARDINALS.values()}
    if 0 < value < 1000
    for word in (num2words(value, lang="ru"), *({1: ("одна",), 2: ("две",)}.get(value, ())))
}
"""Sounds of the words that one counts with, and no other form of them."""
_VOICELESS: Final = str.maketrans("бвгджз", "пфктшс")
_VOWEL: Final = re.compile("[аиу]")


def misheard(word: str, room: int) -> Numeral | None:
    """The one number below ``room`` that a folded ``word``, which is no number word, may be.

    ``room`` is what may follow the number before it, 0 where none is. A word of the dictionary is
    none, but where only the soft sign lacks: «пят».
    """
    if known(word):
        meant = CARDINALS.get(f"{word}ь")
        return Numeral(meant, False) if meant is not None and meant < room else None
    exact = {n for n in _BY_SOUND.get(_key(word), ()) if n < room or n >= _UNMISTAKABLE}
    if len(exact) == 1:
        return Numeral(exact.pop(), False)
    near = [(n, sure) for n, sure in _near(_key(word)) if n < room]
    return Numeral(near[0][0], False) if len(near) == 1 and near[0][1] else None


def may_be_number(word: str, *, last: bool) -> bool:
    """Whether a ``word`` after a number may have been one: «тридцать семь и дева».

    A word of the dictionary may, where it is the ``last``: «пить хочет» tells something else.
    """
    key = _key(word)
    if known(word):
        return last and (key in _BY_SOUND or any(sure for _, sure in _near(key)))
    return key in _BY_SOUND or bool(_near(key))


@lru_cache(maxsize=10_000)
def is_piece(word: str) -> bool:
    """Whether a folded ``word`` of no language begins or ends a number: «девяно», «дцать»."""
    if len(word) < _PIECE or not word.isalpha() or known(word):
        return False
    return any(n.startswith(word) or n.endswith(word) for n in CARDINALS if n != word)


@lru_cache(maxsize=10_000)
def _near(key: str) -> frozenset[tuple[int, bool]]:
    """Numbers one letter away that begin alike, and whether each is sure: it has the same
    consonants, voiced or not, and a vowel more or less at most: «тва», «чтыре», but not «тро».
    """
    if len(key) < _SHORT:
        return frozenset()
    key = key.translate(_VOICELESS)
    near: dict[int, bool] = {}
    for counted, number in _COUNTED.items():
        sounds = counted.translate(_VOICELESS)
        if sounds[0] == key[0] and Levenshtein.distance(key, sounds) <= 1:
            near[number] = near.get(number, False) or _is_sure(key, sounds)
    return frozenset(near.items())


def _is_sure(one: str, other: str) -> bool:
    """Whether the two differ in nothing but a vowel that one of them has more."""
    alike = _VOWEL.sub("", one) == _VOWEL.sub("", other)
    return one == other or (alike and len(one) != len(other))
