"""The day and the hour of a dictated value, whenever they are said; by the real parser."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    NOW,
    ORLOVA,
    PULSE,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.daytimes import MIDNIGHT, hour_said
from assistant.dialogue.dictated import dictated
from assistant.dialogue.plans import AskMissing, AskPatient, Confirm, NoSuchPatient
from assistant.dialogue.state import DialogueState
from nlu.parser import InProcessParser

OLGA, MARIA = "208", "207"
OF_KUZNETSOVA = "запиши Кузнецовой пульс 80"


@pytest.mark.parametrize(
    ("said", "card", "repeated"),
    [
        ((PULSE, "Громову вчера"), GROMOV, "пульс 80 уд/мин, вчера, 20 ноября"),
        ((PULSE, "Орловой за вчера"), ORLOVA, "пульс 80 уд/мин, вчера, 20 ноября"),
        ((PULSE, "Орловой 19 ноября"), ORLOVA, "пульс 80 уд/мин, 19 ноября 2026"),
        ((PULSE, "вчера Орловой 90"), ORLOVA, "пульс 90 уд/мин, вчера, 20 ноября"),
        ((PULSE, "вчера", "Орловой"), ORLOVA, "пульс 80 уд/мин, вчера, 20 ноября"),
        (("Громов", PULSE, "поставь восемь утра"), GROMOV, "пульс 80 уд/мин, сегодня в 8:00?"),
        (("Громов", PULSE, "исправь время на девять"), GROMOV, "пульс 80 уд/мин, сегодня в 9:00?"),
        (("Громов", PULSE, "поставь семьдесят"), GROMOV, "пульс 70 уд/мин?"),
        (("запиши Громову глюкозу 5,8 вчера утром", "исправь на восемь"), GROMOV, "глюкозу 8"),
        ((OF_KUZNETSOVA, "вчера", "Ольга"), OLGA, "пульс 80 уд/мин, вчера, 20 ноября"),
        ((OF_KUZNETSOVA, "Ольге за вчера"), OLGA, "пульс 80 уд/мин, вчера, 20 ноября"),
        ((OF_KUZNETSOVA, "первая, вчера"), MARIA, "пульс 80 уд/мин, вчера, 20 ноября"),
        ((OF_KUZNETSOVA, "Ольге только 90"), OLGA, "пульс 90 уд/мин?"),
        (("запиши Громову пульс 80 двенадцатого",), GROMOV, "пульс 80 уд/мин, 12 ноября 2026"),
        (("запиши Громову пульс 80 пятого пятого",), GROMOV, "пульс 80 уд/мин, 5 мая 2026"),
        (("запиши Громову пульс 80 в 8 утра",), GROMOV, "80 уд/мин, сегодня в 8:00?"),
        (("запиши Громову пульс 80 в 8 вечера",), GROMOV, "вчера в 20:00, 20 ноября"),
        (("запиши Громову пульс 80 позавчера в 8 утра",), GROMOV, "19 ноября 2026 года в 8:00?"),
        (("запиши Громову температуру 36,6 в 14:30",), GROMOV, "36,6 °C, сегодня в 14:30?"),
        (("запиши Громову пульс 80 10 минут назад",), GROMOV, "80 уд/мин, сегодня в 15:20?"),
        (("запиши Громову пульс 80", "час назад"), GROMOV, "80 уд/мин, сегодня в 14:30?"),
        (("запиши Громову пульс 80 час назад", "сейчас"), GROMOV, "80 уд/мин?"),
        (("запиши Громову пульс 80", "да, час назад"), GROMOV, "80 уд/мин, сегодня в 14:30?"),
        (("запиши Громову пульс 80", "это вчерашние данные"), GROMOV, "вчера, 20 ноября"),
        (("запиши Громову пульс 80", "вчерашний замер"), GROMOV, "вчера, 20 ноября"),
        (("запиши Громову пульс", "как вчера", "80"), GROMOV, "80 уд/мин?"),
        (("запиши Громову пульс 80 во второй раз",), GROMOV, "80 уд/мин?"),
        (("запиши Громову пульс 80 после второго укола",), GROMOV, "80 уд/мин?"),
        (("запиши Громову вторую температуру 38",), GROMOV, "38 °C?"),
        (("запиши Громову пульс 80 в половине первого дня",), GROMOV, "сегодня в 12:30?"),
        (("запиши Громову пульс 80 вчера в девять",), GROMOV, "вчера в 9:00, 20 ноября"),
        (("запиши Громову пульс 80 вчера вечером в 9",), GROMOV, "вчера в 21:00, 20 ноября"),
        (("запиши Громову пульс 80 вчера в 8 15",), GROMOV, "вчера в 8:15, 20 ноября"),
        (("запиши Громову пульс 80 22 часа 30 минут",), GROMOV, "вчера в 22:30, 20 ноября"),
        (("запиши Громову пульс 80 в час ночи",), GROMOV, "80 уд/мин, сегодня в 1:00?"),
        (("запиши Громову пульс 80 вчера в полдень",), GROMOV, "вчера в 12:00, 20 ноября"),
        (("запиши Громову пульс 80 вчера в 20:00", "нет в 21"), GROMOV, "80 уд/мин, вчера в 21:00"),
        (("запиши Громову пульс 80", "нет в 9"), GROMOV, "80 уд/мин, сегодня в 9:00?"),
        (("запиши Громову пульс в 9", "80"), GROMOV, "80 уд/мин, сегодня в 9:00?"),
        (("запиши пульс 80", "вчера в 9", "Громову"), GROMOV, "вчера в 9:00, 20 ноября"),
    ],
)
def test_the_time_that_was_said_is_repeated(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    card: str,
    repeated: str,
) -> None:
    talk.state = DialogueState()
    assert repeated in talk.say(*said)
    step = talk.plans[-1]
    assert isinstance(step, Confirm) and step.card == card


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ((PULSE, "12 мая 1970 года"), NoSuchPatient),
        ((OF_KUZNETSOVA, "12 мая 1970 года"), AskPatient),
        ((PULSE, "Громову на прошлой неделе"), AskMissing),
        (("запиши Громову пульс 80 перед сном",), AskMissing),
        (("запиши Громову пульс 80 завтра",), AskMissing),
        (("запиши Громову пульс 80", "завтра"), AskMissing),
        (("запиши Громову пульс 80 с двенадцатого",), AskMissing),
        (("запиши Громову пульс 80 в начале девятого",), AskMissing),
        (("запиши Громову пульс 80 в девятом часу",), AskMissing),
        (("запиши Громову пульс 80 полвосьмого",), AskMissing),
        (("запиши Громову пульс 80 вчера в полночь",), AskMissing),
        (("запиши Громову пульс 80 вчера", "в полночь"), AskMissing),
        (("запиши Громову пульс 80 вчера в час",), AskMissing),
        (("запиши Громову пульс 80 вчера утром", "в час"), AskMissing),
        (("запиши Громову пульс 80 в полночь", "вчера"), AskMissing),
        (("запиши Громову пульс вчера в 9", "21 37"), AskMissing),
        (("запиши Громову температуру вчера в 9 37", "37"), AskMissing),
        (("запиши Громову пульс 80", "не сегодня"), AskMissing),
    ],
)
def test_a_time_that_is_none_is_asked_for(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    step: type,
) -> None:
    talk.state = DialogueState()
    talk.say(*said)
    assert isinstance(talk.plans[-1], step)


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        (("позавчера", "утром"), "19 ноября 2026 года утром? Скажите «да», «нет» или час"),
        (("вчера", "ночью"), "вчера ночью, 20 ноября 2026 года?"),
        (("вчера вечером",), "вчера вечером, 20 ноября 2026 года?"),
        (("позавчера в обед",), "19 ноября 2026 года днём?"),
        (("вчера вечером", "в девять"), "вчера в 21:00, 20 ноября"),
        (("вчера вечером", "да, в девять"), "вчера в 21:00, 20 ноября"),
        (("вчера вечером", "позавчера", "в девять"), "19 ноября 2026 года в 21:00?"),
        (("вчера вечером", "нет, утром", "в девять"), "вчера в 9:00, 20 ноября"),
        (("вчера вечером", "в девять утра"), "вчера в 9:00, 20 ноября"),
        (("вчера утром", "нет, в 14"), "вчера в 14:00, 20 ноября"),
        (("вчера в десять вечера", "нет, в девять"), "вчера в 21:00, 20 ноября"),
        (("вчера в три дня", "нет, в четыре"), "вчера в 16:00, 20 ноября"),
        (("вчера днём", "в час"), "вчера в 13:00, 20 ноября"),
        (("вчера днём", "в половине второго"), "вчера в 13:30, 20 ноября"),
        (("вчера в девять", "вечером"), "вчера в 21:00, 20 ноября"),
        (("вчера в 22", "нет, в девять"), "вчера в 9:00, 20 ноября"),
        (("вчера вечером", "час назад"), "сегодня в 14:30?"),
        (("вчера утром", "восемь"), "пульс 80 уд/мин, вчера в 8:00, 20 ноября"),
        (("вчера вечером", "да восемь"), "пульс 80 уд/мин, вчера в 20:00, 20 ноября"),
        (("вчера вечером", "восемь часов"), "пульс 80 уд/мин, вчера в 20:00, 20 ноября"),
        (("вчера утром", "семь тридцать"), "пульс 80 уд/мин, вчера в 7:30, 20 ноября"),
        (("вчера днём", "час"), "пульс 80 уд/мин, вчера в 13:00, 20 ноября"),
        (("вчера утром", "около восьми"), "пульс 80 уд/мин, вчера в 8:00, 20 ноября"),
        (("время восемь сорок",), "пульс 80 уд/мин, сегодня в 8:40?"),
        (("в девять утра", "восемь часов"), "пульс 80 уд/мин, сегодня в 8:00?"),
        (("вчера утром", "восемьдесят пять"), "пульс 85 уд/мин, вчера утром"),
        (("вчера утром", "двадцать пять"), "пульс 25 уд/мин, вчера утром"),
        (("утром",), "сегодня утром?"),
        (("вечером",), "Это время ещё не наступило"),
        (("вечером", "вчера"), "вчера вечером, 20 ноября 2026 года?"),
        (("вчера в половине второго",), "Не понял время. Назовите час"),
        (("вчера в половине второго", "в час дня"), "вчера в 13:00, 20 ноября"),
        (("в полночь",), "сегодня в 0:00?"),
        (("в двадцать ноль пять",), "вчера в 20:05, 20 ноября"),
    ],
)
def test_the_part_of_the_day_is_kept(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    repeated: str,
) -> None:
    first, *more = said
    assert repeated in talk.say(f"запиши Громову пульс 80 {first}", *more)


def test_of_a_part_of_the_day_the_day_alone_is_stored(talk: Talk) -> None:  # noqa: F811
    assert talk.say("запиши пульс 88 вчера вечером", "да") == (
        "Записано: пульс 88 уд/мин, вчера, 20 ноября 2026 года."
    )


def test_an_hour_to_come_is_not_of_yesterday(talk: Talk) -> None:  # noqa: F811
    talk.state = DialogueState()
    said = talk.say("запиши Громову пульс 80 сегодня в 23 часа")
    assert "Это время ещё не наступило" in said
    assert "вчера в 23:00, 20 ноября" in talk.say("вчера")


def test_the_hour_is_the_time_of_the_record(talk: Talk) -> None:  # noqa: F811
    assert "вчера в 8:30" in talk.say("запиши пульс 87 вчера в 8 часов 30 минут утра", "да")
    day = NOW.date() - timedelta(days=1)
    stored = talk.ledger.observations(GROMOV, code="heart_rate", since=day, until=day)
    (mine,) = [o for o in stored if [str(v) for v in o.values] == ["87"]]
    assert mine.taken == datetime(2026, 11, 20, 8, 30, tzinfo=NOW.tzinfo)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("в 8 утра", time(8)),
        ("в восемь часов вечера", time(20)),
        ("в 2 часа ночи", time(2)),
        ("в 12 ночи", MIDNIGHT),
        ("в 8 часов 05 минут", time(8, 5)),
        ("в двадцать ноль пять", time(20, 5)),
        ("в час", None),
        ("в четверть шестого вечера", time(17, 15)),
        ("в четверть шестого", None),
        ("полтора часа назад", timedelta(minutes=90)),
        ("в 12 часов дня", time(12)),
        ("в 3 часа 15 минут дня", time(15, 15)),
        ("в 14:30", time(14, 30)),
        ("в 9 дня", None),
        ("в 21 утра", None),
        ("в 8:15 вечера", time(20, 15)),
        ("в половине первого ночи", time(0, 30)),
        ("без четверти восемь утра", time(7, 45)),
        ("без пяти восемь", None),
        ("в 25 часов", None),
        ("10 минут назад", timedelta(minutes=10)),
        ("полчаса назад", timedelta(minutes=30)),
        ("два часа назад", timedelta(hours=2)),
        ("неделю назад", None),
    ],
)
def test_hours(text: str, hour: time | timedelta | None) -> None:
    assert hour_said(text) == hour


_TWELFTHS = (
    "первого", "второго", "третьего", "четвёртого", "пятого", "шестого", "седьмого", "восьмого",
    "девятого", "десятого", "одиннадцатого", "двенадцатого",
)  # fmt: skip
_PARTS = {"ночи": range(5), "утра": range(3, 12), "дня": range(12, 18), "вечера": range(16, 24)}


def _spoken(hour: int, minute: int, part: str) -> list[str]:
    """Usual ways to say an hour; with the part of the day where the clock has twelve."""
    twelve = hour % 12 or 12
    ways = [
        f"в {hour}:{minute:02}", f"в {hour} {minute:02}", f"в {hour} часов {minute} минут",
        f"{hour} часов {minute} минут", f"в {hour} часов {minute:02}",
        f"в {num2words(hour, lang='ru')} {num2words(minute, lang='ru')}",
        f"в {twelve}:{minute:02} {part}", f"в {twelve} часов {minute} минут {part}",
        f"в {twelve} {minute:02} {part}",
    ]  # fmt: skip
    if minute == 0:
        ways += [f"в {hour}", f"в {hour} часов", f"в {twelve} {part}", f"к {hour} часам"]
        ways += [f"в час {part}"] if twelve == 1 else []
        ways += ["в полдень"] if hour == 12 else ["в полночь"] if hour == 0 else []
    if minute == 30:
        nth = _TWELFTHS[twelve % 12]
        ways += [f"в половине {nth} {part}", f"пол{nth} {part}", f"в половине {nth}", f"пол{nth}"]
    if minute > 30:
        after = num2words(twelve % 12 + 1, lang="ru")
        ways += [f"без {60 - minute} {after} {part}", f"без {60 - minute} минут {after}"]
    return ways


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 23), st.sampled_from((0, 5, 15, 30, 45, 59)), st.data())
def test_an_hour_is_that_hour_or_a_question(
    parser: InProcessParser,  # noqa: F811
    hour: int,
    minute: int,
    data: st.DataObject,
) -> None:
    part = data.draw(st.sampled_from([name for name, at in _PARTS.items() if hour in at]))
    way = data.draw(st.sampled_from(_spoken(hour, minute, part)))
    text = data.draw(
        st.sampled_from(("пульс 80 вчера {}", "вчера {} пульс 80", "пульс вчера {} 80", "нет {}"))
    ).format(way)
    said = dictated(parser.parse(text), "heart_rate")
    value = said.value_of("heart_rate")
    at = time(hour, minute) if hour or minute else MIDNIGHT
    assert said.time.hour in (None, at), text
    assert said.time.hour or said.unread or said.time.unread, text
    assert value is None or [str(n) for n in value.numbers] == ["80"], text


@pytest.mark.parametrize("text", ["нет в двадцать пять", "нет, к 20 часам", "около 70"])
def test_what_may_be_a_misheard_hour_is_no_value(
    parser: InProcessParser,  # noqa: F811
    text: str,
) -> None:
    assert dictated(parser.parse(text), "heart_rate").value_of("heart_rate") is None
    assert dictated(parser.parse("в 38"), "temperature").value_of("temperature") is not None
