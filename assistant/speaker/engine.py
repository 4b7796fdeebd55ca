"""What every speaker embedder looks like."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.messages import Samples

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


def unit(vector: NDArray[np.floating]) -> Embedding:
    """``vector`` scaled to length one."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
