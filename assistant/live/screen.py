"""What the screen of one bedside may show, and when it must be cleared.

An answer stays while the speaker that it was given to may still be there. Another's voice takes it
away at once; over our own voice, when that has ended. A stranger who talks in the room must not be
able to silence what the doctor asked for, and the room hears that answer already.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant.live import events
from assistant.live.events import ClearReason
from assistant.live.voice import Voice
from assistant.messages import SpeakerDecision


class Screen:
    """Tells the screen of words and of clearing; on the event loop's thread."""

    def __init__(self, emit: Callable[[events.Event], None], voice: Voice) -> None:
        self._emit = emit
        self._voice = voice
        self._refused = False
        """Whether the last voice that was decided on was another's."""
        self._to_clear = False
        """Whether that voice was heard over ours: the screen is cleared when ours has ended."""
        self._holds = True
        """Whether anything may be shown: a screen that comes back may have kept an answer."""

    def words(self, text: str, voice: SpeakerDecision) -> None:
        """Show what was said so far, if it may be shown.

        It may name a patient: the recogniser knows the roster, and may turn a stranger's mumbling
        into one of its names. So words are shown of a voice that is accepted so far, and after a
        refusal not before a whole utterance is accepted.
        """
        if voice.accepted and not self._refused:
            self._emit(events.Partial(text))

    def accepted_so_far(self) -> None:
        """The speaker is still here, and has not finished: what is shown may stay."""
        self._to_clear = False

    def accepted(self) -> None:
        """An utterance was accepted as a whole."""
        self._refused = self._to_clear = False
        self._holds = True

    def refused(self, *, over_voice: bool) -> None:
        """An utterance was refused; ``over_voice`` says that ours goes on."""
        self._refused = True
        self._to_clear = over_voice
        if not over_voice:
            self._lost()

    def overheard(self) -> None:
        """Another's voice was heard and asked nothing: it may be near enough to read."""
        if self._holds:
            self.refused(over_voice=self._voice.sounding)

    def voice_changed(self) -> None:
        """Our voice may have ended: clear the screen if that was waited for."""
        if self._to_clear and not self._voice.sounding:
            self._lost()

    def clear(self, reason: ClearReason) -> None:
        """Clear the screen, whatever sounds."""
        self._to_clear = self._holds = False
        self._emit(events.Cleared(reason))

    def _lost(self) -> None:
        self.clear(ClearReason.SPEAKER_LOST)
