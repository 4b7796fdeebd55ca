"""The Rasa project as Rasa is trained and asked: every name, number and date masked.

Rasa learns from the same masked words as the in-process parser, which were found with the app's
own extractor, and is asked with such words only: no name that was made out leaves the process,
and the intents are right more often than on the words themselves (docs/rasa.md has the figures).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nlu.model import Model
from nlu.project import HOME, ProjectError

LIGHT: Final = "config.yml"
DIET: Final = "config.diet.yml"


_ENTITIES: Final = {
    "P": "patient_name", "C": "patient_id", "H": "hospital", "T": "period", "O": "ordinal",
    "V": "value", "X": "observation", "L": "observation", "A": "document_type",
    "D": "document_type",
}  # fmt: skip


def spelt(masked: Sequence[str]) -> str:
    """Masked words as one text; the masks get a length that word features don't pass over."""
    return " ".join(map(_spelt, masked))


def _spelt(word: str) -> str:
    return f"qq{word.lower()}" if word.isupper() else word


def _annotated(word: str) -> str:
    return f"[{_spelt(word)}]({_ENTITIES[word]})" if word in _ENTITIES else _spelt(word)


def write_project(target: Path, config: str = LIGHT, home: Path = HOME) -> int:
    """Write the masked project of ``home`` into the empty folder ``target``.

    Pipeline and domain are the shipped ones: a site changes examples only.

    Returns the number of utterances; raises :class:`nlu.project.ProjectError`.
    """
    by_intent: dict[str, list[str]] = {}
    for masked, intent in Model.load(home).examples.items():
        if masked:
            by_intent.setdefault(intent, []).append(" ".join(map(_annotated, masked)))
    lines = ['version: "3.1"', "nlu:"]
    for intent, texts in by_intent.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    (target / "data").mkdir()
    (target / "data" / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        shutil.copyfile(HOME / config, target / "config.yml")
        shutil.copyfile(HOME / "domain.yml", target / "domain.yml")
    except OSError as error:
        raise ProjectError(f"{config} or domain.yml can't be read") from error
    return sum(map(len, by_intent.values()))
