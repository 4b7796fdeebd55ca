"""What the ledger keeps, as the client hands it out. All of it is PHI except hospitals.

On the wire each message is a JSON object with its fields in camelCase (``card`` is called
``patientId``), dates in ISO 8601 and decimals as strings, so that no digit is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field, with_config
from pydantic.alias_generators import to_camel

T = TypeVar("T")


def _wire_name(field: str) -> str:
    return "patientId" if field == "card" else to_camel(field)


WIRE = ConfigDict(alias_generator=_wire_name, strict=True, allow_inf_nan=False)
"""How pydantic reads and writes the messages; constructing one by hand checks nothing."""

Role = Literal["doctor", "nurse", "device", "organisation", "admin"]
AccountStatus = Literal["active", "suspended", "closed"]

Number = Annotated[Decimal, Field(gt=-1_000_000, lt=1_000_000, max_digits=12)]
"""A measured or prescribed number, bounded so that a hostile exponent can't fill the memory."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Patient:
    """Names in the nominative; ``card`` is the patientId of the API."""

    card: str
    last: str
    first: str
    middle: str
    sex: str
    birth_date: date
    snils: str | None = None
    """СНИЛС, 11 digits."""
    policy: str | None = None
    """Number of the полис ОМС, 16 digits."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Hospital:
    """An organisation of the ledger with the ways people say its name."""

    id: str
    name: str
    aliases: tuple[str, ...]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Origin:
    """The row of a hospital's database that a record mirrors.

    A chain only grows: a row that changed is stored again with a higher revision, and one that
    was deleted once more, withdrawn. :func:`current` leaves what holds now.
    """

    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}:.{1,200}$")]
    """``<account>:<view>:<row>``; an account can mirror under its own id only."""
    revision: Annotated[int, Field(gt=0, lt=2**53)]
    withdrawn: bool = False


Mirrored = Annotated[Origin | None, Field(exclude_if=lambda origin: origin is None)]
"""The origin of a record, which is not on the wire where there is none."""


def current(records: Sequence[T]) -> tuple[T, ...]:
    """A patient's ``records`` without those that were corrected or withdrawn since."""
    origins: list[Origin | None] = [getattr(record, "origin", None) for record in records]
    newest: dict[str, int] = {}
    for origin in origins:
        if origin is not None:
            newest[origin.source] = max(origin.revision, newest.get(origin.source, 0))
    return tuple(
        record
        for record, origin in zip(records, origins, strict=True)
        if origin is None or (not origin.withdrawn and origin.revision == newest[origin.source])
    )


@with_config(WIRE)
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
    origin: Mirrored = None


@with_config(WIRE)
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
    origin: Mirrored = None


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Document:
    """A document with its text and its conclusion."""

    header: DocumentHeader
    text: str
    conclusion: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Attachment:
    """A document of any kind: its content is a sealed file beside the chain."""

    id: str
    hospital_id: str
    document_id: str | None
    """The document it belongs to."""
    title: str
    media_type: str
    size: int
    """Bytes of the content."""
    sha256: str
    """Of the content, hex; its author signed it."""
    sealed_sha256: str
    created: date
    author: str
    """Person or device that made the content."""
    account: str
    """Account that stored it."""


@with_config(WIRE)
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
    values: Annotated[tuple[Number, ...], Field(min_length=1, max_length=2)]
    unit: str
    taken: AwareDatetime
    source: str
    """Device or author."""
    low: Number | None = None
    high: Number | None = None
    origin: Mirrored = None


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance."""

    substance: str
    reaction: str
    severity: str
    """``mild``, ``moderate`` or ``severe``."""
    recorded: date


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Medication:
    """A prescription: ``dose`` of ``unit`` taken as ``schedule`` says.

    ``unit`` is the Russian abbreviation (``мг``, ``мкг``, ``ЕД``), ``schedule`` Russian text.
    """

    name: str
    dose: Number
    unit: str
    schedule: str
    since: date
    active: bool


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis with its ICD-10 code."""

    code: str
    name: str
    recorded: date
    active: bool


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Receipt:
    """The ledger's word that a record is stored: its place in the patient's chain."""

    record_id: str
    sequence: int
    hash: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Note:
    """A clinician's free text about a patient."""

    id: str
    text: str
    author: str
    written: AwareDatetime
    origin: Mirrored = None


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class EcgChunk:
    """A stretch of one ECG lead; a patient's chunks are a chain of their own."""

    id: str
    lead: str
    started: AwareDatetime
    rate_hz: int
    samples: str
    """Base64 of signed 16-bit little-endian microvolts."""
    source: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Alert:
    """A device's value beyond its limits."""

    id: str
    card: str
    code: str
    values: tuple[Number, ...]
    unit: str
    low: Number | None
    high: Number | None
    taken: AwareDatetime
    source: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Charge:
    """Who is in charge of a patient from now on; alerts are for them."""

    id: str
    doctor: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Heard:
    """An alert has reached a doctor."""

    id: str
    alert: str
    doctor: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Account:
    """Who may use the ledger. ``key`` is a public key such as ``ed25519:<hex>``."""

    id: str
    name: str
    role: Role
    organisation: str
    key: str
    status: AccountStatus = "active"


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class ChannelMember:
    """An organisation of a channel and the key it co-signs checkpoints with."""

    organisation: str
    key: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Channel:
    """A group of organisations that share the chains of some patients."""

    id: str
    name: str
    members: tuple[ChannelMember, ...]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Consent:
    """The patient's consent, or its withdrawal, to their records being read at all."""

    id: str
    given: bool
    text: str
    """Version of the text that the patient agreed to."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Grant:
    """What one account or organisation may do with a patient's records; the newest one counts."""

    id: str
    grantee: str
    """Id of an account or of an organisation."""
    read: bool
    append: bool
    until: AwareDatetime | None = None


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Access that someone took in an emergency, without consent or grant."""

    id: str
    account: str
    actor: str
    reason: str
    since: AwareDatetime
    until: AwareDatetime


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Access:
    """One read: who looked at what, when, and by what right."""

    time: AwareDatetime
    account: str
    actor: str
    """The person on whose behalf the account asked; the account itself otherwise."""
    what: str
    basis: str
    """``grant``, or ``break-glass`` with the id of its record."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Accesses:
    """A batch of reads of one patient's records, as the ledger keeps them."""

    entries: tuple[Access, ...]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class SignedBlock:
    """A block (one sealed commit) as it was signed: ``statement`` is canonical JSON."""

    number: int
    statement: str
    signature: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Transaction:
    """One record without its content: its signed header and the block that sealed it."""

    record_id: str
    header: str
    signature: str
    block: int
    leaf: int
    """Place in the channel's log, from 0."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class RecordProof:
    """That a record stands in its channel's log, and that the log only grew."""

    transaction: Transaction
    block: SignedBlock
    inclusion: tuple[str, ...]
    consistency: tuple[str, ...]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class ProvedHeader:
    """A record's header with what opens its commitment."""

    header: str
    opening: str
    body: str | None = None
    """Digest of a document without its header."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint of the channel that an organisation co-signed, and its consistency path."""

    organisation: str
    size: int
    root: str
    signature: str
    consistency: tuple[str, ...]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class ChainProof:
    """That these headers are all of a patient's chain, after those that are known already."""

    patient: Patient
    """The first message of the chain."""
    block: SignedBlock
    channel: str
    chain: str
    place: int
    inclusion: tuple[str, ...]
    """Path of the chain's end in the channel's tree of heads."""
    headers: tuple[ProvedHeader, ...]
    consistency: tuple[str, ...]
    cosigned: tuple[Cosigned, ...]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A channel's log as the newest block names it, with its co-signatures."""

    channel: str
    size: int
    root: str
    block: SignedBlock
    cosigned: tuple[Cosigned, ...]
    consistency: tuple[str, ...]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A record that an account made."""

    record_id: str
    kind: str
    time: str
    block: int


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Erasure:
    """The record that a patient's keys and ciphertexts were destroyed; no PHI."""

    chains: tuple[str, ...]
    """Pseudonyms of the chains that can't be read any more."""
    reason: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Health:
    """The service's answer that it is up; no PHI."""

    status: str
    api_version: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list: ``items`` from ``offset`` on, of ``total`` in all."""

    items: tuple[T, ...]
    total: int
    offset: int
