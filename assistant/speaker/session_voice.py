"""Modes without a stored voice: a voiceprint in memory for one session, or a PIN alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from assistant.messages import SpeakerDecision, SpeakerOutcome, Utterance
from assistant.speaker.decision import SpeakerState, VoiceEvidence
from assistant.speaker.errors import LoggedOutError
from assistant.speaker.risk import RiskTier
from assistant.speaker.store import Voiceprints

UNLOCKED_S: Final = 300.0
"""How long a PIN opens the assistant where no voice is checked."""
SESSION_S: Final = 12 * 3600.0
"""How long a voiceprint in memory lives at most: one shift."""


class VoiceIdMode(StrEnum):
    """What a site keeps of its clinicians' voices."""

    ENROLLED = "enrolled"
    """Sealed voiceprints on this box."""
    SESSION = "session"
    """A voiceprint in memory only, made after a log-in, wiped at log-out or time-out."""
    NONE = "none"
    """No voice at all: a PIN and a short session."""


@dataclass(slots=True)
class _Kept:
    voiceprints: Voiceprints
    until: float


def since_boot() -> float:
    """Seconds that never run back and go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SessionVoices:
    """Voiceprints of those logged in; nothing of it is ever written to disk.

    May be used from several threads.
    """

    def __init__(
        self,
        clock: Callable[[], float] = since_boot,
        on_time_out: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``clock`` gives seconds that never run back.

        ``on_time_out`` gets the id of a speaker whose time is over, before the voice is wiped;
        wiped it is also when that fails.
        """
        self._clock = clock
        self._on_time_out = on_time_out
        self._lock = threading.RLock()
        self._kept: dict[str, _Kept] = {}

    def log_in(self, speaker_id: str, voiceprints: Voiceprints) -> None:
        """Keep ``voiceprints`` until log-out or time-out; the caller has checked PIN or badge."""
        with self._lock:
            self.log_out(speaker_id)
            self._kept[speaker_id] = _Kept(voiceprints, self._clock() + SESSION_S)

    def log_out(self, speaker_id: str) -> None:
        """Wipe the speaker's voiceprints; unknown speakers are already wiped."""
        with self._lock:
            kept = self._kept.pop(speaker_id, None)
            if kept is not None:
                kept.voiceprints.vectors.fill(0.0)

    def load(self, speaker_id: str) -> Voiceprints:
        """Raises :class:`LoggedOutError` before log-in and after log-out or time-out."""
        with self._lock:
            self.wipe_expired()
            kept = self._kept.get(speaker_id)
            if kept is None:
                raise LoggedOutError(
                    "This speaker is not logged in, or the session has ended.",
                    "Log in on the page, or with assistant listen. A recording alone can't: "
                    "this site keeps a voice only in the memory of one running assistant.",
                )
            # a copy: wiping must not turn a comparison under way into one with zeros
            return replace(kept.voiceprints, vectors=kept.voiceprints.vectors.copy())

    def knows(self, speaker_id: str) -> bool:
        """Whether the speaker is logged in."""
        with self._lock:
            self.wipe_expired()
            return speaker_id in self._kept

    def logged_in(self) -> tuple[str, ...]:
        """Ids of those logged in."""
        with self._lock:
            self.wipe_expired()
            return tuple(self._kept)

    def wipe_expired(self) -> None:
        """Wipe all whose time is over; whoever runs for long calls it now and then."""
        with self._lock:
            now = self._clock()
            for speaker_id in [name for name, kept in self._kept.items() if kept.until <= now]:
                try:
                    self._on_time_out(speaker_id)
                finally:
                    self.log_out(speaker_id)


class PinVerifier:
    """Mode ``none``: accepts while a PIN keeps the session open, whoever speaks."""

    def __init__(self, has_pin: Callable[[str], bool]) -> None:
        """``has_pin`` says whether a speaker, by id, may log in at all."""
        self._has_pin = has_pin

    def require(self, speaker_id: str) -> None:
        """Raises :class:`LoggedOutError` when the speaker's PIN is gone."""
        if not self._has_pin(speaker_id):
            raise LoggedOutError("This speaker has no PIN any more.", "Run: assistant pin SPEAKER")

    def score(self, speaker_id: str, utterance: Utterance) -> VoiceEvidence:
        """No voice is looked at; raises :class:`LoggedOutError` as :meth:`require`."""
        self.require(speaker_id)
        return VoiceEvidence(utterance.speech_s, None, np.zeros((0, 0), np.float32))

    def decide(
        self,
        evidence: VoiceEvidence,
        state: SpeakerState,
        *,
        now: float,
        tier: RiskTier,
        short_reply: bool,
    ) -> tuple[SpeakerDecision, SpeakerState]:
        """Accept while unlocked."""
        decision = _by_pin(state, now)
        return decision, state if decision.accepted else replace(state, unlocked_until=None)

    def touch(
        self, state: SpeakerState, *, now: float, tier: RiskTier
    ) -> tuple[SpeakerDecision, SpeakerState]:
        """A tap, which never writes: who knows the PIN holds the tablet."""
        if tier is RiskTier.WRITE:
            decision = SpeakerDecision(SpeakerOutcome.INSUFFICIENT, 1.0, 0.0, "tap_writes_nothing")
            return decision, state
        return _by_pin(state, now), state


def _by_pin(state: SpeakerState, now: float) -> SpeakerDecision:
    if is_unlocked(state, now):
        return SpeakerDecision(SpeakerOutcome.ACCEPT, 1.0, 0.0, "unlocked")
    return SpeakerDecision(SpeakerOutcome.REJECT, -1.0, 1.0, "locked")


def is_unlocked(state: SpeakerState, now: float) -> bool:
    """Whether the PIN still keeps the session open; not when the clock was set back."""
    until = state.unlocked_until
    return until is not None and 0 <= until - now <= UNLOCKED_S


def unlocked(state: SpeakerState, now: float) -> SpeakerState:
    """``state`` after the right PIN was given."""
    return replace(state, unlocked_until=now + UNLOCKED_S)
