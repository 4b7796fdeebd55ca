"""The wake word as Whisper hears it from Festival's voice, before short and long commands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import models
from assistant.attention import Addressed, Attention
from assistant.audio.files import find_utterance
from assistant.config import Paths
from assistant.messages import Recognizer, Transcript, Utterance
from assistant.recognition.engines import Engine, open_recognizer
from assistant.speech import festival_driver
from assistant.speech.synthesizer import EngineSynthesizer, VoiceSettings, open_synthesizer
from models.errors import ModelsError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not festival_driver.available(), reason="apt-get install festival festvox-ru"
    ),
]
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
