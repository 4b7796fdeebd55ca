"""Where the tests find real models."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from assistant.config import Paths
from models.errors import ModelsError


def weights(name: str) -> Path:
    """The folder of a model, or skip."""
    try:
        return models.path_of(name, Paths.from_environment().models)
    except ModelsError as error:
        pytest.skip(str(error))
