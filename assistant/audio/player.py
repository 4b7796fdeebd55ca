"""Playing answers on the default output, and writing them as WAV files."""

from __future__ import annotations

import contextlib
import io
import threading
import wave
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Final

import miniaudio
import numpy as np

from assistant.errors import AssistantError, SynthesisError
from assistant.messages import SAMPLE_RATE, Samples, UntilHeard
from assistant.vault import write_atomically

_PERIOD_MS: Final = 40
"""Audio handed to the device at once."""
_HELD: Final = 3
"""Periods that the device may still hold, and play after a stop."""


class AudioOutputError(AssistantError):
    """There is no device to play on."""

    code = "audio.output"
    spoken: ClassVar[str] = "Динамик недоступен. Ответ показан на экране."
    exit_code = 3


class Player:
    """Plays one answer at a time in the background; a new one replaces the old.

    The device is opened for each answer and closed after it, so that a headset may be plugged in
    between. ``backends`` are miniaudio's, for a machine where the choice must be fixed;
    ``handed_out`` gets every sample, s16le, when the device does: an echo canceller's reference.
    """

    def __init__(
        self,
        backends: Sequence[miniaudio.Backend] = (),
        handed_out: Callable[[bytes], None] | None = None,
    ) -> None:
        self._backends = list(backends)
        self._handed_out = handed_out or (lambda pcm: None)
        self._device: miniaudio.PlaybackDevice | None = None
        self._answer = _Answer()
        self._answer.finished.set()

    @property
    def playing(self) -> bool:
        """Whether an answer is sounding, or is paused."""
        return not self._answer.finished.is_set()

    def play(self, clauses: Samples | Iterable[Samples | UntilHeard]) -> None:
        """Start to play and return at once; raises :class:`AudioOutputError`.

        Clauses are taken one after the other in the background while those before them sound. One
        that can't be spoken ends the answer.
        """
        self.stop()
        answer = _Answer()
        if isinstance(clauses, np.ndarray):
            answer.fill([clauses])
        feed = _feed(answer, self._handed_out)
        next(feed)
        device = self._open()
        self._device, self._answer = device, answer
        device.start(feed)
        if not isinstance(clauses, np.ndarray):
            threading.Thread(target=answer.fill, args=(clauses,), daemon=True).start()

    def pause(self) -> None:
        """Fall silent for a while: somebody speaks who may be meant to be heard."""
        self._answer.paused = True

    def resume(self) -> None:
        """Go on where :meth:`pause` left off."""
        self._answer.paused = False

    def stop(self) -> None:
        """Fall silent: nothing more is heard than what the device holds, about 0.1 s."""
        self._answer.finished.set()
        if self._device is not None:
            self._device.close()
            self._device = None

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the answer; False when ``timeout_s`` passed before it."""
        finished = self._answer.finished.wait(timeout_s)
        if finished:
            self.stop()
        return finished

    def _open(self) -> miniaudio.PlaybackDevice:
        try:
            device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=SAMPLE_RATE,
                buffersize_msec=_PERIOD_MS,
                backends=self._backends,
            )
        except miniaudio.MiniaudioError as error:
            raise _no_output() from error
        # without a device miniaudio silently takes one that plays to nobody
        if device.backend == "Null" and miniaudio.Backend.NULL not in self._backends:
            device.close()
            raise _no_output()
        return device


class _Answer:
    """What is to be played of one answer: filled by one thread, emptied by the device's."""

    def __init__(self) -> None:
        self.finished = threading.Event()
        self.paused = False
        self._lock = threading.Lock()
        self._pcm = bytearray()
        self._whole = False
        self._dry = 0
        """Periods in a row for which there was no audio."""

    def fill(self, clauses: Iterable[Samples | UntilHeard]) -> None:
        """Take all clauses, unless the answer is stopped before."""
        with contextlib.suppress(SynthesisError):
            for clause in clauses:
                if self.finished.is_set():
                    return
                if isinstance(clause, UntilHeard):
                    if not self._heard():
                        return
                    continue
                with self._lock:
                    self._pcm += _pcm(clause)
        self._whole = True

    def take(self, size: int) -> bytes | None:
        """The next ``size`` bytes or fewer; None when there is no more to come."""
        if self.paused:
            return b""
        whole = self._whole  # read before the bytes: what comes between is taken next time
        with self._lock:
            part = bytes(self._pcm[:size])
            del self._pcm[:size]
            self._dry = 0 if part else self._dry + 1
        return part if part or not whole else None

    def _heard(self) -> bool:
        """Wait until all that was taken has been played; False once the answer is stopped."""
        with self._lock:
            self._dry = 0
        while self._dry <= _HELD and not self.finished.wait(_PERIOD_MS / 1000):
            pass
        return not self.finished.is_set()


def _no_output() -> AudioOutputError:
    return AudioOutputError(
        "No audio output device was found.",
        "Connect a speaker or headset and check it with `aplay -l`, and that your user is in the "
        "group audio; or write the answer to a file: assistant say TEXT --out FILE.",
    )


def _feed(answer: _Answer, handed_out: Callable[[bytes], None]) -> Generator[bytes, int, None]:
    """Hand out ``answer`` as miniaudio asks for frames; it is finished when the device had it all.

    Silence while the next clause is made, or in a pause.
    """
    frames = yield b""
    while (part := answer.take(2 * frames)) is not None:
        part = part.ljust(2 * frames, b"\0")
        handed_out(part)
        frames = yield part
    # the periods that the device still holds
    for _ in range(_HELD):
        frames = yield bytes(2 * frames)
    answer.finished.set()


def _pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def write_wav(path: Path, samples: Samples) -> None:
    """Write 16-bit mono at :data:`SAMPLE_RATE`, whole or not at all; raises OSError."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(_pcm(samples))
    write_atomically(path, buffer.getvalue())
