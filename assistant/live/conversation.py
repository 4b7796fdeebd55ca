"""One bedside's conversation: microphone frames in, events out, while others go on beside it.

Nothing is asked of the ledger before the utterance is over and the gate has let it pass: what
was recognised early is only words.

All methods belong on the event loop's thread; none of them blocks it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final

from assistant import answers
from assistant.attention import Attention, Called
from assistant.audio.vad import VoiceActivity
from assistant.dialogue.state import PATIENT_TIMEOUT_S
from assistant.errors import AssistantError
from assistant.live import events
from assistant.live.address import Address, NotMeant
from assistant.live.engine import Engine, HeardSoFar, Outcome
from assistant.live.events import ClearReason
from assistant.live.listener import Ended, Listener
from assistant.live.voice import Asked, Voice
from assistant.messages import (
    NothingHeard,
    NothingHeardReason,
    Samples,
    SpeakerOutcome,
    Transcript,
)
from assistant.pipeline import Heard
from assistant.session import SessionState
from assistant.staff import StaffMember

_LOG: Final = logging.getLogger(__name__)
_OWN_VOICE: Final = 0.45
"""Cosine from which a voice may be our own echo."""
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
        self._tasks: set[asyncio.Task[None]] = set()
        self._epoch = 0
        """Grows when the screen is locked: what was asked before is not answered after."""
        self._number = 0
        self._refused = False
        """Whether the last voice that was decided on was another's."""
        self._to_clear = False
        """Whether that voice was heard over ours: the screen is cleared when ours has ended."""
        self._speaking = False
        self._suspected = False
        """Whether our voice was paused for what is no speech yet."""
        self._timeout: asyncio.TimerHandle | None = None
        self.voice = Voice(engine, self._emit)
        self._listener = Listener(engine, member, self, activity)

    def push(self, samples: Samples) -> None:
        """Take the next samples of the microphone, any number of them."""
        self._listener.push(samples)

    def hold(self) -> None:
        """The talk button goes down: only letting go ends the utterance."""
        self._speaking = self._suspected = False
        self._listener.hold()

    def release(self) -> None:
        """The talk button goes up."""
        if not self._listener.release():
            self._emit(events.NothingSaid(NothingHeardReason.TOO_SHORT))

    def mute(self) -> None:
        """The microphone is off: half an utterance is forgotten."""
        self._speaking = self._suspected = False
        self._listener.drop()
        self._emit(events.Ignored())

    def played(self, playing: bool) -> None:
        """The screen's loudspeaker begins or ends. It decides nothing about who may ask."""
        self._address.sounds()
        self.voice.played(playing)
        self._clear_if_due()

    def silence(self) -> None:
        """The stop button was pressed."""
        self.voice.stop()
        self._clear_if_due()

    def tap(self, phrase: str) -> None:
        """A choice on the screen was tapped."""
        epoch, asked = self._epoch, time.perf_counter()

        async def answer() -> None:
            async with self._one_by_one:
                state, now = self._state, self._clock()
                outcome = await self._engine.run(
                    lambda: self._engine.tap(phrase, self._member, state, now)
                )
                if epoch == self._epoch:
                    timed = Asked({"answer": _since(asked)}, asked)
                    self._show(outcome, timed, over_voice=False, tapped=True)

        self._emit(events.Thinking())
        self._begin(answer())

    def lock(self) -> None:
        """End the session: nothing of it is known or shown any more."""
        self._end(ClearReason.LOCKED)

    def close(self) -> None:
        """The screen is gone. Call it once; the kept state stays as the last turn left it."""
        self._epoch += 1
        self.voice.stop()
        if self._timeout is not None:
            self._timeout.cancel()
        self._listener.drop()
        for task in self._tasks:
            task.cancel()

    @property
    def state(self) -> SessionState:
        """The session as it stands."""
        return self._state

    @property
    def voice_sounds(self) -> bool:
        """Whether the assistant's own voice is to be heard now."""
        return self.voice.sounding

    def speech_likely(self, *, likely: bool) -> None:
        """Pause our voice before it is certain that somebody speaks; go on if nobody did."""
        if likely and self.voice.sounding and not self._speaking:
            self._suspected = True
            self._emit(events.SpeechBegan())
        elif not likely and self._suspected:
            self._suspected = False
            self._emit(events.Ignored())

    def speech_began(self) -> None:
        """Somebody speaks."""
        self._speaking, self._suspected = True, False
        if self.voice.sounding:
            self._address.sounds()
        self._emit(events.SpeechBegan())

    def heard_so_far(self, so_far: HeardSoFar, began: float, *, held: bool) -> None:
        """Show it if it may be shown; an accepted voice stops ours before it has finished."""
        words, voice = so_far.heard.words, so_far.heard.voice
        if not isinstance(words, Transcript) or voice is None or _own(so_far.heard):
            return
        stops_voice = so_far.stops and self.voice.sounding
        if not (stops_voice or self._address.may_be_meant(words.text, began, held=held)):
            return
        now = self._clock().timestamp()
        decision = self._engine.assistant.voice_so_far(voice, self._state, now)
        if self.voice.sounding and (so_far.stops or decision.accepted):
            self._to_clear = self._to_clear and not decision.accepted
            self.voice.stop()
        # What was said may name a patient. The speaker knows it and the room heard it, yet a
        # recogniser may turn a stranger's mumbling into a name: so nothing is shown of a voice
        # that is being refused, nor of any voice after a refusal until one is accepted.
        if decision.outcome is not SpeakerOutcome.REJECT and not self._refused:
            self._emit(events.Partial(words.text))

    def utterance_ended(self, ended: Ended) -> None:
        """Answer when it is known what was said, one utterance after the other."""
        self._speaking = False
        at, epoch = time.perf_counter(), self._epoch
        awake = self._address.awake(ended.began, held=ended.held)

        async def answer() -> None:
            heard = (await asyncio.wrap_future(ended.heard)).heard
            stages = {"endpoint": ended.silence_s * 1000, "wait": _since(at)}
            async with self._one_by_one:
                meant = self._meant(heard, ended) if epoch == self._epoch else None
                if meant is not None:
                    if not awake:
                        self._emit(events.Thinking())
                    await self._answer(meant, stages, at, over_voice=ended.over_voice)

        if awake:
            self._emit(events.Thinking())
        self._begin(answer())

    def _meant(self, heard: Heard, ended: Ended) -> Heard | None:
        """What of an utterance is for the assistant; tells the screen when nothing is."""
        unheard = isinstance(heard.words, NothingHeard)
        if ended.over_voice and (unheard or _own(heard)):
            self._go_on(events.Ignored())
            return None
        match self._address.meant(heard, ended):
            case Heard() as meant:
                return meant
            case Called():
                self._number += 1
                self._emit(events.Called())
                self.voice.say(self._number, answers.listening(), self._state.delivery)
            case NotMeant():
                self._go_on(events.Ignored())
        return None

    async def _answer(
        self,
        heard: Heard,
        stages: dict[str, float],
        ended: float,
        *,
        over_voice: bool,
    ) -> None:
        if isinstance(heard.words, NothingHeard):
            self._go_on(events.NothingSaid(heard.words.reason))
            return
        begin, epoch = time.perf_counter(), self._epoch
        state, now = self._state, self._clock()
        outcome = await self._engine.run(
            lambda: self._engine.answer(heard, self._member, state, now)
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
        self._state = after
        outcome = turn.speaker.outcome if turn.speaker is not None else None
        intent = turn.parse.intent if turn.parse is not None and turn.gate.allowed else None
        interrupts = tapped or outcome is SpeakerOutcome.ACCEPT or intent in _FROM_ANYBODY
        goes_on = self.voice.sounding and not interrupts
        if not goes_on:
            self.voice.stop()
        if outcome is SpeakerOutcome.REJECT:
            self._refused = True
            if not goes_on:
                self._speaker_lost()
            self._to_clear = goes_on
        elif outcome is SpeakerOutcome.ACCEPT:
            self._refused = self._to_clear = False
            self._await_timeout()
        if goes_on and (outcome is SpeakerOutcome.REJECT or turn.gate.allowed):
            self._keep(after)
            self._go_on(events.Ignored(refused=outcome is SpeakerOutcome.REJECT))
            return
        if intent == "end_session":
            self._emit(events.Cleared(ClearReason.ENDED))
        self._number += 1
        # silence answers a «стоп» that was said over the voice
        speaks = not goes_on and not (intent == "stop" and over_voice)
        answered = events.Answered(
            self._number, turn, found.choices, found.patient, tapped=tapped, speaks=speaks
        )
        if goes_on:  # an unsure voice is told on the screen
            self._go_on(answered)
        else:
            self._emit(answered)
        self._address.answered(turn, asks=after.dialogue.pending is not None)
        if speaks:
            self.voice.say(self._number, turn.answer, after.delivery, asked)
        self._keep(after)

    def _go_on(self, event: events.Event) -> None:
        """Tell of an utterance that leaves our voice as it was, unless somebody speaks again."""
        self._emit(event)
        if self._speaking and self.voice.sounding:
            self._emit(events.SpeechBegan())

    def _clear_if_due(self) -> None:
        if self._to_clear and not self.voice.sounding:
            self._speaker_lost()

    def _speaker_lost(self) -> None:
        self._to_clear = False
        self._emit(events.Cleared(ClearReason.SPEAKER_LOST))

    def _keep(self, state: SessionState) -> None:
        """Begin at once: the screen may be gone the next moment."""
        kept = asyncio.wrap_future(self._engine.keep(self._session, state))
        kept.add_done_callback(lambda done: self._tell_fault(done.exception()))

    def _await_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
        self._timeout = asyncio.get_running_loop().call_later(
            PATIENT_TIMEOUT_S, self._end, ClearReason.TIMEOUT
        )

    def _end(self, reason: ClearReason) -> None:
        self._epoch += 1
        self._speaking = self._suspected = self._to_clear = False
        self.voice.stop()
        self._listener.drop()
        self._address.sleep()
        self._state = SessionState(self._member.id)
        self._keep(self._state)
        self._emit(events.Cleared(reason))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` beside the stream; its failure is told in one Russian sentence."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            pass  # a pass that nobody needs any more
        except Exception as error:
            self._tell_fault(error)

    def _tell_fault(self, error: BaseException | None) -> None:
        if isinstance(error, AssistantError):
            self._emit(events.Failed(error.code, error.spoken))
        elif error is not None:
            # the message may quote what was said: only the kind is logged
            _LOG.error("a turn failed: %s", type(error).__name__)
            self._emit(events.Failed(AssistantError.code, AssistantError.spoken))


def _own(heard: Heard) -> bool:
    """Whether the voice is the assistant's own, and nearer to that than to the clinician's."""
    voice = heard.voice
    return voice is not None and voice.own_voice >= max(voice.score, _OWN_VOICE)


def _since(moment: float) -> float:
    return (time.perf_counter() - moment) * 1000
