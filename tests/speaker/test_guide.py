"""Guided enrolment: what is said to the one who reads, take by take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from assistant.errors import AudioInputError
from assistant.messages import NothingHeard, NothingHeardReason, Utterance
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.engine import Embedding
from assistant.speaker.enrolment import PROMPTS
from assistant.speaker.guide import Guide, lead

Heard = Callable[[str], Utterance]
NOTHING = NothingHeard(NothingHeardReason.SILENCE)


@pytest.fixture
def guide(engine: CampPlusEngine) -> Guide:
    return Guide(engine)


def take(heard: Heard, number: int, who: str = "aleksandr") -> Utterance:
    """A short take: 2.2 s are enough to compare voices, and quick."""
    whole = heard(f"enrol{number}_{who}")
    return replace(whole, speech=whole.speech[:35_200])


def test_good_takes_go_through_all_styles(guide: Guide, heard: Heard) -> None:
    said: list[str] = []
    takes = lead(guide, (take(heard, number) for number in range(1, 9)), said.append)
    assert len(takes) == len(PROMPTS)
    for number, (prompt, (style, text)) in enumerate(zip(said[0::2], PROMPTS, strict=True), 1):
        assert prompt == f"Запись {number} из 6, {style}. Прочитайте: «{text}»"
    assert set(said[1::2]) == {"Хорошо."}


def test_each_fault_is_named_in_russian_and_the_same_sentence_is_asked_again(
    guide: Guide, heard: Heard
) -> None:
    good = take(heard, 1)
    rng = np.random.default_rng(1)
    hiss = 0.05 * rng.standard_normal(len(good.samples)).astype(np.float32)
    bad: dict[str, Utterance | NothingHeard] = {
        "Ничего не слышно": NOTHING,
        "Слишком коротко": heard("turn08_aleksandr"),
    }
    for advice, utterance in bad.items():
        before = guide.prompt
        assert advice in guide.hear(utterance)
        assert guide.prompt == before
    assert guide.hear(good) == "Хорошо."
    loud = np.clip(12 * good.samples, -1, 1).astype(np.float32)
    for advice, samples in {"Слишком громко": loud, "Мешает шум": good.samples + hiss}.items():
        assert advice in guide.hear(replace(good, samples=samples))
    assert guide.prompt.startswith("Запись 2 из 6")
    assert len(guide.takes) == 1


def test_after_three_bad_takes_the_next_sentence_is_asked_for(guide: Guide, heard: Heard) -> None:
    answers = [guide.hear(NOTHING) for _ in range(3)]
    assert "пропустим" in answers[-1]
    assert guide.prompt.startswith("Запись 2 из 6")
    for _ in range(3 * (len(PROMPTS) - 1)):
        guide.hear(NOTHING)
    assert guide.done and not guide.takes


def test_another_voice_is_not_taken(guide: Guide, heard: Heard) -> None:
    guide.hear(take(heard, 1))
    guide.hear(take(heard, 2))
    assert "не похож" in guide.hear(take(heard, 3, "anna"))
    assert guide.hear(take(heard, 3)) == "Хорошо."
    assert len(guide.takes) == 3


def test_of_two_voices_at_the_start_neither_is_taken(guide: Guide, heard: Heard) -> None:
    guide.hear(take(heard, 1, "anna"))
    assert "Начнём сначала" in guide.hear(take(heard, 2))
    assert guide.takes == () and guide.prompt.startswith("Запись 1 из 6")


def test_the_assistants_own_voice_is_not_taken(
    engine: CampPlusEngine, heard: Heard, embedded: Callable[[str], Embedding]
) -> None:
    guide = Guide(engine, [embedded("enrol2_anna")])
    guide.hear(take(heard, 1))
    assert "голос помощника" in guide.hear(heard("enrol2_anna"))


def test_audio_that_ends_too_early_is_an_error(guide: Guide, heard: Heard) -> None:
    with pytest.raises(AudioInputError, match="ended before"):
        lead(guide, [take(heard, 1)], lambda _: None)
