"""Which recogniser a box uses: by name, each behind :class:`assistant.messages.Recognizer`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import models
from assistant.config import Paths
from assistant.errors import ModelError
from assistant.messages import Recognizer
from assistant.recognition import grammar
from assistant.recognition.vosk import VoskRecognizer
from assistant.recognition.whisper import WhisperRecognizer
from models.errors import ModelsError
from nlu.messages import Person, Place


class Engine(StrEnum):
    """The recognisers that there are."""

    WHISPER = "whisper"
    VOSK = "vosk"


Expected = tuple[Sequence[Person], Sequence[Place]]
"""Who and what may be named: the same object until the roster changes."""

_WARD: Final = 50
"""Patients of the longest roster whose surnames Whisper is told: its context holds about 24 of
them, of a longer roster too few to help. What it does: docs/listening.md."""

_VOSK_MODELS: Final = ("vosk-small-ru", "vosk-ru")


def open_recognizer(
    engine: Engine,
    paths: Paths,
    expected: Callable[[], Expected] | None = None,
    wake_word: str | None = None,
) -> Recognizer:
    """Load an engine; raises :class:`ModelError` or models.errors.ModelsError without its model.

    Vosk expects the names of ``expected``, the commands and ``wake_word``; without ``expected``,
    any word of its model. Whisper is prompted with ``wake_word``, without which it makes «я знаю»
    of it before a short command, and with the surnames of a roster that is no longer than a ward's.
    """
    if engine is Engine.VOSK:
        return open_vosk(paths, expected, wake_word)

    def hints() -> Sequence[str]:
        people = expected()[0] if expected else ()
        called = [f"{wake_word.capitalize()}, стоп"] if wake_word else []
        if len(people) > _WARD:
            return called
        return [*called, *dict.fromkeys(person.last for person in people)]

    return WhisperRecognizer(models.path_of("whisper-base", paths.models), hints)


def open_vosk(
    paths: Paths,
    expected: Callable[[], Expected] | None = None,
    wake_word: str | None = None,
) -> VoskRecognizer:
    """Vosk with the model of ``ASSISTANT_VOSK_MODEL``, else a Russian one that was fetched."""
    folder = vosk_model(paths)
    if expected is None:
        return VoskRecognizer(folder)
    built: tuple[Expected, grammar.Grammar] | None = None

    def current() -> grammar.Grammar:
        nonlocal built
        now = expected()
        if built is None or built[0] is not now:
            built = now, grammar.build(*now, recognizer.knows, wake_word)
        return built[1]

    recognizer = VoskRecognizer(folder, current)
    return recognizer


def vosk_model(paths: Paths) -> Path:
    """The folder of the Vosk model to use; raises :class:`ModelError` when there is none."""
    by_hand = os.environ.get("ASSISTANT_VOSK_MODEL")
    if by_hand:
        if not Path(by_hand).is_dir():
            raise ModelError(
                "ASSISTANT_VOSK_MODEL names no folder.", "Set it to the folder of a Vosk model."
            )
        return Path(by_hand)
    for name in _VOSK_MODELS:
        try:
            return models.path_of(name, paths.models)
        except ModelsError:
            continue
    raise ModelError(
        "There is no Russian Vosk model on this box.",
        "Run: assistant models fetch vosk-small-ru --allow-unpinned (its upstream site must be "
        "reachable), or set ASSISTANT_VOSK_MODEL to the folder of a Vosk model.",
    )


def installed(paths: Paths) -> list[Engine]:
    """The engines whose model is on this box."""
    found = []
    for engine, look in ((Engine.WHISPER, _whisper_model), (Engine.VOSK, vosk_model)):
        try:
            look(paths)
        except (ModelError, ModelsError):
            continue
        found.append(engine)
    return found


def _whisper_model(paths: Paths) -> Path:
    return models.path_of("whisper-base", paths.models)
