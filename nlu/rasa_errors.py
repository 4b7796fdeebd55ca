"""What can go wrong with Rasa's own environment; parsing never raises any of it."""

from __future__ import annotations

from typing import ClassVar


class RasaError(Exception):
    """Base; ``code`` is stable, ``cause`` and ``fix`` are for an admin and hold no PHI."""

    code: ClassVar[str] = "rasa"

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.cause} {self.fix}"


class RasaMissingError(RasaError):
    """The environment or the model is not there."""

    code = "rasa.missing"


class RasaTrainingError(RasaError):
    """No model came out of a training."""

    code = "rasa.training"


class RasaStartError(RasaError):
    """A server did not come up with its model."""

    code = "rasa.start"
