"""Two parsers on one utterance: where they differ on what would be done, the dialogue asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nlu.messages import ACTS, Parse
from nlu.parser import InProcessParser
from nlu.rasa_client import Guess, RasaClient
from nlu.rasa_project import spelt

OFFER_ABOVE: Final = 0.5
"""Least confidence of Rasa to offer what it understood where the other parser would refuse."""


def disputed(own: Parse, guess: Guess) -> bool:
    """Whether the readings differ so that acting, or refusing, may well be wrong.

    What the in-process parser knows by a rule or by heart (confidence 1) is not disputed.
    """
    if own.intent == guess.intent or own.confidence >= 1:
        return False
    if own.intent in ACTS:
        return True
    refused = own.intent == "out_of_scope"
    return refused and guess.intent in ACTS and guess.confidence >= OFFER_ABOVE


class CombinedParser:
    """Implements :class:`nlu.messages.Parser`: the in-process parser, with Rasa's doubt noted.

    Everything but ``disagreement`` comes from the in-process parser, and so does everything
    where Rasa is absent, slow or wrong.
    """

    def __init__(self, own: InProcessParser, rasa: RasaClient) -> None:
        self._own = own
        self._rasa = rasa

    def parse(self, text: str, alternatives: Sequence[str] = ()) -> Parse:
        """Read ``text``; waits for Rasa no longer than the client's time-out."""
        readings = self._own.readings(text, alternatives)
        own = self._own.read(readings)
        if own.confidence >= 1:
            return own
        guess = self._rasa.ask(spelt(readings.first.masked))
        if not isinstance(guess, Guess):
            return own
        if guess.intent == own.intent:
            return replace(own, disagreement=None)
        if not disputed(own, guess):
            return own
        other = self._own.read(readings, intent=guess.intent)
        return replace(own, disagreement=replace(other, confidence=guess.confidence))
