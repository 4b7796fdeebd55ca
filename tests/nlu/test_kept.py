"""What was read of a project's examples is read again only where something changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nlu import kept
from nlu.messages import INTENTS
from nlu.model import Model
from nlu.project import Example, Project, load_project

TEXTS = ("покажи визиты [Зотова](patient_name)", "да", "стоп")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    synonyms = load_project().synonyms
    examples = [Example(intent, f"{text} {intent}") for intent in INTENTS[:3] for text in TEXTS]
    return Project(tuple(examples), synonyms)


def files(folder: Path) -> list[Path]:
    return list(folder.rglob("*.json"))


def test_masks_come_back_as_they_were(project: Project, tmp_path: Path) -> None:
    assert kept.load(project) is None
    model = Model(project)
    kept.save(project, model.masks)
    assert kept.load(project) == model.masks
    assert Model(project, kept.load(project)).examples == model.examples
    assert "зотов" not in files(tmp_path)[0].read_text(encoding="utf-8").lower()


def test_another_project_is_read_anew(project: Project) -> None:
    kept.save(project, Model(project).masks)
    assert kept.load(replace(project, examples=project.examples[1:])) is None
    assert kept.load(replace(project, synonyms=project.synonyms[1:])) is None


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b"[[]]", b"[" + b"1," * 8 + b"1]", b"\xff"])
def test_a_damaged_file_is_not_used(project: Project, tmp_path: Path, content: bytes) -> None:
    kept.save(project, Model(project).masks)
    files(tmp_path)[0].write_bytes(content)
    assert kept.load(project) is None


def test_a_folder_that_takes_nothing_is_survived(project: Project, tmp_path: Path) -> None:
    (tmp_path / "clinician-voice-assistant").write_text("a file, no folder")
    kept.save(project, Model(project).masks)
    assert kept.load(project) is None
