"""A training's folder goes with it, and after a kill -9 with the next training: never before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlu.drafts import draft_folder

PATIENCE_S = 120.0
TRAINER = """
import sys
from pathlib import Path
from nlu.rasa_train import train
train(Path(sys.argv[1]), Path(sys.argv[2]), home=Path(sys.argv[3]))
"""
RASA = """#!/bin/sh
echo $$ > "$HOME/rasa.pid.draft" && mv "$HOME/rasa.pid.draft" "$HOME/rasa.pid"
exec sleep 600
"""
"""Stands in for Rasa in the midst of a training: it works in its folder until it is killed."""


def folders(parent: Path) -> list[Path]:
    return list(parent.glob(".training-*"))


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes true at all; how soon is no matter."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


@pytest.fixture
def started(tmp_path: Path, small_project: Path) -> Iterator[tuple[Path, int, int]]:
    """The models' folder with a training of Rasa under way; pids of the trainer and of Rasa."""
    models = tmp_path / "models"
    models.mkdir()
    rasa = tmp_path / "python"
    rasa.write_text(RASA)
    rasa.chmod(0o700)
    command = [sys.executable, "-c", TRAINER, rasa, models / "light.tar.gz", small_project]
    trainer = subprocess.Popen(command)
    pids = []
    try:
        assert eventually(lambda: bool(list(models.glob(".training-*/rasa.pid"))))
        pids.append(int(next(models.glob(".training-*/rasa.pid")).read_text()))
        yield models, trainer.pid, pids[0]
    finally:
        trainer.kill()
        trainer.wait()
        for pid in pids:
            kill(pid)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.mark.slow
def test_what_a_killed_training_left_goes_once_nobody_works_in_it(
    started: tuple[Path, int, int],
) -> None:
    models, trainer, rasa = started
    (first,) = folders(models)
    with draft_folder(models) as second:
        assert set(folders(models)) == {first, second}, "it lives"
    kill(trainer)
    os.waitpid(trainer, 0)
    with draft_folder(models):
        assert first.exists(), "Rasa, which outlived the trainer, works in it"
    kill(rasa)

    def swept() -> bool:  # whoever inherits the orphan takes it from the table of processes
        with draft_folder(models) as third:
            return folders(models) == [third]

    assert eventually(swept)
    assert folders(models) == []


def test_a_training_that_ends_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), draft_folder(tmp_path) as folder:
        (folder / "data").mkdir()
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_lies_beside_stays(tmp_path: Path) -> None:
    (tmp_path / "light.tar.gz").write_bytes(b"model")
    (tmp_path / ".training-notes").write_text("a file that only looks like one")
    left = tmp_path / ".training-left"
    (left / "data").mkdir(parents=True)
    with draft_folder(tmp_path):
        assert not left.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".training-notes", "light.tar.gz"]
