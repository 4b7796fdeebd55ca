"""Which words of an utterance may be names of the roster: windows of one to three neighbours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from nlu import grammar
from nlu.agreement import agrees
from nlu.canon import Canon
from nlu.declension import Part, name_kinds
from nlu.dictionary import known, morph, reading
from nlu.nameindex import DOUBTFUL, HIT, NameHit, NameIndex
from nlu.sounds import sound

Hits = Mapping[range, Mapping[int, NameHit]]
"""For each window of items the names that it may be."""
Glued = Mapping[range, tuple[str, set[int]]]
"""For each window that may be names run together its letters, and the names that lie inside."""

_PLAIN: Final = 0.95
"""A window this near to one name isn't two."""
_GLUED: Final = 9
"""Shortest sound key that may hold two names run together."""


def search(
    index: NameIndex, canon: Canon, usable: Sequence[int]
) -> dict[range, dict[int, NameHit]]:
    """The roster names each window of one to three neighbouring items may be."""
    result: dict[range, dict[int, NameHit]] = {}
    exact: set[int] = set()
    for size in (1, 2, 3):
        for start in usable:
            window = range(start, start + size)
            if any(i not in usable for i in window):
                continue
            word = "".join(canon.items[i].text for i in window)
            if len(word) < 2:
                continue
            if size > 1 and word not in index.surfaces:
                # a name by itself is no piece of one: «Сомовой Анны» is not «Сидоровой Анны» torn
                if any(i in exact for i in window):
                    continue
                if all(name_kinds(canon.items[i].text) for i in window):
                    continue
            found = {hit.name: hit for hit in index.search(word)}
            if size == 1:
                if _is_attribute(canon, start):
                    found = {name: hit for name, hit in found.items() if hit.exact}
                found = _temper(index, word, found)
                if any(hit.exact for hit in found.values()):
                    exact.add(start)
            result[window] = found
    for start in usable:
        for name, cases in index.doubtful.get(canon.items[start].text, {}).items():
            if _beside_exact(result, start, cases):
                result[range(start, start + 1)][name] = NameHit(name, DOUBTFUL, True, cases)
    return result


def _beside_exact(hits: Hits, at: int, cases: Collection[str]) -> bool:
    """Whether a name in one of the ``cases`` stands right before or after item ``at``."""
    near = (hits.get(range(i, i + 1), {}) for i in (at - 1, at + 1))
    return any(
        other.exact and other.cases & set(cases) for found in near for other in found.values()
    )


def _temper(index: NameIndex, word: str, hits: dict[int, NameHit]) -> dict[int, NameHit]:
    """Lower the likeness of what the word spells otherwise.

    A word that is exactly some name, on the roster or in the dictionary, is not likely
    another that only sounds like it («Петров» is not Петрова, «Олега» not Ольга).
    """
    kinds = name_kinds(word)
    exact_parts = {index.names[h.name].part for h in hits.values() if h.exact}
    tempered = {}
    for name, hit in hits.items():
        part = index.names[name].part
        score = hit.score
        if not hit.exact:
            other = bool(exact_parts) or (bool(kinds) and score < 1)
            if part is Part.LAST and (
                word in index.relative_forms
                or grammar.surname_kind(word)
                != grammar.surname_kind(index.names[name].text.lower())
            ):
                other = True
            if other:
                score = min(score, 0.97) * 0.8
            elif known(word) and not kinds:
                if _is_verb(word):
                    continue  # «поправила» is no Попова
                score -= 0.06
        if score >= HIT:
            tempered[name] = NameHit(name, score, hit.exact, hit.cases)
    return tempered


def _is_attribute(canon: Canon, at: int) -> bool:
    """Whether item ``at`` is a known adjective of the noun after it, which is no word of a
    patient's: «головная боль» is no Орлова, «лебединую карту» may be Лебедева's.
    """
    word, *after = (item.text for item in canon.items[at : at + 2])
    described = known(word) and reading(word).tag.POS == "ADJF" and not name_kinds(word)
    return described and any(agrees(word, noun) and not grammar.is_cue(noun) for noun in after)


def _is_verb(word: str) -> bool:
    """Whether a known word tells what somebody does, and names no thing: «поправим»."""
    kinds = {parse.tag.POS for parse in morph().parse(word)}
    return "VERB" in kinds and "NOUN" not in kinds


def glued_windows(index: NameIndex, canon: Canon, hits: Hits) -> dict[range, tuple[str, set[int]]]:
    """Long windows that are no single name: their words, and the names that lie inside."""
    result = {}
    for window, found in hits.items():
        word = "".join(canon.items[i].text for i in window)
        key = sound(word)
        if len(key) >= _GLUED and all(hit.score < _PLAIN for hit in found.values()):
            result[window] = word, set(index.inside(key))
    return result
