"""What was learnt of a project is learnt again only where something changed."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlu import kept
from nlu.kept import Learnt
from nlu.messages import INTENTS
from nlu.model import Model
from nlu.project import Example, Project, load_project

TEXTS = ("покажи визиты [Зотова](patient_name)", "да", "стоп")
HEARD = (("покажи", "P"), ("визиты",), ("дай", "выписку"), ("стоп", "машина"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    synonyms = load_project().synonyms
    examples = [Example(intent, f"{text} {intent}") for intent in INTENTS[:3] for text in TEXTS]
    return Project(tuple(examples), synonyms)


@pytest.fixture
def learnt(project: Project) -> Learnt:
    """Of the project, kept."""
    learnt = Model.fit(project).learnt
    kept.save(project, learnt)
    return learnt


def file_in(folder: Path) -> Path:
    (file,) = folder.rglob("*.npz")
    return file


def probabilities(model: Model) -> list[list[float]]:
    return [opinion.probabilities.tolist() for opinion in model._classifier.opinions(HEARD)]


def same(one: Learnt, other: Learnt) -> bool:
    weights = zip(one.weights.terms, other.weights.terms, strict=True)
    return (
        (one.masks, one.common) == (other.masks, other.common)
        and (one.weights.intents, one.weights.meanings)
        == (other.weights.intents, other.weights.meanings)
        and np.array_equal(one.weights.factors, other.weights.factors)
        and np.array_equal(one.weights.bias, other.weights.bias)
        and (one.weights.features != other.weights.features).nnz == 0
        and all(a.terms == b.terms and np.array_equal(a.idf, b.idf) for a, b in weights)
    )


def test_it_comes_back_as_it_was_and_reads_the_same(project: Project, tmp_path: Path) -> None:
    assert kept.load(project) is None
    fresh = Model.trained(project)
    back = kept.load(project)
    assert back is not None
    assert same(back, fresh.learnt)
    again = Model.trained(project)
    assert again.examples == fresh.examples
    assert probabilities(again) == probabilities(fresh)
    assert "зотов" not in file_in(tmp_path).read_bytes().decode("utf-8", "ignore").lower()


def test_learning_twice_gives_the_same(project: Project) -> None:
    assert same(Model.fit(project).learnt, Model.fit(project).learnt)


def test_another_project_is_learnt_anew(project: Project, learnt: Learnt) -> None:
    assert kept.load(replace(project, examples=project.examples[1:])) is None
    assert kept.load(replace(project, synonyms=project.synonyms[1:])) is None


def array() -> bytes:
    out = io.BytesIO()
    np.save(out, np.zeros(3))
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"[", b"PK\x03\x04", b"\x80\x04N.", array()])
def test_a_file_of_another_kind_is_not_used(
    project: Project, learnt: Learnt, tmp_path: Path, content: bytes
) -> None:
    file_in(tmp_path).write_bytes(content)
    assert kept.load(project) is None


def test_a_damaged_file_is_not_used(project: Project, learnt: Learnt, tmp_path: Path) -> None:
    """A byte that is not the one written is found, or lies where it means nothing."""
    file, chance = file_in(tmp_path), random.Random(6)
    whole = file.read_bytes()
    for _ in range(100):
        at = chance.randrange(len(whole))
        flipped = bytes([whole[at] ^ 1 << chance.randrange(8)])
        file.write_bytes(whole[:at] + flipped + whole[at + 1 :])
        back = kept.load(project)
        assert back is None or same(back, learnt)
    for end in (1, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:end])
        assert kept.load(project) is None


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("factors", np.zeros((2, 2))),
        ("bias", np.zeros(3, np.float32)),
        ("bias", np.array([0.0, np.nan, 0.0])),
        ("idf", np.zeros(1)),
        ("data", np.zeros(1, np.float32)),
        ("indices", np.full(10, 10**6, np.int32)),
        ("indptr", np.zeros(2, np.int32)),
        ("idf", np.array([None], object)),
        ("texts", np.frombuffer(b'{"masks": []}', np.uint8)),
    ],
)
def test_what_is_no_model_is_not_used(
    project: Project, learnt: Learnt, tmp_path: Path, name: str, wrong: np.ndarray
) -> None:
    file = file_in(tmp_path)
    with np.load(file) as arrays:
        given = {**arrays, name: wrong}
    np.savez(file.open("wb"), **given)
    assert kept.load(project) is None


def test_a_folder_that_takes_nothing_is_survived(project: Project, tmp_path: Path) -> None:
    (tmp_path / "clinician-voice-assistant").write_text("a file, no folder")
    kept.save(project, Model.fit(project).learnt)
    assert kept.load(project) is None


def test_only_the_newest_are_kept(project: Project, tmp_path: Path) -> None:
    learnt = Model.fit(project).learnt
    for left_out in range(6):
        kept.save(replace(project, synonyms=project.synonyms[left_out:]), learnt)
    assert len(list(tmp_path.rglob("*.npz"))) == 4
    assert kept.load(project) is None
