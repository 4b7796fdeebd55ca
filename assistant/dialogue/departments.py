"""The specialists and departments that an utterance names, by the stem of both: «кардиолог»."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from assistant.dialogue.papers import without_times
from nlu.canon import folded_words
from nlu.messages import Parse

_STEM: Final = re.compile(
    r"\b(?P<stem>(?!(?:рентген|пат|техн)олог)\w+олог|\w*хирург|\w*терап(?=евт|и[яию])"
    r"|\w*педиатр|\w*психиатр|фтизиатр|ортопед|окулист|лор(?=(?:а|у|ом)?\b))\w*"
)
_CALLED: Final = {"окулист": "офтальмолог", "лор": "оториноларинголог", "невропатолог": "невролог"}
"""Specialists whose department is called otherwise."""


def departments(parse: Parse) -> tuple[str, ...]:
    """The stems of the departments that were named, or whose doctors were."""
    stems = (match["stem"] for match in _STEM.finditer(without_times(parse)))
    return tuple(dict.fromkeys(_CALLED.get(stem, stem) for stem in stems))


def is_doctor(word: str) -> bool:
    """Whether a canonical ``word`` is a specialist or a department and nothing else."""
    return _STEM.fullmatch(word) is not None


def is_of(department: str, stems: Collection[str]) -> bool:
    """Whether a ``department`` is one of those with the ``stems``; of no stems each is."""
    words = folded_words(department.lower())
    return not stems or any(word.startswith(stem) for word in words for stem in stems)


def named(stems: Collection[str]) -> str:
    """«Кардиология, хирургия»: the departments with the ``stems``."""
    return ", ".join(f"{stem}ия" for stem in stems).capitalize()
