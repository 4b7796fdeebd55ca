"""Signing with an account's secp256k1 key: transactions, and reads, whose sender counts too."""

from __future__ import annotations

from typing import Final

import rfc8785
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address

from ledger.contracts.errors import CallUnauthorized

READ_SECONDS: Final = 60
"""How far ahead a read's expiry may lie."""


class Signer:
    """One account of the contracts. ``key`` is its 32-byte secret."""

    def __init__(self, key: bytes) -> None:
        self._account = Account.from_key(key)
        self.address: str = self._account.address.lower()

    def transaction(
        self, chain_id: int, nonce: int, to: str | None, data: bytes, gas: int = 3_000_000
    ) -> bytes:
        """A signed transaction; without ``to`` it makes a contract of ``data``."""
        fields = {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "gas": gas,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
            "value": 0,
            "data": data,
        }
        if to is not None:
            fields["to"] = to_checksum_address(to)
        return bytes(self._account.sign_transaction(fields).raw_transaction)

    def read(self, chain_id: int, contract: str, data: bytes, expires: int) -> bytes:
        """The signature of a read, good until ``expires`` (seconds since 1970)."""
        message = encode_defunct(_statement(chain_id, contract, data, expires))
        return bytes(self._account.sign_message(message).signature)


def reader(
    chain_id: int, contract: str, data: bytes, expires: int, signature: bytes, now: float
) -> str:
    """The account that signed a read; raises :class:`CallUnauthorized`."""
    if not now <= expires <= now + READ_SECONDS:
        raise CallUnauthorized(f"A read expires within {READ_SECONDS} seconds.", "expires")
    try:
        message = encode_defunct(_statement(chain_id, contract, data, expires))
        return str(Account.recover_message(message, signature=signature)).lower()
    except Exception:
        # the library raises errors of many kinds on garbage
        raise CallUnauthorized("The bytes are no signature.", "signature") from None


def _statement(chain_id: int, contract: str, data: bytes, expires: int) -> bytes:
    return rfc8785.dumps(
        {"chainId": chain_id, "contract": contract, "data": data.hex(), "expires": expires}
    )
