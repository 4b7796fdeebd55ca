"""Sealing of what must not lie readable on disk: AES-256-GCM under the site key.

The site key is 32 random bytes in a file that only its owner may read. Format of a sealed
value: one version byte, a 12-byte nonce, ciphertext with tag (NIST SP 800-38D).
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from assistant.errors import VaultError

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write ``data`` so that ``path`` holds the old or the new content, never a part.

    The content is on disk when this returns; a full disk leaves the old file as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def left_behind(folder: Path, name: str) -> list[Path]:
    """What a :func:`write_atomically` of ``name``, a glob pattern, left when it was cut off.

    Take it away only while nobody else writes there.
    """
    return sorted(folder.glob(f".{name}.*"))


def destroy(path: Path) -> None:
    """Overwrite and remove a file, if it is there.

    On flash the old bytes may survive: what must not is to be sealed, and its key destroyed.
    """
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


class Vault:
    """Seals and opens bytes under one 32-byte key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._aead = AESGCM(key)

    @classmethod
    def open_site(cls, path: Path) -> Vault:
        """The vault of the site key at ``path``, which is made on first use.

        Raises :class:`VaultError` when others than the owner may read the key file.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".site-key.")
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                # link, not rename: of two processes that start at once one key wins
                with contextlib.suppress(FileExistsError):
                    os.link(name, path)
            finally:
                Path(name).unlink()
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise VaultError(
                f"The site key file is readable by others (mode {mode:o}).",
                f"Run: chmod 600 '{path}', and consider whether the key was copied.",
            )
        key = path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise VaultError(
                f"The site key file holds {len(key)} bytes instead of {_KEY_BYTES}.",
                "Restore it from your backup: without it nothing that was sealed can be read.",
            )
        return cls(key)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one other purpose, from which the key can't be found (RFC 5869)."""
        return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)

    def seal(self, data: bytes, context: str) -> bytes:
        """Encrypt ``data``, bound to ``context`` (what it is and whose)."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what :meth:`seal` gave for the same ``context``; raises VaultError."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return self._aead.decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError) as error:
            raise VaultError(
                "Sealed data does not open: it was changed, or sealed under another key.",
                "Restore the file and the site key that belong together.",
            ) from error
