"""One open microphone: which utterances are answered, and when our own voice falls silent.

While an answer sounds, it is paused as soon as anybody may be speaking. It is given up when that
was «стоп» or a question in an accepted voice, and goes on otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from assistant import answers
from assistant.attention import Addressed, Attention, Called
from assistant.audio.endpointing import SpeechStarted
from assistant.audio.segmenter import Segmenter
from assistant.gate import GateDecision
from assistant.messages import SAMPLE_RATE, NothingHeard, Samples, Transcript, UntilHeard, Utterance
from assistant.pipeline import Assistant
from assistant.session import SessionState
from assistant.staff import StaffMember
from assistant.turn import Heard, Turn


class Loudspeaker(Protocol):
    """Plays one answer at a time: :class:`assistant.audio.player.Player`."""

    @property
    def playing(self) -> bool:
        """Whether an answer is sounding, or is paused."""
        ...

    def play(self, clauses: Iterable[Samples | UntilHeard]) -> None:
        """Start to play and return at once."""
        ...

    def pause(self) -> None:
        """Fall silent for a while."""
        ...

    def resume(self) -> None:
        """Go on after a pause."""
        ...

    def stop(self) -> None:
        """Give the answer up."""
        ...


class Listening:
    """The conversation of one member of staff at one microphone.

    Without ``attention`` every utterance is meant for the assistant (push-to-talk); without
    ``loudspeaker`` nothing is said aloud. Time is the stream's own.
    """

    def __init__(
        self,
        assistant: Assistant,
        member: StaffMember,
        attention: Attention | None = None,
        loudspeaker: Loudspeaker | None = None,
        state: SessionState | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._assistant = assistant
        self._member = member
        self._attention = attention
        self._loudspeaker = loudspeaker
        self._clock = clock
        self._state = state or SessionState(member.id)
        self._position_s = 0.0
        self._over_voice = False
        self._paused = self._speaking = False
        """Whether our voice is paused for what may be speech, and whether somebody speaks."""
        self._answers_accepted = False
        """Whether our voice says the answer to an accepted utterance."""
        self._mark: Callable[[float], None] = lambda now: None
        """Tells the attention what kind of answer sounds."""

    def turns(self, frames: Iterable[Samples]) -> Iterator[Turn]:
        """The turns of a live stream, which begins with a greeting where there is a voice.

        What was not meant for the assistant leaves no trace.

        Raises :class:`assistant.errors.AssistantError`.
        """
        segmenter = Segmenter()
        greeted = self._loudspeaker is None
        if self._loudspeaker is not None:
            wake_word = self._attention.wake_word if self._attention else None
            self._loudspeaker.play(self._assistant.speak(answers.greeting(wake_word)))
        for frame in frames:
            greeted = greeted or not self._sounds
            if not greeted:  # the echo canceller learns the room meanwhile
                continue
            events = segmenter.push(frame)
            self._position_s += len(frame) / SAMPLE_RATE
            if self._sounds:
                self._mark(self._position_s)
                self._note_answering()
            yield from self._turns(events)
            self._pause_or_go_on(likely=segmenter.likely)
        yield from self._turns(segmenter.finish())

    @property
    def state(self) -> SessionState:
        """The conversation as it stands."""
        return self._state

    @property
    def _sounds(self) -> bool:
        return self._loudspeaker is not None and self._loudspeaker.playing

    def _turns(self, events: Iterable[object]) -> Iterator[Turn]:
        for event in events:
            if isinstance(event, SpeechStarted):
                self._over_voice = self._sounds
                self._speaking = True
                self._pause_or_go_on(likely=True)
            elif isinstance(event, Utterance):
                self._speaking = self._paused = False
                turn = self._answered(event)
                if turn is not None:
                    yield turn
                elif self._loudspeaker is not None:
                    self._loudspeaker.resume()

    def _note_answering(self) -> None:
        """Who answers us has time from the end of our voice."""
        if self._answers_accepted:
            speaker = self._state.speaker.while_answering(self._clock().timestamp())
            self._state = replace(self._state, speaker=speaker)

    def _pause_or_go_on(self, *, likely: bool) -> None:
        """Pause already for what is only likely speech, and go on when it was none."""
        if self._loudspeaker is None:
            return
        if likely and self._sounds and not self._paused:
            self._loudspeaker.pause()
            self._paused = True
        elif self._paused and not (likely or self._speaking):
            self._loudspeaker.resume()
            self._paused = False

    def _answered(self, utterance: Utterance) -> Turn | None:
        """The turn that an utterance leads to, and its answer begun; None to go on as before."""
        heard = self._assistant.hear(utterance, self._member)
        if heard.ours or (self._over_voice and isinstance(heard.words, NothingHeard)):
            return None
        meant = self._meant(heard, utterance.start_s)
        if meant is None:
            return None
        if isinstance(meant, Turn):
            turn = meant
        else:
            turn, state = self._assistant.answer(meant, self._member, self._state, self._clock())
            if self._over_voice and not _interrupts(turn):
                self._state = replace(self._state, speaker=state.speaker)
                return None
            self._state = state
        self._say(turn)
        return turn

    def _meant(self, heard: Heard, began_s: float) -> Heard | Turn | None:
        """What of ``heard`` is for the assistant: less the wake word, or only that, or nothing."""
        if self._attention is None:
            return heard
        if isinstance(heard.words, NothingHeard):
            return heard if self._attention.awake(began_s) else None
        words = heard.words
        match self._attention.heard(words.text, began_s, words.alternatives):
            case Addressed(text=text, alternatives=others):
                return replace(heard, words=replace(words, text=text, alternatives=others))
            case Called():
                self._mark = self._attention.press
                return _called(heard)
            case _:
                return None

    def _say(self, turn: Turn) -> None:
        """Begin to say the answer; silence is the answer to a «стоп» over our voice."""
        intent = turn.parse.intent if turn.parse is not None else None
        if self._attention is not None and turn.speaker is not None:
            self._mark = self._kind(turn, self._attention)
            self._mark(self._position_s)
            if intent == "end_session" and turn.gate.allowed:
                self._attention.sleep()
                self._mark = self._attention.refused
        if self._loudspeaker is None:
            self._assistant.handed_out(turn.answer)
            return
        self._loudspeaker.stop()
        if not (intent == "stop" and self._over_voice):
            self._answers_accepted = turn.speaker is not None and turn.speaker.accepted
            self._loudspeaker.play(self._assistant.speak(turn.answer, self._state.delivery))

    def _kind(self, turn: Turn, attention: Attention) -> Callable[[float], None]:
        if not turn.gate.allowed or turn.speaker is None or not turn.speaker.accepted:
            return attention.refused
        asks = self._state.dialogue.pending is not None
        return attention.asked if asks else attention.answered


def _interrupts(turn: Turn) -> bool:
    """Whether the turn is worth giving up what we were saying: «стоп», or an accepted voice."""
    if turn.parse is not None and turn.parse.intent == "stop":
        return True
    return turn.speaker is not None and turn.speaker.accepted


def _called(heard: Heard) -> Turn:
    return Turn(
        heard=Transcript(""),
        parse=None,
        card=None,
        speaker=None,
        gate=GateDecision(True, "called"),
        answer=answers.listening(),
        speech=None,
        error=None,
        timings_ms=heard.timings_ms,
    )
