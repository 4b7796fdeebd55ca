"""Who has the floor: our voice pauses as soon as somebody may speak, and goes on if nobody did."""

from __future__ import annotations

from collections.abc import Callable

from assistant.live import events
from assistant.live.voice import Voice


class Floor:
    """Tells the screen when our voice pauses and goes on; on the event loop's thread."""

    def __init__(self, emit: Callable[[events.Event], None], voice: Voice) -> None:
        self._emit = emit
        self._voice = voice
        self._speaking = False
        self._suspected = False
        """Whether our voice was paused for what is no speech yet."""

    def speech_likely(self, *, likely: bool) -> None:
        """Pause our voice before it is certain that somebody speaks; go on if nobody did."""
        if likely and self._voice.sounding and not self._speaking:
            self._suspected = True
            self._emit(events.SpeechBegan())
        elif not likely and self._suspected:
            self._suspected = False
            self._emit(events.Ignored())

    def speech_began(self) -> None:
        """Somebody speaks."""
        self._speaking, self._suspected = True, False
        self._emit(events.SpeechBegan())

    def speech_ended(self) -> None:
        """The utterance is over; what it was is not known yet."""
        self._speaking = False

    def free(self) -> None:
        """What was being said is forgotten."""
        self._speaking = self._suspected = False

    def goes_on(self, event: events.Event) -> None:
        """Tell of an utterance that leaves our voice as it was, unless somebody speaks again."""
        self._emit(event)
        if self._speaking and self._voice.sounding:
            self._emit(events.SpeechBegan())
