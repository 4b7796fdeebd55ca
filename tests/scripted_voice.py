"""A voice that a test gives, judged by the real decision."""

from __future__ import annotations

import numpy as np

from assistant.messages import SpeakerDecision, Utterance
from assistant.speaker.decision import SpeakerState, VoiceEvidence, VoicePolicy, decide, touch
from assistant.speaker.engine import Embedding
from assistant.speaker.errors import NotEnrolledError
from assistant.speaker.risk import RiskTier


class ScriptedVoice:
    """Implements the verifier; every utterance is in the voice ``embedding``."""

    def __init__(self, owner: Embedding) -> None:
        self._owner = owner
        self.embedding = owner
        self.forgotten = False

    def score(self, speaker_id: str, utterance: Utterance) -> VoiceEvidence:
        return VoiceEvidence(utterance.speech_s, self.embedding, self._owner[np.newaxis])

    def require(self, speaker_id: str) -> None:
        """The owner is known unless the test says otherwise."""
        if self.forgotten:
            raise NotEnrolledError("forgotten", "enrol")

    def decide(
        self,
        evidence: VoiceEvidence,
        state: SpeakerState,
        *,
        now: float,
        tier: RiskTier,
        short_reply: bool,
    ) -> tuple[SpeakerDecision, SpeakerState]:
        return decide(evidence, state, VoicePolicy(), now=now, tier=tier, short_reply=short_reply)

    def touch(
        self, state: SpeakerState, *, now: float, tier: RiskTier
    ) -> tuple[SpeakerDecision, SpeakerState]:
        return touch(state, VoicePolicy(), now=now, tier=tier)
