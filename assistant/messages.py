"""What passes between the stages: frozen values, one type per outcome.

Times are seconds; audio is mono float32 at :data:`SAMPLE_RATE`, full scale ±1.
A field marked PHI may hold a patient's data and must never be logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000
"""Samples per second of all audio inside the assistant."""

Samples = NDArray[np.float32]
"""Mono audio, shape (n,), full scale ±1, at :data:`SAMPLE_RATE`."""


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """One stretch of speech between two endpoints, with a little margin on both sides."""

    samples: Samples
    speech: Samples
    """Only the parts judged speech, silence cut: what a speaker model should hear."""
    start_s: float
    end_s: float

    @property
    def speech_s(self) -> float:
        """Seconds of speech after silence is cut."""
        return len(self.speech) / SAMPLE_RATE

    @property
    def duration_s(self) -> float:
        """Seconds of audio, pauses included."""
        return len(self.samples) / SAMPLE_RATE


class NothingHeardReason(StrEnum):
    """Why an utterance gave no words."""

    SILENCE = "silence"
    TOO_SHORT = "too_short"
    NOISE = "noise"
    LOOPING = "looping"
    DISAGREEMENT = "disagreement"
    """Two ways of listening heard different words."""
    TORN = "torn"
    """Part of the audio never came."""


@dataclass(frozen=True, slots=True)
class NothingHeard:
    """The recogniser refuses to state words: there was no speech it can stand for."""

    reason: NothingHeardReason


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. ``text`` and ``alternatives`` are PHI."""

    text: str
    alternatives: tuple[str, ...] = ()
    """Other readings, best first, ``text`` not among them."""
    confidence: float = 1.0
    """Mean probability of the tokens, 0 to 1."""


class Recognizer(Protocol):
    """Speech in, words out."""

    @property
    def name(self) -> str:
        """Engine and model, e.g. ``whisper-base``."""
        ...

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Recognise one utterance of Russian speech."""
        ...


class RecognizerStream(Protocol):
    """One utterance, recognised while it is spoken; threads may use it in turn."""

    def accept(self, samples: Samples) -> object:
        """Take the next samples."""
        ...

    def so_far(self) -> Transcript | NothingHeard:
        """What was heard; it may still change."""
        ...

    def finish(self) -> Transcript | NothingHeard:
        """The utterance has ended: what was said in it."""
        ...

    def close(self) -> None:
        """It is not needed any more."""
        ...


@runtime_checkable
class StreamingRecognizer(Recognizer, Protocol):
    """A recogniser that needs not wait for the end of an utterance."""

    def stream(self) -> RecognizerStream:
        """Begin an utterance."""
        ...


class SpeakerOutcome(StrEnum):
    """Whose voice it was, as far as the gate cares."""

    ACCEPT = "accept"
    REJECT = "reject"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class SpeakerDecision:
    """The verdict on one utterance's voice against one enrolled speaker."""

    outcome: SpeakerOutcome
    score: float
    """Cosine similarity, mean of the best voiceprints; −1 to 1."""
    threshold: float
    reason: str
    """A stable code, e.g. ``above_threshold``, ``second_voice``, ``inherited``."""

    @property
    def accepted(self) -> bool:
        """Whether this utterance may pass the gate."""
        return self.outcome is SpeakerOutcome.ACCEPT


@dataclass(frozen=True, slots=True)
class UntilHeard:
    """Between the clauses of an answer: ask for the next when all before it has been heard."""


class Synthesizer(Protocol):
    """Russian text in, speech out. The text is already verbalised: it holds no digits."""

    def synthesize(self, text: str) -> Samples:
        """Speak ``text``; raises :class:`assistant.errors.SynthesisError`."""
        ...
