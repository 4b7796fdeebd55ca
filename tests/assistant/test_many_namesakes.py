"""«Кто?» where more bear the name than can be offered: the reply is sought among all of them."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from assistant.dialogue.plans import AskPatient, Plan, Read
from assistant.dialogue.policy import plan
from assistant.dialogue.state import ChoosePatient, DialogueState
from assistant.roster import Names
from ledger_client.messages import Patient
from nlu.evaluate import HELDOUT_TODAY
from nlu.gazetteer import SHOWN, Gazetteer
from nlu.messages import Person
from nlu.parser import InProcessParser

FIRSTS = ("Пётр", "Иван", "Алексей", "Сергей", "Виктор", "Олег", "Павел", "Игорь")
MIDDLES = ("Петрович", "Олегович", "Павлович", "Игоревич", "Викторович")
IVANOVS = [
    Person(str(1000 + at), "Иванов", first, middle, "m", 1930 + at)
    for at, (first, middle) in enumerate(product(FIRSTS, MIDDLES))
]
OTHERS = [
    Person("2001", "Новиков", "Игорь", "Викторович", "m", 1969),
    Person("2002", "Новиков", "Роман", "Денисович", "m", 1980),
    Person("2003", "Орлов", "Денис", "Романович", "m", 1981),
]
PEOPLE = IVANOVS + OTHERS


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(PEOPLE, ()), lambda: HELDOUT_TODAY)


@pytest.fixture(scope="module")
def names() -> Names:
    patients = [
        Patient(p.card, p.last, p.first, p.middle, p.sex, date(p.birth_year, 5, 5)) for p in PEOPLE
    ]
    return Names(patients, Gazetteer(PEOPLE, ()))


def answered(parser: InProcessParser, names: Names, reply: str) -> Plan:
    asked = plan(DialogueState(), parser.parse("какие аллергии у пациента иванова"), names)
    assert isinstance(asked, AskPatient)
    assert len(asked.cards) == SHOWN
    pending = ChoosePatient(asked.cards, asked.request)
    return plan(DialogueState(pending=pending), parser.parse(reply), names)


@pytest.mark.parametrize("at", [0, 9, 10, 25, 38, 39])
@pytest.mark.parametrize("said", ["{0.first} {0.middle}", "{0.birth_year} года рождения"])
def test_who_was_not_offered_is_found_too(
    parser: InProcessParser, names: Names, at: int, said: str
) -> None:
    step = answered(parser, names, said.format(IVANOVS[at]).lower())
    assert isinstance(step, Read)
    assert step.card == IVANOVS[at].card


@pytest.mark.parametrize("said", ["игорь", "виктор"])
def test_a_first_name_of_several_asks_among_all_of_them(
    parser: InProcessParser, names: Names, said: str
) -> None:
    step = answered(parser, names, said)
    assert isinstance(step, AskPatient)
    assert set(step.cards) == {p.card for p in IVANOVS if p.first.lower() == said}


@pytest.mark.parametrize(("at", "place"), [(0, "первый"), (1, "второй"), (4, "пятый")])
def test_a_place_is_one_of_those_offered(
    parser: InProcessParser, names: Names, at: int, place: str
) -> None:
    asked = plan(DialogueState(), parser.parse("какие аллергии у пациента иванова"), names)
    step = answered(parser, names, place)
    assert isinstance(asked, AskPatient)
    assert isinstance(step, Read)
    assert step.card == asked.cards[at]


def test_of_those_offered_the_eldest_is_one(parser: InProcessParser, names: Names) -> None:
    step = answered(parser, names, "самый молодой")
    assert isinstance(step, Read)
    assert step.card == IVANOVS[SHOWN - 1].card


def test_another_surname_is_not_taken_without_being_said(
    parser: InProcessParser, names: Names
) -> None:
    step = answered(parser, names, "роман денисович")
    assert isinstance(step, AskPatient)
    assert step.cards == ("2002",)
    step = answered(parser, names, "новиков роман денисович")
    assert isinstance(step, Read)
    assert step.card == "2002"
