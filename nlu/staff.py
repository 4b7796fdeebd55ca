"""Which words are a doctor's or nurse's name: «доктор Григорьев» is no patient."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from nlu.canon import Canon
from nlu.declension import CASES, Part, name_kinds
from nlu.dictionary import known, morph, reading

STAFF: Final = "W"
"""Masks such a name."""
_TITLES: Final = ("доктор", "врач", "медсестр", "профессор", "хирург", "кардиолог", "терапевт",
           "невролог", "заведующ", "академик")  # fmt: skip
_MARKS: Final = {"Surn": Part.LAST, "Name": Part.FIRST, "Patr": Part.MIDDLE}

_Reading = tuple[frozenset[Part], str, str | None]
"""The parts of a name that were said so far, their case and their sex."""


def staff_names(canon: Canon) -> frozenset[int]:
    """The items that belong to a doctor's or nurse's name.

    One has one surname, one first name and one patronymic, all in the case of «доктор»: in
    «что назначил доктор Орлов Громову» and «у доктора Смирнова Орловой» the last word is not hers.
    A word right after the title may be a name in no dictionary.
    """
    found: set[int] = set()
    for at, item in enumerate(canon.items[:-1]):
        name: set[_Reading] = {(frozenset(), case, None) for case in _cases(item.text)}
        first = at + 1
        after = canon.items[first].text
        if name and not name_kinds(after) and not (known(after) and _joins(after)):
            found.add(first)
            name = {(frozenset((Part.LAST,)), case, sex) for _, case, sex in name}
            first += 1
        for i in range(first, len(canon.items)):
            name = {longer for one in name for longer in _with(one, canon.items[i].text)}
            if not name:
                break
            found.add(i)
    return frozenset(found)


def _joins(word: str) -> bool:
    """Whether a known word only joins others: after «кардиолога у» comes somebody else."""
    return reading(word).tag.POS in ("PREP", "CONJ", "PRCL", "NPRO")


def _with(name: _Reading, word: str) -> set[_Reading]:
    """A name and the next word, in all readings in which it goes on with that name."""
    parts, case, sex = name
    return {
        (parts | {part}, case, sex or its_sex)
        for part, its_case, its_sex in _readings(word)
        if part not in parts and its_case == case and (not sex or not its_sex or sex == its_sex)
    }


@lru_cache(maxsize=20_000)
def _cases(word: str) -> frozenset[str]:
    """The cases of a word for one of the staff; none for any other, as «хирургии» is."""
    if not word.startswith(_TITLES):
        return frozenset()
    if not known(word):
        return frozenset(CASES)
    tags = (parse.tag for parse in morph().parse(word))
    return frozenset(tag.case for tag in tags if "sing" in tag and ("anim" in tag or "PRTF" in tag))


@lru_cache(maxsize=20_000)
def _readings(word: str) -> frozenset[tuple[Part, str, str | None]]:
    """The parts of a name that a folded word may be, each with its case and sex."""
    if not name_kinds(word):
        return frozenset()
    return frozenset(
        (part, tag.case, {"masc": "m", "femn": "f"}.get(tag.gender))
        for tag in (parse.tag for parse in morph().parse(word))
        for mark, part in _MARKS.items()
        if mark in tag and "sing" in tag
    )
