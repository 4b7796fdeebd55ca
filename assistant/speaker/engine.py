"""What every speaker embedder looks like."""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from assistant.messages import SAMPLE_RATE, Samples

Embedding = NDArray[np.float32]
"""A voice as a unit vector, shape (dimension,); cosine of two is their dot product."""

MIN_SAMPLES: Final = 4_800
"""0.3 s: the shortest speech an engine takes. Less says nothing about a voice."""


class EmbeddingEngine(Protocol):
    """Speech in, embedding out."""

    @property
    def name(self) -> str:
        """Engine and model; embeddings of different names never compare."""
        ...

    @property
    def dimension(self) -> int:
        """Length of the embeddings."""
        ...

    def embed(self, samples: Samples) -> Embedding:
        """The voice in ``samples``: speech with silence cut, at least :data:`MIN_SAMPLES`."""
        ...


TICK: Final = SAMPLE_RATE // 50
"""20 ms: what :class:`PartsEngine` tells parts by."""


@runtime_checkable
class PartsEngine(EmbeddingEngine, Protocol):
    """An engine that hears an utterance once and gives the voices of parts of it."""

    def ticks(self, samples: int) -> int:
        """How many ticks so many samples have."""
        ...

    def embed_parts(self, samples: Samples, parts: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Embeddings, a row for each row of ``parts``, shape (n, ticks), two ticks or more.

        Each part is heard in the context of the whole.
        """
        ...


def unit(vector: NDArray[np.floating]) -> Embedding:
    """``vector`` scaled to length one."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
