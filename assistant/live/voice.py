"""The assistant's voice at one bedside: clause by clause, never far ahead, stopped at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from assistant.answers import Answer
from assistant.errors import SynthesisError
from assistant.live import events
from assistant.live.engine import Engine
from assistant.messages import SAMPLE_RATE, Samples, UntilHeard
from assistant.speech.delivery import Delivery

_LOG: Final = logging.getLogger(__name__)
_AHEAD_S: Final = 10.0
"""Audio sent before it is due; more would fill the buffers of a slow screen."""
_BEGINS_S: Final = 5.0
"""How long a screen may take to begin to play; after that nobody hears it."""
_AUDIBLE: Final = 0.01
_LEAD_S: Final = 0.02
"""Left of the silence before a first clause, of which the engines make 0.2 s."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What took how long before there was an answer to say."""

    stages_ms: dict[str, float]
    ended: float
    """When the utterance was over, by :func:`time.perf_counter`; ``endpoint`` lies before it."""
    recognition_began: float | None = None

    @property
    def speech_ended(self) -> float:
        """When the speaker fell silent."""
        return self.ended - self.stages_ms.get("endpoint", 0.0) / 1000

    def spoken(self, begin: float, now: float) -> events.Timed:
        """The times of a turn whose first clause was begun at ``begin`` and is there now."""
        return self._timed({"first_clause": (now - begin) * 1000, "total": self._since(now)})

    def shown(self, now: float) -> events.Timed:
        """The times of a turn of which nothing is said."""
        return self._timed({"shown": self._since(now)})

    def _since(self, now: float) -> float:
        return (now - self.speech_ended) * 1000

    def _timed(self, more_ms: dict[str, float]) -> events.Timed:
        began = self.recognition_began
        return events.Timed(
            self.stages_ms | more_ms, self._since(began) if began is not None else None
        )


class Voice:
    """Says one answer at a time; a new one takes the place of the old."""

    def __init__(self, engine: Engine, emit: Callable[[events.Event], None]) -> None:
        self._engine = engine
        self._emit = emit
        self._task: asyncio.Task[None] | None = None
        self._playing = False
        self._began = asyncio.Event()
        """Whether the screen has begun to play this answer."""
        self._ended = asyncio.Event()
        """Whether it has come to the end of what it was sent."""

    @property
    def sounding(self) -> bool:
        """Whether our voice is being made, or is heard at the screen."""
        return self._playing or (self._task is not None and not self._task.done())

    @property
    def playing(self) -> bool:
        """Whether the screen says that our voice is heard there."""
        return self._playing

    def played(self, playing: bool) -> None:
        """The screen says whether it is playing. It decides nothing about who may ask."""
        self._playing = playing
        if playing:
            self._began.set()
            self._ended.clear()
        else:
            self._ended.set()

    def say(
        self, number: int, answer: Answer, delivery: Delivery, asked: Asked | None = None
    ) -> None:
        """Begin to say ``answer`` of turn ``number``."""
        self.stop()
        self._began.clear()
        clauses = self._engine.assistant.speak(answer, delivery)
        self._task = asyncio.get_running_loop().create_task(self._say(number, clauses, asked))

    def stop(self) -> None:
        """Fall silent: tells the screen if there may be anything to hear."""
        if self.sounding:
            self._emit(events.VoiceStopped())
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._playing = False

    async def _say(
        self, number: int, clauses: Iterator[Samples | UntilHeard], asked: Asked | None
    ) -> None:
        begin = over = time.perf_counter()
        first = True
        try:
            while (clause := await self._engine.run(lambda: next(clauses, None))) is not None:
                if isinstance(clause, UntilHeard):
                    await self._until_heard(over)
                    continue
                if first:
                    clause = without_lead(clause)
                now = time.perf_counter()
                self._emit(events.Clause(number, clause, False))
                if first and asked is not None:
                    self._emit(asked.spoken(begin, now))
                first = False
                over = max(over, now) + len(clause) / SAMPLE_RATE
                await asyncio.sleep(max(0.0, over - now - _AHEAD_S))
            self._emit(events.Clause(number, np.zeros(0, np.float32), True))
        except Exception as error:
            if not isinstance(error, SynthesisError | TimeoutError):
                _LOG.error("speaking failed: %s", type(error).__name__)
            self._emit(events.VoiceFailed(number))

    async def _until_heard(self, over: float) -> None:
        """Wait until the screen has played all, which it can't before ``over``.

        It may pause meanwhile. Raises TimeoutError where it does not play at all.
        """
        await asyncio.sleep(over - time.perf_counter())
        async with asyncio.timeout(_BEGINS_S):
            await self._began.wait()
        await self._ended.wait()


def without_lead(samples: Samples) -> Samples:
    """``samples`` from just before the first audible one."""
    audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    start = int(audible[0]) - int(_LEAD_S * SAMPLE_RATE) if len(audible) else 0
    return samples[max(0, start) :]
