"""A value that is not wholly understood is asked for again, and the doctor hears why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    PRESSURE,
    PULSE,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.state import ConfirmWrite, FillRequest, Request
from nlu.canon import canonical
from nlu.measures import BOUNDS, read_value
from nlu.refusals import refused, unread
from nlu.vocabulary import OBSERVATIONS


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("вес 180 фунтов", "Записываю в килограммах."),
        ("вес 3500 грамм", "Записываю в килограммах."),
        ("вес 300 г", "Записываю в килограммах."),
        ("вес 80 килограмм 500 фунтов", "Записываю в килограммах."),
        ("вес прибавил 2 килограмма", "Нужно точное значение"),
        ("вес минус два килограмма", "Нужно точное значение"),
        ("вес на два килограмма больше", "Нужно точное значение"),
        ("пульс 80 ударов за полминуты", "Записываю за минуту."),
        ("пульс 20 за 15 секунд", "Записываю за минуту."),
        ("температуру под сорок", "Нужно точное значение"),
        ("температуру за тридцать девять", "Нужно точное значение"),
        ("температуру тридцать шесть с копейками", "Нужно точное значение"),
        ("пульс около восьмидесяти", "Нужно точное значение"),
        ("пульс сто с небольшим", "Нужно точное значение"),
        ("пульс примерно 70", "Нужно точное значение"),
        ("давление двести с лишним", "Нужно точное значение"),
        ("пульс больше ста", "Нужно точное значение"),
        ("температуру минус 37", "Нужно точное значение"),
        ("температуру 98 и 6 по Фаренгейту", "Записываю в градусах Цельсия."),
        ("сахар 57 процентов", "Записываю в миллимолях на литр."),
        ("давление 16 на 10 килопаскалей", "Записываю в миллиметрах ртутного столба."),
        ("пульс 8", "8 уд/мин — так не бывает."),
        ("пульс 400", "400 уд/мин — так не бывает."),
        ("сатурацию 101", "101 % — так не бывает."),
        ("сахар 126", "126 ммоль/л — так не бывает."),
        ("давление 12 на 8", "12/8 мм рт. ст. — так не бывает."),
        ("давление 120 на 180", "120/180 мм рт. ст. — так не бывает."),
        ("сатурацию 96 93", "Слышу несколько чисел."),
        ("пульс 60 и 7", "Слышу несколько чисел."),
        ("давление 130", "130 на сколько?"),
    ],
)
def test_why_it_is_asked_again(talk: Talk, said: str, why: str) -> None:  # noqa: F811
    assert why in talk.say(f"запиши {said}")
    pending = talk.state.pending
    assert isinstance(pending, FillRequest)
    assert pending.request.measurement is None


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        (("запиши вес 82 килограмма 500 грамм",), "вес 82,5 кг?"),
        (("запиши пульс 70 вчера около девяти",), "пульс 70 уд/мин, вчера в 9:00"),
        (("запиши рост метр шестьдесят восемь и пять",), "рост 168,5 см?"),
        (("запиши рост метр семьдесят пять с половиной",), "рост 175,5 см?"),
        (("запиши рост метр семьдесят пять",), "рост 175 см?"),
        (("запиши тромбоциты двести сорок тысяч",), "тромбоциты 240×10⁹/л?"),
        (("запиши лейкоциты двенадцать тысяч",), "лейкоциты 12×10⁹/л?"),
        (("запиши температуру 38 запятая 2",), "температуру 38,2 °C?"),
        (("запиши температуру 38", "и пять"), "температуру 38,5 °C?"),
        (("запиши давление верхнее 160 нижнее 90",), "давление 160/90"),
        (("верхнее 160 нижнее 90",), "давление 160/90"),
        (("запиши давление 140 на 90", "да, только на восемьдесят"), "давление 140/80"),
        (("тридцать семь и два", "температура"), "температуру 37,2 °C?"),
        (("36,6", "температура"), "температуру 36,6 °C?"),
        (("140/90",), "давление 140/90"),
        (("запиши пульс 98", "нет, это сатурация"), "сатурацию 98 %?"),
        (("запиши температуру", "ой, пульс", "70"), "пульс 70 уд/мин?"),
        (("запиши температуру", "не температуру, а пульс", "70"), "пульс 70 уд/мин?"),
        (("запиши давление 130", "80"), "давление 130/80"),
        (("запиши давление", "сто тридцать", "на восемьдесят"), "давление 130/80"),
        (("запиши давление", "80", "130", "80"), "давление 130/80"),
        (("запиши давление 130", "да", "80"), "давление 130/80"),
        (("запиши давление 130", "140 на 90"), "давление 140/90"),
        ((PRESSURE, "сто двадцать", "70"), "давление 120/70"),
        (("запиши пульс 8", "80"), "пульс 80 уд/мин?"),
        (("запиши температура поднялась до 38 и 5",), "температуру 38,5"),
        (("запиши давление поднялось 180 на 100",), "давление 180/100"),
        ((PULSE, "температура не 37 а 38"), "температуру 38"),
        ((PRESSURE, "не восемьдесят а девяносто"), "давление 130/90"),
        ((PRESSURE, "не сто тридцать а сто сорок"), "давление 140/80"),
        ((PRESSURE, "сто сорок вместо сто тридцати"), "давление 140/80"),
        ((PRESSURE, "не 130 на 80 а 140 на 90"), "давление 140/90"),
        (("запиши давление верхнее 120", "нижнее 70"), "давление 120/70"),
        (("сто тридцать на восемьдесят пульс 72",), "давление 130/80"),
        (("запиши сто тридцать на восемьдесят температура 37",), "давление 130/80"),
        (("сто сорок на девяносто 76", "давление", "140 на 90"), "давление 140/90"),
    ],
)
def test_what_was_understood_is_kept(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    repeated: str,
) -> None:
    assert repeated in talk.say(*said)
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert pending.request.refusal is None


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (("нет, Орловой 120",), "120 на сколько?"),
        (("Орловой 90",), "90 на сколько?"),
        (("не Громову, а Орловой 120",), "120 на сколько?"),
        (("не ему", "Орлова 80"), "80 на сколько?"),
        (("Орлова",), "Какое значение записать: артериальное давление?"),
        (("нет, Орлова",), "Орлова Татьяна Борисовна, 1979 года рождения. 130 на сколько?"),
        (("120",), "120 на сколько?"),
    ],
)
def test_no_half_of_a_pressure_is_joined_with_what_is_said_anew(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    asked: str,
) -> None:
    assert talk.say("запиши давление 130", *said).endswith(asked)


@pytest.mark.parametrize("said", ["не 90 а 100", "нет, не семьдесят, а шестьдесят"])
def test_a_number_that_was_not_said_corrects_no_half(talk: Talk, said: str) -> None:  # noqa: F811
    assert "Записать" not in talk.say(PRESSURE, said)


def test_the_companion_of_a_pressure_is_left_for_later(talk: Talk) -> None:  # noqa: F811
    assert "Отдельно продиктуйте: пульс." in talk.say("130 на 80 пульс 72")


def test_a_pressure_is_not_of_two_numbers_of_three(talk: Talk) -> None:  # noqa: F811
    assert "Записать" not in talk.say("сто тридцать на восемьдесят пять семьдесят два", "давление")


def test_several_readings_leave_the_patient(talk: Talk) -> None:  # noqa: F811
    talk.say("сто сорок девяносто семьдесят шесть")
    assert talk.state.patient == GROMOV


@pytest.mark.parametrize("said", ["сколько вам лет", "сколько вам полных лет"])
def test_the_patients_age_is_no_quantity(talk: Talk, said: str) -> None:  # noqa: F811
    assert "пульс 80 уд/мин?" in talk.say(PULSE, said)


def test_a_half_of_another_patient_is_told_whole(talk: Talk) -> None:  # noqa: F811
    assert "Какое значение записать" in talk.say(PRESSURE, "нет, Орловой нижнее 90")


@pytest.mark.parametrize(
    "words",
    ["не записывай пульс 80", "запиши пульс 80 хотя нет не пиши", "пульс 80 не надо записывать"],
)
def test_what_is_not_to_be_written_is_not(talk: Talk, words: str) -> None:  # noqa: F811
    assert talk.say(words) == "Хорошо, ничего не записываю."
    assert talk.say(PULSE, words) == "Отменено. Ничего не записано."
    talk.say("да")
    assert talk.written() == []


@pytest.mark.parametrize(
    "words", ["не записывай пульс 80, запиши 90", "запиши заметку: не записывать на приём сегодня"]
)
def test_what_is_to_be_written_instead_is_not_dropped(talk: Talk, words: str) -> None:  # noqa: F811
    talk.say(words)
    assert isinstance(talk.state.pending, ConfirmWrite | FillRequest)
    assert talk.state.pending.request != Request("record_measurement")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([name for name in OBSERVATIONS if name != "blood_pressure"]),
    st.integers(0, 3000),
    st.booleans(),
)
def test_a_lone_number_is_the_value_or_there_is_a_reason(
    observation: str, whole: int, in_words: bool
) -> None:
    said = num2words(whole, lang="ru") if in_words else str(whole)
    found = read_value(said, observation)
    reason = unread(canonical(said).text, observation)
    least = {"temperature": 100, "leukocytes": 1000, "platelets": 1000}.get(observation)
    if least is None or whole < least:  # «366» is 36,6, «240000» 240×10⁹
        assert (found is None) == (reason is not None and reason.kind == "impossible")
    low, high = BOUNDS[observation]
    assert found is None or float(low) <= found.numbers[0] <= float(high)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(OBSERVATIONS)),
    st.integers(1, 300),
    st.sampled_from(
        ["минус {}", "больше {}", "не ниже {}", "{} фунтов", "на {} больше", "{} грамм"]
    ),
)
def test_a_change_or_a_foreign_unit_is_always_refused(
    observation: str, number: int, form: str
) -> None:
    said = form.format(num2words(number, lang="ru"))
    assert refused(canonical(said).text, observation) is not None


@settings(max_examples=200, deadline=None)
@given(st.integers(50, 300), st.integers(20, 200))
def test_of_a_possible_pressure_nothing_is_refused(systolic: int, diastolic: int) -> None:
    text = f"{systolic} на {diastolic}"
    reason = unread(text, "blood_pressure")
    assert refused(text, "blood_pressure") is None
    assert (reason is None) == (systolic > diastolic)
    half = unread(str(systolic), "blood_pressure")
    assert half is not None and half.kind == "half"


def test_every_reason_can_be_said() -> None:
    for name, quantity in OBSERVATIONS.items():
        assert quantity.unit and refused("80 фунтов", name) is not None


@pytest.mark.parametrize(
    ("first", "then", "repeated"),
    [
        ("пульс 70", "сто процентов", "пульс 70 уд/мин?"),
        ("сатурацию 90", "уверена на сто процентов", "сатурацию 90 %?"),
        ("сатурацию 90", "сто процентов", "сатурацию 100 %?"),
    ],
)
def test_how_sure_one_is_is_no_value(
    talk: Talk,  # noqa: F811
    first: str,
    then: str,
    repeated: str,
) -> None:
    assert repeated in talk.say(f"запиши {first}", then)


def test_an_hour_alone_is_no_value(talk: Talk) -> None:  # noqa: F811
    assert "Нужно точное значение" in talk.say("запиши сахар шесть утра")
