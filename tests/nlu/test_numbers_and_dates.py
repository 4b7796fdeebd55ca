"""Numbers, days and periods as people say them and as a recogniser writes them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from nlu.canon import canonical
from nlu.dates import find_times
from nlu.messages import Period
from nlu.spans import UNREAD_TIME

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("двенадцать тридцать пять", "12 35"),
        ("один два три четыре", "1 2 3 4"),
        ("сто тридцать на восемьдесят", "130 на 80"),
        ("тысяча девятьсот пятьдесят восьмого года", "1958й года"),
        ("12-й марта", "12й марта"),
        ("за 12 т.е. марта.", "за 12й марта"),
        ("12th марта", "12й марта"),
        ("Документ №2", "документ номер 2"),
        ("4.5.6.7.8.", "4 . 5 . 6 . 7 . 8"),
        ("карта 5 тысяч пять", "карта 5005"),
        ("карта 45 тысяч 678", "карта 45678"),
        ("лейкоциты 5 тысяч", "лейкоциты 5000"),
    ],
)
def test_canonical(said: str, read: str) -> None:
    assert canonical(said).text == read


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 9999), st.sampled_from("ИРДВТП"))
def test_number_words_in_every_case(number: int, case: str) -> None:
    cases = {"И": "n", "Р": "g", "Д": "d", "В": "a", "Т": "i", "П": "p"}
    words = num2words(number, lang="ru", case=cases[case])
    digits = [item.text.rstrip("й") for item in canonical(words).items]
    assert digits == [str(number)]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_spans_point_into_the_cleaned_text(text: str) -> None:
    canon = canonical(text)
    for item in canon.items:
        assert 0 <= item.start < item.end <= len(canon.cleaned)
    starts = [item.start for item in canon.items]
    assert starts == sorted(starts)


def read(said: str) -> date | Period | str | None:
    found = find_times(canonical(said).text, TODAY)
    return found[0].value if found else None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("двенадцатое марта", date(2026, 3, 12)),
        ("третье мая 1958 года", date(1958, 5, 3)),
        ("3 мая-1958 года", date(1958, 5, 3)),
        ("первого декабря", date(2025, 12, 1)),
        ("вчера вечером", date(2026, 11, 20)),
        ("утром", TODAY),
        ("12.03.24", date(2024, 3, 12)),
        ("два дня назад", date(2026, 11, 19)),
        ("двадцать девятого февраля", date(2024, 2, 29)),
        ("пятого ноль третьего двадцать шестого", date(2026, 3, 5)),
        ("пятое ноль три две тысячи двадцать шестого", date(2026, 3, 5)),
        ("от двенадцатого одиннадцатого", date(2026, 11, 12)),
        ("ноль пятого ноль третьего пятьдесят восьмого года", date(1958, 3, 5)),
        ("5-го 03-го 26-го", date(2026, 3, 5)),
        ("пятого числа", date(2026, 11, 5)),
        ("тридцать первого числа", date(2026, 10, 31)),
        ("двенадцатого числа прошлого месяца", date(2026, 10, 12)),
        ("сегодняшний", TODAY),
        ("вчерашнюю выписку", date(2026, 11, 20)),
        ("позавчерашние анализы", date(2026, 11, 19)),
        ("вчерашняя утренняя температура", date(2026, 11, 20)),
        ("утренняя температура", TODAY),
        ("в эту пятницу", date(2026, 11, 20)),
    ],
)
def test_day(said: str, day: date) -> None:
    assert read(said) == day


@pytest.mark.parametrize(
    "said",
    [
        "тридцать первого февраля",
        "выписка от 31.02.26",
        "от тридцать первого ноль второго двадцать шестого",
        "тридцать первого числа этого месяца",
        "с 5 по 31 февраля",
        "до 31 февраля",
        "1 января 2040 года",
        "за 2027 год",
        "за двадцать седьмой год",
        "в январе 2030",
        "за пятый квартал",
        "на завтрашний день",
        "завтра",
        "на следующей неделе",
        "через неделю",
        "несколько лет назад",
        "анализ недельной давности",
        "гемоглобин до операции",
        "за прошлые годы",
        "с марта до прошлой осени",
    ],
)
def test_a_time_that_cannot_be_read_is_told(said: str) -> None:
    assert read(said) == UNREAD_TIME


@pytest.mark.parametrize(
    "said",
    [
        "за последние три визита",
        "давление 130 на 80",
        "температура от 36 и 6 до 37",
        "карта 12 03 2026",
        "пятый тринадцатый двадцатый",
        "второй третий",
        "тридцатилетний",
        "маски",
        "в каком году",
        "какой давности",
        "принимает через день",
    ],
)
def test_no_time(said: str) -> None:
    assert read(said) is None


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("за последние полгода", "2026-05-21", "2026-11-21"),
        ("с января по март", "2026-01-01", "2026-03-31"),
        ("с октября по февраль", "2025-10-01", "2026-02-28"),
        ("прошлой осенью", "2025-09-01", "2025-11-30"),
        ("за 2023 год", "2023-01-01", "2023-12-31"),
        ("за двадцать третий год", "2023-01-01", "2023-12-31"),
        ("в прошлом месяце", "2026-10-01", "2026-10-31"),
        ("за последнюю неделю", "2026-11-14", "2026-11-21"),
        ("в сентябре прошлого года", "2025-09-01", "2025-09-30"),
        ("с пятого по двенадцатое марта", "2026-03-05", "2026-03-12"),
        ("за этот год", "2026-01-01", "2026-12-31"),
        ("за второй квартал", "2026-04-01", "2026-06-30"),
        ("за 2 квартал 2024 года", "2024-04-01", "2024-06-30"),
        ("за последние 2 квартала", "2026-05-21", "2026-11-21"),
        ("первое полугодие", "2026-01-01", "2026-06-30"),
        ("за вторую половину прошлого года", "2025-07-01", "2025-12-31"),
        ("до марта", "1900-01-01", "2026-02-28"),
        ("до конца марта", "1900-01-01", "2026-03-31"),
        ("до 12 марта", "1900-01-01", "2026-03-12"),
        ("до 2020 года", "1900-01-01", "2019-12-31"),
        ("не позже марта", "1900-01-01", "2026-03-31"),
        ("после 2020", "2021-01-01", "2026-11-21"),
        ("после марта", "2026-04-01", "2026-11-21"),
        ("после 12 марта", "2026-03-12", "2026-11-21"),
        ("с 2020 года", "2020-01-01", "2026-11-21"),
        ("с марта", "2026-03-01", "2026-11-21"),
        ("с пятого марта", "2026-03-05", "2026-11-21"),
        ("с понедельника", "2026-11-16", "2026-11-21"),
        ("с начала года", "2026-01-01", "2026-11-21"),
        ("со вчерашнего дня", "2026-11-20", "2026-11-21"),
        ("между мартом и маем", "2026-03-01", "2026-05-31"),
        ("между 5 и 12 марта", "2026-03-05", "2026-03-12"),
        ("между 2019 и 2021 годом", "2019-01-01", "2021-12-31"),
        ("вчера и сегодня", "2026-11-20", "2026-11-21"),
        ("за март и апрель", "2026-03-01", "2026-04-30"),
        ("с весны по осень", "2026-03-01", "2026-11-30"),
        ("с марта по 5 мая", "2026-03-01", "2026-05-05"),
        ("в девяностых", "1990-01-01", "1999-12-31"),
        ("90-е годы", "1990-01-01", "1999-12-31"),
        ("с 90-х", "1990-01-01", "2026-11-21"),
        ("в двухтысячных", "2000-01-01", "2009-12-31"),
        ("в девяностом году", "1990-01-01", "1990-12-31"),
        ("прошлогодний эпикриз", "2025-01-01", "2025-12-31"),
        ("позапрошлогодние", "2024-01-01", "2024-12-31"),
        ("в позапрошлом году", "2024-01-01", "2024-12-31"),
        ("позапрошлым летом", "2025-06-01", "2025-08-31"),
        ("выписка прошлого года", "2025-01-01", "2025-12-31"),
        ("осенние анализы", "2026-09-01", "2026-11-30"),
        ("июльский анализ", "2026-07-01", "2026-07-31"),
        ("на прошлой неделе", "2026-11-09", "2026-11-15"),
    ],
)
def test_period(said: str, start: str, end: str) -> None:
    assert read(said) == Period(date.fromisoformat(start), date.fromisoformat(end))


@settings(max_examples=150, deadline=None)
@given(st.dates(date(1999, 1, 1), date(2035, 12, 31)), st.integers(0, 364))
def test_a_day_without_a_year_is_the_latest_past_one(today: date, back: int) -> None:
    day = today - timedelta(days=back)
    found = find_times(f"{day.day} {MONTHS.split()[day.month - 1]}", today)
    assert [f.value for f in found] == [day]


MONTHS = """
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
"""


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["за", "с", "по", "последние", "31", "2й", "2024", "99", "0", "марта", "года", "лет",
             "недели", "назад", "прошлой", "осенью", ".", "до", "между", "и", "конца", "квартал",
             "90х", "завтра", "9999", "осенний"]
        ),
        max_size=9,
    )
)  # fmt: skip
def test_no_words_break_it(words: list[str]) -> None:
    text = " ".join(words)
    end = 0
    for found in find_times(text, TODAY):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        if isinstance(found.value, Period):
            assert found.value.start <= min(found.value.end, TODAY)
        elif isinstance(found.value, date):
            assert found.value <= TODAY
        else:
            assert found.value == UNREAD_TIME


PAST = st.dates(date(1930, 1, 1), TODAY)


@settings(max_examples=100, deadline=None)
@given(PAST, st.sampled_from(["{d} {m} {y}", "{d} {zero}{m} {y}", "от {d} {m} {y}"]), st.booleans())
def test_a_date_said_in_numbers(day: date, shape: str, short: bool) -> None:
    """A year in two digits is one of the last hundred: «двадцать шестого», «ноль шестого»."""
    year = ordinal(day.year)
    if short and day.year > TODAY.year - 100 and day.year % 100:
        year = ("ноль " if day.year % 100 < 10 else "") + ordinal(day.year % 100)
    zero = "ноль " if day.month < 10 else ""
    said = shape.format(d=ordinal(day.day), zero=zero, m=ordinal(day.month), y=year)
    assert read(said) == day


@settings(max_examples=100, deadline=None)
@given(st.integers(1900, 2050), st.sampled_from(["до", "с", "после", "по"]))
def test_years_before_and_after(year: int, word: str) -> None:
    """Of a year that has begun its days are all on one side; of one to come nothing is said."""
    found = read(f"{word} {year} года")
    first, last = date(year, 1, 1), date(year, 12, 31)
    if first > TODAY or (word == "после" and last >= TODAY) or (word, year) == ("до", 1900):
        assert found == UNREAD_TIME
        return
    assert isinstance(found, Period)
    if word in ("до", "по"):
        assert found.end == (first - timedelta(days=1) if word == "до" else last)
    else:
        assert (found.start, found.end) == (
            (first if word == "с" else last + timedelta(days=1)),
            TODAY,
        )


@settings(max_examples=150, deadline=None)
@given(st.dates(date(1999, 1, 1), date(2035, 12, 31)), st.integers(1, 4), st.integers(1, 12))
def test_a_quarter_a_half_and_a_month_are_the_latest_begun(
    today: date, quarter: int, month: int
) -> None:
    words = MONTHS.split()
    names = (f"{ordinal(quarter)} квартала", f"{ordinal((quarter + 1) // 2)} полугодия")
    for said, months in ((names[0], 3), (names[1], 6), (words[month - 1], 1)):
        value = find_times(canonical(said).text, today)[0].value
        assert isinstance(value, Period)
        assert value.start <= today < value.start.replace(year=value.start.year + 1)
        assert (value.end + timedelta(days=1)).day == 1
        assert ((value.end.month - value.start.month) % 12) + 1 == months


def ordinal(number: int) -> str:
    """«пятого», in the genitive."""
    return str(num2words(number, lang="ru", to="ordinal", case="g"))
