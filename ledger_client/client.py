"""The typed face of the ledger's REST API."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import BinaryIO, Final, Self, TypeVar

from pydantic import ValidationError

from ledger_client.appends import (
    Item,
    NewAlert,
    NewAttachment,
    NewBreakGlass,
    NewCharge,
    NewCosignature,
    NewDocument,
    NewEcg,
    NewHeard,
    NewNote,
    NewObservation,
    NewPatient,
    NewTransaction,
    NewVisit,
)
from ledger_client.asking import page_of, promised
from ledger_client.cache import ReadCache
from ledger_client.contracts import ContractAsker
from ledger_client.errors import LedgerProofError, LedgerRequestError
from ledger_client.messages import (
    Access,
    Alert,
    Allergy,
    Attachment,
    Checkpoint,
    Diagnosis,
    Document,
    DocumentHeader,
    EcgChunk,
    Health,
    Hospital,
    Medication,
    Note,
    Observation,
    Patient,
    Receipt,
    Visit,
    current,
)
from ledger_client.transport import Content, Transport
from ledger_client.trust import Trust
from ledger_client.wire import API_VERSION, IDEMPOTENCY_HEADER, from_wire, to_wire

_PAGE: Final = 1000

T = TypeVar("T")
Record = NewObservation | NewNote | NewVisit | NewDocument | NewEcg | NewAlert


class LedgerClient(ContractAsker):
    """Reads and appends; every method raises :class:`ledger_client.errors.LedgerError` only.

    ``token`` is an account's credential (without a good one requests go out unsigned, which
    the ledger refuses); ``timeout`` is in seconds, for one call with its retries. Lists come in
    the service's order: visits, documents and observations newest first.

    With ``trust`` every read of a patient's records is proved against the ledger's signed
    blocks before it is given. ``pin`` is the SHA-256 of the server's TLS certificate (hex).
    With ``cache`` the last answers stand in while the ledger can't be reached.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        timeout: float = 5.0,
        *,
        trust: Trust | None = None,
        pin: str | None = None,
        cache: ReadCache | None = None,
    ) -> None:
        super().__init__(Transport(base_url, token, timeout, pin), trust, cache)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the open connections."""
        self._transport.close()

    def health(self) -> Health:
        """Whether the service is up and speaks this API; needs no credential."""
        health = self._message(Health, self._transport.get("/health", {}))
        promised(health.status == "ok" and health.api_version == API_VERSION)
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
            promised(page.offset == len(found))
            found += page.items
            promised(len(found) <= page.total and (page.items or len(found) == page.total))
            if len(found) == page.total:
                promised(len({patient.card for patient in found}) == len(found))
                return tuple(found)

    def hospitals(self) -> tuple[Hospital, ...]:
        """All organisations of the ledger."""
        return self._page(Hospital, "/hospitals").items

    def hospital_visits(self, patient_id: str) -> tuple[Visit, ...]:
        """The patient's visits to all hospitals."""
        return current(self._listed(Visit, "visit", "/getHospitalVisits", patient_id))

    def documents_from_hospital(
        self, hospital_id: str, patient_id: str
    ) -> tuple[DocumentHeader, ...]:
        """The patient's documents from one hospital, without their texts."""
        asked = {"hospitalId": hospital_id, "patientId": patient_id}
        headers = self._some(DocumentHeader, "document", "/getDocumentsFromHospital", asked)
        promised(
            header.patient_id == patient_id and header.hospital_id == hospital_id
            for header in headers
        )
        return headers

    def document(self, document_id: str) -> Document:
        """One document with its text."""

        def checked(body: bytes, fresh: bool) -> Document:
            document = self._message(Document, body)
            promised(document.header.id == document_id)
            if fresh:
                self._prove("document", document.header.patient_id, [json.loads(body)])
            return document

        return self._get("/getDocument", {"documentId": document_id}, checked)

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
        asked = {
            "patientId": patient_id,
            "code": code,
            "category": category,
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "limit": str(limit) if limit is not None else None,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        found = self._some(Observation, "observation", "/observations", given)
        promised(
            (code is None or item.code == code)
            and (category is None or item.category == category)
            and (since is None or item.taken.date() >= since)
            and (until is None or item.taken.date() <= until)
            for item in found
        )
        promised(a.taken >= b.taken for a, b in pairwise(found))
        promised(limit is None or len(found) <= limit)
        return found

    def allergies(self, patient_id: str) -> tuple[Allergy, ...]:
        """Known allergies; empty when none is recorded."""
        return self._listed(Allergy, "allergy", "/allergies", patient_id)

    def medications(self, patient_id: str) -> tuple[Medication, ...]:
        """Prescriptions, past ones too."""
        return self._listed(Medication, "medication", "/medications", patient_id)

    def diagnoses(self, patient_id: str) -> tuple[Diagnosis, ...]:
        """Diagnoses, past ones too."""
        return self._listed(Diagnosis, "diagnosis", "/diagnoses", patient_id)

    def notes(self, patient_id: str) -> tuple[Note, ...]:
        """Clinicians' notes, newest first."""
        return current(self._listed(Note, "note", "/notes", patient_id))

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

    def attachments(self, patient_id: str) -> tuple[Attachment, ...]:
        """The patient's documents of any kind, newest first, without their contents."""
        return self._listed(Attachment, "attachment", "/attachments", patient_id)

    def attachment_content(self, attachment: Attachment, sink: BinaryIO) -> None:
        """Write a document's content to ``sink``; raises IntegrityError when it is not genuine.

        What was written before the error must not be used.
        """
        found = hashlib.sha256()

        def write(chunk: bytes) -> None:
            found.update(chunk)
            sink.write(chunk)

        path = f"/attachments/{attachment.id}/content"
        self._transport.download(path, write, attachment.size)
        if found.hexdigest() != attachment.sha256:
            raise LedgerProofError("A document's content is not the one that was stored.")

    def attach(
        self,
        patient_id: str,
        content: io.BufferedReader | io.BytesIO,
        new: NewAttachment,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Store a document of any kind; ``content`` is a file that can be read twice."""
        content.seek(0)
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        sent = Content(content, content.tell(), sha256, new.media_type)
        asked = {
            "patientId": patient_id,
            "hospitalId": new.hospital_id,
            "title": new.title,
            "author": new.author,
            "created": new.created.isoformat(),
        }
        if new.document_id is not None:
            asked["documentId"] = new.document_id
        key = idempotency_key or uuid.uuid4().hex
        return self._message(Receipt, self._transport.upload("/attachments", asked, sent, key))

    def register(self, new: NewPatient, idempotency_key: str | None = None) -> tuple[Receipt, ...]:
        """Store who a patient is, their consent, and a grant to the account's organisation."""
        headers = {IDEMPOTENCY_HEADER: idempotency_key or uuid.uuid4().hex}
        answer = self._transport.post("/patients", self._checked_body(new), headers)
        return self._message(page_of(Receipt), answer).items

    def append_together(
        self, records: Iterable[Record], idempotency_key: str | None = None
    ) -> tuple[Receipt, ...]:
        """Store several records of any patients in one transaction: all of them or none."""
        new = NewTransaction(tuple(_item(record) for record in records))
        headers = {IDEMPOTENCY_HEADER: idempotency_key or uuid.uuid4().hex}
        answer = self._transport.post("/transactions", self._checked_body(new), headers)
        receipts = self._message(page_of(Receipt), answer).items
        promised(len(receipts) == len(new.records))
        return receipts

    def accesses(self, patient_id: str) -> tuple[Access, ...]:
        """Who looked at the patient's records, newest first."""
        return self._page(Access, "/accesses", patientId=patient_id).items

    def break_glass(self, patient_id: str, reason: str) -> Receipt:
        """Take access to a patient for an hour in an emergency; the patient will see it."""
        return self._append("/breakGlass", NewBreakGlass(patient_id, reason), None)

    def alerts(self) -> tuple[Alert, ...]:
        """What devices raised for the patients that the caller is in charge of, oldest first.

        Never from the cache: an alert that was heard is not given again.
        """
        return self._message(page_of(Alert), self._transport.get("/alerts", {})).items

    def alert_heard(self, alert: Alert) -> Receipt:
        """Record that the caller has heard an alert."""
        return self._append("/alertsHeard", NewHeard(alert.card, alert.id), None)

    def put_in_charge(self, patient_id: str, doctor: str) -> Receipt:
        """Put a doctor in charge of a patient: alerts go to them from now on."""
        return self._append("/charges", NewCharge(patient_id, doctor), None)

    def ecg(self, patient_id: str, limit: int = 10) -> tuple[EcgChunk, ...]:
        """The patient's newest stretches of ECG."""
        return self._page(EcgChunk, "/ecg", patientId=patient_id, limit=str(limit)).items

    def _append(
        self,
        path: str,
        new: NewObservation | NewNote | NewBreakGlass | NewHeard | NewCharge,
        key: str | None,
    ) -> Receipt:
        body = self._checked_body(new)
        headers = {IDEMPOTENCY_HEADER: key or uuid.uuid4().hex}
        return self._message(Receipt, self._transport.post(path, body, headers))

    @staticmethod
    def _checked_body(new: object) -> bytes:
        """``new`` as JSON, refused here when the ledger would refuse its form."""
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
        return body

    def checkpoint(self, channel: str, known_size: int = 0) -> Checkpoint:
        """A channel's log now, with the path that proves its growth from ``known_size``."""
        asked = {"channel": channel, "knownSize": str(known_size)}
        return self._message(Checkpoint, self._transport.get("/checkpoint", asked))

    def cosign(self, new: NewCosignature) -> Checkpoint:
        """Give the ledger an organisation's co-signature."""
        return self._message(Checkpoint, self._transport.post("/cosignatures", to_wire(new), {}))


def _item(record: Record) -> Item:
    match record:
        case NewEcg():
            return Item(ecg=record)
        case NewAlert():
            return Item(alert=record)
        case NewObservation():
            return Item(observation=record)
        case NewNote():
            return Item(note=record)
        case NewVisit():
            return Item(visit=record)
        case NewDocument():
            return Item(document=record)
