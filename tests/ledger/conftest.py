"""Ledgers for the tests: a small one of made-up patients, and the demo clinic's service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_samples import fill

from ledger import demo
from ledger.server import running
from ledger.store import Store
from ledger_client import LedgerClient


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open ledger with three short chains."""
    with closing(Store(tmp_path / "ledger")) as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """URL and token of a service with the demo clinic."""
    home = tmp_path_factory.mktemp("clinic")
    with closing(Store(home)) as opened:
        demo.load(opened)
    with running(home) as address:
        yield address


@pytest.fixture(scope="session")
def client(clinic: tuple[str, str]) -> Iterator[LedgerClient]:
    """A client of the demo clinic."""
    with LedgerClient(*clinic) as opened:
        yield opened
