"""What goes over the wire about contracts, and the client's part of it.

Addresses and hashes are lower-case hex with ``0x``.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

import rfc8785
from pydantic import Field, with_config

from ledger_client.asking import Asker, promised
from ledger_client.messages import WIRE, Access
from ledger_client.wire import to_wire

_GOOD_S: Final = 30
"""How long the signature of a read is good."""


Hex = Annotated[str, Field(pattern=r"^0x([0-9a-f]{2})*$", max_length=2 + 2 * 131_072)]


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A signed EIP-1559 transaction."""

    transaction: Hex


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Answer:
    """What a contract gives, in its ABI's encoding."""

    data: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Chain:
    """What a client must know to sign."""

    chain_id: int


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Nonce:
    """How many transactions of an account the chain holds."""

    nonce: int


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Log:
    """An event that a contract emitted."""

    address: str
    topics: tuple[str, ...]
    data: str


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class ContractReceipt:
    """What became of a transaction. A refused one is in the chain too, without effect."""

    transaction: str
    """Keccak-256 of the signed transaction."""
    block: int
    timestamp: int
    """Seconds since 1970, never less than the block's before."""
    sender: str
    contract: str | None
    """The address of the contract that this transaction made."""
    succeeded: bool
    gas_used: int
    logs: tuple[Log, ...]

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785)."""
        return rfc8785.dumps(json.loads(to_wire(self)))


class Signer(Protocol):
    """An account of the contracts, e.g. :class:`ledger.contracts.signing.Signer`."""

    @property
    def address(self) -> str: ...

    def transaction(self, chain_id: int, nonce: int, to: str | None, data: bytes) -> bytes:
        """A signed transaction; without ``to`` it makes a contract."""
        ...

    def read(self, chain_id: int, contract: str, data: bytes, expires: int) -> bytes:
        """The signature of a read."""
        ...


class ContractAsker(Asker):
    """The contracts of a ledger. One signer's transactions go one after the other."""

    def deploy_contract(self, signer: Signer, data: bytes) -> ContractReceipt:
        """Make a contract; ``data`` is its bytecode with the arguments."""
        return self._transact(signer, None, data, "/contracts")

    def call_contract(self, signer: Signer, contract: str, data: bytes) -> ContractReceipt:
        """Run a function; what the contract refused says so in its receipt."""
        return self._transact(signer, contract, data, f"/contracts/{contract}/call")

    def read_contract(self, signer: Signer, contract: str, data: bytes) -> bytes:
        """What a contract answers to ``signer``, in its ABI's encoding; the read is recorded.

        Raises ContractRefused, and AccessDenied when the ledger's clock is another.
        """
        expires = int(time.time()) + _GOOD_S
        signature = signer.read(self._chain_id(), contract, data, expires)
        asked = {
            "data": "0x" + data.hex(),
            "expires": str(expires),
            "signature": "0x" + signature.hex(),
        }
        body = self._transport.get(f"/contracts/{contract}/read", asked)
        return bytes.fromhex(self._message(Answer, body).data[2:])

    def contract_receipt(self, transaction: str) -> ContractReceipt:
        """What became of a transaction, by its hash."""
        body = self._transport.get(f"/contracts/transactions/{transaction}", {})
        receipt = self._message(ContractReceipt, body)
        promised(receipt.transaction == transaction)
        return receipt

    def contract_accesses(self, contract: str) -> tuple[Access, ...]:
        """Who asked a contract what, newest first."""
        return self._page(Access, f"/contracts/{contract}/accesses").items

    def _transact(self, signer: Signer, to: str | None, data: bytes, path: str) -> ContractReceipt:
        account = self._transport.get(f"/contracts/accounts/{signer.address}", {})
        nonce = self._message(Nonce, account).nonce
        raw = signer.transaction(self._chain_id(), nonce, to, data)
        # without a key: the same transaction again gives its first receipt
        body = self._transport.post(path, to_wire(SignedTransaction("0x" + raw.hex())), {})
        receipt = self._message(ContractReceipt, body)
        promised(receipt.sender == signer.address)
        promised((receipt.contract is None) == (to is not None or not receipt.succeeded))
        return receipt

    def _chain_id(self) -> int:
        return self._message(Chain, self._transport.get("/contracts", {})).chain_id
