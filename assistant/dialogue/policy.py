"""The dialogue policy: a pure function from context and parse to the next step.

It never guesses a patient: an ambiguous name, or a name and a card number that disagree,
become a question. It never writes without a confirmation that repeated patient and value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from assistant.answers.charts import PAGE
from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.asked import hospital_in, request_in
from assistant.dialogue.confirming import complete, confirmation, filled
from assistant.dialogue.dictated import without_bare_number
from assistant.dialogue.disputes import aim_of, echoed
from assistant.dialogue.plans import (
    AskIntent,
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
from assistant.dialogue.whom import Roster, born_in_year, born_on_day, cards_meant, names_patient
from assistant.dialogue.yes import has_reservation, is_yes
from nlu.messages import Parse, PatientMention

_ABOUT_A_PATIENT: Final = frozenset(ASKED_FOR)


def plan(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """Decide what to do about ``parse``. ``state`` must be current (``DialogueState.at``).

    Where a second parser disagrees, nothing is read or written on either's word alone.
    """
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
            return _go(state, cards[0], request)
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
        case "affirm" if state.more is not None and state.patient is not None:
            return Read(state.patient, state.more)
        case "deny" if parse.get("patient_name") or parse.get("patient_id"):
            return _about_patient(state, replace(parse, intent="select_patient"), roster)
        case "deny":
            return Cancel()
        case "next" | "previous":
            return _move(state, parse)
        case intent if intent in _ABOUT_A_PATIENT:
            return _about_patient(state, parse, roster)
        case "out_of_scope":
            return Say(Phrase.OUT_OF_SCOPE)
    return Say(Phrase.NOT_UNDERSTOOD)


def _reply_to_question(state: DialogueState, parse: Parse, roster: Roster) -> Plan | None:
    """The step if the utterance answers the assistant's last question, else None."""
    reply = without_bare_number(parse)
    match state.pending:
        case ChoosePatient(cards=cards, request=request):
            return _chosen_patient(cards, request, state, parse, roster)
        case ChooseHospital(card=card, request=request):
            hospital = hospital_in(state, parse)
            return Read(card, replace(request, hospital=hospital)) if hospital else None
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
    step = _resolve(replace(state, patient=card), parse, reply, roster)
    return NeedPatient(reply) if isinstance(step, NoSuchPatient) else step


def _chosen_patient(
    cards: tuple[str, ...],
    request: Request,
    state: DialogueState,
    parse: Parse,
    roster: Roster,
) -> Plan | None:
    """The step once one of the offered patients is chosen; None if the talk moved on."""
    if parse.intent == "deny" and not names_patient(parse):
        return Cancel()
    number = parse.get("patient_id")
    if number is not None and (str(number.value) in cards or not cards):
        card = str(number.value)
        return _go(state, card, request) if roster.has_card(card) else NoSuchPatient()
    named = parse.get("patient_name")
    if (
        cards
        and named is not None
        and isinstance(named.value, PatientMention)
        and not set(cards_meant(named.value)) & set(cards)
    ):  # somebody else than those offered
        other = parse.intent in _ABOUT_A_PATIENT and parse.intent != "select_patient"
        return None if other else _resolve(state, parse, request, roster)
    born = born_on_day(parse, roster)
    if born is None and cards:
        born = born_in_year(parse, roster)
    if born is not None:
        fitting = tuple(card for card in born if card in cards or not cards)
        if len(fitting) == 1:
            return _go(state, fitting[0], request)
    mention = roster.match_patients(parse.text, among=cards or None)
    if mention.candidates:
        near = cards_meant(mention)
        if len(near) == 1:
            return _go(state, near[0], request)
        return AskPatient(near, request)
    ordinal = parse.get("ordinal")
    if ordinal is not None and isinstance(ordinal.value, int) and cards:
        index = ordinal.value - 1 if ordinal.value > 0 else ordinal.value
        if -len(cards) <= index < len(cards):
            return _go(state, cards[index], request)
    if parse.intent in _ABOUT_A_PATIENT and parse.intent != "select_patient":
        return None
    if not cards:
        return NoSuchPatient() if names_patient(parse) else NeedPatient(request)
    return AskPatient(cards, request)


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
    if state.more is None:
        return NoMore()
    if step == 1:
        return Read(state.patient, state.more)
    if state.more.start <= PAGE:  # the page just said was the first
        return NoMore()
    return Read(state.patient, replace(state.more, start=max(0, state.more.start - 2 * PAGE)))


def _about_patient(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    return _resolve(state, parse, request_in(state, parse), roster)


def _resolve(state: DialogueState, parse: Parse, request: Request, roster: Roster) -> Plan:
    """The step for ``request`` about whomever ``parse`` names, else the current patient."""
    number = parse.get("patient_id")
    name = parse.get("patient_name")
    card = str(number.value) if number is not None else None
    if card is not None and not roster.has_card(card):
        return NoSuchPatient()
    if name is not None and isinstance(name.value, PatientMention):
        named = tuple(candidate.card for candidate in name.value.candidates)
        if not named:
            return NoSuchPatient()
        if card is None:
            near = cards_meant(name.value)
            if len(near) > 1:
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
        else:
            card = state.patient
    return _go(state, card, request)


def _go(state: DialogueState, card: str, request: Request) -> Plan:
    """The step once the patient is known; what was said of another patient doesn't carry over."""
    if card != state.patient and request.document is not None:
        request = replace(request, document=None)
    return complete(card, request)
