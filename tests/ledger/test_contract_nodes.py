"""The embedded engine against a real node, block by block; the JSON-RPC adapter on that node.

Needs what ``npm ci`` in ledger/contracts installs: the compiler and anvil.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

import pytest
import requests
from contract_samples import (
    HASH,
    KEEPER,
    ORGANISATIONS,
    PATIENT,
    PLACE,
    Deployed,
    Suite,
    deploy,
    deploy_all,
)
from eth_utils.crypto import keccak

from ledger.contracts import compile as contract_compiler
from ledger.contracts.artifacts import Artifact
from ledger.contracts.embedded import EmbeddedEngine
from ledger.contracts.errors import (
    CallReverted,
    ContractUnknown,
    EngineUnavailable,
    TransactionInvalid,
    TransactionUnknown,
)
from ledger.contracts.machine import Account, Machine
from ledger.contracts.messages import Head
from ledger.contracts.rpc import RpcEngine
from ledger.contracts.transaction import decoded

ANVIL = contract_compiler.FOLDER / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
needs_solc = pytest.mark.skipif(
    not contract_compiler.SOLC.exists(), reason="no solc: run npm ci in ledger/contracts"
)
needs_anvil = pytest.mark.skipif(
    not ANVIL.exists(), reason="no anvil: run npm ci in ledger/contracts"
)
FIRST = ORGANISATIONS[0]
ADDED = "HospitalVisitAdded(bytes32,address,uint256,bytes32)"


class Node:
    """An anvil process and questions to it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, *parameters: object) -> object:
        """The result of one JSON-RPC method."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = requests.post(self.url, json=request, timeout=20).json()
        assert "error" not in answer, answer
        return answer["result"]


@contextmanager
def anvil(chain_id: int, *options: str) -> Iterator[Node]:
    """A node without accounts, fees and history, on a free port."""
    with TemporaryFile("w+") as said:
        # a file, not a pipe: anvil says a lot, and stands still when nobody reads it
        process = subprocess.Popen(
            [
                str(ANVIL),
                *("--host", "127.0.0.1", "--port", "0", "--accounts", "0", "--timestamp", "1"),
                *("--chain-id", str(chain_id), "--hardfork", "cancun", "--threads", "1"),
                *("--gas-limit", "30000000", "--gas-price", "0", "--block-base-fee-per-gas", "0"),
                *("--disable-default-create2-deployer", "--prune-history", *options),
            ],
            stdout=said,
        )
        try:
            deadline = time.monotonic() + 30
            while True:
                said.seek(0)
                if found := re.search(r"Listening on (127\.0\.0\.1:\d+)", said.read()):
                    break
                assert process.poll() is None and time.monotonic() < deadline, "no anvil"
                time.sleep(0.02)
            yield Node(f"http://{found[1]}")
        finally:
            process.kill()
            process.wait()


def state_of(node: Node) -> dict[str, Account]:
    """All accounts of the node. Its state root is no help: anvil puts slots that hold zero
    into the trie, which Ethereum does not.
    """
    packed = node.ask("anvil_dumpState")
    assert isinstance(packed, str)
    dumped = json.loads(gzip.decompress(bytes.fromhex(packed[2:])))["accounts"]
    accounts = {}
    for address, account in dumped.items():
        assert int(account["balance"], 16) == 0
        slots = {int(slot, 16): int(value, 16) for slot, value in account["storage"].items()}
        storage = {slot: value for slot, value in slots.items() if value}
        accounts[address] = Account(account["nonce"], bytes.fromhex(account["code"][2:]), storage)
    return without_empty(accounts)


def without_empty(accounts: dict[str, Account]) -> dict[str, Account]:
    """The accounts that exist: an untouched one is no different from none (EIP-161)."""
    return {address: account for address, account in accounts.items() if account != Account()}


def compare(engine: EmbeddedEngine) -> int:
    """Run the engine's journal on a node: each receipt and head, and all state now and then.

    Gives the number of blocks.
    """
    machine = Machine(engine.chain_id, {})
    ours, theirs = Head(), Head()
    with anvil(engine.chain_id, "--no-mining") as node, closing(RpcEngine(node.url)) as network:
        for raw in engine.transactions():
            transaction = decoded(raw)
            receipt = engine.receipt(transaction.hash)
            machine.keep(machine.run(transaction, receipt.block, receipt.timestamp))
            node.ask("evm_setNextBlockTimestamp", receipt.timestamp)
            node.ask("eth_sendRawTransaction", "0x" + raw.hex())
            node.ask("evm_mine")
            ours = ours.extended(receipt.to_bytes())
            other = network.receipt(transaction.hash)
            theirs = theirs.extended(other.to_bytes())
            assert other == receipt
            assert theirs == ours
            if receipt.block % 10 == 0:
                assert state_of(node) == without_empty(machine.accounts), receipt.block
        assert state_of(node) == without_empty(machine.accounts)
    assert theirs == engine.head
    return theirs.transactions


@needs_solc
@pytest.mark.slow
def test_the_committed_bytecode_is_what_the_sources_compile_to(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = contract_compiler.compiled()
    monkeypatch.setattr(contract_compiler, "compiled", lambda: files)
    assert contract_compiler.main(["--check"]) == 0, capsys.readouterr().out
    # and the check can fail
    monkeypatch.setattr(contract_compiler, "BUILD", tmp_path)
    assert contract_compiler.main(["--check"]) == 1
    assert "Council.json" in capsys.readouterr().out


def random_work(suite: Suite, dice: random.Random, steps: int, now: int) -> None:
    """Transactions of all kinds, refused ones among them."""
    people, patients = ORGANISATIONS, [bytes([number]) * 32 for number in range(4)]

    def someone() -> str:
        return dice.choice(people).address

    kinds: list[tuple[Deployed, str, Callable[[], tuple[object, ...]]]] = [
        (suite.council, "proposeAdmission", lambda: (someone(),)),
        (suite.council, "proposeExpulsion", lambda: (someone(),)),
        (suite.council, "proposeThreshold", lambda: (dice.randrange(1, 6),)),
        (suite.council, "vote", lambda: (dice.randrange(1, 12),)),
        (suite.council, "vote", lambda: (suite.council.ask(FIRST, "proposalCount"),)),
        (suite.council, "execute", lambda: (dice.randrange(1, 12),)),
        (suite.consent, "registerPatient", lambda: (dice.choice(patients), someone())),
        (suite.consent, "setKeeper", lambda: (dice.choice(patients), someone())),
        (suite.consent, "grant", lambda: (dice.choice(patients), someone(), 3, now + 1000)),
        (suite.consent, "revoke", lambda: (dice.choice(patients), someone())),
        (
            suite.visits,
            "addHospitalVisit",
            lambda: (dice.choice(patients), HASH, "x" * dice.choice([0, 5, 31, 32, 200])),
        ),
        (
            suite.documents,
            "addDocument",
            lambda: (dice.choice(patients), bytes([dice.randrange(40)]) * 32, HASH, PLACE),
        ),
    ]
    for _ in range(steps):
        contract, function, arguments = dice.choice(kinds)
        contract.send(dice.choice(people), function, *arguments())


@needs_anvil
@pytest.mark.slow
def test_a_real_node_makes_the_same_of_the_journal(tmp_path: Path) -> None:
    now = [1_800_000_000]
    dice = random.Random(41)

    def clock() -> float:
        now[0] += dice.choice([0, 0, 1, 3600])
        return now[0]

    with closing(EmbeddedEngine(tmp_path, clock)) as engine:
        random_work(deploy_all(engine), dice, 200, now[0])
    # through a snapshot, so that it is proven to carry on as if never stopped
    with closing(EmbeddedEngine(tmp_path, clock)) as engine:
        random_work(deploy_all(engine), dice, 100, now[0])
        receipts = [engine.receipt(decoded(raw).hash) for raw in engine.transactions()]
        assert 30 < sum(receipt.succeeded for receipt in receipts) < 280
        assert compare(engine) == 308


@cache
def trial() -> Artifact:
    """The contract of trial.sol."""
    source = (Path(__file__).parent / "trial.sol").read_text("utf-8")
    request = {
        "language": "Solidity",
        "sources": {"trial.sol": {"content": source}},
        "settings": {
            "evmVersion": "cancun",
            "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
        },
    }
    answer = subprocess.run(
        ["node", str(contract_compiler.SOLC), "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    made = json.loads(answer[answer.index("{") :])["contracts"]["trial.sol"]["Trial"]
    return Artifact(tuple(made["abi"]), bytes.fromhex(made["evm"]["bytecode"]["object"]))


@needs_anvil
@pytest.mark.slow
def test_nothing_of_one_transaction_leaks_into_the_next(tmp_path: Path) -> None:
    """Gas, warmth, transient storage, destruction and undone writes are as on the node."""
    with closing(EmbeddedEngine(tmp_path)) as engine:
        data = trial().deployment()
        made = engine.submit(FIRST.transaction(engine.chain_id, 0, None, data)).contract
        assert made is not None
        contract = Deployed(engine, made, trial())
        dice = random.Random(3)
        plain = ["time", "transient", "bear", "bearAndBury", "bury"]
        for _ in range(60):
            if dice.random() < 0.5:
                contract.send(FIRST, dice.choice(plain))
            else:
                slot, function = dice.randrange(5, 9), dice.choice(["toggle", "failInside", "fail"])
                contract.send(FIRST, function, slot)
            contract.send(FIRST, "set", dice.randrange(5, 9), dice.choice([0, 0, 1, 2**255]))
        contract.send(FIRST, "burn")
        to_nobody = FIRST.transaction(
            engine.chain_id, engine.nonce(FIRST.address), "0x" + "ab" * 20, b"\1"
        )
        assert engine.submit(to_nobody).succeeded
        compare(engine)
        engine.verify()


@needs_anvil
@pytest.mark.slow
def test_the_adapter_does_on_a_node_what_the_embedded_engine_does() -> None:
    with anvil(271_828) as node, closing(RpcEngine(node.url)) as network:
        suite = deploy_all(network)
        assert network.chain_id == 271_828
        suite.consent.send(FIRST, "registerPatient", PATIENT, KEEPER.address)
        receipt = suite.visits.send(FIRST, "addHospitalVisit", PATIENT, HASH, PLACE)
        assert receipt.succeeded and len(receipt.logs) == 1
        assert receipt.logs[0].topics[0] == "0x" + keccak(text=ADDED).hex()
        assert network.receipt(receipt.transaction) == receipt
        visits = suite.visits.ask(KEEPER, "getHospitalVisits", PATIENT)
        assert visits == ((FIRST.address, receipt.timestamp, HASH, PLACE),)
        assert suite.visits.refusal(FIRST, "getHospitalVisits", PATIENT) == "NoConsent"
        stranger = ORGANISATIONS[5]
        refused = suite.visits.send(stranger, "addHospitalVisit", PATIENT, HASH, PLACE)
        assert not refused.succeeded and network.nonce(stranger.address) == 1
        failed = FIRST.transaction(271_828, network.nonce(FIRST.address), None, b"\xfe")
        assert network.submit(failed).contract is None


@needs_anvil
@pytest.mark.slow
def test_the_adapter_counts_a_transaction_once_and_says_what_is_wrong() -> None:
    with anvil(271_828) as node, closing(RpcEngine(node.url)) as network:
        council = deploy(network, "Council", [FIRST.address], 1)
        data = council.artifact.call("proposeAdmission", KEEPER.address)
        raw = FIRST.transaction(271_828, 1, council.address, data)
        assert network.submit(raw) == network.submit(raw)
        assert network.nonce(FIRST.address) == 2
        with pytest.raises(TransactionInvalid):
            network.submit(FIRST.transaction(271_828, 1, council.address, b"another"))
        with pytest.raises(TransactionInvalid):
            network.submit(FIRST.transaction(1, 2, council.address, data))
        with pytest.raises(TransactionUnknown):
            network.receipt("0x" + "0" * 64)
        with pytest.raises(ContractUnknown):
            network.call(FIRST.address, "0x" + "ab" * 20, data)
        with pytest.raises(CallReverted):
            network.call(KEEPER.address, council.address, b"\1\2\3\4")


def test_a_node_that_does_not_answer_is_said_to_be_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with closing(RpcEngine(address)) as network, pytest.raises(EngineUnavailable) as refusal:
            network.nonce(FIRST.address)
    assert address not in str(refusal.value)
