"""The operations of the ledger's API on contracts."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger.charts import Charts
from ledger.contracts.service import ADDRESS, HASH, Contracts, NewRead
from ledger.operations import Call, Endpoint, Query
from ledger.reads import ReadJournal
from ledger_client.contracts import Answer, Chain, ContractReceipt, Nonce, SignedTransaction
from ledger_client.messages import Access, Page

_CONTRACT = Query("contract", "Address of a contract.", ADDRESS, required=True)
_WRITERS = ("organisation", "admin")
_READERS = ("organisation", "doctor", "nurse", "admin")


def endpoints(contracts: Contracts, journal: ReadJournal, charts: Charts) -> tuple[Endpoint, ...]:
    """Who sends a request needs the role; what a contract allows, the signing account needs.

    Reads are recorded in ``journal``.
    """

    def read(call: Call) -> Answer:
        contract, asked = call.values["contract"], call.values

        def record(signer: str, question: str) -> None:
            account, actor = call.caller.account.id, call.caller.actor
            entry = Access(datetime.now(UTC), account, actor, question, f"signed by {signer}")
            journal.add(contract, entry)

        new = NewRead(asked["data"], asked["expires"], asked["signature"])
        return contracts.read(contract, new, record)

    def accesses(call: Call) -> Page[Access]:
        found = journal.recorded(charts, call.values["contract"])
        return Page(tuple(found), len(found), 0)

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
            read,
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
            "/contracts/{contract}/accesses",
            "Who asked a contract what.",
            accesses,
            Page[Access],
            (_CONTRACT,),
            roles=_WRITERS,
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
