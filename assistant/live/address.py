"""Which of the utterances at a bedside are meant for the assistant."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.attention import Addressed, Attention, Called, Ignored
from assistant.live.listener import Ended
from assistant.messages import NothingHeard, SpeakerOutcome, Transcript
from assistant.turn import Heard, Turn


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

    def meant_so_far(
        self, heard: Heard, words: Transcript, began: float, *, held: bool
    ) -> Heard | Called | NotMeant:
        """What of an utterance that may go on is for the assistant. Changes nothing."""
        if self._attention is None or held:
            return heard
        verdict = self._attention.heard_so_far(words.text, began, words.alternatives)
        return _meant(heard, words, verdict)

    def meant(self, heard: Heard, ended: Ended) -> Heard | Called | NotMeant:
        """What of an utterance is for the assistant, less the wake word.

        Our own voice is for nobody, from here or from another tablet in the room; nor is what
        can't be made out while ours sounds.
        """
        words = heard.words
        if heard.ours or (ended.over_voice and isinstance(words, NothingHeard)):
            return NotMeant()
        if self._attention is None or ended.held:
            return heard
        if isinstance(words, NothingHeard):
            return heard if self._attention.awake(ended.began) else NotMeant()
        verdict = self._attention.heard(words.text, ended.began, words.alternatives)
        if isinstance(verdict, Called):
            self._mark = self._attention.press
        return _meant(heard, words, verdict)

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


def _meant(
    heard: Heard, words: Transcript, verdict: Addressed | Called | Ignored
) -> Heard | Called | NotMeant:
    match verdict:
        case Addressed(text=text, alternatives=others):
            return replace(heard, words=replace(words, text=text, alternatives=others))
        case Called():
            return verdict
        case Ignored():
            return NotMeant()
