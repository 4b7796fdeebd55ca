"""How many of the assistant's questions it takes until the right patient is meant.

The utterance begins a talk; whoever asked answers truly: «да», the place of the right one in the
list, the full name where nobody is offered, or what was asked for where that is in doubt.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from datetime import date

from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.plans import (
    AskIntent,
    AskMissing,
    AskPatient,
    Confirm,
    NeedPatient,
    NoSuchPatient,
    Plan,
    Read,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import ChooseIntent, ChoosePatient, DialogueState, Pending
from assistant.roster import Names
from ledger_client.messages import Patient
from nlu.evaluate import HELDOUT, Case
from nlu.gazetteer import Gazetteer
from nlu.messages import Parser

_PLACES = ("первый", "второй", "третий", "четвёртый", "пятый")
_MOST = 3


def roster() -> dict[str, Patient]:
    """The patients of the held-out sets by card."""
    with (HELDOUT.parent / "patients.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["card"]: Patient(
                row["card"],
                row["last"],
                row["first"],
                row["middle"],
                row["sex"],
                date.fromisoformat(row["birth_date"]),
            )
            for row in csv.DictReader(file)
        }


def questions_until_known(
    parser: Parser, gazetteer: Gazetteer, cases: Iterable[Case]
) -> dict[str, int]:
    """Cases in scope that name one patient, by how many questions came first.

    ``wrong`` is another patient without a question; ``lost`` was refused, or not known after
    three.
    """
    patients = roster()
    names = Names(patients.values(), gazetteer)
    counts: Counter[str] = Counter()
    for case in cases:
        if case.intent == "out_of_scope" or not case.patient[:1].isdigit():
            continue
        state = DialogueState()
        step = plan(state, parser.parse(case.text, case.alternatives), names)
        for asked in range(_MOST + 1):
            card = card_of(step)
            if card is not None:
                counts[str(asked) if card == case.patient else "wrong"] += 1
                break
            reply = answer_to(step, case, patients[case.patient])
            if reply is None or asked == _MOST:
                counts["lost"] += 1
                break
            text, pending = reply
            step = plan(DialogueState(pending=pending), parser.parse(text), names)
    return dict(sorted(counts.items()))


def card_of(step: Plan) -> str | None:
    """Whom ``step`` is about, if that is settled."""
    match step:
        case Read(card=card) | Confirm(card=card) | AskMissing(card=card):
            return card
    return None


def answer_to(step: Plan, case: Case, patient: Patient) -> tuple[str, Pending] | None:
    """What a doctor says to the question, and the question; None where nothing was asked."""
    full_name = f"{patient.last} {patient.first} {patient.middle}"
    match step:
        case AskPatient(cards=cards, request=request):
            pending = ChoosePatient(cards, request)
            if patient.card not in cards:
                return full_name, pending
            one = len(cards) == 1
            return "да" if one else _PLACES[cards.index(patient.card)], pending
        case NeedPatient(request=request) | NoSuchPatient(request=request):
            return full_name, ChoosePatient((), request)
        case AskIntent(aims=aims) if any(aim.request.intent == case.intent for aim in aims):
            return ASKED_FOR[case.intent], ChooseIntent(aims)
    return None
