"""CAM++ on ONNX Runtime: the default speaker embedder.

Weights: 3D-Speaker ``speech_campplus_sv_zh_en_16k-common_advanced`` (Apache-2.0), exported by
``scripts/export_campplus.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import kaldi_native_fbank
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.messages import SAMPLE_RATE, Samples
from assistant.speaker.engine import Embedding, unit

_MELS: Final = 80
_FRAME: Final = SAMPLE_RATE * 25 // 1000
_HOP: Final = SAMPLE_RATE // 100


class CampPlusEngine:
    """192-dimensional embeddings; one instance may serve several threads."""

    name = "campplus-zh-en-common-advanced"
    dimension = 192

    def __init__(self, model_path: Path, threads: int = 1) -> None:
        """Load the ONNX file; raises :class:`ModelError` when it is missing or broken."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(model_path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime has no error class of its own in Python
            raise ModelError(
                f"The speaker model does not load: {model_path}.",
                "Run: assistant models fetch",
            ) from error
        if [one.name for one in self._session.get_inputs()] != ["features", "parts"]:
            raise ModelError(
                f"The speaker model is of another version: {model_path}.",
                "Run: assistant models fetch",
            )

    def embed(self, samples: Samples) -> Embedding:
        """The voice in ``samples``, shape (192,), unit length."""
        whole = np.ones((1, self.ticks(len(samples))), np.bool_)
        embedding: Embedding = self.embed_parts(samples, whole)[0]
        return embedding

    def ticks(self, samples: int) -> int:
        """How many frames the network pools over: one for every two of the filter bank."""
        frames = 1 + (samples - _FRAME) // _HOP
        return (frames + 1) // 2

    def embed_parts(self, samples: Samples, parts: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The voices in parts of ``samples``, shape (n, 192), each of unit length."""
        features = fbank(samples)
        features -= features.mean(axis=0)
        (embeddings,) = self._session.run(
            None, {"features": features[np.newaxis], "parts": parts.astype(np.float32)}
        )
        return np.stack([unit(one) for one in embeddings])


def fbank(samples: Samples) -> NDArray[np.float32]:
    """Kaldi log-mel filter bank without dither: shape (frames, 80), 25 ms every 10 ms."""
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = _MELS
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(SAMPLE_RATE, samples.tolist())
    bank.input_finished()
    return np.stack([bank.get_frame(index) for index in range(bank.num_frames_ready)])
