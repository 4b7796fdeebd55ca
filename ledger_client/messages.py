"""What the ledger keeps, as the client hands it out. All of it is PHI except hospitals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Patient:
    """Names in the nominative; ``card`` is the patientId of the API."""

    card: str
    last: str
    first: str
    middle: str
    sex: str
    birth_date: date


@dataclass(frozen=True, slots=True)
class Hospital:
    """An organisation of the ledger with the ways people say its name."""

    id: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay or appointment at a hospital."""

    id: str
    hospital_id: str
    hospital_name: str
    department: str
    reason: str
    doctor: str
    started: date
    ended: date | None


@dataclass(frozen=True, slots=True)
class DocumentHeader:
    """A document in a list. ``type`` is a key of ``nlu.vocabulary.DOCUMENT_TYPES``."""

    id: str
    patient_id: str
    hospital_id: str
    hospital_name: str
    type: str
    title: str
    created: date
    author: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its text and its conclusion."""

    header: DocumentHeader
    text: str
    conclusion: str


@dataclass(frozen=True, slots=True)
class Observation:
    """A measured value: a vital sign or a laboratory result.

    ``code`` is a key of ``nlu.vocabulary.OBSERVATIONS``; ``values`` has two numbers for blood
    pressure (systolic, diastolic) and one for all else; ``unit`` is a UCUM code.
    """

    id: str
    code: str
    category: str
    """``vital`` or ``laboratory``."""
    values: tuple[Decimal, ...]
    unit: str
    taken: datetime
    source: str
    """Device or author."""
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance."""

    substance: str
    reaction: str
    severity: str
    """``mild``, ``moderate`` or ``severe``."""
    recorded: date


@dataclass(frozen=True, slots=True)
class Medication:
    """A prescription: ``dose`` of ``unit`` taken as ``schedule`` says (Russian text)."""

    name: str
    dose: Decimal
    unit: str
    schedule: str
    since: date
    active: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis with its ICD-10 code."""

    code: str
    name: str
    recorded: date
    active: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """The ledger's word that a record is stored: its place in the patient's chain."""

    record_id: str
    sequence: int
    hash: str
