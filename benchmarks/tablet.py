"""A tablet without a screen: streams recordings to the real server in real time."""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from assistant.audio.files import read_audio
from assistant.messages import SAMPLE_RATE, Samples

FRAME: Final = 512
"""Samples of one message: 32 ms, as the page sends them."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message of the server and when it came, by :func:`time.perf_counter`."""

    at: float
    message: dict[str, Any]
    """A binary message is ``{"type": "audio", "turn", "last", "samples"}``."""


@dataclass(slots=True)
class Tablet:
    """One connection. Between :meth:`say` calls it streams silence, as a microphone does."""

    socket: ClientConnection
    received: list[Received] = field(default_factory=list)
    _number: int = 0
    _queue: asyncio.Queue[Samples] = field(default_factory=asyncio.Queue)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def open(
        cls,
        url: str,
        token: str,
        trust: ssl.SSLContext | None = None,
        until: str = "ready",
        *,
        locked: bool = False,
    ) -> Self:
        """Connect, say hello, begin to stream, and wait for the message ``until``."""
        origin = url.rstrip("/")
        address = origin.replace("http", "ws", 1) + "/bedside"
        socket = await connect(address, origin=origin, ssl=trust, max_size=None)  # type: ignore[arg-type]
        tablet = cls(socket)
        await socket.send(json.dumps({"type": "hello", "token": token, "locked": locked}))
        tablet._tasks = [
            asyncio.create_task(tablet._receive()),
            asyncio.create_task(tablet._stream()),
        ]
        await tablet.wait(until)
        return tablet

    async def send(self, **message: Any) -> None:
        """A text message."""
        await self.socket.send(json.dumps(message))

    async def say(self, samples: Samples) -> float:
        """Stream ``samples`` in real time; gives when the last of them went out."""
        for start in range(0, len(samples), FRAME):
            frame = samples[start : start + FRAME]
            self._queue.put_nowait(np.pad(frame, (0, FRAME - len(frame))))
        await self._queue.join()
        return time.perf_counter()

    async def wait(self, *types: str, since: int = 0, timeout_s: float = 30.0) -> Received:
        """The first message of one of ``types`` after the first ``since`` ones."""
        async with asyncio.timeout(timeout_s):
            while True:
                for one in self.received[since:]:
                    if one.message["type"] in types:
                        return one
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        """Go."""
        for task in self._tasks:
            task.cancel()
        await self.socket.close()

    async def _receive(self) -> None:
        async for data in self.socket:
            now = time.perf_counter()
            if isinstance(data, str):
                message = json.loads(data)
                if message["type"] == "alive":
                    continue
            else:
                turn, last = struct.unpack_from("<II", data)
                samples = np.frombuffer(data, "<i2", offset=8)
                message = {"type": "audio", "turn": turn, "last": last, "samples": samples}
            self.received.append(Received(now, message))
            self._changed.set()

    async def _stream(self) -> None:
        due = time.perf_counter()
        silence = np.zeros(FRAME, np.float32)
        while True:
            due += FRAME / SAMPLE_RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            frame, queued = silence, not self._queue.empty()
            if queued:
                frame = self._queue.get_nowait()
            pcm = (np.clip(frame, -1, 1) * 32767).astype("<i2").tobytes()
            await self.socket.send(struct.pack("<I", self._number) + pcm)
            self._number += 1
            if queued:
                self._queue.task_done()


def recording(path: Path) -> Samples:
    """The recording up to just after its speech, so that the end of speech is the end."""
    samples = read_audio(path)
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    return samples[: int(loud[-1]) + 1]
