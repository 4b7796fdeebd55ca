"""At most one read of the ledger that was begun before its utterance was over.

It is begun at a pause and held for the utterance that this pause ends. Its result is nobody's
until :meth:`assistant.pipeline.Assistant.answer` takes it, after the gate of that utterance.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from assistant.ahead import Ahead
from assistant.live.engine import Engine
from assistant.session import SessionState
from assistant.staff import StaffMember
from assistant.turn import Heard


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A read under way or done; its result is PHI."""

    of: Heard
    """What was heard when it began."""
    result: Future[Ahead | None]


class ReadingAhead:
    """One conversation's early reads; on the event loop's thread."""

    def __init__(self, engine: Engine, member: StaffMember) -> None:
        self._engine = engine
        self._member = member
        self._reading: Reading | None = None

    def begin(self, of: Heard, meant: Heard, state: SessionState, now: datetime) -> None:
        """Read what ``meant`` asks for, which is ``of`` less the wake word."""
        self.drop()
        self._reading = Reading(of, self._engine.read_ahead(meant, self._member, state, now))

    def take(self) -> Reading | None:
        """The read that was begun, given once."""
        reading, self._reading = self._reading, None
        return reading

    def drop(self) -> None:
        """Speech went on, or it is forgotten: what has not begun is not read any more."""
        reading = self.take()
        if reading is not None:
            reading.result.cancel()
