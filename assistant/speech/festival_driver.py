"""A pyttsx3 driver over Festival and Debian's ``festvox-ru``, a recorded male voice.

Registered as ``pyttsx3.drivers.festival``. One Festival process stays loaded (0.5 GiB) and takes
Scheme on its standard input. The voice is unit selection: it has one speed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

VOICE: Final = "msu_ru_nsh_clunits"
_VOICE_FOLDERS: Final = (
    Path("/usr/share/festival/voices/russian"),
    Path("/usr/local/share/festival/voices/russian"),
)
_DASH: Final = re.compile(r"\s*—\s*")
_YEAR: Final = re.compile(r"(?<=[ая]) (?=(?:одна )?тысяча |две тысячи |двухтысячн)")
"""Between month and year: without a pause «марта две тысячи» comes out as one blurred word."""
_ALONE: Final = re.compile(r"(?<![а-яё])[.,!?:;]+", re.IGNORECASE)
_UNREADABLE: Final = re.compile(r"[^а-яё .,!?:;-]", re.IGNORECASE)
_DONE: Final = "utterance-done"


def available() -> bool:
    """Whether Festival and its Russian voice are installed."""
    return shutil.which("festival") is not None and any(
        (folder / VOICE).is_dir() for folder in _VOICE_FOLDERS
    )


def _readable(text: str) -> str:
    """``text`` without what makes Festival say nothing at all: a mark that follows no letter."""
    text = _YEAR.sub(", ", _UNREADABLE.sub(" ", _DASH.sub(", ", text)))
    return _ALONE.sub("", text).strip()


def buildDriver(proxy: Any) -> FestivalDriver:
    """What pyttsx3 calls to make the driver."""
    return FestivalDriver(proxy)


class FestivalDriver:
    """Synthesis to a file only: the assistant plays audio itself."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy
        self._volume = 1.0
        # audio is PHI: it stays in memory, in a file without a name that Festival inherits
        self._audio = os.memfd_create("speech")
        self._festival = subprocess.Popen(
            ["festival", "--pipe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=(self._audio,),
        )
        self._evaluate(f"(voice_{VOICE})")

    def _evaluate(self, expression: str) -> None:
        assert self._festival.stdin and self._festival.stdout
        self._festival.stdin.write(f'{expression}\n(format t "{_DONE}\\n")\n(fflush nil)\n')
        self._festival.stdin.flush()
        for line in self._festival.stdout:
            if _DONE in line:
                return
        raise RuntimeError("festival ended")

    def save_to_file(self, text: str, filename: str) -> None:
        """Write ``text`` as a WAV file; all is done when this returns."""
        self._proxy.setBusy(True)
        self._proxy.notify("started-utterance")
        os.ftruncate(self._audio, 0)
        words = _readable(text)
        self._evaluate(
            f'(let ((utt (SynthText "{words}"))) (utt.wave.rescale utt {self._volume:.3f})'
            f' (utt.save.wave utt "/proc/self/fd/{self._audio}" \'riff))'
        )
        size = os.fstat(self._audio).st_size
        Path(filename).write_bytes(os.pread(self._audio, size, 0))
        self._proxy.notify("finished-utterance", completed=True)
        self._proxy.setBusy(False)

    def say(self, text: str) -> None:
        """Not offered: pyttsx3's own playback can't be stopped."""
        raise NotImplementedError

    def getProperty(self, name: str) -> object:
        """``voice`` and ``volume``."""
        return {"voice": VOICE, "volume": self._volume}[name]

    def setProperty(self, name: str, value: object) -> None:
        """``volume`` 0 to 1; the voice has no other setting."""
        if name == "volume":
            self._volume = float(str(value))

    def startLoop(self) -> None:
        """Run what is queued: every command is done when it returns, so there is no loop."""
        self._proxy.setBusy(False)

    def endLoop(self) -> None:
        """Nothing runs between commands."""

    def stop(self) -> None:
        """The worker process is killed instead."""

    def destroy(self) -> None:
        """End Festival."""
        self._festival.kill()
        self._festival.wait()
        os.close(self._audio)
