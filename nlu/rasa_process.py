"""One Rasa server with one model, as a child process that answers on loopback and ends with us."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from nlu.rasa_client import RASA_VERSION, Endpoint, Guess, guess, quiet_session, version_of
from nlu.rasa_errors import RasaMissingError, RasaStartError

RASA_PYTHON: Final = Path(__file__).absolute().parent.parent / ".venv-rasa" / "bin" / "python"
"""Of Rasa's own environment, as ``make rasa`` makes it."""
START_S: Final = 120.0
"""How long a server may take until it parses; 8 to 26 s were seen."""
_PROBE_S: Final = 5.0
_POLL_S: Final = 0.25
_CHILD: Final = Path(__file__).absolute().with_name("rasa_child.py")
_WARM_UP: Final = ("да", "покажи визиты qqp qqt", "какое qqx у qqp", "открой qqo документ")
_TRAIN: Final = "Run: make rasa"


def environment(folder: Path) -> dict[str, str]:
    """All that Rasa sees of ours: it keeps its files in ``folder`` and reports to nobody."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "RASA_TELEMETRY_ENABLED": "false",
        "OMP_NUM_THREADS": "2",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def check_there(python: Path, model: Path | None = None) -> None:
    """Raise :class:`RasaMissingError` unless Rasa's environment, and the model, exist."""
    for path, what in ((python, "environment"), (model, "model")):
        if path is not None and not path.is_file():
            raise RasaMissingError(f"Rasa's {what} is not there.", _TRAIN)


class RasaProcess:
    """Starts in its constructor; parses once :meth:`wait_ready` has returned.

    Raises :class:`RasaMissingError` and :class:`RasaStartError`.
    """

    def __init__(self, python: Path, model: Path) -> None:
        check_there(python, model)
        self._session = quiet_session()
        # bound here and held until the end: nobody else can take the port in between
        self._listener = socket.socket()
        token = secrets.token_urlsafe(32)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="assistant-rasa-"))
        except OSError as error:
            self._listener.close()
            raise RasaStartError(_reason(error), "Free disk space, then start again.") from None
        try:
            self._listener.bind(("127.0.0.1", 0))
            self._process = subprocess.Popen(
                [python.absolute(), "-I", _CHILD, str(self._listener.fileno()), model.absolute()],
                bufsize=0,
                stdin=subprocess.PIPE,
                # nothing that Rasa prints is kept: an error of its web server names the token
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(self._listener.fileno(),),
                cwd=self._folder,
                env=environment(self._folder),
                start_new_session=True,
            )
        except OSError as error:
            self._let_go()
            raise RasaStartError(_reason(error), _TRAIN) from None
        self.endpoint = Endpoint(self._listener.getsockname()[1], token)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended already: seen by who waits for it
            self._process.stdin.write(f"{token}\n".encode())

    @property
    def alive(self) -> bool:
        """Whether the process runs; it may still hang."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    def wait_ready(self, closing: threading.Event) -> None:
        """Wait until it parses and is warm; raises :class:`RasaStartError`, also on ``closing``."""
        deadline = time.monotonic() + START_S
        while (version := version_of(self._session, self.endpoint, _PROBE_S)) is None:
            if not self.alive:
                status = self._process.returncode
                raise RasaStartError(f"Rasa ended with status {status} while starting.", _TRAIN)
            if closing.wait(_POLL_S) or time.monotonic() > deadline:
                raise RasaStartError("Rasa did not start in time.", "Is the machine overloaded?")
        if version != RASA_VERSION:
            raise RasaStartError(f"The server is not Rasa {RASA_VERSION}.", _TRAIN)
        if not all(self.parses(words) for words in _WARM_UP):
            raise RasaStartError("Rasa does not parse with this model.", _TRAIN)

    def parses(self, words: str = _WARM_UP[0]) -> bool:
        """Whether it answers ``words`` rightly within some seconds."""
        answer = guess(self._session, self.endpoint, words, time.monotonic() + _PROBE_S)
        return isinstance(answer, Guess)

    def stop(self) -> None:
        """End the process at once, whatever it does, and remove its files."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._let_go()

    def _let_go(self) -> None:
        self._session.close()
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _reason(error: OSError) -> str:
    return f"Rasa can't be started ({error.strerror})."
