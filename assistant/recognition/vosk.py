"""Vosk (Kaldi): the recogniser for boxes too small for Whisper.

Its confidence is reported and not acted on: it is high for noise as well.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
import vosk

from assistant.errors import ModelError
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Transcript,
    Utterance,
)

_CHUNK_BYTES: Final = 8000


class VoskRecognizer:
    """Speech to text in the model's language; one instance may serve several threads in turn."""

    def __init__(self, model_dir: Path) -> None:
        """Load the model; raises :class:`ModelError` when the folder holds none."""
        vosk.SetLogLevel(-1)
        self.name = f"vosk-{model_dir.name}"
        try:
            self._model = vosk.Model(str(model_dir))
        except Exception as error:  # the library raises nothing more particular
            raise ModelError(
                "The Vosk model does not load.", "Run: assistant models fetch, or check its path"
            ) from error
        self._lock = threading.Lock()

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Recognise one utterance with the model's whole vocabulary."""
        pcm = (np.clip(utterance.samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        with self._lock:
            recognizer = vosk.KaldiRecognizer(self._model, SAMPLE_RATE)
            recognizer.SetWords(True)
            results = [
                recognizer.Result()
                for start in range(0, len(pcm), _CHUNK_BYTES)
                if recognizer.AcceptWaveform(pcm[start : start + _CHUNK_BYTES])
            ]
            results.append(recognizer.FinalResult())
        words: list[dict[str, Any]] = []
        for result in results:
            words += json.loads(result).get("result", [])
        if not words:
            return NothingHeard(NothingHeardReason.NOISE)
        return Transcript(
            text=" ".join(word["word"] for word in words),
            confidence=float(np.mean([word["conf"] for word in words])),
        )
