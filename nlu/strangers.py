"""The words of a name whose bearer, or one part of which, is not on the roster."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from nlu import grammar
from nlu.canon import Canon
from nlu.declension import name_kinds
from nlu.dictionary import known, morph

SHORTEST: Final = 4
"""Letters of the shortest word that is a name by itself."""


def whole_name(canon: Canon, where: range, usable: Sequence[int]) -> range:
    """Take in neighbouring words that are names, though not this patient's."""
    start, stop = where.start, where.stop
    while start - 1 in usable and (canon.is_hyphened(start - 1) or _goes_on(canon, start - 1)):
        start -= 1
    while stop in usable and (canon.is_hyphened(stop - 1) or _goes_on(canon, stop)):
        stop += 1
    return range(start, stop)


def _goes_on(canon: Canon, i: int) -> bool:
    """Whether a word beside a name belongs to it; «Кузнецкой» is no name in the dictionary."""
    word = canon.items[i].text
    return bool(name_kinds(word)) or grammar.surname_kind(word) == "sky"


def _is_name(word: str) -> bool:
    """Of three letters none is for certain: «чё» is a man's name as well."""
    return len(word) >= SHORTEST and grammar.looks_like_name(word)


def _tells(word: str) -> bool:
    """Whether it may be what somebody did: «мерил», which the dictionary has as a name as well."""
    return any({"VERB", "past"} in parse.tag for parse in morph().parse(word))


def unknown_name(canon: Canon, usable: Sequence[int], cues: Collection[int]) -> range | None:
    """Words that look like a name, though nobody on the roster has it."""
    names = [
        i
        for i in usable
        if grammar.may_be_surname(canon.items[i].text)
        or (
            name_kinds(canon.items[i].text)
            and not _tells(canon.items[i].text)
            and (i - 1 in cues or _is_name(canon.items[i].text))
        )
        or grammar.is_addressed(canon, i)
    ]
    after_cue = [
        i
        for i in usable
        if i - 1 in cues
        and i not in names
        and (not known(canon.items[i].text) or grammar.surname_kind(canon.items[i].text) == "sky")
    ]
    found = sorted({*names, *after_cue})
    if not found:
        return None
    stop = found[0] + 1
    while stop in usable and (stop in found or not known(canon.items[stop].text)):
        stop += 1
    return range(found[0], stop)
