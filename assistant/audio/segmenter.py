"""Audio in, utterances out: voice activity and endpointing over one stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.audio.endpointing import (
    Endpointer,
    EndpointSettings,
    Pending,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)
from assistant.audio.vad import FRAME_S, FRAME_SAMPLES, VoiceActivity
from assistant.messages import Samples, Utterance


@dataclass(frozen=True, slots=True, eq=False)
class SpeechSoFar:
    """An utterance that may still go on: at a pause, or in the middle of speech."""

    utterance: Utterance
    voiced: tuple[tuple[int, int], ...]
    """Its stretches of speech in frames: equal for the same speech, whatever silence followed."""


class Segmenter:
    """Cuts one stream of samples into utterances.

    Audio before the margin of the next utterance is forgotten, so a stream may last for days.
    """

    def __init__(
        self, settings: EndpointSettings | None = None, activity: VoiceActivity | None = None
    ) -> None:
        """``activity`` is used from its beginning again: loading another takes a while."""
        self._endpointer = Endpointer(settings)
        if activity is not None:
            activity.reset()
        self._activity = activity or VoiceActivity()
        self._rest: Samples = np.zeros(0, np.float32)
        self._frames: list[Samples] = []
        self._first = 0
        """The stream's number of the first frame still held."""

    @property
    def heard_any(self) -> bool:
        """Whether any frame so far was judged speech, even too little to be an utterance."""
        return self._endpointer.heard_any

    @property
    def likely(self) -> bool:
        """Whether somebody speaks or may have begun to: too early to believe, in time to pause."""
        return self._endpointer.likely

    @property
    def silence_s(self) -> float:
        """Seconds since the last speech."""
        return self._endpointer.silence_s

    def push(self, samples: Samples) -> list[SpeechStarted | SpeechSoFar | Utterance]:
        """Take the next samples, any number of them; say what they completed."""
        self._rest = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        whole = len(self._rest) // FRAME_SAMPLES * FRAME_SAMPLES
        frames = self._rest[:whole].reshape(-1, FRAME_SAMPLES)
        self._rest = self._rest[whole:]
        events = []
        for frame in frames:
            event = self._take(frame)
            if event is not None:
                events.append(event)
        return events

    def so_far(self) -> SpeechSoFar | None:
        """The utterance that is open, as it stands; None in silence."""
        bounds = self._endpointer.so_far()
        return None if bounds is None else SpeechSoFar(self._cut(bounds), bounds.voiced)

    def expect(self, speech: SpeechSoFar, trailing_silence_s: float) -> None:
        """Let the pause after ``speech`` end it after this much silence; see Endpointer.expect."""
        self._endpointer.expect(speech.voiced, trailing_silence_s)

    def finish(self) -> list[SpeechStarted | SpeechSoFar | Utterance]:
        """The stream has ended: the last, partly filled frame counts, and speech is closed."""
        events: list[SpeechStarted | SpeechSoFar | Utterance] = []
        if len(self._rest):
            events += self.push(np.zeros(FRAME_SAMPLES - len(self._rest), np.float32))
        ended = self._endpointer.finish()
        if isinstance(ended, SpeechEnded):
            events.append(self._cut(ended))
        return events

    def _take(self, frame: Samples) -> SpeechStarted | SpeechSoFar | Utterance | None:
        self._frames.append(frame)
        event = self._endpointer.advance(self._activity.probability(frame))
        outcome: SpeechStarted | SpeechSoFar | Utterance | None
        match event:
            case Pending():
                outcome = None
            case SpeechStarted():
                outcome = event
            case SpeechPaused():
                outcome = SpeechSoFar(self._cut(event), event.voiced)
            case SpeechEnded():
                outcome = self._cut(event)
        self._forget()
        return outcome

    def _cut(self, ended: SpeechEnded | SpeechPaused) -> Utterance:
        return Utterance(
            samples=self._samples(ended.start, ended.end),
            speech=np.concatenate([self._samples(*stretch) for stretch in ended.voiced]),
            start_s=ended.start * FRAME_S,
            end_s=ended.end * FRAME_S,
        )

    def _samples(self, start: int, end: int) -> Samples:
        return np.concatenate(self._frames[start - self._first : end - self._first])

    def _forget(self) -> None:
        surplus = self._endpointer.oldest_needed - self._first
        if surplus > 0:
            del self._frames[:surplus]
            self._first += surplus
