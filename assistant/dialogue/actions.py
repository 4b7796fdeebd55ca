"""Carries out a plan that passed the gate: reads or writes the ledger, renders the answer."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from assistant import answers
from assistant.answers import Alarm, Answer
from assistant.dialogue.aftermath import marked
from assistant.dialogue.carried import Carried, about, introduced
from assistant.dialogue.confirming import gives_up
from assistant.dialogue.guidance import help_for
from assistant.dialogue.measuredat import is_to_come, taken, taken_as_said
from assistant.dialogue.plans import (
    Adjust,
    AskDigits,
    AskIntent,
    AskMissing,
    AskPatient,
    Cancel,
    Confirm,
    GiveUp,
    NeedPatient,
    NoMore,
    NoSuchPatient,
    Phrase,
    Plan,
    Prove,
    Read,
    Repeat,
    Retell,
    Say,
    Write,
    WrongDigits,
)
from assistant.dialogue.prompting import (
    ask_missing,
    dropped,
    given_up,
    left_unwritten,
    who_is_meant,
)
from assistant.dialogue.reading import Reader
from assistant.dialogue.state import (
    PATIENCE,
    PATIENT_TIMEOUT_S,
    Aim,
    AnswerChallenge,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    Draft,
    FillRequest,
    Request,
)
from assistant.speech.delivery import VoiceChange
from assistant.staff import StaffMember
from ledger_client import LedgerClient
from ledger_client.errors import LedgerError
from ledger_client.messages import Hospital, Patient
from nlu.vocabulary import OBSERVATIONS


class Actions:
    """Carries out plans against one ledger, which records the ``author`` of each request."""

    def __init__(
        self,
        ledger: LedgerClient,
        patients: Mapping[str, Patient],
        hospitals: Mapping[str, Hospital],
    ) -> None:
        self._ledger = ledger
        self._patients = patients
        self._hospitals = hospitals
        self._reader = Reader(ledger, patients, hospitals)

    def carry_out(self, plan: Plan, state: DialogueState, now: datetime, author: str) -> Carried:
        """Do what ``plan`` says. Raises ledger_client.errors.LedgerError."""
        asking = Actions(self._ledger.acting_for(author), self._patients, self._hospitals)
        if gives_up(state.pending, plan):
            carried = asking._do(plan, replace(state, pending=None), now, author)
            carried = replace(carried, answer=carried.answer.after(left_unwritten(state)))
        else:
            carried = asking._do(plan, state, now, author)
        if isinstance(plan, Confirm | AskMissing) and plan.doubted:
            carried = replace(carried, answer=carried.answer.after(answers.doubted()))
        carried = replace(carried, state=marked(plan, state, carried.state))
        taken = asking._ledger.as_of
        if taken is None:
            return carried
        return replace(carried, answer=answers.as_of(carried.answer, taken, now))

    def with_alarms(self, answer: Answer, plan: Plan, member: StaffMember, now: datetime) -> Answer:
        """``answer`` after the alarms that wait for ``member``, who must be the accepted speaker.

        Alarms don't come between the doctor and «стоп», a question «да или нет», or digits to
        repeat: they wait for the next turn. Where the ledger fails, they wait as well.
        """
        if isinstance(plan, Confirm | AskDigits) or plan == Say(Phrase.STOPPED):
            return answer
        alarms = []
        with contextlib.suppress(LedgerError):
            for alert in self._ledger.acting_for(member.id).alerts():
                if alert.card in self._patients and member.may_see(alert.card):
                    text = answers.alarm(self._patients[alert.card], alert, now)
                    alarms.append(Alarm(text, alert, member.id))
        return answers.after_alarms(alarms, answer) if alarms else answer

    def told(self, alarm: Alarm) -> None:
        """Record that an alarm was heard; where the ledger fails, it is told once more."""
        with contextlib.suppress(LedgerError):
            self._ledger.acting_for(alarm.doctor).alert_heard(alarm.alert)

    def _do(self, plan: Plan, state: DialogueState, now: datetime, author: str) -> Carried:
        match plan:
            case Say(phrase=phrase):
                return _say(phrase, state)
            case Repeat():
                text = state.last_answer
                return Carried(Answer(text) if text else answers.nothing_to_repeat(), state)
            case Retell(card=card, request=request):
                patient, nobody = self._patients[card], DialogueState()
                if state.stored is None or request != state.stored.request:
                    return Carried(Answer(f"{answers.patient_line(patient)}."), state)
                if request.note is not None:
                    return introduced(patient, answers.retold_note(request.note), nobody, state)
                return introduced(patient, _recorded(patient, state.stored, now), nobody, state)
            case Adjust(change=change):
                again = change is VoiceChange.SLOWER and state.last_answer
                return Carried(
                    Answer(state.last_answer) if again else answers.voice_changed(change), state
                )
            case NoMore():
                return Carried(answers.no_more(), state)
            case NoSuchPatient(request=request):
                return Carried(
                    answers.unknown_patient(), replace(state, pending=ChoosePatient((), request))
                )
            case Cancel():
                return Carried(dropped(state), replace(state, pending=None, draft=None, more=None))
            case NeedPatient(request=request, forget=forget):
                before = DialogueState() if forget else state
                return Carried(
                    who_is_meant(before, ChoosePatient((), request), ()),
                    replace(before, pending=ChoosePatient((), request)),
                )
            case AskPatient(cards=cards, request=request, refuses=refuses):
                question = ChoosePatient(cards, request, aside=refuses)
                candidates = [self._patients[card] for card in cards]
                answer = who_is_meant(state, question, candidates)
                if refuses:
                    answer = answer.after(answers.refused())
                return Carried(answer, replace(state, pending=question))
            case AskIntent(aims=aims):
                return self._ask_intent(aims, state)
            case GiveUp():
                kept = DialogueState() if isinstance(state.pending, ChoosePatient) else state
                return Carried(given_up(state), replace(kept, pending=None, draft=None))
            case AskMissing(card=card, request=request):
                return introduced(
                    self._patients[card],
                    ask_missing(request),
                    DialogueState() if request.say_whose else state,
                    replace(about(state, card), pending=FillRequest(card, request)),
                )
            case Confirm(card=card, request=request):
                return self._confirm(card, request, state, now)
            case AskDigits(card=card, request=request, challenge=challenge):
                pending = AnswerChallenge(card, request, challenge)
                return Carried(
                    answers.ask_digits(challenge.digits),
                    replace(about(state, card), pending=pending),
                )
            case WrongDigits():
                return Carried(answers.wrong_digits(), replace(state, pending=None))
            case Write(card=card, request=request) | Prove(card=card, request=request):
                return self._write(card, request, state, now, author)
            case Read(card=card, request=request):
                alone = replace(request, left=())  # not to be said again with the next page
                carried = self._reader.read(card, alone, state, now)
                if request.chosen_value and not request.time_unread:
                    carried = replace(carried, answer=carried.answer.after(answers.only_latest()))
                if request.unlisted and (request.observation or request.document_type):
                    none = answers.unlisted(request.unlisted).text
                    carried = replace(carried, answer=carried.answer.after(none))
                if request.left:
                    also = answers.ask_apart(request.left)
                    carried = replace(carried, answer=carried.answer.after(also))
                says_whose = request.intent == "select_patient"
                if request.say_whose and card == state.patient and not says_whose:
                    patient, nobody = self._patients[card], DialogueState()
                    return introduced(patient, carried.answer, nobody, carried.state)
                return carried
            case _ as unreachable:
                assert_never(unreachable)

    def _ask_intent(self, aims: tuple[Aim, ...], state: DialogueState) -> Carried:
        """Whom all the readings are about is current from now on; nobody, where several may be."""
        answer = answers.which_intent(tuple(aim.request.intent for aim in aims))
        cards = {card for aim in aims for card in aim.cards}
        pending = ChooseIntent(aims)
        if len(cards) == 1 and all(aim.cards for aim in aims):
            card = cards.pop()
            after = replace(about(state, card), pending=pending)
            return introduced(self._patients[card], answer, state, after)
        kept = state if not cards or state.patient in cards else DialogueState()
        return Carried(answer, replace(kept, pending=pending))

    def _confirm(self, card: str, request: Request, state: DialogueState, now: datetime) -> Carried:
        request = replace(request, also=False)  # that is told by now
        patient, draft = self._patients[card], _draft(card, request, state, now)
        if is_to_come(request, draft.said):
            lacking = FillRequest(card, replace(request, time_unread=True))
            after = replace(about(state, card), pending=lacking, draft=None)
            return introduced(patient, answers.time_to_come(), state, after)
        if request.measurement is not None and request.observation is not None:
            unit = request.measurement.unit or OBSERVATIONS[request.observation].unit
            answer = answers.confirm_measurement(
                patient,
                request.observation,
                request.measurement.numbers,
                unit,
                taken=taken_as_said(request, draft.said),
                part=request.part,
                now=now,
                left=request.left,
            )
        else:
            answer = answers.confirm_note(patient, request.note or "", left=request.left)
        if request.instead:
            answer = answer.after(answers.stays())
        pending = ConfirmWrite(card, request)
        return Carried(answer, replace(about(state, card), pending=pending, draft=draft, more=None))

    def _write(
        self, card: str, request: Request, state: DialogueState, now: datetime, author: str
    ) -> Carried:
        patient = self._patients[card]
        draft = _draft(card, request, state, now)
        if request.measurement is not None and request.observation is not None:
            quantity = OBSERVATIONS[request.observation]
            unit = request.measurement.unit or quantity.unit
            self._ledger.append_observation(
                card,
                code=request.observation,
                values=request.measurement.numbers,
                unit=unit,
                taken=taken(request, draft.said),
                source=author,
                idempotency_key=draft.key,
            )
        else:
            self._ledger.append_note(
                card,
                text=request.note or "",
                author=author,
                written=draft.said,
                idempotency_key=draft.key,
            )
        after = replace(about(state, card), pending=None, draft=None, written=draft)
        return Carried(_recorded(patient, draft, now), after)


def _recorded(patient: Patient, draft: Draft, now: datetime) -> Answer:
    """What is said once ``draft`` is stored."""
    request = draft.request
    if request.measurement is None or request.observation is None:
        return answers.recorded_note(patient, left=request.left)
    return answers.recorded_measurement(
        patient,
        request.observation,
        request.measurement.numbers,
        request.measurement.unit or OBSERVATIONS[request.observation].unit,
        taken=taken_as_said(request, draft.said),
        now=now,
        left=request.left,
    )


def _draft(card: str, request: Request, state: DialogueState, now: datetime) -> Draft:
    """The write's draft, begun now unless it is the one that was not answered yet.

    One that is older than a forgotten patient is a new measurement of the same value.
    """
    draft = state.draft
    if (
        draft is not None
        and (draft.card, draft.request) == (card, request)
        and 0 <= (now - draft.said).total_seconds() <= PATIENT_TIMEOUT_S
    ):
        return draft
    return Draft(card, request, str(uuid.uuid4()), now)


def _say(phrase: Phrase, state: DialogueState) -> Carried:
    tired = state.failures >= PATIENCE
    match phrase:
        case Phrase.STOPPED:
            waits = isinstance(state.pending, ConfirmWrite | AnswerChallenge)
            answer = dropped(state) if waits else answers.stopped()
            return Carried(answer, replace(state, pending=None, draft=None))
        case Phrase.GOODBYE:
            return Carried(answers.goodbye(), DialogueState())
        case Phrase.HELP:
            return Carried(help_for(state), state)
        case Phrase.OUT_OF_SCOPE:
            return Carried(answers.offer_help() if tired else answers.out_of_scope(), state)
        case Phrase.NO_LIST:
            return Carried(answers.no_list(), state)
        case Phrase.NOTES_UNREAD:
            return Carried(answers.notes_unread(), state)
        case Phrase.NOT_WRITTEN:
            return Carried(answers.nothing_written(), state)
        case Phrase.ONE_PATIENT:
            return Carried(answers.one_patient_at_a_time(), replace(state, pending=None))
        case Phrase.ASK_ONE_BY_ONE:
            return Carried(answers.ask_one_by_one(), state)
        case Phrase.LAPSED:
            return Carried(answers.lapsed(), state)
        case Phrase.WHAT_IS_WRONG:
            return Carried(answers.what_is_wrong(), state)
        case Phrase.LISTENING:
            return Carried(answers.listening(), state)
        case Phrase.NOT_UNDERSTOOD:
            return Carried(answers.offer_help() if tired else answers.not_understood(), state)
        case _ as unreachable:
            assert_never(unreachable)
