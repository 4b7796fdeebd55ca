"""The Russian dictionary: which words there are, and what forms they are."""

from __future__ import annotations

from functools import lru_cache

import pymorphy3


@lru_cache(maxsize=1)
def morph() -> pymorphy3.MorphAnalyzer:
    """The dictionary, loaded once."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=50_000)
def known(word: str) -> bool:
    """Whether the dictionary has the word in this form."""
    return bool(morph().word_is_known(word))


@lru_cache(maxsize=20_000)
def reading(word: str) -> pymorphy3.analyzer.Parse:
    """What a word most likely is: its tag, its dictionary form, its other forms."""
    return morph().parse(word)[0]
