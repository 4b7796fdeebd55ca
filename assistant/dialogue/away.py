"""Steps away from the current patient: somebody else is meant, or nobody any more, or «нет»."""

from __future__ import annotations

import re
from typing import Final

from assistant.dialogue.asked import request_in
from assistant.dialogue.leaving import (
    asks_for_other,
    goes_back,
    leaves,
    may_mean_a_thing,
    means_another,
    names_over,
    speaks_of_whom,
    touches_whom,
)
from assistant.dialogue.plans import (
    AskPatient,
    Cancel,
    NeedPatient,
    NoSuchPatient,
    Phrase,
    Plan,
    Read,
    Say,
)
from assistant.dialogue.resolving import ABOUT_A_PATIENT, go
from assistant.dialogue.state import (
    ChooseHospital,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from assistant.dialogue.whom import Roster, cards_meant, names_patient
from nlu.canon import folded_words
from nlu.messages import Parse, PatientMention

_OF_A_RECORD: Final = re.compile(r"\b(?:удал|сотр|стер|убер|убрать|запис)")
"""What should be undone is something stored."""
_NO_MORE_WORDS: Final = "нет не надо нужно спасибо"
_NO_MORE: Final = frozenset(_NO_MORE_WORDS.split())


def left(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where the current patient is not meant, or is so no longer."""
    choose = Request("select_patient")
    ends = parse.intent == "end_session"
    if state.patient is None or (ends and not (names_patient(parse) or speaks_of_whom(parse))):
        return None
    match state.pending:
        case ChoosePatient() | ChooseIntent() | FillRequest(request=Request(intent="add_note")):
            return None
        case FillRequest(request=request) if means_another(parse):
            return NeedPatient(request, forget=True)
        case ConfirmWrite():
            pass  # what waits for «да» goes on with another
        case None if may_mean_a_thing(parse) and (state.document or state.hospitals):
            return None
        case _ if state.written is None and means_another(parse):
            return NeedPatient(choose, forget=True)
    if state.former is not None and goes_back(parse) and not names_patient(parse):
        asks = parse.intent in ABOUT_A_PATIENT
        return AskPatient((state.former,), request_in(DialogueState(), parse) if asks else choose)
    if ends or (names_over(parse) and may_name(state.patient, parse)):
        return NeedPatient(choose, forget=True)
    listed = bool(state.documents or state.document or state.hospitals or state.more or state.page)
    return NeedPatient(choose, forget=True) if leaves(parse, listed=listed) else None


def by_number(state: DialogueState, number: str, parse: Parse, roster: Roster) -> Plan:
    """The step after «нет, 208»: the patient with that card, who else is asked for."""
    if roster.has_card(number):
        return go(state, number, Request("select_patient"))
    named = re.search("карт|номер", parse.text.lower())
    return (NoSuchPatient if number and named else NeedPatient)(Request("select_patient"))


def may_name(card: str, parse: Parse) -> bool:
    """Whether the name or the number in ``parse`` may be that of the patient with ``card``."""
    number, name = parse.get("patient_id"), parse.get("patient_name")
    if number is not None:
        return str(number.value) == card
    mention = name.value if name is not None else None
    return isinstance(mention, PatientMention) and card in cards_meant(mention)


def denied(state: DialogueState, parse: Parse) -> Plan:
    """The step after a «нет» that names nobody and answers no question."""
    lies_open, thing = state.document is not None or state.hospitals, may_mean_a_thing(parse)
    if asks_for_other(parse) or (lies_open and thing):
        match state.pending:
            case ChooseHospital(card=card, request=request):
                return Read(card, request)
            case None if state.patient is not None and state.document is not None:
                others = Request("get_documents_from_hospital", say_whose=thing)
                return Read(state.patient, others)
            case None:
                return Say(Phrase.WHAT_IS_WRONG, unsettles=True)
    offered = state.more is not None and _NO_MORE.issuperset(folded_words(parse.text))
    if state.pending is not None or offered or _OF_A_RECORD.search(parse.text.lower()):
        return Cancel()
    if state.patient is not None and touches_whom(parse):
        return NeedPatient(Request("select_patient"), forget=True)
    return Say(Phrase.WHAT_IS_WRONG, unsettles=True)
