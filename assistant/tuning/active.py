"""The model in use, followed while the assistant runs."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from assistant.tuning.errors import TuningError
from assistant.tuning.history import SHIPPED, promoted
from assistant.tuning.versions import VersionStore
from nlu.model import Model

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A trained model with where it came from."""

    model: Model
    version: str
    stamp: int
    """Of the store, before it was read."""
    problem: TuningError | None
    """Why it is not the version that was promoted; None when it is."""


def load_active(store: VersionStore) -> Loaded:
    """Train the version in use, or, where its files are damaged, the last good one before it.

    The shipped model is the last resort. Raises :class:`nlu.project.ProjectError` only when
    the program's own files are damaged.
    """
    stamp = store.stamp()
    problem: TuningError | None = None
    try:
        history = store.history()
    except TuningError as error:
        history, problem = [], error
    hashes = {entry.version: entry.sha256 for entry in history}
    for version in reversed(promoted(history)):
        if version == SHIPPED:
            break
        try:
            model = store.model(version, hashes[version])
        except TuningError as error:
            problem = problem or error
        else:
            return _noted(Loaded(model, version, stamp, problem))
    return _noted(Loaded(store.model(SHIPPED), SHIPPED, stamp, problem))


def _noted(loaded: Loaded) -> Loaded:
    if loaded.problem is not None:
        _log.error("%s In use instead: %s.", loaded.problem, loaded.version)
    return loaded
