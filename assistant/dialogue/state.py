"""What the dialogue remembers between turns. All of it is PHI and lives sealed or in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import TypeAdapter

from assistant.speaker.challenge import Challenge
from nlu.messages import Measurement, Period

PATIENT_TIMEOUT_S: Final = 300.0
"""Without a turn for this long the current patient is forgotten: the doctor has moved on."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, less whom it is about."""

    intent: str
    observation: str | None = None
    hospital: str | None = None
    """Hospital id."""
    document_type: str | None = None
    document: str | None = None
    """Document id."""
    ordinal: int | None = None
    period: Period | None = None
    """Which records are asked for, or the day of a value to be written: None for now."""
    time_unread: bool = False
    """A time was said that can't be read: nothing is read as if none had been."""
    substance: str | None = None
    measurement: Measurement | None = None
    note: str | None = None
    start: int = 0
    """First item of the page to say."""
    full: bool = False
    """Read the whole document, not its conclusion."""
    say_whose: bool = False
    """Begin with the patient's name also when it is the current one: another may be meant."""
    left: tuple[str, ...] = ()
    """Quantities that were named as well and are not answered or written: it is said aloud."""


@dataclass(frozen=True, slots=True)
class ChoosePatient:
    """The assistant asked which of these patients is meant."""

    cards: tuple[str, ...]
    request: Request
    kind: Literal["choose_patient"] = "choose_patient"


@dataclass(frozen=True, slots=True)
class ChooseHospital:
    """The assistant asked which hospital is meant."""

    card: str
    request: Request
    kind: Literal["choose_hospital"] = "choose_hospital"


@dataclass(frozen=True, slots=True)
class ConfirmWrite:
    """The assistant repeated patient and value and waits for «да»."""

    card: str
    request: Request
    kind: Literal["confirm_write"] = "confirm_write"


@dataclass(frozen=True, slots=True)
class FillRequest:
    """The assistant asked for what was missing: an observation, a value, a note's words."""

    card: str
    request: Request
    kind: Literal["fill_request"] = "fill_request"


@dataclass(frozen=True, slots=True)
class AnswerChallenge:
    """The write is confirmed; the assistant waits for the digits that it asked for."""

    card: str
    request: Request
    challenge: Challenge
    kind: Literal["answer_challenge"] = "answer_challenge"


@dataclass(frozen=True, slots=True)
class Draft:
    """A write that was repeated to the doctor, who has not yet been told that it is stored."""

    card: str
    request: Request
    key: str
    """Idempotency key: however often it is confirmed, the ledger stores it once."""
    said: datetime
    """When it was asked for: the time of the record."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What may have been asked for, and about whom."""

    cards: tuple[str, ...]
    """One card; several to choose among; none where nobody was named and nobody is current."""
    request: Request


@dataclass(frozen=True, slots=True)
class ChooseIntent:
    """Two parsers understood different things; the assistant asked which was meant."""

    aims: tuple[Aim, ...]
    kind: Literal["choose_intent"] = "choose_intent"


Pending = (
    ChoosePatient | ChooseHospital | ConfirmWrite | FillRequest | AnswerChallenge | ChooseIntent
)


@dataclass(frozen=True, slots=True)
class DialogueState:
    """The context that pronouns, ordinals and short replies refer to."""

    patient: str | None = None
    """Card number of the current patient."""
    touched: float = 0.0
    """When the last accepted turn was, seconds since the epoch."""
    unsettled: bool = False
    """Somebody else may have been meant since the current patient was last named aloud."""
    hospitals: tuple[str, ...] = ()
    """Ids in the order in which they were said: «из второй» counts here."""
    documents: tuple[str, ...] = ()
    """Ids in the order in which they were said."""
    document: str | None = None
    """The document last opened."""
    pending: Pending | None = None
    draft: Draft | None = None
    """Outlives ``pending``: where the answer to its confirmation was lost, it may be stored, and
    the doctor says all of it again."""
    more: Request | None = None
    """What «дальше» or a bare «да» goes on with."""
    page: Request | None = None
    """What was last said of a list, from which «назад» goes back; None of no list."""
    last_answer: str = ""
    sensitive: bool = False
    """Whether the last answer was of the sensitive tier."""

    def at(self, now: float) -> DialogueState:
        """The state as it stands at ``now``: empty once the patient has timed out.

        Empty as well when the clock was set back, for then nobody knows how old it is.
        """
        return self if 0 <= now - self.touched <= PATIENT_TIMEOUT_S else DialogueState()


STATE_ADAPTER: Final = TypeAdapter(DialogueState)
"""To and from JSON, for a session kept between processes."""
