"""The answer: what is shown and, verbalised, said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Both fields are PHI unless the answer is one of ``answers.fixed``."""

    text: str
    """Russian sentences with digits, units and dates."""
    items: tuple[str, ...] = ()
    """The lines of a list, for the screen."""
