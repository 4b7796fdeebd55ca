"""What a client may append: the bodies of the ledger's POST requests. All of it is PHI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, with_config

from ledger_client.messages import WIRE, AccountStatus, ChannelMember, Mirrored, Number, Role

_BODY: Final = ConfigDict({**WIRE, "extra": "forbid"})
"""A field that the ledger does not know is refused, not dropped."""
Card = Annotated[str, Field(pattern=r"^[0-9]{1,16}$")]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
PublicKeyText = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,20}:([0-9a-f]{2}){1,100}$")]


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewObservation:
    """A measured value; the ledger adds the id and the category."""

    card: Card
    code: Key
    values: Annotated[tuple[Number, ...], Field(min_length=1, max_length=2)]
    unit: Annotated[str, Field(min_length=1, max_length=20)]
    taken: AwareDatetime
    source: Line
    low: Number | None = None
    high: Number | None = None
    origin: Mirrored = None


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewEcg:
    """A stretch of one ECG lead: base64 of signed 16-bit little-endian microvolts."""

    card: Card
    lead: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]
    started: AwareDatetime
    rate_hz: Annotated[int, Field(ge=50, le=2000)]
    samples: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=40_000)]
    source: Line


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewAlert:
    """A device's value beyond its limits; the ledger adds the id."""

    card: Card
    code: Key
    values: Annotated[tuple[Number, ...], Field(min_length=1, max_length=2)]
    unit: Annotated[str, Field(min_length=1, max_length=20)]
    low: Number | None
    high: Number | None
    taken: AwareDatetime
    source: Line


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewCharge:
    """Put a doctor in charge of a patient, by the name that requests are made for."""

    card: Card
    doctor: Annotated[str, Field(min_length=1, max_length=64)]


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewHeard:
    """The caller has heard an alert."""

    card: Card
    alert: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewNote:
    """A clinician's free text."""

    card: Card
    text: Text
    author: Line
    written: AwareDatetime
    origin: Mirrored = None


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewVisit:
    """A stay or appointment; the ledger adds the id and the hospital's name."""

    card: Card
    hospital_id: Key
    department: Line
    reason: Line
    doctor: Line
    started: date
    ended: date | None = None
    origin: Mirrored = None


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document; the ledger adds the id and the hospital's name."""

    card: Card
    hospital_id: Key
    type: Key
    title: Line
    created: date
    author: Line
    text: Text
    conclusion: Text
    origin: Mirrored = None


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A document of any kind, but its content."""

    hospital_id: str
    media_type: str
    title: str
    author: str
    created: date
    document_id: str | None = None
    """The document it belongs to."""


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient with their first consent; the caller's organisation may read and append."""

    card: Card
    last: Line
    first: Line
    middle: Annotated[str, Field(max_length=300)]
    sex: Literal["m", "f"]
    birth_date: date
    consent: Line
    """Version of the text that the patient agreed to."""
    channel: Key = "clinic"
    snils: Annotated[str, Field(pattern=r"^[0-9]{11}$")] | None = None
    policy: Annotated[str, Field(pattern=r"^[0-9]{16}$")] | None = None


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewConsent:
    """The patient gives or withdraws consent."""

    card: Card
    given: bool
    text: Line


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewGrant:
    """The patient lets an account or organisation read or append, or no longer."""

    card: Card
    grantee: Name
    read: bool
    append: bool
    until: AwareDatetime | None = None


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewBreakGlass:
    """An emergency: access for one hour, recorded with its reason, visible to the patient."""

    card: Card
    reason: Annotated[str, Field(min_length=5, max_length=1000)]


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewAccount:
    """Someone or something that may use the ledger."""

    id: Name
    name: Line
    role: Role
    organisation: Name
    key: PublicKeyText


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewStatus:
    """Suspend, close or reactivate an account."""

    status: AccountStatus


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewChannel:
    """A group of organisations with the keys they co-sign with; replaces its former self."""

    id: Key
    name: Line
    members: Annotated[tuple[ChannelMember, ...], Field(max_length=100)]


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewCosignature:
    """An organisation's signature of a channel's checkpoint."""

    channel: Key
    organisation: Name
    size: Annotated[int, Field(ge=1)]
    signature: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,200}$")]


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewErasure:
    """Destroy everything about a patient, for the reason given."""

    card: Card
    reason: Line


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class Item:
    """One record of a transaction: exactly one of the fields is given."""

    observation: NewObservation | None = None
    note: NewNote | None = None
    visit: NewVisit | None = None
    document: NewDocument | None = None
    ecg: NewEcg | None = None
    alert: NewAlert | None = None


@with_config(_BODY)
@dataclass(frozen=True, slots=True)
class NewTransaction:
    """Records that are stored together or not at all."""

    records: Annotated[tuple[Item, ...], Field(min_length=1, max_length=500)]


APPENDED: Final[dict[str, type]] = {
    "observation": NewObservation,
    "note": NewNote,
    "visit": NewVisit,
    "document": NewDocument,
}
"""What a client sends for each kind of clinical record."""
