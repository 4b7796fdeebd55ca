"""Reads a patient's record from the ledger and renders the answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final, TypeVar

from assistant import answers
from assistant.answers import Answer
from assistant.answers.charts import PAGE, next_visit
from assistant.answers.periods import nearest
from assistant.dialogue.asked import at_place
from assistant.dialogue.departments import is_of, named
from assistant.dialogue.hospitals import OF_PLACES, of_the_patient
from assistant.dialogue.papers import is_named, listing, to_list
from assistant.dialogue.periods import before as before_its_period
from assistant.dialogue.periods import comes_on
from assistant.dialogue.state import ChooseHospital, DialogueState, Request
from assistant.dialogue.values import Values
from ledger_client import LedgerClient
from ledger_client.messages import DocumentHeader, Hospital, Patient
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
_OF_VALUES: Final = frozenset({"get_latest_vitals", "get_lab_result"})


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
        self._values = Values(ledger)

    def read(self, card: str, request: Request, state: DialogueState, now: datetime) -> Carried:
        """Answer ``request`` about one patient. Raises ledger_client.errors.LedgerError."""
        patient, today = self._patients[card], now.date()
        before = about(state, card)
        if request.hospital_said and request.intent in OF_PLACES:
            visits = self._ledger.hospital_visits(card)
            request = of_the_patient(request, visits, self._hospitals.values())
        if request.offered:
            return self._ask_where(card, request, request.offered, before, state)
        if request.hospital is not None and request.hospital not in self._hospitals:
            return introduced(patient, answers.unknown_hospital(), state, before)
        after = replace(before, pending=None, more=None, page=None)
        if request.time_unread and request.intent in _TIMED:
            return introduced(patient, answers.time_not_understood(), state, after)
        if request.unlisted and request.observation is None and request.document_type is None:
            return introduced(patient, answers.unlisted(request.unlisted), state, after)
        match request.intent:
            case "select_patient":
                answer = Answer(answers.patient_line(patient) + ".")
                return Carried(answer, after)
            case "get_hospital_visits":
                at = self._hospitals[request.hospital] if request.hospital else None
                every = self._ledger.hospital_visits(card)
                here = tuple(
                    visit
                    for visit in every
                    if (at is None or visit.hospital_id == at.id)
                    and is_of(visit.department, request.named)
                )
                visits = _within(request.period, here, lambda visit: visit.started)
                if visits and request.start >= len(visits):
                    return introduced(patient, answers.no_more(), state, before)
                of = named(request.named)
                answer = answers.visits(patient, visits, today, request.start, at, of)
                if not visits:
                    answer = answers.no_visits(at, of, request.period, here, every, today)
                listed = tuple(id_ for id_, _ in answers.visited_hospitals(visits))
                said = before.hospitals if at and before.hospitals else listed  # one is no list
                after = replace(after, hospitals=said, documents=(), page=request)
                start = next_visit(request.start)
                if len(visits) > start:
                    after = replace(after, more=replace(request, start=start))
            case "get_documents_from_hospital":
                return self._documents(card, request, before, state, today)
            case "get_document":
                return self._document(card, request, before, state, now)
            case "get_latest_vitals":
                found = self._values.asked(card, request, "vital")
                answer = answers.vitals(patient, found, now)
                if not found and request.period is not None:
                    answer = self._values.none(card, request, request.period, "vital", now)
            case "get_lab_result":
                if request.observation is None:
                    as_document = replace(request, intent="get_document")
                    return self._document(card, as_document, before, state, now)
                found = self._values.asked(card, request, "laboratory")
                answer = answers.lab(patient, found, request.observation, now)
                if not found and request.period is not None:
                    answer = self._values.none(card, request, request.period, "laboratory", now)
            case "get_allergies":
                allergies = self._ledger.allergies(card)
                answer = answers.allergies(patient, allergies, request.substance)
                answer = _not_sorted(request, answer, "все аллергии" if allergies else "", today)
            case "get_medications":
                medicines = self._ledger.medications(card)
                told = request.medicines
                answer = answers.medications(patient, medicines, request.substance, told)
                over = told == "ended"
                what = "все отменённые" if over else "нынешние назначения"
                what = what if any(one.active != over for one in medicines) else ""
                answer = _not_sorted(request, answer, what, today)
            case "get_diagnoses":
                diagnoses = self._ledger.diagnoses(card)
                answer = answers.diagnoses(patient, diagnoses, request.substance, request.named)
                answer = _not_sorted(request, answer, "все диагнозы" if diagnoses else "", today)
            case _:
                return Carried(answers.not_understood(), state)
        if request.observation is not None and request.intent in _OF_VALUES:
            if request.start and not found:
                earlier = before_its_period(request)
                if earlier is None:
                    return Carried(answers.no_more(), before)
                return self.read(card, earlier, state, now)
            after = replace(after, page=request)
        if request.hospital is not None and request.intent in _OF_VALUES:
            answer = answer.after(answers.not_sorted(True, False, "результаты из всех"))
        return introduced(patient, answer, state, after)

    def _documents(
        self,
        card: str,
        request: Request,
        before: DialogueState,
        state: DialogueState,
        today: date,
    ) -> Carried:
        patient = self._patients[card]
        at = request.hospital
        if at is None:
            having = {one.hospital_id for one in self._all_documents(card, request)}
            visited = answers.visited_hospitals(self._ledger.hospital_visits(card))
            with_any = tuple(id_ for id_, _ in visited if id_ in having)
            if len(with_any) > 1:
                return self._ask_where(card, request, with_any, before, state)
            if not with_any:
                answer = self._no_document(card, request, today)
                asked = listing(request, (), replace(before, hospitals=()))
                return introduced(patient, answer, state, asked)
            at = with_any[0]
        headers = self._all_documents(card, request, before.documents)
        name = self._hospitals[at].name
        answer = answers.documents(patient, name, headers, request.start, PAGE)
        if not headers:
            answer = self._no_document(card, request, today)
        return introduced(patient, answer, state, listing(request, headers, before))

    def _ask_where(
        self,
        card: str,
        request: Request,
        hospitals: tuple[str, ...],
        before: DialogueState,
        state: DialogueState,
    ) -> Carried:
        """Ask which of the ``hospitals`` is meant, in the order in which they are counted."""
        names = tuple(self._hospitals[id_].name for id_ in hospitals)
        asked = replace(
            before,
            hospitals=hospitals,
            documents=(),
            document=None,
            pending=ChooseHospital(card, replace(request, hospital=None, offered=())),
        )
        return introduced(self._patients[card], answers.which_hospital(names), state, asked)

    def _document(
        self,
        card: str,
        request: Request,
        before: DialogueState,
        state: DialogueState,
        now: datetime,
    ) -> Carried:
        """Open one document: by its place in the last list, or the only one that fits."""
        patient = self._patients[card]
        document_id, sole, page = request.document, False, None
        if document_id is None and before.document is not None and _refers_to_open(request):
            document_id = before.document
        if document_id is None and request.ordinal is not None:
            # of the patient who is current though named as well
            document_id = at_place(before.documents, request.ordinal)
        if document_id is None:
            if request.paper == "unknown":
                return introduced(patient, answers.unknown_document(), state, before)
            if request.ordinal is not None and before.documents:
                return Carried(answers.no_more(), before)
            listed = before.page
            if listed and listed.intent == "get_documents_from_hospital" and request.paper:
                same = None if request.document_type else listed.period
                request = replace(
                    request,
                    hospital=request.hospital or listed.hospital,
                    period=request.period or same,
                )
            headers = self._all_documents(card, request, before.documents)
            if not headers:
                answer = self._values.without_document(card, request, now) or self._no_document(
                    card, request, now.date()
                )
                return introduced(patient, answer, state, before)
            named = headers
            if request.named and len(headers) > 1:
                named = tuple(
                    one for one in headers if is_named(self._ledger.document(one.id), request.named)
                )
            headers = named or headers
            if len(headers) > 1 and (not request.paper or not named):
                first = to_list(request)
                answer = answers.which_document(headers, first.start)
                after = listing(first, headers, before)
                return introduced(patient, answer, state, after)
            if request.start >= len(headers):
                earlier = before_its_period(replace(request, paper="newest"))
                if earlier is None:
                    return Carried(answers.no_more(), before)
                return self._document(card, earlier, before, state, now)
            oldest = request.paper == "oldest"
            document_id = headers[-1 if oldest else request.start].id
            sole, page = len(headers) == 1, None if oldest else request
        document = self._ledger.document(document_id)
        if document.header.patient_id != card:
            return Carried(answers.nothing_found("документы"), before)
        attached = self._genuine(card, document_id)
        if request.full:
            answer, more = answers.document_text(document), None
        else:
            answer = answers.document(document, patient)
            more = Request("get_document", document=document_id, full=True)
        if sole and request.named and not is_named(document, request.named):
            answer = answers.only_this(answer)
        answer = answers.with_attached(answer, attached)
        if document_id not in before.documents:
            before = replace(before, documents=(document_id,))
        after = replace(before, document=document_id, pending=None, more=more, page=page)
        return introduced(patient, answer, state, after)

    def _no_document(self, card: str, request: Request, today: date) -> Answer:
        """The nearest in time from the same place; without a time the newest from any other."""
        place = self._hospitals[request.hospital].name if request.hospital else None
        kind, period = request.document_type, request.period
        others = self._all_documents(card, replace(request, period=None))
        if not others and place is not None:
            period = None
            others = self._all_documents(card, Request(request.intent, document_type=kind))
        near = nearest(period, others, lambda one: one.created) if period else None
        if period is None and others:
            near = others[0]
        return answers.no_document(kind, place, period, near, today)

    def _genuine(self, card: str, document_id: str) -> int:
        """How many files belong to a document, each checked; raises LedgerError for a false one."""
        files = [a for a in self._ledger.attachments(card) if a.document_id == document_id]
        for file in files:
            with Path(os.devnull).open("wb") as nowhere:
                self._ledger.attachment_content(file, nowhere)
        return len(files)

    def _all_documents(
        self, card: str, request: Request, listed: Collection[str] = ()
    ) -> tuple[DocumentHeader, ...]:
        """The patient's documents that fit the request, newest first.

        Where none is of that day or month, and no year was said, those ``listed`` that are of
        another year.
        """
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
        kind, period = request.document_type, request.period
        fitting = tuple(header for header in newest if kind is None or header.type == kind)
        within = _within(period, fitting, lambda header: header.created)
        if within or period is None or not request.yearless:
            return within
        return tuple(one for one in fitting if one.id in listed and comes_on(one.created, period))


def _refers_to_open(request: Request) -> bool:
    """Whether the request names nothing else than the document that lies open."""
    return request == Request("get_document", full=request.full)


def _not_sorted(request: Request, answer: Answer, what: str, today: date) -> Answer:
    """Say that a hospital or a time that was named chose nothing of ``what`` follows."""
    now = None if request.medicines == "ended" else Period(today, today)
    by_time = request.time_unread or request.period not in (None, now)
    if not what or not (by_time or request.hospital is not None):
        return answer
    return answer.after(answers.not_sorted(request.hospital is not None, by_time, what))


def _within(
    period: Period | None, items: Sequence[T], day_of: Callable[[T], date]
) -> tuple[T, ...]:
    return tuple(
        item for item in items if period is None or period.start <= day_of(item) <= period.end
    )
