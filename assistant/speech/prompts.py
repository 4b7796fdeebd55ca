"""The fixed sentences, spoken once and kept in memory: they sound without waiting for the engine.

Only sentences that hold nothing about any patient are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

import numpy as np

from assistant.errors import SynthesisError
from assistant.messages import Samples, Synthesizer
from assistant.speech.synthesizer import split_clauses
from assistant.speech.verbalise import verbalise


class PromptCache:
    """A synthesizer that remembers how some sentences sound; for several threads."""

    def __init__(self, synthesizer: Synthesizer, sentences: Iterable[str]) -> None:
        """Only clauses of ``sentences``, as they would be shown, are ever kept."""
        self._synthesizer: Final = synthesizer
        self._fixed: Final = tuple(
            dict.fromkeys(clause for s in sentences for clause in split_clauses(verbalise(s)))
        )
        self._kept: dict[str, Samples] = {}
        self._closed = False

    def synthesize(self, text: str) -> Samples:
        """As of the synthesizer behind it; raises :class:`assistant.errors.SynthesisError`."""
        clauses = split_clauses(text)
        if not clauses:
            return self._synthesizer.synthesize(text)
        return np.concatenate([self._clause(clause) for clause in clauses])

    def warm(self) -> threading.Thread:
        """Speak what is not kept yet in the background; ends early when closed or the voice fails.

        The engine is shared clause by clause: an answer waits for one clause at most.
        """
        thread = threading.Thread(target=self._fill, name="prompts", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Let :meth:`warm` come to its end."""
        self._closed = True

    def _fill(self) -> None:
        for clause in self._fixed:
            if self._closed:
                return
            try:
                self._clause(clause)
            except SynthesisError:
                return

    def _clause(self, clause: str) -> Samples:
        kept = self._kept.get(clause)
        if kept is None:
            kept = self._synthesizer.synthesize(clause)
            if clause in self._fixed:
                kept.flags.writeable = False
                self._kept[clause] = kept
        return kept
