"""Answers kept for when the ledger can't be reached: encrypted, for one account and person.

An entry is one file, sealed with AES-256-GCM; its name is an HMAC of the question and tells
nothing. It is replaced by each newer answer, deleted when the ledger refuses the question, and
never older than :data:`MAX_AGE`.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAX_AGE: Final = timedelta(hours=12)
_NONCE_BYTES: Final = 12
_STAMP: Final = "%Y%m%dT%H%M%S%f"


class Kept(NamedTuple):
    """An answer and when the ledger gave it."""

    body: bytes
    taken: datetime


class ReadCache:
    """Keeps answers in ``folder`` under a key derived from ``key`` (32 bytes)."""

    def __init__(self, folder: Path, key: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._names = hashlib.sha256(b"names" + key).digest()
        self._aead = AESGCM(hashlib.sha256(b"entries" + key).digest())
        self.prune(datetime.now(UTC))

    def put(self, question: tuple[str, ...], body: bytes, now: datetime) -> None:
        """Keep an answer; a full disk is no reason to fail a read, so it is then not kept."""
        name = self._name(question)
        nonce = os.urandom(_NONCE_BYTES)
        stamp = now.astimezone(UTC).strftime(_STAMP).encode()
        sealed = nonce + self._aead.encrypt(nonce, stamp + b"\n" + body, name.encode())
        with contextlib.suppress(OSError):
            handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(sealed)
                Path(draft).replace(self._folder / name)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise

    def get(self, question: tuple[str, ...], now: datetime) -> Kept | None:
        """The last answer to this question; None when there is none that is young enough."""
        name = self._name(question)
        try:
            sealed = (self._folder / name).read_bytes()
            plain = self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
            stamp, _, body = plain.partition(b"\n")
            taken = datetime.strptime(stamp.decode(), _STAMP).replace(tzinfo=UTC)
        except (OSError, InvalidTag, ValueError):
            return None
        if not timedelta(0) <= now - taken <= MAX_AGE:
            return None
        return Kept(body, taken)

    def drop(self, question: tuple[str, ...]) -> None:
        """Forget one answer."""
        (self._folder / self._name(question)).unlink(missing_ok=True)

    def prune(self, now: datetime) -> None:
        """Delete what is too old to be given."""
        limit = (now - MAX_AGE).timestamp()
        for file in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < limit:
                    file.unlink()

    def _name(self, question: tuple[str, ...]) -> str:
        return hmac.new(self._names, "\0".join(question).encode(), "sha256").hexdigest()
