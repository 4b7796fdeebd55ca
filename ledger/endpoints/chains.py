"""Endpoints of chains, blocks, transactions and proofs."""

from __future__ import annotations

from dataclasses import replace

from ledger.access import CLINICAL
from ledger.endpoints.shared import KNOWN_SIZE, LIMIT, PATIENT, RECORD, Endpoints, page_of_all
from ledger.findings import Verdict
from ledger.operations import Call, Endpoint, Query
from ledger.verify import verify
from ledger_client import appends as new
from ledger_client.messages import (
    ChainProof,
    Checkpoint,
    Page,
    RecordProof,
    SignedBlock,
    Transaction,
)
from ledger_client.sealed import Header


def endpoints(api: Chains) -> tuple[Endpoint, ...]:
    """The operations, as they are served and described."""
    number = Query("number", "Number of a block, from 1.", kind="number", least=1, required=True)
    return (
        Endpoint(
            "GET",
            "/chain",
            "Headers of a patient's chain, each link verified.",
            api.chain,
            Page[Header],
            (PATIENT,),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/chain/proof",
            "That a patient's chain is whole: headers up to the end that the block names.",
            api.chain_proof,
            ChainProof,
            (
                PATIENT,
                Query("knownSequence", "Records that the client has.", kind="number", default=0),
                KNOWN_SIZE,
            ),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/blocks",
            "Blocks in order; a block is one sealed commit.",
            api.blocks,
            Page[SignedBlock],
            (
                replace(number, name="first", required=False, default=1),
                replace(LIMIT, default=100),
            ),
        ),
        Endpoint("GET", "/blocks/{number}", "One block.", api.block, SignedBlock, (number,)),
        Endpoint(
            "GET",
            "/blocks/{number}/transactions",
            "The records that a block sealed, without content.",
            api.transactions,
            Page[Transaction],
            (number,),
        ),
        Endpoint(
            "GET",
            "/transactions/{recordId}",
            "One record without its content, and its block.",
            lambda c: api.proofs.transaction(c.values["recordId"]),
            Transaction,
            (RECORD,),
        ),
        Endpoint(
            "GET",
            "/transactions/{recordId}/proof",
            "That a record stands in its channel's log.",
            lambda c: api.proofs.record(c.values["recordId"], c.values["knownSize"]),
            RecordProof,
            (RECORD, KNOWN_SIZE),
        ),
        Endpoint(
            "GET",
            "/checkpoint",
            "A channel's log as the newest block names it, with co-signatures.",
            lambda c: api.proofs.checkpoint(c.values["channel"], c.values["knownSize"]),
            Checkpoint,
            (Query("channel", "Id of a channel.", "[a-z0-9_]{1,40}", required=True), KNOWN_SIZE),
        ),
        Endpoint(
            "POST",
            "/cosignatures",
            "Co-sign a channel's checkpoint for an organisation.",
            lambda c: api.proofs.cosign(c.body),
            Checkpoint,
            body=new.NewCosignature,
        ),
        Endpoint(
            "GET", "/verify", "Validate every chain, block and signature.", api.verify, Verdict
        ),
    )


class Chains(Endpoints):
    """Reads of what is stored without its content, and proofs of it."""

    def chain(self, call: Call) -> Page[Header]:
        return page_of_all(self._charts.chart(self._readable(call, "chain")).headers)

    def chain_proof(self, call: Call) -> ChainProof:
        card = str(call.values["patientId"])
        self._access.prove(call.caller, card)
        return self.proofs.chain(card, call.values["knownSequence"], call.values["knownSize"])

    def blocks(self, call: Call) -> Page[SignedBlock]:
        first = call.values["first"]
        found, total = self.proofs.blocks(first, call.values["limit"])
        return Page(tuple(found), total, first - 1)

    def block(self, call: Call) -> SignedBlock:
        return self.proofs.block(call.values["number"])[0]

    def transactions(self, call: Call) -> Page[Transaction]:
        return page_of_all(self.proofs.block(call.values["number"])[1])

    def verify(self, _: Call) -> Verdict:
        return verify(self.store.home)
