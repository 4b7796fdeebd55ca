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
from assistant.messages import SAMPLE_RATE, Samples
from assistant.speech.delivery import Delivery

_LOG: Final = logging.getLogger(__name__)
_AHEAD_S: Final = 10.0
"""Audio sent before it is due; more would fill the buffers of a slow screen."""
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


class Voice:
    """Says one answer at a time; a new one takes the place of the old."""

    def __init__(self, engine: Engine, emit: Callable[[events.Event], None]) -> None:
        self._engine = engine
        self._emit = emit
        self._task: asyncio.Task[None] | None = None
        self._playing = False

    @property
    def sounding(self) -> bool:
        """Whether our voice is being made, or is heard at the screen."""
        return self._playing or (self._task is not None and not self._task.done())

    def played(self, playing: bool) -> None:
        """The screen says whether it is playing. It decides nothing about who may ask."""
        self._playing = playing

    def say(
        self, number: int, answer: Answer, delivery: Delivery, asked: Asked | None = None
    ) -> None:
        """Begin to say ``answer`` of turn ``number``."""
        self.stop()
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

    async def _say(self, number: int, clauses: Iterator[Samples], asked: Asked | None) -> None:
        begin = time.perf_counter()
        sent_s = 0.0
        try:
            while (clause := await self._engine.run(lambda: next(clauses, None))) is not None:
                first = not sent_s
                self._emit(events.Clause(number, without_lead(clause) if first else clause, False))
                if first and asked is not None:
                    self._emit(_timed(asked, begin, time.perf_counter()))
                sent_s += len(clause) / SAMPLE_RATE
                ahead_s = sent_s - (time.perf_counter() - begin)
                if ahead_s > _AHEAD_S:
                    await asyncio.sleep(ahead_s - _AHEAD_S)
            self._emit(events.Clause(number, np.zeros(0, np.float32), True))
        except Exception as error:
            if not isinstance(error, SynthesisError):
                _LOG.error("speaking failed: %s", type(error).__name__)
            self._emit(events.VoiceFailed(number))


def _timed(asked: Asked, begin: float, now: float) -> events.Timed:
    stages = {
        **asked.stages_ms,
        "first_clause": (now - begin) * 1000,
        "total": (now - asked.speech_ended) * 1000,
    }
    if asked.recognition_began is None:
        return events.Timed(stages, None)
    return events.Timed(stages, (asked.recognition_began - asked.speech_ended) * 1000)


def without_lead(samples: Samples) -> Samples:
    """``samples`` from just before the first audible one."""
    audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    start = int(audible[0]) - int(_LEAD_S * SAMPLE_RATE) if len(audible) else 0
    return samples[max(0, start) :]
