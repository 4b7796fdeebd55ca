"""What an utterance asks for: times that were said, and those that nobody can read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from assistant import answers
from assistant.dialogue.asked import request_in
from assistant.dialogue.reading import Reader
from assistant.dialogue.state import DialogueState, Request
from ledger_client import LedgerClient
from ledger_client.messages import Patient
from nlu.evaluate import HELDOUT, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import Period
from nlu.parser import InProcessParser

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: TODAY)


def asked(parser: InProcessParser, text: str) -> Request:
    return request_in(DialogueState(), parser.parse(text))


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("посещения до 2020 года", Period(date(1900, 1, 1), date(2019, 12, 31))),
        ("вчерашнюю выписку открой", Period(date(2026, 11, 20), date(2026, 11, 20))),
        ("утреннее давление за последнюю неделю", Period(date(2026, 11, 14), TODAY)),
        ("последнее давление", None),
    ],
)
def test_a_time_that_is_read(parser: InProcessParser, text: str, period: Period | None) -> None:
    request = asked(parser, text)
    assert (request.period, request.time_unread) == (period, False)


@pytest.mark.parametrize(
    "text",
    [
        "посещения за 31 февраля",
        "анализы за 2027 год",
        "документы за пятый квартал",
        "давление за март и за июль",
        "покажи завтрашнее давление",
        "какой гемоглобин был до операции",
    ],
)
def test_a_time_that_is_not_read(parser: InProcessParser, text: str) -> None:
    request = asked(parser, text)
    assert (request.period, request.time_unread) == (None, True)


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ("есть ли аллергия на пенициллин", "пенициллин"),
        ("аллергия у него на но-шпу", "но-шпу"),
        ("есть аллергия на антибиотики", "антибиотики"),
        ("аллергия на арахисовое масло", "арахисовое масло"),
        ("есть ли аллергия на бета лактамы", "бета лактамы"),
        ("аллергия на что у него", None),
        ("аллергии на какие лекарства", None),
        ("на что у него аллергия", None),
    ],
)
def test_the_substance_asked_about(
    parser: InProcessParser, text: str, substance: str | None
) -> None:
    assert asked(parser, text).substance == substance


def test_documents_of_a_quarter_are_of_no_second_hospital(parser: InProcessParser) -> None:
    parse = parser.parse("документы за второй квартал")
    assert [entity.name for entity in parse.entities] == ["period"]


@pytest.mark.parametrize(
    "intent",
    [
        "get_hospital_visits",
        "get_documents_from_hospital",
        "get_document",
        "get_latest_vitals",
        "get_lab_result",
    ],
)
def test_nothing_is_read_for_a_time_that_nobody_knows(intent: str) -> None:
    """Nobody serves this ledger: a single question to it would fail."""
    patient = Patient("1236", "Иванов", "Пётр", "Сергеевич", "m", date(1958, 5, 3))
    reader = Reader(LedgerClient("http://127.0.0.1:9", "token"), {"1236": patient}, {})
    request, state = Request(intent, time_unread=True), DialogueState("1236")
    carried = reader.read("1236", request, state, datetime(2026, 11, 21, tzinfo=UTC))
    assert carried.answer == answers.time_not_understood()
