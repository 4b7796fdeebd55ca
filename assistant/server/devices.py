"""Paired tablets: who speaks at each, and the hash of the token that lets it in.

A token is 256 random bits, so a plain SHA-256 of it can't be turned back by guessing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from assistant.errors import AssistantError
from assistant.vault import write_atomically


class DeviceError(AssistantError):
    """The list of tablets can't be read, or a tablet is not in it."""

    code = "device"
    spoken = "Планшет не подключён к помощнику. Позовите администратора."
    exit_code = 6


@dataclass(frozen=True, slots=True)
class Device:
    """One tablet. Its id also names the dialogue that is kept for it."""

    id: str
    member: str
    """Whose voice it listens for: an id of staff.toml."""
    token_sha256: str
    paired_at: datetime


_DEVICES: Final = TypeAdapter(list[Device])


class Devices:
    """The tablets of one box, in one file that is read at each connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Device]:
        """Every tablet; raises :class:`DeviceError`."""
        try:
            return _DEVICES.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except ValidationError as error:
            raise DeviceError(
                f"The list of tablets is damaged: {self._path}.",
                "Remove it and pair the tablets again: assistant tablet pair SPEAKER",
            ) from error

    def pair(self, member: str, now: datetime) -> tuple[Device, str]:
        """Add a tablet; gives its token, which is kept nowhere."""
        token = secrets.token_urlsafe(32)
        device = Device(f"tablet-{secrets.token_hex(4)}", member, _digest(token), now)
        self._write([*self.all(), device])
        return device, token

    def find(self, token: str) -> Device | None:
        """The tablet that this token belongs to."""
        digest = _digest(token)
        return next(
            (one for one in self.all() if hmac.compare_digest(one.token_sha256, digest)), None
        )

    def has(self, device_id: str) -> bool:
        """Whether the tablet is still let in."""
        return any(one.id == device_id for one in self.all())

    def forget(self, device_id: str) -> None:
        """Let a tablet in no more; raises :class:`DeviceError` for an unknown one."""
        devices = self.all()
        kept = [one for one in devices if one.id != device_id]
        if len(kept) == len(devices):
            raise DeviceError("There is no tablet of this id.", "See: assistant tablet list")
        self._write(kept)

    def _write(self, devices: list[Device]) -> None:
        write_atomically(self._path, _DEVICES.dump_json(devices, indent=2))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
