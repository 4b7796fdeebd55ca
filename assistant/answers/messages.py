"""The answer: what is shown and, verbalised, said."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_client.messages import Alert


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it is said, and which doctor must hear it. PHI."""

    text: str
    alert: Alert
    doctor: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. PHI unless the answer is one of ``answers.fixed``."""

    text: str
    """Russian sentences with digits, units and dates."""
    items: tuple[str, ...] = ()
    """The lines of a list, for the screen."""
    alarms: tuple[Alarm, ...] = ()
    """What the text begins with, and has to be recorded as heard once it was said."""
