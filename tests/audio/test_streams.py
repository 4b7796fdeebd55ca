"""Live streams: the same utterances whatever the chunks, and an end when the stream ends."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio.endpointing import SpeechStarted
from assistant.audio.segmenter import Segmenter
from assistant.audio.streams import frames_from_microphone, frames_from_pcm, utterances
from assistant.audio.vad import FRAME_SAMPLES
from assistant.errors import AudioInputError
from assistant.messages import SAMPLE_RATE, Samples, Utterance

COMMANDS = Path(__file__).parents[1] / "fixtures" / "speech" / "commands"


def conversation() -> Samples:
    """Two commands, 1.5 s apart, between silences."""
    silence = np.zeros(int(1.5 * SAMPLE_RATE), np.float32)
    first, _ = soundfile.read(COMMANDS / "aleksandr_15.flac", dtype="float32")
    second, _ = soundfile.read(COMMANDS / "anna_34.flac", dtype="float32")
    return np.concatenate([silence, first, silence, second, silence])


def pcm(samples: Samples) -> io.BytesIO:
    return io.BytesIO((samples * 32767).astype("<i2").tobytes())


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time, an odd number of them."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 333))


def test_a_live_stream_gives_each_utterance_once() -> None:
    heard = list(utterances(frames_from_pcm(pcm(conversation()))))
    assert len(heard) == 2
    assert heard[0].end_s <= heard[1].start_s
    assert 0.9 < heard[0].duration_s < 1.4
    assert 1.7 < heard[1].duration_s < 2.4
    whole = conversation()
    for utterance in heard:
        start = round(utterance.start_s * SAMPLE_RATE)
        there = whole[start : start + len(utterance.samples)]
        assert np.allclose(utterance.samples, there, atol=1e-3)


def test_an_utterance_comes_before_the_stream_ends() -> None:
    consumed = 0

    def counted() -> object:
        nonlocal consumed
        for frame in frames_from_pcm(pcm(conversation())):
            consumed += 1
            yield frame

    first = next(utterances(counted()))  # type: ignore[arg-type]
    silence_s = consumed * FRAME_SAMPLES / SAMPLE_RATE - first.end_s
    assert 0.3 < silence_s < 0.5, "0.7 s of silence, 0.3 s of it in the margin"


def test_pipes_that_trickle_give_whole_frames() -> None:
    content = pcm(conversation()).getvalue() + b"\x01"
    frames = list(frames_from_pcm(Trickle(content)))  # type: ignore[arg-type]
    assert {frame.shape for frame in frames} == {(FRAME_SAMPLES,)}
    joined = np.concatenate(frames)
    assert np.allclose(joined[: len(conversation())], conversation(), atol=1e-3)
    assert not joined[len(conversation()) :].any()


def test_an_empty_stream_gives_nothing() -> None:
    assert list(frames_from_pcm(io.BytesIO())) == []
    assert list(utterances([])) == []


def events(chunks: list[Samples]) -> list[tuple[float, float] | int]:
    segmenter = Segmenter()
    found = [event for chunk in chunks for event in segmenter.push(chunk)] + segmenter.finish()
    return [
        event.frame if isinstance(event, SpeechStarted) else (event.start_s, event.end_s)
        for event in found
    ]


@pytest.mark.slow
@given(st.lists(st.integers(0, 130_000), max_size=6))
@settings(max_examples=8, deadline=None)
def test_the_chunks_do_not_matter(cuts: list[int]) -> None:
    assert events(np.split(conversation(), sorted(cuts))) == events([conversation()])


def test_speech_starts_before_it_ends() -> None:
    segmenter = Segmenter()
    kinds = [type(event) for event in segmenter.push(conversation()) + segmenter.finish()]
    assert kinds == [SpeechStarted, Utterance] * 2


def test_hours_of_silence_are_not_kept() -> None:
    segmenter = Segmenter()
    for _ in range(20):
        segmenter.push(np.zeros(SAMPLE_RATE, np.float32))
    held = sum(len(frame) for frame in segmenter._frames)
    assert held < 0.5 * SAMPLE_RATE


def test_no_microphone_says_what_to_do() -> None:
    frames = frames_from_microphone()
    try:
        frame = next(frames)
    except AudioInputError as error:
        assert "--pcm" in error.fix
    else:
        assert frame.shape == (FRAME_SAMPLES,)
    finally:
        frames.close()
