"""The worker threads and models that all conversations of a process share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from assistant.ahead import Ahead
from assistant.dialogue import pacing
from assistant.dialogue.choices import Choice
from assistant.live.spoken import Spoken
from assistant.messages import NothingHeard, Transcript, Utterance
from assistant.pipeline import Assistant
from assistant.session import SessionState, SessionStore
from assistant.staff import StaffMember
from assistant.turn import Heard, Turn
from ledger_client.messages import Patient

_LOG: Final = logging.getLogger(__name__)

T = TypeVar("T")
Transcribe = Callable[[Utterance], Transcript | NothingHeard]

_ANSWERING: Final = 4
"""Answers wait for the ledger more than for a core."""


@dataclass(frozen=True, slots=True, eq=False)
class HeardSoFar:
    """What an utterance holds, and how long a pause after it ends it."""

    heard: Heard
    silence_s: float
    stops: bool
    """Whether the words are «стоп», which anybody may say."""

    @property
    def whole(self) -> bool:
        """Whether the words are a whole request: nothing about them waits for more."""
        return self.silence_s <= pacing.COMPLETE_S


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One turn, the state after it, and what the screen shows beside its answer. PHI."""

    turn: Turn
    state: SessionState
    choices: tuple[Choice, ...]
    patient: Patient | None


class Engine:
    """Runs the slow parts of all conversations off the event loop.

    Recognition takes its turn on one thread, since it uses both cores already; what was asked
    for and is not needed any more is cancelled before it begins.
    """

    def __init__(self, assistant: Assistant, sessions: SessionStore) -> None:
        """Call it on the event loop that the conversations will run on."""
        self.assistant = assistant
        self._sessions = sessions
        self._hearing = ThreadPoolExecutor(1, thread_name_prefix="hearing")
        self._answering = ThreadPoolExecutor(_ANSWERING, thread_name_prefix="answering")
        self._keeping = ThreadPoolExecutor(1, thread_name_prefix="keeping")
        self._loop = asyncio.get_running_loop()
        self._waiting = 0

    @property
    def idle(self) -> bool:
        """Whether nobody waits for recognition: time for a look at unfinished speech."""
        return self._waiting == 0

    def hear(
        self,
        utterance: Utterance,
        member: StaffMember,
        then: Callable[[HeardSoFar], None] = lambda _: None,
        transcribe: Transcribe | None = None,
    ) -> Future[HeardSoFar]:
        """Recognise and score when the turn comes. Call it on the event loop.

        ``then`` runs there as well, unless the work was cancelled or failed. ``transcribe`` is a
        method of what :meth:`begin` gave, where that was given the utterance while it was spoken.
        """
        self._waiting += 1
        future = self._hearing.submit(self._hear, utterance, member, transcribe)
        future.add_done_callback(lambda done: self._on_loop(lambda: self._done(done, then)))
        return future

    def begin(self) -> Spoken | None:
        """An utterance that is recognised while it is spoken, if the recogniser can do that."""
        stream = self.assistant.stream
        return Spoken(stream) if stream is not None else None

    def listen(self, spoken: Spoken, utterance: Utterance) -> None:
        """Recognise what was added to an utterance; its words are asked for later."""
        self._hearing.submit(spoken.take, utterance)

    def forget(self, spoken: Spoken) -> None:
        """Nobody needs an utterance any more, after all that was asked of it before."""
        self._hearing.submit(spoken.close)

    async def run(self, work: Callable[[], T]) -> T:
        """Run what waits or computes on a thread."""
        return await self._loop.run_in_executor(self._answering, work)

    def read_ahead(
        self, heard: Heard, member: StaffMember, state: SessionState, now: datetime
    ) -> Future[Ahead | None]:
        """Begin to read what an utterance asks for that may go on, for :meth:`answer`."""
        return self._answering.submit(self.assistant.read_ahead, heard, member, state, now)

    def answer(
        self,
        heard: Heard,
        member: StaffMember,
        state: SessionState,
        now: datetime,
        ahead: Future[Ahead | None] | None = None,
    ) -> Outcome:
        """What an utterance leads to. May block, as :meth:`tap`: give it to :meth:`run`."""
        turn, after = self.assistant.answer(heard, member, state, now, lambda: _read(ahead))
        return self._outcome(turn, after, now)

    def tap(self, phrase: str, member: StaffMember, state: SessionState, now: datetime) -> Outcome:
        """What a tapped choice leads to."""
        return self._outcome(*self.assistant.tap(phrase, member, state, now), now)

    async def load(self, session: str, member: StaffMember) -> SessionState:
        """The state of a session, as it was kept last."""
        return await asyncio.wrap_future(self._keeping.submit(self._load, session, member.id))

    def keep(self, session: str, state: SessionState) -> Future[None]:
        """Begin to seal the state of a session on disk, after all that was begun before."""
        return self._keeping.submit(self._keep, session, state)

    def close(self) -> None:
        """Drop what has not begun and wait for the rest."""
        self._hearing.shutdown(cancel_futures=True)
        self._answering.shutdown(cancel_futures=True)
        self._keeping.shutdown()

    def _load(self, session: str, member: str) -> SessionState:
        with self._sessions.hold(session, member) as held:
            return held.state

    def _keep(self, session: str, state: SessionState) -> None:
        with self._sessions.hold(session, state.member) as held:
            held.state = state

    def _outcome(self, turn: Turn, state: SessionState, now: datetime) -> Outcome:
        choices = self.assistant.choices(turn, state, now)
        return Outcome(turn, state, choices, self.assistant.patient(turn, state))

    def _hear(
        self, utterance: Utterance, member: StaffMember, transcribe: Transcribe | None
    ) -> HeardSoFar:
        heard = self.assistant.hear(utterance, member, transcribe)
        parse = self.assistant.parse_so_far(heard.words)
        if parse is None:
            return HeardSoFar(heard, pacing.UNSURE_S, stops=False)
        return HeardSoFar(heard, pacing.silence_after(parse), stops=parse.intent == "stop")

    def _on_loop(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the server is gone: nobody waits any more
            self._loop.call_soon_threadsafe(call)

    def _done(self, future: Future[HeardSoFar], then: Callable[[HeardSoFar], None]) -> None:
        self._waiting -= 1
        # a failure is told by whoever waits for the utterance's end
        if not future.cancelled() and future.exception() is None:
            then(future.result())


def _read(ahead: Future[Ahead | None] | None) -> Ahead | None:
    """What was read ahead, waited for only where it has begun: all threads may be waiting."""
    if ahead is None or ahead.cancel():
        return None
    error = ahead.exception()
    if error is not None:
        # the turn asks itself, and tells its own fault; the message may quote what was said
        _LOG.warning("reading ahead failed: %s", type(error).__name__)
        return None
    return ahead.result()
