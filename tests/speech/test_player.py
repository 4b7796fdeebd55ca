from __future__ import annotations

import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import miniaudio
import numpy as np
import pytest

from assistant.audio import player as player_module
from assistant.audio.player import AudioOutputError, Player, write_wav
from assistant.errors import SynthesisError
from assistant.messages import SAMPLE_RATE, Samples, UntilHeard

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


def drained(answer: player_module._Answer, frames: int = 64) -> tuple[bytes, bytes]:
    """What the device got and what was told to have been handed out, to the end."""
    told: list[bytes] = []
    feed = player_module._feed(answer, told.append)
    next(feed)
    heard = b""
    while not answer.finished.is_set():
        try:
            heard += feed.send(frames)
        except StopIteration:
            break
    return heard, b"".join(told)


def test_every_sample_reaches_the_device_in_order() -> None:
    samples = np.linspace(-1, 1, 1000, dtype=np.float32)
    answer = player_module._Answer()
    answer.fill([samples[:300], samples[300:]])
    heard, told = drained(answer)
    expected = (samples * 32767).astype("<i2").tobytes()
    assert heard[: len(expected)] == expected
    assert not any(heard[len(expected) :])
    assert heard.startswith(told)
    assert len(told) >= len(expected)


def test_what_follows_a_mark_is_asked_for_when_all_before_it_was_played() -> None:
    asked, goes_on = threading.Event(), threading.Event()

    def clauses() -> Iterator[Samples | UntilHeard]:
        yield np.full(100, 0.5, np.float32)
        yield UntilHeard()
        asked.set()
        goes_on.wait()
        yield np.full(20, 0.5, np.float32)

    answer = player_module._Answer()
    filling = threading.Thread(target=answer.fill, args=(clauses(),))
    filling.start()
    feed = player_module._feed(answer, lambda pcm: None)
    next(feed)
    heard = b""
    while not any(heard):
        heard = feed.send(60)
    answer.paused = True
    for _ in range(10):
        feed.send(60)
    answer.paused = False
    feed.send(40)
    assert not asked.wait(0.2), "the device still holds the end of it"
    while not asked.is_set():
        heard = feed.send(60)
    assert not any(heard)
    goes_on.set()
    filling.join()


def test_a_stopped_answer_is_not_asked_for_more() -> None:
    asked = []

    def clauses() -> Iterator[Samples | UntilHeard]:
        yield SHORT
        yield UntilHeard()
        asked.append(True)

    answer = player_module._Answer()
    filling = threading.Thread(target=answer.fill, args=(clauses(),))
    filling.start()
    answer.finished.set()
    filling.join()
    assert not asked


def test_a_pause_loses_nothing() -> None:
    answer = player_module._Answer()
    answer.fill([np.full(100, 0.5, np.float32)])
    feed = player_module._feed(answer, lambda pcm: None)
    next(feed)
    before = feed.send(40)
    answer.paused = True
    assert not any(feed.send(40))
    answer.paused = False
    after = feed.send(60)
    assert before + after == player_module._pcm(np.full(100, 0.5, np.float32))


def test_there_is_silence_until_the_next_clause_is_made() -> None:
    answer = player_module._Answer()
    feed = player_module._feed(answer, lambda pcm: None)
    next(feed)
    assert not any(feed.send(64))
    answer.fill([np.full(32, 0.5, np.float32)])
    assert any(feed.send(64))
    assert not answer.finished.is_set()


def test_the_first_clause_sounds_while_the_second_is_made(player: Player) -> None:
    go_on = threading.Event()

    def clauses() -> Iterator[Samples]:
        yield SHORT
        assert go_on.wait(10)
        yield SHORT

    player.play(clauses())
    assert not player.wait(0.2)
    go_on.set()
    assert player.wait(10)


def test_a_clause_that_fails_ends_the_answer(player: Player) -> None:
    def clauses() -> Iterator[Samples]:
        yield SHORT
        raise SynthesisError("broken", "mend it")

    player.play(clauses())
    assert player.wait(10)


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
