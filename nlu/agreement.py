"""Whether an ordinal or an adjective describes a word: «второй раз», «шейного отдела»."""

from __future__ import annotations

from typing import Final

import pymorphy3

from nlu.canon import fold
from nlu.dictionary import known, morph

_COUNTED: Final = frozenset(("NOUN", "ADJF", "PRTF"))
_DESCRIBING: Final = frozenset(("ADJF", "PRTF"))
_SAME_CASE: Final = {"gen2": "gent", "acc2": "accs", "loc2": "loct"}


def is_noun(word: str) -> bool:
    """Whether a folded word may be a noun that is no name."""
    return any(tag.POS == "NOUN" for tag in _tags(word))


def is_preposition(word: str) -> bool:
    """Whether a folded word may be one."""
    return any(tag.POS == "PREP" for tag in _tags(word))


def counts(ordinal: str, word: str) -> bool:
    """Whether an ordinal as it was said or typed agrees with the folded ``word`` after it.

    One in digits («2-й») agrees with any noun.
    """
    said = fold(ordinal).split()[-1]
    return is_noun(word) if said[0].isdigit() else agrees(said, word)


def agrees(adjective: str, word: str) -> bool:
    """Whether a folded ``adjective`` may describe the folded ``word``: «шейного отдела»."""
    tags = (parse.tag for parse in morph().parse(adjective) if parse.tag.POS in _DESCRIBING)
    forms = {_form(tag) for tag in tags if "anim" not in tag}  # that is the genitive's form
    return any(tag.POS in _COUNTED and _form(tag) in forms for tag in _tags(word))


def _tags(word: str) -> list[pymorphy3.tagset.OpencorporaTag]:
    tags = [parse.tag for parse in morph().parse(word)] if known(word) else []
    return [] if any({"Name", "Surn", "Patr"} & set(tag.grammemes) for tag in tags) else tags


def _form(tag: pymorphy3.tagset.OpencorporaTag) -> tuple[str | None, ...]:
    """Case, number and, of one thing, gender."""
    case = _SAME_CASE.get(tag.case, tag.case)
    return case, tag.number, tag.gender if tag.number == "sing" else None
