"""Ledgers for the tests: a small one of made-up patients, and the demo clinic's service."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_samples import fill
from postgres_server import BIN, PostgresServer

from ledger.databases import ADDRESS
from ledger.server import running
from ledger.store import Store
from ledger_client import LedgerClient


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    if BIN is None:
        pytest.skip("no PostgreSQL: apt-get install postgresql-15")
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An open ledger with three short chains, once on each backend."""
    home = tmp_path / "ledger"
    if request.param == "postgres":
        home.mkdir()
        server = request.getfixturevalue("postgres")
        (home / ADDRESS).write_text(server.database())
    with closing(Store(home)) as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="session")
def clinic(
    demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """URL and token of a service with the demo clinic that no other package's tests write to."""
    home = tmp_path_factory.mktemp("clinic") / "home"
    shutil.copytree(demo_ledger, home)
    with running(home) as address:
        yield address


@pytest.fixture(scope="session")
def client(clinic: tuple[str, str]) -> Iterator[LedgerClient]:
    """A client of the demo clinic."""
    with LedgerClient(*clinic) as opened:
        yield opened
