"""Keeps a Rasa server running: started beside the app, restarted when it falls, swapped whole.

A model that is trained anew in its place is taken up by itself.

A parse asks :meth:`RasaServer.endpoint`, which never waits: while no server is ready there is
none to ask, and the in-process parser answers alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from nlu.rasa_client import TIMEOUT_S, Endpoint
from nlu.rasa_errors import RasaError
from nlu.rasa_process import RasaProcess, check_there

_LOOK_S: Final = 1.0
"""How often it is seen whether the process runs."""
_PROBE_EVERY_S: Final = 30.0
"""How often it is seen whether it still answers."""
_DRAIN_S: Final = 2 * TIMEOUT_S
"""After this no request to the old server can be waited for any more."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Restarts:
    """How long to wait after each failure, in seconds; after too many, not to try again."""

    most: int = 5
    within_s: float = 600.0
    _failures: deque[float] = field(default_factory=deque)

    def failed(self, now: float) -> float:
        """Count a failure; returns the pause before the next start: 1, 2, 4, 8 … seconds."""
        self._failures.append(now)
        while self._failures[0] < now - self.within_s:
            self._failures.popleft()
        return float(2 ** (len(self._failures) - 1))

    @property
    def given_up(self) -> bool:
        """Whether it failed so often that it stays down."""
        return len(self._failures) >= self.most


class RasaServer:
    """A supervised server. Raises :class:`nlu.rasa_errors.RasaMissingError` when made."""

    def __init__(self, python: Path, model: Path) -> None:
        check_there(python, model)
        self._python, self._model, self._seen = python, model, _stamp(model)
        self._current: RasaProcess | None = None
        self._changing = threading.Lock()
        self._closing = threading.Event()
        self._restarts, self._probed = Restarts(), 0.0
        self._watcher = threading.Thread(target=self._watch, name="rasa-watch", daemon=True)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._watcher.join()
        with self._changing:
            if self._current is not None:
                self._current.stop()
                self._current = None

    def endpoint(self) -> Endpoint | None:
        """The server to ask, at once; None while there is none."""
        current = self._current
        return current.endpoint if current is not None and current.alive else None

    @property
    def pid(self) -> int | None:
        """Of the server that is asked; None while there is none."""
        current = self._current
        return current.pid if current is not None and current.alive else None

    def wait_ready(self, timeout_s: float) -> bool:
        """Whether a server is ready within ``timeout_s``; for tools, never for a parse."""
        deadline = time.monotonic() + timeout_s
        while self.endpoint() is None and time.monotonic() < deadline:
            if self._closing.wait(0.1) or self._restarts.given_up:
                break
        return self.endpoint() is not None

    def swap(self, model: Path) -> None:
        """Serve ``model``: a new server beside the old, warmed, then switched to.

        Takes as long as a start; parses go on with the old server meanwhile. On
        :class:`nlu.rasa_errors.RasaError` the old one stays.
        """
        with self._changing:
            seen = _stamp(model)
            self._replace(model)
            self._model, self._seen = model, seen

    def _watch(self) -> None:
        pause = 0.0
        while not self._closing.wait(pause):
            with self._changing:
                pause = self._look(time.monotonic())

    def _look(self, now: float) -> float:
        """Start what should run; returns the seconds until the next look."""
        current, stamp = self._current, _stamp(self._model)
        retrained = stamp is not None and stamp != self._seen
        self._seen = stamp or self._seen
        if current is None:
            if retrained:
                self._restarts = Restarts()
            if self._restarts.given_up:
                return _LOOK_S
            try:
                self._current = self._brought_up(self._model)
            except RasaError as error:
                return self._failed(str(error), now)
            return _LOOK_S
        if current.alive and retrained:
            try:
                self._replace(self._model)
            except RasaError as error:
                _log.warning("The new model of Rasa is not taken up, the old one stays. %s", error)
            return _LOOK_S
        if current.alive and now - self._probed < _PROBE_EVERY_S:
            return _LOOK_S
        self._probed = now
        if current.alive and current.parses():
            return _LOOK_S
        self._current = None
        current.stop()
        return self._failed("It ended or hung.", now)

    def _failed(self, why: str, now: float) -> float:
        pause = self._restarts.failed(now)
        if not self._closing.is_set():
            after = "it stays down" if self._restarts.given_up else f"again in {pause:.0f} s"
            _log.warning("Rasa is down, %s; the in-process parser answers alone. %s", after, why)
        return pause

    def _replace(self, model: Path) -> None:
        new = self._brought_up(model)
        old, self._current = self._current, new
        self._restarts = Restarts()
        if old is not None:
            self._closing.wait(_DRAIN_S)
            old.stop()

    def _brought_up(self, model: Path) -> RasaProcess:
        process = RasaProcess(self._python, model)
        try:
            process.wait_ready(self._closing)
        except BaseException:
            process.stop()
            raise
        self._probed = time.monotonic()
        return process


def _stamp(model: Path) -> tuple[int, int] | None:
    """What changes when a model is trained anew; None while it is not there."""
    try:
        status = model.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
