"""Endpointing: from speech probabilities to where an utterance begins and ends.

A pure state machine: it holds no audio and no clock, and is advanced by one probability per
frame of :data:`assistant.audio.vad.FRAME_S` seconds. Positions are frame numbers of the stream.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from assistant.audio.vad import FRAME_S

_LIKELY_PROBABILITY: Final = 0.1
"""Reached for two frames by the hiss of «стоп». Of ten minutes each of pink noise at 20, 10 and
5 dB, thuds, hisses, rustling and our own voice's echo (cancelled) by nothing; of beeps once."""
_LIKELY: Final = 2
_UNLIKELY: Final = 8
"""Frames in a row."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """When speech begins and ends. Times are seconds, probabilities 0 to 1."""

    start_probability: float = 0.5
    stay_probability: float = 0.35
    """Once speech began, frames down to this still count as speech."""
    min_speech_s: float = 0.128
    """Less speech than this is a click or a cough. The shortest «да» measured is 0.29 s."""
    trailing_silence_s: float = 0.7
    """Silence that ends the utterance; infinite for a file, which is one utterance."""
    margin_s: float = 0.3
    """Kept before the first and after the last speech, where soft consonants hide."""
    max_s: float = 30.0
    """An utterance is cut here, even in the middle of a word; margins not counted."""
    pause_s: float = math.inf
    """Silence after which :class:`SpeechPaused` is told, so that recognition may begin early."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Nothing to tell: silence, or speech that goes on."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody speaks, for long enough to be believed."""

    frame: int
    """The first frame of speech."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The bounds of one utterance, as half-open frame ranges."""

    start: int
    """With margin; never before the stream's begin or the end of the last utterance."""
    end: int
    """With margin; never past the last frame given."""
    voiced: tuple[tuple[int, int], ...]
    """The stretches of speech, in order."""


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """A silence that may become the end: the bounds so far. Told once for each pause."""

    start: int
    end: int
    """With as much margin as has passed."""
    voiced: tuple[tuple[int, int], ...]


EndpointEvent = Pending | SpeechStarted | SpeechPaused | SpeechEnded
PENDING = Pending()


class Endpointer:
    """Advanced frame by frame; gives one event for each."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        self._settings = settings or EndpointSettings()
        self._margin = int(_frames(self._settings.margin_s))
        self._longest = _frames(self._settings.max_s)
        self._frame = 0
        self._not_before = 0
        self._speaking = False
        self._voiced: list[tuple[int, int]] = []
        self._trailing_s = self._settings.trailing_silence_s
        self._last_voiced = 0
        self.heard_any = False
        """Whether any frame at all was judged speech, believed or not."""
        self.likely = False
        """Whether somebody speaks or may have begun to: too early to believe, in time to pause."""
        self._run = 0
        """Frames in a row that may be speech; below 0, that are none."""

    @property
    def oldest_needed(self) -> int:
        """The first frame that a later event may still name; audio before it can go."""
        first = self._voiced[0][0] if self._voiced else self._frame
        return max(self._not_before, first - self._margin)

    @property
    def silence_s(self) -> float:
        """Seconds since the last frame of speech, or since the begin of the stream."""
        return (self._frame - self._last_voiced) * FRAME_S

    def advance(self, probability: float) -> EndpointEvent:
        """Take the speech probability of the next frame."""
        frame = self._frame
        self._frame += 1
        self._suspect(probability)
        if self._is_voiced(probability, frame):
            self.heard_any = True
            self._last_voiced = frame + 1
            self._extend(frame)
            return self._after_speech(frame)
        return self._after_silence()

    def finish(self) -> Pending | SpeechEnded:
        """The stream has ended: close the utterance that is open, if one is."""
        return self._end() if self._speaking else PENDING

    def expect(self, voiced: tuple[tuple[int, int], ...], trailing_silence_s: float) -> None:
        """Let the pause after ``voiced`` end the utterance after this much silence instead.

        What was recognised so far tells how long a speaker may still think. Ignored when
        speech has gone on since: it was about another pause.
        """
        if self._speaking and tuple(self._voiced) == voiced:
            self._trailing_s = trailing_silence_s

    def so_far(self) -> SpeechPaused | None:
        """The bounds of the utterance that is open; None in silence."""
        if not self._speaking:
            return None
        first, last = self._voiced[0][0], self._voiced[-1][1]
        return SpeechPaused(
            start=max(self._not_before, first - self._margin),
            end=min(last + self._margin, self._frame),
            voiced=tuple(self._voiced),
        )

    def _suspect(self, probability: float) -> None:
        if probability >= _LIKELY_PROBABILITY:
            self._run = max(self._run, 0) + 1
        else:
            self._run = min(self._run, 0) - 1
        if self._run >= _LIKELY:
            self.likely = True
        elif self._run <= -_UNLIKELY:
            self.likely = False

    def _is_voiced(self, probability: float, frame: int) -> bool:
        goes_on = bool(self._voiced) and self._voiced[-1][1] == frame
        settings = self._settings
        return probability >= (settings.stay_probability if goes_on else settings.start_probability)

    def _extend(self, frame: int) -> None:
        if self._voiced and self._voiced[-1][1] == frame:
            self._voiced[-1] = (self._voiced[-1][0], frame + 1)
        else:
            self._voiced.append((frame, frame + 1))

    def _after_speech(self, frame: int) -> EndpointEvent:
        self._trailing_s = self._settings.trailing_silence_s
        start = self._voiced[0][0]
        if not self._speaking:
            spoken = sum(end - begin for begin, end in self._voiced)
            if spoken < _frames(self._settings.min_speech_s):
                return PENDING
            self._speaking = True
            return SpeechStarted(start)
        if frame + 1 - start >= self._longest:
            return self._end()
        return PENDING

    def _after_silence(self) -> EndpointEvent:
        if not self._voiced:
            return PENDING
        silence = self._frame - self._voiced[-1][1]
        if not self._speaking:
            if silence > _frames(self._settings.min_speech_s):
                self._voiced.clear()  # a click
            return PENDING
        length = self._frame - self._voiced[0][0]
        if silence >= _frames(self._trailing_s) or length >= self._longest:
            return self._end()
        if silence == _frames(self._settings.pause_s):
            return self.so_far() or PENDING
        return PENDING

    def _end(self) -> SpeechEnded:
        open_ = self.so_far()
        assert open_ is not None
        ended = SpeechEnded(open_.start, open_.end, open_.voiced)
        self._not_before = ended.end
        self._trailing_s = self._settings.trailing_silence_s
        self._speaking = False
        self._voiced.clear()
        return ended


def _frames(seconds: float) -> float:
    return math.inf if math.isinf(seconds) else math.ceil(round(seconds / FRAME_S, 6))
