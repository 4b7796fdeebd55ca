"""«Не первая», «Мария не нужна», «кроме Ольги»: what is rejected is never what is taken."""

from __future__ import annotations

import pytest

from assistant.dialogue.plans import AskMissing, AskPatient, Confirm, Phrase, Read, Say
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    ChooseHospital,
    ConfirmWrite,
    DialogueState,
    Request,
)
from nlu.parser import InProcessParser
from tests.assistant.test_choosing import GROMOV, PRESSURE, ROSTER, choose, parser, read_of

__all__ = ["parser"]
MARIA, OLGA = "207", "208"
BOTH = (OLGA, MARIA)
PAPERS = Request("get_documents_from_hospital")


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("не вторая", OLGA),
        ("не первая", MARIA),
        ("не первого", MARIA),
        ("не первая, а вторая", MARIA),
        ("вторая, а не первая", MARIA),
        ("первая не нужна", MARIA),
        ("Мария не нужна", OLGA),
        ("Ольгу не надо", MARIA),
        ("Ольга не та", MARIA),
        ("Ольга это не она", MARIA),
        ("не та которая Мария", OLGA),
        ("не та, которая Мария", OLGA),
        ("кроме Ольги", MARIA),
        ("не карта 207", OLGA),
        ("Мария, не карта 208", MARIA),
        ("Ольга, нет, Мария", MARIA),
    ],
)
def test_a_rejection_chooses_the_other(parser: InProcessParser, said: str, card: str) -> None:
    assert read_of(choose(parser, BOTH, said)) == (card, PRESSURE)


@pytest.mark.parametrize(
    "said",
    [
        "не Ольга и не Мария",
        "не первая и не вторая",
        "не того что Петрович",
        "не надо Марию",
        "не та, Мария",
        "не знаю, вторая",
        "Мария 66 года, не знаю",
    ],
)
def test_what_a_rejection_leaves_unclear_is_asked_again(parser: InProcessParser, said: str) -> None:
    assert choose(parser, BOTH, said) == AskPatient(BOTH, PRESSURE)


def test_of_three_the_other_two_are_left(parser: InProcessParser) -> None:
    three = (OLGA, MARIA, "4516")
    assert choose(parser, three, "не вторая") == AskPatient((OLGA, "4516"), PRESSURE)


@pytest.mark.parametrize(
    ("said", "card", "intent"),
    [
        ("аллергии у Кузнецовой, не у той что Мария", OLGA, "get_allergies"),
        ("Кузнецова, только не Ольга, давление", MARIA, "get_latest_vitals"),
        ("давление Кузнецовой, которая постарше", OLGA, "get_latest_vitals"),
        ("лекарства младшей Кузнецовой", MARIA, "get_medications"),
        ("старшая Кузнецова, аллергии", OLGA, "get_allergies"),
        ("Кузнецова помоложе", MARIA, "select_patient"),
        ("Кузнецова девяностого", MARIA, "select_patient"),
        ("какие аллергии у Кузнецовой шестьдесят шестого", OLGA, "get_allergies"),
        ("Кузнецова шестьдесят шестого покажи давление", OLGA, "get_latest_vitals"),
        ("Кузнецова девяностого года давление", MARIA, "get_latest_vitals"),
        ("Кузнецова постарше давление", OLGA, "get_latest_vitals"),
        ("у Кузнецовой, которая помоложе, документы", MARIA, "get_documents_from_hospital"),
        ("принимает ли аспирин старшая Кузнецова", OLGA, "get_medications"),
    ],
)
def test_what_is_said_beside_a_name_tells_namesakes_apart(
    parser: InProcessParser, said: str, card: str, intent: str
) -> None:
    found = read_of(plan(DialogueState(), parser.parse(said), ROSTER))
    assert found is not None
    assert (found[0], found[1].intent) == (card, intent)


@pytest.mark.parametrize(
    "said",
    [
        "аллергии у Кузнецовой, не Марии и не Ольги",
        "Кузнецова, не Анна",
        "Кузнецова девяностая больница",
        "Кузнецова девяностая карта",
        "Кузнецова тридцать первого декабря",
        "давление старшей медсестры Кузнецовой",
        "давление Кузнецовой старшей нет младшей",
        "Кузнецова старшая ой младшая давление",
        "Кузнецова старше или младше давление",
        "Кузнецова постарше давление или нет",
        "Кузнецова младшая сестра давление",
        "сестра младшая Кузнецова давление",
        "давление Кузнецовой моложе тридцати",
        "Кузнецова старше мужа давление",
        "не старшая Кузнецова давление",
        "Кузнецова постарше, не Ольга, давление",
        "запиши Кузнецовой старшей нет младшей пульс 70",
        "запиши Кузнецовой младшей сестре пульс 70",
        "Кузнецова шестьдесят шестой бокс давление",
        "Кузнецова девяностый участок давление",
        "давление Кузнецовой шестьдесят шестой день",
        "давление Кузнецовой шестьдесят шестой уже день",
        "Кузнецова шестьдесят шестая нет девяностая",
    ],
)
def test_what_does_not_tell_namesakes_apart_leaves_both(parser: InProcessParser, said: str) -> None:
    found = plan(DialogueState(), parser.parse(said), ROSTER)
    assert not isinstance(found, AskPatient) or set(found.cards) == set(BOTH)
    assert not isinstance(found, Confirm | AskMissing)
    assert read_of(found) is None


@pytest.mark.parametrize("said", ["Орловой не надо", "не карта 2110", "не Орловой"])
def test_whoever_is_rejected_is_not_written_to(parser: InProcessParser, said: str) -> None:
    pulse = plan(DialogueState(), parser.parse("запиши Громову пульс 80"), ROSTER)
    assert isinstance(pulse, Confirm)
    state = DialogueState(patient=GROMOV, pending=ConfirmWrite(GROMOV, pulse.request))
    found = plan(state, parser.parse(said), ROSTER)
    assert isinstance(found, Confirm)
    assert found.card == GROMOV


def test_a_rejected_place_in_a_list_is_not_opened(parser: InProcessParser) -> None:
    listed = DialogueState(patient=GROMOV, documents=("d1", "d2", "d3"))
    for said, document in [
        ("не первый, а второй", "d2"),
        ("открой не второй документ, а третий", "d3"),
    ]:
        found = plan(listed, parser.parse(said), ROSTER)
        assert isinstance(found, Read)
        assert found.request.document == document
    assert plan(listed, parser.parse("не второй"), ROSTER) == Say(Phrase.NOT_UNDERSTOOD)
    where = DialogueState(
        patient=GROMOV, hospitals=("h1", "h2"), pending=ChooseHospital(GROMOV, PAPERS)
    )
    found = plan(where, parser.parse("не вторая, первая"), ROSTER)
    assert isinstance(found, Read)
    assert found.request.hospital == "h1"


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("давление Громова, ой, Орловой", "get_latest_vitals"),
        ("давление у Громова, ой, у Орловой", "get_latest_vitals"),
        ("аллергии Громова, нет, Орловой", "get_allergies"),
        ("покажи Громова, точнее Орлову", "select_patient"),
    ],
)
def test_a_corrected_name_is_the_one_that_counts(
    parser: InProcessParser, said: str, intent: str
) -> None:
    found = read_of(plan(DialogueState(), parser.parse(said), ROSTER))
    assert found is not None
    assert (found[0], found[1].intent) == ("2110", intent)
