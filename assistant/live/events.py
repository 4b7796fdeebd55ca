"""What a live conversation tells its screen. A field marked PHI must never be logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from assistant.dialogue.choices import Choice
from assistant.messages import NothingHeardReason, Samples
from assistant.turn import Turn
from ledger_client.messages import Patient


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody speaks: the assistant's own voice should pause at once."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What was recognised so far. PHI."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """The utterance is over and there is no answer yet."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """The sound asks nothing of us: our own voice, noise, talk without the wake word.

    What we were saying goes on.
    """

    refused: bool = False
    """Whether another's voice was heard over ours."""


@dataclass(frozen=True, slots=True)
class Called:
    """The wake word was said and nothing after it: somebody listens now."""


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """No words could be made out; the dialogue is as it was."""

    reason: NothingHeardReason


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """One turn's outcome; what may be shown has passed the gate. PHI."""

    number: int
    """Counts the turns of a conversation; clauses carry it as well."""
    turn: Turn
    choices: tuple[Choice, ...]
    patient: Patient | None
    """Whom the dialogue is about; None unless this turn's voice was accepted."""
    tapped: bool
    speaks: bool
    """Whether clauses follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """A stretch of the spoken answer. PHI."""

    number: int
    samples: Samples
    last: bool


@dataclass(frozen=True, slots=True)
class VoiceFailed:
    """The voice engine gave no more: the answer is on the screen only."""

    number: int


@dataclass(frozen=True, slots=True)
class VoiceStopped:
    """The assistant's voice must fall silent now."""


class ClearReason(StrEnum):
    """Why answers leave the screen."""

    SPEAKER_LOST = "speaker_lost"
    ENDED = "ended"
    TIMEOUT = "timeout"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Cleared:
    """Nothing about a patient may stay on the screen."""

    reason: ClearReason


@dataclass(frozen=True, slots=True)
class Failed:
    """The box is not in order; ``spoken`` says so in Russian."""

    code: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one turn by stage, counted from the end of speech. No PHI.

    ``endpoint`` is the silence waited for, ``wait`` what recognition still took after it, then
    ``answer`` (understanding, gate and ledger) and ``first_clause``. ``total`` counts to the first
    audio; a turn of which nothing is said has ``shown`` instead. ``recognise``, ``speaker``,
    ``understand``, ``gate`` and ``ledger`` are the stages themselves; the first two overlap
    ``endpoint``.
    """

    stages_ms: Mapping[str, float]
    recognition_began_ms: float | None
    """After the end of speech; negative when before it. None for a tap."""


Event = (
    SpeechBegan
    | Partial
    | Thinking
    | Ignored
    | Called
    | NothingSaid
    | Answered
    | Clause
    | VoiceFailed
    | VoiceStopped
    | Cleared
    | Failed
    | Timed
)
