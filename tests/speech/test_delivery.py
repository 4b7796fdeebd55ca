"""Faster, slower, louder, quieter: the same words at the same pitch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.messages import SAMPLE_RATE, Samples
from assistant.speech.delivery import Delivery, VoiceChange


def tone(hertz: float, seconds: float, amplitude: float = 0.3) -> Samples:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def pitch(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * SAMPLE_RATE / len(samples))


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("speed", [0.7, 0.85, 1.2, 1.4])
@pytest.mark.parametrize("hertz", [110, 220, 900])
def test_speed_changes_the_length_and_not_the_pitch(speed: float, hertz: int) -> None:
    samples = tone(hertz, 2.0)
    changed = Delivery(speed=speed).apply(samples)
    assert len(changed) == pytest.approx(len(samples) / speed, rel=0.01)
    assert pitch(changed) == pytest.approx(hertz, rel=0.02)
    middle = changed[SAMPLE_RATE // 4 : -SAMPLE_RATE // 4]
    assert rms(middle) == pytest.approx(rms(samples), rel=0.1)


def test_what_comes_first_and_last_stays_so() -> None:
    samples = np.concatenate([tone(200, 1.0), tone(400, 1.0), tone(800, 1.0)])
    slow = Delivery(speed=0.7).apply(samples)
    third = len(slow) // 3
    heard = [pitch(part[2000:-2000]) for part in np.split(slow[: 3 * third], 3)]
    assert heard == pytest.approx([200, 400, 800], rel=0.03)


def test_volume_stays_within_full_scale() -> None:
    loud = Delivery(volume=2.0).apply(tone(200, 0.5, amplitude=0.9))
    assert np.abs(loud).max() <= 1
    assert rms(loud) > rms(tone(200, 0.5, amplitude=0.9))
    assert rms(Delivery(volume=0.5).apply(tone(200, 0.5))) == pytest.approx(0.5 * 0.3 / 2**0.5)


def test_the_usual_delivery_changes_nothing() -> None:
    samples = tone(200, 0.5)
    assert np.array_equal(Delivery().apply(samples), samples)


@given(st.integers(0, 3000), st.sampled_from([0.7, 1.4]))
@settings(max_examples=30, deadline=None)
def test_short_audio_is_no_trouble(length: int, speed: float) -> None:
    changed = Delivery(speed=speed, volume=2.0).apply(np.zeros(length, np.float32))
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()


@given(st.lists(st.sampled_from(VoiceChange), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_wishes_stay_within_what_can_be_understood(changes: list[VoiceChange]) -> None:
    delivery = Delivery()
    for change in changes:
        delivery = delivery.changed(change)
        assert 0.7 <= delivery.speed <= 1.4
        assert 0.25 <= delivery.volume <= 2.0
    assert delivery.changed(VoiceChange.NORMAL) == Delivery()


def test_a_wish_and_its_opposite_cancel() -> None:
    delivery = Delivery().changed(VoiceChange.SLOWER).changed(VoiceChange.LOUDER)
    assert delivery.speed < 1 < delivery.volume
    assert delivery.changed(VoiceChange.FASTER).changed(VoiceChange.QUIETER) == Delivery()
