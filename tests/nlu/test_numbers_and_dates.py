"""Numbers, days and periods as people say them and as a recogniser writes them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from nlu.canon import canonical
from nlu.dates import find_times
from nlu.messages import Period

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


def read(said: str) -> date | Period | None:
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
        ("тридцать первого февраля", None),
        ("1 января 2040 года", None),
    ],
)
def test_day(said: str, day: date | None) -> None:
    assert read(said) == day


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
        ("на прошлой неделе", "2026-11-09", "2026-11-15"),
    ],
)
def test_period(said: str, start: str, end: str) -> None:
    assert read(said) == Period(date.fromisoformat(start), date.fromisoformat(end))


def test_visits_are_no_period() -> None:
    assert read("за последние три визита") is None


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
             "недели", "назад", "прошлой", "осенью", "."]
        ),
        max_size=9,
    )
)  # fmt: skip
def test_no_words_break_it(words: list[str]) -> None:
    for found in find_times(" ".join(words), TODAY):
        if isinstance(found.value, Period):
            assert found.value.start <= found.value.end
        else:
            assert found.value <= TODAY
