"""What may be tapped after an answer: each choice stands for words that could be said as well.

A tap goes the way of its phrase through parser, policy and gate, so that finger and voice
can't come to mean different things.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from assistant.answers.messages import Answer
from assistant.answers.wording import nth
from assistant.dialogue.state import ChooseHospital, ChoosePatient, DialogueState

_MOST: Final = 20
_NUMBERED: Final = re.compile(r"(\d+)\. ")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to tap. ``label`` is PHI."""

    label: str
    phrase: str
    """What to say for the same."""
    item: int | None = None
    """The place in ``Answer.items`` that this choice opens; None for one beside the list."""


def offered(
    state: DialogueState, answer: Answer, hospital_name: Callable[[str], str]
) -> tuple[Choice, ...]:
    """The choices after ``answer``, in the state that it left."""
    choices = [*_list(state, answer), *_hospitals(state, answer, hospital_name)]
    if state.more is not None and not state.more.full:
        choices.append(Choice("Дальше", "дальше"))
    return tuple(choices[:_MOST])


def _list(state: DialogueState, answer: Answer) -> list[Choice]:
    items = list(enumerate(answer.items))
    match state.pending:
        case ChoosePatient(cards=cards) if len(cards) == len(items):
            return [Choice(item, nth(i + 1, "m"), i) for i, item in items]
        case ChooseHospital():
            return [Choice(item, f"из {_of(i + 1)}", i) for i, item in items]
        case None if state.documents:
            numbered = [(i, item, _NUMBERED.match(item)) for i, item in items]
            return [
                Choice(item, f"открой {nth(int(number[1]), 'm')} документ", i)
                for i, item, number in numbered
                if number
            ]
    return []


def _hospitals(
    state: DialogueState, answer: Answer, hospital_name: Callable[[str], str]
) -> list[Choice]:
    """Beside a list of visits: the documents of each hospital that was just numbered aloud."""
    if state.pending is not None or state.documents or "Больницы: " not in answer.text:
        return []
    return [
        Choice(f"Документы: {hospital_name(id_)}", f"документы из {_of(i)}")
        for i, id_ in enumerate(state.hospitals, 1)
    ]


def _of(number: int) -> str:
    """«первой», «третьей»: the feminine in the genitive."""
    word = nth(number, "f")
    return word[:-2] + ("ьей" if word.endswith("ья") else "ой")
