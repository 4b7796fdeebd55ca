"""Endpointing is driven by probabilities alone: no audio, no clock."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio.endpointing import (
    PENDING,
    Endpointer,
    EndpointEvent,
    EndpointSettings,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)

SETTINGS = EndpointSettings(
    min_speech_s=4 * 0.032, trailing_silence_s=20 * 0.032, margin_s=10 * 0.032, max_s=100 * 0.032
)
probabilities = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), st.integers(1, 40)), max_size=20
).map(lambda runs: [value for value, length in runs for _ in range(length)])


def drive(
    sequence: list[float], settings: EndpointSettings = SETTINGS
) -> list[tuple[int, EndpointEvent]]:
    """All events that are not pending, each with the number of the frame that caused it."""
    endpointer = Endpointer(settings)
    events = [(frame, endpointer.advance(value)) for frame, value in enumerate(sequence)]
    events.append((len(sequence), endpointer.finish()))
    return [(frame, event) for frame, event in events if event != PENDING]


def test_one_utterance() -> None:
    events = drive([0.0] * 50 + [1.0] * 30 + [0.0] * 50)
    assert events == [
        (53, SpeechStarted(50)),
        (99, SpeechEnded(start=40, end=90, voiced=((50, 80),))),
    ]


def test_a_pause_shorter_than_the_trailing_silence_is_inside() -> None:
    (_, ended) = drive([1.0] * 10 + [0.0] * 19 + [1.0] * 10 + [0.0] * 20)
    assert ended == (58, SpeechEnded(start=0, end=49, voiced=((0, 10), (29, 39))))


def test_a_pause_as_long_as_the_trailing_silence_parts_two_utterances() -> None:
    events = drive([1.0] * 10 + [0.0] * 20 + [1.0] * 10 + [0.0] * 20)
    assert [event for _, event in events if isinstance(event, SpeechEnded)] == [
        SpeechEnded(start=0, end=20, voiced=((0, 10),)),
        SpeechEnded(start=20, end=50, voiced=((30, 40),)),
    ]


def test_a_click_is_no_speech_but_was_heard() -> None:
    endpointer = Endpointer(SETTINGS)
    assert {endpointer.advance(value) for value in [1.0] * 3 + [0.0] * 60} == {PENDING}
    assert endpointer.finish() == PENDING
    assert endpointer.heard_any


def test_speech_is_likely_before_it_is_believed_and_soon_unlikely_again() -> None:
    endpointer = Endpointer(SETTINGS)
    likely = []
    for value in [0.05, 0.1, 0.05, 0.1, 0.1, *[0.05] * 8, *[1.0] * 10, *[0.0] * 8]:
        endpointer.advance(value)
        likely.append(endpointer.likely)
    assert likely == [False] * 4 + [True] * 8 + [False] * 2 + [True] * 16 + [False]


def test_clicks_far_apart_do_not_add_up() -> None:
    assert drive(([1.0] * 3 + [0.0] * 10) * 5) == []


def test_quiet_speech_goes_on_but_does_not_begin() -> None:
    assert drive([0.4] * 50) == []
    (_, ended) = drive([1.0] * 4 + [0.4] * 20 + [0.0] * 20)
    assert ended[1] == SpeechEnded(start=0, end=34, voiced=((0, 24),))


def test_speech_without_end_is_cut_again_and_again() -> None:
    events = drive([1.0] * 250)
    ended = [event for _, event in events if isinstance(event, SpeechEnded)]
    assert [(event.start, event.end) for event in ended] == [
        (0, 100),
        (100, 200),
        (200, 250),
    ]


def test_a_file_is_one_utterance_whatever_its_pauses() -> None:
    one = EndpointSettings(trailing_silence_s=math.inf, max_s=math.inf)
    events = drive([1.0] * 10 + [0.0] * 900 + [1.0] * 1000, one)
    assert [type(event) for _, event in events] == [SpeechStarted, SpeechEnded]
    assert events[1][1].voiced == ((0, 10), (910, 1910))  # type: ignore[union-attr]


@given(probabilities)
@settings(max_examples=150, deadline=None)
def test_utterances_are_in_order_apart_and_hold_their_speech(sequence: list[float]) -> None:
    events = [event for _, event in drive(sequence)]
    started = events[0::2]
    ended = events[1::2]
    assert all(isinstance(event, SpeechStarted) for event in started)
    assert len(started) == len(ended)
    before = 0
    for event in ended:
        assert isinstance(event, SpeechEnded)
        assert before <= event.start <= event.voiced[0][0]
        assert event.voiced[-1][1] <= event.end
        assert event.voiced[-1][1] - event.voiced[0][0] <= 100
        assert sum(end - start for start, end in event.voiced) >= 4
        gaps = zip(event.voiced, event.voiced[1:], strict=False)
        assert all(0 < after[0] - earlier[1] < 20 for earlier, after in gaps)
        assert event.end <= len(sequence)
        before = event.end


@given(probabilities)
@settings(max_examples=100, deadline=None)
def test_no_event_names_a_frame_that_was_given_up(sequence: list[float]) -> None:
    endpointer = Endpointer(SETTINGS)
    given_up = 0
    for value in sequence:
        event = endpointer.advance(value)
        if isinstance(event, SpeechEnded):
            assert event.start >= given_up
        assert endpointer.oldest_needed >= given_up
        given_up = endpointer.oldest_needed


PAUSING = replace(SETTINGS, pause_s=5 * 0.032)


def test_a_pause_is_told_once_and_again_after_more_speech() -> None:
    events = drive([1.0] * 10 + [0.0] * 10 + [1.0] * 5 + [0.0] * 20, PAUSING)
    assert [(frame, event) for frame, event in events if isinstance(event, SpeechPaused)] == [
        (14, SpeechPaused(start=0, end=15, voiced=((0, 10),))),
        (29, SpeechPaused(start=0, end=30, voiced=((0, 10), (20, 25)))),
    ]


def test_what_was_said_shortens_or_lengthens_the_pause_it_was_about() -> None:
    def ended_at(trailing_s: float) -> int:
        endpointer = Endpointer(PAUSING)
        for frame in range(100):
            event = endpointer.advance(1.0 if frame < 10 else 0.0)
            if isinstance(event, SpeechPaused):
                endpointer.expect(event.voiced, trailing_s)
            if isinstance(event, SpeechEnded):
                return frame
        raise AssertionError("no endpoint")

    assert ended_at(8 * 0.032) == 17
    assert ended_at(40 * 0.032) == 49


def test_a_hint_about_an_earlier_pause_is_ignored() -> None:
    endpointer = Endpointer(PAUSING)
    for value in [1.0] * 10 + [0.0] * 5 + [1.0] * 3:
        event = endpointer.advance(value)
        if isinstance(event, SpeechPaused):
            paused = event
    endpointer.expect(paused.voiced, 6 * 0.032)
    outcomes = [endpointer.advance(0.0) for _ in range(20)]
    assert [type(event) for event in outcomes[:-1]].count(SpeechEnded) == 0
    assert isinstance(outcomes[-1], SpeechEnded)
