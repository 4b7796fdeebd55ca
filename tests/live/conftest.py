"""What the conversations of this folder are led with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_bedside import Bedside

from assistant.roster import Roster
from ledger_client import LedgerClient


@pytest.fixture(scope="module")
def roster(clinic: tuple[str, str]) -> Iterator[Roster]:
    with LedgerClient(*clinic) as ledger:
        names = Roster(ledger)
        names.snapshot()
        yield names


@pytest.fixture
def bedside(roster: Roster, tmp_path: Path) -> Iterator[Bedside]:
    one = Bedside(roster, tmp_path)
    yield one
    one.assistant.close()
