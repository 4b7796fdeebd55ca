from __future__ import annotations

from datetime import date

import pytest

from nlu.canon import canonical
from nlu.dates import find_times
from nlu.days import FIRST_DAY, year_period
from nlu.evaluate import HELDOUT, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import Period
from nlu.parser import InProcessParser
from nlu.spans import UNREAD_TIME

TODAY = date(2026, 11, 21)
"""A Saturday."""


def read(said: str) -> list[object]:
    return [found.value for found in find_times(canonical(said).text, TODAY)]


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("весной этого года", "2026-03-01", "2026-05-31"),
        ("летом прошлого года", "2025-06-01", "2025-08-31"),
        ("за лето", "2026-06-01", "2026-08-31"),
        ("за последние лет пять", "2021-11-21", "2026-11-21"),
        ("за последние года два", "2024-11-21", "2026-11-21"),
        ("за месяца три", "2026-08-21", "2026-11-21"),
        ("недели за две", "2026-11-07", "2026-11-21"),
        ("за последний год или два", "2024-11-21", "2026-11-21"),
        ("за полтора года", "2025-05-22", "2026-11-21"),
        ("в прошлом и позапрошлом году", "2024-01-01", "2025-12-31"),
        ("в 2024 и 2025", "2024-01-01", "2025-12-31"),
        ("в 2023, 2024 и 2025 годах", "2023-01-01", "2025-12-31"),
        ("в двадцать четвёртом и двадцать пятом году", "2024-01-01", "2025-12-31"),
        ("в начале октября", "2026-10-01", "2026-10-10"),
        ("в конце октября", "2026-10-21", "2026-10-31"),
        ("в конце 2023 года", "2023-09-01", "2023-12-31"),
        ("в первой половине октября", "2026-10-01", "2026-10-15"),
        ("во второй половине прошлого месяца", "2026-10-16", "2026-10-31"),
        ("в начале месяца", "2026-11-01", "2026-11-10"),
        ("в середине года", "2026-05-02", "2026-08-31"),
        ("десятого-пятнадцатого ноября", "2026-11-10", "2026-11-15"),
        ("10-15 ноября", "2026-11-10", "2026-11-15"),
        ("десятого и одиннадцатого ноября", "2026-11-10", "2026-11-11"),
        ("в течение недели", "2026-11-14", "2026-11-21"),
        ("в течение последнего месяца", "2026-10-21", "2026-11-21"),
        ("на протяжении года", "2025-11-21", "2026-11-21"),
        ("последние полгода", "2026-05-21", "2026-11-21"),
        ("за двое суток", "2026-11-19", "2026-11-21"),
        ("за трое суток", "2026-11-18", "2026-11-21"),
        ("за 48 часов", "2026-11-19", "2026-11-21"),
        ("за ночь", "2026-11-20", "2026-11-21"),
        ("за выходные", "2026-11-21", "2026-11-22"),
        ("в прошлые выходные", "2026-11-14", "2026-11-15"),
        ("за минувшие выходные", "2026-11-14", "2026-11-15"),
        ("минувшей осенью", "2025-09-01", "2025-11-30"),
        ("документы начала года", "2026-01-01", "2026-05-01"),
        ("документы до начала года", "1900-01-01", "2025-12-31"),
        ("с самого начала года", "2026-01-01", "2026-11-21"),
        ("неделю назад", "2026-11-11", "2026-11-17"),
        ("недели две назад", "2026-11-04", "2026-11-10"),
        ("два месяца назад", "2026-09-06", "2026-10-06"),
        ("год назад", "2025-09-21", "2026-01-21"),
        ("два года назад", "2024-05-23", "2025-05-22"),
        ("лет пять назад", "2021-05-23", "2022-05-22"),
        ("запиши пульс 77 неделю назад", "2026-11-11", "2026-11-17"),
    ],
)
def test_a_loose_time(said: str, start: str, end: str) -> None:
    assert read(said) == [Period(date.fromisoformat(start), date.fromisoformat(end))]


@pytest.mark.parametrize(
    "said",
    [
        "в 2023 и 2025 годах",
        "десятого и пятнадцатого ноября",
        "кроме прошлого года",
        "не за прошлый год",
        "за последние 12 часов",
        "за последнее время",
        "в последние дни",
        "за последние несколько месяцев",
        "несколько лет назад",
        "час назад",
        "пульс 77 полчаса назад",
        "в 7 утра",
        "во время госпитализации",
        "на протяжении беременности",
        "за каждый месяц",
        "в середине декабря 2026 года",
    ],
)
def test_what_no_rule_reads_is_told(said: str) -> None:
    assert read(said) == [UNREAD_TIME]


def test_a_value_before_a_time_is_not_swallowed() -> None:
    text = canonical("запиши пульс 77 два часа назад").text
    assert [text[f.start : f.end] for f in find_times(text, TODAY)] == ["2 часа назад"]


@pytest.mark.parametrize(
    "said",
    ["назад", "на шаг назад", "последний документ", "последний раз", "за всё время",
     "за весь период", "последние анализы", "давление 120 на 80"],
)  # fmt: skip
def test_no_time(said: str) -> None:
    assert read(said) == []


def test_three_days_ago_is_that_day() -> None:
    assert read("три дня назад") == [date(2026, 11, 18)]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("давление в пятницу утром", [date(2026, 11, 20)]),
        ("вечером 15 ноября", [date(2026, 11, 15)]),
        ("утром", [TODAY]),
    ],
)
def test_a_part_of_a_day_belongs_to_the_day_beside_it(said: str, days: list[date]) -> None:
    assert read(said) == days


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: TODAY)


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("давление двадцатого", date(2026, 11, 20)),
        ("температура от двадцатого", date(2026, 11, 20)),
        ("давление второго", date(2026, 11, 2)),
        ("давление с двадцатого", Period(date(2026, 11, 20), TODAY)),
        ("пульс до двадцатого", Period(FIRST_DAY, date(2026, 11, 20))),
        ("сахар после пятого", Period(date(2026, 11, 5), TODAY)),
        ("пульс с пятого по десятое", Period(date(2026, 11, 5), date(2026, 11, 10))),
        ("давление к двадцатому", UNREAD_TIME),
        ("пульс за пятое", date(2026, 11, 5)),
        ("давление на пятнадцатое", date(2026, 11, 15)),
        ("креатинин двадцать третьего", date(2026, 10, 23)),
        ("посещения одиннадцатого", date(2026, 11, 11)),
        ("экг пятнадцатого", date(2026, 11, 15)),
        ("запиши давление 130 на 80 двадцатого", date(2026, 11, 20)),
        ("посещения за двадцать пятый", Period(date(2025, 1, 1), date(2025, 12, 31))),
        ("а за двадцать четвёртый", Period(date(2024, 1, 1), date(2024, 12, 31))),
        # places in a list, kinds and counted things
        ("документы второго", None),
        ("давление у двадцатого", None),
        ("давление после второго укола", None),
        ("давление двадцатый", None),
        ("диабет второго типа", None),
        ("документы пятого пациента", None),
        ("документ двадцатый", None),
        ("пятого", None),
        ("на девятнадцатое", None),
        ("за второй", None),
    ],
)
def test_a_day_or_year_that_is_said_alone(
    parser: InProcessParser, said: str, time: date | Period | str | None
) -> None:
    found = [e.value for e in parser.parse(said).found if e.name in ("date", "period")]
    assert found == ([] if time is None else [time])


@pytest.mark.parametrize(
    ("said", "year"),
    [
        ("документы 2024", 2024),
        ("2024 выписки", 2024),
        ("посещения две тысячи двадцать третий", 2023),
        ("посещения 2023", 2023),
        # values, cards, years to come or of birth, counted things
        ("пульс 2024", None),
        ("документы 2096", None),
        ("документы 1235", None),
        ("таблетки 2000 миллиграмм", None),
        ("запиши анализ мочи 2000", None),
        ("документы громова 2004", None),
        ("2024", None),
    ],
)
def test_a_year_beside_a_record(parser: InProcessParser, said: str, year: int | None) -> None:
    found = [e.value for e in parser.parse(said).found if e.name == "period"]
    assert found == ([year_period(year)] if year else [])


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("в январе двадцать пятого", "2025-01-01", "2025-01-31"),
        ("за август двадцать четвёртого", "2024-08-01", "2024-08-31"),
        ("с января двадцать пятого", "2025-01-01", "2026-11-21"),
        ("за март двадцать шестого", "2026-03-01", "2026-03-31"),
        ("за май двадцать четвёртого года", "2024-05-01", "2024-05-31"),
    ],
)
def test_two_digits_after_a_month_are_its_year(said: str, start: str, end: str) -> None:
    assert read(said) == [Period(date.fromisoformat(start), date.fromisoformat(end))]


@pytest.mark.parametrize(
    "said",
    ["за март двадцать девятого", "в ноябре двадцатого", "ноября двадцатого",
     "ноябрь двадцать первое", "в ноябре пятнадцатого", "в мае десятого"],
)  # fmt: skip
def test_what_may_be_a_day_or_a_year_to_come_after_a_month_is_not_read(said: str) -> None:
    assert read(said) == [UNREAD_TIME]
