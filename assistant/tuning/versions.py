"""Versions of the trained model: frozen training files with metadata, and which one is in use.

Layout of the folder (``ASSISTANT_HOME/nlu``)::

    versions/v3/data/*.yml     the training files, as they were
    versions/v3/version.json   when, by whom, SHA-256 of each file, scores
    current.json               history of promotions; its last entry is in use
    switching                  there while a switch may have no line in the audit log
    lock                       held by whoever trains, promotes or rolls back

A version holds no weights: training again from the same files takes some seconds and
gives the same model. Every change of a file is one rename, so a crash leaves the old state.
"""

from __future__ import annotations

import getpass
import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from assistant.audit import Audit
from assistant.lock import locked
from assistant.tuning import overlay
from assistant.tuning.errors import (
    CorruptVersionError,
    VersionError,
    WorseModelError,
)
from assistant.tuning.history import SHIPPED, History, Promotion, promoted
from assistant.tuning.scores import Golden, Validation, cross_validate, golden
from assistant.vault import write_atomically
from nlu.drafts import draft_folder
from nlu.model import Model
from nlu.project import HOME, Project, ProjectError, load_project

_VERSION_FILE: Final = "version.json"


@dataclass(frozen=True, slots=True)
class Version:
    """What is known of one trained version."""

    id: str
    created: datetime
    author: str
    files: dict[str, str]
    """SHA-256 in hex by the name of the training file."""
    examples: dict[str, int]
    """By intent."""
    golden: Golden
    validation: Validation


_VERSION: Final = TypeAdapter(Version)
_NAME: Final = re.compile(r"v[1-9]\d*")


class VersionStore:
    """The versions of one box, and the site's own examples that go into the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._versions = folder / "versions"
        self._lock = folder / "lock"
        self._history = History(folder, self._lock)

    @property
    def site_file(self) -> Path:
        """The site's own examples, a Rasa file beside the shipped ones."""
        return self._folder / "site.yml"

    @property
    def review_file(self) -> Path:
        """The sealed review queue."""
        return self._folder / "review.sealed"

    def picture(self, version: str) -> Path:
        """Where the confusion matrix of a version lies."""
        return self._versions / version / "confusion.png"

    def all(self) -> list[str]:
        """Ids of the trained versions, oldest first."""
        names = (path.name for path in self._versions.glob("v*"))
        return sorted(filter(_NAME.fullmatch, names), key=lambda name: int(name[1:]))

    def history(self) -> list[Promotion]:
        """Promotions and rollbacks, oldest first; raises :class:`CorruptHistoryError`."""
        return self._history.entries()

    def current(self) -> str:
        """Id of the version in use; :data:`SHIPPED` when none was ever promoted."""
        history = self.history()
        return history[-1].version if history else SHIPPED

    def stamp(self) -> int:
        """Changes whenever another version comes into use: nanoseconds, 0 at first."""
        return self._history.stamp()

    def account(self, audit: Audit) -> None:
        """Record the last switch where a kill came between it and its audit line."""
        self._history.account(audit)

    def read(self, version: str) -> Version:
        """The metadata of a trained version; raises VersionError, CorruptVersionError."""
        try:
            return _VERSION.validate_json(self._metadata(version))
        except ValidationError as error:
            raise _corrupt(version) from error

    def project(self, version: str) -> Path:
        """The folder whose ``data`` a version is trained from."""
        return HOME if version == SHIPPED else self._versions / version

    def model(self, version: str, sha256: str = "") -> Model:
        """Train a version from its files, which must be those that it was made of.

        ``sha256`` is that of the metadata, where it is known from the history.
        Raises VersionError, CorruptVersionError.
        """
        self.check(version, sha256)
        try:
            return Model.load(self.project(version))
        except ProjectError as error:
            raise _corrupt(version) from error

    def check(self, version: str, sha256: str = "") -> None:
        """Raise VersionError or CorruptVersionError unless the files are what was trained."""
        if version == SHIPPED:
            return
        if sha256 and hashlib.sha256(self._metadata(version)).hexdigest() != sha256:
            raise _corrupt(version)
        if _hashes(self._versions / version / "data") != self.read(version).files:
            raise _corrupt(version)

    def train(self, step: Callable[[str], None]) -> Version:
        """Train on the shipped files and the site's own, score, and keep it as a new version.

        ``step`` is called with what begins next. The version in use stays in use.
        Raises :class:`ExampleError` where the site's examples can't be used.
        """
        self._versions.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft_folder(self._folder) as folder:
            draft = folder / "version"
            (draft / "data").mkdir(parents=True)
            for path in [*(HOME / "data").glob("*.yml"), self.site_file]:
                if path.exists():
                    shutil.copy(path, draft / "data" / path.name)
            step("read")
            overlay.read(self.site_file)  # a damaged one is told with what to do
            project = load_project(draft)
            step("train")
            model = Model.trained(project)
            validation = cross_validate(project, model.learnt.masks, lambda: step("cross-validate"))
            step("golden set")
            made = Version(
                id="",
                created=datetime.now(UTC),
                author=getpass.getuser(),
                files=_hashes(draft / "data"),
                examples=_count(project),
                golden=golden(model),
                validation=validation,
            )
            with locked(self._lock):
                last = self.all()[-1:]
                made = replace(made, id=f"v{int(last[0][1:]) + 1 if last else 1}")
                write_atomically(draft / _VERSION_FILE, _VERSION.dump_json(made, indent=1))
                draft.rename(self._versions / made.id)
        return made

    def promote(self, version: str, audit: Audit, *, forced: str | None = None) -> Promotion:
        """Bring a version into use; both it and the current one are scored anew for it.

        Raises :class:`WorseModelError` where it does worse, unless ``forced`` says why.
        """
        with locked(self._lock):
            self.check(version)
            if version == self.current():
                raise VersionError(
                    f"{version} is in use already.", "See which there are: assistant nlu versions."
                )
            try:
                old = self.model(self.current())
            except CorruptVersionError:  # then a running assistant does without it as well
                old = self.model(SHIPPED)
            worse = golden(self.model(version)).worse_than(golden(old))
            if worse and forced is None:
                raise WorseModelError(
                    f"{version} is worse than {self.current()} in: {', '.join(worse)}.",
                    f"See what changed: assistant nlu diff {self.current()} {version}. "
                    "To use it nevertheless: --force --reason TEXT.",
                    worse,
                )
            return self._switch(version, "promote", audit, forced if worse else None)

    def rollback(self, audit: Audit) -> Promotion:
        """Go back to the version that was in use before the current one was promoted."""
        with locked(self._lock):
            in_use = promoted(self.history())
            if not in_use:
                raise VersionError(
                    "The shipped model is in use: there is nothing to go back to.",
                    "Train and promote a version first: assistant nlu train.",
                )
            return self._switch([SHIPPED, *in_use][-2], "rollback", audit, None)

    def _switch(self, version: str, action: str, audit: Audit, forced: str | None) -> Promotion:
        """Switch and record; the lock is held."""
        metadata = b"" if version == SHIPPED else self._metadata(version)
        entry = Promotion(
            version=version,
            sha256=hashlib.sha256(metadata).hexdigest() if metadata else "",
            at=datetime.now(UTC),
            author=getpass.getuser(),
            action=action,
            forced=forced,
        )
        self._history.switch(entry, audit)
        return entry

    def _metadata(self, version: str) -> bytes:
        if version not in self.all():
            raise VersionError(
                f"There is no version {version}.", "See which there are: assistant nlu versions."
            )
        try:
            return (self._versions / version / _VERSION_FILE).read_bytes()
        except OSError as error:
            raise _corrupt(version) from error


def _hashes(data: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data.glob("*.yml"))
    }


def _count(project: Project) -> dict[str, int]:
    counts: dict[str, int] = {}
    for example in project.examples:
        counts[example.intent] = counts.get(example.intent, 0) + 1
    return counts


def _corrupt(version: str) -> CorruptVersionError:
    return CorruptVersionError(
        f"The files of {version} are not those that were trained.",
        "Train again (assistant nlu train) and promote the new version, "
        "or go back: assistant nlu rollback.",
    )
