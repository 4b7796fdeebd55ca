"""What the ledger's API does with contracts: checks a request and hands it to the engine.

A transaction brings its sender's signature. A read is signed as well: contracts answer by who
asks, and on a plain node anyone can claim to be anyone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledger.contracts.artifacts import NAMES, artifact
from ledger.contracts.errors import CallReverted, ContractUnknown
from ledger.contracts.messages import Engine
from ledger.contracts.signing import reader
from ledger.contracts.transaction import decoded
from ledger.errors import BodyInvalid
from ledger_client.contracts import (
    Answer,
    Chain,
    ContractReceipt,
    Nonce,
    SignedTransaction,
)

ADDRESS: Final = "0x[0-9a-f]{40}"
HASH: Final = "0x[0-9a-f]{64}"


@dataclass(frozen=True, slots=True)
class NewRead:
    """A read, signed as :meth:`ledger.contracts.signing.Signer.read` does; bytes in hex."""

    data: str
    expires: int
    """Seconds since 1970."""
    signature: str


class Contracts:
    """The endpoints. ``clock`` gives seconds since 1970."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def chain(self) -> Chain:
        """What transactions must be signed for."""
        return Chain(self._engine.chain_id)

    def deploy(self, new: SignedTransaction) -> ContractReceipt:
        """Make a contract; raises BodyInvalid, TransactionInvalid, EngineUnavailable."""
        raw = _bytes(new.transaction)
        if decoded(raw).to is not None:
            raise BodyInvalid("The transaction calls a contract and makes none.", "transaction")
        return self._engine.submit(raw)

    def call(self, contract: str, new: SignedTransaction) -> ContractReceipt:
        """Run a transaction; raises as :meth:`deploy` does, and ContractUnknown."""
        raw = _bytes(new.transaction)
        if decoded(raw).to != contract:
            raise BodyInvalid("The transaction is for another address.", "transaction")
        if not self._engine.is_contract(contract):
            raise ContractUnknown("No contract has this address.")
        return self._engine.submit(raw)

    def read(self, contract: str, new: NewRead, record: Callable[[str, str], None]) -> Answer:
        """Ask a contract; raises CallUnauthorized, CallReverted, ContractUnknown.

        ``record`` is told who asks and what before the answer is given.
        """
        data, signature = _bytes(new.data), _bytes(new.signature)
        sender = reader(
            self._engine.chain_id, contract, data, new.expires, signature, self._clock()
        )
        try:
            answer = Answer("0x" + self._engine.call(sender, contract, data).hex())
        except CallReverted as error:
            reason = _error_name(error.data)
            raise CallReverted(f"The contract refuses: {reason}.", error.data) from None
        record(sender, _question(data))
        return answer

    def receipt(self, transaction: str) -> ContractReceipt:
        """What became of a transaction; raises TransactionUnknown."""
        return self._engine.receipt(transaction)

    def nonce(self, account: str) -> Nonce:
        """The nonce of the account's next transaction."""
        return Nonce(self._engine.nonce(account))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _error_name(data: bytes) -> str:
    for name in NAMES:
        if found := artifact(name).error(data):
            return found
    return "no reason that the ledger knows"


def _question(data: bytes) -> str:
    """A call as people write it; its selector where no contract of ours has the function."""
    for name in NAMES:
        if found := artifact(name).question(data):
            return found
    return "0x" + data[:4].hex()
