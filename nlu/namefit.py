"""The best way to read one person's name into what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Final

from rapidfuzz.distance import Indel

from nlu.canon import Canon
from nlu.declension import CASES, Part, forms
from nlu.messages import Person
from nlu.namewindows import Glued, Hits
from nlu.sounds import sound

PARTS: Final = (Part.LAST, Part.FIRST, Part.MIDDLE)


@dataclass(frozen=True, slots=True)
class Option:
    """One way in which a person's name parts may be what a window of items says."""

    parts: tuple[Part, ...]
    window: range
    letters: int
    score: float
    exact: bool
    cases: frozenset[str]


def assign(
    canon: Canon, person: Person, names: Sequence[int], hits: Hits, glued: Glued
) -> list[Option]:
    """The best way to read the person's name into the windows, none used twice."""
    options: list[list[Option]] = [[], [], []]
    for window, found in hits.items():
        letters = sum(len(canon.items[i].text) for i in window)
        for slot, (part, name) in enumerate(zip(PARTS, names, strict=True)):
            hit = found.get(name)
            if hit:
                options[slot].append(
                    Option((part,), window, letters, hit.score, hit.exact, hit.cases)
                )
    joined = _run_together(person, names, glued)
    best: list[Option] = []
    best_value = 0.0
    for combination in product(*([None, *slot] for slot in options), [None, *joined]):
        chosen = [option for option in combination if option]
        parts = [part for option in chosen for part in option.parts]
        items = [i for option in chosen for i in option.window]
        if len(set(parts)) < len(parts) or len(set(items)) < len(items):
            continue
        value = sum((option.score - 0.6) * option.letters for option in chosen)
        if value > best_value:
            best, best_value = chosen, value
    return sorted(best, key=lambda option: option.window.start)


def _run_together(person: Person, names: Sequence[int], glued: Glued) -> list[Option]:
    """Windows that may be two or three of the person's names run together."""
    windows = {
        window: word
        for window, (word, inside) in glued.items()
        if len(inside.intersection(names)) >= 2
    }
    if not windows:
        return []
    texts = (person.last, person.first, person.middle)
    by_case: dict[str, dict[Part, str]] = {case: {} for case in CASES}
    for part, text in zip(PARTS, texts, strict=True):
        for form, cases in forms(text, part, person.sex).items():
            for case in cases:
                by_case[case].setdefault(part, form)
    result = []
    for window, word in windows.items():
        key = sound(word)
        for case, spelt in by_case.items():
            for size in (2, 3):
                for parts in permutations(PARTS, size):
                    if any(part not in spelt for part in parts):
                        continue
                    joined = sound("".join(spelt[part] for part in parts))
                    score = Indel.normalized_similarity(key, joined, score_cutoff=0.8)
                    if score >= 0.8:
                        result.append(
                            Option(parts, window, len(word), score, False, frozenset((case,)))
                        )
    return sorted(result, key=lambda option: -option.score)[:3]
