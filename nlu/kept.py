"""What a project's examples were read as, kept on disk: reading them takes longer than training.

One file for each content of project and program, in the user's cache folder. A file that is
damaged or can't be written only costs the time to read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path
from pydantic import TypeAdapter, ValidationError

from nlu.project import Project

_PROGRAM: Final = Path(__file__).parent
_LIBRARIES: Final = ("pymorphy3", "pymorphy3-dicts-ru", "rapidfuzz", "num2words")
_MOST: Final = 8
"""Files kept: a site's versions and the shipped one."""

Masks = list[tuple[str, ...]]
"""Masked words of each example, in the project's order."""
_MASKS: Final = TypeAdapter(Masks)


def load(project: Project) -> Masks | None:
    """The masks of ``project``, if this program has read it before."""
    try:
        masks = _MASKS.validate_json(_file(project).read_bytes())
    except (OSError, ValidationError):
        return None
    return masks if len(masks) == len(project.examples) else None


def save(project: Project, masks: Masks) -> None:
    """Keep ``masks`` for the next start."""
    file = _file(project)
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_bytes(_MASKS.dump_json(masks))
        draft.replace(file)
        newest = sorted(file.parent.glob("*.json"), key=lambda path: -path.stat().st_mtime)
        for old in newest[_MOST:]:
            old.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _file(project: Project) -> Path:
    content = hashlib.sha256(_program())
    for example in project.examples:
        content.update(f"{example.intent}\t{example.annotated}\n".encode())
    content.update(repr(project.synonyms).encode())
    return user_cache_path("clinician-voice-assistant") / "nlu" / f"{content.hexdigest()}.json"


@cache
def _program() -> bytes:
    """What the masks depend on beside the project."""
    digest = hashlib.sha256(" ".join(version(name) for name in _LIBRARIES).encode())
    for source in sorted(_PROGRAM.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.digest()
