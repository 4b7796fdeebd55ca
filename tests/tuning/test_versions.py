"""Versions of the model: frozen, guarded, switched at once, followed while running."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.audit import Audit, Intact
from assistant.roster import Roster
from assistant.tuning import overlay
from assistant.tuning.active import load_active
from assistant.tuning.errors import (
    CorruptHistoryError,
    CorruptVersionError,
    ExampleError,
    VersionError,
    WorseModelError,
)
from assistant.tuning.history import SHIPPED
from assistant.tuning.versions import VersionStore
from assistant.vault import Vault
from ledger_client import LedgerClient
from nlu.evaluate import HELDOUT, read_cases

pytestmark = pytest.mark.slow

Quiet = Callable[[str], None]


@pytest.fixture
def trained(store: VersionStore, quiet: Quiet) -> VersionStore:
    """A store with one version, as good as the shipped one since it is the same."""
    store.train(quiet)
    return store


def test_a_version_is_frozen(trained: VersionStore, quiet: Quiet) -> None:
    before = trained.read("v1")
    overlay.add(trained.site_file, "affirm", ["да ровно так"])
    again = trained.train(quiet)
    assert trained.all() == ["v1", "v2"]
    assert trained.read("v1") == before
    assert again.examples["affirm"] == before.examples["affirm"] + 1
    assert sum(map(sum, (c.values() for c in again.validation.confusions.values()))) == sum(
        again.examples.values()
    )
    assert trained.current() == SHIPPED


def test_a_worse_model_needs_a_reason(
    store: VersionStore, audit: Audit, quiet: Quiet, misleading: str, tmp_path: Path
) -> None:
    store.site_file.parent.mkdir(parents=True)
    store.site_file.write_text(misleading, encoding="utf-8")
    store.train(quiet)
    with pytest.raises(WorseModelError, match="intents, clean"):
        store.promote("v1", audit)
    assert store.current() == SHIPPED
    assert not (tmp_path / "audit.jsonl").exists()
    store.promote("v1", audit, forced="a trial")
    assert store.history()[-1].forced == "a trial"
    line = json.loads((tmp_path / "audit.jsonl").read_text().splitlines()[-1])
    assert (line["event"], line["to"], line["forced"]) == (
        "nlu_promote",
        "v1",
        "a trial",
    )
    assert audit.verify() == Intact(1)


def test_rollback_goes_further_back_each_time(
    trained: VersionStore, audit: Audit, quiet: Quiet
) -> None:
    trained.train(quiet)
    trained.promote("v1", audit)
    assert trained.promote("v2", audit, forced="not needed").forced is None
    assert [trained.rollback(audit).version for _ in range(2)] == ["v1", SHIPPED]
    trained.promote("v1", audit)
    with pytest.raises(VersionError, match="in use already"):
        trained.promote("v1", audit)
    trained.rollback(audit)
    with pytest.raises(VersionError, match="nothing to go back to"):
        trained.rollback(audit)


def test_an_unknown_version(store: VersionStore, audit: Audit) -> None:
    for version in ("v7", "../v1", ""):
        with pytest.raises(VersionError, match="no version"):
            store.promote(version, audit)


@pytest.mark.parametrize("file", ["version.json", "data/nlu.yml", "data/observations.yml"])
def test_a_changed_file_is_noticed(trained: VersionStore, tmp_path: Path, file: str) -> None:
    path = tmp_path / "nlu" / "versions" / "v1" / file
    if file == "version.json":
        path.write_text(path.read_text().replace('"id": "v1"', '"id": ["v1"]'), encoding="utf-8")
    elif file == "data/nlu.yml":
        path.unlink()
    else:
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(CorruptVersionError, match="not those that were trained"):
        trained.model("v1")


def test_a_corrupt_version_falls_back_to_the_last_good(
    trained: VersionStore, audit: Audit, quiet: Quiet, tmp_path: Path
) -> None:
    trained.train(quiet)
    trained.promote("v1", audit)
    trained.promote("v2", audit)
    metadata = tmp_path / "nlu" / "versions" / "v2" / "version.json"
    metadata.write_text(metadata.read_text() + " ", encoding="utf-8")
    loaded = load_active(trained)
    assert (loaded.version, type(loaded.problem)) == ("v1", CorruptVersionError)
    assert "assistant nlu rollback" in str(loaded.problem)
    (tmp_path / "nlu" / "current.json").write_text("{", encoding="utf-8")
    loaded = load_active(trained)
    assert (loaded.version, type(loaded.problem)) == (SHIPPED, CorruptHistoryError)


def test_after_a_rollback_the_shipped_model_is_used(trained: VersionStore, audit: Audit) -> None:
    trained.promote("v1", audit)
    trained.rollback(audit)
    assert load_active(trained).version == SHIPPED


def promote(folder: str, log: str, version: str) -> None:
    VersionStore(Path(folder)).promote(version, Audit(Path(log), Vault(bytes(32))), forced=None)


@pytest.mark.slow
def test_two_admins_at_once(
    trained: VersionStore, audit: Audit, quiet: Quiet, tmp_path: Path
) -> None:
    trained.train(quiet)
    folder, log = str(tmp_path / "nlu"), str(tmp_path / "audit.jsonl")
    fork = multiprocessing.get_context("fork")
    admins = [fork.Process(target=promote, args=(folder, log, f"v{i}")) for i in (1, 2)]
    for admin in admins:
        admin.start()
    for admin in admins:
        admin.join()
    assert [admin.exitcode for admin in admins] == [0, 0]
    assert sorted(entry.version for entry in trained.history()) == ["v1", "v2"]
    assert audit.verify() == Intact(2)


def train_until_killed(folder: str, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            os.kill(os.getpid(), signal.SIGKILL)

    VersionStore(Path(folder)).train(step)


@pytest.mark.parametrize("at", ["train", "golden set"])
def test_killed_while_training(store: VersionStore, quiet: Quiet, tmp_path: Path, at: str) -> None:
    process = multiprocessing.get_context("fork").Process(
        target=train_until_killed, args=(str(tmp_path / "nlu"), at)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert store.all() == []
    assert store.train(quiet).id == "v1"


def test_damaged_examples_of_the_site(store: VersionStore, quiet: Quiet) -> None:
    store.site_file.parent.mkdir(parents=True)
    store.site_file.write_text("nlu: [", encoding="utf-8")
    with pytest.raises(ExampleError, match=r"site\.yml"):
        store.train(quiet)
    assert store.all() == []


def test_a_running_roster_takes_up_what_is_promoted(
    trained: VersionStore, audit: Audit, tmp_path: Path
) -> None:
    """No ledger here: the parser must work without names. Nobody waits for the new model.

    The audit line that a killed admin left unwritten is written.
    """
    roster = Roster(LedgerClient("http://127.0.0.1:9", "", timeout=0.2), trained, audit=audit)
    before = roster.snapshot()
    trained.promote("v1", audit)
    (tmp_path / "audit.jsonl").unlink()
    (tmp_path / "nlu" / "switching").touch()
    assert roster.snapshot() is before
    taken_up = threading.Event()
    with roster.watched(every_s=0.01):
        for _ in range(2000):
            if roster.snapshot().parser is not before.parser:
                taken_up.set()
                break
            taken_up.wait(0.01)
    assert taken_up.is_set()
    assert roster.snapshot().parser.parse("стоп").intent == "stop"
    assert json.loads((tmp_path / "audit.jsonl").read_text())["to"] == "v1"


def test_an_example_is_checked(store: VersionStore) -> None:
    golden = next(case.text for case in read_cases(HELDOUT))
    for intent, text, cause in (
        ("no_such", "да", "no intent"),
        ("affirm", "yes", "no Russian word"),
        ("affirm", "да | нет", "mark that can't stand"),
        ("affirm", "да [Зотов](nobody)", "unknown entity: nobody"),
        ("deny", "да конечно", "already an example of affirm"),
        ("get_hospital_visits", golden, "in the test sets"),
    ):
        with pytest.raises(ExampleError, match=cause):
            overlay.add(store.site_file, intent, ["верно говорите", text])
    assert not store.site_file.exists()
    assert (
        overlay.add(store.site_file, "affirm", ["верно говорите", "Верно  говорите!", "да конечно"])
        == 1
    )
    assert [e.annotated for e in overlay.read(store.site_file)] == ["верно говорите"]
