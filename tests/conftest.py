"""What tests of several packages share."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from small_projects import part_of_the_project

from assistant.lock import locked
from ledger import demo
from ledger.server import running
from ledger.store import Store

PER_INTENT = 6
ALL_SLOW = re.compile(r"^pytestmark = (\[\s*)?pytest\.mark\.slow\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make check` doesn't even import a module that is slow as a whole: browsers, plots and
    databases take seconds to import."""
    if config.getoption("markexpr") != "not slow" or collection_path.suffix != ".py":
        return None
    return ALL_SLOW.search(collection_path.read_text(encoding="utf-8")) is not None or None


@pytest.fixture(scope="session")
def demo_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo clinic, to be copied; nobody serves or changes it.

    Loaded once in a run: workers side by side have one folder above their own.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    whole, draft = root / "demo-ledger", root / "demo-ledger-draft"
    with locked(root / "demo-ledger.lock"):
        if not whole.exists():
            with closing(Store(draft)) as store:
                demo.load(store)
            draft.rename(whole)
    return whole


@pytest.fixture(scope="session")
def clinic(
    demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """URL and token of a ledger service with the demo clinic."""
    home = tmp_path_factory.mktemp("clinic") / "home"
    shutil.copytree(demo_ledger, home)
    with running(home) as (url, token):
        yield url, token


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Rasa project that is soon trained."""
    return part_of_the_project(tmp_path_factory.mktemp("small"), PER_INTENT)
