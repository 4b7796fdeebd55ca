"""The typed face of the ledger's REST API."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, Self, TypeVar

from pydantic import ValidationError

from ledger_client.appends import (
    Item,
    NewBreakGlass,
    NewCharge,
    NewCosignature,
    NewHeard,
    NewNote,
    NewObservation,
    NewTransaction,
)
from ledger_client.cache import ReadCache
from ledger_client.errors import (
    LedgerError,
    LedgerProofError,
    LedgerProtocolError,
    LedgerRequestError,
    LedgerUnavailable,
)
from ledger_client.messages import (
    Access,
    Alert,
    Allergy,
    ChainProof,
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
    Page,
    Patient,
    Receipt,
    Visit,
)
from ledger_client.transport import Transport
from ledger_client.trust import Trust, Verifier
from ledger_client.wire import API_VERSION, IDEMPOTENCY_HEADER, from_wire, to_wire

_PAGE: Final = 1000
_READS: Final = 2
_ASKED: Final = 4
_UPGRADE = "Check that this is the ledger, and that it belongs to this version of the assistant."

T = TypeVar("T")


class LedgerClient:
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
        self._transport = Transport(base_url, token, timeout, pin)
        self._verifier = Verifier(trust) if trust else None
        self._cache = cache
        self._as_of: datetime | None = None

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
        other._as_of = None
        return other

    @property
    def as_of(self) -> datetime | None:
        """When the oldest of this client's answers was given, None while all are fresh."""
        return self._as_of

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
        return self._listed(Visit, "visit", "/getHospitalVisits", patient_id)

    def documents_from_hospital(
        self, hospital_id: str, patient_id: str
    ) -> tuple[DocumentHeader, ...]:
        """The patient's documents from one hospital, without their texts."""
        asked = {"hospitalId": hospital_id, "patientId": patient_id}
        headers = self._some(DocumentHeader, "document", "/getDocumentsFromHospital", asked)
        _promised(
            header.patient_id == patient_id and header.hospital_id == hospital_id
            for header in headers
        )
        return headers

    def document(self, document_id: str) -> Document:
        """One document with its text."""

        def checked(body: bytes, fresh: bool) -> Document:
            document = self._message(Document, body)
            _promised(document.header.id == document_id)
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
        return self._listed(Allergy, "allergy", "/allergies", patient_id)

    def medications(self, patient_id: str) -> tuple[Medication, ...]:
        """Prescriptions, past ones too."""
        return self._listed(Medication, "medication", "/medications", patient_id)

    def diagnoses(self, patient_id: str) -> tuple[Diagnosis, ...]:
        """Diagnoses, past ones too."""
        return self._listed(Diagnosis, "diagnosis", "/diagnoses", patient_id)

    def notes(self, patient_id: str) -> tuple[Note, ...]:
        """Clinicians' notes, newest first."""
        return self._listed(Note, "note", "/notes", patient_id)

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

    def append_records(self, records: Sequence[Item], idempotency_key: str) -> tuple[Receipt, ...]:
        """Store records together, or none; the key works as in the other appends."""
        body = to_wire(NewTransaction(tuple(records)))
        headers = {IDEMPOTENCY_HEADER: idempotency_key}
        receipts = self._message(
            _page_of(Receipt), self._transport.post("/transactions", body, headers)
        ).items
        _promised(len(receipts) == len(records))
        return receipts

    def alerts(self) -> tuple[Alert, ...]:
        """What devices raised for the patients that the caller is in charge of, oldest first.

        Never from the cache: an alert that was heard is not given again.
        """
        return self._message(_page_of(Alert), self._transport.get("/alerts", {})).items

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

    def accesses(self, patient_id: str) -> tuple[Access, ...]:
        """Who looked at the patient's records, newest first."""
        return self._page(Access, "/accesses", patientId=patient_id).items

    def break_glass(self, patient_id: str, reason: str) -> Receipt:
        """Take access to a patient for an hour in an emergency; the patient will see it."""
        return self._append("/breakGlass", NewBreakGlass(patient_id, reason), None)

    def checkpoint(self, channel: str, known_size: int = 0) -> Checkpoint:
        """A channel's log now, with the path that proves its growth from ``known_size``."""
        asked = {"channel": channel, "knownSize": str(known_size)}
        return self._message(Checkpoint, self._transport.get("/checkpoint", asked))

    def cosign(self, new: NewCosignature) -> Checkpoint:
        """Give the ledger an organisation's co-signature."""
        return self._message(Checkpoint, self._transport.post("/cosignatures", to_wire(new), {}))

    def _listed(self, kind: type[T], name: str, path: str, card: str) -> tuple[T, ...]:
        """All of a patient's records of one kind, proved to be all."""

        def checked(body: bytes, fresh: bool) -> tuple[T, ...] | None:
            items = self._message(_page_of(kind), body).items
            proved = not fresh or self._prove(name, card, _items(body), whole=True)
            return items if proved else None

        for _ in range(_READS):
            found = self._get(path, {"patientId": card}, checked)
            if found is not None:
                return found
            # one more may have come in between the answer and its proof
        raise LedgerProofError("The ledger leaves out records of the patient's chain.")

    def _some(self, kind: type[T], name: str, path: str, asked: Mapping[str, str]) -> tuple[T, ...]:
        """Some of a patient's records, each proved to be one."""

        def checked(body: bytes, fresh: bool) -> tuple[T, ...]:
            items = self._message(_page_of(kind), body).items
            if fresh:
                self._prove(name, asked["patientId"], _items(body))
            return items

        return self._get(path, asked, checked)

    def _get(self, path: str, asked: Mapping[str, str], checked: Callable[[bytes, bool], T]) -> T:
        """What ``checked`` makes of the answer, or of the last one while the ledger is away.

        It is told whether the answer is fresh, and so must be proved.
        """
        question = (*self._transport.asker, path, *(f"{k}={v}" for k, v in asked.items()))
        now = datetime.now(UTC)
        try:
            body = self._transport.get(path, asked)
            found = checked(body, True)
        except LedgerUnavailable:
            kept = self._cache.get(question, now) if self._cache else None
            if kept is None:
                raise
            self._as_of = min(self._as_of or kept.taken, kept.taken)
            return checked(kept.body, False)  # it was proved before it was kept
        except LedgerError:
            if self._cache:
                self._cache.drop(question)
            raise
        if self._cache:
            self._cache.put(question, body, now)
        return found

    def _prove(self, kind: str, card: str, items: list[Any], whole: bool = False) -> bool:
        """Whether ``items`` are records of the patient's chain; False when some are missing.

        Raises LedgerProofError.
        """
        if self._verifier is None:
            return True
        channel = None
        for _ in range(_ASKED):
            known = self._verifier.known(card, channel)
            parameters = {
                "patientId": card,
                "knownSequence": str(known[0]),
                "knownSize": str(known[1]),
            }
            proof = self._message(ChainProof, self._transport.get("/chain/proof", parameters))
            view = self._verifier.take(card, proof, known)
            if view is not None:
                return view.check(kind, items, whole)
            channel = proof.channel
        raise LedgerUnavailable("The ledger grows faster than it proves.", "Try again.")

    def _page(self, kind: type[T], path: str, **parameters: str | None) -> Page[T]:
        given: Mapping[str, str] = {k: v for k, v in parameters.items() if v is not None}
        return self._get(path, given, lambda body, _: self._message(_page_of(kind), body))

    @staticmethod
    def _message(kind: type[T], body: bytes) -> T:
        try:
            return from_wire(kind, body)
        except (ValidationError, RecursionError):
            # the validation error quotes the answer: it stays here
            raise LedgerProtocolError(
                "The ledger's answer has not the promised shape.", _UPGRADE
            ) from None


def _items(body: bytes) -> list[Any]:
    """The items of a page as they came, to be compared with what the ledger committed to."""
    items: list[Any] = json.loads(body)["items"]
    return items


def _page_of(kind: type[T]) -> type[Page[T]]:
    return Page[kind]  # type: ignore[valid-type]


def _promised(kept: object) -> None:
    """Refuse an answer to another question than the one asked."""
    if not (all(kept) if isinstance(kept, Iterable) else kept):
        raise LedgerProtocolError("The ledger's answer does not fit the question.", _UPGRADE)
