"""Whether a recording is good enough to enrol a voice from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assistant.messages import SAMPLE_RATE, Samples, Utterance

MIN_SPEECH_S: Final = 2.0
MAX_CLIPPED: Final = 0.001
"""Share of samples at full scale."""
MIN_SNR_DB: Final = 15.0
_FULL_SCALE: Final = 0.999
_FRAME: Final = SAMPLE_RATE // 50


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on one recording."""

    speech_s: float
    clipped: float
    """Share of the samples at full scale, 0 to 1."""
    snr_db: float
    """Speech level over the level of the quietest tenth of the recording."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one recording and what to do; ``code`` is stable."""

    code: str
    cause: str
    fix: str
    spoken: str
    """The Russian sentence for the one who records."""


def measure(utterance: Utterance) -> Quality:
    """Measure one recording."""
    samples = utterance.samples
    clipped = float(np.mean(np.abs(samples) >= _FULL_SCALE)) if len(samples) else 0.0
    return Quality(utterance.speech_s, clipped, _snr_db(samples, utterance.speech))


def faults(quality: Quality) -> tuple[Fault, ...]:
    """Everything that speaks against a recording."""
    found: list[Fault] = []
    if quality.speech_s < MIN_SPEECH_S:
        found.append(
            Fault(
                "too_short",
                f"only {quality.speech_s:.1f} s of speech",
                f"read the whole sentence: at least {MIN_SPEECH_S:.0f} s of speech",
                "Слишком коротко. Прочитайте предложение целиком и без длинных пауз.",
            )
        )
    if quality.clipped > MAX_CLIPPED:
        found.append(
            Fault(
                "clipped",
                f"{quality.clipped:.1%} of it is overdriven",
                "turn the microphone down or move away from it",
                "Слишком громко. Отодвиньтесь от микрофона.",
            )
        )
    if quality.snr_db < MIN_SNR_DB:
        found.append(
            Fault(
                "noisy",
                f"the speech is only {quality.snr_db:.0f} dB above the noise",
                "record in a quieter place or nearer to the microphone",
                "Мешает шум. Найдите место потише или говорите ближе к микрофону.",
            )
        )
    return tuple(found)


def _snr_db(samples: Samples, speech: Samples) -> float:
    """Speech over noise in dB; the noise is the quietest tenth of 20 ms frames, pauses included."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames) or not len(speech):
        return 0.0
    noise = float(np.quantile(np.mean(frames**2, axis=1), 0.1))
    level = float(np.mean(speech**2))
    return float(10 * np.log10(max(level, 1e-12) / max(noise, 1e-12)))
