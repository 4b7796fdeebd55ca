"""What is asked for and no record has: said, not answered by what sounds like it."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.dialogue.asked import request_in
from assistant.dialogue.confirming import filled
from assistant.dialogue.plans import AskMissing, Confirm, Read
from assistant.dialogue.resolving import complete
from assistant.dialogue.state import DialogueState, Request
from nlu.evaluate import HELDOUT, read_roster
from nlu.gazetteer import Gazetteer
from nlu.parser import InProcessParser


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: date(2026, 11, 21))


def asked(parser: InProcessParser, text: str) -> Request:
    return request_in(DialogueState(), parser.parse(text))


@pytest.mark.parametrize(
    ("text", "unlisted", "observation"),
    [
        ("билирубин", ("билирубин",), None),
        ("какой ферритин", ("ферритин",), None),
        ("сахар в моче", ("глюкоза в моче",), None),
        ("креатинин мочи", ("креатинин в моче",), None),
        ("холестерин ЛПВП", ("ЛПВП",), None),
        ("индекс массы тела", ("индекс массы тела",), None),
        ("калий и натрий", ("натрий",), "potassium"),
        ("сахар и анализ мочи", (), "glucose"),
        ("скорость оседания эритроцитов", (), "esr"),
        ("калий", (), "potassium"),
    ],
)
def test_a_quantity_that_no_record_has(
    parser: InProcessParser, text: str, unlisted: tuple[str, ...], observation: str | None
) -> None:
    request = asked(parser, text)
    assert (request.unlisted, request.observation) == (unlisted, observation)
    assert complete("2002", request) == Read("2002", request)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("запиши натрий 140", "натрий 140"),
        ("запиши диурез тысяча двести", "диурез тысяча двести"),
        ("запиши боль пять из десяти", "боль пять из десяти"),
    ],
)
def test_its_number_is_written_as_a_note(parser: InProcessParser, text: str, note: str) -> None:
    request = asked(parser, text)
    assert complete("2002", request) == Confirm("2002", request)
    assert (request.intent, request.note) == ("add_note", note)


def test_it_ends_the_question_for_a_quantity(parser: InProcessParser) -> None:
    request = Request("get_lab_result")
    assert isinstance(complete("2002", request), AskMissing)
    reply = filled("2002", request, parser.parse("ну ферритин"))
    assert reply is None or (isinstance(reply, Request) and reply.unlisted == ("ферритин",))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("самое высокое давление за месяц", True),
        ("средний пульс за неделю", True),
        ("максимальная температура", True),
        ("давление при поступлении", True),
        ("самое последнее давление", False),
        ("последнее давление", False),
    ],
)
def test_one_value_among_many(parser: InProcessParser, text: str, chosen: bool) -> None:
    assert asked(parser, text).chosen_value == chosen


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("запиши аллергию на пенициллин", "out_of_scope"),
        ("добавь Громову аллергию на пенициллин", "out_of_scope"),
        ("внеси новый диагноз астма", "out_of_scope"),
        ("добавь Громову диагноз астма", "out_of_scope"),
        ("внеси в карту аллергия на пенициллин", "add_note"),
        ("добавь заметку аллергию отрицает", "add_note"),
        ("есть ли аллергия на пенициллин", "get_allergies"),
    ],
)
def test_allergies_and_diagnoses_are_not_written(
    parser: InProcessParser, text: str, intent: str
) -> None:
    assert parser.parse(text).intent == intent


@pytest.mark.parametrize("text", ["анализы Кириллова", "анализы Зыковой"])
def test_a_stranger_is_no_blood_test(parser: InProcessParser, text: str) -> None:
    kind = parser.parse(text).get("document_type")
    assert kind is None or (kind.value, kind.text) == ("laboratory_report", "анализы")
