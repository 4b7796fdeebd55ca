"""The sentence where something is asked for, dropped or left unwritten."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import answers
from assistant.answers import Answer
from assistant.dialogue.state import (
    AnswerChallenge,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from ledger_client.messages import Patient


def ask_missing(request: Request) -> Answer:
    """The question for what ``request`` lacks."""
    if request.either:
        return answers.ask_what_to_write()
    if request.whole:
        return answers.ask_whole_note()
    if request.intent == "add_note":
        return answers.ask_note_instead() if request.instead else answers.ask_note()
    if request.observation is None:
        return answers.ask_which_observation()
    if request.intent == "record_measurement" and request.measurement is not None:
        day = request.period
        known = day is not None and day.start == day.end
        return answers.ask_hour() if known else answers.ask_day()
    if request.refusal is not None:
        return answers.ask_value_again(request.observation, request.refusal)
    if request.instead:
        return answers.ask_value_instead()
    return answers.ask_value(request.observation)


def who_is_meant(
    state: DialogueState, question: ChoosePatient, candidates: Sequence[Patient]
) -> Answer:
    """The ``question``; the second time in a row it tells how it can be answered."""
    again = state.pending == question
    if candidates:
        return answers.which_patient(candidates, again=again)
    return answers.how_to_name_a_patient() if again else answers.no_patient_selected()


def given_up(state: DialogueState) -> Answer:
    """Said where the pending question was not answered and is asked no more."""
    match state.pending:
        case ChoosePatient(request=request) | FillRequest(request=request):
            return answers.give_up(request.intent in ("add_note", "record_measurement"))
    return answers.give_up(writing=False)


def dropped(state: DialogueState) -> Answer:
    """What a «нет» dropped."""
    match state.pending:
        case None if state.more is None:
            return answers.nothing_to_cancel()
        case ConfirmWrite(request=request) | FillRequest(request=request) if request.instead:
            return answers.new_one_not_written()
        case AnswerChallenge(request=request) if request.instead:
            return answers.new_one_not_written()
        case ChooseIntent():
            return answers.say_it_otherwise()
        case ConfirmWrite() | AnswerChallenge():
            return answers.not_written()
        case FillRequest(request=request) if request.intent in ("add_note", "record_measurement"):
            return answers.not_written()
    return answers.cancelled()


def left_unwritten(state: DialogueState) -> str:
    """Said before an answer to something else than «да» or «нет»."""
    if isinstance(state.pending, ConfirmWrite) and state.pending.request.instead:
        return answers.new_one_not_written().text
    return answers.left_unwritten().text
