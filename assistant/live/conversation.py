"""One bedside's conversation: microphone frames in, events out, while others go on beside it.

What was recognised at a pause is only words, until the utterance is over and its gate has let it
pass. Where such words are a whole request in a voice that is accepted for it already, the ledger is
read ahead (:mod:`assistant.live.reading`): that is recorded like any access, and nothing of it is
told, shown or remembered before that same gate.

All methods belong on the event loop's thread; none of them blocks it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Final

from assistant import answers
from assistant.ahead import Ahead
from assistant.attention import Attention, Called
from assistant.audio.vad import VoiceActivity
from assistant.dialogue.state import PATIENT_TIMEOUT_S
from assistant.live import events
from assistant.live.address import Address, NotMeant
from assistant.live.beside import Beside
from assistant.live.engine import Engine, HeardSoFar, Outcome
from assistant.live.events import ClearReason
from assistant.live.floor import Floor
from assistant.live.listener import Ended, Listener
from assistant.live.reading import ReadingAhead
from assistant.live.screen import Screen
from assistant.live.voice import Asked, Voice
from assistant.messages import (
    NothingHeard,
    NothingHeardReason,
    Samples,
    SpeakerOutcome,
    Transcript,
)
from assistant.session import SessionState
from assistant.staff import StaffMember
from assistant.turn import Heard

_FROM_ANYBODY: Final = frozenset({"stop", "end_session"})
"""What ends our voice whoever says it."""


class Conversation:
    """The state of one bedside; ``emit`` gets its events, in order, on the loop's thread."""

    def __init__(
        self,
        engine: Engine,
        session: str,
        state: SessionState,
        member: StaffMember,
        emit: Callable[[events.Event], None],
        activity: VoiceActivity,
        attention: Attention | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        """``session`` names the kept ``state``; ``clock`` gives the time of a turn.

        ``activity`` is this microphone's own; it is loaded elsewhere, since that takes a while.
        Without ``attention`` every utterance is meant for the assistant.
        """
        self._address = Address(attention)
        self._engine = engine
        self._session = session
        self._state = state
        self._member = member
        self._emit = emit
        self._clock = clock
        self._one_by_one = asyncio.Lock()
        self._beside = Beside(emit)
        self._epoch = 0
        """Grows when the screen is locked: what was asked before is not answered after."""
        self._number = 0
        self._answers_accepted = False
        """Whether our voice says the answer to an accepted utterance."""
        self._timeout: asyncio.TimerHandle | None = None
        self.voice = Voice(engine, self._emit)
        self._screen = Screen(self._emit, self.voice)
        self._floor = Floor(self._emit, self.voice)
        self._reading = ReadingAhead(engine, member)
        self._listener = Listener(engine, member, self, activity)

    def push(self, samples: Samples) -> None:
        """Take the next samples of the microphone, any number of them."""
        self._listener.push(samples)

    def missed(self) -> None:
        """Samples between those before and the next never came."""
        self._reading.drop()
        self._listener.missed()

    def hold(self) -> None:
        """The talk button goes down: only letting go ends the utterance."""
        self._forget_speech()
        self._listener.hold()

    def release(self) -> None:
        """The talk button goes up."""
        if not self._listener.release():
            self._emit(events.NothingSaid(NothingHeardReason.TOO_SHORT))

    def mute(self) -> None:
        """The microphone is off: half an utterance is forgotten."""
        self._forget_speech()
        self._listener.drop()
        self._emit(events.Ignored())

    def played(self, playing: bool) -> None:
        """The screen's loudspeaker begins or ends.

        It decides nothing about who may ask; who answers us has time from its end, with bounds.
        """
        self._stands()
        self._address.sounds()
        self.voice.played(playing)
        self._screen.voice_changed()

    def silence(self) -> None:
        """The stop button was pressed."""
        self._stands()
        self.voice.stop()
        self._screen.voice_changed()

    def tap(self, phrase: str) -> None:
        """A choice on the screen was tapped."""
        epoch, asked = self._epoch, time.perf_counter()

        async def answer() -> None:
            async with self._one_by_one:
                state, now = self._stands()
                outcome = await self._engine.run(
                    lambda: self._engine.tap(phrase, self._member, state, now)
                )
                if epoch == self._epoch:
                    timed = Asked({"answer": _since(asked)}, asked)
                    self._show(outcome, timed, over_voice=False, tapped=True)

        self._emit(events.Thinking())
        self._beside.begin(answer())

    def lock(self) -> None:
        """End the session: nothing of it is known or shown any more."""
        self._end(ClearReason.LOCKED)

    def close(self) -> None:
        """The screen is gone. Call it once; the kept state stays as the last turn left it."""
        self._epoch += 1
        self.voice.stop()
        if self._timeout is not None:
            self._timeout.cancel()
        self._forget_speech()
        self._listener.drop()
        self._beside.cancel()

    @property
    def state(self) -> SessionState:
        """The session as it stands."""
        return self._state

    @property
    def voice_sounds(self) -> bool:
        """Whether the assistant's own voice is to be heard now."""
        return self.voice.sounding

    def speech_likely(self, *, likely: bool) -> None:
        """Somebody may have begun to speak, or did not after all."""
        self._floor.speech_likely(likely=likely)

    def speech_began(self) -> None:
        """Somebody speaks."""
        if self.voice.sounding:
            self._address.sounds()
        self._floor.speech_began()

    def heard_so_far(self, so_far: HeardSoFar, began: float, *, held: bool, paused: bool) -> None:
        """Show it if it may be shown; an accepted voice stops ours before it has finished."""
        self._reading.drop()
        heard = so_far.heard
        if not isinstance(heard.words, Transcript) or heard.voice is None or heard.ours:
            return
        meant = self._address.meant_so_far(heard, heard.words, began, held=held)
        if isinstance(meant, NotMeant) and not (so_far.stops and self.voice.sounding):
            return
        state, now = self._stands()
        decision = self._engine.assistant.voice_so_far(heard.voice, state, now.timestamp())
        if self.voice.sounding and (so_far.stops or decision.accepted):
            if decision.accepted:
                self._screen.accepted_so_far()
            self.voice.stop()
        self._screen.words(heard.words.text, decision)
        # a turn that is not over may change whom «его» means
        settled = paused and so_far.whole and not self._beside.busy
        if settled and decision.accepted and isinstance(meant, Heard):
            self._reading.begin(heard, meant, state, now)

    def utterance_ended(self, ended: Ended) -> None:
        """Answer when it is known what was said, one utterance after the other."""
        self._floor.speech_ended()
        at, epoch, reading = time.perf_counter(), self._epoch, self._reading.take()
        awake = self._address.awake(ended.began, held=ended.held)

        async def answer() -> None:
            try:
                heard = (await asyncio.wrap_future(ended.heard)).heard
                stages = {"endpoint": ended.silence_s * 1000, "wait": _since(at)}
                ahead = reading.result if reading is not None and reading.of is heard else None
                async with self._one_by_one:
                    meant = self._meant(heard, ended) if epoch == self._epoch else None
                    if meant is not None:
                        if not awake:
                            self._emit(events.Thinking())
                        await self._answer(meant, stages, at, ahead, over_voice=ended.over_voice)
            finally:
                if reading is not None:
                    reading.result.cancel()

        if awake:
            self._emit(events.Thinking())
        self._beside.begin(answer())

    def _meant(self, heard: Heard, ended: Ended) -> Heard | None:
        """What of an utterance is for the assistant; tells the screen when nothing is."""
        match self._address.meant(heard, ended):
            case Heard() as meant if not ended.torn:
                return meant
            case Heard():
                self._floor.goes_on(events.NothingSaid(NothingHeardReason.TORN))
            case Called():
                self._number += 1
                self._emit(events.Called())
                self._answers_accepted = False
                self.voice.say(self._number, answers.listening(), self._state.delivery)
            case NotMeant():
                now = self._clock().timestamp()
                after = self._engine.assistant.overheard(heard, self._state, now)
                if after is not None:
                    self._keep(after)
                    self._screen.overheard()
                self._floor.goes_on(events.Ignored())
        return None

    async def _answer(
        self,
        heard: Heard,
        stages: dict[str, float],
        ended: float,
        ahead: Future[Ahead | None] | None,
        *,
        over_voice: bool,
    ) -> None:
        if isinstance(heard.words, NothingHeard):
            self._floor.goes_on(events.NothingSaid(heard.words.reason))
            asked = Asked(stages | heard.timings_ms, ended, heard.began)
            self._emit(asked.shown(time.perf_counter()))
            return
        begin, epoch = time.perf_counter(), self._epoch
        state, now = self._stands()
        outcome = await self._engine.run(
            lambda: self._engine.answer(heard, self._member, state, now, ahead)
        )
        if epoch != self._epoch:
            return
        stages |= {**outcome.turn.timings_ms, "answer": _since(begin)}
        self._show(outcome, Asked(stages, ended, heard.began), over_voice=over_voice)

    def _show(
        self, found: Outcome, asked: Asked, *, over_voice: bool, tapped: bool = False
    ) -> None:
        """Tell one turn's outcome and begin to say it."""
        turn, after = found.turn, found.state
        self._keep(after)
        outcome = turn.speaker.outcome if turn.speaker is not None else None
        intent = turn.parse.intent if turn.parse is not None and turn.gate.allowed else None
        interrupts = tapped or outcome is SpeakerOutcome.ACCEPT or intent in _FROM_ANYBODY
        goes_on = self.voice.sounding and not interrupts
        if not goes_on:
            self.voice.stop()
        if outcome is SpeakerOutcome.REJECT:
            self._screen.refused(over_voice=goes_on)
        elif outcome is SpeakerOutcome.ACCEPT:
            self._screen.accepted()
            self._await_timeout()
        self._screen.voice_changed()  # before the answer: what is cleared is the one before
        if goes_on and (outcome is SpeakerOutcome.REJECT or turn.gate.allowed):
            self._floor.goes_on(events.Ignored(refused=outcome is SpeakerOutcome.REJECT))
            self._emit(asked.shown(time.perf_counter()))
            return
        if intent == "end_session":
            self._screen.clear(ClearReason.ENDED)
        self._number += 1
        # silence answers a «стоп» that was said over the voice
        speaks = not goes_on and not (intent == "stop" and over_voice)
        answered = events.Answered(
            self._number, turn, found.choices, found.patient, tapped=tapped, speaks=speaks
        )
        if goes_on:  # an unsure voice is told on the screen
            self._floor.goes_on(answered)
        else:
            self._emit(answered)
        self._address.answered(turn, asks=after.dialogue.pending is not None)
        if speaks:
            self._answers_accepted = outcome is SpeakerOutcome.ACCEPT and not tapped
            self.voice.say(self._number, turn.answer, after.delivery, asked)
        else:
            self._emit(asked.shown(time.perf_counter()))

    def _stands(self) -> tuple[SessionState, datetime]:
        """The state as it stands, and the time; whether our voice sounds is noted in it."""
        now = self._clock()
        if self._answers_accepted and self.voice.playing:
            speaker = self._state.speaker.while_answering(now.timestamp())
            self._state = replace(self._state, speaker=speaker)
        return self._state, now

    def _keep(self, state: SessionState) -> None:
        """From now on it is this; sealed at once, for the screen may be gone the next moment."""
        self._state = state
        kept = asyncio.wrap_future(self._engine.keep(self._session, state))
        kept.add_done_callback(lambda done: self._beside.tell_fault(done.exception()))

    def _await_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
        self._timeout = asyncio.get_running_loop().call_later(
            PATIENT_TIMEOUT_S, self._end, ClearReason.TIMEOUT
        )

    def _end(self, reason: ClearReason) -> None:
        self._epoch += 1
        self._forget_speech()
        self.voice.stop()
        self._listener.drop()
        self._address.sleep()
        self._keep(SessionState(self._member.id))
        self._screen.clear(reason)

    def _forget_speech(self) -> None:
        self._floor.free()
        self._reading.drop()


def _since(moment: float) -> float:
    return (time.perf_counter() - moment) * 1000
