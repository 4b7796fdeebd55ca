"""What carrying out a plan gives: an answer, and the context after it."""

from __future__ import annotations

from dataclasses import dataclass

from assistant import answers
from assistant.answers import Answer
from assistant.dialogue.state import DialogueState
from ledger_client.messages import Patient


@dataclass(frozen=True, slots=True)
class Carried:
    """What a plan gave: the answer and the context after it."""

    answer: Answer
    state: DialogueState


def about(state: DialogueState, card: str) -> DialogueState:
    """The context with ``card`` current; lists of another patient are dropped."""
    return state if state.patient == card else DialogueState(patient=card)


def introduced(
    patient: Patient, answer: Answer, state: DialogueState, after: DialogueState
) -> Carried:
    """On a change of patient the answer begins with full name and year of birth."""
    if patient.card != state.patient:
        answer = answer.after(f"{answers.patient_line(patient)}.")
    return Carried(answer, after)
