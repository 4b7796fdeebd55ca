"""Our own voice taken out of the microphone: WebRTC's echo canceller, from the ``livekit`` package.

Fed by two audio callbacks: what the loudspeaker was given, and what the microphone heard. How much
later the one is heard in the other is found by the canceller itself.
"""

from __future__ import annotations

import threading
from typing import Final

from livekit.rtc import AudioFrame
from livekit.rtc.apm import AudioProcessingModule

from assistant.messages import SAMPLE_RATE

_BLOCK: Final = SAMPLE_RATE // 100
"""Samples of the 10 ms that the module takes at once."""
_BYTES: Final = 2 * _BLOCK
_LONGEST_LEAD: Final = 2 * SAMPLE_RATE * 2
"""Bytes handed to a device that does not play them: beyond this the oldest are forgotten."""


class EchoCanceller:
    """One microphone beside one loudspeaker, both mono s16le at 16 kHz.

    The room is learnt from the first three seconds that are played; from then on nothing of our
    voice is taken for speech.
    """

    def __init__(self) -> None:
        self._module = AudioProcessingModule(echo_cancellation=True, high_pass_filter=True)
        self._lock = threading.Lock()
        self._played = bytearray()
        self._heard = bytearray()

    def played(self, pcm: bytes) -> None:
        """The loudspeaker was given ``pcm``, after what it was given before."""
        with self._lock:
            self._played += pcm
            del self._played[: max(0, len(self._played) - _LONGEST_LEAD)]

    def clean(self, pcm: bytes) -> bytes:
        """What the microphone heard, less our voice; whole blocks of 10 ms of what came so far."""
        self._heard += pcm
        cleaned = bytearray()
        while len(self._heard) >= _BYTES:
            with self._lock:
                far = bytes(self._played[:_BYTES]).ljust(_BYTES, b"\0")
                del self._played[:_BYTES]
            near = AudioFrame(bytearray(self._heard[:_BYTES]), SAMPLE_RATE, 1, _BLOCK)
            del self._heard[:_BYTES]
            self._module.process_reverse_stream(AudioFrame(far, SAMPLE_RATE, 1, _BLOCK))
            self._module.process_stream(near)
            cleaned += bytes(near.data)
        return bytes(cleaned)
