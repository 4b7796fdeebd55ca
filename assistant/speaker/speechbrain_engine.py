"""SpeechBrain's ECAPA-TDNN from a local directory: the second speaker embedder.

Only the embedding is used: the library's own hidden decision threshold (0.25) is not.
The directory is one published for ``speechbrain.inference.speaker.EncoderClassifier``:
``hyperparams.yaml`` and the checkpoints that it names. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from assistant.errors import ModelError
from assistant.messages import Samples
from assistant.speaker.engine import Embedding, unit

_INSTALL: Final = (
    "Run: pip install torch==2.13.0, then pip install 'clinician-voice-assistant[speechbrain]', "
    "then delete the .so files in torchaudio/lib."
)


class SpeechBrainEngine:
    """Embeddings of the model in a directory; one instance may serve several threads."""

    def __init__(self, directory: Path, threads: int = 1) -> None:
        """Load the model; raises :class:`ModelError`."""
        if not (directory / "hyperparams.yaml").is_file():
            raise ModelError(
                f"There is no SpeechBrain model in {directory}: hyperparams.yaml is missing.",
                "Run: assistant models fetch speechbrain-ecapa. Or copy a published model there.",
            )
        self._torch, classifier, no_link = _import()
        self._torch.set_num_threads(threads)
        try:
            self._model = classifier.from_hparams(
                source=str(directory),
                savedir=str(directory),
                local_strategy=no_link,
                # the published file names its hub here, and would fetch from there
                overrides={"pretrained_path": str(directory)},
                overrides_must_match=False,
                run_opts={"device": "cpu"},
            )
        except Exception as error:  # YAML, pickle and torch errors of many classes
            raise ModelError(
                f"The SpeechBrain model in {directory} does not load: {type(error).__name__}.",
                "Copy the whole published directory again.",
            ) from error
        self._name = f"speechbrain-{directory.name}-{_fingerprint(directory)}"
        self._lock = threading.Lock()
        self._dimension = len(self.embed(np.zeros(16_000, np.float32)))

    @property
    def name(self) -> str:
        """``speechbrain-``, the directory's name, and what its files hash to."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of the embeddings: 192 in the published model."""
        return self._dimension

    def embed(self, samples: Samples) -> Embedding:
        """The voice in ``samples``, unit length."""
        with self._lock, self._torch.inference_mode():
            batch = self._torch.from_numpy(np.array(samples)).unsqueeze(0)
            return unit(self._model.encode_batch(batch).squeeze().numpy())


def _fingerprint(directory: Path) -> str:
    """Eight hexadecimal digits that change with the weights."""
    digest = hashlib.sha256()
    for file in sorted([directory / "hyperparams.yaml", *directory.glob("*.ckpt")]):
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()[:8]


def _import() -> tuple[Any, Any, Any]:
    """torch, EncoderClassifier and the no-copy strategy; raises :class:`ModelError`."""
    try:
        import torch
        from speechbrain.inference.speaker import EncoderClassifier
        from speechbrain.utils.fetching import LocalStrategy
    except ImportError as error:
        raise ModelError("SpeechBrain is not installed.", _INSTALL) from error
    except OSError as error:
        raise ModelError(
            "torchaudio's compiled part does not load beside CPU torch.",
            "Delete the .so files in torchaudio/lib: without them it runs as pure Python.",
        ) from error
    return torch, EncoderClassifier, LocalStrategy.NO_LINK
