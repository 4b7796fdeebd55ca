"""Attention: which of the things said near an open microphone are meant for the assistant.

A pure state machine, advanced by the times given to it, seconds of any one clock. It is asleep
until the wake word begins an utterance, or until the button is pressed; after an answer it stays
awake for a while, and longer when it asked something. It holds no text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from pydantic import ConfigDict
from rapidfuzz.distance import Indel

from nlu.canon import fold
from nlu.dictionary import known
from nlu.rules import ONE_WORD
from nlu.sounds import sound

_SHORTEST_WAKE_WORD: Final = 6
"""Letters. What is shorter is too near to too many other words."""
_LIKENESS: Final = 0.86
"""Least likeness by sound of what was heard to the wake word. In what Whisper hears, all of 120
spoken wake words reach it, and none of 187 recordings without."""
_PIECES: Final = 3
"""A recogniser may cut the wake word into so many words: «а си стент»."""
_BEFORE: Final = frozenset(["а", "алло", "слушай", "послушай", "ну", "так", "эй", "э"])
"""What may be said in the same breath before the wake word."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_BETWEEN: Final = ' \t,.;:!?…—–-«»"'
_STOPS: Final = frozenset(word for word, intent in ONE_WORD.items() if intent == "stop")


@dataclass(frozen=True, slots=True)
class AttentionSettings:
    """When to listen. Times are seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    wake_word: str = "ассистент"
    follow_up_s: float = 8.0
    """After an answer: a question that begins this soon needs no wake word."""
    question_s: float = 60.0
    """After a question of the assistant's own."""

    def __post_init__(self) -> None:
        if len(fold(self.wake_word)) < _SHORTEST_WAKE_WORD or not re.fullmatch(
            "[а-яё]+", self.wake_word.lower()
        ):
            raise ValueError(
                f"the wake word must be one Russian word of {_SHORTEST_WAKE_WORD} letters or more"
            )


@dataclass(frozen=True, slots=True)
class Addressed:
    """Meant for the assistant. ``text`` and ``alternatives`` are PHI, less the wake word."""

    text: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """Only the wake word was said: answer that somebody listens."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not meant for the assistant: drop it and keep no trace of it."""


class Attention:
    """The attention of one microphone. Not for use by two threads at once."""

    def __init__(self, settings: AttentionSettings | None = None) -> None:
        self._settings = settings or AttentionSettings()
        self._awake_until = float("-inf")
        self._sounds_until = float("-inf")

    @property
    def wake_word(self) -> str:
        """What to say first."""
        return self._settings.wake_word

    def awake(self, now: float) -> bool:
        """Whether an utterance that begins at ``now`` needs no wake word."""
        return now <= self._awake_until

    def heard(
        self, text: str, now: float, alternatives: Sequence[str] = ()
    ) -> Addressed | Called | Ignored:
        """Judge what was said in an utterance that began at ``now``."""
        verdict = self.heard_so_far(text, now, alternatives)
        if isinstance(verdict, Called):
            self.press(now)
        return verdict

    def heard_so_far(
        self, text: str, now: float, alternatives: Sequence[str] = ()
    ) -> Addressed | Called | Ignored:
        """As :meth:`heard`, of an utterance that may go on: changes nothing."""
        rest = after_wake_word(text, self._settings.wake_word)
        if rest is None and not self.awake(now):
            sounding = now <= self._sounds_until
            return Addressed(text) if sounding and _says_stop(text) else Ignored()
        if rest == "":
            return Called()
        others = (self._without_wake_word(other) for other in alternatives)
        return Addressed(text if rest is None else rest, tuple(other for other in others if other))

    def press(self, now: float) -> None:
        """The button was pressed, or the wake word said alone: the next utterance counts."""
        self._awake_until = max(self._awake_until, now + self._settings.follow_up_s)

    def answered(self, now: float, speech_s: float = 0.0) -> None:
        """An answer begins to sound, for ``speech_s`` seconds: somebody may go on from it."""
        self._sounds_until = now + speech_s
        self._awake_until = self._sounds_until + self._settings.follow_up_s

    def asked(self, now: float, speech_s: float = 0.0) -> None:
        """As :meth:`answered`, and the answer is a question that waits for its reply."""
        self._sounds_until = now + speech_s
        self._awake_until = self._sounds_until + self._settings.question_s

    def refused(self, now: float, speech_s: float = 0.0) -> None:
        """A refusal begins to sound: it can be stopped, and gives nobody a turn."""
        self._sounds_until = now + speech_s

    def sleep(self) -> None:
        """The session is over: only the wake word counts."""
        self._awake_until = self._sounds_until = float("-inf")

    def _without_wake_word(self, text: str) -> str:
        rest = after_wake_word(text, self._settings.wake_word)
        return text if rest is None else rest


def after_wake_word(text: str, wake_word: str) -> str | None:
    """What follows the wake word at the beginning of ``text``; None when it does not begin so.

    By sound, so that «осистент» and «а си стент» count; another word of the language does not,
    nor does a case form («ассистента позвали»).
    """
    words = list(_WORD.finditer(text))[: _PIECES + 1]
    wake = sound(fold(wake_word))
    best, end = 0.0, 0
    for first in range(2 if words and fold(words[0][0]) in _BEFORE else 1):
        for last in range(first + 1, min(first + _PIECES, len(words)) + 1):
            pieces = [fold(word[0]) for word in words[first:last]]
            if not _may_be_misheard(pieces, fold(wake_word)):
                continue
            likeness = Indel.normalized_similarity(sound("".join(pieces)), wake)
            if likeness > best:
                best, end = likeness, words[last - 1].end()
    return text[end:].strip(_BETWEEN) if best >= _LIKENESS else None


def _may_be_misheard(pieces: list[str], wake_word: str) -> bool:
    """Whether the wake word may have become these words."""
    if len(pieces) == 1:
        return pieces[0] == wake_word or not known(pieces[0])
    return wake_word not in pieces


def _says_stop(text: str) -> bool:
    return fold(text).strip(_BETWEEN) in _STOPS
