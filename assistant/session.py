"""Sessions: the dialogue's context kept between turns, sealed on disk, one writer at a time."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from assistant.dialogue.state import DialogueState
from assistant.errors import AssistantError, VaultError
from assistant.lock import locked
from assistant.speaker.decision import SpeakerState
from assistant.speech.delivery import Delivery
from assistant.vault import Vault, destroy, left_behind, write_atomically

_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class SessionError(AssistantError):
    """A session's id is not usable."""

    code = "session"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class SessionState:
    """What one member of staff's conversation remembers. PHI."""

    member: str
    dialogue: DialogueState = field(default_factory=DialogueState)
    speaker: SpeakerState = field(default_factory=SpeakerState)
    delivery: Delivery = field(default_factory=Delivery)
    """How answers sound."""


_ADAPTER: Final = TypeAdapter(SessionState)


class Session:
    """The state of one session while it is held; set :attr:`state` and it is saved."""

    def __init__(self, state: SessionState) -> None:
        self.state = state


class SessionStore:
    """Sealed session files in one folder."""

    def __init__(self, folder: Path, vault: Vault, *, keep_voices: bool = True) -> None:
        """Without ``keep_voices`` nothing of a voice is written, sealed or not."""
        self._folder = folder
        self._vault = vault
        self._keep_voices = keep_voices

    @contextmanager
    def hold(self, session_id: str, member: str) -> Iterator[Session]:
        """Hold a session alone: a second client of the same session waits its turn.

        The state is saved when the block ends without an error. A session of another member,
        or one whose file does not open, starts anew: context is never handed on.
        """
        if not _SLUG.fullmatch(session_id):
            raise SessionError(
                "A session id must be Latin letters, digits, '-' or '_'.",
                "Choose another --session, for example ward3-morning.",
            )
        path = self._folder / f"{session_id}.sealed"
        with self._alone(session_id):
            session = Session(self._load(path, session_id, member))
            yield session
            state = session.state
            if not self._keep_voices:
                state = replace(state, speaker=replace(state.speaker, recent=()))
            data = _ADAPTER.dump_json(state)
            write_atomically(path, self._vault.seal(data, f"session:{session_id}"))

    def forget(self, member: str) -> int:
        """Destroy all sessions of ``member``; how many there were. Waits for those in use.

        What writes that were cut off left goes as well, whosever it was: it can't be told.
        """
        count = 0
        for path in left_behind(self._folder, "*.sealed"):
            with self._alone(path.name[1:].partition(".")[0]):
                destroy(path)
        for path in sorted(self._folder.glob("*.sealed")):
            with self._alone(path.stem):
                try:
                    state = self._open(path, path.stem)
                except (FileNotFoundError, VaultError, ValidationError):
                    continue
                if state.member == member:
                    destroy(path)
                    count += 1
        return count

    def _alone(self, session_id: str) -> AbstractContextManager[None]:
        return locked(self._folder / f"{session_id}.lock")

    def _open(self, path: Path, session_id: str) -> SessionState:
        data = self._vault.open(path.read_bytes(), f"session:{session_id}")
        return _ADAPTER.validate_json(data)

    def _load(self, path: Path, session_id: str, member: str) -> SessionState:
        with contextlib.suppress(FileNotFoundError, VaultError, ValidationError):
            state = self._open(path, session_id)
            if state.member == member:
                return state
        return SessionState(member)
