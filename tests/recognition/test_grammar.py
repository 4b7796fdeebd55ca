"""What is expected: names in all cases, and the words that a model does not know."""

from __future__ import annotations

import pytest

from assistant.recognition import grammar
from assistant.recognition.agreement import UNKNOWN
from nlu.messages import Person, Place

PEOPLE = [
    Person("1", "Соловьёва", "Анна", "Михайловна", "f", 1950),
    Person("2", "Кожемяко", "Пётр", "", "m", 1960),
]
PLACES = [Place("1", "Городская больница № 1", ("первая городская",))]


def built(*lacking: str) -> grammar.Grammar:
    return grammar.build(PEOPLE, PLACES, lambda word: word not in lacking)


@pytest.mark.parametrize(
    "phrase",
    [
        "соловьёва анна михайловна",
        "соловьёвой анны михайловны",
        "соловьёву анну михайловну",
        "анне михайловне соловьёвой",
        "кожемяко петром",
        "первая городская",
        "больницы",
        "городской",
        "повтори ещё раз",
        "двенадцатого",
        "сорок",
    ],
)
def test_it_expects(phrase: str) -> None:
    assert phrase in built().phrases


def test_nothing_is_missing_where_all_is_known() -> None:
    assert not any(built().missing.values())
    assert built().words > 1000


def test_missing_words_are_told_by_source() -> None:
    missing = built("михайловне", "больницей", "сорок").missing
    assert missing["names"] == ("михайловне",)
    assert missing["hospitals"] == ("больницей",)
    assert missing["numbers"] == ("сорок",)


def test_a_missing_word_leaves_its_place_open_where_the_model_can() -> None:
    assert f"соловьёвой анне {UNKNOWN}" in built("михайловне").phrases
    assert UNKNOWN in built("михайловне").phrases
    closed = built("анне", UNKNOWN).phrases
    assert "соловьёвой" in closed
    assert "михайловне" in closed
    assert UNKNOWN not in " ".join(closed)


def test_the_wake_word_is_expected_where_there_is_one() -> None:
    grammar_ = grammar.build(PEOPLE, PLACES, lambda word: True, "Ассистент")
    assert "ассистент" in grammar_.phrases
    assert "ассистент" not in built().phrases


def test_a_vocabulary_without_yo() -> None:
    phrases = grammar.build(PEOPLE, PLACES, lambda word: "ё" not in word).phrases
    assert "соловьева анна михайловна" in phrases
    assert "ё" not in " ".join(phrases)


def test_of_a_large_roster_the_words_are_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "_FULL_NAMES", 1)
    large = built()
    assert "соловьёвой" in large.phrases
    assert "соловьёвой анны михайловны" not in large.phrases


def test_no_phrase_is_empty_or_holds_digits() -> None:
    for phrase in built().phrases:
        assert phrase.strip()
        assert not any(sign.isdigit() for sign in phrase)
