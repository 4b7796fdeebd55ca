"""Reads a patient's record from the ledger and renders the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from assistant import answers
from assistant.answers import Answer
from assistant.answers.charts import next_visit
from assistant.answers.periods import within
from assistant.dialogue.archive import Archive
from assistant.dialogue.carried import Carried, about, introduced
from assistant.dialogue.departments import is_of, named
from assistant.dialogue.hospitals import OF_PLACES, of_the_patient
from assistant.dialogue.periods import before as before_its_period
from assistant.dialogue.state import ChooseIntent, ChoosePatient, DialogueState, Request
from assistant.dialogue.values import Values
from ledger_client import LedgerClient
from ledger_client.messages import Hospital, Patient
from nlu.messages import READINGS, Period
from nlu.vocabulary import OBSERVATIONS

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
        self._archive = Archive(ledger, patients, hospitals)

    def read(self, card: str, request: Request, state: DialogueState, now: datetime) -> Carried:
        """Answer ``request`` about one patient. Raises ledger_client.errors.LedgerError."""
        patient, today = self._patients[card], now.date()
        before = about(state, card)
        if isinstance(before.pending, ChoosePatient | ChooseIntent):
            before = replace(before, pending=None)  # it is chosen, also where nothing is found
        if request.hospital_said and request.intent in OF_PLACES:
            visits = self._ledger.hospital_visits(card)
            request = of_the_patient(request, visits, self._hospitals.values())
        if request.offered:
            return self._archive.ask_where(card, request, request.offered, before, state)
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
                visits = within(request.period, here, lambda visit: visit.started)
                if request.paper == "oldest":
                    request = replace(request, paper="", start=max(0, len(visits) - 1))
                if visits and request.start >= len(visits):
                    return introduced(patient, answers.no_more(), state, before)
                of = named(request.named)
                alone = request.ordinal is not None
                answer = answers.visits(patient, visits, today, request.start, at, of, alone=alone)
                if not visits:
                    answer = answers.no_visits(at, of, request.period, here, every, today)
                    if at is not None and request.period is None:  # the list before stays at hand
                        return introduced(patient, answer, state, replace(before, pending=None))
                listed = tuple(id_ for id_, _ in answers.visited_hospitals(visits))
                said = before.hospitals if at and before.hospitals else listed  # one is no list
                after = replace(after, hospitals=said, documents=(), page=request)
                start = next_visit(request.start, alone=alone)
                if len(visits) > start:
                    after = replace(after, more=replace(request, start=start, ordinal=None))
            case "get_documents_from_hospital":
                return self._archive.listed(card, request, before, state, today)
            case "get_document":
                return self._archive.opened(card, request, before, state, now)
            case "get_lab_result" if request.observation is None:
                as_document = replace(request, intent="get_document")
                return self._archive.opened(card, as_document, before, state, now)
            case "get_latest_vitals" | "get_lab_result":
                code = request.observation
                category = OBSERVATIONS[code].category if code is not None else "vital"
                every_value = self._values.asked(card, request, category)
                of_part = self._values.of_part(every_value, request, now)
                found = of_part or every_value
                if code is not None and category == "laboratory":
                    answer = answers.lab(patient, found, code, now)
                else:
                    answer = answers.vitals(patient, found, now)
                if request.part is not None and found and not of_part:
                    answer = answer.after(answers.none_in_part(request.part))
                if not found and request.period is not None:
                    answer = self._values.none(card, request, request.period, category, now)
            case "get_allergies":
                allergies = self._ledger.allergies(card)
                answer = answers.allergies(patient, allergies, request.substance)
                answer = _not_sorted(request, answer, "все аллергии" if allergies else "", today)
            case "get_medications":
                medicines = self._ledger.medications(card)
                told = request.told
                answer = answers.medications(patient, medicines, request.substance, told)
                over = told == "ended"
                what = "все отменённые" if over else "нынешние назначения"
                what = what if any(one.active != over for one in medicines) else ""
                answer = _not_sorted(request, answer, what, today)
            case "get_diagnoses":
                diagnoses = self._ledger.diagnoses(card)
                answer = answers.diagnoses(
                    patient, diagnoses, request.substance, request.named, request.told
                )
                answer = _not_sorted(request, answer, "все диагнозы" if diagnoses else "", today)
            case _:
                return Carried(answers.not_understood(), state)
        if request.observation is not None and request.intent in READINGS:
            if request.start and not found:
                earlier = before_its_period(request)
                if earlier is None:
                    return Carried(answers.no_more(), before)
                return self.read(card, earlier, state, now)
            after = replace(after, page=request)
        if request.hospital is not None and request.intent in READINGS:
            answer = answer.after(answers.not_sorted(True, False, "результаты из всех"))
        return introduced(patient, answer, state, after)


def _not_sorted(request: Request, answer: Answer, what: str, today: date) -> Answer:
    """Say that a hospital or a time that was named chose nothing of ``what`` follows."""
    now = None if request.told == "ended" else Period(today, today)
    by_time = request.time_unread or request.period not in (None, now)
    if not what or not (by_time or request.hospital is not None):
        return answer
    return answer.after(answers.not_sorted(request.hospital is not None, by_time, what))
