from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from collections.abc import Iterator
from functools import lru_cache

import espeakng_loader
import numpy as np
import pytest

from assistant.errors import SynthesisError
from assistant.messages import SAMPLE_RATE, Samples
from assistant.speech import festival_driver, synthesizer
from assistant.speech.synthesizer import (
    EngineSynthesizer,
    VoiceSettings,
    open_synthesizer,
    split_clauses,
)
from assistant.speech.verbalise import verbalise

ANSWERS = (
    "Артериальное давление 130/80 мм рт. ст., пульс 72 уд/мин — сегодня в 10:40.",
    "У пациента 5 посещений. Последнее — 12 марта 2026 года, Городская больница №1.",
    "Глюкоза 7,8 ммоль/л: выше нормы, норма 3,3–5,5.",
    "Карта 1236. Бисопролол 2,5 мг, 1 раз в день.",
    "Голос не распознан. Доступ закрыт.",
)

needs_festival = pytest.mark.skipif(
    not festival_driver.available(), reason="apt-get install festival festvox-ru"
)
VOICES = [
    pytest.param("espeak", id="espeak"),
    pytest.param("festival", id="festival", marks=[needs_festival, pytest.mark.slow]),
]


@pytest.fixture(params=VOICES)
def voice(request: pytest.FixtureRequest) -> Iterator[EngineSynthesizer]:
    with open_synthesizer(VoiceSettings(request.param)) as opened:
        yield opened


def loudness(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_speech_is_as_long_as_its_words_and_not_silent(voice: EngineSynthesizer) -> None:
    for answer in ANSWERS:
        words = verbalise(answer)
        samples = voice.synthesize(words)
        letters = sum(sign.isalpha() for sign in words)
        assert samples.dtype == np.float32
        assert np.abs(samples).max() <= 1
        assert loudness(samples) > 0.02
        assert 0.05 < len(samples) / SAMPLE_RATE / letters < 0.2


def test_one_engine_speaks_many_times(voice: EngineSynthesizer) -> None:
    pid = voice.worker_pid
    lengths = {len(voice.synthesize("сто тридцать на восемьдесят")) for _ in range(20)}
    assert voice.worker_pid == pid
    assert max(lengths) - min(lengths) < SAMPLE_RATE / 10


def test_nothing_makes_a_voice_fail_that_verbalise_lets_through(voice: EngineSynthesizer) -> None:
    for text in (
        "5 — 9",
        "д",
        "ъ, ь",
        "«Ёж» — (1)",
        "5;;6 . 7",
        "гр., ст.",
        "Ж/К",
        "a-b",
        "1 — — 2",
    ):
        assert len(voice.synthesize(verbalise(text))) > SAMPLE_RATE / 10


def test_a_killed_engine_is_replaced_and_the_answer_still_spoken(voice: EngineSynthesizer) -> None:
    before = voice.synthesize("сто тридцать")
    pid = voice.worker_pid
    os.killpg(pid, signal.SIGKILL)
    after = voice.synthesize("сто тридцать")
    assert voice.worker_pid != pid
    assert abs(len(after) - len(before)) < SAMPLE_RATE / 10


def test_a_hanging_engine_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesizer, "_TIMEOUT_S", 0.5)
    with open_synthesizer(VoiceSettings("espeak")) as voice:
        voice.synthesize("сто")
        pid = voice.worker_pid
        os.kill(pid, signal.SIGSTOP)
        assert len(voice.synthesize("двести")) > 0
        assert voice.worker_pid != pid
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_an_engine_that_gives_silence_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        open_synthesizer(VoiceSettings("espeak", volume=0.0)) as voice,
        pytest.raises(SynthesisError, match="silent"),
    ):
        voice.synthesize("сто тридцать")


def test_an_engine_that_drops_words_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_synthesizer(VoiceSettings("espeak")) as voice:
        short = voice._worker.speak("да")
        monkeypatch.setattr(synthesizer._Worker, "speak", lambda self, text: short)
        with pytest.raises(SynthesisError, match="letters in"):
            voice.synthesize("сто тридцать на восемьдесят миллиметров ртутного столба")


def test_a_missing_engine_is_an_error_that_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(festival_driver, "available", lambda: False)
    assert VoiceSettings("auto").engine == "espeak"
    with pytest.raises(SynthesisError, match="apt-get install festival festvox-ru"):
        open_synthesizer(VoiceSettings("festival"))


def test_nothing_to_say_and_digits_are_refused() -> None:
    with open_synthesizer(VoiceSettings("espeak")) as voice:
        with pytest.raises(SynthesisError):
            voice.synthesize(" . ")
        with pytest.raises(ValueError, match="verbalise"):
            voice.synthesize("130 на 80")


def test_no_error_repeats_what_was_to_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        open_synthesizer(VoiceSettings("espeak", volume=0.0)) as voice,
        pytest.raises(SynthesisError) as caught,
    ):
        voice.synthesize("Иванов Пётр Сергеевич")
    assert "Иванов" not in str(caught.value)
    assert "Иванов" not in repr(caught.value.__cause__)


def test_a_slower_and_quieter_voice() -> None:
    text = "сто тридцать на восемьдесят"
    with open_synthesizer(VoiceSettings("espeak", 100, 0.5)) as voice:
        slow = voice.synthesize(text)
    with open_synthesizer(VoiceSettings("espeak", 200, 1.0)) as voice:
        fast = voice.synthesize(text)
    assert len(slow) > 1.3 * len(fast)
    assert loudness(slow) < 0.7 * loudness(fast)


def test_clauses_are_the_whole_text_and_the_first_is_short() -> None:
    text = verbalise(" ".join(ANSWERS)) + " слово, другое слово" * 20
    clauses = split_clauses(text)
    assert " ".join(clauses) == text
    assert len(clauses[0]) <= 160
    assert max(map(len, clauses)) <= 200
    assert split_clauses("") == split_clauses(". — !") == []


def test_the_first_clause_comes_before_the_last_is_made() -> None:
    with open_synthesizer(VoiceSettings("espeak")) as voice:
        clauses = voice.synthesize_clauses("Голос не распознан. Доступ закрыт.")
        first = next(clauses)
        pid = voice.worker_pid
        os.killpg(pid, signal.SIGKILL)
        # the engine that made the first is dead, so the second is made only now
        second = next(clauses)
        assert voice.worker_pid != pid
        assert len(first) > 0 < len(second)
        assert next(clauses, None) is None


def test_a_closed_voice_starts_no_new_engine() -> None:
    voice = open_synthesizer(VoiceSettings("espeak"))
    voice.close()
    with pytest.raises(SynthesisError):
        voice.synthesize("да")


@lru_cache(maxsize=1)
def espeak() -> ctypes.CDLL:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_SetVoiceByName(b"ru")
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return library


def phonemes(text: str) -> str:
    """What espeak-ng would say, in IPA without stress, spaces and pauses."""
    source = ctypes.c_char_p(text.encode())
    said = []
    while source.value:
        said.append(espeak().espeak_TextToPhonemes(ctypes.byref(source), 1, 2).decode())
    return re.sub(r"[ˈˌ\s_|-]", "", "".join(said))


def test_espeak_has_phonemes_for_every_number_word() -> None:
    for number in (*range(0, 32), 40, 57, 68, 79, 80, 90, 100, 130, 212, 999, 1001, 2026):
        words = verbalise(f"норма {number} ммоль/л").removeprefix("норма ")
        words = words.removesuffix(" миллимоль на литр")
        whole = phonemes(f"норма {words} миллимоль")
        position = 0
        for word in words.split():
            consonants = re.sub(r"[^bdfgklmnprstvxzʃʒʂʐɕj]", "", phonemes(word))
            found = re.sub(r"[^bdfgklmnprstvxzʃʒʂʐɕj]", "", whole).find(consonants[:-1], position)
            assert found >= 0, (words, word, whole)
            position = found


def test_the_engine_ends_with_its_owner() -> None:
    with open_synthesizer(VoiceSettings("espeak")) as voice:
        voice.synthesize("да")
        pid = voice.worker_pid
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return
    raise AssertionError("the worker still runs")
