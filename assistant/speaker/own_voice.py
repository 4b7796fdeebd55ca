"""Voiceprints of the assistant's own synthetic voices: heard by a microphone, they ask nothing.

They are no personal data and lie unsealed beside the voiceprints of people.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from assistant.config import Paths
from assistant.errors import SynthesisError
from assistant.messages import Synthesizer
from assistant.speaker.engine import Embedding, EmbeddingEngine
from assistant.speech import festival_driver
from assistant.speech.synthesizer import Voice, VoiceSettings, open_synthesizer
from assistant.vault import write_atomically

_TEXTS: Final = (
    "Последнее давление сто тридцать на восемьдесят, измерено сегодня утром.",
    "Нашла две выписки и один эпикриз, прочитать первый документ?",
    "У пациента аллергия на пенициллин, других непереносимостей не указано.",
)
_NOT_LEARNT: Final = (
    "The assistant's own voice could not be learnt: until a start at which it speaks, nothing but "
    "the thresholds keeps it from passing as a person's."
)
_log = logging.getLogger(__name__)
_Kept = dict[str, dict[str, list[list[float]]]]
_FILE: Final = TypeAdapter(_Kept)
"""Engine name → voice → embeddings."""


def path_in(paths: Paths) -> Path:
    """Where the box keeps them."""
    return paths.speakers / "own-voice.json"


def installed() -> tuple[Voice, ...]:
    """The voices that the assistant can speak with on this machine now."""
    return ("espeak", "festival") if festival_driver.available() else ("espeak",)


def current(path: Path, engine: EmbeddingEngine) -> tuple[Embedding, ...]:
    """Embeddings of every installed voice; one that is new since the last time is learnt first.

    Some are near to people: Festival's scores 0.6 against one of the demo's doctors. A voice
    that fails to speak is left for the next time.
    """
    kept = _read(path)
    voices = kept.setdefault(engine.name, {})
    learnt = False
    for voice in installed():
        if voice in voices:
            continue
        try:
            with open_synthesizer(VoiceSettings(voice)) as synthesizer:
                made = make(engine, synthesizer)
        except SynthesisError as error:
            _log.warning("%s (%s) %s", _NOT_LEARNT, voice, error.code)
            continue
        voices[voice] = [one.tolist() for one in made]
        learnt = True
    if learnt:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # people's lie beside it
        write_atomically(path, _FILE.dump_json(kept))
    return tuple(np.asarray(one, np.float32) for made in voices.values() for one in made)


def make(engine: EmbeddingEngine, synthesizer: Synthesizer) -> tuple[Embedding, ...]:
    """Embeddings of the voice of ``synthesizer``; raises SynthesisError."""
    return tuple(engine.embed(synthesizer.synthesize(text)) for text in _TEXTS)


def _read(path: Path) -> _Kept:
    """What was learnt; nothing when the file is not there or damaged, then it is made again."""
    try:
        return _FILE.validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return {}
