"""The spoken digits and the PIN mode."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from assistant.messages import SpeakerDecision, SpeakerOutcome, Utterance
from assistant.speaker import challenge
from assistant.speaker.decision import SpeakerState
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import UNLOCKED_S, PinVerifier, unlocked

ACCEPT = SpeakerDecision(SpeakerOutcome.ACCEPT, 0.8, 0.56, "above_threshold")
WORDS = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]


@given(st.text("0123456789", min_size=4, max_size=4))
@settings(max_examples=80)
def test_digits_match_however_they_are_written(digits: str) -> None:
    spoken = " ".join(WORDS[int(digit)] for digit in digits)
    for heard in (spoken, spoken.title() + ".", digits, "-".join(digits), ", ".join(digits)):
        assert challenge.matches(digits, heard)
    assert not challenge.matches(digits, spoken.rsplit(" ", 1)[0])
    assert not challenge.matches(digits, spoken + " один")


@given(st.integers(10, 99), st.integers(10, 99))
@settings(max_examples=80)
def test_two_numbers_match_four_digits(first: int, second: int) -> None:
    heard = f"{num2words(first, lang='ru')}, {num2words(second, lang='ru')}"
    assert challenge.matches(f"{first}{second}", heard)


@pytest.mark.parametrize("heard", ["", "да верно", "четыре семь девять один", "4718", "первый"])
def test_other_words_do_not_match(heard: str) -> None:
    assert not challenge.matches("4719", heard)


def test_digits_are_fresh_and_without_equal_neighbours() -> None:
    drawn = {challenge.new(Random(seed), 0.0).digits for seed in range(300)}
    assert len(drawn) > 250
    assert all(a != b for digits in drawn for a, b in itertools.pairwise(digits))


def test_only_writes_need_a_challenge_and_a_fresh_one_covers_clear_voices() -> None:
    fresh = SpeakerState(challenge_passed_at=100.0)
    border = SpeakerDecision(SpeakerOutcome.ACCEPT, 0.57, 0.56, "above_threshold")
    assert not challenge.needed(RiskTier.SENSITIVE, ACCEPT, SpeakerState(), 0.0)
    assert challenge.needed(RiskTier.WRITE, ACCEPT, SpeakerState(), 0.0)
    assert not challenge.needed(RiskTier.WRITE, ACCEPT, fresh, 100.0 + challenge.FRESH_S)
    assert challenge.needed(RiskTier.WRITE, ACCEPT, fresh, 101.0 + challenge.FRESH_S)
    assert challenge.needed(RiskTier.WRITE, ACCEPT, fresh, 99.0)
    assert challenge.needed(RiskTier.WRITE, border, fresh, 101.0)


def test_an_answer_counts_in_time_with_the_digits_in_the_own_voice() -> None:
    asked = challenge.Challenge("4719", 50.0)
    late = 50.0 + challenge.ANSWER_S
    reject = SpeakerDecision(SpeakerOutcome.REJECT, 0.3, 0.56, "below_threshold")
    inherited = SpeakerDecision(SpeakerOutcome.ACCEPT, 0.45, 0.56, "inherited")
    assert challenge.passed(asked, "четыре семь один девять", ACCEPT, late)
    assert not challenge.passed(asked, "4719", ACCEPT, late + 0.1)
    assert not challenge.passed(asked, "4719", ACCEPT, 49.0)
    assert not challenge.passed(asked, "4718", ACCEPT, 55.0)
    assert not challenge.passed(asked, "4719", reject, 55.0)
    assert not challenge.passed(asked, "4719", inherited, 55.0)
    for score in (0.45, 0.60):  # of one too short to count alone
        pooled = SpeakerDecision(SpeakerOutcome.ACCEPT, score, 0.56, "pooled")
        assert not challenge.passed(asked, "4719", pooled, 55.0)


def test_without_voices_only_an_unlocked_session_passes() -> None:
    verifier = PinVerifier(lambda _: True)
    speech = np.zeros(16_000, np.float32)
    evidence = verifier.score("dr-a", Utterance(speech, speech, 0.0, 1.0))

    def accepted(state: SpeakerState, now: float) -> bool:
        decision, _ = verifier.decide(
            evidence, state, now=now, tier=RiskTier.READ, short_reply=True
        )
        return decision.accepted

    state = unlocked(SpeakerState(), 1000.0)
    assert not accepted(SpeakerState(), 1000.0)
    assert accepted(state, 1000.0 + UNLOCKED_S)
    assert not accepted(state, 1000.1 + UNLOCKED_S)
    assert not accepted(state, 999.0)
