"""Russian words by sound and by stem: what stays the same when they are misheard or inflected."""

from __future__ import annotations

import re
from functools import lru_cache

_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"[ъь](?=[еюя])", "и"),
        (r"[ъь]", ""),
        (r"[ое]го$", "ава"),
        (r"[тд]с", "ц"),
        (r"[зс][чщш]|[жш]ч|щ", "ш"),
        (r"стн", "сн"),
        (r"здн", "зн"),
        (r"(?<=[цжшчщ])о", "е"),
        (r"[еэяиыё]й?", "и"),
        (r"й", "и"),
        (r"о", "а"),
        (r"ю", "у"),
        (r"и+", "и"),
        (r"(.)\1+", r"\1"),
        (r"б(?=[пктсшцчхф]|$)", "п"),
        (r"в(?=[пктсшцчхф]|$)", "ф"),
        (r"г(?=[пктсшцчхф]|$)", "к"),
        (r"д(?=[пктсшцчхф]|$)", "т"),
        (r"ж(?=[пктсшцчхф]|$)", "ш"),
        (r"з(?=[пктсшцчхф]|$)", "с"),
    )
)
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
    for pattern, to in _STEPS:
        word = pattern.sub(to, word)
    return word


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """``word`` without its case ending, at least three letters long."""
    cut = _ENDING.search(word)
    return word[: cut.start()] if cut and cut.start() >= 3 else word
