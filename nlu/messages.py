"""What the parser says about one utterance. Everything here may hold PHI: never log it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from nlu.canon import Canon

INTENTS = (
    "get_hospital_visits",
    "get_documents_from_hospital",
    "get_document",
    "select_patient",
    "get_latest_vitals",
    "get_lab_result",
    "get_allergies",
    "get_medications",
    "get_diagnoses",
    "add_note",
    "record_measurement",
    "affirm",
    "deny",
    "repeat",
    "stop",
    "next",
    "previous",
    "help",
    "end_session",
    "out_of_scope",
)
_HARMLESS = frozenset(
    ("deny", "repeat", "stop", "next", "previous", "help", "end_session", "out_of_scope")
)
ACTS = frozenset(INTENTS) - _HARMLESS
"""Intents that read or write, or let a write go on."""
READINGS = frozenset(("get_latest_vitals", "get_lab_result"))
"""Intents that read quantities: which of the two it is changes nothing where one is named."""
ENTITIES = (
    "patient_name",
    "patient_id",
    "hospital",
    "document_type",
    "ordinal",
    "period",
    "date",
    "observation",
    "value",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as the name matcher needs one: nominative names, birth year, card number."""

    card: str
    last: str
    first: str
    middle: str
    sex: str
    """``m`` or ``f``."""
    birth_year: int


@dataclass(frozen=True, slots=True)
class Place:
    """A hospital with the ways people say it."""

    id: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatientCandidate:
    """A patient that a spoken name may mean."""

    card: str
    score: float
    """0 to 1; 1 is an exact match of everything that was said."""


@dataclass(frozen=True, slots=True)
class PatientMention:
    """Who a spoken name may mean, best first; empty when nobody on the roster comes near."""

    candidates: tuple[PatientCandidate, ...]
    ambiguous: bool
    """True when the margin between the first two is too small to act on."""


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Measurement:
    """A dictated value: two numbers for blood pressure, one for all else."""

    numbers: tuple[Decimal, ...]
    unit: str | None
    """UCUM code, e.g. ``mm[Hg]``; None when no unit was said."""


EntityValue = str | int | date | Period | Measurement | PatientMention


@dataclass(frozen=True, slots=True)
class Entity:
    """A part of the utterance with a meaning.

    The type of ``value`` follows from ``name``: patient_name → PatientMention, patient_id → str
    of digits, hospital → hospital id, document_type and observation → a key of
    ``nlu.vocabulary``, ordinal → int (1 first, −1 last), period → Period, date → date or
    ``nlu.spans.UNREAD_TIME``, value → Measurement.
    """

    name: str
    text: str
    value: EntityValue
    start: int
    end: int

    def overlaps(self, start: int, end: int) -> bool:
        """Whether it shares a letter with that part of the utterance."""
        return self.start < end and start < self.end


def covered(canon: Canon, entities: Collection[Entity]) -> list[bool]:
    """For each item of ``canon`` whether one of the ``entities`` overlaps it."""
    return [any(e.overlaps(item.start, item.end) for e in entities) for item in canon.items]


@dataclass(frozen=True, slots=True)
class Parse:
    """One reading of an utterance."""

    text: str
    """The normalised text that the spans of the entities refer to."""
    intent: str
    confidence: float
    entities: tuple[Entity, ...] = ()
    disagreement: Parse | None = None
    """How it may be read as well, by another parser or where this one is in doubt: the dialogue
    asks where that would lead elsewhere."""
    unexplained: bool = False
    """Whether a word was said that no entity and few examples have: it may be a name."""
    like_surname: bool = False
    """Whether nobody is named, and such a word is like a patient's surname."""
    beside: tuple[Entity, ...] = ()
    """What was found as well, but is of no use to the intent: a value said with a «да»."""
    unsaid: tuple[tuple[int, int], ...] = ()
    """Spans of words that were taken back, as of «не давление» in «не давление, а пульс»."""
    refused: bool = False
    """Whether something was rejected and nothing said in its place: «документы не за март»."""

    @property
    def found(self) -> tuple[Entity, ...]:
        """All that was found, in the order in which it was said."""
        return tuple(sorted((*self.entities, *self.beside), key=lambda e: (e.start, e.end)))

    def get(self, name: str) -> Entity | None:
        """The first entity called ``name``."""
        return next((entity for entity in self.entities if entity.name == name), None)


class Parser(Protocol):
    """Text in, intent and entities out."""

    def parse(self, text: str, alternatives: Sequence[str] = ()) -> Parse:
        """Read ``text``; ``alternatives`` are other recognitions of the same audio."""
        ...
