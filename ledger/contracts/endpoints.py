"""The operations of the ledger's API on contracts."""

from __future__ import annotations

from ledger.contracts.messages import ContractReceipt
from ledger.contracts.service import (
    ADDRESS,
    HASH,
    Answer,
    Chain,
    Contracts,
    NewRead,
    Nonce,
    SignedTransaction,
)
from ledger.http import Endpoint, Query

_CONTRACT = Query("contract", "Address of a contract.", ADDRESS, required=True)
_WRITERS = ("organisation", "admin")
_READERS = ("organisation", "doctor", "nurse", "admin")


def endpoints(contracts: Contracts) -> tuple[Endpoint, ...]:
    """Who sends a request needs the role; what a contract allows, the signing account needs."""
    return (
        Endpoint("GET", "/contracts", "What to sign for.", lambda _: contracts.chain(), Chain),
        Endpoint(
            "POST",
            "/contracts",
            "Deploy a contract by a signed transaction.",
            lambda call: contracts.deploy(call.body),
            ContractReceipt,
            body=SignedTransaction,
            roles=_WRITERS,
        ),
        Endpoint(
            "POST",
            "/contracts/{contract}/call",
            "Run a signed transaction on a contract.",
            lambda call: contracts.call(call.values["contract"], call.body),
            ContractReceipt,
            (_CONTRACT,),
            body=SignedTransaction,
            roles=_WRITERS,
        ),
        Endpoint(
            "GET",
            "/contracts/{contract}/read",
            "Ask a contract; the question is signed by the account that asks.",
            lambda call: contracts.read(
                call.values["contract"],
                NewRead(call.values["data"], call.values["expires"], call.values["signature"]),
            ),
            Answer,
            (
                _CONTRACT,
                Query(
                    "data",
                    "The call in its ABI's encoding.",
                    "0x([0-9a-f]{2}){4,8000}",
                    required=True,
                ),
                Query(
                    "expires",
                    "Seconds since 1970, a minute ahead at most.",
                    kind="number",
                    required=True,
                    most=9_999_999_999,
                ),
                Query("signature", "The account's signature.", "0x[0-9a-f]{130}", required=True),
            ),
            roles=_READERS,
        ),
        Endpoint(
            "GET",
            "/contracts/transactions/{transaction}",
            "What became of a transaction.",
            lambda call: contracts.receipt(call.values["transaction"]),
            ContractReceipt,
            (Query("transaction", "Hash of a transaction.", HASH, required=True),),
            roles=_READERS,
        ),
        Endpoint(
            "GET",
            "/contracts/accounts/{address}",
            "The nonce of an account's next transaction.",
            lambda call: contracts.nonce(call.values["address"]),
            Nonce,
            (Query("address", "Address of an account.", ADDRESS, required=True),),
            roles=_READERS,
        ),
    )
