"""What a client may append: the bodies of the ledger's POST requests. All of it is PHI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, with_config

from ledger_client.messages import WIRE, Number

Card = Annotated[str, Field(pattern=r"^[0-9]{1,16}$")]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]


@with_config(WIRE)
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


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class NewNote:
    """A clinician's free text."""

    card: Card
    text: Text
    author: Line
    written: AwareDatetime


@with_config(WIRE)
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


@with_config(WIRE)
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


APPENDED: Final[dict[str, type]] = {
    "observation": NewObservation,
    "note": NewNote,
    "visit": NewVisit,
    "document": NewDocument,
}
"""What a client sends for each kind of record."""
