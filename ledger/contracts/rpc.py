"""The engine on a network of Ethereum nodes, such as Besu with QBFT, over JSON-RPC.

QBFT's blocks are final: what is in one stays. Made for networks without fees, where each
organisation's ledger talks to a node of its own.
"""

from __future__ import annotations

import itertools
import time
from functools import cached_property
from typing import Any, Final

import requests

from ledger.contracts.errors import (
    CallReverted,
    ContractUnknown,
    EngineUnavailable,
    TransactionInvalid,
    TransactionUnknown,
)
from ledger.contracts.transaction import decoded
from ledger_client.contracts import ContractReceipt, Log

_TIMEOUT_S: Final = 10.0
_BLOCK_WAIT_S: Final = 30.0
_POLL_S: Final = 0.05


class RpcError(Exception):
    """The node answers with an error."""

    def __init__(self, code: int, data: object) -> None:
        super().__init__(f"JSON-RPC error {code}")
        self.data = data


class RpcEngine:
    """See :class:`ledger.contracts.messages.Engine`; ``url`` is a node's HTTP endpoint."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        # no proxy and no .netrc between the ledger and its node
        self._session.trust_env = False
        self._ids = itertools.count(1)

    @cached_property
    def chain_id(self) -> int:
        """The network's chain id."""
        return int(self._ask("eth_chainId"), 16)

    def submit(self, raw: bytes) -> ContractReceipt:
        """Send a transaction and wait until it is in a block.

        After EngineUnavailable the same transaction may be sent again: it counts once.
        """
        transaction = decoded(raw)
        if transaction.chain_id != self.chain_id:
            raise TransactionInvalid(f"The chain id is {self.chain_id}.", "chainId")
        try:
            self._ask("eth_sendRawTransaction", "0x" + raw.hex())
        except RpcError:
            # the node has it already, or it can't be in a block
            if self._ask("eth_getTransactionByHash", transaction.hash) is None:
                raise TransactionInvalid("The node refuses the transaction.") from None
        deadline = time.monotonic() + _BLOCK_WAIT_S
        while (found := self._found(transaction.hash)) is None:
            if time.monotonic() > deadline:
                raise EngineUnavailable("The transaction is in no block yet; send it again.")
            time.sleep(_POLL_S)
        return found

    def call(self, sender: str, contract: str, data: bytes) -> bytes:
        """See :meth:`ledger.contracts.messages.Engine.call`; the time is the newest block's."""
        fields = {"from": sender, "to": contract, "data": "0x" + data.hex()}
        try:
            answer = _bytes(self._ask("eth_call", fields, "latest"))
        except RpcError as error:
            reason = error.data if isinstance(error.data, str) else ""
            raise CallReverted("The contract refuses the call.", _bytes(reason)) from None
        if not answer and not self.is_contract(contract):
            raise ContractUnknown("No contract has this address.")
        return answer

    def is_contract(self, address: str) -> bool:
        """Whether there is code at ``address``."""
        return bool(_bytes(self._ask("eth_getCode", address, "latest")))

    def receipt(self, transaction: str) -> ContractReceipt:
        """The receipt of a transaction; raises TransactionUnknown."""
        found = self._found(transaction)
        if found is None:
            raise TransactionUnknown("No transaction has this hash.")
        return found

    def nonce(self, account: str) -> int:
        """The next nonce of ``account``."""
        return int(self._ask("eth_getTransactionCount", account, "latest"), 16)

    def close(self) -> None:
        """Drop the connection."""
        self._session.close()

    def _found(self, transaction: str) -> ContractReceipt | None:
        receipt = self._ask("eth_getTransactionReceipt", transaction)
        if receipt is None:
            return None
        block = self._ask("eth_getBlockByHash", receipt["blockHash"], False)
        return ContractReceipt(
            transaction=receipt["transactionHash"].lower(),
            block=int(receipt["blockNumber"], 16),
            timestamp=int(block["timestamp"], 16),
            sender=receipt["from"].lower(),
            contract=_made(receipt),
            succeeded=receipt["status"] == "0x1",
            gas_used=int(receipt["gasUsed"], 16),
            logs=tuple(
                Log(
                    log["address"].lower(),
                    tuple(topic.lower() for topic in log["topics"]),
                    log["data"].lower(),
                )
                for log in receipt["logs"]
            ),
        )

    def _ask(self, method: str, *parameters: object) -> Any:
        request = {
            "jsonrpc": "2.0",
            "id": next(self._ids),
            "method": method,
            "params": parameters,
        }
        try:
            response = self._session.post(self._url, json=request, timeout=_TIMEOUT_S)
            answer = response.json()
            if answer["id"] != request["id"]:
                raise ValueError("another request's answer")
            if "error" in answer:
                raise RpcError(int(answer["error"]["code"]), answer["error"].get("data"))
            return answer["result"]
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            # the libraries' messages hold the URL: they are not passed on
            raise EngineUnavailable(
                f"The node gives no answer to {method} ({type(error).__name__})."
            ) from None


def _made(receipt: dict[str, Any]) -> str | None:
    """The contract a transaction made; some nodes name one for a failed deployment too."""
    address = receipt.get("contractAddress")
    return str(address).lower() if address and receipt["status"] == "0x1" else None


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
