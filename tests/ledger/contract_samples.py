"""Contracts on an engine, and the accounts that use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.contracts.artifacts import Artifact, artifact
from ledger.contracts.errors import CallReverted
from ledger.contracts.messages import Engine
from ledger.contracts.signing import Signer
from ledger_client.contracts import ContractReceipt

ORGANISATIONS = [Signer(bytes([number]) * 32) for number in range(1, 8)]
KEEPER = Signer(b"\x77" * 32)
PATIENT = b"\x0a" * 32
HASH = b"\xc1" * 32
PLACE = "ledger:0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Deployed:
    """A contract on an engine."""

    engine: Engine
    address: str
    artifact: Artifact

    def send(self, signer: Signer, function: str, *arguments: object) -> ContractReceipt:
        """Run ``function`` as a transaction of ``signer``."""
        nonce = self.engine.nonce(signer.address)
        data = self.artifact.call(function, *arguments)
        return self.engine.submit(
            signer.transaction(self.engine.chain_id, nonce, self.address, data)
        )

    def ask(self, reader: Signer, function: str, *arguments: object) -> Any:
        """What ``function`` answers ``reader``; structs as tuples."""
        data = self.artifact.call(function, *arguments)
        answer = self.engine.call(reader.address, self.address, data)
        return self.artifact.answer(function, answer)[0]

    def refusal(self, signer: Signer, function: str, *arguments: object) -> str:
        """The custom error that ``function`` would answer, or an empty text."""
        try:
            data = self.artifact.call(function, *arguments)
            self.engine.call(signer.address, self.address, data)
        except CallReverted as error:
            return self.artifact.error(error.data) or "?"
        return ""


def deploy(engine: Engine, name: str, *arguments: object, signer: Signer | None = None) -> Deployed:
    """Make the contract ``name``."""
    deployer = signer or ORGANISATIONS[0]
    data = artifact(name).deployment(*arguments)
    raw = deployer.transaction(engine.chain_id, engine.nonce(deployer.address), None, data)
    receipt = engine.submit(raw)
    assert receipt.contract is not None, receipt
    return Deployed(engine, receipt.contract, artifact(name))


@dataclass(frozen=True)
class Suite:
    """All four contracts, with three organisations of which two decide."""

    council: Deployed
    consent: Deployed
    visits: Deployed
    documents: Deployed


def deploy_all(engine: Engine) -> Suite:
    """The four contracts as a site deploys them."""
    founders = [organisation.address for organisation in ORGANISATIONS[:3]]
    council = deploy(engine, "Council", founders, 2)
    consent = deploy(engine, "Consent", council.address)
    visits = deploy(engine, "Visits", consent.address)
    documents = deploy(engine, "Documents", consent.address)
    return Suite(council, consent, visits, documents)
