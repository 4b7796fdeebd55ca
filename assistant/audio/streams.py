"""Live audio: 32 ms frames from a raw PCM stream or the microphone, and utterances from those."""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import BinaryIO, Final

import miniaudio
import numpy as np

from assistant.audio.endpointing import EndpointSettings
from assistant.audio.segmenter import Segmenter
from assistant.audio.vad import FRAME_S, FRAME_SAMPLES
from assistant.errors import AudioInputError
from assistant.messages import SAMPLE_RATE, Samples, Utterance

_FRAME_BYTES: Final = 2 * FRAME_SAMPLES
_FULL_SCALE: Final = 32768.0
_DEAD_DEVICE_S: Final = 3.0


def frames_from_pcm(stream: BinaryIO) -> Iterator[Samples]:
    """The frames, shape (512,), of mono 16 kHz s16le until the stream ends.

    The last frame is filled up with silence; half a sample at the very end is dropped.
    """
    pending = b""
    while chunk := stream.read(_FRAME_BYTES - len(pending)):
        pending += chunk
        if len(pending) == _FRAME_BYTES:
            yield _decoded(pending)
            pending = b""
    if len(pending) >= 2:
        rest = _decoded(pending[: len(pending) // 2 * 2])
        yield np.pad(rest, (0, FRAME_SAMPLES - len(rest)))


def frames_from_microphone(
    clean: Callable[[bytes], bytes] | None = None,
) -> Generator[Samples, None, None]:
    """The frames, shape (512,), of the default microphone; closing the generator stops it.

    ``clean`` is given the s16le as it is captured, and returns what to listen to
    (:meth:`assistant.audio.echo.EchoCanceller.clean`).
    Raises :class:`AudioInputError` when there is no microphone or it stops delivering.
    """
    chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    try:
        device = miniaudio.CaptureDevice(
            input_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=SAMPLE_RATE,
            buffersize_msec=int(FRAME_S * 1000),
            backends=_real_backends(),
        )
    except miniaudio.MiniaudioError as error:
        raise AudioInputError(
            "There is no microphone this program may use.",
            "Plug one in, or let the user into the group 'audio'; or send PCM to: "
            "assistant listen --pcm",
        ) from error
    with device:
        collector = _collect(chunks, clean)
        next(collector)
        device.start(collector)
        pending = b""
        while True:
            try:
                pending += chunks.get(timeout=_DEAD_DEVICE_S)
            except queue.Empty:
                raise AudioInputError(
                    "The microphone stopped delivering.", "Plug it in again and restart."
                ) from None
            while len(pending) >= _FRAME_BYTES:
                yield _decoded(pending[:_FRAME_BYTES])
                pending = pending[_FRAME_BYTES:]


def utterances(
    frames: Iterable[Samples], settings: EndpointSettings | None = None
) -> Iterator[Utterance]:
    """Each utterance of a live stream, as soon as its trailing silence has passed."""
    segmenter = Segmenter(settings)
    for frame in frames:
        yield from (event for event in segmenter.push(frame) if isinstance(event, Utterance))
    yield from (event for event in segmenter.finish() if isinstance(event, Utterance))


def _real_backends() -> list[miniaudio.Backend]:
    # The null backend records silence without end instead of failing.
    return [backend for backend in miniaudio.Backend if backend is not miniaudio.Backend.NULL]


def _collect(
    chunks: queue.SimpleQueue[bytes], clean: Callable[[bytes], bytes] | None
) -> Generator[None, bytearray, None]:
    while True:
        captured = bytes((yield))
        # here and not where frames are taken: what is played must meet what is captured with it
        chunks.put(clean(captured) if clean else captured)


def _decoded(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(_FULL_SCALE)
