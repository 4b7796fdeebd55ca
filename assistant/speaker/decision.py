"""Whose utterance it was: a pure decision from one utterance's evidence and what went before.

The gate is hard and per utterance: whatever the history, an utterance whose own score
contradicts the enrolled voice is never accepted. Less than ``full_speech_s`` of speech decides
nothing alone: it counts together with what was heard before, and only while the voices agree. What
reached the threshold supports only what reaches it too: else a voice a little like the owner's
would pass on the owner's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.messages import SpeakerDecision, SpeakerOutcome
from assistant.speaker.engine import Embedding, unit
from assistant.speaker.risk import RiskTier

BEST_VOICEPRINTS: Final = 3
"""Scores are the mean over this many of a person's closest voiceprints."""
_REMEMBERED: Final = 3


@dataclass(frozen=True, slots=True)
class VoicePolicy:
    """Thresholds (cosines) and times (seconds) of the decision.

    docs/voice-id.md says on what the defaults were measured. They do not carry over between
    rooms: ``assistant calibrate`` makes a site's own.
    """

    thresholds: Mapping[RiskTier, float] = field(
        default_factory=lambda: {
            RiskTier.HARMLESS: 0.40,
            RiskTier.READ: 0.50,
            RiskTier.SENSITIVE: 0.53,
            RiskTier.WRITE: 0.56,
        }
    )
    """What a score must reach. The same for short and long speech: impostors do not score
    higher on short speech, owners score lower."""
    contradicts_below: float = 0.40
    """With a lower score of its own a short utterance is not accepted, whatever went before."""
    agree: float = 0.35
    """Cosine from which two utterances count as one voice."""
    too_short_below: float = 0.25
    """With a lower score even speech too short to judge alone is another's."""
    stretch_below: float = 0.20
    """A stretch of 0.75 s inside the utterance with a lower score is another's."""
    contrast_below: float = -0.20
    """So is one of 1.5 s that scores so much lower than the rest."""
    full_speech_s: float = 2.0
    """From here on the utterance's own score decides, up or down; less never passes alone."""
    firm_speech_s: float = 1.0
    """From here on a score tells something: below ``contradicts_below`` it is another's."""
    pool_s: float = 60.0
    """How long an utterance may support the next short one; our answer to it does not count."""
    reply_s: float = 1.2
    """More speech than this is no bare reply, whatever was recognised: it inherits nothing."""
    inherit_s: float = 10.0
    """How long after an accepted utterance, and our answer, a short reply may inherit."""
    touch_s: float = 30.0
    """How long after an accepted utterance, and our answer, its list may be tapped."""
    answer_s: float = 60.0
    """How long after an accepted utterance our voice may still put off these two times."""


@dataclass(frozen=True, slots=True, eq=False)
class VoiceEvidence:
    """What one utterance says about its speaker, before it is known what was asked."""

    speech_s: float
    embedding: Embedding | None
    """None when there is too little speech for the engine."""
    voiceprints: NDArray[np.float32]
    """The enrolled person's voiceprints, shape (n, dimension)."""
    lowest_window: float = 1.0
    """The lowest score of a stretch inside the utterance; 1 when it is too short to cut."""
    contrast: float = 0.0
    """How much lower than the rest a longer stretch scores; 0 when it is too short to cut."""
    own_voice: float = -1.0
    """Highest cosine to the assistant's own voice."""

    @property
    def score(self) -> float:
        """Cosine to the enrolled person; −1 without an embedding."""
        return -1.0 if self.embedding is None else score(self.embedding, self.voiceprints)


@dataclass(frozen=True, slots=True)
class Heard:
    """An earlier utterance that was not refused. Holds a voice: seal it."""

    at: float
    speech_s: float
    embedding: tuple[float, ...]
    firm: bool = False
    """Whether its own score reached its threshold: then it supports only others that do."""


@dataclass(frozen=True, slots=True)
class SpeakerState:
    """What the decision remembers of a dialogue; plain data, so that a session can keep it."""

    recent: tuple[Heard, ...] = ()
    """Newest last; all of one voice."""
    accepted_at: float | None = None
    accepted_score: float = -1.0
    """Of the last accepted utterance, its own where that sufficed; inheriting leaves it alone."""
    answered_at: float | None = None
    """When our voice, saying the answer to an accepted utterance, was heard last."""
    tapped: bool = False
    """Whether a tap has had its answer since the last accepted utterance."""
    challenge_passed_at: float | None = None
    unlocked_until: float | None = None
    """End of a session opened with a PIN, where no voice is checked."""

    def while_answering(self, now: float) -> SpeakerState:
        """The state while our voice says the answer to an accepted utterance, or as it ends."""
        return self if self.accepted_at is None else replace(self, answered_at=now)


def score(embedding: Embedding, voiceprints: NDArray[np.float32]) -> float:
    """Mean cosine to the closest voiceprints, −1 to 1."""
    best = np.sort(voiceprints @ embedding)[-BEST_VOICEPRINTS:]
    return float(best.mean())


def decide(
    evidence: VoiceEvidence,
    state: SpeakerState,
    policy: VoicePolicy,
    *,
    now: float,
    tier: RiskTier,
    short_reply: bool,
) -> tuple[SpeakerDecision, SpeakerState]:
    """Decide on one utterance; returns the decision and the state after it.

    ``now`` is the time of the utterance in seconds, never less than in earlier calls.
    ``short_reply`` says that the words answer the turn before («да», «стоп») and name nobody.
    """
    own = evidence.score
    threshold = policy.thresholds[tier]

    def verdict(outcome: SpeakerOutcome, reason: str) -> SpeakerDecision:
        return SpeakerDecision(outcome, own, threshold, reason)

    state = _aged(state, policy, now)
    embedding = evidence.embedding
    if embedding is None:
        return verdict(SpeakerOutcome.INSUFFICIENT, "too_little_speech"), state

    refusal = _refusal(evidence, own, threshold, policy)
    if refusal is not None:
        # whoever spoke was not the enrolled person: nothing may be built on what went before
        cleared = replace(_not_accepted(state), recent=())
        return verdict(SpeakerOutcome.REJECT, refusal), cleared

    if own < policy.contradicts_below:
        return verdict(SpeakerOutcome.INSUFFICIENT, "short_and_unsure"), state
    firm = evidence.speech_s >= policy.firm_speech_s and own >= threshold
    vector = tuple(round(float(x), 5) for x in embedding)
    agreeing = _agreeing(embedding, state, policy)
    heard = Heard(now, evidence.speech_s, vector, firm)
    remembered = replace(state, recent=(*agreeing, heard)[-_REMEMBERED:])
    if evidence.speech_s >= policy.full_speech_s:
        return verdict(SpeakerOutcome.ACCEPT, "above_threshold"), _accepted(remembered, own, now)
    support = tuple(one for one in agreeing if firm or not one.firm)
    pooled = _pooled_score(evidence, embedding, support, policy)
    if pooled >= threshold:
        reason, by_score = ("agrees_with_earlier", own) if firm else ("pooled", pooled)
        return verdict(SpeakerOutcome.ACCEPT, reason), _accepted(remembered, by_score, now)
    bare = short_reply and evidence.speech_s <= policy.reply_s
    if bare and _may_inherit(state, policy, now, tier):
        return verdict(SpeakerOutcome.ACCEPT, "inherited"), replace(remembered, tapped=False)
    return verdict(SpeakerOutcome.INSUFFICIENT, "short_and_unsure"), remembered


def touch(
    state: SpeakerState, policy: VoicePolicy, *, now: float, tier: RiskTier
) -> tuple[SpeakerDecision, SpeakerState]:
    """Decide on a tap, which has no voice: it may choose once from what an accepted voice got.

    A finger proves nobody. So one tap passes for each accepted utterance, only within
    ``touch_s`` of one that was accepted by its own score, and of our answer to it, only if that
    score reaches the tier, and it never writes. Any refused utterance ends it at once (it clears
    ``accepted_at``). Gives the decision and the state after it.
    """

    def verdict(outcome: SpeakerOutcome, reason: str) -> SpeakerDecision:
        return SpeakerDecision(outcome, state.accepted_score, policy.thresholds[tier], reason)

    if tier is RiskTier.WRITE:
        return verdict(SpeakerOutcome.INSUFFICIENT, "tap_writes_nothing"), state
    if not _fresh(state, policy, now, policy.touch_s):
        return verdict(SpeakerOutcome.INSUFFICIENT, "no_fresh_voice"), state
    if state.tapped:
        return verdict(SpeakerOutcome.INSUFFICIENT, "tapped_already"), state
    if state.accepted_score < policy.thresholds[tier]:
        return verdict(SpeakerOutcome.INSUFFICIENT, "voice_below_tier"), state
    return verdict(SpeakerOutcome.ACCEPT, "fresh_voice"), replace(state, tapped=True)


def _aged(state: SpeakerState, policy: VoicePolicy, now: float) -> SpeakerState:
    """``state`` without utterances that are too old to support another.

    What lies in the future goes for good, for the clock was set back: when it has caught up,
    that would look fresh.
    """
    pool_s = policy.pool_s
    if state.accepted_at is not None:
        pool_s += _ended_at(state.accepted_at, state, policy) - state.accepted_at
    recent = tuple(one for one in state.recent if 0 <= now - one.at <= pool_s)
    state = replace(state, recent=recent)
    if state.accepted_at is not None and state.accepted_at > now:
        state = _not_accepted(state)
    if state.answered_at is not None and state.answered_at > now:
        state = replace(state, answered_at=None)
    if state.challenge_passed_at is not None and state.challenge_passed_at > now:
        state = replace(state, challenge_passed_at=None)
    return state


def _refusal(
    evidence: VoiceEvidence, own: float, threshold: float, policy: VoicePolicy
) -> str | None:
    """Why this utterance is not the enrolled person's, as a stable code; None when it may be."""
    if evidence.own_voice >= own:
        return "assistant_voice"
    if evidence.lowest_window < policy.stretch_below or evidence.contrast < policy.contrast_below:
        return "second_voice"
    if evidence.speech_s >= policy.full_speech_s:
        floor = threshold
    elif evidence.speech_s >= policy.firm_speech_s:
        floor = policy.contradicts_below
    else:
        floor = policy.too_short_below
    return "below_threshold" if own < floor else None


def _agreeing(embedding: Embedding, state: SpeakerState, policy: VoicePolicy) -> tuple[Heard, ...]:
    """The newest utterances without a gap whose voice is the one just heard."""
    agreeing: list[Heard] = []
    for one in reversed(state.recent):
        if float(np.dot(embedding, np.asarray(one.embedding))) < policy.agree:
            break
        agreeing.insert(0, one)
    return tuple(agreeing)


def _pooled_score(
    evidence: VoiceEvidence,
    embedding: Embedding,
    support: tuple[Heard, ...],
    policy: VoicePolicy,
) -> float:
    """Score of this utterance and its support together; −1 while they are too short."""
    seconds = evidence.speech_s + sum(one.speech_s for one in support)
    if seconds < policy.full_speech_s:
        return -1.0
    together = evidence.speech_s * embedding
    for one in support:
        together = together + one.speech_s * np.asarray(one.embedding, dtype=np.float32)
    return score(unit(together), evidence.voiceprints)


def _accepted(state: SpeakerState, by_score: float, now: float) -> SpeakerState:
    return replace(state, accepted_at=now, accepted_score=by_score, answered_at=None, tapped=False)


def _not_accepted(state: SpeakerState) -> SpeakerState:
    return replace(state, accepted_at=None, accepted_score=-1.0, answered_at=None)


def _fresh(state: SpeakerState, policy: VoicePolicy, now: float, within_s: float) -> bool:
    """Whether the last accepted utterance, or our voice that answers it, ended so lately."""
    if state.accepted_at is None:
        return False
    return 0 <= now - _ended_at(state.accepted_at, state, policy) <= within_s


def _ended_at(accepted_at: float, state: SpeakerState, policy: VoicePolicy) -> float:
    """When the last accepted utterance, or our voice that answers it, ended.

    Our voice counts only up to ``answer_s``: that it sounds is the page's word.
    """
    answered_at = accepted_at if state.answered_at is None else state.answered_at
    return max(accepted_at, min(answered_at, accepted_at + policy.answer_s))


def _may_inherit(state: SpeakerState, policy: VoicePolicy, now: float, tier: RiskTier) -> bool:
    """Whether a short reply may take over the decision of the turn it answers."""
    fresh = _fresh(state, policy, now, policy.inherit_s)
    return fresh and state.accepted_score >= policy.thresholds[tier]
