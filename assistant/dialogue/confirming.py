"""What is about to be written: the replies to «Записать …?» and to the question for what lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.asked import request_in
from assistant.dialogue.plans import AskMissing, Cancel, Confirm, Plan, Read, Write
from assistant.dialogue.state import DialogueState, Request
from nlu.messages import Measurement, Parse

_ABOUT_A_PATIENT: Final = frozenset(ASKED_FOR)
_WRITES: Final = frozenset({"add_note", "record_measurement"})


def confirmation(card: str, request: Request, parse: Parse) -> Plan | None:
    """The step after what was said to a confirmation; None if the talk moved on."""
    measured = parse.get("value")
    if measured is not None and isinstance(measured.value, Measurement):
        changed = replace(request, measurement=measured.value)
        return Confirm(card, changed) if request.intent == "record_measurement" else None
    match parse.intent:
        case "affirm":
            return Write(card, request)
        case "deny":
            return Cancel()
        case intent if intent in _ABOUT_A_PATIENT:
            return None
    return Confirm(card, request)


def filled(card: str, request: Request, parse: Parse) -> Plan | None:
    """The step after what was said to a request for what lacks; None if the talk moved on."""
    if parse.intent == "deny":
        return Cancel()
    if request.intent == "add_note":
        return Confirm(card, replace(request, note=parse.text.strip()))
    filled = _merge(request, request_in(DialogueState(), parse))
    if filled == request:
        return None if parse.intent in _ABOUT_A_PATIENT else AskMissing(card, request)
    return complete(card, filled)


def _merge(request: Request, more: Request) -> Request:
    return replace(
        request,
        observation=more.observation or request.observation,
        measurement=more.measurement or request.measurement,
    )


def complete(card: str, request: Request) -> Plan:
    """The step for a request about a known patient: what lacks is asked, a write confirmed."""
    match request:
        case (
            Request(intent="record_measurement", observation=None)
            | Request(intent="record_measurement", measurement=None)
        ):
            return AskMissing(card, request)
        case Request(intent="add_note", note=None):
            return AskMissing(card, request)
        case Request(intent="get_lab_result", observation=None, document_type=None):
            return AskMissing(card, request)
        case Request(intent=intent) if intent in _WRITES:
            return Confirm(card, request)
    return Read(card, request)
