"""Utterances that were not understood, kept for an admin to label: opt-in, masked, sealed.

What is kept says how doctors speak, not of whom (:mod:`assistant.tuning.masking`). An entry lives
:data:`KEEP` and then is dropped unread.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from assistant.errors import VaultError
from assistant.lock import locked
from assistant.tuning import overlay
from assistant.tuning.errors import ReviewError
from assistant.tuning.masking import MONTH, NUMBER, PATIENT, masked
from assistant.vault import Vault, write_atomically
from nlu.messages import Parse

KEEP: Final = timedelta(days=30)
_MOST: Final = 500
"""Entries kept at most; the oldest go first."""
_CONTEXT: Final = "nlu-review"
_SAID: Final = {PATIENT: "[Иванов](patient_name)", NUMBER: "5", MONTH: "марта"}
"""What stands for a mask when an utterance becomes an example; other masks are left out."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """One masked utterance."""

    text: str
    last: datetime
    times: int


_log = logging.getLogger(__name__)
_QUEUE: Final = TypeAdapter(list[Unclear])


class ReviewQueue:
    """The sealed queue. It collects only when the site turned ``review`` on."""

    def __init__(self, path: Path, vault: Vault, *, review: bool) -> None:
        self._path = path
        self._vault = vault
        self._review = review

    def offer(self, parse: Parse, is_name: Callable[[str], bool], now: datetime) -> None:
        """Keep an accepted speaker's utterance that was not understood, masked.

        A queue that can't be written costs an entry, never the doctor's answer.
        """
        if not self._review:
            return
        text = masked(parse, is_name)
        if not re.search("[а-я]{2}", re.sub(r"\{\w+\}", "", text)):
            return
        try:
            self._keep(text, now)
        except (OSError, VaultError) as error:
            _log.error("The review queue was not written: %s", type(error).__name__)

    def _keep(self, text: str, now: datetime) -> None:
        with self._held(now) as queue:
            times = 1 + sum(entry.times for entry in queue if entry.text == text)
            queue[:] = [entry for entry in queue if entry.text != text]
            queue.append(Unclear(text, now, times))
            del queue[:-_MOST]

    def entries(self, now: datetime) -> list[Unclear]:
        """What waits for a label, oldest first; what has expired is dropped."""
        with self._held(now) as queue:
            return list(queue)

    def label(self, which: int | str, intent: str, site: Path, now: datetime) -> str:
        """Make an entry, by its number from 1 or its text, an example; returns the example.

        Raises ReviewError, :class:`assistant.tuning.errors.ExampleError`.
        """
        with self._held(now) as queue:
            entry = _entry(queue, which)
            text = " ".join(
                _SAID.get(word, word)
                for word in entry.text.split()
                if word[0] != "{" or word in _SAID
            )
            overlay.add(site, intent, [text])
            queue.remove(entry)
        return text

    def drop(self, which: int | str, now: datetime) -> None:
        """Remove an entry, by its number from 1 or its text; raises :class:`ReviewError`."""
        with self._held(now) as queue:
            queue.remove(_entry(queue, which))

    @contextmanager
    def _held(self, now: datetime) -> Iterator[list[Unclear]]:
        """The queue without what has expired, saved when the block ends without an error."""
        with locked(self._path.with_suffix(".lock")):
            stored: list[Unclear] = []
            if self._path.exists():
                stored = _QUEUE.validate_json(self._vault.open(self._path.read_bytes(), _CONTEXT))
            queue = [entry for entry in stored if now - entry.last < KEEP]
            yield queue
            if queue != stored:
                write_atomically(self._path, self._vault.seal(_QUEUE.dump_json(queue), _CONTEXT))


def _entry(queue: list[Unclear], which: int | str) -> Unclear:
    numbered = dict(enumerate(queue, 1))
    found = [e for number, e in numbered.items() if which in (number, e.text)]
    if not found:
        name = f"number {which}" if isinstance(which, int) else "of this text"
        raise ReviewError(
            f"There is no utterance {name} in the queue.", "List it: assistant nlu review."
        )
    return found[0]
