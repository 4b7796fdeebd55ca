"""`assistant demo-clinic` and `assistant ledger verify` on a box of their own."""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from assistant.commands import clinic
from ledger_client.errors import LedgerError

pytestmark = pytest.mark.slow


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    clinic.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(arguments)
    return int(args.run(args))


def test_the_clinic_is_loaded_counted_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    with pytest.raises(LedgerError, match="no ledger"):
        run("ledger", "verify")
    assert run("demo-clinic") == 0
    loaded = capsys.readouterr().out
    assert run("ledger", "verify") == 0
    verdict = capsys.readouterr().out
    total = verdict.split(": ")[1].split()[0]
    assert total in loaded
    assert run("ledger", "forget-patient", "1236", "--reason", "Просьба") == 0
    assert "receipt: record" in capsys.readouterr().out
    with pytest.raises(LedgerError, match="forgotten"):
        run("ledger", "forget-patient", "1236", "--reason", "Просьба")
    assert run("ledger", "verify") == 0
    assert " 0 records erased" not in capsys.readouterr().out
    with closing(sqlite3.connect(tmp_path / "ledger" / "ledger.db")) as database:
        database.execute("DELETE FROM records WHERE position = 100")
        database.commit()
    assert run("ledger", "verify") == 8
    assert "dropped" in capsys.readouterr().out
    (tmp_path / "ledger" / "keys" / "master.key").unlink()
    with pytest.raises(LedgerError, match="keys are missing"):
        run("demo-clinic")
