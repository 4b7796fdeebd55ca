"""Asking a Rasa server for an intent: answered in time and in order, or not at all.

Only the intent and its confidence are taken. What is sent are masked words (``nlu.masking``),
and they go to this machine alone. Nothing here raises, waits past its time or logs: whoever
asks goes on with the in-process parser.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests

from nlu.messages import INTENTS

RASA_VERSION: Final = "3.6.21"
"""The Rasa that ``constraints-rasa.txt`` pins; another may answer in another form."""
TIMEOUT_S: Final = 0.15
"""How long an intent is waited for; the in-process parser has long answered by then."""
_MAX_BODY: Final = 256 * 1024
_AT_ONCE: Final = 8
"""Requests under way at most: threads of a server that never ends its answers don't pile up."""


class Silence(StrEnum):
    """Why there is no guess."""

    ABSENT = "absent"
    RESTING = "resting"
    BUSY = "busy"
    SLOW = "slow"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Guess:
    """What Rasa takes the words for."""

    intent: str
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class NoGuess:
    """Rasa has no say in this utterance."""

    reason: Silence


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a Rasa server listens, and the token that it wants."""

    port: int
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        """On loopback, always."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(slots=True)
class Breaker:
    """Leaves a server that failed alone for a while. Times are seconds of any one clock."""

    failures: int = 3
    rest_s: float = 10.0
    _failed: int = 0
    _until: float = 0.0

    def allows(self, now: float) -> bool:
        """Whether to ask. After each rest one request is let through to see how it goes."""
        if self._failed < self.failures:
            return True
        if now < self._until:
            return False
        self._until = now + self.rest_s
        return True

    def note(self, now: float, *, good: bool) -> None:
        """Count how a request went."""
        self._failed = 0 if good else self._failed + 1
        if self._failed >= self.failures:
            self._until = now + self.rest_s


class RasaClient:
    """Asks whatever server ``endpoint`` names at that moment. Several threads may share it."""

    def __init__(
        self, endpoint: Callable[[], Endpoint | None], timeout_s: float = TIMEOUT_S
    ) -> None:
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        self._breaker, self._lock = Breaker(), threading.Lock()
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._session = quiet_session()

    def close(self) -> None:
        """Drop the open connections."""
        self._session.close()

    def ask(self, words: str) -> Guess | NoGuess:
        """What Rasa takes masked words for; comes back at the time-out whatever the server does."""
        endpoint, now = self._endpoint(), time.monotonic()
        if endpoint is None:
            return NoGuess(Silence.ABSENT)
        if not self._free.acquire(blocking=False):
            return NoGuess(Silence.BUSY)
        with self._lock:
            allowed = self._breaker.allows(now)
        if not allowed:
            self._free.release()
            return NoGuess(Silence.RESTING)
        deadline = now + self._timeout_s
        box: queue.SimpleQueue[Guess | NoGuess] = queue.SimpleQueue()

        def fetch() -> None:
            try:
                box.put(guess(self._session, endpoint, words, deadline))
            finally:
                self._free.release()

        # in a thread, since a server that drips can stretch any time-out of a socket
        threading.Thread(target=fetch, name="rasa", daemon=True).start()
        answer: Guess | NoGuess
        try:
            answer = box.get(timeout=self._timeout_s)
        except queue.Empty:
            answer = NoGuess(Silence.SLOW)
        with self._lock:
            self._breaker.note(time.monotonic(), good=isinstance(answer, Guess))
        return answer


def quiet_session() -> requests.Session:
    """Connections that go nowhere but where they are told to, and leave no trace."""
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Rasa takes its token in the address only, and urllib3 logs addresses when debugging
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return session


def guess(
    session: requests.Session, endpoint: Endpoint, words: str, deadline: float
) -> Guess | NoGuess:
    """One exchange, given up about at ``deadline`` (of ``time.monotonic``)."""
    try:
        with session.post(
            f"{endpoint.url}/model/parse",
            params={"token": endpoint.token},
            json={"text": words},
            timeout=max(0.001, deadline - time.monotonic()),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:
                return NoGuess(Silence.WRONG)
            body = bytearray()
            while chunk := response.raw.read1(65_536):
                body += chunk
                if len(body) > _MAX_BODY:
                    return NoGuess(Silence.WRONG)
                if time.monotonic() > deadline:
                    return NoGuess(Silence.SLOW)
        return _read(bytes(body), words)
    except requests.Timeout:
        return NoGuess(Silence.SLOW)
    except requests.ConnectionError:
        return NoGuess(Silence.ABSENT)
    except Exception:  # whatever it is, the doctor gets an answer; its text may hold the token
        return NoGuess(Silence.WRONG)


def _read(body: bytes, words: str) -> Guess | NoGuess:
    """The guess in an answer to ``words``, when the answer is wholly as it should be."""
    answer = json.loads(body)
    intent, confidence = answer["intent"]["name"], answer["intent"]["confidence"]
    good = (
        answer["text"] == words
        and intent in INTENTS
        and type(confidence) in (int, float)
        and 0 <= confidence <= 1
    )
    return Guess(intent, float(confidence)) if good else NoGuess(Silence.WRONG)


def version_of(session: requests.Session, endpoint: Endpoint, timeout_s: float) -> str | None:
    """The version that a server names; None while it names none."""
    try:
        response = session.get(f"{endpoint.url}/version", timeout=timeout_s, allow_redirects=False)
        return str(response.json()["version"])
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return None
