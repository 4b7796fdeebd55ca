"""Scores an utterance's voice, then decides: two steps, since only the second needs the words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assistant.messages import SpeakerDecision, Utterance
from assistant.speaker.decision import (
    SpeakerState,
    VoiceEvidence,
    VoicePolicy,
    decide,
    touch,
)
from assistant.speaker.engine import MIN_SAMPLES, Embedding, EmbeddingEngine
from assistant.speaker.errors import VoiceprintUnreadableError
from assistant.speaker.risk import RiskTier
from assistant.speaker.second_voice import Inside, look_inside
from assistant.speaker.store import Voiceprints, VoiceprintSource


class Verifier(Protocol):
    """Decides whose voice an utterance is."""

    def score(self, speaker_id: str, utterance: Utterance) -> VoiceEvidence:
        """The slow part; needs no words. Raises :class:`assistant.errors.EnrolmentError`."""
        ...

    def require(self, speaker_id: str) -> None:
        """Raises as :meth:`score` where there is nothing to compare the speaker with any more."""
        ...

    def decide(
        self,
        evidence: VoiceEvidence,
        state: SpeakerState,
        *,
        now: float,
        tier: RiskTier,
        short_reply: bool,
    ) -> tuple[SpeakerDecision, SpeakerState]:
        """The quick part; see :func:`assistant.speaker.decision.decide`."""
        ...

    def touch(
        self, state: SpeakerState, *, now: float, tier: RiskTier
    ) -> tuple[SpeakerDecision, SpeakerState]:
        """A tap on the screen; see :func:`assistant.speaker.decision.touch`."""
        ...


class SpeakerVerifier:
    """Compares voices with the voiceprints of a source: the sealed store or a session's memory."""

    def __init__(
        self,
        engine: EmbeddingEngine,
        source: VoiceprintSource,
        policy: VoicePolicy | None = None,
        never_accept: Sequence[Embedding] = (),
    ) -> None:
        """``never_accept`` are voiceprints of the assistant's own voice."""
        self._engine = engine
        self._source = source
        self._policy = policy or VoicePolicy()
        self._never_accept = tuple(never_accept)

    def score(self, speaker_id: str, utterance: Utterance) -> VoiceEvidence:
        """What the voice of ``utterance`` says; independent of what was said before."""
        voiceprints = self._voiceprints(speaker_id)
        speech = utterance.speech
        if len(speech) < MIN_SAMPLES:
            return VoiceEvidence(utterance.speech_s, None, voiceprints.vectors)
        if utterance.speech_s >= self._policy.firm_speech_s:
            inside = look_inside(self._engine, speech, voiceprints.vectors)
        else:
            # of a single short word the silence cut takes the voiceless edges: hear it whole
            inside = Inside(self._engine.embed(utterance.samples), 1.0, 0.0)
        embedding = inside.embedding
        return VoiceEvidence(
            utterance.speech_s,
            embedding,
            voiceprints.vectors,
            lowest_window=inside.lowest_window,
            contrast=inside.contrast,
            own_voice=max((float(one @ embedding) for one in self._never_accept), default=-1.0),
        )

    def require(self, speaker_id: str) -> None:
        """Raises :class:`assistant.errors.EnrolmentError` where :meth:`score` would."""
        self._voiceprints(speaker_id)

    def _voiceprints(self, speaker_id: str) -> Voiceprints:
        voiceprints = self._source.load(speaker_id)
        if voiceprints.engine != self._engine.name:
            raise VoiceprintUnreadableError(
                f"This speaker's template was made with {voiceprints.engine}; this box compares "
                f"voices with {self._engine.name}.",
                "Enrol the speaker again: assistant enroll SPEAKER. Or set [voice] engine back.",
            )
        return voiceprints

    def decide(
        self,
        evidence: VoiceEvidence,
        state: SpeakerState,
        *,
        now: float,
        tier: RiskTier,
        short_reply: bool,
    ) -> tuple[SpeakerDecision, SpeakerState]:
        """Decide under this site's policy."""
        return decide(evidence, state, self._policy, now=now, tier=tier, short_reply=short_reply)

    def touch(
        self, state: SpeakerState, *, now: float, tier: RiskTier
    ) -> tuple[SpeakerDecision, SpeakerState]:
        """Decide under this site's policy."""
        return touch(state, self._policy, now=now, tier=tier)
