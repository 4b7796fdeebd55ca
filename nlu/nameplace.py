"""Whether a patient's name may stand where a word stands that looks like none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from nlu.agreement import agrees, is_preposition
from nlu.canon import Canon
from nlu.concepts import TOPICS, concept
from nlu.dictionary import known, morph, reading

_BEFORE_NAME: Final = frozenset(("у", "для", "про"))
_OBLIQUE: Final = frozenset(("gent", "gen2"))
_NO_PERSON: Final = frozenset(("ADVB", "VERB", "INFN", "ADJS", "COMP", "INTJ"))
"""What never follows «у», where it is only how a name was heard."""


def may_stand_for_name(canon: Canon, i: int) -> bool:
    """Whether item ``i`` may be a name that was heard as another word: «островка сахар»,
    «у громко лекарства», «запиши ковальчику пульс».

    A noun of no dictionary may be one in any case, a known word in the genitive, or in the dative
    right after «запиши». No name stands after «на» or «в», is an adjective that agrees with a
    noun beside it, or has a noun of its own: «шейного отдела», «разрыва мениска».
    """
    words = [item.text for item in canon.items]
    word, before, after = words[i], words[i - 1] if i else "", "".join(words[i + 1 : i + 2])
    if before not in _BEFORE_NAME and before and is_preposition(before):
        return False
    tag = reading(word).tag
    if before == "у" and tag.POS in _NO_PERSON:
        return True
    if not known(word):
        return bool(tag.POS == "NOUN")
    if agrees(word, after) or (tag.POS == "ADJF" and agrees(word, before)):
        return False
    if tag.POS == "NOUN" and concept(after) not in TOPICS and _has_case(after, _OBLIQUE):
        return False
    return _has_case(word, _OBLIQUE | {"datv"} if concept(before) == "WRITE" else _OBLIQUE)


def _has_case(word: str, cases: Collection[str]) -> bool:
    """Whether a known word may be one thing, or what it is like, in one of the ``cases``."""
    tags = (parse.tag for parse in morph().parse(word)) if known(word) else ()
    return any(
        tag.POS in ("NOUN", "ADJF") and tag.number == "sing" and tag.case in cases for tag in tags
    )
