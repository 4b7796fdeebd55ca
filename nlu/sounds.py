"""Russian words by sound and by stem: what stays the same when they are misheard or inflected."""

from __future__ import annotations

import re
from functools import lru_cache

_STEPS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (needed, re.compile(pattern), to)
    for needed, pattern, to in (
        ("", r"[ъь](?=[еюя])", "и"),
        ("", r"[ъь]", ""),
        ("го", r"[ое]го$", "ава"),
        ("с", r"[тд]с", "ц"),
        ("", r"[зс][чщш]|[жш]ч|щ", "ш"),
        ("стн", r"стн", "сн"),
        ("здн", r"здн", "зн"),
        ("о", r"(?<=[цжшчщ])о", "е"),
        ("", r"[еэяиыё]й?", "и"),
        ("й", r"й", "и"),
        ("о", r"о", "а"),
        ("ю", r"ю", "у"),
        ("ии", r"и+", "и"),
        ("", r"(.)\1+", r"\1"),
        ("б", r"б(?=[пктсшцчхф]|$)", "п"),
        ("в", r"в(?=[пктсшцчхф]|$)", "ф"),
        ("г", r"г(?=[пктсшцчхф]|$)", "к"),
        ("д", r"д(?=[пктсшцчхф]|$)", "т"),
        ("ж", r"ж(?=[пктсшцчхф]|$)", "ш"),
        ("з", r"з(?=[пктсшцчхф]|$)", "с"),
    )
)
"""Each with what a word must hold for it to change anything: looking for that is quicker."""
_ENDING = re.compile(
    "(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|иях|иям|ией|ием|ая|яя|ое|ее|ые|ие|ый|ий|ой|ей|ую|юю"
    "|ых|их|ым|им|ию|ия|ии|ом|ем|ам|ям|ах|ях|ов|ев|а|я|о|е|у|ю|ы|и|ь|й)$"
)


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """A key that words with one pronunciation share; ``word`` is folded (lower case, no «ё»).

    Unstressed vowels fall together (о/а, е/и/я), consonants lose their voice before voiceless
    ones and at the end, doubled letters become one, soft and hard signs go.
    """
    for needed, pattern, to in _STEPS:
        if needed in word:
            word = pattern.sub(to, word)
    return word


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """``word`` without its case ending, at least three letters long."""
    cut = _ENDING.search(word)
    return word[: cut.start()] if cut and cut.start() >= 3 else word
