"""The dialogue policy: a pure function from context and parse to the next step.

It never guesses a patient: an ambiguous name, or a name and a card number that disagree,
become a question. It never writes without a confirmation that repeated patient and value.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue import away
from assistant.dialogue.asked import asks_since, request_in
from assistant.dialogue.bedside import calls_by_first_name
from assistant.dialogue.checking import checked
from assistant.dialogue.choosing import asks_itself, chosen_hospital, chosen_patient
from assistant.dialogue.confirming import confirmation, filled, gives_up
from assistant.dialogue.counted import counted
from assistant.dialogue.dictated import without_bare_number
from assistant.dialogue.disputes import aim_of, chosen_intent
from assistant.dialogue.ellipsis import asked_last, continued, is_bare_time, only_names
from assistant.dialogue.leaving import (
    means_another,
    number_instead,
    tells_only_whom,
)
from assistant.dialogue.listed import at_listed
from assistant.dialogue.noting import drops, forbids_writing, is_asked, says_to_note
from assistant.dialogue.paging import (
    more_of,
    moved,
    one_before,
    one_of_the_last,
    opened,
    told_again,
)
from assistant.dialogue.plans import (
    AskIntent,
    AskMissing,
    AskPatient,
    Cancel,
    Confirm,
    GiveUp,
    NeedPatient,
    Phrase,
    Plan,
    Prove,
    Read,
    Say,
    Write,
)
from assistant.dialogue.rechosen import chosen_anew
from assistant.dialogue.refusing import refused
from assistant.dialogue.relisted import listed_again
from assistant.dialogue.remarks import asked_on, told_value
from assistant.dialogue.repeating import repeated
from assistant.dialogue.resolving import ABOUT_A_PATIENT, WRITES, complete, names_two, resolve
from assistant.dialogue.somebody import is_heard, speaks_of_somebody
from assistant.dialogue.state import (
    PATIENCE,
    AnswerChallenge,
    ChooseHospital,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Pending,
    Request,
)
from assistant.dialogue.waiting import as_reply
from assistant.dialogue.whom import Roster, names_patient, places_said
from assistant.dialogue.written import amended
from assistant.dialogue.yes import begins_with_yes, has_reservation, is_yes
from nlu.canon import canonical, fold, folded_words
from nlu.courtesy import is_courtesy
from nlu.messages import Parse

_LONGEST_LIST: Final = 20
"""A number up to which may mean a place in a list, though none was read."""
_NOISE_WORDS: Final = "спасибо большое ну так кхм хм э эм ага угу понятно ясно хорошо ладно"
_NOISE: Final = frozenset(_NOISE_WORDS.split())
_HEM_WORDS: Final = """
ну так э эм м мм хм кхм на подожди подождите постой постойте погоди погодите секунду
секундочку минуту минутку минуточку момент одну
"""
_HEMS: Final = frozenset(_HEM_WORDS.split())
"""Words of who has not answered yet, and goes on thinking; «сейчас» may be a value's time."""

_UNHEARD: Final = (Say(Phrase.NOT_UNDERSTOOD), Say(Phrase.NO_LIST))
"""Steps after which a «да» would be of something that was not repeated right before it."""
_MOMENT: Final = re.compile(r"(?:одну |один )?(?:минут\w+|секунд\w+|момент)")
"""Who says so has not answered yet."""


def plan(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """Decide what to do about ``parse``. ``state`` must be current (``DialogueState.at``).

    After a question about somebody else that led nowhere, the answer about the current patient
    begins with the name. A question that was not answered twice is asked no more.
    """
    if _goes_on_thinking(state, parse):
        return Say(Phrase.LISTENING)
    step = _agreed_step(state, parse, roster)
    match state.pending:
        case ConfirmWrite(card=card, request=request) if begins_with_yes(parse) and gives_up(
            state.pending, step
        ):
            return _agreed_first(card, request, parse, step)
        case ConfirmWrite(card=card, request=request) if step in _UNHEARD:
            return Confirm(card, request)
        case ConfirmWrite(card=card, request=request) if step == Confirm(card, request) and (
            parse.intent == "deny" or (parse.intent == "affirm" and has_reservation(parse))
        ):
            return Confirm(card, request, doubted=True)  # «верно кроме подписи», «натощак»
        case ChoosePatient(cards=cards, request=request, aside=True) if step == AskPatient(
            cards, request
        ):
            step = AskPatient(cards, request, refuses=True)
    same = state.pending is not None and state.pending == _question(step)
    if state.failures >= PATIENCE and same and not asks_itself(parse):
        return GiveUp()
    match step:
        case Read(card=card, request=request) | AskMissing(card=card, request=request) if (
            state.unsettled and card == state.patient
        ):
            return replace(step, request=replace(request, say_whose=True))
    return step


def _agreed_first(card: str, request: Request, parse: Parse, step: Plan) -> Plan:
    """What was agreed to, asked once more, and after it what «да, и пульс» named as well."""
    match step:
        case Confirm(card=of, request=more) | AskMissing(card=of, request=more) if of == card and (
            also := "add_note" if more.intent == "add_note" else more.observation
        ):
            left = request.left if also in request.left else (*request.left, also)
            return Confirm(card, replace(request, left=left))
    return Confirm(card, request, doubted=names_patient(parse))


def _goes_on_thinking(state: DialogueState, parse: Parse) -> bool:
    """Whether what waits for an answer only has to wait on: «хм», «подождите»."""
    if isinstance(state.pending, AnswerChallenge | ConfirmWrite | None):
        return False  # a «да» writes what was repeated right before it
    said = folded_words(parse.text)
    return bool(said) and _HEMS.issuperset(said) and not is_yes(parse)


def _question(step: Plan) -> Pending | None:
    """The question that ``step`` asks for want of an answer."""
    match step:
        case AskPatient(cards=cards, request=request, refuses=refuses):
            return ChoosePatient(cards, request, aside=refuses)
        case NeedPatient(request=request):
            return ChoosePatient((), request)
        case AskIntent(aims=aims):
            return ChooseIntent(aims)
        case AskMissing(card=card, request=request):
            return FillRequest(card, request)
    return None


def _agreed_step(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """Where a second parser disagrees, nothing is read or written on either's word alone."""
    if isinstance(state.pending, ChooseIntent):
        chosen = chosen_intent(state.pending.aims, state, parse)
        if only_names(parse):
            steps = [resolve(state, parse, aim.request, roster) for aim in state.pending.aims]
            match steps:
                case [AskPatient(cards=(_,)) as whom, _, *_]:  # first of all who is meant
                    return replace(whom, request=Request("select_patient"))
            aims = tuple(aim for aim in map(aim_of, steps) if aim is not None)
            return AskIntent(aims) if len(aims) > 1 else steps[0]
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


def _is_about_a_write(state: DialogueState, parse: Parse) -> bool:
    """Whether «отмена» comes right after a write, or «стоп, препарат …» is a note's text."""
    if state.written is not None:
        return "отмен" in parse.text.lower()
    match state.pending:
        case FillRequest(request=Request(intent="add_note")):
            return not drops(parse.text)
    return False


def _step(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """The step on one parser's word."""
    if parse.intent in WRITES and state.written is None and forbids_writing(parse.text):
        return Cancel() if state.pending is not None else Say(Phrase.NOT_WRITTEN)
    check = checked(state, parse)
    if check is not None:
        return check
    parse = as_reply(state.pending, parse)
    match state.pending:
        case ConfirmWrite(card=card, request=request) if _MOMENT.fullmatch(fold(parse.text)):
            return Confirm(card, request)
    another = listed_again(state, parse, roster)
    left = another or away.left(state, parse) or chosen_anew(state, parse, roster)
    if left is not None:
        return left
    on = more_of(state, parse)
    if on is not None:
        return on
    match parse.intent:
        case "stop" if (
            parse.text.lower().strip(" .!") == "все" and state.more is not None and state.patient
        ):
            return Read(state.patient, state.more)
        case "stop" if means_another(parse) or names_patient(parse):
            pass
        case "stop" if not _is_about_a_write(state, parse):
            return Say(Phrase.STOPPED)
        case "help":
            return Say(Phrase.HELP)
        case "end_session":
            return Say(Phrase.GOODBYE)
        case "repeat" if (state.pending or state.written) and _names_another(state, parse):
            parse = replace(parse, intent="select_patient")
        case "repeat":
            return repeated(state, parse, roster)
    reply = _reply_to_question(state, parse, roster)
    if reply is not None:
        return reply
    turned = (
        counted(state, parse)
        or at_listed(state, parse, roster)
        or one_of_the_last(state, parse)
        or one_before(state, parse)
        or told_again(state, parse)
    )
    if turned is not None:
        return turned
    again = continued(asked_last(state, parse), parse, roster)
    if again is not None:
        asked_on = resolve(state, parse, again, roster)
        since = asks_since(again.intent, parse.text)
        if state.patient is not None and since and asked_on == NeedPatient(again):
            return AskPatient((state.patient,), again)  # «давно он принимает», just told of her
        return asked_on
    number = number_instead(parse) if state.patient is not None else None
    if number is not None:
        return away.by_number(state, number, parse, roster)
    match parse.intent:
        case "affirm" | "deny" | "next" | "previous" | "stop" if names_patient(parse):
            return _about_patient(state, replace(parse, intent="select_patient"), roster)
        case "affirm" if state.lapsed:
            return Say(Phrase.LAPSED)
        case "affirm" if state.more is not None and state.patient is not None:
            return Read(state.patient, state.more)
        case "deny":
            return away.denied(state, parse)
        case "next" | "previous" if speaks_of_somebody(parse):
            return NeedPatient(Request("select_patient"), forget=True)
        case "next" | "previous":
            return moved(state, parse)
        case "select_patient" | "get_document" if places_said(parse) == ():
            return Say(Phrase.NOT_UNDERSTOOD)  # «не второй» opens none
        case "select_patient" if {entity.name for entity in parse.entities} == {"ordinal"}:
            step = opened(state, parse)
            if step == Say(Phrase.NO_LIST) and state.patient and _is_no_place(parse):
                return _about_patient(state, replace(parse, intent="record_measurement"), roster)
            return step
        case "select_patient" if state.patient is not None and is_bare_time(parse, roster):
            return Say(Phrase.NOT_UNDERSTOOD)
        case "add_note" if is_asked(parse.text) and not says_to_note(parse.text):
            return refused(state.patient, parse)  # «жалобы какие»
        case intent if intent not in WRITES and names_two(parse, roster):
            return Say(Phrase.ASK_ONE_BY_ONE, unsettles=True)
        case intent if parse.refused and intent.startswith("get_"):
            return Say(Phrase.NOT_UNDERSTOOD)
        case intent if intent in ABOUT_A_PATIENT:
            return _about_patient(state, parse, roster)
        case "out_of_scope" | "affirm" if (said := folded_words(parse.text)) and (
            _NOISE.issuperset(said) or is_courtesy(said)
        ):
            return Say(Phrase.LISTENING)
        case "out_of_scope" if names_patient(parse) and tells_only_whom(parse):
            return _about_patient(state, replace(parse, intent="select_patient"), roster)
        case "out_of_scope":
            return refused(state.patient, parse)
        case "stop":
            return Say(Phrase.STOPPED)
    return Say(Phrase.NOT_UNDERSTOOD)


def _reply_to_question(state: DialogueState, parse: Parse, roster: Roster) -> Plan | None:
    """The step if the utterance answers the assistant's last question, else None."""
    on = asked_on(state.pending, parse)
    if on is not None:
        return on
    reply = told_value(state.pending, without_bare_number(parse))
    match state.pending:
        case ChoosePatient() as asked:
            return chosen_patient(asked, state, parse, roster)
        case ChooseHospital() as place:
            return chosen_hospital(place, state, parse, roster)
        case ConfirmWrite(card=card, request=request):
            return _carried_on(card, confirmation(card, request, reply), state, reply, roster)
        case AnswerChallenge(card=card, request=request, challenge=challenge):
            if parse.intent == "deny" or has_reservation(parse):
                return Cancel()
            return Prove(card, request, challenge)
        case FillRequest(card=card, request=request):
            return _carried_on(card, filled(card, request, reply), state, reply, roster)
        case None if state.written is not None:
            after = amended(state.written, reply, roster)
            return _carried_on(state.written.card, after, state, reply, roster)
    return None


def _carried_on(
    card: str, reply: Plan | Request | None, state: DialogueState, parse: Parse, roster: Roster
) -> Plan | None:
    """The step for what goes on: about whomever ``parse`` names, else the patient with ``card``."""
    if not isinstance(reply, Request):
        return reply
    if parse.intent == "out_of_scope":
        parse = replace(parse, intent=reply.intent)  # «ребёнку» tells to whom
    step = resolve(replace(state, patient=card), parse, reply, roster)
    name = parse.get("patient_name")
    if name is None or not isinstance(state.pending, ConfirmWrite):
        return step
    called = calls_by_first_name(folded_words(name.text))
    match step:
        case AskPatient(cards=(one,), request=request) if is_heard(parse) and not called:
            # «да, Громову»: the confirmation says the whole name and year: the same question
            return complete(one, request)
        case Confirm(card=one, request=request) if called and one != card:
            return AskPatient((one,), request)  # «Наталья Павловна» may be called, who stands by
    return step


def _names_another(state: DialogueState, parse: Parse) -> bool:
    """Whether somebody else than the current patient is named."""
    current = state.patient is not None and away.may_name(state.patient, parse)
    return names_patient(parse) and not current


def _is_no_place(parse: Parse) -> bool:
    """Whether no more than a number is said, too great for a list: it was measured."""
    said = canonical(parse.text).text
    return said.isdigit() and int(said) > _LONGEST_LIST


def _about_patient(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    return resolve(state, parse, request_in(state, parse), roster)
