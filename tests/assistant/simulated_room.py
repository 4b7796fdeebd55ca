"""A room: a loudspeaker that a microphone hears, and a doctor who speaks at given moments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from assistant.audio.echo import EchoCanceller
from assistant.audio.vad import FRAME_SAMPLES
from assistant.messages import SAMPLE_RATE, Samples, UntilHeard

BURST = int(0.04 * SAMPLE_RATE)


@dataclass
class Room:
    """Plays, pauses and stops like a player; its microphone hears that after 0.1 s, at a third."""

    canceller: EchoCanceller | None = field(default_factory=EchoCanceller)
    gain: float = 0.3
    playing: bool = False
    answers: int = 0
    """How many times something began to sound, the greeting among them."""
    events: list[tuple[str, float]] = field(default_factory=list)
    now_s: float = 0.0
    length_s: float = 0.0
    """Of what was played last."""

    def __post_init__(self) -> None:
        self._voice: Samples = np.zeros(0, np.float32)
        self._paused = False
        self._saying: list[tuple[float, Samples]] = []
        self._plan: list[tuple[Callable[[Room], bool], float, Samples]] = []
        self._noise = np.random.default_rng(7)

    def play(self, clauses: Iterable[Samples | UntilHeard]) -> None:
        self._voice = np.concatenate([one for one in clauses if not isinstance(one, UntilHeard)])
        self.length_s = len(self._voice) / SAMPLE_RATE
        self.playing, self._paused = True, False
        self.answers += 1
        self.events.append(("play", self.now_s))

    def pause(self) -> None:
        if self.playing:
            self._paused = True
            self.events.append(("pause", self.now_s))

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self.events.append(("resume", self.now_s))

    def stop(self) -> None:
        if self.playing:
            self.playing = False
            self.events.append(("stop", self.now_s))

    def says(self, speech: Samples, *, after: Callable[[Room], bool], later_s: float = 0.0) -> None:
        """Somebody says ``speech``, ``later_s`` after the moment when ``after`` becomes true."""
        self._plan.append((after, later_s, speech))

    def frames(self, silence_s: float = 3.0) -> Iterator[Samples]:
        """The microphone until all is said and ``silence_s`` have passed without any sound."""
        quiet_s, delay = 0.0, np.zeros(int(0.1 * SAMPLE_RATE), np.float32)
        cleaned = np.zeros(0, np.float32)
        handed = np.zeros(0, np.float32)
        while quiet_s < silence_s or self._plan or self._saying:
            if len(handed) < FRAME_SAMPLES:
                handed = np.concatenate([handed, self._hand_out()])
            sounding, handed = handed[:FRAME_SAMPLES], handed[FRAME_SAMPLES:]
            delay = np.concatenate([delay, sounding * np.float32(self.gain)])
            heard, delay = delay[:FRAME_SAMPLES].copy(), delay[FRAME_SAMPLES:]
            heard += self._noise.normal(0, 0.001, FRAME_SAMPLES).astype(np.float32)
            heard += self._said()
            self.now_s += FRAME_SAMPLES / SAMPLE_RATE
            sound = self.playing or self._saying
            quiet_s = 0.0 if sound else quiet_s + FRAME_SAMPLES / SAMPLE_RATE
            if self.canceller is None:
                yield heard
                continue
            pcm = self.canceller.clean((np.clip(heard, -1, 1) * 32767).astype("<i2").tobytes())
            cleaned = np.concatenate([cleaned, np.frombuffer(pcm, "<i2") / np.float32(32768)])
            while len(cleaned) >= FRAME_SAMPLES:
                yield cleaned[:FRAME_SAMPLES]
                cleaned = cleaned[FRAME_SAMPLES:]

    def _hand_out(self) -> Samples:
        """A burst for the sound card."""
        burst = np.zeros(BURST, np.float32)
        if self.playing and not self._paused:
            part, self._voice = self._voice[:BURST], self._voice[BURST:]
            burst[: len(part)] = part
            if not len(part):
                self.playing = False
                self.events.append(("end", self.now_s))
        if self.canceller is not None:
            self.canceller.played((np.clip(burst, -1, 1) * 32767).astype("<i2").tobytes())
        return burst

    def _said(self) -> Samples:
        if self._plan and self._plan[0][0](self):
            _, later_s, speech = self._plan.pop(0)
            self._saying.append((self.now_s + later_s, speech))
        frame = np.zeros(FRAME_SAMPLES, np.float32)
        still = []
        for start_s, speech in self._saying:
            if start_s > self.now_s:
                still.append((start_s, speech))
                continue
            if start_s > 0:
                self.events.append(("speech", self.now_s))
            part = speech[:FRAME_SAMPLES]
            frame[: len(part)] += part
            if len(speech) > FRAME_SAMPLES:
                still.append((-1.0, speech[FRAME_SAMPLES:]))
        self._saying = still
        return frame


def answered(count: int) -> Callable[[Room], bool]:
    """When ``count`` answers after the greeting have begun to sound."""
    return lambda room: room.answers > count


def silent_after(count: int) -> Callable[[Room], bool]:
    """When ``count`` answers have come to their end."""
    return lambda room: room.answers > count and not room.playing
