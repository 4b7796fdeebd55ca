"""The demo clinic's ledger, loaded once and copied for each module that serves it."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from ledger import demo
from ledger.store import Store


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo clinic; nobody serves or changes it."""
    home = tmp_path_factory.mktemp("demo")
    with closing(Store(home)) as store:
        demo.load(store)
    return home


@pytest.fixture(scope="module")
def home(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module's own copy of the demo clinic."""
    return Path(shutil.copytree(loaded, tmp_path_factory.mktemp("ledger") / "home"))
