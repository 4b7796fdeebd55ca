"""All case forms of Russian personal names."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from pytrovich.enums import Case, Gender, NamePart
from pytrovich.maker import PetrovichDeclinationMaker

from nlu.canon import fold
from nlu.dictionary import known, morph


class Part(StrEnum):
    """The three parts of a Russian name."""

    LAST = "last"
    FIRST = "first"
    MIDDLE = "middle"


CASES = ["nomn", "gent", "datv", "accs", "ablt", "loct"]
"""In the dictionary's names; the order of the forms below."""

_CASES = (Case.GENITIVE, Case.DATIVE, Case.ACCUSATIVE, Case.INSTRUMENTAL, Case.PREPOSITIONAL)
_PARTS = {Part.LAST: NamePart.LASTNAME, Part.FIRST: NamePart.FIRSTNAME,
          Part.MIDDLE: NamePart.MIDDLENAME}  # fmt: skip
_TAGS = {Part.LAST: "Surn", Part.FIRST: "Name", Part.MIDDLE: "Patr"}


@lru_cache(maxsize=1)
def _maker() -> PetrovichDeclinationMaker:
    # it logs every name that it declines when debugging
    logging.getLogger("pytrovich").setLevel(logging.INFO)
    return PetrovichDeclinationMaker()


def decline(name: str, part: Part, sex: str) -> tuple[str, ...]:
    """The six case forms of a nominative ``name``, as it is written."""
    gender = Gender.FEMALE if sex == "f" else Gender.MALE
    return (name, *(_maker().make(_PARTS[part], gender, case, name) for case in _CASES))


@lru_cache(maxsize=10_000)
def forms(name: str, part: Part, sex: str) -> Mapping[str, frozenset[str]]:
    """Folded forms of a name and the cases each may stand for, without hyphens.

    To the declined name's forms the dictionary adds those of a common noun («Заяц», «Зайца»)
    and of a vowel that comes and goes.
    """
    found: dict[str, set[str]] = {}
    for form, case in zip(decline(name, part, sex), CASES, strict=True):
        found.setdefault(fold(form).replace("-", ""), set()).add(case)
    if part is Part.LAST and sex == "m" and known(fold(name)):
        for parse in morph().parse(fold(name)):
            if (
                parse.normal_form == fold(name)
                and {"NOUN", "masc", "anim"} in parse.tag
                and ("Surn" not in parse.tag)
            ):
                for form in parse.lexeme:
                    if "sing" in form.tag and form.tag.case in CASES:
                        found.setdefault(fold(form.word), set()).add(form.tag.case)
    return {form: frozenset(cases) for form, cases in found.items()}


def other_sex(last: str, sex: str) -> str | None:
    """The surname as a relative of the other sex bears it, where it differs."""
    if "-" in last:
        halves = last.split("-")
        others = [other_sex(half, sex) for half in halves]
        return (
            "-".join(o or fold(h) for o, h in zip(others, halves, strict=True))
            if any(others)
            else None
        )
    name = fold(last)
    if sex == "m":
        if name.endswith(("ов", "ев", "ин", "ын")):
            return name + "а"
        return name[:-2] + "ая" if name.endswith(("ский", "цкий", "ой", "ый", "ий")) else None
    if name.endswith(("ова", "ева", "ина", "ына")):
        return name[:-1]
    return name[:-2] + "ий" if name.endswith("ская") or name.endswith("цкая") else None


@lru_cache(maxsize=50_000)
def name_kinds(word: str) -> frozenset[Part]:
    """Which parts of a name a folded word is in the dictionary, in the singular."""
    if not known(word):
        return frozenset()
    tags = [parse.tag for parse in morph().parse(word)]
    return frozenset(
        part for part, mark in _TAGS.items() if any(mark in tag and "sing" in tag for tag in tags)
    )
