"""Training data for tests that train: a part of the shipped examples."""

from __future__ import annotations

import shutil
from pathlib import Path

from nlu.messages import INTENTS
from nlu.project import HOME, load_project


def part_of_the_project(home: Path, per_intent: int) -> Path:
    """A Rasa project in ``home`` with the first examples of each intent and the real synonyms."""
    (home / "data").mkdir()
    for name in ("observations.yml", "document_types.yml"):
        shutil.copy(HOME / "data" / name, home / "data" / name)
    shipped = load_project().examples
    lines = ['version: "3.1"', "nlu:"]
    for intent in INTENTS:
        examples = [example for example in shipped if example.intent == intent][:per_intent]
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {example.annotated}" for example in examples]
    (home / "data" / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return home
