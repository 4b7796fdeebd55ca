"""The port of the contract engines, and what goes through it.

Addresses and hashes are lower-case hex with ``0x``. An engine is a chain of its own: each block
holds one transaction here, and any number on a network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import with_config

from ledger_client.contracts import ContractReceipt
from ledger_client.messages import WIRE

GENESIS: Final = "0x" + "0" * 64
"""The head before the first transaction."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain of receipts; the same transactions give the same head everywhere."""

    transactions: int = 0
    hash: str = GENESIS

    def extended(self, receipt: bytes) -> Head:
        """The head after one more receipt in canonical JSON: SHA-256(hash || receipt)."""
        digest = hashlib.sha256(bytes.fromhex(self.hash[2:]) + receipt).hexdigest()
        return Head(self.transactions + 1, "0x" + digest)


class Engine(Protocol):
    """Runs contracts: embedded, or on a network of nodes. Threads may share one."""

    @property
    def chain_id(self) -> int:
        """What a transaction must be signed for."""
        ...

    def submit(self, raw: bytes) -> ContractReceipt:
        """Run a signed transaction; it is durable when this returns.

        The same transaction again gives its first receipt. Raises
        :class:`~ledger.contracts.errors.TransactionInvalid`, EngineUnavailable.
        """
        ...

    def call(self, sender: str, contract: str, data: bytes) -> bytes:
        """What the contract answers to ``sender``, without any effect.

        ``sender`` is believed: authenticate it first. Raises CallReverted, ContractUnknown,
        EngineUnavailable.
        """
        ...

    def is_contract(self, address: str) -> bool:
        """Whether there is code at ``address``."""
        ...

    def receipt(self, transaction: str) -> ContractReceipt:
        """The receipt of a transaction; raises TransactionUnknown."""
        ...

    def nonce(self, account: str) -> int:
        """How many transactions of ``account`` the chain holds: the next one's nonce."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
