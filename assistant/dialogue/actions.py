"""Carries out a plan that passed the gate: reads or writes the ledger, renders the answer."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final, TypeVar, assert_never

from assistant import answers
from assistant.answers import Alarm, Answer
from assistant.answers.charts import PAGE, next_visit
from assistant.dialogue.guidance import help_for
from assistant.dialogue.plans import (
    Adjust,
    AskDigits,
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
    WrongDigits,
)
from assistant.dialogue.state import (
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
from assistant.speech.delivery import VoiceChange
from assistant.staff import StaffMember
from ledger_client import LedgerClient
from ledger_client.errors import LedgerError
from ledger_client.messages import DocumentHeader, Hospital, Observation, Patient
from nlu.messages import Period
from nlu.vocabulary import OBSERVATIONS

T = TypeVar("T")

_TREND: Final = 3
"""How many results of one laboratory code are fetched to tell a trend."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a plan gave: the answer and the context after it."""

    answer: Answer
    state: DialogueState


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

    def carry_out(self, plan: Plan, state: DialogueState, now: datetime, author: str) -> Carried:
        """Do what ``plan`` says. Raises ledger_client.errors.LedgerError."""
        asking = Actions(self._ledger.acting_for(author), self._patients, self._hospitals)
        carried = asking._do(plan, state, now, author)
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
            case Adjust(change=change):
                again = change is VoiceChange.SLOWER and state.last_answer
                return Carried(
                    Answer(state.last_answer) if again else answers.voice_changed(change), state
                )
            case NoMore():
                return Carried(answers.no_more(), state)
            case NoSuchPatient():
                return Carried(answers.unknown_patient(), state)
            case Cancel():
                return Carried(_dropped(state.pending), replace(state, pending=None, more=None))
            case NeedPatient(request=request):
                return Carried(
                    answers.no_patient_selected(),
                    replace(state, pending=ChoosePatient((), request)),
                )
            case AskPatient(cards=cards, request=request):
                candidates = [self._patients[card] for card in cards]
                return Carried(
                    answers.which_patient(candidates),
                    replace(state, pending=ChoosePatient(cards, request)),
                )
            case AskIntent(aims=aims):
                intents = tuple(aim.request.intent for aim in aims)
                return Carried(
                    answers.which_intent(intents), replace(state, pending=ChooseIntent(aims))
                )
            case AskMissing(card=card, request=request):
                return self._introduced(
                    card, _ask_missing(request), state, pending=FillRequest(card, request)
                )
            case Confirm(card=card, request=request):
                return self._confirm(card, request, state)
            case AskDigits(card=card, request=request, challenge=challenge):
                pending = AnswerChallenge(card, request, challenge)
                return Carried(
                    answers.ask_digits(challenge.digits),
                    replace(_about(state, card), pending=pending),
                )
            case WrongDigits():
                return Carried(answers.wrong_digits(), replace(state, pending=None))
            case Write(card=card, request=request) | Prove(card=card, request=request):
                return self._write(card, request, state, now, author)
            case Read(card=card, request=request):
                return self._read(card, request, state, now)
            case _ as unreachable:
                assert_never(unreachable)

    def _confirm(self, card: str, request: Request, state: DialogueState) -> Carried:
        patient = self._patients[card]
        if request.measurement is not None and request.observation is not None:
            unit = request.measurement.unit or OBSERVATIONS[request.observation].unit
            answer = answers.confirm_measurement(
                patient, request.observation, request.measurement.numbers, unit
            )
        else:
            answer = answers.confirm_note(patient, request.note or "")
        return Carried(
            answer,
            replace(_about(state, card), pending=ConfirmWrite(card, request), more=None),
        )

    def _write(
        self, card: str, request: Request, state: DialogueState, now: datetime, author: str
    ) -> Carried:
        patient = self._patients[card]
        key = str(uuid.uuid4())
        if request.measurement is not None and request.observation is not None:
            quantity = OBSERVATIONS[request.observation]
            unit = request.measurement.unit or quantity.unit
            self._ledger.append_observation(
                card,
                code=request.observation,
                values=request.measurement.numbers,
                unit=unit,
                taken=now,
                source=author,
                idempotency_key=key,
            )
            answer = answers.recorded_measurement(
                patient, request.observation, request.measurement.numbers, unit
            )
        else:
            self._ledger.append_note(
                card, text=request.note or "", author=author, written=now, idempotency_key=key
            )
            answer = answers.recorded_note(patient)
        return Carried(answer, replace(_about(state, card), pending=None))

    def _read(self, card: str, request: Request, state: DialogueState, now: datetime) -> Carried:
        patient, today = self._patients[card], now.date()
        before = _about(state, card)
        if request.hospital is not None and request.hospital not in self._hospitals:
            return self._introduced(card, answers.unknown_hospital(), state, after=before)
        after = replace(before, pending=None, more=None)
        match request.intent:
            case "select_patient":
                answer = Answer(answers.patient_line(patient) + ".")
                return Carried(answer, after)
            case "get_hospital_visits":
                visits = _within(
                    request.period, self._ledger.hospital_visits(card), lambda v: v.started
                )
                answer = answers.visits(patient, visits, today, request.start)
                after = replace(
                    after, hospitals=tuple(id_ for id_, _ in answers.visited_hospitals(visits))
                )
                start = next_visit(request.start)
                if len(visits) > start:
                    after = replace(after, more=replace(request, start=start))
            case "get_documents_from_hospital":
                return self._documents(card, request, before, state)
            case "get_document":
                return self._document(card, request, before, state)
            case "get_latest_vitals":
                answer = answers.vitals(patient, self._observations(card, request, "vital"), now)
            case "get_lab_result":
                if request.observation is None:
                    as_document = replace(request, intent="get_document")
                    return self._document(card, as_document, before, state)
                found = self._observations(card, request, None)
                answer = answers.lab(patient, found, request.observation, now)
            case "get_allergies":
                answer = answers.allergies(patient, self._ledger.allergies(card), request.substance)
            case "get_medications":
                answer = answers.medications(patient, self._ledger.medications(card))
            case "get_diagnoses":
                answer = answers.diagnoses(patient, self._ledger.diagnoses(card))
            case _:
                return Carried(answers.not_understood(), state)
        return self._introduced(card, answer, state, after=after)

    def _observations(
        self, card: str, request: Request, category: str | None
    ) -> tuple[Observation, ...]:
        """Newest first; the latest of each code unless a period was asked for."""
        period = request.period
        found = self._ledger.observations(
            card,
            code=request.observation,
            category=category if request.observation is None else None,
            since=period.start if period else None,
            until=period.end if period else None,
            limit=_TREND if request.observation is not None else None,
        )
        return tuple(found)

    def _documents(
        self, card: str, request: Request, before: DialogueState, state: DialogueState
    ) -> Carried:
        patient = self._patients[card]
        if request.hospital is None:
            visited = answers.visited_hospitals(self._ledger.hospital_visits(card))
            if len(visited) != 1:
                asked = replace(
                    before,
                    hospitals=tuple(id_ for id_, _ in visited),
                    pending=ChooseHospital(card, request) if visited else None,
                )
                names = tuple(name for _, name in visited)
                answer = (
                    answers.which_hospital(names) if names else answers.nothing_found("документы")
                )
                return self._introduced(card, answer, state, after=asked)
            request = replace(request, hospital=visited[0][0])
        assert request.hospital is not None
        headers = self._matching(
            request, self._ledger.documents_from_hospital(request.hospital, card)
        )
        name = self._hospitals[request.hospital].name
        answer = answers.documents(patient, name, headers, request.start, PAGE)
        rest = len(headers) > request.start + PAGE
        after = replace(
            before,
            documents=tuple(header.id for header in headers),
            document=None,
            pending=None,
            more=replace(request, start=request.start + PAGE) if rest else None,
        )
        return self._introduced(card, answer, state, after=after)

    def _document(
        self, card: str, request: Request, before: DialogueState, state: DialogueState
    ) -> Carried:
        """Open one document: by its place in the last list, or the only one that fits."""
        patient = self._patients[card]
        document_id = request.document
        if document_id is None and before.document is not None and _refers_to_open(request):
            document_id = before.document
        if document_id is None:
            if request.ordinal is not None and before.documents:
                return Carried(answers.no_more(), before)
            headers = self._all_documents(card, request)
            if not headers:
                return self._introduced(
                    card, answers.nothing_found("документы"), state, after=before
                )
            if len(headers) > 1:
                after = replace(
                    before, documents=tuple(header.id for header in headers), pending=None
                )
                return self._introduced(card, answers.which_document(headers), state, after=after)
            document_id = headers[0].id
        document = self._ledger.document(document_id)
        if document.header.patient_id != card:
            return Carried(answers.nothing_found("документы"), before)
        attached = self._genuine(card, document_id)
        if request.full:
            answer, more = answers.document_text(document), None
        else:
            answer = answers.document(document, patient)
            more = replace(request, document=document_id, full=True)
        answer = answers.with_attached(answer, attached)
        after = replace(before, document=document_id, pending=None, more=more)
        return self._introduced(card, answer, state, after=after)

    def _genuine(self, card: str, document_id: str) -> int:
        """How many files belong to a document, each checked; raises LedgerError for a false one."""
        files = [a for a in self._ledger.attachments(card) if a.document_id == document_id]
        for file in files:
            with Path(os.devnull).open("wb") as nowhere:
                self._ledger.attachment_content(file, nowhere)
        return len(files)

    def _all_documents(self, card: str, request: Request) -> tuple[DocumentHeader, ...]:
        """The patient's documents that fit the request, newest first."""
        if request.hospital is not None:
            hospitals: tuple[str, ...] = (request.hospital,)
        else:
            visits = self._ledger.hospital_visits(card)
            hospitals = tuple(id_ for id_, _ in answers.visited_hospitals(visits))
        found = [
            header
            for hospital in hospitals
            for header in self._ledger.documents_from_hospital(hospital, card)
        ]
        newest = sorted(found, key=lambda header: header.created, reverse=True)
        return self._matching(request, newest)

    def _matching(
        self, request: Request, headers: Sequence[DocumentHeader]
    ) -> tuple[DocumentHeader, ...]:
        fitting = (
            header
            for header in headers
            if request.document_type is None or header.type == request.document_type
        )
        return _within(request.period, tuple(fitting), lambda header: header.created)

    def _introduced(
        self,
        card: str,
        answer: Answer,
        state: DialogueState,
        *,
        after: DialogueState | None = None,
        pending: FillRequest | None = None,
    ) -> Carried:
        """On a change of patient the answer begins with full name and year of birth."""
        if card != state.patient:
            line = answers.patient_line(self._patients[card])
            answer = answer.after(f"{line}.")
        after = after if after is not None else _about(state, card)
        return Carried(answer, replace(after, pending=pending) if pending else after)


def _about(state: DialogueState, card: str) -> DialogueState:
    """The context with ``card`` current; lists of another patient are dropped."""
    return state if state.patient == card else DialogueState(patient=card)


def _refers_to_open(request: Request) -> bool:
    """Whether the request names nothing else than the document that lies open."""
    return request == Request("get_document", full=request.full, start=request.start)


def _within(
    period: Period | None, items: Sequence[T], day_of: Callable[[T], date]
) -> tuple[T, ...]:
    return tuple(
        item for item in items if period is None or period.start <= day_of(item) <= period.end
    )


def _ask_missing(request: Request) -> Answer:
    if request.intent == "add_note":
        return answers.ask_note()
    if request.observation is None:
        return answers.ask_which_observation()
    return answers.ask_value(request.observation)


def _dropped(pending: Pending | None) -> Answer:
    match pending:
        case ChooseIntent():
            return answers.say_it_otherwise()
        case ConfirmWrite() | AnswerChallenge():
            return answers.not_written()
        case FillRequest(request=request) if request.intent in ("add_note", "record_measurement"):
            return answers.not_written()
    return answers.cancelled()


def _say(phrase: Phrase, state: DialogueState) -> Carried:
    match phrase:
        case Phrase.STOPPED:
            return Carried(answers.stopped(), replace(state, pending=None))
        case Phrase.GOODBYE:
            return Carried(answers.goodbye(), DialogueState())
        case Phrase.HELP:
            return Carried(help_for(state), state)
        case Phrase.OUT_OF_SCOPE:
            return Carried(answers.out_of_scope(), state)
        case Phrase.NOT_UNDERSTOOD:
            return Carried(answers.not_understood(), state)
        case _ as unreachable:
            assert_never(unreachable)
