"""Signed Ethereum transactions: what of them this chain takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import rlp
from eth_keys.datatypes import Signature
from eth_utils.crypto import keccak
from rlp.sedes import Binary, CountableList, List, big_endian_int, binary

from ledger.contracts.errors import TransactionInvalid

BLOCK_GAS: Final = 30_000_000
_MAX_BYTES: Final = 128 * 1024
TYPE: Final = b"\x02"
"""EIP-1559."""
_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_FIELDS: Final = List(
    [
        big_endian_int,  # chain id
        big_endian_int,  # nonce
        big_endian_int,  # priority fee
        big_endian_int,  # fee
        big_endian_int,  # gas
        Binary.fixed_length(20, allow_empty=True),  # to
        big_endian_int,  # value
        binary,  # data
        CountableList(List([binary, CountableList(binary)])),  # access list
        big_endian_int,  # parity
        big_endian_int,  # r
        big_endian_int,  # s
    ]
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction whose signature gives its sender."""

    hash: str
    chain_id: int
    sender: str
    nonce: int
    to: str | None
    """None makes a contract of ``data``."""
    gas: int
    data: bytes


def decoded(raw: bytes) -> Transaction:
    """The EIP-1559 transaction in ``raw``, without fee, value and access list.

    An access list would warm storage in a way that the embedded engine can't undo. A high s
    (EIP-2) is refused as on every other node: it would give one transaction two hashes.
    Raises :class:`TransactionInvalid`.
    """
    if len(raw) > _MAX_BYTES:
        raise TransactionInvalid(f"A transaction has at most {_MAX_BYTES} bytes.")
    try:
        if raw[:1] != TYPE:
            raise ValueError("another type")
        fields = rlp.decode(raw[1:], _FIELDS)
        chain, nonce, priority, fee, gas, to, value, data, access, parity, r, s = fields
        if s > _HALF_ORDER:
            raise ValueError("high s")
        unsigned = rlp.encode([*rlp.decode(raw[1:])[:9]])
        signature = Signature(vrs=(parity, r, s))
        signer = signature.recover_public_key_from_msg_hash(keccak(TYPE + unsigned))
    except Exception:
        # the decoders raise errors of a dozen kinds on garbage
        raise TransactionInvalid("The bytes are no signed EIP-1559 transaction.") from None
    if fee or priority or value or access:
        raise TransactionInvalid("Fee, value and access list must be empty on this chain.")
    return Transaction(
        hash="0x" + keccak(raw).hex(),
        chain_id=chain,
        sender="0x" + signer.to_canonical_address().hex(),
        nonce=nonce,
        to="0x" + to.hex() if to else None,
        gas=gas,
        data=data,
    )
