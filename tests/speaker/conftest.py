"""The real model and the demo's voices, embedded once for all speaker tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import read_utterance
from assistant.config import Paths
from assistant.messages import Utterance
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.consent import TEXT_VERSION
from assistant.speaker.engine import Embedding
from assistant.speaker.store import Consent, Voiceprints

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "tests" / "fixtures" / "speech" / "demo"
MODEL = ROOT / "models" / "campplus" / "campplus_zh_en_common_advanced.onnx"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

Voice = Callable[[str], Voiceprints]


@pytest.fixture(scope="session")
def engine() -> CampPlusEngine:
    return CampPlusEngine(MODEL)


@pytest.fixture(scope="session")
def heard() -> Callable[[str], Utterance]:
    """A demo recording by name, e.g. ``turn01_aleksandr``."""
    kept: dict[str, Utterance] = {}

    def read(name: str) -> Utterance:
        if name not in kept:
            utterance = read_utterance(DEMO / f"{name}.flac")
            assert isinstance(utterance, Utterance)
            kept[name] = utterance
        return kept[name]

    return read


@pytest.fixture(scope="session")
def embedded(
    engine: CampPlusEngine, heard: Callable[[str], Utterance]
) -> Callable[[str], Embedding]:
    kept: dict[str, Embedding] = {}

    def embed(name: str) -> Embedding:
        if name not in kept:
            kept[name] = engine.embed(heard(name).speech)
        return kept[name]

    return embed


@pytest.fixture(scope="session")
def voice(engine: CampPlusEngine, embedded: Callable[[str], Embedding]) -> Voice:
    """Voiceprints of aleksandr or anna."""

    def prints(who: str) -> Voiceprints:
        vectors = np.stack([embedded(f"enrol{number}_{who}") for number in range(1, 7)])
        return Voiceprints(engine.name, NOW, vectors)

    return prints


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(home=tmp_path / "home", models=ROOT / "models")


@pytest.fixture
def consent() -> Consent:
    return Consent("Тестов Т. Т.", NOW, TEXT_VERSION)
