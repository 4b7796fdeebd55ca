"""Playing answers on the default output, and writing them as WAV files."""

from __future__ import annotations

import io
import threading
import wave
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import ClassVar, Final

import miniaudio
import numpy as np

from assistant.errors import AssistantError
from assistant.messages import SAMPLE_RATE, Samples
from assistant.vault import write_atomically

_PERIOD_MS: Final = 40
"""Audio handed to the device at once; three periods may still sound after a stop."""


class AudioOutputError(AssistantError):
    """There is no device to play on."""

    code = "audio.output"
    spoken: ClassVar[str] = "Динамик недоступен. Ответ показан на экране."
    exit_code = 3


class Player:
    """Plays one answer at a time in the background; a new one replaces the old.

    The device is opened for each answer and closed after it, so that a headset may be plugged in
    between. ``backends`` are miniaudio's, for a machine where the choice must be fixed.
    """

    def __init__(self, backends: Sequence[miniaudio.Backend] = ()) -> None:
        self._backends = list(backends)
        self._device: miniaudio.PlaybackDevice | None = None
        self._finished = threading.Event()
        self._finished.set()

    @property
    def playing(self) -> bool:
        """Whether an answer is sounding."""
        return not self._finished.is_set()

    def play(self, samples: Samples) -> None:
        """Start to play and return at once; raises :class:`AudioOutputError`."""
        self.stop()
        finished = threading.Event()
        feed = _feed(_pcm(samples), finished)
        next(feed)
        device = self._open()
        self._device, self._finished = device, finished
        device.start(feed)

    def stop(self) -> None:
        """Fall silent: nothing more is heard than what the device holds, about 0.1 s."""
        if self._device is not None:
            self._device.close()
            self._device = None
        self._finished.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the answer; False when ``timeout_s`` passed before it."""
        finished = self._finished.wait(timeout_s)
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


def _no_output() -> AudioOutputError:
    return AudioOutputError(
        "No audio output device was found.",
        "Connect a speaker or headset and check it with `aplay -l`, and that your user is in the "
        "group audio; or write the answer to a file: assistant say TEXT --out FILE.",
    )


def _feed(pcm: bytes, finished: threading.Event) -> Generator[bytes, int, None]:
    """Hand out ``pcm`` as miniaudio asks for frames; ``finished`` when the device had it all."""
    position = 0
    frames = yield b""
    while position < len(pcm):
        part = pcm[position : position + 2 * frames]
        position += len(part)
        frames = yield part
    # the periods that the device still holds
    for _ in range(3):
        frames = yield bytes(2 * frames)
    finished.set()


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
