from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from spoken_numbers import read_numbers

from assistant.speech.verbalise import verbalise

EXAMPLES = {
    # dates and years
    "Выписан 12.03.2026 г. Здоров.": (
        "Выписан двенадцатого марта две тысячи двадцать шестого года. Здоров."
    ),
    "12 марта 2026 г. был осмотр": "двенадцатого марта две тысячи двадцать шестого года был осмотр",
    "2026-03-12": "двенадцатого марта две тысячи двадцать шестого года",
    "по 12.03.2026": "по двенадцатое марта две тысячи двадцать шестого года",
    "к 1 мая": "к первому мая",
    "12–15 марта": "с двенадцатого по пятнадцатое марта",
    "с 5 по 9 марта": "с пятого по девятое марта",
    "с 5 по 9": "с пятого по девятое",
    "в 2025 году": "в две тысячи двадцать пятом году",
    "с 2015 г. болеет": "с две тысячи пятнадцатого года болеет",
    "за 2024 год": "за две тысячи двадцать четвёртый год",
    "в марте 2026": "в марте две тысячи двадцать шестого года",
    "Иванов П. С., 1958 г. р., жалоб нет": (
        "Иванов пэ эс, тысяча девятьсот пятьдесят восьмого года рождения, жалоб нет"
    ),
    "1958 года рождения": "тысяча девятьсот пятьдесят восьмого года рождения",
    "2000 год": "двухтысячный год",
    # times
    "сегодня в 10:40": "сегодня в десять часов сорок минут",
    "в 21:01": "в двадцать один час одну минуту",
    "с 10:00 до 12:30": "с десяти часов ноль минут до двенадцати часов тридцати минут",
    # measured values
    "130/80 мм рт. ст., пульс 72 уд/мин": (
        "сто тридцать на восемьдесят миллиметров ртутного столба, "
        "пульс семьдесят два удара в минуту"
    ),
    "до 180/100": "до ста восьмидесяти на сто",
    "5,7 ммоль/л": "пять целых семь десятых миллимоль на литр",
    "норма 3,3–5,5 ммоль/л": (
        "норма от трёх целых трёх десятых до пяти целых пяти десятых миллимоль на литр"
    ),
    "98 %": "девяносто восемь процентов",
    "5–10 %": "от пяти до десяти процентов",
    "37,2 °C": "тридцать семь целых две десятых градуса Цельсия",
    "до 37,2 °С": "до тридцати семи целых двух десятых градуса Цельсия",
    "4,5×10^9/л": "четыре целых пять десятых на десять в девятой степени на литр",
    "210·10⁹/л": "двести десять на десять в девятой степени на литр",
    "16/мин": "шестнадцать в минуту",
    "27,4 кг/м²": "двадцать семь целых четыре десятых килограмма на квадратный метр",
    "1,73 м²": "одна целая семьдесят три сотых квадратного метра",
    "-2,5": "минус две целых пять десятых",
    "< 5 нг/мл": "меньше пяти нанограммов на миллилитр",
    "5,70": "пять целых семьдесят сотых",
    "размер 5х3 см": "размер пять на три сантиметра",
    # doses
    "75 мг": "семьдесят пять миллиграммов",
    "500 мг 2 р/д": "пятьсот миллиграммов два раза в день",
    "по 20 2 раза": "по двадцать, два раза",
    "0,25 мкг": "ноль целых двадцать пять сотых микрограмма",
    "по 1 таб. 3 раза в день": "по одной таблетке три раза в день",
    "принимать 1 таблетку": "принимать одну таблетку",
    "по 1–2 таблетки": "по одной — две таблетки",
    "1/2 таблетки": "одна вторая таблетки",
    "10/2,5 мг": "десять на две целых пять десятых миллиграмма",
    "2000 МЕ": "две тысячи международных единиц",
    "10 000 ЕД": "десять тысяч единиц",
    "5 мг. Затем 21 мг.": "пять миллиграммов. Затем двадцать один миллиграмм.",
    # counting and order
    "5 посещений, 1 посещение, 21 запись": ("пять посещений, одно посещение, двадцать одна запись"),
    "в 5 больницах, с 5 пациентами": "в пяти больницах, с пятью пациентами",
    "через 21 день, от 5 до 9 лет": "через двадцать один день, от пяти до девяти лет",
    "больница №5": "больница номер пять",
    "1-я градская, во 2-й больнице, 3-го дня": (
        "первая градская, во второй больнице, третьего дня"
    ),
    "в 5 палате": "в пятой палате",
    "сахарный диабет 2 типа": "сахарный диабет второго типа",
    "2-х, 24-часовой": "двух, двадцатичетырёхчасовой",
    # medicine's own spelling
    "ГБ II ст., риск 3": "гипертоническая болезнь второй стадии, риск три",
    "ожирение 1 ст., далее": "ожирение первой степени, далее",
    "ФК III": "эф ка третий",
    "HbA1c 6,5 %": "гликированный гемоглобин шесть целых пять десятых процента",
    "SpO2 98 %": "сатурация девяносто восемь процентов",
    "ЭКГ, МРТ, УЗИ, СОЭ": "э ка гэ, эм эр тэ, узи, соэ",
    "повышение АД": "повышение артериального давления",
    "I10": "и десять",
    "J45.0": "йот сорок пять точка ноль",
    "E05.1": "е ноль пять точка один",
    "С-реактивный белок, гепатит В": "цэ-реактивный белок, гепатит вэ",
    "в/в капельно": "внутривенно капельно",
    "Concor 5 mg": "конкор пять миллиграммов",
    "COVID-19, омега-3": "ковид девятнадцать, омега три",
    # numbers that name something
    "карта 1236": "карта двенадцать, тридцать шесть",
    "номер карты 45678": "номер карты сорок пять, шестьсот семьдесят восемь",
    "карта №1203": "карта номер двенадцать, ноль три",
    "карта 42": "карта сорок два",
    "+7 912 345-67-89": ("плюс семь девять один два три четыре пять шесть семь восемь девять"),
    "112-233-445 95": "один один два два три три четыре четыре пять девять пять",
    "007": "ноль ноль семь",
    # names and letters stay
    "Пётр Фёдорович Соловьёв (ё)": "Пётр Фёдорович Соловьёв, ё",
}


@pytest.mark.parametrize(("text", "words"), EXAMPLES.items(), ids=list(EXAMPLES))
def test_said_as_a_person_would(text: str, words: str) -> None:
    assert verbalise(text) == words


ALLOWED = re.compile(r"(?:[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*|[ .,!?:;—])*")


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.sampled_from("0123456789.,:/-–—+%°№ ()«»аяАЯгмлIVXabzБЁё<²½⁹\n*×") | st.characters(),
        max_size=40,
    )
)
@example("1/0 ½½ 10^9 ²")
@example("31.02.2026")
@example("99:99")
def test_only_what_a_voice_can_say(text: str) -> None:
    assert ALLOWED.fullmatch(verbalise(text))


counts = st.integers(0, 999_999)
decimals = st.decimals(0, 9999, places=1) | st.decimals(0, 999, places=2)
before = st.sampled_from(["", "до ", "от ", "на ", "к ", "при ", "в ", "за ", "по ", "через "])


def written(number: Decimal | int) -> str:
    return str(number).replace(".", ",")


@settings(max_examples=150, deadline=None)
@given(
    before,
    counts | decimals,
    st.sampled_from(
        ["", " мг", " %", " мм рт. ст.", " ммоль/л", " раз", " таблеток", " лет", " ЕД"]
    ),
)
def test_a_quantity_reads_back(preposition: str, number: Decimal | int, unit: str) -> None:
    text = f"{preposition}{written(number)}{unit}"
    assert read_numbers(verbalise(text)) == [Decimal(number)], verbalise(text)


@settings(max_examples=80, deadline=None)
@given(before, st.integers(40, 299), st.integers(20, 199))
def test_a_pressure_reads_back(preposition: str, upper: int, lower: int) -> None:
    words = verbalise(f"{preposition}{upper}/{lower} мм рт. ст.")
    assert read_numbers(words) == [upper, lower]
    assert words.endswith("ртутного столба.")


@settings(max_examples=80, deadline=None)
@given(before, decimals, decimals)
def test_a_range_reads_back(preposition: str, low: Decimal, high: Decimal) -> None:
    words = verbalise(f"{preposition}{written(low)}–{written(high)} ммоль/л")
    assert read_numbers(words) == [low, high]


@settings(max_examples=80, deadline=None)
@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d.%m.%Y г."]),
    st.sampled_from(["", "с ", "по ", "к ", "до ", "Родился "]),
)
def test_a_date_reads_back(day: date, form: str, preposition: str) -> None:
    words = verbalise(preposition + day.strftime(form))
    assert read_numbers(words) == [day.day, day.year]


@settings(max_examples=60, deadline=None)
@given(st.times(), st.sampled_from(["в ", "до ", "с ", "", "к "]))
def test_a_time_reads_back(moment: object, preposition: str) -> None:
    words = verbalise(f"{preposition}{moment:%H:%M}")
    assert read_numbers(words) == [int(part) for part in f"{moment:%H:%M}".split(":")]


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[0-9]{1,6}", fullmatch=True))
def test_every_digit_of_a_card_number_is_certain_without_pauses(card: str) -> None:
    words = verbalise(f"карта {card}").replace(",", "")
    heard = read_numbers(words)
    groups = ["" if value == 0 else str(value) for value in heard]
    # a zero stands at the front of its group: it belongs to the digits that follow
    said = "".join(group or "0" for group in groups)
    assert said == card


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[0-9]{7,20}", fullmatch=True))
def test_a_long_number_is_said_digit_by_digit(number: str) -> None:
    assert read_numbers(verbalise(number)) == [int(sign) for sign in number]


@settings(max_examples=100, deadline=None)
@given(st.lists(counts, min_size=1, max_size=5), st.sampled_from([" ", ", ", "; ", " и ", "\n"]))
def test_no_number_of_a_text_is_lost(numbers: list[int], between: str) -> None:
    text = between.join(f"слово {number}" for number in numbers)
    assert read_numbers(verbalise(text)) == numbers


PIECES = (
    *("1", "2", "3", "4", "5", "7", "10", "12", "19", "30", "41", "80", "130", "999", "2026"),
    *("мг", "%", "мм", "раз", "таблеток", "дня", "№", " ", " ", " ", ",", "-", "–", "/", "/"),
    *("-й ", "-х ", "на ", "до ", "по ", "с ", "; "),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=12,
    ).map("".join)
)
@example("3–5-й")
@example("130/80-х")
def test_no_digit_is_lost_in_any_combination(text: str) -> None:
    # the month of an ISO date becomes its name, so dates are left to their own test
    assume(not re.search(r"\d{4}-\d\d-\d\d", text))
    said = "".join(str(number) for number in read_numbers(verbalise(text)))
    written = "".join(re.findall("[1-9]", text))
    assert "".join(re.findall("[1-9]", said)) == written, verbalise(text)
