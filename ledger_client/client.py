"""The typed face of the ledger's REST API."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, Self, TypeVar

from pydantic import ValidationError

from ledger_client.appends import Item, NewNote, NewObservation, NewTransaction
from ledger_client.errors import LedgerProtocolError, LedgerRequestError
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
from ledger_client.transport import Transport
from ledger_client.wire import API_VERSION, IDEMPOTENCY_HEADER, from_wire, to_wire

_PAGE: Final = 1000
_UPGRADE = "Check that this is the ledger, and that it belongs to this version of the assistant."

T = TypeVar("T")


class LedgerClient:
    """Reads and appends; every method raises :class:`ledger_client.errors.LedgerError` only.

    ``token`` is an account's credential (without a good one requests go out unsigned, which
    the ledger refuses); ``timeout`` is in seconds, for one call with its retries. Lists come in
    the service's order: visits, documents and observations newest first.
    """

    def __init__(self, base_url: str, token: str, timeout: float = 5.0) -> None:
        self._transport = Transport(base_url, token, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the open connections."""
        self._transport.close()

    def acting_for(self, actor: str) -> Self:
        """The same client, asking on behalf of a person of the account's organisation."""
        other = copy(self)
        other._transport = self._transport.acting_for(actor)
        return other

    def health(self) -> Health:
        """Whether the service is up and speaks this API; needs no credential."""
        health = self._message(Health, self._transport.get("/health", {}))
        _promised(health.status == "ok" and health.api_version == API_VERSION)
        return health

    def patients(self, query: str | None = None) -> tuple[Patient, ...]:
        """All patients, or those with ``query`` in a name or the card number."""
        found: list[Patient] = []
        while True:
            page = self._page(
                Patient,
                "/patients",
                query=query,
                limit=str(_PAGE),
                offset=str(len(found)),
            )
            _promised(page.offset == len(found))
            found += page.items
            _promised(len(found) <= page.total and (page.items or len(found) == page.total))
            if len(found) == page.total:
                _promised(len({patient.card for patient in found}) == len(found))
                return tuple(found)

    def hospitals(self) -> tuple[Hospital, ...]:
        """All organisations of the ledger."""
        return self._page(Hospital, "/hospitals").items

    def hospital_visits(self, patient_id: str) -> tuple[Visit, ...]:
        """The patient's visits to all hospitals."""
        return self._page(Visit, "/getHospitalVisits", patientId=patient_id).items

    def documents_from_hospital(
        self, hospital_id: str, patient_id: str
    ) -> tuple[DocumentHeader, ...]:
        """The patient's documents from one hospital, without their texts."""
        headers = self._page(
            DocumentHeader,
            "/getDocumentsFromHospital",
            hospitalId=hospital_id,
            patientId=patient_id,
        ).items
        _promised(
            header.patient_id == patient_id and header.hospital_id == hospital_id
            for header in headers
        )
        return headers

    def document(self, document_id: str) -> Document:
        """One document with its text."""
        body = self._transport.get("/getDocument", {"documentId": document_id})
        document = self._message(Document, body)
        _promised(document.header.id == document_id)
        return document

    def observations(
        self,
        patient_id: str,
        code: str | None = None,
        category: str | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int | None = None,
    ) -> tuple[Observation, ...]:
        """Measured values, newest first; ``since`` and ``until`` are days, both included."""
        found = self._page(
            Observation,
            "/observations",
            patientId=patient_id,
            code=code,
            category=category,
            since=since.isoformat() if since else None,
            until=until.isoformat() if until else None,
            limit=str(limit) if limit is not None else None,
        ).items
        _promised(
            (code is None or item.code == code)
            and (category is None or item.category == category)
            and (since is None or item.taken.date() >= since)
            and (until is None or item.taken.date() <= until)
            for item in found
        )
        _promised(a.taken >= b.taken for a, b in pairwise(found))
        _promised(limit is None or len(found) <= limit)
        return found

    def allergies(self, patient_id: str) -> tuple[Allergy, ...]:
        """Known allergies; empty when none is recorded."""
        return self._page(Allergy, "/allergies", patientId=patient_id).items

    def medications(self, patient_id: str) -> tuple[Medication, ...]:
        """Prescriptions, past ones too."""
        return self._page(Medication, "/medications", patientId=patient_id).items

    def diagnoses(self, patient_id: str) -> tuple[Diagnosis, ...]:
        """Diagnoses, past ones too."""
        return self._page(Diagnosis, "/diagnoses", patientId=patient_id).items

    def notes(self, patient_id: str) -> tuple[Note, ...]:
        """Clinicians' notes, newest first."""
        return self._page(Note, "/notes", patientId=patient_id).items

    def append_observation(
        self,
        patient_id: str,
        code: str,
        values: Iterable[Decimal],
        unit: str,
        taken: datetime,
        source: str,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Store a measured value; stored once however often the same key is sent.

        ``taken`` must know its time zone. Without a key one is made for this call, so that
        its own retries can't store twice either.
        """
        new = NewObservation(patient_id, code, tuple(values), unit, taken, source)
        return self._append("/observations", new, idempotency_key)

    def append_note(
        self,
        patient_id: str,
        text: str,
        author: str,
        written: datetime,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Store a note; the key works as in :meth:`append_observation`."""
        new = NewNote(patient_id, text, author, written)
        return self._append("/notes", new, idempotency_key)

    def append_observations(
        self, observations: Iterable[NewObservation], idempotency_key: str
    ) -> tuple[Receipt, ...]:
        """Store measured values together, or none; the key works as in the other appends."""
        items = tuple(Item(observation=observation) for observation in observations)
        body = to_wire(NewTransaction(items))
        headers = {IDEMPOTENCY_HEADER: idempotency_key}
        receipts = self._message(
            _page_of(Receipt), self._transport.post("/transactions", body, headers)
        ).items
        _promised(len(receipts) == len(items))
        return receipts

    def _append(self, path: str, new: NewObservation | NewNote, key: str | None) -> Receipt:
        try:
            body = to_wire(new)
            from_wire(type(new), body)
        except TypeError as error:
            raise LedgerRequestError(str(error), "Correct the record.") from None
        except ValidationError as error:
            fields = ", ".join(str(part) for item in error.errors() for part in item["loc"])
            raise LedgerRequestError(
                f"The record has values that the ledger does not take ({fields}).",
                "Correct the record.",
            ) from None
        headers = {IDEMPOTENCY_HEADER: key or uuid.uuid4().hex}
        return self._message(Receipt, self._transport.post(path, body, headers))

    def _page(self, kind: type[T], path: str, **parameters: str | None) -> Page[T]:
        given: Mapping[str, str] = {k: v for k, v in parameters.items() if v is not None}
        return self._message(_page_of(kind), self._transport.get(path, given))

    @staticmethod
    def _message(kind: type[T], body: bytes) -> T:
        try:
            return from_wire(kind, body)
        except (ValidationError, RecursionError):
            # the validation error quotes the answer: it stays here
            raise LedgerProtocolError(
                "The ledger's answer has not the promised shape.", _UPGRADE
            ) from None


def _page_of(kind: type[T]) -> type[Page[T]]:
    return Page[kind]  # type: ignore[valid-type]


def _promised(kept: object) -> None:
    """Refuse an answer to another question than the one asked."""
    if not (all(kept) if isinstance(kept, Iterable) else kept):
        raise LedgerProtocolError("The ledger's answer does not fit the question.", _UPGRADE)
