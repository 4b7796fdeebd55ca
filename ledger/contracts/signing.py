"""Signing with an account's secp256k1 key: transactions, and reads, whose sender counts too."""

from __future__ import annotations

from typing import Final

import rfc8785
import rlp
from eth_keys.datatypes import PrivateKey, Signature
from eth_utils.crypto import keccak

from ledger.contracts.errors import CallUnauthorized
from ledger.contracts.transaction import TYPE

READ_SECONDS: Final = 60
"""How far ahead a read's expiry may lie."""


class Signer:
    """One account of the contracts. ``key`` is its 32-byte secret."""

    def __init__(self, key: bytes) -> None:
        self._key = PrivateKey(key)
        self.address: str = self._key.public_key.to_address()

    def transaction(
        self, chain_id: int, nonce: int, to: str | None, data: bytes, gas: int = 3_000_000
    ) -> bytes:
        """A signed EIP-1559 transaction without fee; without ``to`` it makes a contract."""
        recipient = bytes.fromhex(to[2:]) if to else b""
        fields = [chain_id, nonce, 0, 0, gas, recipient, 0, data, []]
        signature = self._key.sign_msg_hash(keccak(TYPE + rlp.encode(fields)))
        signed: bytes = rlp.encode([*fields, signature.v, signature.r, signature.s])
        return TYPE + signed

    def read(self, chain_id: int, contract: str, data: bytes, expires: int) -> bytes:
        """The signature of a read, good until ``expires`` (seconds since 1970)."""
        return self._key.sign_msg_hash(_digest(chain_id, contract, data, expires)).to_bytes()


def reader(
    chain_id: int, contract: str, data: bytes, expires: int, signature: bytes, now: float
) -> str:
    """The account that signed a read; raises :class:`CallUnauthorized`."""
    if not now <= expires <= now + READ_SECONDS:
        raise CallUnauthorized(f"A read expires within {READ_SECONDS} seconds.", "expires")
    try:
        signed = Signature(signature)
        digest = _digest(chain_id, contract, data, expires)
        return signed.recover_public_key_from_msg_hash(digest).to_address()
    except Exception:
        # the library raises errors of many kinds on garbage
        raise CallUnauthorized("The bytes are no signature.", "signature") from None


def _digest(chain_id: int, contract: str, data: bytes, expires: int) -> bytes:
    """What is signed; the first words keep it from passing as a transaction."""
    statement = rfc8785.dumps(
        {"chainId": chain_id, "contract": contract, "data": data.hex(), "expires": expires}
    )
    return keccak(b"ledger contract read\0" + statement)
