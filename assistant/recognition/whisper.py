"""Whisper base on CTranslate2 (``faster-whisper``): the default recogniser."""

from __future__ import annotations

import math
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from assistant.errors import ModelError
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Samples,
    Transcript,
    Utterance,
)

_THREADS: Final = 2
_BEAMS: Final = 5
_MAX_WINDOW_S: Final = 30.0
_FRAMES_PER_S: Final = 100
_MIN_WINDOW_S: Final = 10.0
_PADDING_S: Final = 2.0
_TOKENS_PER_S: Final = 12
_MAX_COMPRESSION: Final = 2.4
_MIN_LOG_PROBABILITY: Final = -1.0
_MAX_NO_SPEECH: Final = 0.6


class WhisperRecognizer:
    """Russian speech to text; one instance may serve several threads, one at a time."""

    name = "whisper-base"

    def __init__(self, model_dir: Path, hints: Sequence[str] = ()) -> None:
        """Load and warm up; ``hints`` are words to expect, most important first.

        Raises :class:`ModelError` when the folder holds no such model.
        """
        try:
            self._model = WhisperModel(
                str(model_dir),
                device="cpu",
                compute_type="int8",
                cpu_threads=_THREADS,
                local_files_only=True,
            )
        except (RuntimeError, OSError, ValueError) as error:
            raise ModelError(
                "The speech recognition model does not load.", "Run: assistant models fetch"
            ) from error
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer, multilingual=True, task="transcribe", language="ru"
        )
        self._prompt = self._model.get_prompt(
            self._tokenizer, [], without_timestamps=True, hotwords=", ".join(hints) or None
        )
        self._lock = threading.Lock()
        self._decode(np.zeros(SAMPLE_RATE, np.float32))

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Recognise one utterance, in one pass of the decoder."""
        samples = utterance.samples
        if utterance.duration_s > _MAX_WINDOW_S:
            samples = utterance.speech[: int(_MAX_WINDOW_S * SAMPLE_RATE)]
        with self._lock:
            readings, no_speech = self._decode(samples)
        text, log_probability = readings[0]
        if _compression_ratio(text) > _MAX_COMPRESSION:
            return NothingHeard(NothingHeardReason.LOOPING)
        if not text or log_probability < _MIN_LOG_PROBABILITY or no_speech > _MAX_NO_SPEECH:
            return NothingHeard(NothingHeardReason.NOISE)
        others = dict.fromkeys(other for other, _ in readings[1:] if other and other != text)
        return Transcript(text, tuple(others), math.exp(log_probability))

    def _decode(self, samples: Samples) -> tuple[list[tuple[str, float]], float]:
        """Readings, best first, each with its mean token log probability; and no-speech."""
        seconds = len(samples) / SAMPLE_RATE
        window_s = min(_MAX_WINDOW_S, max(_MIN_WINDOW_S, seconds + _PADDING_S))
        padded = np.pad(samples, (0, max(0, int(window_s * SAMPLE_RATE) - len(samples))))
        features = self._model.feature_extractor(padded)[:, : int(window_s * _FRAMES_PER_S)]
        result = self._model.model.generate(
            self._model.encode(features),
            [self._prompt],
            beam_size=_BEAMS,
            num_hypotheses=_BEAMS,
            max_length=len(self._prompt) + 16 + int(_TOKENS_PER_S * seconds),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        readings = [
            (self._tokenizer.decode(tokens).strip(), score)
            for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
        ]
        return readings, result.no_speech_prob


def _compression_ratio(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
