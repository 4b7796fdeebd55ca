"""«Нет, первый» right after a choice among namesakes."""

from __future__ import annotations

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.plans import AskPatient, Confirm
from assistant.dialogue.state import ChoosePatient

OLGA, MARIA = "208", "207"
OF_OLGA = "Кузнецова Ольга Владимировна, 1966 года рождения. Артериальное давление"
OF_MARIA = "Кузнецова Мария Алексеевна, 1990 года рождения. Артериальное давление"


@pytest.mark.parametrize(
    "said", ["нет, вторая", "нет, вторую", "ой, вторая", "нет, Ольга", "нет, старшая"]
)
def test_the_question_goes_on_about_the_other_of_those_offered(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say("давление Кузнецовой", "первая").startswith(OF_MARIA)
    assert talk.say(said).startswith(OF_OLGA)
    assert talk.say("нет, Мария").startswith(OF_MARIA)
    assert talk.say("давление").startswith("Артериальное давление")


def test_a_place_that_nobody_has_is_asked_again(talk: Talk) -> None:  # noqa: F811
    talk.say("давление Кузнецовой", "первая", "нет, третья")
    pending = talk.state.pending
    assert isinstance(pending, ChoosePatient)
    assert pending.cards == (MARIA, OLGA)


def test_what_is_to_be_written_is_repeated_for_the_other(talk: Talk) -> None:  # noqa: F811
    talk.say("запиши Кузнецовой пульс 70", "первая")
    assert "Записать Кузнецовой Ольге" in talk.say("нет, второй")
    assert isinstance(talk.plans[-1], Confirm)
    assert talk.written() == []
    talk.say("да")
    assert [step.card for step in talk.written()] == [OLGA]


@pytest.mark.parametrize("said", ["нет, вторая", "нет, Ольга"])
def test_a_later_question_forgets_who_was_offered(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("давление Кузнецовой", "первая", "аллергии", said)
    assert talk.state.patient == MARIA
    assert talk.state.chosen is None


@pytest.mark.parametrize("said", ["вторая", "нет", "нет, давление второй", "нет, Василиса"])
def test_nobody_else_is_chosen_by_less_or_by_more(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("давление Кузнецовой", "первая", said)
    assert talk.state.patient != OLGA


def test_who_was_not_offered_is_asked_about_by_her_own_name(talk: Talk) -> None:  # noqa: F811
    talk.say("давление Кузнецовой", "первая")
    assert talk.say("нет, Попова") == "Попова Мария Ивановна, 1964 года рождения."
    talk.say("давление Ольги")
    step = talk.plans[-1]
    assert isinstance(step, AskPatient)
    assert len(step.cards) > 1


def test_a_place_is_one_of_the_list_that_was_read_since(talk: Talk) -> None:  # noqa: F811
    talk.say("документы Кузнецовой", "первая", "нет, вторая")
    assert talk.state.patient == MARIA
    talk.say("посещения Кузнецовой", "первая")
    talk.say("нет, Ольга")
    assert talk.state.patient == OLGA
