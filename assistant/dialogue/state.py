"""What the dialogue remembers between turns. All of it is PHI and lives sealed or in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal

from pydantic import TypeAdapter

from assistant.dialogue.daytimes import Part
from assistant.speaker.challenge import Challenge
from nlu.messages import Measurement, Period
from nlu.refusals import Refusal

PATIENT_TIMEOUT_S: Final = 300.0
"""Without a turn for this long the current patient is forgotten: the doctor has moved on."""

PATIENCE: Final = 2
"""Failures after which a further one ends the question, or offers help."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, less whom it is about."""

    intent: str
    observation: str | None = None
    hospital: str | None = None
    """Hospital id."""
    hospital_said: str = ""
    """What it was called by, where others may be called so as well: «госпиталь»."""
    offered: tuple[str, ...] = ()
    """Hospitals that fit what was said as well as each other: which of them is to be asked."""
    document_type: str | None = None
    document: str | None = None
    """Document id."""
    ordinal: int | None = None
    period: Period | None = None
    """Which records are asked for, or the day of a value to be written: None for now."""
    yearless: bool = False
    """Of the day or the month that was said no year was."""
    monthless: bool = False
    """No month either: «четырнадцатого»."""
    hour: time | None = None
    """The hour of a value to be written, where one was said; without a day the latest such hour."""
    part: Part | None = None
    """The part of the day that was said: of a value to be written it tells which of two hours a
    later «в 9» is."""
    ago: timedelta | None = None
    """How long ago a value to be written was measured."""
    time_unread: bool = False
    """A time was said that can't be read: nothing is read as if none had been."""
    day_lacks: bool = False
    """The day of a value to be written was denied or can't be read: an hour alone is not enough."""
    substance: str | None = None
    """The allergen, illness or medicine of which it is asked whether it is on record."""
    told: Literal["now", "since", "ended"] = "now"
    """Of prescriptions those that hold, since when they do, or those that are over; of diagnoses
    all, or since when they are on record."""
    measurement: Measurement | None = None
    number: str = ""
    """What was dictated before any quantity was named: its value may be among it."""
    refusal: Refusal | None = None
    """Why what was said is not taken for the value that ``measurement`` lacks."""
    note: str | None = None
    either: bool = False
    """It is open whether a note or a measurement is to be written: «запиши Громову»."""
    whole: bool = False
    """Whether the note is to be dictated anew: how it should be changed was not understood."""
    start: int = 0
    """First item of the page to say."""
    paper: Literal["", "newest", "oldest", "others", "unknown"] = ""
    """Of the documents that fit the newest or oldest, or all, to choose one that isn't open; or
    one of a kind that nobody knows."""
    named: tuple[str, ...] = ()
    """Stems of the specialist or the part of the body that the document should tell of; of visits
    those of the departments; of an illness the words that say which: «мозг» of «инфаркт мозга»."""
    full: bool = False
    """Read the whole document, not its conclusion."""
    onward: bool = False
    """The document is the next one in its list, or one before it again."""
    say_whose: bool = False
    """Begin with the patient's name also when it is the current one: another may be meant."""
    instead: bool = False
    """Dictated in place of what is stored already, and stays."""
    also: bool = False
    """Said to be written of somebody else as well, while it waits for «да»."""
    left: tuple[str, ...] = ()
    """What was named as well and is not answered or written: quantities, kinds of documents,
    intents, of words beside a value ``add_note`` or what they ask for. It is said aloud."""
    unlisted: tuple[str, ...] = ()
    """Names of quantities that were asked for and that no record here has."""
    chosen_value: bool = False
    """The highest, an average or that of an admission was asked for: only the latest is known."""


@dataclass(frozen=True, slots=True)
class ChoosePatient:
    """The assistant asked which of these patients is meant."""

    cards: tuple[str, ...]
    request: Request
    aside: bool = False
    """Nothing that can be done was asked of them: with a «нет» the talk goes on where it was."""
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
    former: str | None = None
    """Who was current before: «предыдущий пациент»."""
    touched: float = 0.0
    """When the last accepted turn was, seconds since the epoch."""
    failures: int = 0
    """Turns in a row that led nowhere: refused, not understood, or the same question again."""
    unsettled: bool = False
    """Somebody else may have been meant since the current patient was last named aloud."""
    hospitals: tuple[str, ...] = ()
    """Ids in the order in which they were said: «из второй» counts here."""
    documents: tuple[str, ...] = ()
    """Ids in the order in which they were said, or the newest first."""
    document: str | None = None
    """The document last opened."""
    onward: bool = False
    """It was come to by «следующая»: «предыдущая» goes back."""
    pending: Pending | None = None
    chosen: ChoosePatient | None = None
    """Who was offered, and what for, where one of them was just chosen: «нет, первый»."""
    draft: Draft | None = None
    """Outlives ``pending``: where the answer to its confirmation was lost, it may be stored, and
    the doctor says all of it again."""
    written: Draft | None = None
    """What was stored at the last turn, or before idle words while more is to be dictated: a «нет»
    now can't take it back."""
    stored: Draft | None = None
    """What was stored last, of whomever: it can be asked."""
    asked: Request | None = None
    """The last question about the current patient, which «а вчера» asks again."""
    more: Request | None = None
    """What «дальше» or a bare «да» goes on with."""
    page: Request | None = None
    """What was last said of a list, a value or a document among others, from which «назад» and
    «а до этого» go on; None of nothing like that."""
    stopped: bool = False
    """The last answer was cut off: «продолжай» may want it again."""
    lapsed: bool = False
    """A write waited for «да» until the patient was forgotten, and nothing was said since."""
    last_answer: str = ""
    sensitive: bool = False
    """Whether the last answer was of the sensitive tier."""

    @property
    def unread(self) -> bool:
        """Whether ``documents``, of which one was opened, were not read out: «последнее эхо»."""
        return self.page is not None and self.page.paper == "newest"

    def counted(self, kind: str | None) -> tuple[str, ...]:
        """The ``documents`` among which a place counts that is said with ``kind``, if with any."""
        other = (
            self.unread and self.page is not None and kind not in (None, self.page.document_type)
        )
        return () if other else self.documents

    def at(self, now: float) -> DialogueState:
        """The state as it stands at ``now``: empty once the patient has timed out, but for whether
        a write has ``lapsed``.

        Empty as well when the clock was set back, for then nobody knows how old it is.
        """
        if 0 <= now - self.touched <= PATIENT_TIMEOUT_S:
            return self
        return DialogueState(lapsed=isinstance(self.pending, ConfirmWrite | AnswerChallenge))


STATE_ADAPTER: Final = TypeAdapter(DialogueState)
"""To and from JSON, for a session kept between processes."""
