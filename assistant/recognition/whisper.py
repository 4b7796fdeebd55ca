"""Whisper base on CTranslate2 (``faster-whisper``): the default recogniser."""

from __future__ import annotations

import math
import re
import threading
import zlib
from collections.abc import Callable, Sequence
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
from nlu.numerals import numeral

_THREADS: Final = 2
_BEAMS: Final = 5
_FRAMES_PER_S: Final = 100
_LONGEST_WINDOW_S: Final = 30.0
_SHORTEST_WINDOW_S: Final = 12.0
"""Whisper was trained on 30 s. Without prompt, 120 commands: 22 % of words wrong in 0.8 s with
30 s, 22 % in 0.4 s with 12 s, 27 % in 0.2 s with the speech and 2 s."""
_SILENCE_AFTER_S: Final = 1.0
_TOKENS_PER_S: Final = 12
_SPARE_TOKENS: Final = 16
_PROMPT_TOKENS: Final = 223
"""Half of the decoder's context less one, as the model was trained."""
_PROMPT: Final = (
    "Да, верно. Стоп. Покажи посещения пациента. Открой карту номер один два три четыре пять. "
    "Прочитай выписку и эпикриз из больницы. Последнее давление, пульс, температура, сатурация, "
    "гемоглобин, креатинин, глюкоза. Есть ли аллергия на пенициллин? Какие лекарства и диагнозы?"
)
"""What a clinician may have said before: it makes medical words and commands likelier. On noise
the decoder may repeat it, which the three bounds below are there to refuse."""

# Clean speech, 187 recordings of 3 voices: no-speech up to 0.10, log probability from −0.62,
# compression up to 1.5. Made noise, music and alarms: no-speech from 0.57. Babble, foreign and
# reversed speech: log probability −0.8 to −1.1.
_MAX_NO_SPEECH: Final = 0.35
_MIN_LOG_PROBABILITY: Final = -0.9
_MAX_COMPRESSION: Final = 2.0
_COMMAND: Final = 4
"""Words of a phrase that is a whole command."""
_OF_PHRASE: Final = 4
_OF_SHORT_WORD: Final = 6
"""So many times in a row nobody says a phrase; a word such as «стоп» or a digit."""
_SHORT_WORD: Final = 4
"""Letters."""
_DRAWN_OUT: Final = re.compile(r"([^\W\d])\1{5}")


class WhisperRecognizer:
    """Russian speech to text; one instance may serve several threads, one at a time."""

    name = "whisper-base"

    def __init__(self, model_dir: Path, hints: Callable[[], Sequence[str]] = lambda: ()) -> None:
        """Load and warm up; ``hints``, asked at each utterance, are words to expect, most
        important first.

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
        self._hints = hints
        self._hinted: Sequence[str] = ()
        self._prompt = self._prompted(())
        self._lock = threading.Lock()
        self._decode(np.zeros(SAMPLE_RATE, np.float32))

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Recognise one utterance, in one pass of the decoder."""
        samples = utterance.samples
        if utterance.duration_s > _LONGEST_WINDOW_S:
            samples = utterance.speech[: int(_LONGEST_WINDOW_S * SAMPLE_RATE)]
        hints = self._hints()
        with self._lock:
            if hints != self._hinted:
                self._hinted, self._prompt = hints, self._prompted(hints)
            readings, no_speech = self._decode(samples)
        text, log_probability = readings[0]
        if is_looping(text):
            return NothingHeard(NothingHeardReason.LOOPING)
        if not _words(text) or no_speech > _MAX_NO_SPEECH or log_probability < _MIN_LOG_PROBABILITY:
            return NothingHeard(NothingHeardReason.NOISE)
        different: dict[tuple[str, ...], str] = {}
        for reading, _ in readings:
            different.setdefault(_words(reading), reading)
        others = tuple(reading for words, reading in different.items() if words)
        return Transcript(text, others[1:], math.exp(log_probability))

    def _prompted(self, hints: Sequence[str]) -> list[int]:
        """The decoder's first tokens: hints, prompt, language and task."""
        tokenizer = self._tokenizer
        prompt = tokenizer.encode(f" {_PROMPT}")
        hinted = tokenizer.encode(f" {', '.join(hints)}.") if hints else []
        return [
            tokenizer.sot_prev,
            *hinted[: _PROMPT_TOKENS - len(prompt)],
            *prompt,
            *tokenizer.sot_sequence,
            tokenizer.no_timestamps,
        ]

    def _decode(self, samples: Samples) -> tuple[list[tuple[str, float]], float]:
        """Readings, best first, each with its mean token log probability; and no-speech."""
        seconds = len(samples) / SAMPLE_RATE
        window_s = min(_LONGEST_WINDOW_S, max(_SHORTEST_WINDOW_S, seconds + _SILENCE_AFTER_S))
        padded = np.pad(samples, (0, max(0, int(window_s * SAMPLE_RATE) - len(samples))))
        features = self._model.feature_extractor(padded)[:, : int(window_s * _FRAMES_PER_S)]
        result = self._model.model.generate(
            self._model.encode(features),
            [self._prompt],
            beam_size=_BEAMS,
            num_hypotheses=_BEAMS,
            max_length=min(
                self._model.max_length,
                len(self._prompt) + _SPARE_TOKENS + int(_TOKENS_PER_S * seconds),
            ),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        readings = [
            (self._tokenizer.decode(tokens).strip(), score)
            for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
        ]
        return readings, result.no_speech_prob


def is_looping(text: str) -> bool:
    """Whether ``text`` repeats itself as no speaker does: long ones compress too well, short ones
    say a phrase over and over, or draw out a letter.
    """
    raw, said = text.encode(), _words(text)
    return (
        len(raw) > _MAX_COMPRESSION * len(zlib.compress(raw))
        or _DRAWN_OUT.search(text) is not None
        or any(_says_again(said, size) for size in range(1, len(said) // 2 + 1))
    )


def _says_again(said: tuple[str, ...], size: int) -> bool:
    """Whether a phrase of ``size`` words is said too often in a row; from :data:`_COMMAND` words
    on, whether nothing else is said than one twice.

    «Нет, нет, нет» and a card with four equal digits are not; a value may be said twice.
    """
    if size >= _COMMAND:
        return said == said[:size] * (len(said) // size)
    for at in range(len(said) - size + 1):
        phrase = said[at : at + size]
        short = size == 1 and (len(phrase[0]) <= _SHORT_WORD or numeral(phrase[0]) is not None)
        times = _OF_SHORT_WORD if short else _OF_PHRASE
        if said[at : at + size * times] == phrase * times:
            return True
    return False


def _words(text: str) -> tuple[str, ...]:
    """What makes a reading another one: neither capitals nor punctuation."""
    return tuple(re.findall(r"\w+", text.lower().replace("ё", "е")))
