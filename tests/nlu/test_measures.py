"""Dictated values: read when they mean one thing, else not at all."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from nlu.measures import BOUNDS, find_pressure_parts, is_possible, read_value
from nlu.messages import Measurement
from nlu.vocabulary import OBSERVATIONS


def value(*numbers: str, unit: str | None = None) -> Measurement:
    return Measurement(tuple(Decimal(number) for number in numbers), unit)


@pytest.mark.parametrize(
    ("observation", "said", "expected"),
    [
        ("blood_pressure", "сто тридцать на восемьдесят", value("130", "80")),
        ("blood_pressure", "130/80", value("130", "80")),
        ("blood_pressure", "13080", value("130", "80")),
        ("blood_pressure", "сто двадцать пять восемьдесят", value("125", "80")),
        (
            "blood_pressure",
            "сто сорок на девяносто миллиметров ртутного столба",
            value("140", "90", unit="mm[Hg]"),
        ),
        ("temperature", "тридцать семь и две", value("37.2")),
        ("temperature", "тридцать шесть шесть", value("36.6")),
        ("temperature", "38,5", value("38.5")),
        ("temperature", "тридцать восемь с половиной", value("38.5")),
        ("spo2", "девяносто шесть процентов", value("96", unit="%")),
        ("glucose", "пять целых семь десятых", value("5.7")),
        ("glucose", "пять целых семьдесят пять сотых", value("5.75")),
        ("height", "метр семьдесят пять", value("175")),
        ("height", "один метр восемьдесят два сантиметра", value("182")),
        ("height", "1 метр 8 сантиметров", value("108")),
        ("height", "один и восемьдесят два", value("182")),
        ("height", "1,82 метра", value("182")),
        ("potassium", "четыре и двадцать пять", value("4.25")),
        ("glucose", "5 и 65", value("5.65")),
        ("temperature", "36 и 65", value("36.65")),
        ("heart_rate", "семьдесят два удара в минуту", value("72", unit="/min")),
    ],
)
def test_read(observation: str, said: str, expected: Measurement) -> None:
    assert read_value(said, observation) == expected


@pytest.mark.parametrize(
    ("observation", "said"),
    [
        ("blood_pressure", "138 80"),  # or 130/80 with the eight heard twice
        ("blood_pressure", "13 на 8"),  # centimetres of mercury, or a slip
        ("blood_pressure", "100 30 на 80"),
        ("blood_pressure", "130 80 70"),
        ("blood_pressure", "130 на 85 72"),
        ("blood_pressure", "140 дробь 90 76"),
        ("blood_pressure", "90 на 120"),
        ("blood_pressure", "сто тридцать"),
        ("temperature", "сорок пять"),
        ("temperature", "30 7 и 2"),
        ("spo2", "сто три"),
        ("spo2", "96 93"),
        ("glucose", "пятьдесят семь процентов"),  # the unit of something else
        ("heart_rate", "семьсот"),
        ("heart_rate", "95 и 72"),
        ("heart_rate", "семьдесят восемь восемь"),
        ("heart_rate", "шестьдесят и семь"),
        ("heart_rate", "72,5"),
        ("spo2", "95 6"),
        ("spo2", "девяносто и семь"),
        ("respiratory_rate", "двадцать и два"),
        ("height", "175 6"),
        ("height", "1 метр 8"),
        ("glucose", "6 и 12"),  # before the meal and after it
        ("temperature", "37 и 36"),
    ],
)
def test_in_doubt_there_is_no_value(observation: str, said: str) -> None:
    assert read_value(said, observation) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("верхнее 140", value("140", "80")),
        ("нет нижнее давление 90", value("130", "90")),
        ("верхнее 140 и нижнее 90", value("140", "90")),
        ("нижнее 140", None),  # would exceed the upper one
        ("верхнее 140 верхнее 150", None),
        ("низкое 90", None),
        ("верхнее 140 на 90", None),
    ],
)
def test_parts_of_a_pressure(said: str, expected: Measurement | None) -> None:
    found = find_pressure_parts(said, value("130", "80"))
    assert (found and found[0]) == expected


def test_both_parts_make_a_pressure_where_none_is_known() -> None:
    found = find_pressure_parts("верхнее 140 нижнее 90", None)
    assert found is not None and found[0] == value("140", "90")
    assert find_pressure_parts("верхнее 140", None) is None


def test_a_value_must_fit_its_quantity() -> None:
    assert is_possible("spo2", value("95", unit="%"))
    assert not is_possible("spo2", value("130"))
    assert not is_possible("spo2", value("95", unit="kg"))
    assert not is_possible("heart_rate", value("130", "80"))
    assert not is_possible("blood_pressure", value("80"))
    assert not is_possible("blood_pressure", value("80", "130"))


@settings(max_examples=100, deadline=None)
@given(st.integers(60, 250), st.integers(30, 150))
def test_spoken_pressure_is_never_another_one(systolic: int, diastolic: int) -> None:
    said = f"{num2words(systolic, lang='ru')} на {num2words(diastolic, lang='ru')}"
    found = read_value(said, "blood_pressure")
    if found is None:
        assert systolic <= diastolic
    else:
        assert found == value(str(systolic), str(diastolic))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([name for name in OBSERVATIONS if name != "blood_pressure"]),
    st.integers(0, 999),
    st.sampled_from(["{}", "{},{}", "{} и {}", "{} {}"]),
    st.integers(0, 9),
)
def test_nothing_outside_the_bounds(observation: str, whole: int, form: str, tenth: int) -> None:
    found = read_value(form.format(whole, tenth), observation)
    low, high = BOUNDS[observation]
    assert found is None or Decimal(low) <= found.numbers[0] <= Decimal(high)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([name for name in OBSERVATIONS if name != "blood_pressure"]),
    st.integers(0, 250),
    st.sampled_from(["{} и {}", "{} {}", "{},{}", "{}-{}", "{} целых {}"]),
    st.integers(0, 99),
)
def test_no_number_that_was_said_is_cut_off(
    observation: str, whole: int, form: str, second: int
) -> None:
    found = read_value(form.format(whole, second), observation)
    if found is not None:
        digits = str(found.numbers[0]).replace(".", "")
        assert digits in (f"{whole}{second}", str(whole + second))


def test_every_quantity_has_bounds() -> None:
    assert set(BOUNDS) | {"blood_pressure"} == set(OBSERVATIONS)
