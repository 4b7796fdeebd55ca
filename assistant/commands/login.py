"""The log-in on a terminal, where ``[voice] mode`` asks for one."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from assistant.audio.streams import utterances
from assistant.commands.enrol import show_prompt
from assistant.login import LogIn
from assistant.messages import Samples
from assistant.session import SessionState
from assistant.speaker.enrolment import Take
from assistant.speaker.errors import PinError
from assistant.speaker.guide import READING, Guide, lead


def log_in(login: LogIn, state: SessionState, frames: Iterable[Samples]) -> SessionState:
    """``state`` after PIN and spoken sentences, as the mode asks for; as it was if it does not.

    The sentences are taken off ``frames``. Raises PinError, RecordingQualityError or
    AudioInputError.
    """

    def record(guide: Guide) -> Sequence[Take]:
        return lead(guide, utterances(frames, READING), show_prompt)

    now = datetime.now().astimezone()
    return login.enter(state, _pin(), now, record) if login.needed(state, now) else state


def watched(frames: Iterable[Samples], login: LogIn) -> Iterator[Samples]:
    """``frames``; a voice in memory is wiped on time even when nobody speaks."""
    for frame in frames:
        login.wipe_expired()
        yield frame


def _pin() -> str:
    """``ASSISTANT_PIN``, else what is typed, or read by a badge reader, on the terminal."""
    given = os.environ.get("ASSISTANT_PIN")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise PinError("A PIN is needed here.", "Run on a terminal, or set ASSISTANT_PIN.")
    return getpass.getpass("PIN: ")
