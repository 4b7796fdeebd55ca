"""Which speaker embedder a box uses, and what comes with it: thresholds and its own voice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from assistant.config import Paths
from assistant.speaker import own_voice
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.engine import Embedding, EmbeddingEngine
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.site_policy import SitePolicy, load_policy, policy_path
from assistant.speaker.speechbrain_engine import SpeechBrainEngine


class SpeakerEngine(StrEnum):
    """The embedders that a box can compare voices with."""

    CAMPPLUS = "campplus"
    SPEECHBRAIN = "speechbrain"
    """ECAPA-TDNN; needs the extra ``speechbrain`` and a calibration."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a box compares voices with."""

    engine: EmbeddingEngine
    site: SitePolicy
    own_voice: tuple[Embedding, ...]
    """Of the assistant: never a person's."""


def campplus_path(paths: Paths) -> Path:
    """Where the fetched CAM++ model lies."""
    return paths.models / "campplus" / "campplus_zh_en_common_advanced.onnx"


def open_engine(
    chosen: SpeakerEngine, paths: Paths, speechbrain_model: str = "", threads: int = 1
) -> EmbeddingEngine:
    """The embedder, which computes in ``threads``; raises :class:`assistant.errors.ModelError`.

    ``speechbrain_model`` is the folder of SpeechBrain's model, from the home folder on; empty
    for where ``assistant models fetch`` puts it.
    """
    match chosen:
        case SpeakerEngine.CAMPPLUS:
            return CampPlusEngine(campplus_path(paths), threads)
        case SpeakerEngine.SPEECHBRAIN:
            fetched = paths.models / "speechbrain-ecapa"
            return SpeechBrainEngine(
                paths.home / Path(speechbrain_model).expanduser() if speechbrain_model else fetched,
                threads,
            )


def open_hearing(
    chosen: SpeakerEngine, mode: VoiceIdMode, paths: Paths, speechbrain_model: str = ""
) -> Hearing:
    """The embedder with its thresholds for ``mode`` and the assistant's own voices.

    Raises ModelError, and :class:`assistant.speaker.errors.CalibrationError` when there are no
    thresholds for this embedder and mode.
    """
    engine = open_engine(chosen, paths, speechbrain_model)
    site = load_policy(policy_path(paths), engine.name, mode)
    return Hearing(engine, site, own_voice.current(own_voice.path_in(paths), engine))
