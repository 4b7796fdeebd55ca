"""The listening half of a conversation: frames in, and what was heard before it was even over.

Recognition and speaker scoring run at the first pause, on what was said so far. If the pause
becomes the end, their result is the utterance's; if speech goes on, it is thrown away. What was
heard also says how long the pause may last (:mod:`assistant.dialogue.pacing`).
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Protocol

from assistant.audio.endpointing import EndpointSettings, SpeechStarted
from assistant.audio.segmenter import Segmenter, SpeechSoFar
from assistant.audio.vad import FRAME_SAMPLES, VoiceActivity
from assistant.dialogue.pacing import OPEN_S
from assistant.live.engine import Engine, HeardSoFar
from assistant.live.spoken import Spoken
from assistant.messages import SAMPLE_RATE, Samples, Utterance
from assistant.staff import StaffMember

PAUSE_S: Final = 0.16
"""Silence after which recognition begins: pauses inside the recorded commands are shorter."""
_LIVE: Final = EndpointSettings(trailing_silence_s=OPEN_S, pause_s=PAUSE_S, max_s=20.0)
_HELD: Final = EndpointSettings(trailing_silence_s=math.inf, pause_s=PAUSE_S, max_s=20.0)
"""While a button is held, letting go is the end."""
_LOOK_S: Final = 1.6
"""How often long speech is looked into before it pauses, when nobody waits for recognition."""
_LOOK_OVER_VOICE_S: Final = 1.0
"""The same over our own voice, so that an accepted speaker stops it in the middle of a word."""
_LOOK_STREAMED_S: Final = 0.8
"""The same where the words are there already, and only the voice has to be scored."""
_LISTEN_S: Final = 0.2
"""How often a recogniser that streams is given what was said."""
_TORN_S: Final = 1.0
"""Speech that begins this soon after missing audio may have begun in it: longer than a pause."""


class Hearer(Protocol):
    """Who wants to know."""

    @property
    def voice_sounds(self) -> bool:
        """Whether the assistant's own voice is to be heard now."""
        ...

    def speech_likely(self, *, likely: bool) -> None:
        """Somebody may have begun to speak, or did not after all."""
        ...

    def speech_began(self) -> None:
        """Somebody speaks."""
        ...

    def heard_so_far(self, so_far: HeardSoFar, began: float, *, held: bool, paused: bool) -> None:
        """What an utterance that began at ``began`` holds; it may go on.

        ``paused`` says that the speaker had fallen silent when it was listened to.
        """
        ...

    def utterance_ended(self, ended: Ended) -> None:
        """The utterance is over; what it holds is known soon."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """An utterance that is over."""

    heard: Future[HeardSoFar]
    silence_s: float
    """How long the speaker had been silent when it was taken for the end."""
    over_voice: bool
    """Whether it began over the assistant's own voice."""
    held: bool
    """Whether the talk button was down."""
    began: float
    """When speech began, by :func:`time.perf_counter`."""
    torn: bool
    """Whether part of it never came: «сто тридцать» may have become another number."""


@dataclass(slots=True, eq=False)
class _Pass:
    """One pass of recognition over speech that may go on."""

    speech: SpeechSoFar
    future: Future[HeardSoFar]
    final: bool
    """Whether it heard all of that speech, to its last sound."""

    def covers(self, utterance: Utterance) -> bool:
        """Whether nothing was said since: then its result is the utterance's."""
        mine = self.speech.utterance
        return (
            self.final
            and mine.start_s == utterance.start_s
            and len(mine.speech) == len(utterance.speech)
        )


class Listener:
    """The microphone of one bedside. For the event loop's thread, which it never blocks."""

    def __init__(
        self, engine: Engine, member: StaffMember, hearer: Hearer, activity: VoiceActivity
    ) -> None:
        self._engine = engine
        self._member = member
        self._hearer = hearer
        self._activity = activity
        self._segmenter = Segmenter(_LIVE, activity)
        self._held = False
        self._likely = False
        self._pass: _Pass | None = None
        self._over_voice = False
        self._began = 0.0
        self._spoken = 0
        """Samples since speech began."""
        self._next_look: float = math.inf
        self._torn = False
        self._pushed = 0
        """Samples that this segmenter has got."""
        self._gap: float = -math.inf
        """Before which of them audio was missing."""
        self._listened = 0
        """Samples since speech began of which a stream was told."""
        self._stream: Spoken | None = None
        """The open utterance, where the recogniser streams."""

    def push(self, samples: Samples) -> None:
        """Take the next samples, any number of them."""
        self._pushed += len(samples)
        for event in self._segmenter.push(samples):
            self._take(event)
        if self._segmenter.likely is not self._likely:
            self._likely = not self._likely
            self._hearer.speech_likely(likely=self._likely)
        self._spoken += len(samples)
        due = self._spoken >= self._listened + _LISTEN_S * SAMPLE_RATE
        if self._stream is not None and due and not self._torn:
            self._listened = self._spoken
            speech = self._segmenter.so_far()
            if speech is not None and not self._heard(speech):
                self._engine.listen(self._stream, speech.utterance)
        if self._spoken >= self._next_look and self._engine.idle and not self._torn:
            self._next_look = self._spoken + self._look_after(_LOOK_S)
            speech = self._segmenter.so_far()
            if speech is not None and not self._heard(speech):
                self._hear(speech, paused=False)

    def missed(self) -> None:
        """Audio between the samples before and the next never came."""
        self._gap = self._pushed
        if self._segmenter.so_far() is not None:
            self._torn = True
            self._forget_pass()

    def hold(self) -> None:
        """The talk button goes down: only letting go ends the utterance."""
        self._renew(held=True)

    def release(self) -> bool:
        """The talk button goes up; False when nothing was said meanwhile."""
        events = self._segmenter.finish()
        for event in events:
            self._take(event)
        self._renew()
        return any(isinstance(event, Utterance) for event in events)

    def drop(self) -> None:
        """Forget an utterance that is not over."""
        self._renew()

    def _take(self, event: SpeechStarted | SpeechSoFar | Utterance) -> None:
        match event:
            case SpeechStarted(frame=first):
                self._over_voice = self._hearer.voice_sounds
                self._began = time.perf_counter()
                self._spoken = self._listened = 0
                self._torn = first * FRAME_SAMPLES - self._gap < _TORN_S * SAMPLE_RATE
                self._stream = self._engine.begin()
                self._next_look = self._look_after(
                    _LOOK_OVER_VOICE_S if self._over_voice else _LOOK_S
                )
                self._hearer.speech_began()
            case SpeechSoFar():
                if not self._torn:
                    self._hear(event, paused=True)
            case Utterance():
                self._end(event)

    def _look_after(self, seconds: float) -> float:
        """In samples, how long until the next look: ``seconds`` where nothing streams."""
        return SAMPLE_RATE * (seconds if self._stream is None else _LOOK_STREAMED_S)

    def _heard(self, speech: SpeechSoFar) -> bool:
        """Whether that much was listened to already: only silence has followed."""
        return self._pass is not None and self._pass.speech.voiced == speech.voiced

    def _hear(self, speech: SpeechSoFar, *, paused: bool) -> None:
        """Begin to recognise what was said so far, in place of an earlier pass."""
        if self._pass is not None:
            self._pass.future.cancel()

        stream = self._stream
        # in the middle of speech a stream has not heard the last words yet
        final = paused or stream is None

        def heard(so_far: HeardSoFar) -> None:
            if self._pass is not None and self._pass.speech is speech:
                if final and not self._held:
                    self._segmenter.expect(speech, so_far.silence_s)
                self._hearer.heard_so_far(so_far, self._began, held=self._held, paused=paused)

        transcribe = None if stream is None else stream.finish if paused else stream.so_far
        future = self._engine.hear(speech.utterance, self._member, heard, transcribe)
        self._pass = _Pass(speech, future, final)

    def _end(self, utterance: Utterance) -> None:
        self._next_look = math.inf
        earlier, self._pass = self._pass, None
        if earlier is not None and earlier.covers(utterance):
            heard = earlier.future
        else:
            if earlier is not None:
                earlier.future.cancel()
            finish = self._stream.finish if self._stream is not None else None
            heard = self._engine.hear(utterance, self._member, transcribe=finish)
        self._forget_stream()
        self._hearer.utterance_ended(
            Ended(
                heard,
                self._segmenter.silence_s,
                self._over_voice,
                self._held,
                self._began,
                self._torn,
            )
        )

    def _renew(self, *, held: bool = False) -> None:
        """Forget the stream so far."""
        self._held = held
        self._likely = False
        self._segmenter = Segmenter(_HELD if held else _LIVE, self._activity)
        self._next_look = math.inf
        self._torn = False
        self._gap, self._pushed = self._gap - self._pushed, 0
        self._forget_pass()

    def _forget_pass(self) -> None:
        if self._pass is not None:
            self._pass.future.cancel()
            self._pass = None
        self._forget_stream()

    def _forget_stream(self) -> None:
        if self._stream is not None:
            self._engine.forget(self._stream)
            self._stream = None
