"""Endpoints that read patients' records."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from ledger.access import CLINICAL
from ledger.endpoints.shared import LIMIT, PATIENT, RECORD, Endpoints, T, newest_first, page_of_all
from ledger.errors import AccessDenied, PatientForgotten
from ledger.http import HEADERS
from ledger.intake import ecg_chain
from ledger.objects import opened as opened_object
from ledger.objects import verify_file
from ledger.operations import Call, Endpoint, Query
from ledger_client.messages import (
    Access,
    Alert,
    Allergy,
    Attachment,
    BreakGlass,
    Consent,
    Diagnosis,
    Document,
    DocumentHeader,
    EcgChunk,
    Grant,
    Hospital,
    Medication,
    Note,
    Observation,
    Page,
    Patient,
    Visit,
    current,
)

_NO_LIMIT: Final = 100_000_000


def endpoints(api: Reading) -> tuple[Endpoint, ...]:
    """The operations, as they are served and described."""

    def listed(path: str, kind: type[T], summary: str, day: Callable[[T], Any]) -> Endpoint:
        answer = api.of_patient(path[1:], kind, day)
        return Endpoint("GET", path, summary, answer, Page[kind], (PATIENT,), roles=CLINICAL)  # type: ignore[valid-type]

    code = "[a-z0-9_]{1,40}"
    return (
        Endpoint(
            "GET",
            "/patients",
            "Patients whose records the caller may read, found by name or card.",
            api.patients,
            Page[Patient],
            (
                Query("query", "Part of a name or of a card number."),
                replace(LIMIT, default=100),
                Query("offset", "How many to leave out.", kind="number", default=0),
            ),
            roles=CLINICAL,
        ),
        Endpoint("GET", "/hospitals", "All hospitals.", api.hospitals, Page[Hospital]),
        listed("/getHospitalVisits", Visit, "A patient's visits to all hospitals.", _started),
        Endpoint(
            "GET",
            "/getDocumentsFromHospital",
            "A patient's documents from one hospital, without their texts.",
            api.documents,
            Page[DocumentHeader],
            (Query("hospitalId", "Id of a hospital.", code, required=True), PATIENT),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/getDocument",
            "One document with its text.",
            api.document,
            Document,
            (Query("documentId", "Id of a document.", "[0-9a-f]{32}", required=True),),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/observations",
            "Measured values, newest first.",
            api.observations,
            Page[Observation],
            (
                PATIENT,
                Query("code", "What was measured.", code),
                Query("category", "vital or laboratory.", "vital|laboratory"),
                Query("since", "First day.", kind="date"),
                Query("until", "Last day.", kind="date"),
                replace(LIMIT, most=_NO_LIMIT),
            ),
            roles=CLINICAL,
        ),
        listed("/allergies", Allergy, "Known allergies.", lambda a: a.recorded),
        listed("/medications", Medication, "Prescriptions, past ones too.", lambda m: m.since),
        listed("/diagnoses", Diagnosis, "Diagnoses, past ones too.", lambda d: d.recorded),
        listed("/notes", Note, "Clinicians' notes.", lambda n: n.written),
        listed(
            "/attachments", Attachment, "A patient's documents of any kind.", lambda a: a.created
        ),
        Endpoint(
            "GET",
            "/attachments/{recordId}/content",
            "The content of a document, checked against the chain before it is sent.",
            api.content,
            None,
            (RECORD,),
            roles=CLINICAL,
            download=True,
        ),
        listed("/consents", Consent, "The patient's consent and its withdrawals.", lambda c: 0),
        listed("/grants", Grant, "What the patient has allowed to whom.", lambda g: 0),
        Endpoint(
            "GET",
            "/ecg",
            "A patient's ECG, newest stretch first.",
            api.ecg,
            Page[EcgChunk],
            (PATIENT, replace(LIMIT, default=10)),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/alerts",
            "Alerts on the patients that the caller is in charge of and has not heard.",
            api.alerts,
            Page[Alert],
            roles=CLINICAL,
        ),
        listed("/emergencies", BreakGlass, "Broken glass, with the reasons.", lambda b: b.since),
        Endpoint(
            "GET",
            "/accesses",
            "Who looked at the patient's records.",
            api.accesses,
            Page[Access],
            (PATIENT,),
            roles=CLINICAL,
        ),
    )


class Reading(Endpoints):
    """Reads of patients' records; each is recorded."""

    def patients(self, call: Call) -> Page[Patient]:
        query, offset = _folded(call.values["query"] or ""), call.values["offset"]
        everyone = self._charts.patients()
        readable = self._access.roster(call.caller, [patient.card for patient in everyone])
        found = tuple(
            patient
            for patient in everyone
            if patient.card in readable
            and (
                query in patient.card
                or query in _folded(f"{patient.last} {patient.first} {patient.middle}")
            )
        )
        return Page(found[offset : offset + call.values["limit"]], len(found), offset)

    def hospitals(self, _: Call) -> Page[Hospital]:
        return page_of_all(self._charts.hospitals())

    def documents(self, call: Call) -> Page[DocumentHeader]:
        card = self._readable(call, "getDocumentsFromHospital")
        hospital = self._charts.hospital(call.values["hospitalId"])
        every = [document.header for document in self._charts.chart(card).all(Document)]
        headers = [header for header in current(every) if header.hospital_id == hospital.id]
        return newest_first(headers, lambda header: header.created)

    def document(self, call: Call) -> Document:
        document = self._charts.document(call.values["documentId"])
        self._access.read(call.caller, document.header.patient_id, "getDocument")
        return document

    def observations(self, call: Call) -> Page[Observation]:
        card, asked = self._readable(call, "observations"), call.values
        found = [
            item
            for item in current(self._charts.chart(card).all(Observation))
            if asked["code"] in (None, item.code)
            and asked["category"] in (None, item.category)
            and (asked["since"] is None or item.taken.date() >= asked["since"])
            and (asked["until"] is None or item.taken.date() <= asked["until"])
        ]
        newest = sorted(found, key=lambda item: item.taken, reverse=True)
        return Page(tuple(newest[: asked["limit"] or _NO_LIMIT]), len(found), 0)

    def of_patient(
        self, what: str, kind: type[T], day: Callable[[T], Any]
    ) -> Callable[[Call], Page[T]]:
        """An endpoint that lists one kind of a patient's records, newest first."""

        def answer(call: Call) -> Page[T]:
            card = self._readable(call, what)
            items = self._charts.chart(card).all(kind)
            return newest_first(list(reversed(items)), day)

        return answer

    def accesses(self, call: Call) -> Page[Access]:
        card = self._readable(call, "accesses")
        return page_of_all(self._journal.recorded(self._charts, card))

    def ecg(self, call: Call) -> Page[EcgChunk]:
        chain = ecg_chain(self.store, self._readable(call, "ecg"))
        chunks = self._charts.chain(chain).all(EcgChunk) if self.store.has_chain(chain) else ()
        limit = call.values["limit"]
        newest = sorted(chunks, key=lambda chunk: chunk.started, reverse=True)
        return Page(tuple(newest[:limit]), len(chunks), 0)

    def alerts(self, call: Call) -> Page[Alert]:
        found = []
        for alert in self._alerts.waiting(call.caller.actor):
            with suppress(AccessDenied, PatientForgotten):
                self._access.read(call.caller, alert.card, "alerts")
                found.append(alert)
        return page_of_all(found)

    def content(self, call: Call) -> Response:
        chain, attachment = self._charts.attachment(call.values["recordId"])
        card = self._charts.chain(chain).all(Patient)[0].card
        self._access.read(call.caller, card, "content")
        path = self.store.objects.path(chain, attachment.id)
        verify_file(path, attachment.sealed_sha256)
        key = self.store.data_key(chain).object_key(attachment.id)
        return StreamingResponse(
            opened_object(path, key, attachment.id),
            headers={**HEADERS, "Content-Length": str(attachment.size)},
            media_type=attachment.media_type,
        )


def _started(visit: Visit) -> Any:
    return visit.started


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")
