"""One tablet's WebSocket: frames and buttons in, events out, bounded on both sides."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from assistant.attention import Attention
from assistant.audio.vad import VoiceActivity
from assistant.live import Conversation, Engine, events
from assistant.login import LogIn
from assistant.messages import SAMPLE_RATE
from assistant.server.admission import Admission
from assistant.server.devices import Device
from assistant.server.metrics import Metrics
from assistant.server.protocol import (
    Button,
    Hello,
    Message,
    Pin,
    Playing,
    ProtocolError,
    Tap,
    alive,
    messages,
    read_frame,
    read_message,
    ready,
)
from assistant.session import SessionState
from assistant.staff import StaffMember

# Application close codes, RFC 6455 section 7.4.2.
BAD_MESSAGE: Final = 4400
NOT_PAIRED: Final = 4401
TOO_SLOW: Final = 4408
TAKEN_OVER: Final = 4409
TOO_FAST: Final = 4429

_OUTBOX_BYTES: Final = 2_000_000
"""A minute of speech. A tablet that lets more pile up is gone or hopelessly slow."""
_AHEAD_S: Final = 15.0
"""How much more audio than time may come: what a stall of the network, or ours, delays."""
_FASTER: Final = 1.1
_WATCH_S: Final = 10.0
_ALIVE_S: Final = 10.0
"""The page gives a server up that has said nothing for 25 s."""
_CLOSE_S: Final = 1.0
_LOGIN_S: Final = 1.0
"""How often it is looked whether a log-in has ended."""
_FAREWELL_S: Final = 5.0


class Outbox:
    """What waits to be sent. Putting never waits: the conversation must not, for one tablet."""

    def __init__(self) -> None:
        self._waiting: deque[str | bytes] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self.overflowed = asyncio.Event()

    def put(self, message: dict[str, Any] | bytes) -> None:
        """Add a message; past the bound it and all later ones are dropped."""
        data = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False)
        if self._bytes + len(data) > _OUTBOX_BYTES:
            self.overflowed.set()
        if not self.overflowed.is_set():
            self._bytes += len(data)
            self._waiting.append(data)
            self._filled.set()

    def drop_audio(self) -> None:
        """Forget speech that was not sent yet: it must not be heard any more."""
        kept = [data for data in self._waiting if isinstance(data, str)]
        self._bytes -= sum(len(data) for data in self._waiting) - sum(map(len, kept))
        self._waiting = deque(kept)

    async def get(self) -> str | bytes:
        """The next message."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        data = self._waiting.popleft()
        self._bytes -= len(data)
        return data


class Connection:
    """One tablet that has said who it is."""

    def __init__(
        self,
        socket: WebSocket,
        engine: Engine,
        metrics: Metrics,
        device: Device,
        member: StaffMember,
        known: Callable[[], bool],
        attention: Attention | None,
        login: LogIn,
        *,
        locked: bool,
    ) -> None:
        """``known`` says whether the tablet may still be here; it may block.

        ``locked`` says that the lock button was pressed while the tablet was away.
        """
        self._locked = locked
        self._login = login
        self._admission: Admission | None = None
        self._conversation: Conversation | None = None
        self._known = known
        self._attention = attention
        self._socket = socket
        self._engine = engine
        self._metrics = metrics
        self._device = device
        self._member = member
        self._outbox = Outbox()
        self._answered: events.Answered | None = None
        self._next_frame = 0
        self._credit_s = _AHEAD_S
        self._credited = time.monotonic()

    async def serve(self) -> None:
        """Talk until the tablet goes or has to."""
        ways_out = [
            asyncio.create_task(work)
            for work in (
                self._receive(),
                self._bedside(),
                self._send(),
                self._watch(),
                self._outgrown(),
                self._live(),
            )
        ]
        self._metrics.tablets.inc()
        try:
            await asyncio.wait(ways_out, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._metrics.tablets.dec()
            if self._conversation is not None:
                self._conversation.close()
            for task in ways_out:
                task.cancel()
        code = next(task.result() for task in ways_out if task.done() and not task.cancelled())
        if code is not None:
            await self.close(code)

    async def close(self, code: int) -> None:
        """End the connection; the page tells why by the code."""
        self._metrics.closed.labels(str(code)).inc()
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):  # a tablet that takes nothing takes no farewell
                await self._socket.close(code)

    async def _bedside(self) -> int | None:
        """The log-in, where one is needed, and the conversation, until a log-in is needed again."""
        activity = await self._engine.run(VoiceActivity)
        if self._locked:
            await self._forget()
        wake_word = self._attention.wake_word if self._attention is not None else None
        while True:
            kept = await self._engine.load(self._device.id, self._member)
            state = await self._timed(kept)
            if state is not kept:
                self._engine.keep(self._device.id, state)
            if self._login.needed(state, _now()):
                self._admission = Admission(self._login, state, activity, self._outbox.put)
                state = await self._admission.run()
                self._admission = None
                self._engine.keep(self._device.id, state)
            conversation = Conversation(
                self._engine,
                self._device.id,
                state,
                self._member,
                self._on_event,
                activity,
                self._attention,
            )
            self._conversation = conversation
            self._outbox.put(ready(self._member, self._login.mode, wake_word))
            await self._logged_out(conversation)
            await self._timed(state)
            conversation.lock()
            conversation.close()
            self._conversation = None

    async def _timed(self, state: SessionState) -> SessionState:
        """``state`` without a log-in whose time is over, which is then recorded."""
        return await self._engine.run(lambda: self._login.expired(state, _now()))

    async def _forget(self) -> None:
        """End the kept session as the lock button does, before anything of it is shown."""
        state = await self._timed(await self._engine.load(self._device.id, self._member))
        try:
            if not self._login.needed(state, _now()):
                await asyncio.to_thread(self._login.log_out, self._member.id)
        finally:
            self._engine.keep(self._device.id, SessionState(self._member.id))

    async def _log_out(self, conversation: Conversation) -> None:
        """The lock button. The screen is cleared even if the record can't be written."""
        try:
            # not by the engine: answers that wait for the ledger must not hold this up
            await asyncio.to_thread(self._login.log_out, self._member.id)
        finally:
            conversation.lock()

    async def _logged_out(self, conversation: Conversation) -> None:
        """Wait for the end of the log-in, and then for the last words."""
        while not self._login.needed(conversation.state, _now()):
            await asyncio.sleep(_LOGIN_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                while conversation.voice.sounding:
                    await asyncio.sleep(_LOGIN_S / 10)

    async def _receive(self) -> int | None:
        """Take what comes; the code to close with, None when the tablet has gone."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            data = message.get("bytes")
            try:
                if data is None:
                    await self._do(read_message(message["text"]))
                    continue
                frame = read_frame(data)
            except ProtocolError:
                return BAD_MESSAGE
            self._metrics.frames.inc()
            missing = frame.number - self._next_frame
            self._next_frame = frame.number + 1
            if not self._affordable(len(frame.samples) / SAMPLE_RATE):
                return TOO_FAST
            hearer = self._conversation or self._admission
            if missing > 0:
                self._metrics.frames_lost.inc(missing)
                if hearer is not None:
                    hearer.missed()
            if hearer is not None:
                hearer.push(frame.samples)

    async def _do(self, message: Message) -> None:
        match message:
            case Hello():
                raise ProtocolError("said twice")
            case Pin(digits=digits):
                if self._admission is not None:
                    self._admission.pin(digits)
            case Button(type="lock") if self._conversation is not None:
                await self._log_out(self._conversation)
            case _ if self._conversation is not None:
                self._press(message, self._conversation)

    def _press(self, message: Message, conversation: Conversation) -> None:
        match message:
            case Tap(turn=turn, choice=choice):
                self._tap(turn, choice, conversation)
            case Playing(on=on):
                conversation.played(on)
            case Button(type="hold"):
                conversation.hold()
            case Button(type="release"):
                conversation.release()
            case Button(type="mute"):
                conversation.mute()
            case Button(type="stop"):
                conversation.silence()

    def _tap(self, turn: int, choice: int, conversation: Conversation) -> None:
        """Choices are those of the answer shown last: a late tap on an older one does nothing."""
        shown = self._answered
        if shown is not None and shown.number == turn and 0 <= choice < len(shown.choices):
            conversation.tap(shown.choices[choice].phrase)

    def _affordable(self, seconds: float) -> bool:
        now = time.monotonic()
        earned = (now - self._credited) * _FASTER
        self._credit_s = min(_AHEAD_S, self._credit_s + earned) - seconds
        self._credited = now
        return self._credit_s >= 0

    def _on_event(self, event: events.Event) -> None:
        match event:
            case events.Answered():
                # what was shown stays tappable while a mere notice is shown beside it
                if event.choices or event.turn.gate.allowed:
                    self._answered = event
                outcome = event.turn.speaker.outcome if event.turn.speaker else "none"
                self._metrics.turns.labels(outcome).inc()
            case events.Cleared():
                self._answered = None
                self._outbox.drop_audio()
            case events.VoiceStopped():
                self._outbox.drop_audio()
            case events.Timed():
                self._metrics.timed(event)
        for message in messages(event):
            self._outbox.put(message)

    async def _watch(self) -> int | None:
        """End soon after the tablet was forgotten."""
        while await self._engine.run(self._known):
            await asyncio.sleep(_WATCH_S)
        return NOT_PAIRED

    async def _live(self) -> int | None:
        """Say now and then that the server is there: a page can't see the WebSocket's pings."""
        while True:
            await asyncio.sleep(_ALIVE_S)
            self._outbox.put(alive())

    async def _outgrown(self) -> int | None:
        """End when the tablet takes less than it is sent."""
        await self._outbox.overflowed.wait()
        return TOO_SLOW

    async def _send(self) -> int | None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                data = await self._outbox.get()
                if isinstance(data, bytes):
                    await self._socket.send_bytes(data)
                else:
                    await self._socket.send_text(data)
        return None


def _now() -> datetime:
    return datetime.now().astimezone()
