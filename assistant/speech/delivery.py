"""How an answer is delivered: faster or slower at the same pitch, louder or quieter.

Works on finished audio, so it is the same for every voice, Festival's recorded one included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from assistant.messages import Samples

_SPEEDS: Final = (0.7, 0.85, 1.0, 1.2, 1.4)
_VOLUMES: Final = (0.25, 0.5, 1.0, 1.5, 2.0)
"""Louder than that the voice is no longer like our own: at 3 Festival's scores 0.69 against its
voiceprints, and 0.61 against one of the demo's doctors."""
_FRAME: Final = 640
"""40 ms: two periods of the lowest voice."""
_HOP: Final = _FRAME // 2
_SEARCH: Final = 160
"""How far a frame may move to fit the one before it."""
_WINDOW: Final = np.hanning(_FRAME + 1)[:-1].astype(np.float32)


class VoiceChange(StrEnum):
    """What a listener may want of the voice."""

    SLOWER = "slower"
    FASTER = "faster"
    LOUDER = "louder"
    QUIETER = "quieter"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Of one session. Factors of the voice's own speed and loudness."""

    speed: float = 1.0
    volume: float = 1.0

    def changed(self, change: VoiceChange) -> Delivery:
        """One step in that direction; the same at the end of the scale."""
        match change:
            case VoiceChange.SLOWER:
                return replace(self, speed=_step(_SPEEDS, self.speed, -1))
            case VoiceChange.FASTER:
                return replace(self, speed=_step(_SPEEDS, self.speed, 1))
            case VoiceChange.LOUDER:
                return replace(self, volume=_step(_VOLUMES, self.volume, 1))
            case VoiceChange.QUIETER:
                return replace(self, volume=_step(_VOLUMES, self.volume, -1))
            case VoiceChange.NORMAL:
                return Delivery()

    def apply(self, samples: Samples) -> Samples:
        """``samples`` as they are to sound."""
        if self.speed != 1.0:
            samples = _stretched(samples, self.speed)
        if self.volume < 1.0:
            samples = samples * np.float32(self.volume)
        if self.volume > 1.0:  # peaks are rounded, not cut
            samples = np.tanh(samples * np.float32(self.volume))
        return samples


def _step(scale: tuple[float, ...], value: float, by: int) -> float:
    at = min(range(len(scale)), key=lambda i: abs(scale[i] - value)) + by
    return scale[min(max(at, 0), len(scale) - 1)]


def _stretched(samples: Samples, speed: float) -> Samples:
    """Waveform-similarity overlap-add (Verhelst and Roelands, 1993): the pitch stays."""
    if len(samples) < _FRAME:
        return samples
    padded = np.pad(samples, (_SEARCH, _FRAME + 2 * _SEARCH + _HOP))
    count = int(len(samples) / speed) // _HOP + 1
    out = np.zeros(count * _HOP + _FRAME, np.float32)
    follows = _SEARCH
    for number in range(count):
        ideal = int(number * _HOP * speed)  # of the first place searched
        if ideal + 2 * _SEARCH + _FRAME > len(padded):
            break
        places = sliding_window_view(padded[ideal : ideal + 2 * _SEARCH + _FRAME], _FRAME)
        wanted = padded[follows : follows + _FRAME]
        best = ideal + int(np.argmax(places @ wanted)) if len(wanted) == _FRAME else ideal
        out[number * _HOP : number * _HOP + _FRAME] += _WINDOW * padded[best : best + _FRAME]
        follows = best + _HOP
    return out[_HOP : _HOP + int(len(samples) / speed)]
