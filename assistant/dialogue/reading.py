"""Reads a patient's record from the ledger and renders the answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final, TypeVar

from assistant import answers
from assistant.answers import Answer
from assistant.answers.charts import PAGE, next_visit
from assistant.dialogue.state import ChooseHospital, DialogueState, Request
from ledger_client import LedgerClient
from ledger_client.messages import DocumentHeader, Hospital, Observation, Patient
from nlu.messages import Period

T = TypeVar("T")

_TIMED: Final = frozenset(
    {
        "get_hospital_visits",
        "get_documents_from_hospital",
        "get_document",
        "get_latest_vitals",
        "get_lab_result",
    }
)
"""Intents that read only what falls into the period asked for."""
_TREND: Final = 3
"""How many results of one laboratory code are fetched to tell a trend."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a plan gave: the answer and the context after it."""

    answer: Answer
    state: DialogueState


def about(state: DialogueState, card: str) -> DialogueState:
    """The context with ``card`` current; lists of another patient are dropped."""
    return state if state.patient == card else DialogueState(patient=card)


def introduced(
    patient: Patient, answer: Answer, state: DialogueState, after: DialogueState
) -> Carried:
    """On a change of patient the answer begins with full name and year of birth."""
    if patient.card != state.patient:
        answer = answer.after(f"{answers.patient_line(patient)}.")
    return Carried(answer, after)


class Reader:
    """Reads from one ledger on behalf of whom its client acts for."""

    def __init__(
        self,
        ledger: LedgerClient,
        patients: Mapping[str, Patient],
        hospitals: Mapping[str, Hospital],
    ) -> None:
        self._ledger = ledger
        self._patients = patients
        self._hospitals = hospitals

    def read(self, card: str, request: Request, state: DialogueState, now: datetime) -> Carried:
        """Answer ``request`` about one patient. Raises ledger_client.errors.LedgerError."""
        patient, today = self._patients[card], now.date()
        before = about(state, card)
        if request.hospital is not None and request.hospital not in self._hospitals:
            return introduced(patient, answers.unknown_hospital(), state, before)
        after = replace(before, pending=None, more=None, page=None)
        if request.time_unread and request.intent in _TIMED:
            return introduced(patient, answers.time_not_understood(), state, after)
        match request.intent:
            case "select_patient":
                answer = Answer(answers.patient_line(patient) + ".")
                return Carried(answer, after)
            case "get_hospital_visits":
                visits = _within(
                    request.period, self._ledger.hospital_visits(card), lambda v: v.started
                )
                answer = answers.visits(patient, visits, today, request.start)
                listed = tuple(id_ for id_, _ in answers.visited_hospitals(visits))
                after = replace(after, hospitals=listed, documents=(), page=request)
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
        return introduced(patient, answer, state, after)

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
                    documents=(),
                    pending=ChooseHospital(card, request) if visited else None,
                )
                names = tuple(name for _, name in visited)
                answer = (
                    answers.which_hospital(names) if names else answers.nothing_found("документы")
                )
                return introduced(patient, answer, state, asked)
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
            page=request,
        )
        return introduced(patient, answer, state, after)

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
                return introduced(patient, answers.nothing_found("документы"), state, before)
            if len(headers) > 1:
                after = replace(
                    before, documents=tuple(header.id for header in headers), pending=None
                )
                return introduced(patient, answers.which_document(headers), state, after)
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
        after = replace(before, document=document_id, pending=None, more=more, page=None)
        return introduced(patient, answer, state, after)

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


def _refers_to_open(request: Request) -> bool:
    """Whether the request names nothing else than the document that lies open."""
    return request == Request("get_document", full=request.full, start=request.start)


def _within(
    period: Period | None, items: Sequence[T], day_of: Callable[[T], date]
) -> tuple[T, ...]:
    return tuple(
        item for item in items if period is None or period.start <= day_of(item) <= period.end
    )
