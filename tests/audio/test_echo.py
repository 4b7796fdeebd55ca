"""Our own voice in the microphone: taken out, while the clinician's stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.audio.echo import EchoCanceller
from assistant.audio.files import read_audio
from assistant.audio.vad import FRAME_S, FRAME_SAMPLES, VoiceActivity
from assistant.messages import SAMPLE_RATE, Samples

pytestmark = pytest.mark.slow

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"
BURST = int(0.04 * SAMPLE_RATE)
"""What a sound card takes at once."""
LEARNT = 3 * SAMPLE_RATE
"""Of our voice, after which the canceller knows the room."""


def pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def room(seconds: float = 0.1) -> Samples:
    """An impulse response that dies away, of unit energy."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    response = np.random.default_rng(3).normal(0, 1, len(time)) * np.exp(-60 * time)
    response[0] = 6
    return (response / np.sqrt((response**2).sum())).astype(np.float32)


def echo_of(far: Samples, delay_s: float, gain: float) -> Samples:
    echo = np.convolve(far, room())[: len(far)].astype(np.float32) * gain
    return np.concatenate([np.zeros(int(delay_s * SAMPLE_RATE), np.float32), echo])[: len(far)]


def cleaned(far: Samples, microphone: Samples) -> Samples:
    """Both streams as sound cards deliver them: played in bursts, captured in frames."""
    canceller = EchoCanceller()
    played = 0
    out = bytearray()
    for start in range(0, len(microphone), FRAME_SAMPLES):
        while played < min(start + FRAME_SAMPLES + BURST, len(far)):
            canceller.played(pcm(far[played : played + BURST]))
            played += BURST
        out += canceller.clean(pcm(microphone[start : start + FRAME_SAMPLES]))
    return np.frombuffer(bytes(out), "<i2").astype(np.float32) / 32768


def speech_s(samples: Samples) -> float:
    activity = VoiceActivity()
    starts = range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
    return FRAME_S * sum(
        activity.probability(samples[start : start + FRAME_SAMPLES]) > 0.5 for start in starts
    )


def noise(length: int) -> Samples:
    return np.random.default_rng(1).normal(0, 0.001, length).astype(np.float32)


@pytest.fixture(scope="module")
def far() -> Samples:
    """Sixteen seconds of speech from the loudspeaker."""
    return np.concatenate([read_audio(SPEECH / "demo" / f"enrol{n}_anna.flac") for n in (1, 2, 3)])


@pytest.mark.parametrize("gain", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("delay_s", [0.02, 0.1, 0.2])
def test_our_voice_is_no_speech_any_more(far: Samples, delay_s: float, gain: float) -> None:
    microphone = echo_of(far, delay_s, gain) + noise(len(far))
    assert speech_s(microphone[LEARNT:]) > 6
    assert speech_s(cleaned(far, microphone)[LEARNT:]) < 0.1


def test_the_next_answer_after_a_long_silence_is_known_at_once(far: Samples) -> None:
    silence = np.zeros(int(6.013 * SAMPLE_RATE), np.float32)
    both = np.concatenate([far, silence, far[::-1], silence])
    microphone = echo_of(both, 0.12, 0.3) + noise(len(both))
    assert speech_s(cleaned(both, microphone)[len(far) :]) < 0.1


def test_silence_from_the_loudspeaker_changes_nothing(far: Samples) -> None:
    out = cleaned(np.zeros(0, np.float32), far)
    assert speech_s(out) == pytest.approx(speech_s(far), rel=0.1)


@pytest.mark.parametrize("at_s", [4.0, 6.5])
def test_the_clinician_is_heard_over_it(far: Samples, at_s: float) -> None:
    stop = read_audio(SPEECH / "demo" / "turn11_aleksandr.flac")
    microphone = echo_of(far, 0.1, 0.3) + noise(len(far))
    start = int(at_s * SAMPLE_RATE)
    microphone[start : start + len(stop)] += stop
    out = cleaned(far, microphone)
    around = slice(max(0, start - SAMPLE_RATE // 2), start + len(stop) + SAMPLE_RATE // 2)
    assert speech_s(out[around]) > 0.25
    rest = np.concatenate([out[LEARNT : around.start], out[around.stop :]])
    assert speech_s(rest) < 0.1


def test_what_a_dead_device_was_given_is_not_kept() -> None:
    canceller = EchoCanceller()
    for _ in range(100):
        canceller.played(bytes(SAMPLE_RATE))
    assert len(canceller._played) <= 2 * 2 * SAMPLE_RATE


def test_whole_blocks_come_out_whatever_goes_in() -> None:
    canceller = EchoCanceller()
    sizes = [len(canceller.clean(bytes(size))) for size in (2, 318, 640, 1, 1023, 0)]
    assert sizes == [0, 320, 640, 0, 960, 0]
