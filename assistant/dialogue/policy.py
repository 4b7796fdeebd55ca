"""The dialogue policy: a pure function from context and parse to the next step.

It never guesses a patient: an ambiguous name, or a name and a card number that disagree,
become a question. It never writes without a confirmation that repeated patient and value.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.answers.charts import PAGE
from assistant.dialogue.asked import request_in
from assistant.dialogue.choosing import chosen_hospital, chosen_patient
from assistant.dialogue.confirming import confirmation, filled
from assistant.dialogue.dictated import without_bare_number
from assistant.dialogue.disputes import aim_of, echoed
from assistant.dialogue.plans import (
    AskIntent,
    AskMissing,
    AskPatient,
    Cancel,
    Confirm,
    NeedPatient,
    NoMore,
    NoSuchPatient,
    Phrase,
    Plan,
    Prove,
    Read,
    Repeat,
    Say,
    Write,
)
from assistant.dialogue.resolving import ABOUT_A_PATIENT, go, resolve
from assistant.dialogue.state import (
    Aim,
    AnswerChallenge,
    ChooseHospital,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from assistant.dialogue.whom import Roster, means_another, names_patient
from assistant.dialogue.yes import has_reservation, is_yes
from nlu.messages import Parse


def plan(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """Decide what to do about ``parse``. ``state`` must be current (``DialogueState.at``).

    After a question about somebody else that led nowhere, the answer about the current patient
    begins with the name.
    """
    step = _agreed_step(state, parse, roster)
    match step:
        case Read(card=card, request=request) | AskMissing(card=card, request=request) if (
            state.unsettled and card == state.patient
        ):
            return replace(step, request=replace(request, say_whose=True))
    return step


def _agreed_step(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """Where a second parser disagrees, nothing is read or written on either's word alone."""
    if isinstance(state.pending, ChooseIntent):
        chosen = _chosen_intent(state.pending.aims, state, parse)
        if chosen is not None:
            return chosen
    step = _step(state, parse, roster)
    if parse.disagreement is None:
        return step
    other = _step(state, parse.disagreement, roster)
    if other == step:
        return step
    match step:
        case Write(card=card, request=request):
            return Confirm(card, request)
        case Read() | AskPatient() | NeedPatient() | Say(phrase=Phrase.OUT_OF_SCOPE):
            aims = tuple(aim for aim in (aim_of(step), aim_of(other)) if aim is not None)
            intents = {aim.request.intent for aim in aims}
            return AskIntent(aims) if aims and len(intents) == len(aims) else step
    return step


def _chosen_intent(aims: tuple[Aim, ...], state: DialogueState, parse: Parse) -> Plan | None:
    """The step once one of the readings is chosen; None if the talk moved on."""
    if any(entity.name not in ("ordinal", "document_type") for entity in parse.entities):
        return None
    chosen = echoed(aims, parse.text)
    if not chosen:
        chosen = [aim for aim in aims if aim.request.intent == parse.intent]
    ordinal = parse.get("ordinal")
    if not chosen and ordinal is not None and isinstance(ordinal.value, int):
        chosen = [aims[ordinal.value - 1]] if 0 < ordinal.value <= len(aims) else []
    if not chosen and is_yes(parse):
        chosen = [aims[0]]
    if chosen:
        cards, request = chosen[0].cards, chosen[0].request
        if len(cards) == 1:
            return go(state, cards[0], request)
        return AskPatient(cards, request) if cards else NeedPatient(request)
    if parse.intent == "deny":
        return Cancel()
    unclear = parse.intent in ("affirm", "select_patient", "out_of_scope")
    return AskIntent(aims) if unclear else None


def _step(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """The step on one parser's word."""
    match parse.intent:
        case "stop":
            return Say(Phrase.STOPPED)
        case "help":
            return Say(Phrase.HELP)
        case "end_session":
            return Say(Phrase.GOODBYE)
        case "repeat":
            return Repeat(state.sensitive)
    reply = _reply_to_question(state, parse, roster)
    if reply is not None:
        return reply
    match parse.intent:
        case "affirm" | "deny" | "next" | "previous" if names_patient(parse):
            return _about_patient(state, replace(parse, intent="select_patient"), roster)
        case "affirm" if state.more is not None and state.patient is not None:
            return Read(state.patient, state.more)
        case "deny" if state.pending is None and state.patient is not None and means_another(parse):
            return NeedPatient(Request("select_patient"), forget=True)
        case "deny":
            return Cancel()
        case "next" | "previous":
            return _move(state, parse)
        case "select_patient" if {entity.name for entity in parse.entities} == {"ordinal"}:
            return _at_place(state, parse)
        case intent if intent in ABOUT_A_PATIENT:
            return _about_patient(state, parse, roster)
        case "out_of_scope":
            return Say(Phrase.OUT_OF_SCOPE)
    return Say(Phrase.NOT_UNDERSTOOD)


def _reply_to_question(state: DialogueState, parse: Parse, roster: Roster) -> Plan | None:
    """The step if the utterance answers the assistant's last question, else None."""
    reply = without_bare_number(parse)
    match state.pending:
        case ChoosePatient() as asked:
            return chosen_patient(asked, state, parse, roster)
        case ChooseHospital() as place:
            return chosen_hospital(place, state, parse)
        case ConfirmWrite(card=card, request=request):
            return _carried_on(card, confirmation(card, request, reply), state, reply, roster)
        case AnswerChallenge(card=card, request=request, challenge=challenge):
            if parse.intent == "deny" or has_reservation(parse):
                return Cancel()
            return Prove(card, request, challenge)
        case FillRequest(card=card, request=request):
            return _carried_on(card, filled(card, request, reply), state, reply, roster)
    return None


def _carried_on(
    card: str, reply: Plan | Request | None, state: DialogueState, parse: Parse, roster: Roster
) -> Plan | None:
    """The step for what goes on: about whomever ``parse`` names, else the patient with ``card``."""
    if not isinstance(reply, Request):
        return reply
    step = resolve(replace(state, patient=card), parse, reply, roster)
    return NeedPatient(reply) if isinstance(step, NoSuchPatient) else step


def _move(state: DialogueState, parse: Parse) -> Plan:
    """«Дальше», «назад», «следующий документ»."""
    if state.patient is None:
        return NoMore()
    step = 1 if parse.intent == "next" else -1
    if state.document in state.documents and ("документ" in parse.text or state.more is None):
        index = state.documents.index(state.document) + step
        if not 0 <= index < len(state.documents):
            return NoMore()
        return Read(state.patient, Request("get_document", document=state.documents[index]))
    if step == 1:
        return Read(state.patient, state.more) if state.more is not None else NoMore()
    if state.page is None or state.page.start == 0:
        return NoMore()
    return Read(state.patient, replace(state.page, start=max(0, state.page.start - PAGE)))


def _at_place(state: DialogueState, parse: Parse) -> Plan:
    """«Второй» opens the second of the documents, or the second hospital's, as last listed."""
    if state.patient is None or not (state.documents or state.hospitals):
        return Say(Phrase.NO_LIST)
    intent = "get_document" if state.documents else "get_documents_from_hospital"
    return Read(state.patient, request_in(state, replace(parse, intent=intent)))


def _about_patient(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    return resolve(state, parse, request_in(state, parse), roster)
