"""Help names what can be said now, and what it names is understood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.dialogue.guidance import help_for
from assistant.dialogue.state import (
    PATIENT_TIMEOUT_S,
    Aim,
    AnswerChallenge,
    ChooseHospital,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Pending,
    Request,
)
from assistant.speaker.challenge import Challenge
from nlu.evaluate import HELDOUT, read_roster
from nlu.gazetteer import Gazetteer
from nlu.parser import InProcessParser

NOTE = Request("add_note", note="жалоб нет")
VITALS = Request("get_latest_vitals")
WEIGHT = Request("record_measurement", observation="weight")
VISITS = Request("get_hospital_visits")
ASKED = {
    "confirm": (ConfirmWrite("1235", NOTE), "«да»"),
    "digits": (AnswerChallenge("1235", NOTE, Challenge("4821", 0.0)), "цифры"),
    "patient": (ChoosePatient(("1235", "1236"), NOTE), "год рождения"),
    "nobody": (ChoosePatient((), NOTE), "номер карты"),
    "hospital": (ChooseHospital("1235", NOTE), "больницу"),
    "one intent": (ChooseIntent((Aim((), NOTE),)), "«да»"),
    "two intents": (ChooseIntent((Aim((), NOTE), Aim((), VITALS))), "«первое»"),
    "note": (FillRequest("1235", replace(NOTE, note=None)), "Что записать в заметку"),
    "value": (FillRequest("1235", WEIGHT), "Какое значение записать"),
    "quantity": (FillRequest("1235", Request("get_lab_result")), "Какой показатель"),
}
STATES = [DialogueState(patient="1235", pending=pending) for pending, _ in ASKED.values()]
STATES += [
    DialogueState(),
    DialogueState(patient="1235"),
    DialogueState(patient="1235", documents=("a", "b"), document="a", more=NOTE),
    DialogueState(patient="1235", page=replace(VISITS, start=4)),
]


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)))


@pytest.mark.parametrize(("pending", "word"), ASKED.values(), ids=ASKED)
def test_a_pending_question_is_helped_with(pending: Pending, word: str) -> None:
    assert word in help_for(DialogueState(patient="1235", pending=pending)).text


def test_what_is_at_hand_is_named() -> None:
    assert "Назовите пациента" in help_for(DialogueState()).text
    chosen = help_for(DialogueState(patient="1235"))
    assert "другого пациента" in chosen.text
    assert "дальше" not in chosen.text.lower()
    reading = help_for(DialogueState(patient="1235", documents=("a",), more=NOTE))
    assert "«Дальше»" in reading.text
    assert "Открой первый документ." in reading.items


@pytest.mark.parametrize(
    ("state", "onward", "back"),
    [
        (DialogueState(page=VISITS, more=replace(VISITS, start=1)), True, False),
        (DialogueState(page=replace(VISITS, start=1), more=replace(VISITS, start=4)), True, True),
        (DialogueState(page=replace(VISITS, start=4)), False, True),
        (DialogueState(page=VISITS), False, False),
        (DialogueState(documents=("a", "b"), document="a"), True, False),
        (DialogueState(documents=("a", "b"), document="b"), False, True),
        (DialogueState(documents=("a",), document="a"), False, False),
    ],
)
def test_only_steps_that_lead_somewhere_are_named(
    state: DialogueState, onward: bool, back: bool
) -> None:
    text = help_for(replace(state, patient="1235")).text.lower()
    assert ("«дальше»" in text, "«назад»" in text) == (onward, back)


@pytest.mark.parametrize("request_", [WEIGHT, VITALS, Request("get_lab_result")])
def test_dictating_is_named_only_where_something_is_written(request_: Request) -> None:
    text = help_for(DialogueState(patient="1235", pending=FillRequest("1235", request_))).text
    assert ("записать" in text) == (request_ is WEIGHT)


def test_once_the_patient_has_timed_out_help_asks_for_one() -> None:
    state = DialogueState(patient="1235", touched=100.0)
    assert help_for(state.at(100.0 + PATIENT_TIMEOUT_S)) == help_for(DialogueState(patient="1235"))
    assert help_for(state.at(101.0 + PATIENT_TIMEOUT_S)) == help_for(DialogueState())


@pytest.mark.parametrize("state", STATES)
def test_every_example_is_understood_and_names_nobody(
    parser: InProcessParser, state: DialogueState
) -> None:
    answer = help_for(state)
    assert "1235" not in answer.text
    for example in answer.items:
        assert parser.parse(example).intent != "out_of_scope", example
