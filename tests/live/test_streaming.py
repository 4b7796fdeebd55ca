"""Vosk at the bedside: it hears while the doctor speaks. A real model, of Korean from PyPI."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scripted_bedside import STRANGER, Bedside, silence

import models
from assistant.audio.files import read_audio
from assistant.audio.vad import FRAME_SAMPLES
from assistant.config import Paths
from assistant.live import Conversation, events
from assistant.messages import SAMPLE_RATE, Samples, Transcript, Utterance
from assistant.recognition.vosk import VoskRecognizer, VoskStream
from assistant.roster import Roster
from ledger_client import LedgerClient
from models.errors import ModelsError

pytestmark = pytest.mark.slow

KOREAN = Path(__file__).parents[1] / "fixtures" / "speech" / "korean"
HELLO = read_audio(KOREAN / "hello.flac")[3200:27200]
"""1.5 s: 0.1 s of silence, and then speech to its end."""
MOST = 4
"""Words that Vosk makes of one such greeting: «아이 영파 하세요», «아이유 영파 하시 요»."""


class Watched(VoskRecognizer):
    """Never given a whole utterance; notes what each stream was given, in samples."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.streams: list[list[int]] = []
        self.finished = 0

    def transcribe(self, utterance: Utterance) -> Transcript:
        raise AssertionError("decoded as a whole")

    def stream(self) -> VoskStream:
        stream, taken = super().stream(), list[int]()
        self.streams.append(taken)
        accept, finish = stream.accept, stream.finish

        def noted(samples: Samples) -> bool:
            taken.append(len(samples))
            return accept(samples)

        def over() -> object:
            self.finished += 1
            return finish()

        stream.accept, stream.finish = noted, over  # type: ignore[method-assign, assignment]
        return stream


@pytest.fixture
def bedside(clinic: tuple[str, str], tmp_path: Path) -> Iterator[Bedside]:
    try:
        folder = models.path_of("vosk-ko", Paths.from_environment().models)
    except ModelsError as error:
        pytest.skip(str(error))
    with LedgerClient(*clinic) as ledger:
        roster = Roster(ledger)
        roster.snapshot()
        one = Bedside(roster, tmp_path, Watched(folder))
        yield one
        one.assistant.close()


def watched(bedside: Bedside) -> Watched:
    recognizer = bedside.assistant._recognizer
    assert isinstance(recognizer, Watched)
    return recognizer


async def speak(conversation: Conversation, samples: Samples) -> None:
    """As a microphone gives it, but as fast as it is heard."""
    for start in range(0, len(samples), FRAME_SAMPLES):
        conversation.push(samples[start : start + FRAME_SAMPLES])
        while not conversation._engine.idle:
            await asyncio.sleep(0.002)


def words(bedside: Bedside) -> list[str]:
    """What was answered."""
    turns = [one.turn for one in bedside.of(events.Answered) if isinstance(one, events.Answered)]
    return [turn.heard.text for turn in turns if isinstance(turn.heard, Transcript)]


def test_it_is_heard_while_it_is_said_and_each_sample_once(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await speak(conversation, HELLO)
        ears = watched(b)
        (taken,) = ears.streams
        assert sum(taken) > len(HELLO) / 2, "heard before it is over"
        assert ears.finished == 0
        await speak(conversation, silence(1.5))
        await b.until(events.Answered)
        (heard,) = words(b)
        assert 2 <= len(heard.split()) <= MOST
        assert ears.streams == [taken]
        assert ears.finished == 1, "at the pause, and not again at the end"
        assert sum(taken) < len(HELLO) + SAMPLE_RATE // 2, "each sample once"

    bedside.run(scene)


def test_speech_that_goes_on_after_a_pause_is_one_utterance(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await speak(conversation, np.concatenate([HELLO, silence(0.25), HELLO]))
        shown = [one.text for one in b.of(events.Partial) if isinstance(one, events.Partial)]
        assert shown[-1], "after the pause"
        assert "Thinking" not in b.kinds(), "it goes on"
        await speak(conversation, silence(1.5))
        await b.until(events.Answered)
        (heard,) = words(b)
        assert len(heard.split()) > MOST, "both of them"
        before, after = watched(b).streams
        assert sum(before) < len(HELLO) + SAMPLE_RATE // 2
        assert sum(after) > 2 * len(HELLO), "from its beginning"

    bedside.run(scene)


def test_an_utterance_that_comes_at_once_is_heard_as_well(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.push(np.concatenate([HELLO, silence(1.5), HELLO, silence(1.5)]))
        await b.until(events.Answered, 2)
        assert all(2 <= len(heard.split()) <= MOST for heard in words(b))

    bedside.run(scene)


def test_a_refused_voice_shows_no_words_and_a_forgotten_half_gives_its_ears_back(
    bedside: Bedside,
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.voices.embedding = STRANGER
        await speak(conversation, np.concatenate([HELLO, silence(0.25), HELLO]))
        assert not b.of(events.Partial)
        conversation.mute()
        await speak(conversation, HELLO)
        conversation.mute()
        ears = watched(b)
        while not ears._spare:
            await asyncio.sleep(0.005)
        assert len(ears.streams) == 3
        assert len(ears._spare) == 1, "one after the other with the same"

    bedside.run(scene)
