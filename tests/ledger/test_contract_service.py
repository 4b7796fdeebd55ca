"""What the API checks before an engine runs anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from contract_samples import HASH, KEEPER, ORGANISATIONS, PATIENT, PLACE, Suite, deploy_all

from ledger.contracts.artifacts import artifact
from ledger.contracts.embedded import EmbeddedEngine
from ledger.contracts.errors import (
    CallReverted,
    CallUnauthorized,
    ContractUnknown,
    TransactionInvalid,
)
from ledger.contracts.service import Contracts, NewRead
from ledger.contracts.signing import READ_SECONDS, Signer
from ledger.errors import BodyInvalid
from ledger_client.contracts import SignedTransaction

NOW = 1_800_000_000
FIRST = ORGANISATIONS[0]
VISITS = artifact("Visits")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    with closing(EmbeddedEngine(tmp_path, lambda: NOW)) as opened:
        yield opened


@pytest.fixture
def suite(engine: EmbeddedEngine) -> Suite:
    suite = deploy_all(engine)
    suite.consent.send(FIRST, "registerPatient", PATIENT, KEEPER.address)
    return suite


@pytest.fixture
def contracts(engine: EmbeddedEngine) -> Contracts:
    return Contracts(engine, lambda: NOW)


def signed(engine: EmbeddedEngine, to: str | None, data: bytes) -> SignedTransaction:
    """The body of a request with the first organisation's next transaction."""
    nonce = engine.nonce(FIRST.address)
    return SignedTransaction("0x" + FIRST.transaction(engine.chain_id, nonce, to, data).hex())


def read(engine: EmbeddedEngine, signer: Signer, address: str, expires: int) -> NewRead:
    """The body of a signed question for a patient's visits."""
    data = VISITS.call("getHospitalVisits", PATIENT)
    signature = signer.read(engine.chain_id, address, data, expires)
    return NewRead("0x" + data.hex(), expires, "0x" + signature.hex())


def unseen(signer: str, question: str) -> None:
    """What is refused is no read."""
    raise AssertionError


def test_deploy_call_and_read(engine: EmbeddedEngine, suite: Suite, contracts: Contracts) -> None:
    data = VISITS.deployment(suite.consent.address)
    address = contracts.deploy(signed(engine, None, data)).contract
    assert address is not None
    add = signed(engine, address, VISITS.call("addHospitalVisit", PATIENT, HASH, PLACE))
    receipt = contracts.call(address, add)
    assert receipt.succeeded
    assert contracts.call(address, add) == contracts.receipt(receipt.transaction) == receipt
    assert contracts.nonce(FIRST.address).nonce == engine.nonce(FIRST.address)
    asked: list[tuple[str, str]] = []
    question = read(engine, KEEPER, address, NOW + READ_SECONDS)
    answer = contracts.read(address, question, lambda *given: asked.append(given))
    assert asked == [(KEEPER.address, f"getHospitalVisits(0x{PATIENT.hex()})")]
    visits = VISITS.answer("getHospitalVisits", bytes.fromhex(answer.data[2:]))[0]
    assert visits == ((FIRST.address, NOW, HASH, PLACE),)


def test_a_transaction_goes_where_the_request_says(
    engine: EmbeddedEngine, suite: Suite, contracts: Contracts
) -> None:
    head = engine.head
    call = signed(engine, suite.visits.address, b"\1\2\3\4")
    with pytest.raises(BodyInvalid):
        contracts.call(suite.council.address, call)
    with pytest.raises(BodyInvalid):
        contracts.deploy(call)
    with pytest.raises(BodyInvalid):
        contracts.call(suite.visits.address, signed(engine, None, VISITS.bytecode))
    nowhere = "0x" + "ab" * 20
    with pytest.raises(ContractUnknown):
        contracts.call(nowhere, signed(engine, nowhere, b""))
    with pytest.raises(TransactionInvalid):
        contracts.deploy(SignedTransaction("0x02c0"))
    assert engine.head == head


def test_a_read_is_answered_to_its_signer_only(
    engine: EmbeddedEngine, suite: Suite, contracts: Contracts
) -> None:
    address = suite.visits.address
    with pytest.raises(CallReverted) as refusal:
        contracts.read(address, read(engine, FIRST, address, NOW), unseen)
    assert "NoConsent" in refusal.value.detail
    mine = read(engine, KEEPER, address, NOW + 5)
    assert contracts.read(address, mine, lambda *_: None)
    # another expiry, other data or another contract: another signer, who may not read
    for forged in (
        NewRead(mine.data, mine.expires + 1, mine.signature),
        NewRead(mine.data[:-2] + "00", mine.expires, mine.signature),
        NewRead(mine.data, mine.expires, "0x" + "11" * 65),
        NewRead(mine.data, mine.expires, "0x"),
    ):
        with pytest.raises((CallReverted, CallUnauthorized)):
            contracts.read(address, forged, unseen)
    with pytest.raises((CallReverted, CallUnauthorized)):
        contracts.read(suite.documents.address, mine, unseen)


@pytest.mark.parametrize("expires", [NOW - 1, NOW + READ_SECONDS + 1])
def test_a_read_is_good_for_a_short_time(
    engine: EmbeddedEngine, suite: Suite, contracts: Contracts, expires: int
) -> None:
    with pytest.raises(CallUnauthorized):
        question = read(engine, KEEPER, suite.visits.address, expires)
        contracts.read(suite.visits.address, question, unseen)
