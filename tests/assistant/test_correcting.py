"""A quantity or a day that is said twice: the old value is never offered in silence."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest

from assistant.dialogue.plans import (
    AskMissing,
    AskPatient,
    Confirm,
    NeedPatient,
    Phrase,
    Plan,
    Read,
    Say,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from nlu.evaluate import HELDOUT_TODAY
from nlu.messages import Period
from nlu.parser import InProcessParser
from tests.assistant.test_choosing import GROMOV, ROSTER, parser, read_of

__all__ = ["parser"]
PRESSURE_YESTERDAY = "запиши Громову давление вчера 140 на 90"


def talk(parser: InProcessParser, *said: str) -> Plan:
    """The plan for the last of several utterances, questions and confirmations between them."""
    state = DialogueState()
    for utterance in said:
        found = plan(state, parser.parse(utterance), ROSTER)
        match found:
            case Confirm(card=card, request=request):
                state = DialogueState(patient=card, pending=ConfirmWrite(card, request))
            case AskMissing(card=card, request=request):
                state = DialogueState(patient=card, pending=FillRequest(card, request))
            case AskPatient(cards=cards, request=request):
                state = DialogueState(pending=ChoosePatient(cards, request))
            case _:
                break
    return found


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("температуру 36 и 6, нет, температуру 37 и 6", ("37.6",)),
        ("пульс 80, ой, пульс 90", ("90",)),
        ("давление 130 на 80, нет, давление 140 на 90", ("140", "90")),
        ("сатурацию 98, а нет, сатурация 89", ("89",)),
        ("не пульс 80, а пульс 90", ("90",)),
        ("пульс 90, пульс 90", ("90",)),
        ("пульс 80 ой 85", ("85",)),
        ("пульс 80 ударов в минуту, извините, 85 ударов", ("85",)),
        ("давление 120 на 80, нет, 130 на 80", ("130", "80")),
        ("температуру 36 и 6 ой 37 и 2", ("37.2",)),
        ("пульс 80 ой давление 120 на 80", ("120", "80")),
        ("пульс ой температуру 37", ("37",)),
    ],
)
def test_the_corrected_value_is_offered(
    parser: InProcessParser, said: str, numbers: tuple[str, ...]
) -> None:
    found = talk(parser, f"запиши Громову {said}")
    assert isinstance(found, Confirm)
    assert found.request.measurement is not None
    assert found.request.measurement.numbers == tuple(map(Decimal, numbers))
    assert found.request.left == ()


def test_what_is_only_said_beside_is_left_for_later(parser: InProcessParser) -> None:
    found = talk(parser, "запиши Громову пульс 80 жалоб нет давление 120 на 80")
    assert isinstance(found, Confirm)
    assert (found.request.observation, found.request.left) == ("heart_rate", ("blood_pressure",))


@pytest.mark.parametrize(
    "said", ["пульс 80 вчера ой позавчера", "пульс 80 вчера в 9 утра, нет, позавчера"]
)
def test_the_corrected_day_is_offered(parser: InProcessParser, said: str) -> None:
    before = HELDOUT_TODAY - timedelta(days=2)
    found = talk(parser, f"запиши Громову {said}")
    assert isinstance(found, Confirm)
    assert found.request.period == Period(before, before)


def test_the_corrected_hour_is_offered(parser: InProcessParser) -> None:
    found = talk(parser, "запиши Громову пульс 80 вчера в 9 утра ой в 10 утра")
    assert isinstance(found, Confirm)
    assert found.request.hour == time(10)


@pytest.mark.parametrize(
    "said",
    [
        "сатурацию 95 на кислороде 98",
        "пульс 80 и пульс 90",
        "не пульс 80",
        "давление 130 на 80 ой 85",
    ],
)
def test_two_values_of_one_quantity_are_asked_about(parser: InProcessParser, said: str) -> None:
    found = talk(parser, f"запиши Громову {said}")
    assert isinstance(found, AskMissing)
    assert found.request.measurement is None


@pytest.mark.parametrize(
    "said",
    ["запиши пульс 80 Громову и пульс 90 Орловой", "запиши пульс 80 Громову и вес 70 Орловой"],
)
def test_of_two_patients_neither_gets_the_value(parser: InProcessParser, said: str) -> None:
    assert talk(parser, said) == Say(Phrase.ONE_PATIENT)


@pytest.mark.parametrize("reply", ["нет, не вчера, сегодня", "сегодня", "нет, сегодня"])
def test_today_takes_the_place_of_another_day(parser: InProcessParser, reply: str) -> None:
    found = talk(parser, PRESSURE_YESTERDAY, reply)
    assert isinstance(found, Confirm)
    assert found.request.measurement is not None
    assert found.request.period is None


def test_a_day_that_is_denied_is_not_written(parser: InProcessParser) -> None:
    before = HELDOUT_TODAY - timedelta(days=2)
    found = talk(parser, PRESSURE_YESTERDAY, "нет, не вчера, позавчера")
    assert isinstance(found, Confirm)
    assert found.request.period == Period(before, before)


def test_until_a_day_is_said_it_is_asked_for(parser: InProcessParser) -> None:
    for replies in (("не вчера",), ("не вчера", "да")):
        found = talk(parser, PRESSURE_YESTERDAY, *replies)
        assert isinstance(found, AskMissing)
        assert found.card == GROMOV
        assert found.request.time_unread
    assert isinstance(talk(parser, PRESSURE_YESTERDAY, "не вчера", "сегодня"), Confirm)


@pytest.mark.parametrize(
    ("reply", "card"),
    [
        ("нет, не Громову, а Орловой", "2110"),
        ("не Громову, Орловой", "2110"),
        ("не Громову", None),
        ("нет, не Громов", None),
        ("нет, другой Громовой", None),
        ("другому пациенту", None),
        ("это не он", None),
        ("нет, не ему", None),
    ],
)
@pytest.mark.parametrize("write", ["запиши Громову пульс 80", "заметка Громову: рана чистая"])
def test_another_patient_keeps_what_is_written(
    parser: InProcessParser, write: str, reply: str, card: str | None
) -> None:
    first = talk(parser, write)
    found = talk(parser, write, reply)
    assert isinstance(first, Confirm)
    if card is not None:
        assert found == Confirm(card, first.request)
    else:
        assert not isinstance(found, Confirm)
        assert isinstance(found, AskPatient | NeedPatient)
        assert found.request == first.request


def test_the_other_namesake_is_whoever_is_not_current(parser: InProcessParser) -> None:
    pulse = talk(parser, "запиши Кузнецовой Ольге пульс 80")
    assert isinstance(pulse, Confirm)
    found = talk(parser, "запиши Кузнецовой Ольге пульс 80", "нет, другой Кузнецовой")
    assert found == Confirm("207", pulse.request)
    for current, said, card in [
        ("650", "а у другой Ахметовой", "652"),
        ("1236", "не тот, другой Иванов", "1235"),
    ]:
        other = plan(DialogueState(patient=current), parser.parse(said), ROSTER)
        assert read_of(other) == (card, Request("select_patient"))
    nobody = plan(DialogueState(patient=GROMOV), parser.parse("другой Громов"), ROSTER)
    assert isinstance(nobody, NeedPatient)
    assert nobody.forget


def test_the_quantity_that_was_asked_for_comes_with_its_time(parser: InProcessParser) -> None:
    asked = AskMissing(GROMOV, Request("get_lab_result"))
    state = DialogueState(patient=GROMOV, pending=FillRequest(asked.card, asked.request))
    for said, observation in [
        ("креатинин за прошлый год", "creatinine"),
        ("холестерин до 2025 года", "cholesterol"),
    ]:
        parse = parser.parse(said)
        found = plan(state, parse, ROSTER)
        assert isinstance(found, Read)
        period = parse.get("period")
        assert period is not None
        assert (found.request.observation, found.request.period) == (observation, period.value)


@pytest.mark.parametrize("reply", ["да, Громову", "нет, Громову"])
def test_a_name_is_confirmed_once(parser: InProcessParser, reply: str) -> None:
    pulse = talk(parser, "запиши Орловой пульс 80")
    assert isinstance(pulse, Confirm)
    for card in (GROMOV, "2110"):
        state = DialogueState(patient=card, pending=ConfirmWrite(card, pulse.request))
        assert plan(state, parser.parse(reply), ROSTER) == Confirm(GROMOV, pulse.request)
    like = talk(parser, "запиши Орловой пульс 80", "нет, Громовой")
    assert isinstance(like, AskPatient)


@pytest.mark.parametrize(
    ("first", "reply", "numbers"),
    [
        ("запиши пульс", "Громову 72", (72,)),
        ("запиши давление", "Громову 130 на 80", (130, 80)),
        ("запиши пульс 80", "Громову 90", (90,)),
        ("запиши пульс 80", "Громову 58 лет", (80,)),
        ("запиши пульс 80", "Громову 1963 года", (80,)),
    ],
)
def test_a_value_may_come_with_the_name(
    parser: InProcessParser, first: str, reply: str, numbers: tuple[int, ...]
) -> None:
    asked = plan(DialogueState(), parser.parse(first), ROSTER)
    assert isinstance(asked, NeedPatient)
    state = DialogueState(pending=ChoosePatient((), asked.request))
    found = plan(state, parser.parse(reply), ROSTER)
    assert isinstance(found, Confirm)
    assert found.request.measurement is not None
    assert found.request.measurement.numbers == numbers
