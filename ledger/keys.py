"""The ledger's secrets and what is done with them.

In the folder ``keys`` beside the database, none of it to be backed up together with it:
``master.key`` (32 random bytes, from which the pseudonym key and the key-wrapping key are
derived), ``node.key`` (the node's signing key with its algorithm) and ``data.db`` (each chain's
data key, wrapped; see :mod:`ledger.datakeys`). Payloads are sealed with AES-256-GCM (NIST SP
800-38D) under a random 96-bit nonce; pseudonyms are HMAC-SHA256.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.errors import RecordUnverified, SetupError
from ledger_client.algorithms import SEED_BYTES, SIGNATURES, PublicKey, Signer

CIPHER: Final = "aes-256-gcm"
_MASTER: Final = "master.key"
_NODE: Final = "node.key"
_RETIRED: Final = "retired-node-keys"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


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
    """Encrypts and decrypts the payloads of one chain, and opens its commitments."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._aead = AESGCM(key)

    def opening(self, record_id: str) -> bytes:
        """The key of a record's commitment; it tells nothing about other records."""
        return hmac.digest(self._key, f"opening:{record_id}".encode(), "sha256")

    def object_key(self, object_id: str) -> bytes:
        """The key of one document's file."""
        return hmac.digest(self._key, f"object:{object_id}".encode(), "sha256")

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
    """Everything secret of one ledger but its data keys."""

    def __init__(self, master: bytes, node: Signer, retired: tuple[PublicKey, ...] = ()) -> None:
        self._pseudonyms = _derive(master, b"ledger pseudonyms")
        self._wrapping = DataKey(_derive(master, b"ledger data keys"))
        self.journal = DataKey(_derive(master, b"ledger read journal"))
        self._node = node
        self.public = node.public
        """The node's key as others know it."""
        self._trusted = {str(key): key for key in (self.public, *retired)}

    @classmethod
    def open(cls, folder: Path, fresh: bool) -> Keys:
        """The keys in ``folder``. Only a ``fresh`` ledger gets new ones: raises SetupError."""
        paths = (folder / _MASTER, folder / _NODE)
        if not fresh and not all(path.exists() for path in paths):
            raise SetupError(
                f"The ledger's keys are missing in {folder}: restore {_MASTER} and {_NODE}, "
                "without them nothing in the database can be read."
            )
        master = secret_file(paths[0], os.urandom(_KEY_BYTES))
        if len(master) != _KEY_BYTES:
            raise SetupError(f"{_MASTER} is not {_KEY_BYTES} bytes long: restore it.")
        node = secret_file(paths[1], _written(Signer("ed25519", os.urandom(SEED_BYTES))))
        try:
            algorithm, _, seed = node.decode("ascii").strip().partition(":")
            signer = Signer(algorithm, bytes.fromhex(seed))
            if algorithm not in SIGNATURES or len(signer.seed) != SEED_BYTES:
                raise ValueError
        except ValueError:
            raise SetupError(f"{_NODE} holds no signing key: restore it.") from None
        retired = folder / _RETIRED
        lines = retired.read_text().split() if retired.exists() else ()
        return cls(master, signer, tuple(PublicKey.parse(line) for line in lines))

    @staticmethod
    def rotate(folder: Path, algorithm: str) -> PublicKey:
        """Give the node a new signing key; what the old one signed stays verified.

        Call it while no service runs. Raises SetupError for an unknown algorithm.
        """
        if algorithm not in SIGNATURES:
            raise SetupError(f"No such algorithm; known are: {', '.join(SIGNATURES)}.")
        old, new = Keys.open(folder, fresh=False), Signer(algorithm, os.urandom(SEED_BYTES))
        with (folder / _RETIRED).open("a") as file:
            file.write(f"{old.public}\n")
            file.flush()
            os.fsync(file.fileno())
        path = folder / f".{_NODE}.new"
        secret_file(path, _written(new))
        path.replace(folder / _NODE)
        return new.public

    def pseudonym(self, kind: str, identifier: str) -> str:
        """What stands for an identifier on chain: HMAC-SHA256, 64 hex digits."""
        return hmac.new(self._pseudonyms, f"{kind}:{identifier}".encode(), "sha256").hexdigest()

    def wrap(self, data_key: bytes, chain: str) -> bytes:
        """A chain's data key, encrypted for the key store."""
        return self._wrapping.seal(data_key, chain)

    def unwrap(self, wrapped: bytes, chain: str) -> DataKey:
        """The data key of ``chain``; raises :class:`RecordUnverified`."""
        return DataKey(self._wrapping.open(wrapped, chain))

    def sign(self, purpose: str, statement: bytes) -> bytes:
        """The node's signature; ``purpose`` keeps one kind of statement from passing as another."""
        return self._node.sign(purpose, statement)

    def signed(self, purpose: str, statement: bytes, signature: bytes, key: str) -> bool:
        """Whether this node signed ``statement`` with ``key``, its present or a retired one."""
        known = self._trusted.get(key)
        return known is not None and known.signed(purpose, statement, signature)


def _written(signer: Signer) -> bytes:
    return f"{signer.algorithm}:{signer.seed.hex()}\n".encode()


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=purpose).derive(master)
