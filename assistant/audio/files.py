"""One recorded utterance from a file: any format libsndfile reads, whatever its name says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr

from assistant.audio.endpointing import EndpointSettings
from assistant.audio.segmenter import Segmenter
from assistant.errors import AudioTooLongError, UnreadableAudioError
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Samples,
    Utterance,
)

MAX_FILE_S: Final = 60.0
MAX_SPEECH_S: Final = 30.0

_ONE_UTTERANCE: Final = EndpointSettings(trailing_silence_s=math.inf, max_s=math.inf)
_LOWEST_RATE: Final = 8_000
_HIGHEST_RATE: Final = 192_000
_FORMATS: Final = "Give a WAV, FLAC, OGG or MP3 recording."


def read_audio(path: str | Path) -> Samples:
    """The whole recording as mono 16 kHz.

    Raises :class:`UnreadableAudioError`, and :class:`AudioTooLongError` for more than
    :data:`MAX_FILE_S` seconds, which is told from the header where that states a length.
    """
    try:
        with Path(path).open("rb") as stream, soundfile.SoundFile(stream) as file:
            rate = int(file.samplerate)
            if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
                raise UnreadableAudioError(f"No speech is recorded at {rate} Hz.", _FORMATS)
            limit = int(MAX_FILE_S * rate)
            # Streamed FLAC and OGG state no length: those are read up to the limit.
            if limit < file.frames < 2**62:
                raise _too_long(f"{file.frames / rate:.0f} s of audio", MAX_FILE_S)
            samples = file.read(frames=limit + 1, dtype="float32", always_2d=True)
    except OSError as error:
        reason = type(error).__name__
        raise UnreadableAudioError(
            f"The recording can't be opened ({reason}).", "Check the path and its permissions."
        ) from error
    except soundfile.LibsndfileError as error:
        raise UnreadableAudioError(
            "The file is not a recording, or its header is damaged.", _FORMATS
        ) from error
    if len(samples) > limit:
        raise _too_long("The recording", MAX_FILE_S)
    if not len(samples):
        raise UnreadableAudioError("The recording is empty.", _FORMATS)
    if not np.isfinite(samples).all():
        raise UnreadableAudioError("The recording holds values that are no numbers.", _FORMATS)
    mono: Samples = samples.mean(axis=1)
    if rate != SAMPLE_RATE:
        mono = soxr.resample(mono, rate, SAMPLE_RATE)
    return np.clip(mono, -1.0, 1.0)


def read_utterance(path: str | Path) -> Utterance | NothingHeard:
    """The file's one utterance: from the first to the last speech, with a little margin.

    Pauses inside stay in ``samples`` and are cut from ``speech``. Raises as :func:`read_audio`,
    and :class:`AudioTooLongError` for more than :data:`MAX_SPEECH_S` seconds of speech.
    """
    return find_utterance(read_audio(path))


def find_utterance(samples: Samples) -> Utterance | NothingHeard:
    """As :func:`read_utterance`, for a recording that is already in memory."""
    segmenter = Segmenter(_ONE_UTTERANCE)
    for event in [*segmenter.push(samples), *segmenter.finish()]:
        if isinstance(event, Utterance):
            if event.speech_s > MAX_SPEECH_S:
                raise _too_long(f"{event.speech_s:.0f} s of speech", MAX_SPEECH_S)
            return event
    return NothingHeard(
        NothingHeardReason.TOO_SHORT if segmenter.heard_any else NothingHeardReason.SILENCE
    )


def _too_long(what: str, limit_s: float) -> AudioTooLongError:
    return AudioTooLongError(
        f"{what} is more than the {limit_s:.0f} s that one utterance may have.",
        "Cut the recording into single questions.",
    )
