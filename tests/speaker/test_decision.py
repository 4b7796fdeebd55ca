"""The decision under any order of events: nothing passes unless its own voice does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import TypeAdapter

from assistant.messages import SpeakerDecision, SpeakerOutcome
from assistant.speaker.decision import SpeakerState, VoiceEvidence, VoicePolicy, decide, touch
from assistant.speaker.engine import Embedding, unit
from assistant.speaker.risk import RiskTier

POLICY = VoicePolicy()
DIMENSION = 16
PRINTS = np.eye(DIMENSION, dtype=np.float32)[:1]
"""One voiceprint: the first axis is the owner."""
STATE = TypeAdapter(SpeakerState)


def voice(cosine: float, axis: int = 1) -> Embedding:
    """A unit vector whose score against the owner is ``cosine``."""
    vector = np.zeros(DIMENSION)
    vector[0], vector[axis] = cosine, np.sqrt(max(0.0, 1 - cosine**2))
    return unit(vector)


def evidence(cosine: float, seconds: float, axis: int = 1, **more: float) -> VoiceEvidence:
    return VoiceEvidence(seconds, voice(cosine, axis), PRINTS, **more)


def run(
    *steps: tuple[float, VoiceEvidence, RiskTier, bool], state: SpeakerState | None = None
) -> SpeakerDecision:
    """The decision on the last step."""
    state = state or SpeakerState()
    for now, one, tier, short in steps:
        decision, state = decide(one, state, POLICY, now=now, tier=tier, short_reply=short)
    return decision


READ, WRITE = RiskTier.READ, RiskTier.WRITE
OWNER = (0.0, evidence(0.8, 3.0), READ, False)


@pytest.mark.parametrize(
    ("seconds", "cosine", "outcome", "reason"),
    [
        (2.5, 0.51, SpeakerOutcome.ACCEPT, "above_threshold"),
        (2.5, 0.49, SpeakerOutcome.REJECT, "below_threshold"),
        (2.0, 0.51, SpeakerOutcome.ACCEPT, "above_threshold"),
        (1.9, 0.95, SpeakerOutcome.INSUFFICIENT, "short_and_unsure"),
        (1.5, 0.45, SpeakerOutcome.INSUFFICIENT, "short_and_unsure"),
        (1.5, 0.39, SpeakerOutcome.REJECT, "below_threshold"),
        (0.9, 0.90, SpeakerOutcome.INSUFFICIENT, "short_and_unsure"),
        (0.9, 0.35, SpeakerOutcome.INSUFFICIENT, "short_and_unsure"),
        (0.9, 0.20, SpeakerOutcome.REJECT, "below_threshold"),
    ],
)
def test_an_utterance_alone(
    seconds: float, cosine: float, outcome: SpeakerOutcome, reason: str
) -> None:
    decision = run((0.0, evidence(cosine, seconds), READ, False))
    assert (decision.outcome, decision.reason) == (outcome, reason)
    assert decision.threshold == POLICY.thresholds[READ]


def test_every_tier_has_its_threshold() -> None:
    between = (POLICY.thresholds[READ] + POLICY.thresholds[WRITE]) / 2
    assert run((0.0, evidence(between, 3.0), READ, False)).accepted
    assert not run((0.0, evidence(between, 3.0), WRITE, False)).accepted


def test_short_speech_passes_with_short_speech_heard_before_while_it_agrees() -> None:
    brief = (0.0, evidence(0.7, 0.9), READ, False)
    unsure = (5.0, evidence(0.45, 1.5), READ, False)
    assert run(brief, unsure).reason == "pooled"
    # as good a score, but no likeness to what was heard before
    other = (5.0, evidence(0.45, 1.5, axis=2), READ, False)
    assert float(voice(0.45, 2) @ voice(0.7)) < POLICY.agree
    assert run(brief, other).outcome is SpeakerOutcome.INSUFFICIENT


@pytest.mark.parametrize("seconds", [1.0, 1.9])
def test_short_speech_that_reaches_the_threshold_goes_on_from_what_was_accepted(
    seconds: float,
) -> None:
    brief = (5.0, evidence(0.51, seconds), READ, False)
    assert run(OWNER, brief).reason == "agrees_with_earlier"
    assert run(brief).outcome is SpeakerOutcome.INSUFFICIENT
    below = (5.0, evidence(0.49, seconds), READ, False)
    assert run(OWNER, below).outcome is SpeakerOutcome.INSUFFICIENT
    other = (5.0, evidence(0.51, seconds, axis=2), READ, False)
    only_a_little = (0.0, evidence(0.55, 3.0), READ, False)
    assert float(voice(0.51, 2) @ voice(0.55)) < POLICY.agree
    assert run(only_a_little, other).outcome is SpeakerOutcome.INSUFFICIENT
    stranger = (2.0, evidence(0.1, 3.0, axis=4), READ, False)
    assert run(OWNER, stranger, brief).outcome is SpeakerOutcome.INSUFFICIENT
    # said again it is enough by itself
    assert run(brief, (8.0, *brief[1:])).accepted is (2 * seconds >= POLICY.full_speech_s)


@pytest.mark.parametrize("seconds", [0.3, 0.9])
def test_a_word_or_two_pass_on_nothing_but_other_words_that_were_not_sure(seconds: float) -> None:
    word = (5.0, evidence(0.95, seconds), READ, False)
    assert run(OWNER, word).outcome is SpeakerOutcome.INSUFFICIENT


def test_our_answer_does_not_count_as_time_between_two_utterances() -> None:
    _, state = decide(OWNER[1], SpeakerState(), POLICY, now=0.0, tier=READ, short_reply=False)
    brief = evidence(0.6, 1.5)
    for spoken_s, counts_s in ((0.0, 0.0), (40.0, 40.0), (100.0, POLICY.answer_s)):
        told = state.while_answering(spoken_s) if spoken_s else state
        for late_s, passes in ((0.0, True), (0.1, False)):
            at = counts_s + POLICY.pool_s + late_s
            assert run((at, brief, READ, False), state=told).accepted is passes


@pytest.mark.parametrize("owner_s", [3.0, 1.9, 1.0])
@pytest.mark.parametrize("stranger_s", [1.9, 0.9])
@pytest.mark.parametrize("cosine", [0.41, 0.49])
def test_nobody_passes_on_what_the_owner_was_accepted_for(
    cosine: float, stranger_s: float, owner_s: float
) -> None:
    """A voice this near to the owner's agrees with it, and is short enough to be pooled."""
    near = evidence(cosine, stranger_s)
    assert near.embedding is not None and float(near.embedding @ voice(0.8)) > POLICY.agree
    owner = [(float(at), evidence(0.8, owner_s), READ, False) for at in range(3)]
    for tier in (READ, WRITE):
        stranger = (4.0, near, tier, False)
        assert run(*owner, stranger).outcome is SpeakerOutcome.INSUFFICIENT
        # nor by saying it again: what is pooled is a stranger's then
        again = [(4.0 + number, near, tier, False) for number in range(4)]
        assert run(*owner, *again).outcome is SpeakerOutcome.INSUFFICIENT


def test_two_short_utterances_pass_together_once_they_reach_two_seconds() -> None:
    half = evidence(0.7, 0.9)
    steps = [(float(number), half, READ, False) for number in range(3)]
    assert [run(*steps[: count + 1]).outcome for count in range(3)] == [
        SpeakerOutcome.INSUFFICIENT,
        SpeakerOutcome.INSUFFICIENT,
        SpeakerOutcome.ACCEPT,
    ]


def test_old_utterances_support_nothing() -> None:
    half = evidence(0.7, 0.9)
    steps = [(float(at), half, READ, False) for at in (0, 1, POLICY.pool_s)]
    assert run(*steps).reason == "pooled"
    late = (POLICY.pool_s + 1, half, READ, False)
    assert run(*steps[:2], late).outcome is SpeakerOutcome.INSUFFICIENT


def test_a_short_reply_inherits_for_some_seconds_only() -> None:
    # too unlike the turn before to be pooled with it
    yes = evidence(0.41, 0.5, axis=2)
    owner = (0.0, evidence(0.80, 3.0), READ, False)
    assert float(voice(0.41, 2) @ voice(0.80)) < POLICY.agree
    assert run(owner, (POLICY.inherit_s, yes, WRITE, True)).reason == "inherited"
    assert not run(owner, (POLICY.inherit_s + 0.1, yes, WRITE, True)).accepted
    assert not run(owner, (POLICY.inherit_s, yes, WRITE, False)).accepted


def test_a_reply_inherits_no_more_than_the_turn_it_answers_reached() -> None:
    barely = (0.0, evidence(0.51, 3.0), READ, False)
    yes = evidence(0.41, 0.5, axis=2)
    assert run(barely, (1.0, yes, READ, True)).reason == "inherited"
    assert not run(barely, (1.0, yes, WRITE, True)).accepted


def test_the_time_for_replies_and_taps_counts_from_the_end_of_our_answer() -> None:
    decision, accepted = decide(
        OWNER[1], SpeakerState(), POLICY, now=0.0, tier=READ, short_reply=False
    )
    assert decision.accepted
    yes = evidence(0.41, 0.5, axis=2)
    for forever, ends_s in ((False, 15.0), (True, POLICY.answer_s)):
        for late_s, passes in ((0.0, True), (0.1, False)):
            reply, finger = (ends_s + time + late_s for time in (POLICY.inherit_s, POLICY.touch_s))
            state = accepted.while_answering(reply if forever else ends_s)
            assert run((reply, yes, WRITE, True), state=state).accepted is passes
            state = accepted.while_answering(finger if forever else ends_s)
            assert touch(state, POLICY, now=finger, tier=READ)[0].accepted is passes
    assert SpeakerState().while_answering(1.0) == SpeakerState()


def test_a_refusal_and_a_new_voice_end_the_time_that_our_answer_gave() -> None:
    state = SpeakerState(accepted_at=0.0, accepted_score=0.9).while_answering(20.0)
    for one, after in ((evidence(0.1, 3.0), None), (evidence(0.8, 3.0), 21.0)):
        _, then = decide(one, state, POLICY, now=21.0, tier=READ, short_reply=False)
        assert (then.accepted_at, then.answered_at) == (after, None)


def test_what_is_too_long_for_a_bare_reply_inherits_nothing() -> None:
    for seconds, inherits in ((POLICY.reply_s, True), (POLICY.reply_s + 0.1, False)):
        reply = evidence(0.45, seconds, axis=2)
        assert run(OWNER, (1.0, reply, READ, True)).accepted is inherits


def test_a_contradicting_reply_is_not_accepted_however_fresh_the_turn() -> None:
    for cosine in (0.0, 0.2, 0.39):
        assert not run(OWNER, (1.0, evidence(cosine, 0.5), READ, True)).accepted


def test_after_another_voice_nothing_is_inherited() -> None:
    intruder = (1.0, evidence(0.1, 3.0, axis=4), READ, False)
    assert not run(OWNER, intruder, (2.0, evidence(0.8, 0.6), READ, True)).accepted


def test_a_clock_that_was_set_back_makes_nothing_fresh_again() -> None:
    yes = evidence(0.41, 0.5, axis=2)
    steps = [(0.0, evidence(0.80, 3.0), READ, False), (POLICY.inherit_s, yes, READ, True)]
    assert run(*steps).reason == "inherited"
    silent = VoiceEvidence(0.0, None, PRINTS)
    assert not run(steps[0], (-3600.0, silent, READ, False), steps[1]).accepted
    _, state = decide(
        silent,
        SpeakerState(
            accepted_at=50.0, accepted_score=0.9, answered_at=50.0, challenge_passed_at=50.0
        ),
        POLICY,
        now=49.0,
        tier=READ,
        short_reply=False,
    )
    assert state == SpeakerState()


def test_a_second_voice_and_the_assistants_own_are_refused_at_any_score() -> None:
    assert run((0.0, evidence(0.9, 3.0, lowest_window=0.1), READ, False)).reason == "second_voice"
    longer = replace(evidence(0.9, 3.0), contrast=-0.3)
    assert run((0.0, longer, READ, False)).reason == "second_voice"
    assert run((0.0, evidence(0.9, 3.0, own_voice=0.95), READ, False)).reason == "assistant_voice"


def test_no_embedding_is_never_accepted() -> None:
    silent = VoiceEvidence(0.1, None, PRINTS)
    decision = run(OWNER, (1.0, silent, READ, True))
    assert (decision.outcome, decision.reason) == (
        SpeakerOutcome.INSUFFICIENT,
        "too_little_speech",
    )


class AnyOrder(RuleBasedStateMachine):
    """Owners, intruders, mixed voices, silence, pauses, and a session saved in between."""

    def __init__(self) -> None:
        super().__init__()
        self.state = self.before = SpeakerState()
        self.now = 1000.0
        self.last: tuple[SpeakerDecision, VoiceEvidence] | None = None
        self.accepted_at: float | None = None
        """When a voice was accepted that was not refused since; inheriting does not count."""

    def decide(self, one: VoiceEvidence, tier: RiskTier, *, short: bool) -> None:
        self.before = self.state
        decision, self.state = decide(
            one, self.state, POLICY, now=self.now, tier=tier, short_reply=short
        )
        self.last = decision, one
        if decision.outcome is SpeakerOutcome.REJECT:
            self.accepted_at = None
        elif decision.reason == "inherited":
            assert self.accepted_at is not None
            assert 0 <= self.now - self.accepted_at <= POLICY.answer_s + POLICY.inherit_s
        elif decision.accepted:
            self.accepted_at = self.now

    @rule(
        cosine=st.floats(-0.2, 1.0),
        seconds=st.floats(0.3, 6.0),
        axis=st.integers(1, 4),
        lowest=st.sampled_from([1.0, 0.6, 0.19, -0.1]),
        contrast=st.sampled_from([0.0, -0.1, -0.3]),
        own=st.sampled_from([-1.0, 0.3, 0.99]),
        tier=st.sampled_from(list(RiskTier)),
        short=st.booleans(),
    )
    def speak(
        self,
        cosine: float,
        seconds: float,
        axis: int,
        lowest: float,
        contrast: float,
        own: float,
        tier: RiskTier,
        short: bool,
    ) -> None:
        one = evidence(cosine, seconds, axis, lowest_window=lowest, own_voice=own)
        one = replace(one, contrast=contrast)
        self.decide(one, tier, short=short)

    @rule(cosine=st.floats(0.41, 1.0), seconds=st.floats(0.3, 1.9))
    def answer_shortly(self, cosine: float, seconds: float) -> None:
        self.decide(evidence(cosine, seconds), WRITE, short=True)

    @rule()
    def make_no_sound(self) -> None:
        self.decide(VoiceEvidence(0.0, None, PRINTS), READ, short=True)

    @rule(seconds=st.floats(0.0, 200.0))
    def hear_our_voice_for(self, seconds: float) -> None:
        self.now += seconds
        self.state = self.state.while_answering(self.now)

    @rule(seconds=st.floats(0.0, 90.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def set_the_clock_back(self) -> None:
        self.now -= 3600.0

    @rule()
    def save_and_load(self) -> None:
        assert STATE.validate_json(STATE.dump_json(self.state)) == self.state

    @invariant()
    def what_is_remembered_is_of_one_voice(self) -> None:
        heard = [np.array(one.embedding) for one in self.state.recent]
        for earlier in heard[:-1]:
            assert float(earlier @ heard[-1]) >= POLICY.agree - 1e-4

    @invariant()
    def nothing_passes_without_its_own_voice(self) -> None:
        if self.last is None or not self.last[0].accepted:
            return
        decision, one = self.last
        assert one.embedding is not None
        assert one.score >= POLICY.contradicts_below
        assert one.lowest_window >= POLICY.stretch_below
        assert one.contrast >= POLICY.contrast_below
        assert one.own_voice < one.score
        if decision.reason in {"above_threshold", "agrees_with_earlier"}:
            assert one.score >= decision.threshold
        if decision.reason != "inherited":
            heard_s = one.speech_s + sum(earlier.speech_s for earlier in self.before.recent)
            assert heard_s >= POLICY.full_speech_s
        if decision.reason == "above_threshold":
            assert one.speech_s >= POLICY.full_speech_s
        if decision.reason == "inherited":
            assert one.speech_s <= POLICY.reply_s


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase
