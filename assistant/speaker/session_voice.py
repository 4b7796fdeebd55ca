"""Modes without a stored voice: a voiceprint in memory for one session, or a PIN alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from assistant.messages import SpeakerDecision, SpeakerOutcome, Utterance
from assistant.speaker.decision import SpeakerState, VoiceEvidence
from assistant.speaker.errors import NotEnrolledError
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


class SessionVoices:
    """Voiceprints of those logged in; nothing of it is ever written to disk."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock`` gives seconds that never run back, e.g. :func:`time.monotonic`."""
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def log_in(self, speaker_id: str, voiceprints: Voiceprints) -> None:
        """Keep ``voiceprints`` until log-out or time-out; the caller has checked PIN or badge."""
        self.log_out(speaker_id)
        self._kept[speaker_id] = _Kept(voiceprints, self._clock() + SESSION_S)

    def log_out(self, speaker_id: str) -> None:
        """Wipe the speaker's voiceprints; unknown speakers are already wiped."""
        kept = self._kept.pop(speaker_id, None)
        if kept is not None:
            kept.voiceprints.vectors.fill(0.0)

    def load(self, speaker_id: str) -> Voiceprints:
        """Raises NotEnrolledError after log-out or time-out."""
        self.wipe_expired()
        kept = self._kept.get(speaker_id)
        if kept is None:
            raise NotEnrolledError(
                "This speaker is not logged in, or the session has ended.",
                "Log in again and record two sentences.",
            )
        # a copy: wiping must not turn a comparison under way into one with zeros
        return replace(kept.voiceprints, vectors=kept.voiceprints.vectors.copy())

    def wipe_expired(self) -> None:
        """Wipe all whose time is over; a server calls it now and then."""
        now = self._clock()
        for speaker_id in [name for name, kept in self._kept.items() if kept.until <= now]:
            self.log_out(speaker_id)


class PinVerifier:
    """Mode ``none``: accepts while a PIN keeps the session open, whoever speaks."""

    def score(self, speaker_id: str, utterance: Utterance) -> VoiceEvidence:
        """No voice is looked at."""
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
        until = state.unlocked_until
        if until is None or not 0 <= until - now <= UNLOCKED_S:
            locked = replace(state, unlocked_until=None)
            return SpeakerDecision(SpeakerOutcome.REJECT, -1.0, 1.0, "locked"), locked
        return SpeakerDecision(SpeakerOutcome.ACCEPT, 1.0, 1.0, "unlocked"), state

    def touch(self, state: SpeakerState, *, now: float, tier: RiskTier) -> SpeakerDecision:
        """As a spoken request: whoever knows the PIN holds the tablet."""
        evidence = VoiceEvidence(0.0, None, np.zeros((0, 0), np.float32))
        return self.decide(evidence, state, now=now, tier=tier, short_reply=False)[0]


def unlocked(state: SpeakerState, now: float) -> SpeakerState:
    """``state`` after the right PIN was given."""
    return replace(state, unlocked_until=now + UNLOCKED_S)
