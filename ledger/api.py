"""The endpoints of the ledger's REST API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.responses import Response
from starlette.types import ASGIApp

from ledger.charts import Charts
from ledger.http import Parameters, append_route, application, read_route, reply
from ledger.intake import Intake
from ledger.store import Draft, Store
from ledger.verify import verify
from ledger_client.appends import NewDocument, NewNote, NewObservation, NewVisit
from ledger_client.messages import (
    Allergy,
    Diagnosis,
    Document,
    DocumentHeader,
    Health,
    Hospital,
    Medication,
    Note,
    Observation,
    Page,
    Patient,
    Receipt,
    Visit,
)
from ledger_client.sealed import Header
from ledger_client.wire import API_VERSION

_MAX_PATIENTS: Final = 1000
_NO_LIMIT: Final = 100_000_000
_CODE: Final = "[a-z0-9_]{1,40}"
_PATIENT: Final = ("patientId",)

T = TypeVar("T")


def create_app(store: Store, token: str) -> ASGIApp:
    """The ASGI application over ``store``; whoever has ``token`` may read and append."""
    api = _Api(store)
    return application(
        [
            read_route("/health", (), api.health),
            read_route("/patients", ("query", "limit", "offset"), api.patients),
            read_route("/hospitals", (), api.hospitals),
            read_route("/getHospitalVisits", _PATIENT, api.visits),
            read_route("/getDocumentsFromHospital", ("hospitalId", "patientId"), api.documents),
            read_route("/getDocument", ("documentId",), api.document),
            read_route(
                "/observations",
                ("patientId", "code", "category", "since", "until", "limit"),
                api.observations,
            ),
            read_route("/allergies", _PATIENT, api.of_patient(Allergy, lambda a: a.recorded)),
            read_route("/medications", _PATIENT, api.of_patient(Medication, lambda m: m.since)),
            read_route("/diagnoses", _PATIENT, api.of_patient(Diagnosis, lambda d: d.recorded)),
            read_route("/notes", _PATIENT, api.of_patient(Note, lambda n: n.written)),
            read_route("/chain", _PATIENT, api.chain),
            read_route("/verify", (), api.verify),
            append_route("/observations", NewObservation, api.append(api.intake.observation)),
            append_route("/notes", NewNote, api.append(api.intake.note)),
            append_route("/visits", NewVisit, api.append(api.intake.visit)),
            append_route("/documents", NewDocument, api.append(api.intake.document)),
        ],
        token,
        open_paths=("/health",),
    )


class _Api:
    """The endpoints. Each takes checked parameters and gives a response."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._charts = Charts(store)
        self.intake = Intake(store, self._charts)

    def health(self, _: Parameters) -> Response:
        return reply(Health("ok", API_VERSION))

    def patients(self, parameters: Parameters) -> Response:
        limit = parameters.number("limit", 100, 1, _MAX_PATIENTS)
        offset = parameters.number("offset", 0, 0, 10**9)
        query = _folded(parameters.optional("query") or "")
        found = tuple(
            patient
            for patient in self._charts.patients()
            if query in patient.card
            or query in _folded(f"{patient.last} {patient.first} {patient.middle}")
        )
        page = Page(found[offset : offset + limit], len(found), offset)
        return reply(page, Page[Patient])

    def hospitals(self, _: Parameters) -> Response:
        return _all(self._charts.hospitals(), Hospital)

    def visits(self, parameters: Parameters) -> Response:
        visits = self._charts.chart(parameters.card()).all(Visit)
        return _newest_first(visits, Visit, lambda visit: visit.started)

    def documents(self, parameters: Parameters) -> Response:
        chart = self._charts.chart(parameters.card())
        hospital = self._charts.hospital(parameters.text("hospitalId", _CODE))
        headers = tuple(
            document.header
            for document in chart.all(Document)
            if document.header.hospital_id == hospital.id
        )
        return _newest_first(headers, DocumentHeader, lambda header: header.created)

    def document(self, parameters: Parameters) -> Response:
        return reply(self._charts.document(parameters.text("documentId", "[0-9a-f]{32}")))

    def observations(self, parameters: Parameters) -> Response:
        code = parameters.optional("code", _CODE)
        category = parameters.optional("category", "vital|laboratory")
        since, until = parameters.day("since"), parameters.day("until")
        limit = parameters.number("limit", _NO_LIMIT, 1, _NO_LIMIT)
        found = [
            item
            for item in self._charts.chart(parameters.card()).all(Observation)
            if (code is None or item.code == code)
            and (category is None or item.category == category)
            and (since is None or item.taken.date() >= since)
            and (until is None or item.taken.date() <= until)
        ]
        newest = tuple(sorted(found, key=lambda item: item.taken, reverse=True)[:limit])
        return reply(Page(newest, len(found), 0), Page[Observation])

    def of_patient(
        self, kind: type[T], day: Callable[[T], Any]
    ) -> Callable[[Parameters], Response]:
        """An endpoint that lists one kind of a patient's records, newest first."""

        def answer(parameters: Parameters) -> Response:
            return _newest_first(self._charts.chart(parameters.card()).all(kind), kind, day)

        return answer

    def chain(self, parameters: Parameters) -> Response:
        headers = tuple(self._charts.chart(parameters.card()).headers)
        return _all(headers, Header)

    def verify(self, _: Parameters) -> Response:
        return reply(verify(self._store.home))

    def append(
        self, draft: Callable[[T, str | None], Draft]
    ) -> Callable[[T, str | None], Response]:
        """An endpoint that stores one record."""

        def answer(message: T, key: str | None) -> Response:
            receipt = self._store.append([draft(message, key)])[0]
            return reply(receipt, Receipt, 201)

        return answer


def _all(items: tuple[T, ...], kind: type[T]) -> Response:
    return reply(Page(items, len(items), 0), Page[kind])  # type: ignore[valid-type]


def _newest_first(items: tuple[T, ...], kind: type[T], day: Callable[[T], Any]) -> Response:
    return _all(tuple(sorted(items, key=day, reverse=True)), kind)


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")
