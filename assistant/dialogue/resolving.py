"""The step for a request, once it is known whom it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.plans import (
    AskMissing,
    AskPatient,
    Confirm,
    NeedPatient,
    NoSuchPatient,
    Plan,
    Read,
)
from assistant.dialogue.state import DialogueState, Request
from assistant.dialogue.whom import (
    Roster,
    born_on_day,
    cards_meant,
    kept_from,
    speaks_of_another,
    takes_back,
)
from nlu.messages import Parse, PatientMention

ABOUT_A_PATIENT: Final = frozenset(ASKED_FOR)
"""The intents of requests: what is asked or written about one patient."""
WRITES: Final = frozenset({"add_note", "record_measurement"})


def resolve(state: DialogueState, parse: Parse, request: Request, roster: Roster) -> Plan:
    """The step for ``request`` about whomever ``parse`` names, else the current patient."""
    number = parse.get("patient_id")
    name = parse.get("patient_name")
    card = str(number.value) if number is not None else None
    if card is None and takes_back(parse):
        return _without(state, parse, request)
    if card is not None and not roster.has_card(card):
        return NoSuchPatient()
    if name is not None and isinstance(name.value, PatientMention):
        named = tuple(candidate.card for candidate in name.value.candidates)
        if not named:
            return NoSuchPatient()
        if card is None:
            near = cards_meant(name.value)
            if name.value.ambiguous:
                return AskPatient(near, request)
            card = near[0]
        elif card not in named:
            return AskPatient((card, *cards_meant(name.value)), request)
    if card is None:
        born = born_on_day(parse, roster) if request.intent == "select_patient" else None
        if born is not None:
            request = replace(request, period=None)
            if len(born) != 1:
                return AskPatient(born, request) if born else NoSuchPatient()
            card = born[0]
        elif request.intent == "select_patient" or state.patient is None:
            return NeedPatient(request)
        elif speaks_of_another(parse, roster.sex(state.patient)):
            return AskPatient((state.patient,), request)
        else:
            card = state.patient
    return go(state, card, request)


def _without(state: DialogueState, parse: Parse, request: Request) -> Plan:
    """The step for ``request`` about somebody else than whom ``parse`` names."""
    name = parse.get("patient_name")
    assert name is not None and isinstance(name.value, PatientMention)
    cards = tuple(candidate.card for candidate in name.value.candidates)
    kept = kept_from(parse, cards, state.patient)
    left = tuple(card for card in cards if card in kept)
    if left:
        return go(state, left[0], request) if len(left) == 1 else AskPatient(left, request)
    if state.patient is None or state.patient in cards:
        return NeedPatient(request, forget=state.patient is not None)
    if request.intent == "select_patient":
        return NeedPatient(request)
    return go(state, state.patient, replace(request, say_whose=True))


def go(state: DialogueState, card: str, request: Request) -> Plan:
    """The step once the patient is known; what was said of another patient doesn't carry over."""
    if card != state.patient and request.document is not None:
        request = replace(request, document=None)
    return complete(card, request)


def complete(card: str, request: Request) -> Plan:
    """The step for a request about ``card``: what it lacks is asked for, a write confirmed."""
    match request:
        case (
            Request(intent="record_measurement", observation=None)
            | Request(intent="record_measurement", measurement=None)
        ):
            return AskMissing(card, request)
        case Request(intent="record_measurement", time_unread=True):
            return AskMissing(card, request)
        case Request(intent="record_measurement", period=when) if when and when.start != when.end:
            return AskMissing(card, request)
        case Request(intent="add_note", note=None):
            return AskMissing(card, request)
        case Request(intent="get_lab_result", observation=None, document_type=None):
            return AskMissing(card, request)
        case Request(intent=intent) if intent in WRITES:
            return Confirm(card, request)
    return Read(card, request)
