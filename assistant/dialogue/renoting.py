"""The replies to «Записать …, заметку: «…»?» that change the note, or speak of it as a whole."""

from __future__ import annotations

from dataclasses import replace

from assistant.dialogue.leaving import touches_whom
from assistant.dialogue.noting import (
    added_note,
    changed_note,
    corrects_part,
    denies_finding,
    is_of_talk,
    note_begun_anew,
    of_note_alone,
    says_to_note,
    states_finding,
)
from assistant.dialogue.plans import AskMissing, Confirm, Plan
from assistant.dialogue.resolving import ABOUT_A_PATIENT, WRITES
from assistant.dialogue.state import Request
from assistant.dialogue.whom import names_patient
from nlu.messages import Parse


def renoted(card: str, request: Request, parse: Parse) -> Plan | None:
    """The step where the note of ``request`` is approved of, denied, added to or begun anew; None
    where nothing is said of it.
    """
    return _as_a_whole(card, request, parse) or _added_to(card, request, parse)


def _as_a_whole(card: str, request: Request, parse: Parse) -> Plan | None:
    """The step where the note is approved of, denied or begun anew: «сохрани эту заметку»."""
    if parse.intent != "deny" and is_of_talk(parse.text):
        return Confirm(card, request, doubted=True)
    approved = of_note_alone(parse.text)
    anew = note_begun_anew(parse.text) if may_begin_anew(parse) else None
    if approved:
        return Confirm(card, request)
    if approved is None and anew is None:
        return None
    if anew:
        return Confirm(card, replace(request, note=anew))
    return AskMissing(card, replace(request, note=None, whole=not request.instead))


def may_begin_anew(parse: Parse) -> bool:
    """Whether nobody is named and no record asked for, who or which would be meant by the words."""
    return not names_patient(parse) and parse.intent not in ABOUT_A_PATIENT - WRITES


def _added_to(card: str, request: Request, parse: Parse) -> Plan | None:
    """The step where a note is added to or begun anew; None where nothing of it is changed."""
    denies = parse.intent == "deny"
    finding = denies and (denies_finding(parse.text) or corrects_part(parse.text))
    dictates = parse.intent in ("add_note", "out_of_scope", "next", "affirm") or finding
    if names_patient(parse) or not dictates:
        return None
    if corrects_part(parse.text) and touches_whom(parse):
        return None  # «нет, у неё»
    note = changed_note(request.note or "", parse.text)
    goes_on = parse.intent == "add_note" and not says_to_note(parse.text)
    if note is None and (goes_on or states_finding(parse.text)):
        note = added_note(request.note or "", parse.text)
    if note is None:
        return None
    if not note:
        return AskMissing(card, replace(request, note=None, whole=True))
    return Confirm(card, replace(request, note=note))
