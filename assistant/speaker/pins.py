"""PINs for the modes without a stored voice: slow hashes, sealed, locked after wrong tries."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from assistant.config import Paths
from assistant.speaker.errors import PinError, PinLockedError, PinMissingError
from assistant.speaker.store import VoiceprintStore, check_speaker_id
from assistant.vault import Vault, destroy, write_atomically

_MIN_DIGITS: Final = 6
_TRIES: Final = 5
_LOCKED_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class _Pin:
    salt: str
    digest: str
    wrong: int = 0
    locked_until: float = 0.0


_PIN: Final = TypeAdapter(_Pin)


class PinStore:
    """One sealed PIN file a speaker; the folder's lock makes every try count once."""

    def __init__(self, paths: Paths, vault: Vault) -> None:
        self._folder = paths.speakers
        self._vault = vault
        self._lock = VoiceprintStore(paths, vault)

    def set(self, speaker_id: str, pin: str) -> None:
        """Set or change a PIN; raises :class:`PinError` when it is too easy."""
        if not pin.isascii() or not pin.isdigit() or len(pin) < _MIN_DIGITS or len(set(pin)) < 3:
            raise PinError(
                f"A PIN needs at least {_MIN_DIGITS} digits, three of them different.",
                "Choose another PIN.",
            )
        salt = os.urandom(16)
        with self._lock.alone():
            self._write(speaker_id, _Pin(salt.hex(), _digest(pin, salt)))

    def check(
        self, speaker_id: str, pin: str, now: float, on_wrong: Callable[[bool], None]
    ) -> None:
        """Return if the PIN is right; raises :class:`PinError` else.

        Five wrong tries lock it for a quarter of an hour. ``now`` is wall-clock time in
        seconds, for the lock outlives the process. ``on_wrong`` is called before a wrong try
        counts, with whether it locks the PIN.
        """
        with self._lock.alone():
            stored = self._read(speaker_id)
            # further ahead than a lock lasts: the clock was set back
            if 0 < stored.locked_until - now <= _LOCKED_S:
                raise PinLockedError(
                    "The PIN is locked after wrong tries.", "Wait a quarter of an hour."
                )
            right = hmac.compare_digest(_digest(pin, bytes.fromhex(stored.salt)), stored.digest)
            if right:
                after = replace(stored, wrong=0, locked_until=0.0)
            else:
                locks = stored.wrong + 1 >= _TRIES
                on_wrong(locks)
                after = replace(
                    stored,
                    wrong=0 if locks else stored.wrong + 1,
                    locked_until=now + _LOCKED_S if locks else 0.0,
                )
            if after != stored:
                self._write(speaker_id, after)
        if not right:
            raise PinError("The PIN is wrong.", "Try again; five wrong tries lock it.")

    def has(self, speaker_id: str) -> bool:
        """Whether the speaker has a PIN; without one nobody is logged in for long."""
        return self._path(speaker_id).exists()

    def destroy(self, speaker_id: str) -> None:
        """Destroy the speaker's PIN, if there is one. Call it with the folder locked."""
        destroy(self._path(speaker_id))

    def _path(self, speaker_id: str) -> Path:
        return self._folder / f"{check_speaker_id(speaker_id)}.pin"

    def _read(self, speaker_id: str) -> _Pin:
        try:
            sealed = self._path(speaker_id).read_bytes()
        except FileNotFoundError as error:
            raise PinMissingError(
                "No PIN is set for this speaker.", "Run: assistant pin SPEAKER"
            ) from error
        return _PIN.validate_json(self._vault.open(sealed, f"pin:{speaker_id}"))

    def _write(self, speaker_id: str, pin: _Pin) -> None:
        sealed = self._vault.seal(_PIN.dump_json(pin), f"pin:{speaker_id}")
        write_atomically(self._path(speaker_id), sealed)


def _digest(pin: str, salt: bytes) -> str:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1).hex()
