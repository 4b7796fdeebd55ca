"""The real models, loaded once; tests that need one that is not here are skipped."""

from __future__ import annotations

import pytest
from weights import weights

from assistant.recognition.whisper import WhisperRecognizer


@pytest.fixture(scope="session")
def whisper() -> WhisperRecognizer:
    return WhisperRecognizer(weights("whisper-base"))
