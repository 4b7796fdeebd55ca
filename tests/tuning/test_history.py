"""Switches and their audit lines: a kill between them hides none and invents none."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.audit import Audit, Intact
from assistant.lock import locked
from assistant.tuning import history
from assistant.tuning.history import SHIPPED, History, Promotion
from assistant.vault import Vault, write_atomically

START = datetime(2026, 11, 21, 8, tzinfo=UTC)


def log_of(folder: Path) -> Audit:
    return Audit(folder / "audit.jsonl", Vault(bytes(32)))


def opened(folder: Path) -> History:
    return History(folder, folder / "lock")


def entry(version: str, hour: int) -> Promotion:
    return Promotion(version, "", START.replace(hour=hour), "admin of the site", "promote")


def lines(folder: Path) -> list[tuple[str, str]]:
    """From which version to which, as the audit log tells it."""
    file = folder / "audit.jsonl"
    found = map(json.loads, file.read_text().splitlines() if file.exists() else [])
    return [(line["from"], line["to"]) for line in found]


def switch_until_killed(folder: Path, at: str) -> None:
    """Switch to v2 and die before the switch, after it, or after its line."""
    record = history._record

    def write(path: Path, data: bytes) -> None:
        if path.name == "current.json" and at == "marked":
            os.kill(os.getpid(), signal.SIGKILL)
        write_atomically(path, data)

    def recorded(entries: Sequence[Promotion], audit: Audit) -> None:
        if at == "recorded":
            record(entries, audit)
        os.kill(os.getpid(), signal.SIGKILL)

    history.write_atomically = write
    history._record = recorded
    opened(folder).switch(entry("v2", 10), log_of(folder))


@pytest.fixture(params=["marked", "switched", "recorded"])
def killed(request: pytest.FixtureRequest, tmp_path: Path) -> list[tuple[str, str]]:
    """An admin killed while switching from v1 to v2; the switches that did happen."""
    opened(tmp_path).switch(entry("v1", 9), log_of(tmp_path))
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=switch_until_killed, args=(tmp_path, request.param))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    happened = [(SHIPPED, "v1"), ("v1", "v2")][: 1 if request.param == "marked" else 2]
    assert opened(tmp_path).entries()[-1].version == happened[-1][1]
    return happened


def test_who_takes_it_up_records_it(killed: list[tuple[str, str]], tmp_path: Path) -> None:
    for _ in range(2):
        opened(tmp_path).account(log_of(tmp_path))
        assert lines(tmp_path) == killed
    assert log_of(tmp_path).verify() == Intact(len(killed))
    assert not (tmp_path / "switching").exists()
    members = {json.loads(line)["member"] for line in (tmp_path / "audit.jsonl").open()}
    assert members == {log_of(tmp_path).pseudonym("admin", "admin of the site")}


def test_the_next_switch_records_it(killed: list[tuple[str, str]], tmp_path: Path) -> None:
    opened(tmp_path).switch(entry("v3", 11), log_of(tmp_path))
    assert lines(tmp_path) == [*killed, (killed[-1][1], "v3")]


def test_nobody_waits_for_who_switches(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.switch(entry("v1", 9), log_of(tmp_path))
    (tmp_path / "audit.jsonl").unlink()
    (tmp_path / "switching").touch()
    with locked(tmp_path / "lock"):
        store.account(log_of(tmp_path))
        assert lines(tmp_path) == []
    store.account(log_of(tmp_path))
    assert lines(tmp_path) == [(SHIPPED, "v1")]


def test_a_damaged_history_waits_until_it_is_restored(tmp_path: Path) -> None:
    (tmp_path / "current.json").write_text("{")
    (tmp_path / "switching").touch()
    opened(tmp_path).account(log_of(tmp_path))
    assert lines(tmp_path) == []
    assert (tmp_path / "switching").exists()
