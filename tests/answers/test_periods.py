"""For when nothing is on record, in words."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers.periods import nearest, none_within
from nlu.days import FIRST_DAY
from nlu.messages import Period

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (TODAY, TODAY, "Сегодня"),
        (date(2026, 11, 14), date(2026, 11, 14), "За 14 ноября"),
        (date(2025, 11, 14), date(2025, 11, 14), "За 14 ноября 2025 года"),
        (date(2025, 1, 1), date(2025, 12, 31), "За 2025 год"),
        (date(2026, 2, 1), date(2026, 2, 28), "За февраль"),
        (date(2024, 2, 1), date(2024, 2, 29), "За февраль 2024 года"),
        (FIRST_DAY, date(2024, 12, 31), "До 2025 года"),
        (FIRST_DAY, date(2026, 5, 2), "До 3 мая"),
        (
            date(2025, 9, 22),
            date(2026, 1, 22),
            "За время от 22 сентября 2025 года до 22 января 2026 года",
        ),
        (date(2026, 10, 21), TODAY, "За время от 21 октября до сегодня"),
    ],
)
def test_a_period_in_words(start: date, end: date, said: str) -> None:
    answer = none_within(Period(start, end), "", "измерений", None, TODAY)
    assert answer.text == f"{said} измерений нет, и за другое время тоже."


days = st.dates(date(2020, 1, 1), date(2026, 12, 31))


@given(days, st.integers(0, 400), st.lists(days, min_size=1))
def test_nothing_lies_nearer_than_the_nearest(start: date, length: int, items: list[date]) -> None:
    end = start + timedelta(days=length)

    def away(day: date) -> int:
        if start <= day <= end:
            return 0
        return min(abs((day - start).days), abs((day - end).days))

    found = nearest(Period(start, end), items, lambda day: day)
    assert found is not None
    assert away(found) == min(map(away, items))
