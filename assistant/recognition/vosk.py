"""Vosk (Kaldi): the recogniser for boxes too small for Whisper, and the one that streams.

With a grammar two passes run over the same audio and must agree, see
:mod:`assistant.recognition.agreement`. Vosk's own confidence is never acted upon.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import vosk

from assistant.errors import ModelError
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Samples,
    Transcript,
    Utterance,
)
from assistant.recognition.agreement import UNKNOWN, TimedWord, agreement
from assistant.recognition.grammar import Grammar

_CHUNK: Final = 4000
"""Samples given to Kaldi at once."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What was heard so far; it may still change. ``text`` is PHI."""

    text: str


class VoskRecognizer:
    """Speech to text in the model's language; one instance may serve several threads in turn."""

    def __init__(self, model_dir: Path, grammar: Callable[[], Grammar] | None = None) -> None:
        """Load the model; raises :class:`ModelError` when the folder holds none.

        ``grammar`` is asked before each utterance, so that a roster may change.
        """
        self.name = f"vosk-{model_dir.name.removeprefix('vosk-').removeprefix('model-')}"
        self._model = _loaded(model_dir)
        self.takes_grammar = (model_dir / "graph" / "HCLr.fst").exists()
        """Only models with a graph that is composed at run time do."""
        self._grammar = grammar
        self._lock = threading.Lock()
        self._free = self._pass()
        self._expecting: _Pass | None = None
        self._grammar_used: Grammar | None = None

    def knows(self, word: str) -> bool:
        """Whether the model's vocabulary has ``word``."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Recognise one utterance that has ended."""
        with self._lock:
            grammar = self._expected()
            if grammar is not self._grammar_used:
                self._expecting = self._pass(grammar) if grammar else None
                self._grammar_used = grammar
            stream = VoskStream(self._free, self._expecting)
            for start in range(0, len(utterance.samples), _CHUNK):
                stream.accept(utterance.samples[start : start + _CHUNK])
            return stream.finish()

    def stream(self) -> VoskStream:
        """Recognise audio while it comes, with partial results; streams don't share anything."""
        grammar = self._expected()
        return VoskStream(self._pass(), self._pass(grammar) if grammar else None)

    def _expected(self) -> Grammar | None:
        if self._grammar is None or not self.takes_grammar:
            return None
        grammar = self._grammar()
        return grammar if grammar.phrases else None  # Kaldi crashes on an empty one

    def _pass(self, grammar: Grammar | None = None) -> _Pass:
        arguments = [json.dumps(grammar.phrases, ensure_ascii=False)] if grammar else []
        recognizer = vosk.KaldiRecognizer(self._model, SAMPLE_RATE, *arguments)
        recognizer.SetWords(True)
        return _Pass(recognizer)


@lru_cache(maxsize=1)
def _loaded(model_dir: Path) -> Any:
    """The model, which takes seconds and 0.3 GiB to load: several recognisers may share it."""
    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(model_dir))
    except Exception as error:  # the library raises nothing more particular
        raise ModelError(
            "The Vosk model does not load.",
            "Run: assistant models fetch vosk-small-ru --allow-unpinned, "
            "or set ASSISTANT_VOSK_MODEL to the folder of a Vosk model.",
        ) from error


class VoskStream:
    """One utterance as it is spoken."""

    def __init__(self, free: _Pass, expecting: _Pass | None) -> None:
        self._free = free
        self._expecting = expecting
        for one in (free, expecting):
            if one is not None:
                one.begin()

    def push(self, samples: Samples) -> Partial | Transcript | NothingHeard:
        """Take the next samples. A transcript comes when the engine hears the end of speech.

        After that the stream begins anew. Silence before speech is an empty :class:`Partial`.
        """
        if self.accept(samples) and self._free.words:
            return self.finish()
        return Partial(self._free.partial())

    def accept(self, samples: Samples) -> bool:
        """Take the next samples; whether the engine hears the end of speech in them."""
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        if self._expecting is not None:
            self._expecting.accept(pcm)
        return self._free.accept(pcm)

    def finish(self) -> Transcript | NothingHeard:
        """The utterance has ended: what was said in it."""
        free = self._free.close()
        if self._expecting is None:
            if not free:
                return NothingHeard(NothingHeardReason.NOISE)
            confidence = float(np.mean([word.confidence for word in free]))
            return Transcript(_text(free), confidence=confidence)
        expected = self._expecting.close()
        if not free and not any(word.text != UNKNOWN for word in expected):
            return NothingHeard(NothingHeardReason.NOISE)
        both = agreement(expected, free)
        if not both.reached:
            return NothingHeard(NothingHeardReason.DISAGREEMENT)
        heard = _text(free)
        others = (heard,) if heard and heard != both.text else ()
        return Transcript(both.text, others, both.likeness)


class _Pass:
    """One of Kaldi's recognisers, for one utterance after the other."""

    def __init__(self, recognizer: Any) -> None:
        self._recognizer = recognizer
        self._taken = 0
        self._begin_s = 0.0
        self.words: list[TimedWord] = []

    def begin(self) -> None:
        """Forget what was heard; Kaldi's clock runs on."""
        self._recognizer.Reset()
        self._begin_s = self._taken / SAMPLE_RATE
        self.words = []

    def accept(self, pcm: bytes) -> bool:
        """Whether the engine heard the end of speech."""
        self._taken += len(pcm) // 2
        if not self._recognizer.AcceptWaveform(pcm):
            return False
        self._add(self._recognizer.Result())
        return True

    def partial(self) -> str:
        so_far = json.loads(self._recognizer.PartialResult())["partial"]
        return " ".join([*(word.text for word in self.words), *so_far.split()])

    def close(self) -> list[TimedWord]:
        """The words of the utterance; times count from its begin."""
        self._add(self._recognizer.FinalResult())
        words = self.words
        self.begin()
        return words

    def _add(self, result: str) -> None:
        self.words += [
            TimedWord(
                word["word"],
                word["start"] - self._begin_s,
                word["end"] - self._begin_s,
                word["conf"],
            )
            for word in json.loads(result).get("result", [])
        ]


def _text(words: list[TimedWord]) -> str:
    return " ".join(word.text for word in words)
