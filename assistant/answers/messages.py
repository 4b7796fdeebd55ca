"""The answer: what is shown and, verbalised, said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from ledger_client.messages import Alert


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it is said, and which doctor must hear it. PHI."""

    text: str
    alert: Alert
    doctor: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. All of it is PHI unless the answer is one of ``answers.fixed``."""

    text: str
    """Russian sentences with digits, units and dates."""
    items: tuple[str, ...] = ()
    """The lines of a list, for the screen."""
    headline: str = ""
    """What the screen shows above the list: ``text`` less its ``items``. Empty for all of it."""
    alarms: tuple[Alarm, ...] = ()
    """What the text begins with, and has to be recorded as heard once it was said."""

    def after(self, sentences: str) -> Self:
        """The same answer with something before it, said and shown."""
        headline = f"{sentences} {self.headline}" if self.headline else ""
        return replace(self, text=f"{sentences} {self.text}", headline=headline)
