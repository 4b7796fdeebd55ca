"""Contracts over the real API: who may send what, and one contract from deployment to read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from contract_samples import HASH, KEEPER, ORGANISATIONS, PATIENT, PLACE

from ledger.__main__ import main
from ledger.contracts.artifacts import artifact
from ledger.contracts.signing import Signer
from ledger.server import credential, running
from ledger_client import LedgerClient
from ledger_client.contracts import ContractReceipt
from ledger_client.errors import ContractRefused, LedgerRequestError, NotFound
from ledger_client.signing import Credential, SignedRequests
from ledger_client.wire import from_wire

FIRST = ORGANISATIONS[0]


class Api:
    """Requests of one account of the ledger."""

    def __init__(self, url: str, credential: Credential) -> None:
        self.url = url
        self._signing = SignedRequests(credential)

    def get(self, path: str, **query: object) -> requests.Response:
        return requests.get(self.url + path, params=query, auth=self._signing, timeout=10)

    def post(self, path: str, body: object) -> requests.Response:
        return requests.post(self.url + path, json=body, auth=self._signing, timeout=10)

    def deploy(self, data: bytes) -> ContractReceipt:
        answer = self.post("/contracts", {"transaction": self.signed(FIRST, None, data)})
        assert answer.status_code == 201, answer.text
        return from_wire(ContractReceipt, answer.content)

    def signed(self, signer: Signer, to: str | None, data: bytes) -> str:
        """The next transaction of an account of the contracts."""
        chain = self.get("/contracts").json()["chainId"]
        nonce = self.get(f"/contracts/accounts/{signer.address}").json()["nonce"]
        return "0x" + signer.transaction(chain, nonce, to, data).hex()

    def read(self, signer: Signer, contract: str, data: bytes) -> requests.Response:
        chain, expires = self.get("/contracts").json()["chainId"], int(time.time()) + 30
        signature = signer.read(chain, contract, data, expires)
        return self.get(
            f"/contracts/{contract}/read",
            data="0x" + data.hex(),
            expires=expires,
            signature="0x" + signature.hex(),
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ledger")


@pytest.fixture(scope="module")
def box(home: Path) -> Iterator[Api]:
    """The organisation's account on a running ledger."""
    with running(home) as (url, token):
        yield Api(url, Credential.parse(token))


def test_a_visit_from_deployment_to_read(box: Api) -> None:
    council = box.deploy(artifact("Council").deployment([FIRST.address], 1)).contract
    consent = box.deploy(artifact("Consent").deployment(council)).contract
    visits = box.deploy(artifact("Visits").deployment(consent)).contract
    assert consent and visits
    for contract, data in (
        (consent, artifact("Consent").call("registerPatient", PATIENT, KEEPER.address)),
        (visits, artifact("Visits").call("addHospitalVisit", PATIENT, HASH, PLACE)),
    ):
        body = {"transaction": box.signed(FIRST, contract, data)}
        answer = box.post(f"/contracts/{contract}/call", body)
        assert answer.status_code == 201 and answer.json()["succeeded"] is True
    receipt = from_wire(ContractReceipt, answer.content)
    found = box.get(f"/contracts/transactions/{receipt.transaction}")
    assert from_wire(ContractReceipt, found.content) == receipt
    question = artifact("Visits").call("getHospitalVisits", PATIENT)
    data = box.read(KEEPER, visits, question).json()["data"]
    visit = artifact("Visits").answer("getHospitalVisits", bytes.fromhex(data[2:]))[0][0]
    assert visit == (FIRST.address, receipt.timestamp, HASH, PLACE)
    refusal = box.read(FIRST, visits, question)
    assert refusal.status_code == 409
    assert refusal.json()["code"] == "contract.reverted" and "NoConsent" in refusal.text


def test_who_may_deploy_and_call_is_a_matter_of_the_accounts_role(box: Api, home: Path) -> None:
    doctor = Credential.new("doctor-1")
    admin = Api(box.url, credential(home, "admin"))
    account = {
        "id": "doctor-1",
        "name": "doctor-1",
        "role": "doctor",
        "organisation": "demo",
        "key": str(doctor.signer.public),
    }
    made = admin.post("/accounts", account)
    assert made.status_code == 201, made.text
    council = admin.deploy(artifact("Council").deployment([FIRST.address], 1)).contract
    assert council is not None
    asking = Api(box.url, doctor)
    members = artifact("Council").call("members")
    assert asking.read(FIRST, council, members).status_code == 200
    body = {"transaction": box.signed(FIRST, council, members)}
    for path in ("/contracts", f"/contracts/{council}/call"):
        refusal = asking.post(path, body)
        assert (refusal.status_code, refusal.json()["code"]) == (403, "access.denied")
    unsigned = requests.post(box.url + "/contracts", json=body, timeout=10)
    assert unsigned.status_code == 401


def deployed(client: LedgerClient, name: str, *arguments: object) -> str:
    """Make a contract."""
    receipt = client.deploy_contract(FIRST, artifact(name).deployment(*arguments))
    assert receipt.succeeded and receipt.contract is not None
    return receipt.contract


def test_the_client_deploys_calls_and_reads_and_each_read_is_recorded(box: Api, home: Path) -> None:
    visits = artifact("Visits")
    with LedgerClient(box.url, credential(home, "box").text()) as client:
        council = deployed(client, "Council", [FIRST.address], 1)
        consent = deployed(client, "Consent", council)
        contract = deployed(client, "Visits", consent)
        register = artifact("Consent").call("registerPatient", PATIENT, KEEPER.address)
        assert client.call_contract(FIRST, consent, register).succeeded
        added = client.call_contract(
            FIRST, contract, visits.call("addHospitalVisit", PATIENT, HASH, PLACE)
        )
        assert added.succeeded and client.contract_receipt(added.transaction) == added
        refused = client.call_contract(
            KEEPER, contract, visits.call("addHospitalVisit", PATIENT, HASH, PLACE)
        )
        assert not refused.succeeded

        question = visits.call("getHospitalVisits", PATIENT)
        doctor = client.acting_for("смирнов")
        answer = doctor.read_contract(KEEPER, contract, question)
        found = visits.answer("getHospitalVisits", answer)[0]
        assert found == ((FIRST.address, added.timestamp, HASH, PLACE),)
        with pytest.raises(ContractRefused):
            client.read_contract(FIRST, contract, question)
        [seen] = client.contract_accesses(contract)
        assert (seen.account, seen.actor) == ("box", "смирнов")
        assert seen.what == f"getHospitalVisits(0x{PATIENT.hex()})"
        assert seen.basis == f"signed by {KEEPER.address}"
        assert client.contract_accesses(council) == ()

        with pytest.raises(NotFound):
            client.contract_receipt("0x" + "00" * 32)
        with pytest.raises(NotFound):
            client.read_contract(KEEPER, "0x" + "ab" * 20, question)
        with pytest.raises(LedgerRequestError):
            client.deploy_contract(Late(FIRST), visits.deployment(consent))


class Late(Signer):
    """Signs for a nonce that was used."""

    def __init__(self, signer: Signer) -> None:
        self.address, self._signer = signer.address, signer

    def transaction(
        self, chain_id: int, nonce: int, to: str | None, data: bytes, gas: int = 3_000_000
    ) -> bytes:
        return self._signer.transaction(chain_id, nonce - 1, to, data, gas)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"transaction": "0x02c0"}, "transaction.invalid"),
        ({"transaction": "02c0"}, "body.invalid"),
        ({"transaction": 7}, "body.invalid"),
        ({}, "body.invalid"),
    ],
)
def test_what_is_no_transaction_is_refused(box: Api, body: object, code: str) -> None:
    answer = box.post("/contracts", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_the_contracts_are_there_after_a_restart_and_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path) as (url, token):
        council = Api(url, Credential.parse(token)).deploy(
            artifact("Council").deployment([FIRST.address], 1)
        )
    with running(tmp_path) as (url, token):
        again = Api(url, Credential.parse(token))
        found = again.get(f"/contracts/transactions/{council.transaction}")
        assert from_wire(ContractReceipt, found.content) == council
        assert council.contract is not None
        answer = again.read(FIRST, council.contract, artifact("Council").call("members")).json()
        members = artifact("Council").answer("members", bytes.fromhex(answer["data"][2:]))
        assert members == ((FIRST.address,),)
        assert main(["verify", "--home", str(tmp_path)]) == 0
        assert "not checked" in capsys.readouterr().out
    assert main(["verify", "--home", str(tmp_path)]) == 0
    assert "contracts: intact: 1 transactions" in capsys.readouterr().out
    journal = tmp_path / "contracts" / "journal"
    content = bytearray(journal.read_bytes())
    content[60] ^= 1
    journal.write_bytes(content)
    assert main(["verify", "--home", str(tmp_path)]) == 1
    assert "contracts: DAMAGED" in capsys.readouterr().out
