"""Which version is in use, and every switch that led to it, each with its line in the audit log."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from assistant.audit import Audit
from assistant.lock import locked
from assistant.tuning.errors import CorruptHistoryError
from assistant.vault import write_atomically

SHIPPED: Final = "shipped"
"""The name of the model that came with the program: in use until another is promoted."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """One switch."""

    version: str
    sha256: str
    """Of the version's metadata; empty for the shipped model."""
    at: datetime
    author: str
    action: str
    """``promote`` or ``rollback``."""
    forced: str | None = None
    """Why a worse model was promoted; None when it was not worse."""


_ENTRIES: Final = TypeAdapter(list[Promotion])


class History:
    """Switches of one box, in ``current.json`` of ``folder``; ``lock`` is held by who switches.

    The audit line follows the switch, so that none is recorded that did not happen. The file
    ``switching`` is there from before the switch until after its line: whoever finds it left by
    a kill writes the line that may be missing (:meth:`account`).
    """

    def __init__(self, folder: Path, lock: Path) -> None:
        self._file = folder / "current.json"
        self._mark = folder / "switching"
        self._lock = lock

    def entries(self) -> list[Promotion]:
        """Oldest first; raises :class:`CorruptHistoryError`."""
        try:
            return _ENTRIES.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return []
        except ValidationError as error:
            raise CorruptHistoryError(
                f"{self._file} is damaged, so it is unknown which version is in use.",
                "Restore the file from a backup, or delete it to go back to the shipped model.",
            ) from error

    def stamp(self) -> int:
        """Changes with each switch: nanoseconds, 0 before the first."""
        try:
            return self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def switch(self, entry: Promotion, audit: Audit) -> None:
        """Bring a version into use and record it; the caller holds the lock."""
        self._account(audit)
        entries = [*self.entries(), entry]
        write_atomically(self._mark, b"")
        write_atomically(self._file, _ENTRIES.dump_json(entries, indent=1))
        _record(entries, audit)
        self._mark.unlink()

    def account(self, audit: Audit) -> None:
        """Record the last switch where whoever made it was killed before its line was written.

        While somebody else switches there is nothing to do: they record theirs, and the one
        before it. A damaged history waits until it is restored.
        """
        if self._mark.exists():
            with (
                contextlib.suppress(BlockingIOError, CorruptHistoryError),
                locked(self._lock, wait=False),
            ):
                self._account(audit)

    def _account(self, audit: Audit) -> None:
        if not self._mark.exists():
            return
        entries = self.entries()
        if entries and not audit.has(_event(entries[-1]), at=entries[-1].at.isoformat()):
            _record(entries, audit)
        self._mark.unlink()


def promoted(entries: Sequence[Promotion]) -> list[str]:
    """The version in use last, before it those that rollbacks would go back to.

    A rollback takes the last promotion away, so that a second one goes further back.
    """
    stack: list[str] = []
    for entry in entries:
        if entry.action == "promote":
            stack.append(entry.version)
        elif stack:
            stack.pop()
    return stack


def _event(entry: Promotion) -> str:
    return f"nlu_{entry.action}"


def _record(entries: Sequence[Promotion], audit: Audit) -> None:
    """Write the audit line of the last switch, by whomever it was made."""
    *before, entry = entries
    facts = {
        "member": audit.pseudonym("admin", entry.author),
        "at": entry.at.isoformat(),
        "from": before[-1].version if before else SHIPPED,
        "to": entry.version,
        "forced": entry.forced,
    }
    audit.append_admin(_event(entry), **facts)
