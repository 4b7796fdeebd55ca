"""Help names what can be said now, and what it names is understood."""

from __future__ import annotations

import pytest

from assistant.dialogue.guidance import help_for
from assistant.dialogue.state import (
    PATIENT_TIMEOUT_S,
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
ASKED = {
    "confirm": (ConfirmWrite("1235", NOTE), "«да»"),
    "digits": (AnswerChallenge("1235", NOTE, Challenge("4821", 0.0)), "цифры"),
    "patient": (ChoosePatient(("1235", "1236"), NOTE), "год рождения"),
    "nobody": (ChoosePatient((), NOTE), "номер карты"),
    "hospital": (ChooseHospital("1235", NOTE), "больницу"),
    "intent": (ChooseIntent(()), "«первое»"),
    "fill": (FillRequest("1235", NOTE), "Продиктуйте"),
}
STATES = [DialogueState(patient="1235", pending=pending) for pending, _ in ASKED.values()]
STATES += [
    DialogueState(),
    DialogueState(patient="1235"),
    DialogueState(patient="1235", documents=("a", "b"), document="a", more=NOTE),
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
