"""Fixed sentences sound from memory; nothing about a patient is ever kept."""

from __future__ import annotations

import numpy as np
import pytest

from assistant import answers
from assistant.errors import SynthesisError
from assistant.messages import Samples
from assistant.speech.prompts import PromptCache
from assistant.speech.synthesizer import VoiceSettings, open_synthesizer
from assistant.speech.verbalise import verbalise

REFUSAL = "Голос не распознан. Доступ закрыт."
CHART = "Иванов Пётр Сергеевич, тысяча девятьсот пятьдесят восьмого года рождения."


class Counting:
    """A voice that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    def synthesize(self, text: str) -> Samples:
        if self.broken:
            raise SynthesisError("broken", "mend it")
        self.asked.append(text)
        return np.full(len(text), 0.1, np.float32)


def test_a_fixed_sentence_is_spoken_once() -> None:
    voice = Counting()
    cache = PromptCache(voice, [REFUSAL])
    first = cache.synthesize(REFUSAL)
    assert np.array_equal(cache.synthesize(REFUSAL), first)
    assert voice.asked == ["Голос не распознан.", "Доступ закрыт."]


def test_an_answer_about_a_patient_is_not_kept() -> None:
    voice = Counting()
    cache = PromptCache(voice, answers.prompts())
    cache.warm().join(5)
    for _ in range(2):
        cache.synthesize(CHART)
    assert voice.asked.count(CHART) == 2
    assert CHART not in cache._kept


def test_a_fixed_clause_inside_another_answer_is_taken_from_memory() -> None:
    voice = Counting()
    cache = PromptCache(voice, [REFUSAL])
    cache.warm().join(5)
    voice.asked.clear()
    whole = cache.synthesize(f"{CHART} Доступ закрыт.")
    assert voice.asked == [CHART]
    assert len(whole) == len(CHART) + len("Доступ закрыт.")


def test_warming_ends_when_the_voice_fails_or_is_closed() -> None:
    voice = Counting()
    voice.broken = True
    cache = PromptCache(voice, answers.prompts())
    cache.warm().join(5)
    assert not cache._kept
    with pytest.raises(SynthesisError):
        cache.synthesize(REFUSAL)
    voice.broken = False
    cache.close()
    cache.warm().join(5)
    assert not voice.asked


def test_no_caller_can_spoil_what_is_kept() -> None:
    cache = PromptCache(Counting(), ["Слушаю."])
    cache.synthesize("Слушаю.")
    with pytest.raises(ValueError, match="read-only"):
        cache._kept["Слушаю."][0] = 1.0


def test_every_prompt_holds_only_words() -> None:
    for sentence in answers.prompts():
        assert not any(sign.isdigit() for sign in verbalise(sentence))


def test_a_real_voice_warms_while_it_answers() -> None:
    with open_synthesizer(VoiceSettings("espeak")) as engine:
        cache = PromptCache(engine, answers.prompts())
        thread = cache.warm()
        assert len(cache.synthesize(CHART)) > 16_000
        thread.join(60)
        assert not thread.is_alive()
        assert set(cache._kept) == set(cache._fixed)
