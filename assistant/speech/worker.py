"""The process that speaks: pyttsx3 between two pipes, so that it can be killed when it hangs.

``python -m assistant.speech.worker VOICE WORDS_PER_MINUTE VOLUME``. On standard input and output
each message is a length (4 bytes, big endian) and that many bytes: text in, WAV out, one for one.
After an empty message the worker is ready. An empty WAV means that the engine failed.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, Final

LENGTH: Final = struct.Struct(">I")
_ENGINE_TIMEOUT_S: Final = 30.0


def _espeak() -> Any:
    import espeakng_loader

    # pyttsx3 looks the library up by its name: one that is loaded for all is found
    ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
    import pyttsx3

    engine = pyttsx3.init("espeak")
    engine.setProperty("voice", "zle/ru")
    return engine


def _espeak_settles() -> None:
    """Wait until espeak's own thread has nothing left to do."""
    from pyttsx3.drivers import _espeak as library

    library.Synchronize()


def _festival() -> Any:
    import pyttsx3

    from assistant.speech import festival_driver

    sys.modules["pyttsx3.drivers.festival"] = festival_driver
    return pyttsx3.init("festival")


class _Engine:
    """Text to WAV, waiting for the engine's word that it has finished."""

    def __init__(self, voice: str, rate: int, volume: float) -> None:
        self._engine = _festival() if voice == "festival" else _espeak()
        self._settle = _espeak_settles if voice == "espeak" else lambda: None
        self._engine.setProperty("rate", rate)
        self._engine.setProperty("volume", volume)
        # pyttsx3 cancels what espeak is doing when it starts to speak, its settings included:
        # have them done before
        self._engine.proxy.setBusy(False)
        self._settle()
        self._finished = threading.Event()
        self._failed = False
        self._engine.connect("finished-utterance", self._on_finished)
        self._engine.connect("error", self._on_error)

    def _on_finished(self, name: str | None, completed: bool) -> None:
        self._failed = not completed
        self._finished.set()

    def _on_error(self, name: str | None, exception: Exception) -> None:
        self._failed = True
        self._finished.set()

    def speak(self, text: str) -> bytes:
        """The WAV file of ``text``, empty when the engine failed."""
        audio = os.memfd_create("speech")
        try:
            self._finished.clear()
            self._engine.save_to_file(text, f"/proc/self/fd/{audio}")
            self._engine.runAndWait()
            finished = self._finished.wait(_ENGINE_TIMEOUT_S)
            # the word comes from inside espeak's callback, which must have returned
            self._settle()
            if not finished or self._failed:
                return b""
            return os.pread(audio, os.fstat(audio).st_size, 0)
        finally:
            os.close(audio)


def _read(stream: BinaryIO) -> bytes | None:
    header = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(header)[0]) if len(header) == LENGTH.size else None


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def main(arguments: list[str]) -> None:
    """Serve until standard input ends."""
    voice, rate, volume = arguments
    # pyttsx3 prints: standard output is kept for answers
    answers = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    engine = _Engine(voice, int(rate), float(volume))
    _write(answers, b"")
    while (text := _read(sys.stdin.buffer)) is not None:
        _write(answers, engine.speak(text.decode()))


if __name__ == "__main__":
    main(sys.argv[1:])
