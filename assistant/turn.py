"""What was heard, and what it led to: the values at both ends of the pipeline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from assistant.answers import Answer
from assistant.gate import GateDecision
from assistant.messages import NothingHeard, Samples, SpeakerDecision, Transcript
from assistant.speaker.decision import VoiceEvidence
from nlu.messages import Parse

_OUR_VOICE: Final = 0.45
"""Cosine from which a voice may be the assistant's own."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one utterance led to. All of it but the timings and decisions is PHI."""

    heard: Transcript | NothingHeard
    parse: Parse | None
    card: str | None
    """The patient the answer is about; None unless the gate let it pass."""
    speaker: SpeakerDecision | None
    gate: GateDecision
    answer: Answer
    speech: Samples | None
    """The spoken answer; None when the voice engine failed, or before it is spoken."""
    error: str | None
    """Code of the fault that kept the request from being answered."""
    timings_ms: dict[str, float]

    @property
    def ended(self) -> bool:
        """Whether the session is over and its log-in, where there was one, is spent."""
        said_goodbye = self.parse is not None and self.parse.intent == "end_session"
        return said_goodbye or self.gate.reason == "locked"

    @property
    def without_words(self) -> Turn:
        """The turn without what was said, nor what was read in it."""
        parse = None if self.parse is None else Parse("", self.parse.intent, self.parse.confidence)
        heard = Transcript("") if isinstance(self.heard, Transcript) else self.heard
        return replace(self, heard=heard, parse=parse)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What one utterance says and in whose voice, before it is known whether it may be answered."""

    words: Transcript | NothingHeard
    voice: VoiceEvidence | None
    """None when there was no speech to look at."""
    timings_ms: dict[str, float]
    began: float
    """When it began to be heard, by :func:`time.perf_counter`."""

    @property
    def ours(self) -> bool:
        """Whether the voice is the assistant's own, and nearer to that than to the clinician's."""
        voice = self.voice
        return voice is not None and voice.own_voice >= max(voice.score, _OUR_VOICE)


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage; stages may run beside one another."""

    started: float = field(default_factory=time.perf_counter)
    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as ``name``."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = (time.perf_counter() - begin) * 1000

    def done(self) -> dict[str, float]:
        """All stages, and the ``total`` since the watch was made."""
        total = (time.perf_counter() - self.started) * 1000
        return {**self.stages, "total": total}
