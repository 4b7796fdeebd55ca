"""The models of one box: what is there, and whether it is what the manifest pins.

A full SHA-256 of every file is taken once and recorded in ``.verified.json`` beside the files,
with each file's size and modification time; while those stay, loading trusts the record.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from models import manifest
from models.errors import ModelCorrupt, ModelMissing, ModelUnpinned
from models.manifest import Model

_RECORD: Final = ".verified.json"


class State(StrEnum):
    """What can be told of a model without reading it all."""

    MISSING = "missing"
    PRESENT = "present"
    """Files of the right sizes, not hashed since they were last written."""
    VERIFIED = "verified"
    CORRUPT = "corrupt"


def path_of(name: str, root: Path) -> Path:
    """The folder of the model, checked; a first look at new files takes their SHA-256.

    Raises :class:`ModelMissing`, :class:`ModelCorrupt` or :class:`ModelUnpinned`.
    """
    model = manifest.get(name)
    if state(model, root) is not State.VERIFIED:
        verify(name, root)
    return root / name


def verify(name: str, root: Path) -> None:
    """Take the SHA-256 of every file and record it; raises as :func:`path_of`."""
    model = manifest.get(name)
    folder = root / name
    check(model, folder, _expected(model, folder))


def state(model: Model, root: Path) -> State:
    """The model's state by sizes and the record, without hashing."""
    folder = root / model.name
    if not folder.is_dir():
        return State.MISSING
    record = _read_record(folder)
    if not model.pinned:
        files = record
    else:
        files = {file.path: {"size": file.size, "sha256": file.sha256} for file in model.files}
    if not files:
        return State.PRESENT
    seen = {path: _stat(folder / path) for path in files}
    if any(stat is None or stat["size"] != files[path]["size"] for path, stat in seen.items()):
        return State.CORRUPT
    recorded = {
        path: stat | {"sha256": files[path]["sha256"]} for path, stat in seen.items() if stat
    }
    return State.VERIFIED if recorded == record else State.PRESENT


def check(model: Model, folder: Path, expected: Mapping[str, str]) -> None:
    """Compare every file with its expected SHA-256, then record them as verified."""
    record: dict[str, dict[str, Any]] = {}
    for path, sha256 in expected.items():
        stat = _stat(folder / path)
        if stat is None:
            raise ModelMissing(
                f"The model {model.name} is not here: {folder / path} is missing.",
                f"Run: assistant models fetch {model.name}",
            )
        found = sha256_of(folder / path)
        if found != sha256:
            raise ModelCorrupt(
                f"{folder / path} is not the pinned file: its SHA-256 is {found}, "
                f"the manifest's is {sha256}.",
                f"Delete it and run: assistant models fetch {model.name}",
            )
        record[path] = stat | {"sha256": sha256}
    # A folder that this user may not write is hashed at each start instead.
    with contextlib.suppress(PermissionError):
        write_record(folder, record)


def trust(folder: Path) -> None:
    """Record whatever files are in ``folder`` as the content of an unpinned model."""
    record: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*")):
        stat = _stat(path)
        if stat is not None and path.name != _RECORD:
            record[str(path.relative_to(folder))] = stat | {"sha256": sha256_of(path)}
    write_record(folder, record)


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_record(folder: Path, record: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace the record at once, so that no reader sees half of it."""
    new = folder / f"{_RECORD}.{os.getpid()}"
    new.write_text(json.dumps(record, indent=1), encoding="utf-8")
    new.replace(folder / _RECORD)


def _expected(model: Model, folder: Path) -> dict[str, str]:
    if model.pinned:
        return {file.path: file.sha256 for file in model.files}
    record = _read_record(folder)
    if not folder.is_dir():
        raise ModelMissing(
            f"The model {model.name} is not here.",
            f"Run: assistant models fetch {model.name} --allow-unpinned",
        )
    if not record:
        raise ModelUnpinned(
            f"Nobody has told the checksum of {model.name}, and these files were not fetched.",
            f"Delete {folder} and run: assistant models fetch {model.name} --allow-unpinned",
        )
    return {path: entry["sha256"] for path, entry in record.items()}


def _read_record(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _stat(path: Path) -> dict[str, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return {"size": stat.st_size, "modified_ns": stat.st_mtime_ns} if path.is_file() else None
