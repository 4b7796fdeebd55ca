"""Voiceprints of the assistant's own synthetic voice: heard through a microphone, it asks nothing.

They are no personal data and lie unsealed beside the voiceprints of people.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from assistant.config import Paths
from assistant.messages import Synthesizer
from assistant.speaker.engine import Embedding, EmbeddingEngine
from assistant.speaker.errors import VoiceprintUnreadableError
from assistant.vault import write_atomically

_TEXTS: Final = (
    "Последнее давление сто тридцать на восемьдесят, измерено сегодня утром.",
    "Нашла две выписки и один эпикриз, прочитать первый документ?",
    "У пациента аллергия на пенициллин, других непереносимостей не указано.",
)
_FILE: Final = TypeAdapter(dict[str, list[list[float]]])
"""Engine name → embeddings."""


def path_in(paths: Paths) -> Path:
    """Where the box keeps them."""
    return paths.speakers / "own-voice.json"


def make(engine: EmbeddingEngine, synthesizer: Synthesizer) -> tuple[Embedding, ...]:
    """Embeddings of the voice of ``synthesizer``; raises SynthesisError."""
    return tuple(engine.embed(synthesizer.synthesize(text)) for text in _TEXTS)


def save(path: Path, engine_name: str, embeddings: tuple[Embedding, ...]) -> None:
    """Keep ``embeddings`` at ``path``."""
    write_atomically(path, _FILE.dump_json({engine_name: [one.tolist() for one in embeddings]}))


def load(path: Path, engine_name: str) -> tuple[Embedding, ...]:
    """What :func:`save` kept for this engine; none before the first enrolment."""
    try:
        stored = _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except ValidationError as error:
        raise VoiceprintUnreadableError(
            f"The file of the assistant's own voice is damaged: {path}.",
            "Remove it; the next assistant enroll makes it again.",
        ) from error
    return tuple(np.asarray(one, np.float32) for one in stored.get(engine_name, []))
