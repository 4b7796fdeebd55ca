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
        self._spare: list[_Passes] = []

    def knows(self, word: str) -> bool:
        """Whether the model's vocabulary has ``word``."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        """Recognise one utterance that has ended."""
        stream = self.stream()
        for start in range(0, len(utterance.samples), _CHUNK):
            stream.accept(utterance.samples[start : start + _CHUNK])
        heard = stream.finish()
        stream.close()
        return heard

    def stream(self) -> VoskStream:
        """Recognise audio while it comes, with partial results.

        Open streams share nothing. Each has Kaldi's recognisers for itself, which are kept for
        the next one: with a large roster they take a while to make.
        """
        grammar = self._expected()
        with self._lock:
            self._spare = [one for one in self._spare if one.grammar is grammar]
            passes = self._spare.pop() if self._spare else None
        if passes is None:
            passes = _Passes(grammar, self._pass(), self._pass(grammar) if grammar else None)
        return VoskStream(passes, self._give_back)

    def _give_back(self, passes: _Passes) -> None:
        with self._lock:
            self._spare.append(passes)

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

    def __init__(self, passes: _Passes, give_back: Callable[[_Passes], None]) -> None:
        self._passes = passes
        self._give_back = give_back
        self._free, self._expecting = passes.free, passes.expecting
        for one in (self._free, self._expecting):
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

    def so_far(self) -> Transcript | NothingHeard:
        """What was said as far as it was heard, which is some 0.5 s ago; nothing is forgotten."""
        free, expecting = self._free.partial(), self._expecting
        return _judged(_untimed(free), _untimed(expecting.partial()) if expecting else None)

    def finish(self) -> Transcript | NothingHeard:
        """The utterance has ended: what was said in it."""
        expecting = self._expecting
        return _judged(self._free.close(), expecting.close() if expecting else None)

    def close(self) -> None:
        """The stream must not be used any more."""
        self._give_back(self._passes)


def _judged(free: list[TimedWord], expected: list[TimedWord] | None) -> Transcript | NothingHeard:
    """What the words of the passes stand for; without a grammar there is only the free one."""
    if expected is None:
        if not free:
            return NothingHeard(NothingHeardReason.NOISE)
        confidence = float(np.mean([word.confidence for word in free]))
        return Transcript(_text(free), confidence=confidence)
    if not free and not any(word.text != UNKNOWN for word in expected):
        return NothingHeard(NothingHeardReason.NOISE)
    both = agreement(expected, free)
    if not both.reached:
        return NothingHeard(NothingHeardReason.DISAGREEMENT)
    heard = _text(free)
    others = (heard,) if heard and heard != both.text else ()
    return Transcript(both.text, others, both.likeness)


@dataclass(frozen=True, slots=True)
class _Passes:
    """What one stream listens with."""

    grammar: Grammar | None
    free: _Pass
    expecting: _Pass | None


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
        # before any audio Kaldi answers with an empty result of another form
        so_far = json.loads(self._recognizer.PartialResult()).get("partial", "")
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


def _untimed(text: str) -> list[TimedWord]:
    """Words of which no time is known yet: the passes are compared as a whole."""
    return [TimedWord(word, 0.0, 1.0) for word in text.split()]


def _text(words: list[TimedWord]) -> str:
    return " ".join(word.text for word in words)
