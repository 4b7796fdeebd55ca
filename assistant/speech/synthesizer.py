"""Speech from Russian words, by an engine in a process of its own that is replaced if it fails."""

from __future__ import annotations

import contextlib
import io
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import soxr

from assistant.errors import SynthesisError
from assistant.messages import SAMPLE_RATE, Samples
from assistant.speech import festival_driver
from assistant.speech.worker import LENGTH

Voice = Literal["auto", "espeak", "festival"]
_START_TIMEOUT_S: Final = 30.0
_TIMEOUT_S: Final = 10.0
"""For one clause; the slowest measured took 0.6 s."""
_LONGEST_CLAUSE: Final = 160
_SENTENCE: Final = re.compile(r"(?<=[.!?;:])\s+")
_COMMA: Final = re.compile(r"(?<=[,—])\s+")
_SILENT: Final = 0.01
"""Root mean square of the loudest 20 ms below which nothing was said; speech is near 0.2."""
_FASTEST_S: Final = 0.025
_SLOWEST_S: Final = 0.3
"""Plausible seconds per letter; both engines take 0.05 to 0.11 on answers."""
_EDGE_S: Final = 2.0
"""What silence around a short clause may add."""


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How to speak. ``auto`` takes Festival where it is installed, else espeak-ng."""

    voice: Voice = "auto"
    words_per_minute: int = 150
    """Of espeak-ng; Festival's recorded voice has one speed."""
    volume: float = 1.0
    """0 to 1."""

    @property
    def engine(self) -> Literal["espeak", "festival"]:
        """The engine that ``voice`` stands for on this machine."""
        if self.voice == "auto":
            return "festival" if festival_driver.available() else "espeak"
        return self.voice


def _failure(cause: str) -> SynthesisError:
    return SynthesisError(
        cause,
        "Try: assistant say 'Проверка' --out /tmp/check.wav --voice espeak. "
        "Festival needs: apt-get install festival festvox-ru",
    )


class _Worker:
    """One engine process and the pipes to it."""

    def __init__(self, settings: VoiceSettings) -> None:
        engine, rate = settings.engine, str(settings.words_per_minute)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "assistant.speech.worker", engine, rate, str(settings.volume)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # a group of its own: Festival, its child, is killed with it
            start_new_session=True,
        )
        self._ready = False

    @property
    def pid(self) -> int:
        """Of the worker process, which leads its group."""
        return self._process.pid

    def speak(self, text: str) -> bytes:
        """The WAV of ``text``; raises TimeoutError or OSError when the worker is of no more use."""
        if not self._ready:
            self._receive(time.monotonic() + _START_TIMEOUT_S)
            self._ready = True
        assert self._process.stdin
        data = text.encode()
        self._process.stdin.write(LENGTH.pack(len(data)) + data)
        self._process.stdin.flush()
        return self._receive(time.monotonic() + _TIMEOUT_S)

    def _receive(self, deadline: float) -> bytes:
        (size,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        assert self._process.stdout
        source = self._process.stdout.fileno()
        data = bytearray()
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                raise TimeoutError("the voice engine does not answer")
            part = os.read(source, size - len(data))
            if not part:
                raise ConnectionError("the voice engine ended")
            data += part
        return bytes(data)

    def kill(self) -> None:
        """End the process and its children now."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


class EngineSynthesizer:
    """Keeps one engine warm; an engine that hangs, dies or is silent is replaced and asked again.

    May be used from several threads, which take turns. Close it, or use it in ``with``.
    """

    def __init__(self, settings: VoiceSettings | None = None) -> None:
        self._settings = settings or VoiceSettings()
        self._turn = threading.Lock()
        if self._settings.engine == "festival" and not festival_driver.available():
            raise _failure("Festival or its Russian voice is not installed.")
        self._closed = False
        self._worker = _Worker(self._settings)

    @property
    def name(self) -> str:
        """The engine: ``espeak`` or ``festival``."""
        return self._settings.engine

    @property
    def worker_pid(self) -> int:
        """The engine's process: it changes when the engine was replaced."""
        return self._worker.pid

    def synthesize(self, text: str) -> Samples:
        """Speak ``text``, which :func:`assistant.speech.verbalise.verbalise` has made words only.

        Raises :class:`SynthesisError` when a clause can't be spoken, and ValueError for digits.
        """
        clauses = list(self.synthesize_clauses(text))
        return np.concatenate(clauses)

    def synthesize_clauses(self, text: str) -> Iterator[Samples]:
        """Speak ``text`` clause by clause, so that the first can be played while others are made.

        Together the clauses are the whole text. Errors as of :meth:`synthesize`.
        """
        if any(sign.isdigit() for sign in text):
            raise ValueError("the text holds digits: verbalise it first")
        clauses = split_clauses(text)
        if not clauses:
            raise _failure("There are no words to speak.")
        for clause in clauses:
            yield self._clause(clause)

    def _clause(self, clause: str) -> Samples:
        with self._turn:
            for attempt in (1, 2):
                if self._closed:
                    break
                try:
                    return _checked(self._worker.speak(clause), clause)
                except (OSError, SynthesisError, wave.Error, EOFError) as error:
                    # OSError is a time-out as well: this engine is of no more use
                    self._worker.kill()
                    if not self._closed:
                        self._worker = _Worker(self._settings)
                    if attempt == 2 and isinstance(error, SynthesisError):
                        raise
            raise _failure("The voice engine gave no audio.")

    def close(self) -> None:
        """End the engine, in the middle of an answer as well."""
        self._closed = True
        self._worker.kill()

    def __enter__(self) -> EngineSynthesizer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_synthesizer(settings: VoiceSettings | None = None) -> EngineSynthesizer:
    """A synthesizer whose engine starts to load at once; close it, or use it in ``with``."""
    return EngineSynthesizer(settings)


def split_clauses(text: str) -> list[str]:
    """Sentences, and the parts of long ones between commas; each has a letter in it."""
    clauses: list[str] = []
    for sentence in _SENTENCE.split(text):
        parts = _COMMA.split(sentence) if len(sentence) > _LONGEST_CLAUSE else [sentence]
        line = ""
        for part in parts:
            if line and len(line) + len(part) > _LONGEST_CLAUSE:
                clauses.append(line)
                line = part
            else:
                line = f"{line} {part}".strip()
        clauses.append(line)
    return [clause for clause in clauses if any(sign.isalpha() for sign in clause)]


def _checked(data: bytes, clause: str) -> Samples:
    """Decode a WAV to :data:`SAMPLE_RATE`, and make sure that it holds about this much speech."""
    with wave.open(io.BytesIO(data)) as file:
        rate = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    samples = pcm.astype(np.float32) / np.float32(32768)
    if rate != SAMPLE_RATE:
        samples = soxr.resample(samples, rate, SAMPLE_RATE).clip(-1, 1).astype(np.float32)
    letters = sum(sign.isalpha() for sign in clause)
    seconds = len(samples) / SAMPLE_RATE
    if not letters * _FASTEST_S <= seconds <= letters * _SLOWEST_S + _EDGE_S:
        raise _failure(f"The voice engine spoke {letters} letters in {seconds:.1f} s.")
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    if not len(frames) or float(np.sqrt((frames**2).mean(axis=1)).max()) < _SILENT:
        raise _failure("The voice engine was silent.")
    return samples
