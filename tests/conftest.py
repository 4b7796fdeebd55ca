"""What tests of several packages share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.lock import locked
from ledger import demo
from ledger.server import running
from ledger.store import Store
from nlu.messages import INTENTS
from nlu.project import HOME, load_project

PER_INTENT = 6


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


def part_of_the_project(home: Path, per_intent: int) -> Path:
    """A Rasa project in ``home`` with the first examples of each intent and the real synonyms."""
    (home / "data").mkdir()
    for name in ("observations.yml", "document_types.yml"):
        shutil.copy(HOME / "data" / name, home / "data" / name)
    shipped = load_project().examples
    lines = ['version: "3.1"', "nlu:"]
    for intent in INTENTS:
        examples = [example for example in shipped if example.intent == intent][:per_intent]
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {example.annotated}" for example in examples]
    (home / "data" / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Rasa project that is soon trained."""
    return part_of_the_project(tmp_path_factory.mktemp("small"), PER_INTENT)
