"""Reading the Rasa project: its files are the only source of training data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from nlu.messages import ENTITIES, INTENTS

HOME = Path(__file__).parent
"""The Rasa project that ships with the assistant."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader; ten times quicker where PyYAML was built with libyaml, as its wheels are."""
_ANNOTATION = re.compile(r"\[([^\]]+)\]\((\w+)\)")


class ProjectError(ValueError):
    """A file of the Rasa project can't be used; the message names the file and what to change."""


@dataclass(frozen=True, slots=True)
class Example:
    """A training utterance in Rasa's notation: ``открой карту [Рябова](patient_name)``."""

    intent: str
    annotated: str

    @property
    def text(self) -> str:
        """The utterance as it would be said."""
        return _ANNOTATION.sub(r"\1", self.annotated)

    @property
    def entities(self) -> list[tuple[str, str]]:
        """Names and texts of the annotated entities."""
        return [(name, text) for text, name in _ANNOTATION.findall(self.annotated)]

    def replaced(self, words: dict[str, str]) -> str:
        """The utterance with the text of some entities replaced by a word each."""
        return _ANNOTATION.sub(lambda m: words.get(m[2], m[1]), self.annotated)


@dataclass(frozen=True, slots=True)
class Project:
    """Examples, and synonyms as pairs of a phrase and its key."""

    examples: tuple[Example, ...]
    synonyms: tuple[tuple[str, str], ...]


def load_project(home: Path = HOME) -> Project:
    """Read all ``data/*.yml`` of a Rasa project; raises :class:`ProjectError`."""
    files = [load_file(path) for path in sorted((home / "data").glob("*.yml"))]
    examples = tuple(example for file in files for example in file.examples)
    if missing := set(INTENTS) - {example.intent for example in examples}:
        raise ProjectError(f"no examples for {', '.join(sorted(missing))}")
    return Project(examples, tuple(synonym for file in files for synonym in file.synonyms))


def load_file(path: Path) -> Project:
    """Read one file of training data; raises :class:`ProjectError`."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path.name} is not valid YAML: {error}") from error
    examples: list[Example] = []
    synonyms: list[tuple[str, str]] = []
    for block in _blocks(content, path):
        lines = _lines(block.get("examples"))
        if "intent" in block:
            intent = str(block["intent"])
            if intent not in INTENTS:
                raise ProjectError(f"{path.name}: unknown intent {intent}")
            examples += [Example(intent, line) for line in lines]
        elif "synonym" in block:
            synonyms += [(line, str(block["synonym"])) for line in lines]
    for example in examples:
        unknown = {name for name, _ in example.entities} - set(ENTITIES)
        if unknown:
            names = ", ".join(sorted(unknown))
            raise ProjectError(f"{path.name}: unknown entity {names} in {example.intent}")
    return Project(tuple(examples), tuple(synonyms))


def _blocks(content: Any, path: Path) -> Iterable[dict[str, Any]]:
    if not isinstance(content, dict):
        raise ProjectError(f"{path.name}: the top level must be a mapping")
    blocks = content.get("nlu", [])
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ProjectError(f"{path.name}: nlu must be a list of mappings")
    return blocks


def _lines(examples: Any) -> list[str]:
    return [
        line.strip().removeprefix("- ").strip()
        for line in str(examples or "").splitlines()
        if line.strip().startswith("- ")
    ]
