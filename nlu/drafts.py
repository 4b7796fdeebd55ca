"""Where a training works: a folder of its own beside its result, removed even after a kill -9."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = ".training-"


@contextmanager
def draft_folder(parent: Path) -> Iterator[Path]:
    """A new folder in ``parent``, removed at the end; what dead trainings left goes first.

    A folder in use is told by a shared lock that dies with its process (:func:`in_use`). Raises
    OSError.
    """
    with _locked(parent, fcntl.LOCK_EX):  # nobody sweeps between making a folder and locking it
        for left in parent.glob(f"{_PREFIX}*"):
            _remove_if_left(left)
        folder = tempfile.TemporaryDirectory(dir=parent, prefix=_PREFIX)
        lock = in_use(Path(folder.name))
    try:
        with folder as name:
            yield Path(name)
    finally:
        os.close(lock)


def in_use(folder: Path) -> int:
    """Mark ``folder`` as in use until the handle is closed by all processes that have it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _remove_if_left(folder: Path) -> None:
    try:
        with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # in use, or gone by itself
        return
