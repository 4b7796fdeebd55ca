"""Documents of any kind: PDF, images, DICOM, text, as encrypted files beside the database.

A file is sealed in chunks of one MiB with AES-256-GCM under a key of its own that is derived
from the patient's, so it dies with the patient's key. Each chunk is bound to its object, its
number and whether it is the last: none can be changed, moved, repeated or cut off. The record
on the patient's chain holds the SHA-256 of the content and of the sealed file, the media type
and the provenance; its author signed the content's hash.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import BodyInvalid, LedgerFull, RecordUnverified

MAX_BYTES: Final = 64 << 20
CHUNK: Final = 1 << 20
_TAG: Final = 16
_PREFIX: Final = 8
_MAGIC: Final[dict[str, tuple[int, tuple[bytes, ...]]]] = {
    "application/pdf": (0, (b"%PDF-",)),
    "image/png": (0, (b"\x89PNG\r\n\x1a\n",)),
    "image/jpeg": (0, (b"\xff\xd8\xff",)),
    "application/dicom": (128, (b"DICM",)),
    "text/plain": (0, ()),
}
"""Where in the content which bytes tell the type."""
MEDIA_TYPES: Final = tuple(_MAGIC)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file that was sealed: hashes in hex, size of the content in bytes."""

    content: str
    ciphertext: str
    size: int


class ObjectFolder:
    """The sealed files of one ledger: a folder for each chain."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True, mode=0o700)
        self.folder = folder

    def path(self, chain: str, object_id: str) -> Path:
        """Where an object lies."""
        return self.folder / chain / object_id

    def draft(self) -> Path:
        """A file for an object whose record is not stored yet."""
        return self.folder / f".{secrets.token_hex(8)}"

    def keep(self, draft: Path, chain: str, object_id: str) -> None:
        """Give a sealed draft its name; on disk when this returns."""
        path = self.path(chain, object_id)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        draft.replace(path)
        for folder in (path.parent, self.folder):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def erase(self, chain: str) -> None:
        """Delete all files of a chain."""
        shutil.rmtree(self.folder / chain, ignore_errors=True)

    def clean(self) -> None:
        """Delete what interrupted uploads left behind."""
        for draft in self.folder.glob(".*"):
            draft.unlink(missing_ok=True)


def check_type(media_type: str, start: bytes) -> None:
    """Raise BodyInvalid unless content that begins with ``start`` is of this type."""
    if media_type not in _MAGIC:
        raise BodyInvalid("No such media type is kept.", "mediaType")
    offset, magics = _MAGIC[media_type]
    if magics and not start[offset:].startswith(magics):
        raise BodyInvalid("The content is not of its media type.", "mediaType")
    if media_type == "text/plain":
        try:
            # a character may be cut at the end of what is looked at
            codecs.getincrementaldecoder("utf-8")().decode(start)
        except UnicodeDecodeError:
            raise BodyInvalid("The text is not UTF-8.", "mediaType") from None


def seal(source: BinaryIO, target: Path, key: bytes, object_id: str) -> Sealed:
    """Seal ``source`` into ``target``, chunk by chunk; raises BodyInvalid, LedgerFull."""
    aead, prefix = AESGCM(key), secrets.token_bytes(_PREFIX)
    content, ciphertext, size = hashlib.sha256(), hashlib.sha256(prefix), 0
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(prefix)
            chunk, number = source.read(CHUNK), 0
            if not chunk:
                raise BodyInvalid("The content is empty.")
            while chunk:
                following = source.read(CHUNK)
                nonce, context = _place(prefix, object_id, number, not following)
                sealed = aead.encrypt(nonce, chunk, context)
                content.update(chunk)
                ciphertext.update(sealed)
                size += len(chunk)
                file.write(sealed)
                chunk, number = following, number + 1
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        target.unlink(missing_ok=True)
        raise LedgerFull("No room for another document; nothing was stored.") from None
    return Sealed(content.hexdigest(), ciphertext.hexdigest(), size)


def verify_file(path: Path, ciphertext: str) -> None:
    """Raise RecordUnverified unless the sealed file is the one that the record names."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
    except OSError:
        raise RecordUnverified("A document's file is missing.") from None
    if found.hexdigest() != ciphertext:
        raise RecordUnverified("A document's file is not the one that was stored.")


def opened(path: Path, key: bytes, object_id: str) -> Iterator[bytes]:
    """The content, chunk by chunk; raises RecordUnverified."""
    aead = AESGCM(key)
    with path.open("rb") as file:
        prefix, chunk, number = file.read(_PREFIX), file.read(CHUNK + _TAG), 0
        while chunk:
            following = file.read(CHUNK + _TAG)
            nonce, context = _place(prefix, object_id, number, not following)
            try:
                yield aead.decrypt(nonce, chunk, context)
            except InvalidTag:
                raise RecordUnverified("A document does not open under its key.") from None
            chunk, number = following, number + 1


def _place(prefix: bytes, object_id: str, number: int, last: bool) -> tuple[bytes, bytes]:
    """Nonce and context of a chunk; the prefix is random for each sealing."""
    return prefix + number.to_bytes(4, "big"), f"{object_id}:{number}:{last}".encode()
