"""The log-in at a tablet, where ``[voice] mode`` asks for one: a PIN, then sentences to read."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from assistant.audio.segmenter import Segmenter
from assistant.audio.vad import VoiceActivity
from assistant.errors import AudioInputError
from assistant.login import LogIn
from assistant.messages import Samples, Utterance
from assistant.server.protocol import pin_wanted, reading_wanted
from assistant.session import SessionState
from assistant.speaker.enrolment import Take
from assistant.speaker.errors import PinError, RecordingQualityError
from assistant.speaker.guide import READING, Guide

_READING_S: Final = 60.0
"""Without a sentence for so long the log-in begins anew."""


class Admission:
    """One tablet's log-in, for the event loop's thread, which it never blocks."""

    def __init__(
        self,
        login: LogIn,
        state: SessionState,
        activity: VoiceActivity,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        """``tell`` sends a message to the tablet."""
        self._login = login
        self._state = state
        self._activity = activity
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._pin: asyncio.Future[str] = self._loop.create_future()
        self._segmenter: Segmenter | None = None
        self._heard: queue.SimpleQueue[Utterance | None] = queue.SimpleQueue()

    def pin(self, digits: str) -> None:
        """A PIN was typed; ignored while none is wanted."""
        if not self._pin.done():
            self._pin.set_result(digits)

    def push(self, samples: Samples) -> None:
        """Take what the microphone hears; ignored until there is something to read."""
        if self._segmenter is not None:
            for event in self._segmenter.push(samples):
                if isinstance(event, Utterance):
                    self._heard.put(event)

    def missed(self) -> None:
        """Samples never came: a voice must not be made of pieces."""
        if self._segmenter is not None:
            self._segmenter = Segmenter(READING, self._activity)

    async def run(self) -> SessionState:
        """The state after the log-in, however many tries that takes. Cancel it at any time."""
        fault = ""
        while True:
            self._tell(pin_wanted(self._state.member, fault))
            digits = await self._pin
            try:
                return await self._enter(digits)
            except (PinError, RecordingQualityError) as error:
                fault = error.spoken
            except AudioInputError:
                fault = ""
            self._pin = self._loop.create_future()

    async def _enter(self, digits: str) -> SessionState:
        heard: queue.SimpleQueue[Utterance | None] = queue.SimpleQueue()
        self._heard = heard
        now = datetime.now().astimezone()
        try:
            return await asyncio.to_thread(
                self._login.enter, self._state, digits, now, lambda guide: self._read(guide, heard)
            )
        finally:
            self._segmenter = None
            heard.put(None)  # ends the thread, if it still waits

    def _read(self, guide: Guide, heard: queue.SimpleQueue[Utterance | None]) -> Sequence[Take]:
        """Lead through the sentences, on a thread of its own."""
        said = ""
        while not guide.done:
            self._loop.call_soon_threadsafe(self._ask_to_read, guide.prompt, said)
            try:
                utterance = heard.get(timeout=_READING_S)
            except queue.Empty:
                utterance = None
            if utterance is None:
                raise AudioInputError("Nobody reads any more.", "Log in again.")
            said = guide.hear(utterance)
        return guide.takes

    def _ask_to_read(self, prompt: str, said: str) -> None:
        self._segmenter = self._segmenter or Segmenter(READING, self._activity)
        self._tell(reading_wanted(self._state.member, prompt, said))
