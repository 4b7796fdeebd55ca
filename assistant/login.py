"""How a member of staff comes in: nothing to do, or a PIN, or a PIN and two spoken sentences."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from assistant.session import SessionState
from assistant.speaker.engine import Embedding, EmbeddingEngine
from assistant.speaker.enrolment import MIN_SESSION_TAKES, PROMPTS, Take, make_voiceprints
from assistant.speaker.guide import Guide
from assistant.speaker.pins import PinStore
from assistant.speaker.session_voice import SessionVoices, VoiceIdMode, is_unlocked, unlocked

_PROMPTS: Final = PROMPTS[:MIN_SESSION_TAKES]


class LogIn:
    """The log-in of one box, as its ``[voice] mode`` asks for."""

    def __init__(
        self,
        mode: VoiceIdMode,
        pins: PinStore,
        voices: SessionVoices | None = None,
        engine: EmbeddingEngine | None = None,
        never_accept: Sequence[Embedding] = (),
    ) -> None:
        """Mode ``session`` needs ``voices`` to fill and an ``engine`` to make voiceprints."""
        self.mode = mode
        self._pins = pins
        self._voices = voices
        self._engine = engine
        self._never_accept = tuple(never_accept)

    def needed(self, state: SessionState, now: datetime) -> bool:
        """Whether :meth:`enter` must come before the session's next utterance."""
        if self._voices is not None:
            return not self._voices.knows(state.member)
        return self.mode is VoiceIdMode.NONE and not is_unlocked(state.speaker, now.timestamp())

    def enter(
        self,
        state: SessionState,
        pin: str,
        now: datetime,
        record: Callable[[Guide], Sequence[Take]],
    ) -> SessionState:
        """``state`` after the right PIN, or a badge's digits.

        Mode ``session`` then lets ``record`` lead the speaker through two sentences.
        Raises PinError, RecordingQualityError, and what ``record`` raises.
        """
        self._pins.check(state.member, pin, time.time())
        if self.mode is VoiceIdMode.NONE:
            return replace(state, speaker=unlocked(state.speaker, now.timestamp()))
        if self._voices is not None and self._engine is not None:
            takes = record(Guide(self._engine, self._never_accept, _PROMPTS))
            voiceprints, _ = make_voiceprints(
                takes, self._engine, self._never_accept, now, MIN_SESSION_TAKES
            )
            self._voices.log_in(state.member, voiceprints)
        return state

    def log_out(self, member_id: str) -> None:
        """Wipe the member's voice, where it is in memory."""
        if self._voices is not None:
            self._voices.log_out(member_id)

    def wipe_expired(self) -> None:
        """Wipe the voices whose time is over; whoever runs for long calls it now and then."""
        if self._voices is not None:
            self._voices.wipe_expired()
