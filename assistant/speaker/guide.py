"""Guided enrolment: one prompt after another, each take checked before the next is asked for.

Pure: it is given utterances and says in Russian what to do. Who shows that, and where the
utterances come from, is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from assistant.audio.endpointing import EndpointSettings
from assistant.errors import AudioInputError
from assistant.messages import NothingHeard, Utterance
from assistant.speaker.engine import Embedding, EmbeddingEngine
from assistant.speaker.enrolment import PROMPTS, SILENT, Take, stranger
from assistant.speaker.quality import Fault, faults, measure

READING: Final = EndpointSettings(trailing_silence_s=1.2)
"""Who reads a sentence aloud pauses at its commas."""
_TRIES: Final = 3
"""After so many bad takes of one sentence the next one is asked for."""
_AGAIN: Final = "Две первые записи звучат по-разному. Начнём сначала: пусть читает один человек."


class Guide:
    """Leads one person through ``prompts`` (how to speak, what to read)."""

    def __init__(
        self,
        engine: EmbeddingEngine,
        never_accept: Sequence[Embedding] = (),
        prompts: Sequence[tuple[str, str]] = PROMPTS,
    ) -> None:
        self._engine = engine
        self._never_accept = tuple(never_accept)
        self._prompts = tuple(prompts)
        self._at = 0
        self._tries = 0
        self._good: list[tuple[Take, Embedding]] = []

    @property
    def done(self) -> bool:
        """Whether there is nothing more to read."""
        return self._at == len(self._prompts)

    @property
    def takes(self) -> tuple[Take, ...]:
        """The good takes so far, each named by its prompt's number and style."""
        return tuple(take for take, _ in self._good)

    @property
    def prompt(self) -> str:
        """What to read now, and how; not to be asked for once :attr:`done`."""
        style, text = self._prompts[self._at]
        return f"Запись {self._at + 1} из {len(self._prompts)}, {style}. Прочитайте: «{text}»"

    def hear(self, utterance: Utterance | NothingHeard) -> str:
        """Take one utterance as the current prompt's; what to tell its speaker."""
        fault = self._check(utterance)
        if fault is None:
            self._next()
            return "Хорошо."
        if fault.code == "disagrees" and len(self._good) == 1:
            # of two voices nobody can tell which is the right one
            self._good.clear()
            self._at = self._tries = 0
            return _AGAIN
        self._tries += 1
        if self._tries == _TRIES:
            self._next()
            return f"{fault.spoken} Эту запись пропустим."
        return fault.spoken

    def _next(self) -> None:
        self._at += 1
        self._tries = 0

    def _check(self, utterance: Utterance | NothingHeard) -> Fault | None:
        """The first thing wrong with a take; a good one is kept."""
        if isinstance(utterance, NothingHeard):
            return SILENT
        bad = faults(measure(utterance))
        if bad:
            return bad[0]
        embedding = self._engine.embed(utterance.speech)
        others = [float(embedding @ other) for _, other in self._good]
        agreement = float(np.mean(others)) if others else 1.0
        fault = stranger(agreement, embedding, self._never_accept)
        if fault is None:
            name = f"{self._at + 1} ({self._prompts[self._at][0]})"
            self._good.append((Take(name, utterance), embedding))
        return fault


def lead(guide: Guide, heard: Iterable[Utterance], say: Callable[[str], None]) -> tuple[Take, ...]:
    """Go through all prompts; the good takes. Raises :class:`AudioInputError` when audio ends."""
    utterances = iter(heard)
    while not guide.done:
        say(guide.prompt)
        utterance = next(utterances, None)
        if utterance is None:
            raise AudioInputError(
                "The audio ended before all sentences were read.",
                "Start again and read every sentence that is shown.",
            )
        say(guide.hear(utterance))
    return guide.takes
