"""The demo clinic's ledger, copied for each module that serves it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def home(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module's own copy of the demo clinic."""
    return Path(shutil.copytree(demo_ledger, tmp_path_factory.mktemp("ledger") / "home"))
