from __future__ import annotations

import wave
from pathlib import Path

import miniaudio
import numpy as np
import pytest

from assistant.audio import player as player_module
from assistant.audio.player import AudioOutputError, Player, write_wav
from assistant.messages import SAMPLE_RATE, Samples

SHORT = np.zeros(SAMPLE_RATE // 20, np.float32)
LONG = np.zeros(SAMPLE_RATE * 60, np.float32)


@pytest.fixture
def player() -> Player:
    """On miniaudio's own device that plays to nobody in real time."""
    return Player([miniaudio.Backend.NULL])


def test_play_returns_at_once_and_wait_sees_the_end(player: Player) -> None:
    player.play(SHORT)
    assert player.wait(10)
    assert not player.playing


def test_stop_interrupts(player: Player) -> None:
    player.play(LONG)
    assert player.playing
    assert not player.wait(0.01)
    player.stop()
    assert not player.playing
    assert player.wait(0)


def test_a_new_answer_replaces_the_old(player: Player) -> None:
    player.play(LONG)
    player.play(SHORT)
    assert player.wait(10)


def test_every_sample_reaches_the_device_in_order() -> None:
    samples = np.linspace(-1, 1, 1000, dtype=np.float32)
    finished = player_module.threading.Event()
    feed = player_module._feed(player_module._pcm(samples), finished)
    next(feed)
    heard = b""
    while not finished.is_set():
        try:
            heard += feed.send(64)
        except StopIteration:
            break
    expected = (samples * 32767).astype("<i2").tobytes()
    assert heard[: len(expected)] == expected
    assert not any(heard[len(expected) :])


def test_stopping_what_does_not_play_is_fine(player: Player) -> None:
    player.stop()
    assert player.wait(0)


def test_without_a_device_the_error_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_device(**_: object) -> object:
        raise miniaudio.MiniaudioError("no device")

    monkeypatch.setattr(miniaudio, "PlaybackDevice", no_device)
    with pytest.raises(AudioOutputError, match="aplay -l"):
        Player().play(SHORT)


def test_a_device_that_plays_to_nobody_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    real = miniaudio.PlaybackDevice
    monkeypatch.setattr(
        miniaudio,
        "PlaybackDevice",
        lambda **kwargs: real(**{**kwargs, "backends": [miniaudio.Backend.NULL]}),
    )
    with pytest.raises(AudioOutputError):
        Player().play(SHORT)


def test_write_wav(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.wav"
    samples: Samples = np.array([0, 0.5, -1, 2], np.float32)
    write_wav(path, samples)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        pcm = np.frombuffer(file.readframes(4), "<i2")
    assert pcm.tolist() == [0, 16383, -32767, 32767]
    assert [entry.name for entry in path.parent.iterdir()] == ["a.wav"]
