"""The real models, loaded once; tests that need one that is not here are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from assistant.config import Paths
from assistant.recognition.whisper import WhisperRecognizer
from models.errors import ModelsError


def weights(name: str) -> Path:
    """The folder of a model, or skip."""
    try:
        return models.path_of(name, Paths.from_environment().models)
    except ModelsError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def whisper() -> WhisperRecognizer:
    return WhisperRecognizer(weights("whisper-base"))
