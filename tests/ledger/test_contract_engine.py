"""The embedded engine: what is refused, what survives a crash, and what damage is found."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from contract_samples import HASH, ORGANISATIONS, PATIENT, PLACE, Deployed, deploy, deploy_all
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.contracts.artifacts import artifact
from ledger.contracts.embedded import EmbeddedEngine
from ledger.contracts.errors import (
    ContractUnknown,
    EngineUnavailable,
    JournalDamaged,
    TransactionInvalid,
    TransactionUnknown,
)
from ledger.contracts.journal import Journal
from ledger.contracts.transaction import decoded
from ledger.errors import SetupError

NOW = 1_800_000_000
FIRST = ORGANISATIONS[0]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    with closing(EmbeddedEngine(tmp_path, clock=lambda: NOW)) as opened:
        yield opened


def add_visit(visits: Deployed, number: int) -> bytes:
    """A signed visit, the next of its organisation."""
    data = visits.artifact.call("addHospitalVisit", bytes([number]) * 32, HASH, PLACE)
    nonce = visits.engine.nonce(FIRST.address)
    return FIRST.transaction(visits.engine.chain_id, nonce, visits.address, data)


def test_a_transaction_counts_once(engine: EmbeddedEngine) -> None:
    raw = add_visit(deploy_all(engine).visits, 1)
    first = engine.submit(raw)
    assert engine.submit(raw) == first == engine.receipt(first.transaction)
    assert engine.head.transactions == first.block == 5
    with pytest.raises(TransactionUnknown):
        engine.receipt("0x" + "0" * 64)


def test_a_refused_transaction_is_in_the_chain_without_effect(engine: EmbeddedEngine) -> None:
    suite = deploy_all(engine)
    stranger = ORGANISATIONS[5]
    receipt = suite.visits.send(stranger, "addHospitalVisit", PATIENT, HASH, PLACE)
    assert not receipt.succeeded
    assert engine.receipt(receipt.transaction) == receipt
    assert engine.nonce(stranger.address) == 1
    assert engine.verify().transactions == 5


def test_what_no_block_may_hold_is_not_recorded(engine: EmbeddedEngine) -> None:
    council = deploy(engine, "Council", [FIRST.address], 1)
    data = council.artifact.call("proposeThreshold", 1)
    chain, head = engine.chain_id, engine.head
    for raw in (
        FIRST.transaction(chain + 1, 1, council.address, data),
        FIRST.transaction(chain, 0, council.address, data),
        FIRST.transaction(chain, 2, council.address, data),
        FIRST.transaction(chain, 1, council.address, data, gas=21_000),
        FIRST.transaction(chain, 1, council.address, data, gas=30_000_001),
        FIRST.transaction(chain, 1, None, bytes(50_000), gas=30_000_000),
        FIRST.transaction(chain, 1, council.address, bytes(140_000)),
    ):
        with pytest.raises(TransactionInvalid):
            engine.submit(raw)
    assert engine.head == head
    assert council.send(FIRST, "proposeThreshold", 1).succeeded


def test_gas_runs_out_within_the_transaction(engine: EmbeddedEngine) -> None:
    data = artifact("Council").deployment([FIRST.address], 1)
    receipt = engine.submit(FIRST.transaction(engine.chain_id, 0, None, data, gas=200_000))
    assert (receipt.succeeded, receipt.gas_used, receipt.contract) == (False, 200_000, None)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda data: b"\x02" + data))
def test_garbage_is_no_transaction(data: bytes) -> None:
    with pytest.raises(TransactionInvalid):
        decoded(data)


@given(st.data())
@settings(max_examples=50)
def test_a_changed_transaction_is_another_senders_or_none(data: st.DataObject) -> None:
    raw = FIRST.transaction(1, 0, "0x" + "11" * 20, b"data")
    place = data.draw(st.integers(0, len(raw) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(raw)
    changed[place] ^= 1 << bit
    with suppress(TransactionInvalid):
        assert decoded(bytes(changed)).sender != FIRST.address


def test_reads_change_nothing_and_need_a_contract(engine: EmbeddedEngine) -> None:
    council = deploy(engine, "Council", [FIRST.address], 1)
    head = engine.head
    admit = council.artifact.call("proposeAdmission", ORGANISATIONS[1].address)
    engine.call(FIRST.address, council.address, admit)
    assert engine.head == head
    assert council.ask(FIRST, "proposalCount") == 0
    with pytest.raises(ContractUnknown):
        engine.call(FIRST.address, "0x" + "11" * 20, admit)


def test_time_never_runs_back(tmp_path: Path) -> None:
    now = [NOW]
    with closing(EmbeddedEngine(tmp_path, clock=lambda: now[0])) as engine:
        visits = deploy_all(engine).visits
        now[0] -= 1000
        assert engine.submit(add_visit(visits, 1)).timestamp == NOW
    with closing(EmbeddedEngine(tmp_path, clock=lambda: now[0])) as again:
        visits = Deployed(again, visits.address, visits.artifact)
        assert again.submit(add_visit(visits, 2)).timestamp == NOW


def test_a_start_with_and_without_snapshot_makes_the_same_state(tmp_path: Path) -> None:
    with closing(EmbeddedEngine(tmp_path)) as engine:
        visits = deploy_all(engine).visits
        for number in range(30):
            engine.submit(add_visit(visits, number))
        head, accounts = engine.head, engine.accounts
    with closing(EmbeddedEngine(tmp_path)) as quick:
        assert (quick.head, quick.accounts) == (head, accounts)
        quick.verify()
        visits = Deployed(quick, visits.address, visits.artifact)
        quick.submit(add_visit(visits, 31))
        head, accounts = quick.head, quick.accounts
        # as kill -9 leaves it: the snapshot is one transaction old
        quick._save = lambda: None  # type: ignore[method-assign]
    with closing(EmbeddedEngine(tmp_path)) as behind:
        assert (behind.head, behind.accounts) == (head, accounts)
    (tmp_path / "snapshot").unlink()
    with closing(EmbeddedEngine(tmp_path)) as slow:
        assert (slow.head, slow.accounts) == (head, accounts)


def test_a_damaged_snapshot_is_not_used(tmp_path: Path) -> None:
    with closing(EmbeddedEngine(tmp_path)) as engine:
        deploy_all(engine)
        accounts = engine.accounts
    snapshot = tmp_path / "snapshot"
    content = bytearray(snapshot.read_bytes())
    content[-100] ^= 1
    snapshot.write_bytes(content)
    with closing(EmbeddedEngine(tmp_path)) as again:
        assert again.accounts == accounts


def test_a_forged_state_is_found_by_verify(tmp_path: Path) -> None:
    with closing(EmbeddedEngine(tmp_path)) as engine:
        council = deploy_all(engine).council
        account = engine.accounts[council.address]
        account.storage[0] = 1
        engine._unsaved = 1
    with closing(EmbeddedEngine(tmp_path)) as again, pytest.raises(JournalDamaged):
        again.verify()


def test_a_torn_end_is_cut_wherever_it_breaks_off(tmp_path: Path) -> None:
    with closing(EmbeddedEngine(tmp_path)) as engine:
        visits = deploy_all(engine).visits
        head = engine.head
        raw = add_visit(visits, 1)
        receipt = engine.submit(raw)
    (tmp_path / "snapshot").unlink()
    journal = tmp_path / "journal"
    whole = journal.read_bytes()
    with closing(Journal(journal)) as opened:
        assert opened.newest is not None
        start = opened.newest.offset
    for length in (*range(start, start + 12), (start + len(whole)) // 2, len(whole) - 1):
        journal.write_bytes(whole[:length])
        with closing(Journal(journal)) as opened:
            assert opened.head == head
        assert journal.stat().st_size == length, "only looked at"
        with closing(EmbeddedEngine(tmp_path, lambda: receipt.timestamp)) as engine:
            assert engine.submit(raw) == receipt
        assert journal.read_bytes() == whole
        (tmp_path / "snapshot").unlink()
    for zeros in (len(whole) - start, 4 * len(whole)):
        journal.write_bytes(whole[:start] + bytes(zeros))
        with closing(EmbeddedEngine(tmp_path, lambda: receipt.timestamp)) as engine:
            assert engine.head == head
            assert engine.submit(raw) == receipt
        assert journal.read_bytes() == whole
        (tmp_path / "snapshot").unlink()


def test_each_changed_bit_before_the_end_is_damage(tmp_path: Path) -> None:
    with closing(EmbeddedEngine(tmp_path)) as engine:
        visits = deploy_all(engine).visits
        engine.submit(add_visit(visits, 1))
    journal = tmp_path / "journal"
    whole = journal.read_bytes()
    with closing(Journal(journal)) as opened:
        assert opened.newest is not None
        start = opened.newest.offset
    dice = random.Random(5)
    for place in [*range(40), *(dice.randrange(start) for _ in range(60))]:
        changed = bytearray(whole)
        changed[place] ^= 1 << dice.randrange(8)
        journal.write_bytes(changed)
        with pytest.raises(JournalDamaged):
            EmbeddedEngine(tmp_path)
    journal.write_bytes(whole)
    with closing(EmbeddedEngine(tmp_path)) as again:
        again.verify()


def test_a_journal_that_lost_its_end_is_found_against_the_snapshot(tmp_path: Path) -> None:
    with closing(EmbeddedEngine(tmp_path)) as engine:
        visits = deploy_all(engine).visits
        engine.submit(add_visit(visits, 1))
    journal = tmp_path / "journal"
    with closing(Journal(journal)) as opened:
        assert opened.newest is not None
        start = opened.newest.offset
    os.truncate(journal, start)
    with pytest.raises(JournalDamaged):
        EmbeddedEngine(tmp_path)


def test_one_process_at_a_time(engine: EmbeddedEngine, tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        EmbeddedEngine(tmp_path)


def test_a_full_disk_stores_nothing_and_can_be_tried_again(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = deploy_all(engine).visits
    raw, head = add_visit(visits, 1), engine.head

    def half(file: int, data: bytes, offset: int) -> int:
        return real(file, data[: len(data) // 2], offset)

    real = os.pwrite
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", half)
        with pytest.raises(EngineUnavailable):
            engine.submit(raw)
    assert engine.head == head
    assert engine.submit(raw).block == head.transactions + 1
    engine.verify()


def test_after_a_failed_sync_nothing_more_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(EmbeddedEngine(tmp_path)) as engine:
        visits = deploy_all(engine).visits
        raw = add_visit(visits, 1)

        def broken(file: int) -> None:
            raise OSError(5, "input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", broken)
            with pytest.raises(EngineUnavailable):
                engine.submit(raw)
        with pytest.raises(EngineUnavailable):
            engine.submit(raw)
    with closing(EmbeddedEngine(tmp_path)) as again:
        again.verify()
        assert again.submit(raw).succeeded


WRITER = """
import sys
from pathlib import Path
from contract_samples import deploy_all
from test_contract_engine import add_visit, resumed
from ledger.contracts.embedded import EmbeddedEngine

engine = EmbeddedEngine(Path(sys.argv[1]))
visits = resumed(engine) if engine.head.transactions else deploy_all(engine).visits
print("ready", flush=True)
number = 0
while True:
    receipt = engine.submit(add_visit(visits, number % 256))
    print(receipt.block, receipt.transaction, flush=True)
    number += 1
"""


def resumed(engine: EmbeddedEngine) -> Deployed:
    """The visits contract of an engine that has been used before."""
    fourth = decoded(engine.transactions()[3])
    address = engine.receipt(fourth.hash).contract
    documents = artifact("Documents")
    third = engine.receipt(decoded(engine.transactions()[2]).hash).contract
    assert address and third and documents.bytecode in fourth.data
    return Deployed(engine, third, artifact("Visits"))


@pytest.mark.slow
def test_kill_9_loses_nothing_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "chain"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), "."])}
    dice = random.Random(9)
    acknowledged: dict[str, int] = {}
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(dice.uniform(0.05, 0.4))
        os.kill(writer.pid, signal.SIGKILL)
        for line in writer.stdout.read().splitlines(keepends=True):
            if line.endswith("\n"):
                block, transaction = line.split()
                acknowledged[transaction] = int(block)
        writer.wait()
        writer.stdout.close()
    assert len(acknowledged) > 50
    with closing(EmbeddedEngine(folder)) as engine:
        head = engine.verify()
        for transaction, block in acknowledged.items():
            assert engine.receipt(transaction).block == block
        # at most one a kill was stored and not yet acknowledged
        assert 0 <= head.transactions - 4 - len(acknowledged) <= 8
