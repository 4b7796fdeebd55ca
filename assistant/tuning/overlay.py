"""The site's own training examples: one Rasa file that grows, the shipped ones stay as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from assistant.lock import locked
from assistant.tuning.errors import (
    ExaminedExampleError,
    NotRussianError,
    SiteFileError,
    StrayMarkError,
    TakenExampleError,
    UnknownEntityError,
    UnknownIntentError,
)
from assistant.vault import write_atomically
from nlu.canon import canonical
from nlu.evaluate import BLIND_SETS, TUNED_SETS, read_cases
from nlu.messages import ENTITIES, INTENTS
from nlu.project import HOME, Example, ProjectError, load_file, load_project

_HEADER: Final = "# Examples of this site. Written by `assistant nlu add` and `review label`.\n"
_LEFT_OVER: Final = re.compile(r"[\[\](){}|#\r\n]")


def read(overlay: Path) -> list[Example]:
    """The site's examples, none if there is no file yet; raises :class:`SiteFileError`."""
    try:
        return list(load_file(overlay).examples) if overlay.exists() else []
    except ProjectError as error:
        raise SiteFileError(
            str(error), f"Correct {overlay} by hand, or delete it to begin anew."
        ) from error


def add(overlay: Path, intent: str, texts: list[str]) -> int:
    """Add utterances as examples of ``intent``; returns how many were new.

    A text may mark its entities as Rasa does: ``визиты [Зотова](patient_name)``. All are
    checked before any is written.
    Raises :class:`assistant.tuning.errors.ExampleError`.
    """
    if intent not in INTENTS:
        raise UnknownIntentError(
            f"There is no intent {intent}.", f"Choose one of: {', '.join(INTENTS)}."
        )
    with locked(overlay.with_suffix(".lock")):
        return _add(overlay, intent, texts)


def _add(overlay: Path, intent: str, texts: list[str]) -> int:
    own = read(overlay)
    taken = {plain(e.text): e.intent for e in (*load_project(HOME).examples, *own)}
    examined = {plain(c.text) for p in (TUNED_SETS | BLIND_SETS).values() for c in read_cases(p)}
    new: dict[str, Example] = {}
    for number, text in enumerate(texts, 1):
        example = Example(intent, " ".join(text.split()))
        key = plain(example.text)
        _check(example, number)
        if taken.get(key, intent) != intent:
            raise TakenExampleError(
                f"Text {number} is already an example of {taken[key]}.",
                "One utterance can mean one thing only: say it differently, or leave it out.",
                [taken[key]],
            )
        if key in examined:
            raise ExaminedExampleError(
                f"Text {number} is in the test sets: learned by heart it would test nothing.",
                "Say the same in other words.",
            )
        if key not in taken:
            new.setdefault(key, example)
    if new:
        write_atomically(overlay, _written([*own, *new.values()]).encode())
    return len(new)


def plain(text: str) -> str:
    """What two texts share that the parser can't tell apart by their words."""
    return canonical(text).text


def _check(example: Example, number: int) -> None:
    unknown = {name for name, _ in example.entities} - set(ENTITIES)
    if unknown:
        raise UnknownEntityError(
            f"Text {number} marks an unknown entity: {', '.join(sorted(unknown))}.",
            f"Choose one of: {', '.join(ENTITIES)}.",
            sorted(unknown),
        )
    if _LEFT_OVER.search(example.text):
        raise StrayMarkError(
            f"Text {number} has a mark that can't stand in an example.",
            "Use words; an entity is marked as [Зотова](patient_name).",
        )
    if not re.search("[а-яё]", example.text, re.IGNORECASE):
        raise NotRussianError(f"Text {number} has no Russian word.", "Write what the doctor says.")


def _written(examples: list[Example]) -> str:
    lines = [_HEADER + 'version: "3.1"', "nlu:"]
    for intent in dict.fromkeys(example.intent for example in examples):
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {e.annotated}" for e in examples if e.intent == intent]
    return "\n".join(lines) + "\n"
