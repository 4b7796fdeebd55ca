"""Training data for tests that train: a part of the shipped examples."""

from __future__ import annotations

import shutil
from pathlib import Path

from nlu.messages import INTENTS
from nlu.project import HOME, load_file

_FILES = ("nlu_dialogue", "nlu_generated", "nlu_out_of_scope", "nlu_records", "nlu_writing")
"""Those with examples as they are said, nothing misheard in them."""


def part_of_the_project(home: Path, per_intent: int) -> Path:
    """A Rasa project in ``home`` with the first examples of each intent and the real synonyms."""
    (home / "data").mkdir()
    for name in ("observations.yml", "document_types.yml"):
        shutil.copy(HOME / "data" / name, home / "data" / name)
    files = (load_file(HOME / "data" / f"{name}.yml") for name in _FILES)
    shipped = [example for file in files for example in file.examples]
    lines = ['version: "3.1"', "nlu:"]
    for intent in INTENTS:
        examples = [example for example in shipped if example.intent == intent][:per_intent]
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {example.annotated}" for example in examples]
    (home / "data" / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return home
