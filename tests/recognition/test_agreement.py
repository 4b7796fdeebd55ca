"""Two readings of one utterance: when the expected words stand, and when nobody knows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from assistant.recognition.agreement import UNKNOWN, TimedWord, agreement
from nlu.canon import fold
from nlu.numerals import numeral


def timed(text: str) -> list[TimedWord]:
    """Words as long as their letters, one after the other."""
    words, at = [], 0.0
    for word in text.split():
        letters = 5 if word == UNKNOWN else len(word)
        words.append(TimedWord(word, at, at + 0.08 * letters))
        at += 0.08 * letters
    return words


@pytest.mark.parametrize(
    ("expected", "free"),
    [
        ("покажи посещения пациента иванова", "покажи посещения пациента иванова"),
        ("найди сидорову анну", "найди сидор ванну"),
        ("карта смирнова", "карта смернова"),
        ("в карту иванова", "карту иванова"),
        ("стоп", "стоп"),
        ("карта двух пациентов", "карта два пациента"),
        ("пульс восемьюдесятью", "пульс восьмьюдесятью"),
    ],
)
def test_near_sounds_agree(expected: str, free: str) -> None:
    both = agreement(timed(expected), timed(free))
    assert both.reached
    assert both.text == expected


@pytest.mark.parametrize(
    ("expected", "free"),
    [
        ("открой карту иванова", "открой карту кузнецова"),
        ("да", "на"),
        ("нет", "да"),
        ("стоп", "завтра погода"),
        ("давление сто тридцать", "давление двести сорок"),
        ("стоп", ""),
        ("пульс семьдесят", "пульс восемьдесят"),
        ("пульс семьдесят", "пульс семьсот"),
        ("девятнадцать", "двенадцать"),
        ("десять", "девять"),
        ("пятьдесят", "шестьдесят"),
        ("открой седьмой документ", "открой восьмой документ"),
        ("сто", "что"),
        ("давление сто тридцать", "давление сто тридцать пять"),
    ],
)
def test_other_sounds_do_not(expected: str, free: str) -> None:
    assert not agreement(timed(expected), timed(free)).reached


def test_open_places_take_the_free_words_once() -> None:
    expected = [TimedWord("запиши", 0.0, 0.5), TimedWord(UNKNOWN, 0.5, 1.0)]
    expected.append(TimedWord(UNKNOWN, 1.0, 1.6))
    free = [TimedWord("запиши", 0.0, 0.5), TimedWord("жалоб", 0.5, 0.9)]
    free += [TimedWord("не", 0.9, 1.1), TimedWord("предъявляет", 1.1, 1.6)]
    assert agreement(expected, free).text == "запиши жалоб не предъявляет"


def test_nothing_heard_is_not_agreed_upon() -> None:
    assert not agreement([], []).reached
    assert not agreement([TimedWord(UNKNOWN, 0.0, 1.0)], []).reached


words = st.lists(
    st.sampled_from(["да", "нет", "стоп", "карта", "иванова", "пять", "в", "на"]), max_size=6
)


values = st.sampled_from([*range(1, 21), *range(30, 100, 10), *range(100, 1000, 100)])
cases = st.sampled_from("ngdaip")
numbers = st.builds(lambda value, case: num2words(value, lang="ru", case=case), values, cases)
numbers |= st.builds(
    lambda value, case: num2words(value, lang="ru", to="ordinal", case=case),
    values.filter(lambda value: value <= 100),
    cases,
)


@settings(max_examples=500, deadline=None)
@given(numbers, numbers)
def test_a_number_agrees_with_that_number_only(expected: str, free: str) -> None:
    one, other = numeral(fold(expected)), numeral(fold(free))
    assert one is not None and other is not None, (expected, free)
    both = agreement([TimedWord(expected, 0.0, 0.5)], [TimedWord(free, 0.0, 0.5)])
    assert both.reached == (one.value == other.value)


@settings(max_examples=100, deadline=None)
@given(words)
def test_a_text_agrees_with_itself(said: list[str]) -> None:
    both = agreement(timed(" ".join(said)), timed(" ".join(said)))
    assert both.text == " ".join(said)
    assert both.likeness == 1.0


@settings(max_examples=100, deadline=None)
@given(words, words)
def test_only_expected_words_come_out(expected: list[str], free: list[str]) -> None:
    both = agreement(timed(" ".join(expected)), timed(" ".join(free)))
    assert both.text.split() == expected
    assert 0 <= both.likeness <= 1
