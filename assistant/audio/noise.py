"""Noise for measurements: pink, and the babble of other people's recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.audio.vad import FRAME_SAMPLES
from assistant.messages import Samples

_LOUD_SHARE = 0.5
"""Speech is as loud as the louder half of its frames: pauses don't count."""
_TALKERS = 6


def pink(length: int, random: np.random.Generator) -> Samples:
    """Noise whose power falls with frequency, as a ventilator's or a street's."""
    spectrum = np.fft.rfft(random.normal(0, 1, length))
    falling = spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    return np.fft.irfft(falling, length).astype(np.float32)


def babble(voices: Sequence[Samples], length: int, random: np.random.Generator) -> Samples:
    """Six of ``voices`` at once, equally loud, each repeated and begun somewhere."""
    mixed = np.zeros(length, np.float32)
    for at in random.integers(0, len(voices), _TALKERS):
        voice = voices[at] / max(level(voices[at]), 1e-6)
        start = int(random.integers(0, len(voice)))
        mixed += np.take(voice, np.arange(start, start + length), mode="wrap")
    return mixed


def noisy(speech: Samples, noise: Samples, snr_db: float) -> Samples:
    """``speech`` over ``noise`` that is ``snr_db`` quieter; made quieter where it would clip."""
    gain = level(speech) / max(level(noise), 1e-9) / 10 ** (snr_db / 20)
    mixed = speech + noise * np.float32(gain)
    return (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32)


def level(samples: Samples) -> float:
    """Root mean square of the louder half of the frames."""
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    if not len(frames):
        return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
    powers = np.sort((frames**2).mean(axis=1))
    return float(np.sqrt(powers[int(len(powers) * _LOUD_SHARE) :].mean()))
