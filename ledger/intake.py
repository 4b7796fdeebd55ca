"""Turns what a client sends into drafts of records, or refuses it."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from ledger.charts import KIND_OF, Charts
from ledger.errors import BodyInvalid
from ledger.store import Draft, Store
from ledger.writing import REGISTRY
from ledger_client.appends import (
    NewAlert,
    NewBreakGlass,
    NewCharge,
    NewConsent,
    NewDocument,
    NewEcg,
    NewGrant,
    NewHeard,
    NewNote,
    NewObservation,
    NewPatient,
    NewVisit,
)
from ledger_client.messages import (
    Alert,
    Attachment,
    BreakGlass,
    Charge,
    Consent,
    Document,
    DocumentHeader,
    EcgChunk,
    Grant,
    Heard,
    Hospital,
    Note,
    Observation,
    Patient,
    Visit,
)
from ledger_client.wire import to_wire
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

EMERGENCY: Final = timedelta(hours=1)
"""How long a broken glass gives access."""


def ecg_chain(store: Store, card: str) -> str:
    """The chain of a patient's ECG."""
    return store.keys.pseudonym("ecg", card)


class Intake:
    """Makes drafts for one store; an idempotency key decides a record's id."""

    def __init__(self, store: Store, charts: Charts) -> None:
        self._store = store
        self._charts = charts

    def patient(self, patient: Patient, author: str, key: str) -> Draft:
        """A new patient, or new personal data of a known one."""
        return self.record(patient.card, patient, author, key)

    def hospital(self, hospital: Hospital, author: str, key: str) -> Draft:
        """A new organisation, or new names of a known one."""
        chain = self._store.registry_chain("hospitals")
        identity = self._store.record_id(key)
        return Draft(chain, "hospital", identity, author, to_wire(hospital), REGISTRY)

    def observation(self, new: NewObservation, key: str | None) -> Draft:
        """A measured value in the vocabulary's unit; raises BodyInvalid."""
        quantity = OBSERVATIONS.get(new.code)
        if quantity is None:
            raise BodyInvalid("No such observation.", "code")
        if new.unit != quantity.unit:
            raise BodyInvalid("Not the unit of this observation.", "unit")
        if len(new.values) != (2 if new.code == "blood_pressure" else 1):
            raise BodyInvalid("Not the number of values of this observation.", "values")
        identity = self._store.record_id(key)
        message = Observation(
            id=identity,
            code=new.code,
            category=quantity.category,
            values=new.values,
            unit=new.unit,
            taken=new.taken,
            source=new.source,
            low=new.low,
            high=new.high,
            origin=new.origin,
        )
        return self._draft(new.card, identity, message, new.source)

    def note(self, new: NewNote, key: str | None) -> Draft:
        """A clinician's note."""
        identity = self._store.record_id(key)
        message = Note(identity, new.text, new.author, new.written, new.origin)
        return self._draft(new.card, identity, message, new.author)

    def visit(self, new: NewVisit, key: str | None) -> Draft:
        """A visit to a known hospital; raises HospitalUnknown, BodyInvalid."""
        if new.ended is not None and new.ended < new.started:
            raise BodyInvalid("The visit ends before it starts.", "ended")
        identity = self._store.record_id(key)
        message = Visit(
            id=identity,
            hospital_id=new.hospital_id,
            hospital_name=self._charts.hospital(new.hospital_id).name,
            department=new.department,
            reason=new.reason,
            doctor=new.doctor,
            started=new.started,
            ended=new.ended,
            origin=new.origin,
        )
        return self._draft(new.card, identity, message, new.doctor)

    def document(self, new: NewDocument, key: str | None) -> Draft:
        """A document from a known hospital; raises HospitalUnknown, BodyInvalid."""
        if new.type not in DOCUMENT_TYPES:
            raise BodyInvalid("No such type of document.", "type")
        identity = self._store.record_id(key)
        header = DocumentHeader(
            id=identity,
            patient_id=new.card,
            hospital_id=new.hospital_id,
            hospital_name=self._charts.hospital(new.hospital_id).name,
            type=new.type,
            title=new.title,
            created=new.created,
            author=new.author,
            origin=new.origin,
        )
        return self._draft(
            new.card, identity, Document(header, new.text, new.conclusion), new.author
        )

    def registration(self, new: NewPatient, organisation: str, key: str | None) -> list[Draft]:
        """A new patient with consent, and a grant to the organisation that registers them."""
        base = key or uuid4().hex
        if new.snils is not None and not _checked_snils(new.snils):
            raise BodyInvalid("The check digits of the СНИЛС are wrong.", "snils")
        patient = Patient(
            new.card,
            new.last,
            new.first,
            new.middle,
            new.sex,
            new.birth_date,
            new.snils,
            new.policy,
        )
        return [
            replace(self.patient(patient, organisation, f"{base}:patient"), channel=new.channel),
            self.consent(NewConsent(new.card, True, new.consent), f"{base}:consent"),
            self.grant(NewGrant(new.card, organisation, True, True), f"{base}:grant"),
        ]

    def consent(self, new: NewConsent, key: str | None) -> Draft:
        """The patient's consent or its withdrawal."""
        identity = self._store.record_id(key)
        return self._draft(new.card, identity, Consent(identity, new.given, new.text), "")

    def grant(self, new: NewGrant, key: str | None) -> Draft:
        """What the patient lets an account or organisation do."""
        identity = self._store.record_id(key)
        message = Grant(identity, new.grantee, new.read, new.append, new.until)
        return self._draft(new.card, identity, message, "")

    def break_glass(
        self, new: NewBreakGlass, account: str, actor: str, now: datetime, key: str | None
    ) -> Draft:
        """Access for :data:`EMERGENCY` from ``now`` on."""
        identity = self._store.record_id(key)
        message = BreakGlass(identity, account, actor, new.reason, now, now + EMERGENCY)
        return self._draft(new.card, identity, message, account)

    def ecg(self, new: NewEcg, key: str | None) -> Draft:
        """A stretch of ECG, in the patient's chain of them; raises BodyInvalid."""
        try:
            whole = len(b64decode(new.samples, validate=True)) % 2 == 0
        except ValueError:
            whole = False
        if not whole:
            raise BodyInvalid("Not 16-bit samples in base64.", "samples")
        identity = self._store.record_id(key)
        message = EcgChunk(identity, new.lead, new.started, new.rate_hz, new.samples, new.source)
        chain = ecg_chain(self._store, new.card)
        channel = self._store.channel(self._store.patient_chain(new.card))
        return Draft(chain, "ecg", identity, new.source, to_wire(message), channel)

    def alert(self, new: NewAlert, key: str | None) -> Draft:
        """A value beyond its limits; raises BodyInvalid."""
        quantity = OBSERVATIONS.get(new.code)
        if quantity is None or new.unit != quantity.unit:
            raise BodyInvalid("No such observation in this unit.", "code")
        message = Alert(
            self._store.record_id(key),
            new.card,
            new.code,
            new.values,
            new.unit,
            new.low,
            new.high,
            new.taken,
            new.source,
        )
        return self._draft(new.card, message.id, message, new.source)

    def charge(self, new: NewCharge, key: str | None) -> Draft:
        """Who is in charge of a patient."""
        message = Charge(self._store.record_id(key), new.doctor)
        return self._draft(new.card, message.id, message, "")

    def heard(self, new: NewHeard, doctor: str, key: str | None) -> Draft:
        """That an alert has reached a doctor."""
        message = Heard(self._store.record_id(key), new.alert, doctor)
        return self._draft(new.card, message.id, message, doctor)

    def attachment(self, card: str, attachment: Attachment) -> Draft:
        """A document of any kind, whose sealed file lies in its place already."""
        self._charts.hospital(attachment.hospital_id)
        if attachment.document_id is not None:
            document = self._charts.document(attachment.document_id)
            if document.header.patient_id != card:
                raise BodyInvalid("The document is another patient's.", "documentId")
        return self._draft(card, attachment.id, attachment, attachment.author)

    def record(self, card: str, message: Any, author: str, key: str) -> Draft:
        """A record whose message has no id of its own: allergy, medication, diagnosis."""
        return self._draft(card, self._store.record_id(key), message, author)

    def _draft(self, card: str, identity: str, message: object, author: str) -> Draft:
        chain = self._store.patient_chain(card)
        return Draft(chain, KIND_OF[type(message)], identity, author, to_wire(message))


def _checked_snils(snils: str) -> bool:
    """Whether the last two of the eleven digits check the others (numbers from 001-001-999 on)."""
    number, check = snils[:9], int(snils[9:])
    if number <= "001001998":
        return True
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return total % 101 % 100 == check
