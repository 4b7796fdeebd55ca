"""Fetching a model onto this box: resumable, at once or not at all, one process at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models import manifest, store
from models.errors import (
    DiskFull,
    ModelCorrupt,
    ModelsError,
    ModelUnavailable,
    ModelUnpinned,
)
from models.manifest import LocalSource, Model, Source, ZipSource
from models.sources import ARCHIVE, Progress, SourceFailed, fill
from models.store import path_of, verify

__all__ = ["fetch", "path_of", "verify"]

LOCAL_VARIABLE: Final = "ASSISTANT_MODELS_LOCAL"
"""A folder of models by name, e.g. on a memory stick, asked before all other sources."""


def fetch(
    name: str,
    target_root: Path,
    progress: Progress = lambda done, total: None,
    *,
    allow_unpinned: bool = False,
) -> Path:
    """Make sure that the model is under ``target_root`` and verified; return its folder.

    A broken copy is replaced. Raises :class:`models.errors.ModelsError`: unknown name, no source
    reachable, a wrong checksum, an unpinned model without ``allow_unpinned``, disk full.
    """
    model = manifest.get(name)
    folder, staging = target_root / name, target_root / f".{name}.partial"
    try:
        target_root.mkdir(parents=True, exist_ok=True)
        with _locked(target_root / f".{name}.lock"):
            if _is_good(name, target_root):
                return folder
            staging.mkdir(exist_ok=True)
            _fill_from_any(model, staging, progress)
            _accept(model, staging, allow_unpinned)
            _remove_leftovers(model, staging)
            _flush(staging)
            if folder.exists():
                shutil.rmtree(folder)
            staging.rename(folder)
            _flush_directory(target_root)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise ModelUnavailable(
                f"{name} can't be kept in {target_root}: {error.strerror}.",
                "Set ASSISTANT_MODELS to a folder that this user may write.",
            ) from error
        shutil.rmtree(staging, ignore_errors=True)
        raise DiskFull(
            f"The disk of {target_root} is full: {name} needs {model.size / 1e6:.0f} MB and as "
            "much again while it is fetched. Nothing was kept.",
            "Make room, or set ASSISTANT_MODELS to a folder on another disk.",
        ) from error
    return folder


def _is_good(name: str, root: Path) -> bool:
    try:
        path_of(name, root)
    except ModelsError:
        return False
    return True


def _fill_from_any(model: Model, staging: Path, progress: Progress) -> None:
    failures = []
    for source in _sources(model):
        try:
            return fill(source, model, staging, progress)
        except SourceFailed as failure:
            failures.append(f"{source}: {failure}.")
    with contextlib.suppress(OSError):  # not empty: the next try goes on from there
        staging.rmdir()
    by_hand = (
        f", or copy its files from another box into a folder FOLDER/{model.name} and set "
        f"{LOCAL_VARIABLE}=FOLDER"
    )
    raise ModelUnavailable(
        f"No source could give {model.name}. {' '.join(failures)}",
        f"Check the network{by_hand if model.pinned else ''}.",
    )


def _sources(model: Model) -> Iterator[Source]:
    local = os.environ.get(LOCAL_VARIABLE)
    if local and model.pinned:
        yield LocalSource(Path(local) / model.name)
    yield from model.sources


def _accept(model: Model, staging: Path, allow_unpinned: bool) -> None:
    if model.pinned:
        try:
            store.check(model, staging, {file.path: file.sha256 for file in model.files})
        except ModelCorrupt as error:
            shutil.rmtree(staging)
            raise ModelCorrupt(
                f"What was fetched is refused. {error.cause}",
                "Nothing was kept. Fetch again; if it stays so, the source is not to be trusted: "
                "tell whoever runs your mirror.",
            ) from error
        return
    archive = staging / ARCHIVE
    if not allow_unpinned:
        url = next(source.url for source in model.sources if isinstance(source, ZipSource))
        raise ModelUnpinned(
            f"Nobody has told the checksum of {model.name}. The SHA-256 of {url} as fetched is "
            f"{store.sha256_of(archive)}.",
            f"Compare it with a copy you trust, then: assistant models fetch {model.name} "
            "--allow-unpinned",
        )
    archive.unlink()
    store.trust(staging)


def _remove_leftovers(model: Model, staging: Path) -> None:
    """Drop what an earlier source began and another finished."""
    for file in model.files:
        (staging / f"{file.path}.partial").unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait until no other process fetches the same model."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _flush_directory(path)
    _flush_directory(folder)


def _flush_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
