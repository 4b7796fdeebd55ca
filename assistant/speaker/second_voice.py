"""Whether two voices speak in one utterance: what its parts say of the enrolled person.

Two looks, for a short stranger hardly moves what a long stretch says, and a short stretch says
little of anybody. A stretch of 1.5 s is compared with the rest of the utterance. For a shorter
stranger, the half second that is least like the enrolled person is sought, and what lies around it
is heard once more by itself.

An engine that can pool over parts hears the whole utterance once, and its parts cost next to
nothing; but each is then heard in the context of the whole, which makes a stranger sound more like
the owner: hence the second, separate look. docs/voice-id.md says how well it works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.messages import SAMPLE_RATE, Samples
from assistant.speaker.decision import score
from assistant.speaker.engine import TICK, Embedding, EmbeddingEngine, PartsEngine

_WINDOW: Final = int(0.75 * SAMPLE_RATE)
_WINDOW_HOP: Final = SAMPLE_RATE // 2
_CLUE_TICKS: Final = 25
_LONG_TICKS: Final = 75
_HOP_TICKS: Final = 12
_MORE_TICKS: Final = 13
"""A stretch must be so much shorter than the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What an utterance holds."""

    embedding: Embedding
    """Of the whole."""
    lowest_window: float
    """The lowest score of the stretches of 0.75 s that were heard; 1 when it is too short."""
    contrast: float
    """How much lower than the rest a stretch of 1.5 s scores, below 0; 0 when it is too short."""


def look_inside(
    engine: EmbeddingEngine, speech: Samples, voiceprints: NDArray[np.float32]
) -> Inside:
    """``voiceprints`` are the enrolled person's, shape (n, dimension)."""

    def scores(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.array([score(one, voiceprints) for one in embeddings], np.float32)

    def window(start: int) -> float:
        return score(engine.embed(speech[start : start + _WINDOW]), voiceprints)

    if not isinstance(engine, PartsEngine):
        return Inside(engine.embed(speech), min(map(window, starts(len(speech))), default=1.0), 0.0)
    ticks = engine.ticks(len(speech))
    clues, longer = _stretches(ticks, _CLUE_TICKS), _stretches(ticks, _LONG_TICKS)
    whole = np.ones((1, ticks), np.bool_)
    embeddings = engine.embed_parts(speech, np.concatenate((whole, clues, longer, ~longer)))
    of_clues, of_longer, of_rests = np.split(
        scores(embeddings[1:]), [len(clues), len(clues) + len(longer)]
    )
    lowest = 1.0
    if len(clues) and len(speech) >= _WINDOW:
        clue = int(np.flatnonzero(clues[int(np.argmin(of_clues))])[0])
        start = clue * TICK + (_CLUE_TICKS * TICK - _WINDOW) // 2
        lowest = window(min(max(start, 0), len(speech) - _WINDOW))
    contrast = float(min(of_longer - of_rests, default=0.0))
    return Inside(embeddings[0], lowest, contrast)


def starts(samples: int) -> list[int]:
    """Where overlapping windows begin that cover so many samples; none when hardly one fits."""
    last = samples - _WINDOW
    return [*range(0, last, _WINDOW_HOP), last] if last >= _WINDOW_HOP // 2 else []


def _stretches(ticks: int, length: int) -> NDArray[np.bool_]:
    """Overlapping stretches that cover all ticks, shape (n, ticks); none when hardly shorter."""
    last = ticks - length
    begins = [*range(0, last, _HOP_TICKS), last] if last >= _MORE_TICKS else []
    place = np.arange(ticks)
    first = np.array(begins, np.int64).reshape(-1, 1)
    return (place >= first) & (place < first + length)
