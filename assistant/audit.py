"""The audit log: a hash chain of who did what to whom, with no patient's text in it.

Each line is JSON with the SHA-256 of the line before. Speakers, sessions and patients stand
as HMAC-SHA256 pseudonyms under a key derived from the site key, so that an auditor who has
the key can look a person up, and a thief of the file can't enumerate card numbers.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from assistant.vault import Vault

_GENESIS: Final = "0" * 64
_TAIL_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Broken:
    """The first line, counted from 1, that does not follow from the one before."""

    line: int


@dataclass(frozen=True, slots=True)
class Intact:
    """Every line follows from the one before."""

    lines: int


class Audit:
    """Appends to and verifies one log file. Several processes may append at once."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self._path = path
        self._key = vault.derive("audit-pseudonyms")

    def pseudonym(self, kind: str, identifier: str) -> str:
        """What stands in the log for a speaker, session or patient: 32 hex digits."""
        return hmac.new(self._key, f"{kind}:{identifier}".encode(), "sha256").hexdigest()[:32]

    def append(self, event: Mapping[str, str | int | float | bool | None]) -> None:
        """Add one event; it is on disk when this returns. A torn last line is cut off."""
        with self._locked() as file:
            previous = _last_hash(file)
            body = {**event, "previous": previous}
            line = json.dumps(body, ensure_ascii=False, sort_keys=True).encode() + b"\n"
            file.seek(0, os.SEEK_END)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def append_about(self, event: str, member_id: str, **facts: str | int | bool | None) -> None:
        """Add what happened to a member of staff's log-in or voice."""
        self.append(
            {
                "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
                "event": event,
                "member": self.pseudonym("member", member_id),
                **facts,
            }
        )

    def append_admin(self, event: str, **facts: str | float | bool | None) -> None:
        """Add what the admin who runs this process did."""
        self.append(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "event": event,
                "member": self.pseudonym("admin", getpass.getuser()),
                **facts,
            }
        )

    def has(self, event: str, **facts: str) -> bool:
        """Whether a line tells of such an event; the whole file may have to be read."""
        wanted = {"event": event, **facts}.items()
        if not self._path.exists():
            return False
        with self._path.open("rb") as file:
            return any(wanted <= _body(line).items() for line in file if event.encode() in line)

    def verify(self) -> Intact | Broken:
        """Walk the whole chain. Lines cut off at its end leave no trace in the file itself."""
        previous, count = _GENESIS, 0
        if not self._path.exists():
            return Intact(0)
        with self._path.open("rb") as file:
            for count, line in enumerate(file, start=1):
                if _body(line).get("previous") != previous:
                    return Broken(count)
                previous = hashlib.sha256(line).hexdigest()
        return Intact(count)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _body(line: bytes) -> dict[str, Any]:
    """What a line tells; nothing where it is damaged or unfinished."""
    try:
        body = json.loads(line)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _last_hash(file: BinaryIO) -> str:
    """The hash of the last whole line; cuts off what a killed writer left unfinished."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        file.truncate(size - (len(tail) - whole))
    lines = tail[:whole].splitlines(keepends=True)
    return hashlib.sha256(lines[-1]).hexdigest() if lines else _GENESIS
