"""Train Rasa offline on the masked project: ``python -m nlu.rasa_train --out MODEL.tar.gz``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from nlu.drafts import draft_folder, in_use
from nlu.project import HOME, ProjectError
from nlu.rasa_errors import RasaError, RasaTrainingError
from nlu.rasa_process import RASA_PYTHON, check_there, environment
from nlu.rasa_project import DIET, LIGHT, write_project

_LIMIT_S: Final = 3600.0


def rasa(python: Path, folder: Path, *arguments: str) -> str:
    """Run one Rasa command in ``folder``; returns what it printed.

    Raises :class:`nlu.rasa_errors.RasaError`.
    """
    check_there(python)
    handle = in_use(folder)  # by Rasa, also when it outlives us
    try:
        done = subprocess.run(
            [python.absolute(), "-I", "-m", "rasa", *arguments],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LIMIT_S,
            pass_fds=(handle,),
        )
    except subprocess.TimeoutExpired:
        raise RasaTrainingError("Rasa did not finish in an hour.", "Is the machine busy?") from None
    finally:
        os.close(handle)
    if done.returncode != 0:
        raise RasaTrainingError(f"Rasa failed:\n{done.stdout[-2000:]}", "Mend what it names.")
    return done.stdout


def train(python: Path, out: Path, config: str = LIGHT, home: Path = HOME) -> float:
    """Train on ``home`` and put the model at ``out``, whole or not at all; returns seconds.

    Raises :class:`nlu.rasa_errors.RasaError` and :class:`nlu.project.ProjectError`.
    """
    check_there(python)
    started = time.perf_counter()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with draft_folder(out.parent) as folder:
            write_project(folder, config, home)
            rasa(
                python, folder, "train", "nlu", "--config", "config.yml", "--domain", "domain.yml",
                "--nlu", "data", "--out", ".", "--fixed-model-name", "model",
            )  # fmt: skip
            (folder / "model.tar.gz").replace(out)
    except OSError as error:
        raise RasaTrainingError(
            f"The model can't be written ({error.strerror}).", "Free disk space, then train again."
        ) from None
    return time.perf_counter() - started


def main() -> int:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True, metavar="MODEL")
    arguments.add_argument("--python", type=Path, default=RASA_PYTHON, help="of Rasa's environment")
    arguments.add_argument("--diet", action="store_true", help="the heavier pipeline")
    given = arguments.parse_args()
    try:
        seconds = train(given.python, given.out.absolute(), DIET if given.diet else LIGHT)
    except (RasaError, ProjectError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Trained in {seconds:.0f} s: {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
