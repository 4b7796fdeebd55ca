"""The wake word as Whisper hears it: when Festival's voice says it, and when nobody does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import models
from assistant.attention import Addressed, Attention, Ignored
from assistant.audio.files import find_utterance, read_audio
from assistant.audio.noise import babble, pink
from assistant.config import Paths
from assistant.messages import SAMPLE_RATE, Recognizer, Samples, Transcript, Utterance
from assistant.recognition.bench import recordings
from assistant.recognition.engines import Engine, open_recognizer
from assistant.speech.synthesizer import EngineSynthesizer, VoiceSettings, open_synthesizer
from models.errors import ModelsError

pytestmark = pytest.mark.slow
SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"
QUIET = np.zeros(4800, np.float32)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    paths = Paths.from_environment()
    try:
        models.path_of("whisper-base", paths.models)
    except ModelsError as error:
        pytest.skip(str(error))
    return open_recognizer(Engine.WHISPER, paths, wake_word="ассистент")


@pytest.fixture(scope="module")
def voice() -> Iterator[EngineSynthesizer]:
    with open_synthesizer(VoiceSettings("festival")) as opened:
        yield opened


@pytest.mark.parametrize("command", ["стоп", "да", "повтори", "хватит", "открой первый документ"])
def test_what_follows_the_wake_word_is_addressed(
    recognizer: Recognizer, voice: EngineSynthesizer, command: str
) -> None:
    said = np.concatenate([QUIET, voice.synthesize(f"Ассистент, {command}."), QUIET])
    utterance = find_utterance(said)
    assert isinstance(utterance, Utterance)
    heard = recognizer.transcribe(utterance)
    assert isinstance(heard, Transcript)
    judged = Attention().heard(heard.text, 0.0)
    assert isinstance(judged, Addressed)
    assert judged.text.strip(" .,!").lower() == command


def whole(samples: Samples) -> Utterance:
    return Utterance(samples, samples, 0.0, len(samples) / SAMPLE_RATE)


@pytest.mark.parametrize("seed", range(6))
def test_a_prompted_recogniser_does_not_hear_it_in_noise(recognizer: Recognizer, seed: int) -> None:
    random = np.random.default_rng(seed)
    voices = [read_audio(item.path) for item in recordings(SPEECH)]
    length = int(random.uniform(0.6, 4.0) * SAMPLE_RATE)
    for noise in (babble(voices, length, random), pink(length, random)):
        heard = recognizer.transcribe(whole(noise / np.abs(noise).max() * np.float32(0.3)))
        text = heard.text if isinstance(heard, Transcript) else ""
        assert Attention().heard(text, 0.0) == Ignored()


def test_a_prompted_recogniser_does_not_put_it_into_commands(recognizer: Recognizer) -> None:
    for item in recordings(SPEECH):
        utterance = find_utterance(read_audio(item.path))
        assert isinstance(utterance, Utterance)
        heard = recognizer.transcribe(utterance)
        text = heard.text if isinstance(heard, Transcript) else ""
        assert Attention().heard(text, 0.0) == Ignored()
