"""Voiceprints at rest: sealed under a key of each person's own, which the site key seals.

    speakers/ID.voice         voiceprints, sealed under the person's key
    speakers/ID.consent       who consented, when, to which text; sealed under the site key
    keys/speakers/ID.key      the person's key, sealed under the site key

Erasing the key makes every copy of the voiceprints unreadable, so backups of ``speakers/``
need not be searched; ``keys/`` must not be in the same backup.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from assistant.config import Paths
from assistant.errors import VaultError
from assistant.lock import locked
from assistant.speaker.errors import (
    NotEnrolledError,
    SpeakerIdError,
    VoiceprintUnreadableError,
)
from assistant.vault import Vault, destroy, left_behind, write_atomically

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed to the processing of their voice, when, and to which text. Personal data."""

    by: str
    at: datetime
    text_version: str
    operator: str = ""
    """The organisation that the text named; empty where it was written in by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Voiceprints:
    """What is kept of a voice: unit vectors, never audio."""

    engine: str
    enrolled_at: datetime
    vectors: NDArray[np.float32]
    """Shape (n, dimension)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on disk of a speaker."""

    anything: bool
    """Also what writes that were cut off left."""
    voiceprints_sha256: str | None
    """Of the sealed file; None when there is none."""
    consent: Consent | None
    """None also when it does not open."""


class VoiceprintSource(Protocol):
    """Where the verifier gets voiceprints from."""

    def load(self, speaker_id: str) -> Voiceprints:
        """Raises :class:`assistant.errors.EnrolmentError`."""
        ...


@dataclass(frozen=True, slots=True)
class _Stored:
    engine: str
    enrolled_at: datetime
    vectors: list[list[float]]


_STORED: Final = TypeAdapter(_Stored)
_CONSENT: Final = TypeAdapter(Consent)


def check_speaker_id(speaker_id: str) -> str:
    """``speaker_id`` if it is a plain slug; raises :class:`SpeakerIdError`."""
    if not _SLUG.fullmatch(speaker_id):
        raise SpeakerIdError(
            "A speaker's id must be lower-case Latin letters, digits, '-' or '_', at most 63.",
            "Choose another id, for example dr-petrov.",
        )
    return speaker_id


class VoiceprintStore:
    """The enrolled voices of one box."""

    def __init__(self, paths: Paths, vault: Vault) -> None:
        self._folder = paths.speakers
        self._keys = paths.site_key.parent / "speakers"
        self._vault = vault

    def enrolled(self) -> tuple[str, ...]:
        """Ids of those enrolled, sorted."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.voice")))

    def load(self, speaker_id: str) -> Voiceprints:
        """Raises NotEnrolledError or :class:`VoiceprintUnreadableError`."""
        voice, key = self._voice(speaker_id), self._key(speaker_id)
        try:
            sealed = voice.read_bytes()
        except FileNotFoundError as error:
            raise NotEnrolledError(
                "This speaker's voice is not enrolled.",
                "Run: assistant enroll SPEAKER FILE... with five or more recordings.",
            ) from error
        try:
            sealed_key = key.read_bytes()
        except FileNotFoundError as error:
            raise VoiceprintUnreadableError(
                "The key of this speaker's voiceprints is gone: an erasure was cut off, or "
                "speakers/ was restored without keys/.",
                "Finish it: assistant forget SPEAKER. Or enrol the speaker again.",
            ) from error
        try:
            own = Vault(self._vault.open(sealed_key, f"speaker-key:{speaker_id}"))
            stored = _STORED.validate_json(own.open(sealed, f"voiceprints:{speaker_id}"))
            vectors = np.asarray(stored.vectors, np.float32)
        except (VaultError, ValidationError, ValueError) as error:
            raise VoiceprintUnreadableError(
                "This speaker's voiceprints are damaged or sealed under another site key.",
                "Restore speakers/ and keys/ that belong together, or enrol the speaker again.",
            ) from error
        return Voiceprints(stored.engine, stored.enrolled_at, vectors)

    def consent(self, speaker_id: str) -> Consent | None:
        """The consent on record; raises :class:`VaultError` when it does not open."""
        path = self._consent(speaker_id)
        if not path.exists():
            return None
        return _CONSENT.validate_json(self._vault.open(path.read_bytes(), f"consent:{speaker_id}"))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the store against other enrolments and erasures, also of other processes."""
        with locked(self._folder / ".lock"):
            yield

    def save(self, speaker_id: str, consent: Consent, voiceprints: Voiceprints) -> None:
        """Store or replace; call it while :meth:`alone` is held. The consent is first on disk."""
        data = _CONSENT.dump_json(consent)
        write_atomically(self._consent(speaker_id), self._vault.seal(data, f"consent:{speaker_id}"))
        key = self._key(speaker_id)
        context = f"speaker-key:{speaker_id}"
        try:
            own_key = self._vault.open(key.read_bytes(), context)
        except (FileNotFoundError, VaultError):
            own_key = os.urandom(32)
            key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(key, self._vault.seal(own_key, context))
        stored = _Stored(voiceprints.engine, voiceprints.enrolled_at, voiceprints.vectors.tolist())
        sealed = Vault(own_key).seal(_STORED.dump_json(stored), f"voiceprints:{speaker_id}")
        write_atomically(self._voice(speaker_id), sealed)

    def kept(self, speaker_id: str) -> Kept:
        """What :meth:`destroy` would take away."""
        files = self._files(speaker_id)
        voice = self._voice(speaker_id)
        consent = None
        with contextlib.suppress(VaultError, ValidationError):
            consent = self.consent(speaker_id)
        digest = hashlib.sha256(voice.read_bytes()).hexdigest() if voice.exists() else None
        return Kept(any(path.exists() for path in files), digest, consent)

    def destroy(self, speaker_id: str) -> None:
        """Destroy key, voiceprints and consent; call it while :meth:`alone` is held.

        What writes of these, or of a PIN, left when they were cut off goes as well.
        """
        for path in self._files(speaker_id):
            destroy(path)

    def _files(self, speaker_id: str) -> list[Path]:
        """All in the speaker's name, the key first: without it no copy can be read."""
        return [
            self._key(speaker_id),
            *left_behind(self._keys, speaker_id),
            *left_behind(self._folder, speaker_id),
            self._voice(speaker_id),
            self._consent(speaker_id),
        ]

    def _voice(self, speaker_id: str) -> Path:
        return self._folder / f"{check_speaker_id(speaker_id)}.voice"

    def _consent(self, speaker_id: str) -> Path:
        return self._folder / f"{check_speaker_id(speaker_id)}.consent"

    def _key(self, speaker_id: str) -> Path:
        return self._keys / f"{check_speaker_id(speaker_id)}.key"
