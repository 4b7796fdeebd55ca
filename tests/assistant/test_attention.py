"""Attention as a state machine: times in, judgements out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from assistant.attention import (
    Addressed,
    Attention,
    AttentionSettings,
    Called,
    Ignored,
    after_wake_word,
)

QUESTION = "покажи посещения пациента Иванова"


def test_asleep_until_the_wake_word() -> None:
    attention = Attention()
    assert attention.heard(QUESTION, 0.0) == Ignored()
    assert attention.heard("Ассистент, " + QUESTION, 1.0) == Addressed(QUESTION)
    assert attention.heard(QUESTION, 2.0) == Ignored(), "no answer was given that one could follow"


def test_the_wake_word_alone_gives_a_turn() -> None:
    attention = Attention(AttentionSettings(follow_up_s=5.0))
    assert attention.heard("Ассистент!", 0.0) == Called()
    assert attention.heard(QUESTION, 4.9) == Addressed(QUESTION)
    assert attention.heard(QUESTION, 5.1) == Ignored()


def test_the_button_gives_a_turn() -> None:
    attention = Attention(AttentionSettings(follow_up_s=5.0))
    attention.press(10.0)
    assert attention.heard(QUESTION, 14.0) == Addressed(QUESTION)


def test_a_follow_up_counts_from_the_end_of_the_answer() -> None:
    attention = Attention(AttentionSettings(follow_up_s=8.0))
    attention.answered(100.0, speech_s=6.0)
    assert attention.heard("а давление", 113.9) == Addressed("а давление")
    assert attention.heard("а давление", 114.1) == Ignored()


def test_a_question_waits_longer_for_its_reply() -> None:
    attention = Attention(AttentionSettings(follow_up_s=8.0, question_s=60.0))
    attention.asked(0.0, speech_s=3.0)
    assert attention.heard("да", 62.0) == Addressed("да")
    attention.answered(63.0)
    assert attention.heard("да", 72.0) == Ignored(), "what was asked is settled"


def test_a_refusal_gives_no_turn_but_can_be_stopped() -> None:
    attention = Attention()
    attention.refused(0.0, speech_s=4.0)
    assert attention.heard(QUESTION, 1.0) == Ignored()
    assert attention.heard("Стоп!", 2.0) == Addressed("Стоп!")
    assert attention.heard("Стоп!", 4.5) == Ignored()


def test_a_refusal_does_not_end_the_turn_of_the_one_who_asked() -> None:
    attention = Attention()
    attention.answered(0.0, speech_s=2.0)
    attention.refused(3.0, speech_s=2.0)
    assert attention.heard("дальше", 6.0) == Addressed("дальше")


def test_the_wake_word_is_taken_off_every_reading() -> None:
    attention = Attention()
    heard = attention.heard(
        "Ассистент, найди Сидорову", 0.0, ["А систент найди сидор ванну", "Найди Сидорову"]
    )
    assert heard == Addressed("найди Сидорову", ("найди сидор ванну", "Найди Сидорову"))
    attention.answered(0.0)
    assert attention.heard("ассистент стоп", 1.0) == Addressed("стоп")


@pytest.mark.parametrize(
    "text",
    [
        "Ассистент, покажи карту",
        "ассистент покажи карту",
        "А систент, покажи карту",
        "А си стент покажи карту",
        "Ассистен покажи карту",
        "Асистент. Покажи карту".replace("П", "п"),
        "Осистент — покажи карту",
        "Эй, ассистент, покажи карту",
        "Слушай, ассистент, покажи карту",
    ],
)
def test_it_wakes_to_what_sounds_like_it(text: str) -> None:
    assert after_wake_word(text, "ассистент") == "покажи карту"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        QUESTION,
        "Ассистента позовите",
        "Ассистенты, подойдите",
        "Пациент, повернитесь",
        "Система не работает",
        "А стент когда поставили?",
        "Стент проходим",
        "Позовите, ассистент нужен",
        "Наш ассистент придёт позже",
        "Он ассистент кафедры",
    ],
)
def test_it_sleeps_through_the_rest(text: str) -> None:
    assert after_wake_word(text, "ассистент") is None


def test_another_wake_word() -> None:
    attention = Attention(AttentionSettings(wake_word="Помощник"))
    assert attention.heard("Помощник, стоп", 0.0) == Addressed("стоп")
    assert attention.heard("Ассистент, стоп", 0.0) == Ignored()


@pytest.mark.parametrize("word", ["", "эй", "алиса", "ok google", "два слова"])
def test_a_wake_word_that_would_misfire_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="wake word"):
        AttentionSettings(wake_word=word)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    rest = after_wake_word(text, "ассистент")
    assert rest is None or rest in text


@settings(max_examples=60, deadline=None)
@given(st.text("абвгдежзиклмнопрст ,.", max_size=40))
def test_after_the_wake_word_comes_what_was_said(text: str) -> None:
    rest = after_wake_word(f"Ассистент, {text}", "ассистент")
    assert rest is not None
    assert text.endswith(rest) or rest == text.strip(" ,.")


class Bedside(RuleBasedStateMachine):
    """Any order of events, against what the rules of listening say."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = AttentionSettings()
        self.attention = Attention(self.settings)
        self.now = 0.0
        self.awake_until = self.sounds_until = -1.0

    @rule(seconds=st.floats(0.0, 30.0))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(speech_s=st.floats(0.0, 20.0))
    def answers(self, speech_s: float) -> None:
        self.attention.answered(self.now, speech_s)
        self.sounds_until = self.now + speech_s
        self.awake_until = self.sounds_until + self.settings.follow_up_s

    @rule(speech_s=st.floats(0.0, 20.0))
    def asks(self, speech_s: float) -> None:
        self.attention.asked(self.now, speech_s)
        self.sounds_until = self.now + speech_s
        self.awake_until = self.sounds_until + self.settings.question_s

    @rule(speech_s=st.floats(0.0, 20.0))
    def refuses(self, speech_s: float) -> None:
        self.attention.refused(self.now, speech_s)
        self.sounds_until = self.now + speech_s

    @rule()
    def is_called(self) -> None:
        assert self.attention.heard("ассистент", self.now) == Called()
        self.awake_until = max(self.awake_until, self.now + self.settings.follow_up_s)

    @rule()
    def session_ends(self) -> None:
        self.attention.sleep()
        self.awake_until = self.sounds_until = -1.0

    @precondition(lambda self: self.now > self.awake_until)
    @rule(text=st.sampled_from([QUESTION, "да", "ассистента нет", "медсестра, подойдите"]))
    def talk_among_people(self, text: str) -> None:
        assert self.attention.heard(text, self.now) == Ignored()

    @precondition(lambda self: self.now <= self.awake_until)
    @rule(text=st.sampled_from([QUESTION, "да", "дальше"]))
    def follow_up(self, text: str) -> None:
        assert self.attention.heard(text, self.now) == Addressed(text)

    @invariant()
    def stop_works_whenever_it_sounds(self) -> None:
        if self.now <= self.sounds_until:
            assert self.attention.heard("стоп", self.now) == Addressed("стоп")

    @invariant()
    def the_wake_word_always_works(self) -> None:
        assert self.attention.heard("ассистент, стоп", self.now) == Addressed("стоп")


TestBedside = Bedside.TestCase
TestBedside.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_what_whisper_hears_of_120_commands_never_wakes() -> None:
    table = Path(__file__).parents[1] / "fixtures" / "whisper_transcripts.tsv"
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    assert len(rows) > 200
    assert [row[3] for row in rows if after_wake_word(row[3], "ассистент") is not None] == []
