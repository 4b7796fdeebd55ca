"""Whisper base on real speech, and on what is none."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jiwer
import numpy as np
import pytest
from weights import weights

from assistant.audio.files import find_utterance, read_audio, read_utterance
from assistant.errors import ModelError
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Samples,
    Transcript,
    Utterance,
)
from assistant.recognition.bench import normalised, recordings
from assistant.recognition.whisper import WhisperRecognizer, is_looping

pytestmark = pytest.mark.slow

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"
NAMES = ("Иванов", "Сидорова", "Кузнецова", "Ахметова", "Шевченко", "Мухаметшин")


def utterance(path: str) -> Utterance:
    found = read_utterance(SPEECH / path)
    assert isinstance(found, Utterance)
    return found


def whole(samples: Samples) -> Utterance:
    """As if voice activity had been wrong about all of it."""
    return Utterance(samples, samples, 0.0, len(samples) / SAMPLE_RATE)


def words(heard: Transcript | NothingHeard) -> str:
    assert isinstance(heard, Transcript)
    return normalised(heard.text)


def test_word_error_rate_of_the_fixtures(whisper: WhisperRecognizer) -> None:
    truths, heard = [], []
    for item in recordings(SPEECH):
        found = read_utterance(item.path)
        assert isinstance(found, Utterance)
        truths.append(normalised(item.text))
        heard.append(words(whisper.transcribe(found)))
    assert jiwer.wer(truths, heard) < 0.12


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("commands/aleksandr_15.flac", "да"),
        ("commands/anna_16.flac", "нет"),
        ("commands/aleksandr_06.flac", "прочитай выписку из областной клинической больницы"),
        ("human_ru/vm-delete.flac", "нажмите семь для удаления этого сообщения"),
    ],
)
def test_word_for_word(whisper: WhisperRecognizer, path: str, text: str) -> None:
    heard = whisper.transcribe(utterance(path))
    assert words(heard) == text
    assert isinstance(heard, Transcript)
    assert 0.5 < heard.confidence <= 1


def test_alternatives_differ_in_words(whisper: WhisperRecognizer) -> None:
    heard = whisper.transcribe(utterance("commands/anna_60.flac"))
    assert isinstance(heard, Transcript)
    readings = [normalised(reading) for reading in (heard.text, *heard.alternatives)]
    assert len(readings) >= 2
    assert len(set(readings)) == len(readings)


def test_the_same_audio_gives_the_same_words(whisper: WhisperRecognizer) -> None:
    spoken = [utterance(f"commands/{name}.flac") for name in ("anna_01", "aleksandr_32")] * 3
    with ThreadPoolExecutor(3) as pool:
        heard = list(pool.map(whisper.transcribe, spoken))
    assert heard[0:2] == heard[2:4] == heard[4:6]
    assert heard[0] != heard[1]


def test_long_pauses_do_not_push_the_end_out_of_the_window(whisper: WhisperRecognizer) -> None:
    first, second = (
        read_audio(SPEECH / "commands" / f"{name}.flac") for name in ("aleksandr_06", "anna_34")
    )
    pause = np.zeros(35 * SAMPLE_RATE, np.float32)
    both = find_utterance(np.concatenate([first, pause, second]))
    assert isinstance(both, Utterance)
    text = words(whisper.transcribe(both))
    assert "выписку" in text
    assert "только заключение" in text


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def tones(frequencies: list[float], step_s: float, length_s: float) -> Samples:
    """Plucked notes one after the other."""
    time = np.arange(int(length_s * SAMPLE_RATE)) / SAMPLE_RATE
    music = np.zeros_like(time)
    for number in range(int(length_s / step_s)):
        local = np.clip(time - number * step_s, 0, None)
        pitch = frequencies[number % len(frequencies)]
        for harmonic in range(1, 6):
            music += np.sin(2 * np.pi * pitch * harmonic * local) * np.exp(-4 * local) / harmonic
    return (0.5 * music / np.abs(music).max()).astype(np.float32)


NO_SPEECH = {
    "silence": np.zeros(3 * SAMPLE_RATE, np.float32),
    "white noise": rng().normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32),
    "rumble": (np.cumsum(rng().normal(0, 0.001, 4 * SAMPLE_RATE))).astype(np.float32),
    "melody": tones([262, 330, 392, 523, 392, 330], 0.25, 5),
    "alarm": tones([960, 770], 0.5, 4),
}


@pytest.mark.parametrize("name", NO_SPEECH)
def test_no_words_from_what_is_no_speech(whisper: WhisperRecognizer, name: str) -> None:
    assert isinstance(whisper.transcribe(whole(NO_SPEECH[name])), NothingHeard)


def test_loops_are_known_by_their_repetition() -> None:
    assert is_looping("Спасибо за просмотр! " * 8)
    assert is_looping("да " * 40)
    with (SPEECH.parent / "commands_expected.tsv").open(encoding="utf-8") as file:
        for row in csv.reader(file, delimiter="\t"):
            assert not is_looping(" ".join(row))
    assert not is_looping("один один один два два два три три три")


@pytest.mark.parametrize(
    "text",
    [
        "Да. " * 6,
        "Пульс, пульс, пульс, пульс.",
        "1 " * 8,
        "Спасибо вам. Спасибо вам. Спасибо вам. Спасибо вам.",
        "Какое давление у Громова? Какое давление у Громова?",
        "Ааааааа",
    ],
)
def test_short_loops_are_loops_too(text: str) -> None:
    assert is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "да да",
        "Да-да-да-да.",
        "Стоп, стоп, стоп!",
        "нет нет нет",
        "Хватит, хватит, хватит.",
        "Дальше, дальше.",
        "всё верно, всё верно",
        "нет, не надо, нет, не надо",
        "карта восемь восемь восемь восемь",
        "запиши сто двадцать на восемьдесят, сто двадцать на восемьдесят",
    ],
)
def test_natural_repetitions_are_no_loops(text: str) -> None:
    assert not is_looping(text)


def test_hints_do_not_put_names_into_what_was_said() -> None:
    hinted = WhisperRecognizer(weights("whisper-base"), lambda: NAMES)
    spoken = [utterance(f"human_ru/{path.name}") for path in (SPEECH / "human_ru").glob("*.flac")]
    names = {normalised(name) for name in NAMES}
    for heard in map(hinted.transcribe, spoken):
        assert not names & set(words(heard).split())
    for samples in NO_SPEECH.values():
        assert isinstance(hinted.transcribe(whole(samples)), NothingHeard)


def test_no_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models fetch"):
        WhisperRecognizer(tmp_path)


def test_reasons_are_told(whisper: WhisperRecognizer) -> None:
    heard = whisper.transcribe(whole(NO_SPEECH["white noise"]))
    assert heard in (
        NothingHeard(NothingHeardReason.NOISE),
        NothingHeard(NothingHeardReason.LOOPING),
    )
