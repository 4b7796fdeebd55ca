"""A store whose shipped files are a small part of the real ones, so that training is quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.audit import Audit
from assistant.tuning import overlay, scores, versions
from assistant.tuning.versions import VersionStore
from assistant.vault import Vault
from nlu.evaluate import HELDOUT, read_cases


@pytest.fixture
def store(
    tmp_path: Path, small_project: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[VersionStore]:
    monkeypatch.setattr(versions, "HOME", small_project)
    monkeypatch.setattr(overlay, "HOME", small_project)
    monkeypatch.setattr(scores, "GOLDEN", {"fresh": HELDOUT.with_name("heldout_fresh.tsv")})
    monkeypatch.setattr(scores, "SLOTS", {})
    monkeypatch.setattr(scores, "FOLDS", 2)
    yield VersionStore(tmp_path / "nlu")


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "audit.jsonl", Vault(bytes(32)))


@pytest.fixture
def quiet() -> Callable[[str], None]:
    return lambda step: None


@pytest.fixture
def misleading() -> str:
    """Examples that make any model worse: golden utterances under a wrong intent."""
    cases = read_cases(HELDOUT.with_name("heldout_fresh.tsv"))
    asked = [case.text for case in cases if case.intent == "get_latest_vitals"]
    lines = "".join(f"    - {text}\n" for text in asked)
    return f'version: "3.1"\nnlu:\n- intent: get_diagnoses\n  examples: |\n{lines}'
