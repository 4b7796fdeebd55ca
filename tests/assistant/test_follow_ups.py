"""«А у Орловой», «а вчера»: the last question goes on with one part of it replaced."""

from __future__ import annotations

import re

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    ORLOVA,
    PULSE,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.plans import AskPatient, Read
from assistant.dialogue.state import ChoosePatient, Request

PRESSURE, CREATININE, VISITS = "давление Громова", "креатинин Громова", "посещения Громова"


@pytest.mark.parametrize(
    ("said", "card", "intent", "observation", "period"),
    [
        ((PRESSURE, "а у Орловой"), ORLOVA, "get_latest_vitals", "blood_pressure", None),
        ((PRESSURE, "у Орловой"), ORLOVA, "get_latest_vitals", "blood_pressure", None),
        ((PRESSURE, "а Орлова"), ORLOVA, "get_latest_vitals", "blood_pressure", None),
        ((PRESSURE, "а у карты 2110"), ORLOVA, "get_latest_vitals", "blood_pressure", None),
        (("пульс", "а вчера"), GROMOV, "get_latest_vitals", "heart_rate", "2026-11-20"),
        (("пульс", "а вчера", "а вес"), GROMOV, "get_latest_vitals", "weight", "2026-11-20"),
        (("пульс", "а вчера", "вес"), GROMOV, "get_latest_vitals", "weight", None),
        (("пульс", "а у Орловой вчера"), ORLOVA, "get_latest_vitals", "heart_rate", "2026-11-20"),
        ((VISITS, "а весной"), GROMOV, "get_hospital_visits", None, "2026-03-01"),
        ((VISITS, "в прошлом месяце"), GROMOV, "get_hospital_visits", None, "2026-10-01"),
        ((VISITS, "а у Орловой"), ORLOVA, "get_hospital_visits", None, None),
        ((CREATININE, "а за прошлый год"), GROMOV, "get_lab_result", "creatinine", "2025-01-01"),
        (
            (CREATININE, "за прошлый год", "а холестерин"),
            GROMOV,
            "get_lab_result",
            "cholesterol",
            "2025-01-01",
        ),
        (("аллергии Громова", "а у Орловой"), ORLOVA, "get_allergies", None, None),
        ((PRESSURE, "Орлова"), ORLOVA, "select_patient", None, None),
        ((PRESSURE, "перейди к Орловой"), ORLOVA, "select_patient", None, None),
        ((PULSE, "да", "а у Орловой"), ORLOVA, "select_patient", None, None),
    ],
)
def test_one_part_of_the_last_question_is_replaced(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    card: str,
    intent: str,
    observation: str | None,
    period: str | None,
) -> None:
    answer = talk.say(*said)
    step = talk.plans[-1]
    assert isinstance(step, Read)
    asked = step.request
    assert (step.card, asked.intent, asked.observation) == (card, intent, observation)
    assert (asked.period and str(asked.period.start)) == period
    if card == ORLOVA:
        assert answer.startswith("Орлова Татьяна Борисовна, 1979 года рождения.")


def test_of_namesakes_the_last_question_is_asked_again(talk: Talk) -> None:  # noqa: F811
    talk.say(PRESSURE, "а у Кузнецовой")
    pending = talk.state.pending
    assert isinstance(pending, ChoosePatient)
    assert pending.request == Request("get_latest_vitals", observation="blood_pressure")
    assert talk.say("вторая").startswith("Кузнецова Мария Алексеевна, 1990 года рождения. Артер")


def test_a_time_that_says_not_of_what_is_asked_for_again(talk: Talk) -> None:  # noqa: F811
    answer = talk.say("посещения за прошлый год", "а за позапрошлый")
    assert answer.startswith("Не понял, за какое время.")
    assert talk.say("за 2024 год").startswith("У пациента 3 посещения.")


def test_a_time_alone_asks_nothing_and_drops_nobody(talk: Talk) -> None:  # noqa: F811
    assert talk.say("в прошлом месяце").startswith("Не удалось понять вопрос.")
    assert talk.state.patient == GROMOV
    assert talk.say("давление").startswith("Артериальное давление")


def test_a_day_on_which_somebody_was_born_still_chooses(talk: Talk) -> None:  # noqa: F811
    born = next(p.birth_date for p in talk.snapshot.patients.values() if p.card == ORLOVA)
    answer = talk.say(PRESSURE, f"{born:%d.%m.%Y}")
    assert answer == "Орлова Татьяна Борисовна, 1979 года рождения."


def test_the_current_patient_can_be_returned_to_from_a_name_that_was_none(talk: Talk) -> None:  # noqa: F811
    talk.say("на никотинку")
    assert isinstance(talk.plans[-1], AskPatient)
    asked = talk.say("давление")
    assert re.search(r": Никитин Алексей Фёдорович, .*, или Громов Виктор Степанович, ", asked)
    assert talk.say("второй").startswith("Громов Виктор Степанович, 1963 года рождения. Артер")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("на клубнику", "Записи об аллергии на клубнику нет."),
        ("а на никотиновую кислоту", "Да, аллергия отмечена: никотиновая кислота"),
        ("на какие лекарства", "У пациента отмечена 1 аллергия."),
    ],
)
def test_allergies_are_asked_about_one_after_the_other(
    talk: Talk,  # noqa: F811
    said: str,
    begins: str,
) -> None:
    assert talk.say("аллергии Громова", said).startswith(begins)


def test_an_allergy_to_a_word_that_nobody_knows_is_no_question_back(
    talk: Talk,  # noqa: F811
) -> None:
    assert "Записи об аллергии на клубнику нет" in talk.say("Громов", "аллергия на клубнику")
