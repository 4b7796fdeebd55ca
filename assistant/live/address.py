"""Which of the utterances at a bedside are meant for the assistant."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.attention import Addressed, Attention, Called, after_wake_word
from assistant.live.listener import Ended
from assistant.messages import NothingHeard, SpeakerOutcome
from assistant.pipeline import Heard, Turn


@dataclass(frozen=True, slots=True)
class NotMeant:
    """Not for the assistant: it leaves no trace."""


class Address:
    """The attention of one microphone, kept on the clock of :func:`time.perf_counter`.

    Without ``attention``, and while the talk button is held, everything is meant.
    """

    def __init__(self, attention: Attention | None) -> None:
        self._attention = attention
        self._mark: Callable[[float], None] = lambda now: None
        """Tells the attention what kind of answer sounds, or has just sounded."""

    def sounds(self) -> None:
        """Our voice sounds now, or has just ended: its follow-up time counts from here."""
        self._mark(time.perf_counter())

    def awake(self, began: float, *, held: bool) -> bool:
        """Whether an utterance that began then needs no wake word."""
        return held or self._attention is None or self._attention.awake(began)

    def may_be_meant(self, text: str, began: float, *, held: bool) -> bool:
        """Whether ``text``, which may go on, is for the assistant. Changes nothing."""
        if self._attention is None or self.awake(began, held=held):
            return True
        return after_wake_word(text, self._attention.wake_word) is not None

    def meant(self, heard: Heard, ended: Ended) -> Heard | Called | NotMeant:
        """What of an utterance is for the assistant, less the wake word."""
        if self._attention is None or ended.held:
            return heard
        if isinstance(heard.words, NothingHeard):
            return heard if self._attention.awake(ended.began) else NotMeant()
        words = heard.words
        match self._attention.heard(words.text, ended.began, words.alternatives):
            case Addressed(text=text, alternatives=others):
                return replace(heard, words=replace(words, text=text, alternatives=others))
            case Called() as called:
                self._mark = self._attention.press
                return called
        return NotMeant()

    def answered(self, turn: Turn, *, asks: bool) -> None:
        """Stay awake after an answer, longer after a question, not after a refusal."""
        attention = self._attention
        if attention is None:
            return
        accepted = turn.speaker is not None and turn.speaker.outcome is SpeakerOutcome.ACCEPT
        if not turn.gate.allowed or not accepted:
            self._mark = attention.refused
        else:
            self._mark = attention.asked if asks else attention.answered
        if turn.parse is not None and turn.parse.intent == "end_session" and turn.gate.allowed:
            self.sleep()
        self.sounds()

    def sleep(self) -> None:
        """The session is over: only the wake word counts."""
        if self._attention is not None:
            self._attention.sleep()
            self._mark = self._attention.refused
