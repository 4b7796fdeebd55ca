"""How a member of staff comes in: nothing to do, or a PIN, or a PIN and two spoken sentences.

Whatever becomes of a log-in is in the audit log before it takes effect, under a pseudonym.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from assistant.audit import Audit
from assistant.errors import AssistantError
from assistant.session import SessionState
from assistant.speaker.engine import Embedding, EmbeddingEngine
from assistant.speaker.enrolment import MIN_SESSION_TAKES, PROMPTS, Take, make_voiceprints
from assistant.speaker.errors import PinError, PinLockedError, PinMissingError
from assistant.speaker.guide import Guide
from assistant.speaker.pins import PinStore
from assistant.speaker.session_voice import SessionVoices, VoiceIdMode, is_unlocked, unlocked

_PROMPTS: Final = PROMPTS[:MIN_SESSION_TAKES]


class LogInEvent(StrEnum):
    """What the audit log says of log-ins."""

    LOGGED_IN = "logged_in"
    REFUSED = "log_in_refused"
    """With the error's code as its reason."""
    LOCKED = "pin_locked"
    LOGGED_OUT = "logged_out"
    TIMED_OUT = "timed_out"


class LogIn:
    """The log-in of one box, as its ``[voice] mode`` asks for."""

    def __init__(
        self,
        mode: VoiceIdMode,
        pins: PinStore,
        audit: Audit,
        voices: SessionVoices | None = None,
        engine: EmbeddingEngine | None = None,
        never_accept: Sequence[Embedding] = (),
    ) -> None:
        """Mode ``session`` needs ``voices`` to fill and an ``engine`` to make voiceprints."""
        self.mode = mode
        self._pins = pins
        self._audit = audit
        self._voices = voices
        self._engine = engine
        self._never_accept = tuple(never_accept)

    def needed(self, state: SessionState, now: datetime) -> bool:
        """Whether :meth:`enter` must come before the session's next utterance.

        It must again when the member's PIN is gone: they were forgotten.
        """
        if self._voices is not None:
            return not (self._voices.knows(state.member) and self._pins.has(state.member))
        return self.mode is VoiceIdMode.NONE and not self._open(state, now)

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
        member = state.member

        def wrong(locks: bool) -> None:
            self._refused(member, PinError.code)
            if locks:
                self._audit.append_about(LogInEvent.LOCKED, member)

        try:
            self._pins.check(member, pin, time.time(), wrong)
        except (PinLockedError, PinMissingError) as error:
            self._refused(member, error.code)
            raise
        if self._voices is not None and self._engine is not None:
            try:
                takes = record(Guide(self._engine, self._never_accept, _PROMPTS))
                voiceprints, _ = make_voiceprints(
                    takes, self._engine, self._never_accept, now, MIN_SESSION_TAKES
                )
            except AssistantError as error:
                self._refused(member, error.code)
                raise
            self._audit.append_about(LogInEvent.LOGGED_IN, member, allowed=True)
            self._voices.log_in(member, voiceprints)
            return state
        self._audit.append_about(LogInEvent.LOGGED_IN, member, allowed=True)
        return replace(state, speaker=unlocked(state.speaker, now.timestamp()))

    def log_out(self, member_id: str) -> None:
        """End the member's log-in; a voice in memory is wiped whatever happens to the record."""
        if self._voices is None:
            if self.mode is VoiceIdMode.NONE:
                self._audit.append_about(LogInEvent.LOGGED_OUT, member_id)
            return
        try:
            if self._voices.knows(member_id):
                self._audit.append_about(LogInEvent.LOGGED_OUT, member_id)
        finally:
            self._voices.log_out(member_id)

    def expired(self, state: SessionState, now: datetime) -> SessionState:
        """``state`` without a log-in whose time is over; that it is over is recorded once."""
        self.wipe_expired()
        voice = state.speaker
        if voice.unlocked_until is None or self._open(state, now):
            return state
        forgotten = is_unlocked(voice, now.timestamp())
        event = LogInEvent.LOGGED_OUT if forgotten else LogInEvent.TIMED_OUT
        self._audit.append_about(event, state.member)
        return replace(state, speaker=replace(voice, unlocked_until=None))

    def wipe_expired(self) -> None:
        """Wipe the voices whose time is over, and those of members who were forgotten.

        Whoever runs for long calls it every few seconds: an erasure may be another process's.
        """
        if self._voices is None:
            return
        self._voices.wipe_expired()
        for member_id in self._voices.logged_in():
            if not self._pins.has(member_id):
                self.log_out(member_id)

    def close(self) -> None:
        """End all log-ins that live in memory."""
        if self._voices is not None:
            for member_id in self._voices.logged_in():
                self.log_out(member_id)

    def _open(self, state: SessionState, now: datetime) -> bool:
        """Whether a PIN opened the session, its time is not over, and it is still a PIN."""
        return is_unlocked(state.speaker, now.timestamp()) and self._pins.has(state.member)

    def _refused(self, member_id: str, reason: str) -> None:
        self._audit.append_about(LogInEvent.REFUSED, member_id, reason=reason, allowed=False)
