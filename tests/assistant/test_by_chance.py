"""Words that are no question about a record read none, though they may sound like one."""

from __future__ import annotations

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    PULSE,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.plans import AskIntent, Confirm, Read
from assistant.dialogue.state import Aim, ChooseIntent, ConfirmWrite, DialogueState, Request


@pytest.mark.parametrize("dictated", [PULSE, "добавь заметку спал хорошо"])
@pytest.mark.parametrize(
    "said", ["это старый", "хронический", "онкологический", "гипертоник", "лежит", "пьёт"]
)
def test_a_few_words_that_name_no_record_read_none_while_a_write_waits(
    talk: Talk,  # noqa: F811
    dictated: str,
    said: str,
) -> None:
    asked = talk.say(dictated)
    assert talk.say(said).removeprefix("Не понял, исправить ли. ") == asked
    assert isinstance(talk.plans[-1], Confirm)
    assert isinstance(talk.state.pending, ConfirmWrite)


@pytest.mark.parametrize(
    "said", ["диагнозы", "чем болеет", "какая аллергия", "когда лежал", "экг", "а давление"]
)
def test_what_names_a_record_is_read_though_a_write_waits(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    talk.say(PULSE)
    assert talk.say(said).startswith("Предыдущее не записано.")
    assert isinstance(talk.plans[-1], Read)


DIAGNOSES = ChooseIntent((Aim((GROMOV,), Request("get_diagnoses")),))


@pytest.mark.parametrize(
    ("said", "opens"),
    [
        ("да", True),
        ("диагнозы", True),
        ("покажи диагнозы", True),
        ("первый документ", False),
        ("первый", False),
        ("покажи документы", False),
        ("нет", False),
    ],
)
def test_one_choice_is_chosen_by_a_yes_or_the_request_alone(
    talk: Talk,  # noqa: F811
    said: str,
    opens: bool,
) -> None:
    talk.state = DialogueState(patient=GROMOV, pending=DIAGNOSES)
    talk.say(said)
    step = talk.plans[-1]
    assert (isinstance(step, Read) and step.request.intent == "get_diagnoses") == opens
    if said == "первый":
        assert isinstance(step, AskIntent)
