"""Signature and hash algorithms by the ids that records, blocks and keys name.

Another algorithm (GOST R 34.10, a post-quantum one) is one more entry in :data:`SIGNATURES` or
:data:`HASHES`: whatever is stored names the algorithm it was made with, so old records verify
beside new ones. Merkle trees are the exception: RFC 6962 fixes SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SEED_BYTES: Final = 32


class SignatureAlgorithm(Protocol):
    """Keys are made from 32 secret bytes; public keys and signatures are bytes."""

    def public(self, seed: bytes) -> bytes:
        """The public key of ``seed``."""

    def sign(self, seed: bytes, message: bytes) -> bytes:
        """The signature of ``message``."""

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the holder of ``public``'s seed signed ``message``."""


class Ed25519:
    """RFC 8032."""

    def public(self, seed: bytes) -> bytes:
        """32 bytes."""
        return _ed25519(seed).public_key().public_bytes_raw()

    def sign(self, seed: bytes, message: bytes) -> bytes:
        """64 bytes."""
        return _ed25519(seed).sign(message)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """False for a malformed key too."""
        try:
            _ed25519_public(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class EcdsaP256:
    """ECDSA over NIST P-256 with SHA-256 (FIPS 186-5), DER signatures."""

    def public(self, seed: bytes) -> bytes:
        """The compressed point, 33 bytes."""
        return _p256(seed).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def sign(self, seed: bytes, message: bytes) -> bytes:
        """DER."""
        return _p256(seed).sign(message, ec.ECDSA(hashes.SHA256()))

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """False for a malformed key too."""
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


SIGNATURES: Final[dict[str, SignatureAlgorithm]] = {
    "ed25519": Ed25519(),
    "ecdsa-p256": EcdsaP256(),
}
HASHES: Final[dict[str, Callable[[bytes], str]]] = {
    "sha256": lambda data: hashlib.sha256(data).hexdigest(),
    "sha3-256": lambda data: hashlib.sha3_256(data).hexdigest(),
}
"""Each gives 64 hex digits."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key with its algorithm; as text ``ed25519:<hex>``."""

    algorithm: str
    data: bytes

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """The key in ``text``; raises ValueError."""
        algorithm, _, data = text.partition(":")
        if algorithm not in SIGNATURES:
            raise ValueError("no such signature algorithm")
        return cls(algorithm, bytes.fromhex(data))

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.data.hex()}"

    def signed(self, purpose: str, statement: bytes, signature: bytes) -> bool:
        """Whether the key's holder signed ``statement`` for ``purpose``."""
        algorithm = SIGNATURES[self.algorithm]
        return algorithm.verify(self.data, _purposed(purpose, statement), signature)


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A secret key. ``purpose`` keeps one kind of statement from passing as another."""

    algorithm: str
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self.algorithm, SIGNATURES[self.algorithm].public(self.seed))

    def sign(self, purpose: str, statement: bytes) -> bytes:
        """The signature of ``statement`` for ``purpose``."""
        return SIGNATURES[self.algorithm].sign(self.seed, _purposed(purpose, statement))


def _purposed(purpose: str, statement: bytes) -> bytes:
    return purpose.encode() + b"\0" + statement


@lru_cache(maxsize=64)
def _ed25519(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(maxsize=256)
def _ed25519_public(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=64)
def _p256(seed: bytes) -> ec.EllipticCurvePrivateKey:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return ec.derive_private_key(int.from_bytes(seed, "big") % (order - 1) + 1, ec.SECP256R1())
