"""The ledger's secrets and what is done with them.

Two files next to the database, neither to be backed up together with it: ``master.key`` (32
random bytes, from which the pseudonym key and the key-wrapping key are derived) and
``node.key`` (the node's Ed25519 seed). Record format 1 means: SHA-256, Ed25519 (RFC 8032),
AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, HMAC-SHA256 pseudonyms.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.errors import RecordUnverified, SetupError

FORMAT: Final = 1
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


def digest(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def secret_file(path: Path, content: bytes) -> bytes:
    """The secret in ``path``; it is made of ``content`` on first use, readable by its owner only.

    Of two processes that start at once, one content wins. Raises :class:`SetupError` when
    others may read the file.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SetupError(f"{path.name} is readable by others (mode {mode:o}): chmod 600 it.")
    return path.read_bytes()


class DataKey:
    """Encrypts and decrypts the payloads of one chain."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Nonce and ciphertext with tag, bound to ``context`` (the record's place)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plaintext, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plaintext; raises :class:`RecordUnverified`."""
        try:
            return self._aead.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()
            )
        except (InvalidTag, ValueError):
            raise RecordUnverified("Stored data does not open under its key.") from None


class Keys:
    """Everything secret of one ledger."""

    def __init__(self, master: bytes, node: bytes) -> None:
        self._pseudonyms = _derive(master, b"ledger pseudonyms")
        self._wrapping = DataKey(_derive(master, b"ledger data keys"))
        self._node = Ed25519PrivateKey.from_private_bytes(node)
        self._public = self._node.public_key()

    @classmethod
    def open(cls, folder: Path, fresh: bool) -> Keys:
        """The keys in ``folder``. Only a ``fresh`` ledger gets new ones: raises SetupError."""
        paths = (folder / "master.key", folder / "node.key")
        if not fresh and not all(path.exists() for path in paths):
            raise SetupError(
                f"The ledger's keys are missing in {folder}: restore master.key and node.key, "
                "without them nothing in the database can be read."
            )
        keys = [secret_file(path, os.urandom(_KEY_BYTES)) for path in paths]
        if any(len(key) != _KEY_BYTES for key in keys):
            raise SetupError(f"A key in {folder} is not {_KEY_BYTES} bytes long: restore it.")
        return cls(*keys)

    def pseudonym(self, kind: str, identifier: str) -> str:
        """What stands for an identifier on chain: HMAC-SHA256, 64 hex digits."""
        return hmac.new(self._pseudonyms, f"{kind}:{identifier}".encode(), "sha256").hexdigest()

    def wrap(self, data_key: bytes, chain: str) -> bytes:
        """A chain's data key, encrypted for the database."""
        return self._wrapping.seal(data_key, chain)

    def unwrap(self, wrapped: bytes, chain: str) -> DataKey:
        """The data key of ``chain``; raises :class:`RecordUnverified`."""
        return DataKey(self._wrapping.open(wrapped, chain))

    def sign(self, purpose: str, statement: bytes) -> bytes:
        """The node's signature; ``purpose`` keeps one kind of statement from passing as another."""
        return self._node.sign(purpose.encode() + b"\0" + statement)

    def signed(self, purpose: str, statement: bytes, signature: bytes) -> bool:
        """Whether this node signed ``statement`` for ``purpose``."""
        try:
            self._public.verify(signature, purpose.encode() + b"\0" + statement)
        except InvalidSignature:
            return False
        return True


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=purpose).derive(master)
