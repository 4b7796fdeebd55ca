"""Number words that were misheard or misspelt: «девяносто симь», «сто двацать», «семдесят»."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from nlu.dictionary import known
from nlu.numerals import CARDINALS, Numeral
from nlu.sounds import sound

_SWALLOWED: Final = re.compile("т(?=[цд])")
"""«Двадцать» is said and written «двацать»."""
_SHORT: Final = 3
"""Sounds of a word, below which every other word is one letter away."""
_UNMISTAKABLE: Final = 10
"""From here on the words are long: nothing else sounds like them."""


def _key(word: str) -> str:
    return _SWALLOWED.sub("", sound(word))


_BY_SOUND: Final[dict[str, set[int]]] = defaultdict(set)
for _word, _value in CARDINALS.items():
    if 0 < _value < 1000:
        _BY_SOUND[_key(_word)].add(_value)


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
    near = {n for n in _near(_key(word)) if n < room}
    return Numeral(near.pop(), False) if room and len(near) == 1 else None


def may_be_number(word: str, *, last: bool) -> bool:
    """Whether a ``word`` after a number may have been one, as the ``last`` of its fraction or not:
    «тридцать семь и дева».
    """
    key = _key(word)
    return key in _BY_SOUND or ((last or not known(word)) and bool(_near(key)))


@lru_cache(maxsize=10_000)
def _near(key: str) -> frozenset[int]:
    """Numbers one letter away that begin alike: «т» and «д» do."""
    if len(key) < _SHORT:
        return frozenset()
    begins = _voiceless(key[0])
    return frozenset(
        number
        for sounds, numbers in _BY_SOUND.items()
        if _voiceless(sounds[0]) == begins and Levenshtein.distance(key, sounds) == 1
        for number in numbers
    )


def _voiceless(letter: str) -> str:
    return "т" if letter == "д" else letter
