"""«А у Орловой», «а вчера»: the last question goes on with one part of it replaced."""

from __future__ import annotations

import re
from datetime import date

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

from assistant.dialogue.plans import AskPatient, GiveUp, NeedPatient, Read
from assistant.dialogue.state import ChoosePatient, DialogueState, Request
from nlu.messages import Period

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
    assert talk.say("первая").startswith("Кузнецова Мария Алексеевна, 1990 года рождения. Артер")


@pytest.mark.parametrize("asked", ["посещения", "посещения за последний год"])
def test_a_time_that_says_not_of_what_is_asked_for_again(talk: Talk, asked: str) -> None:  # noqa: F811
    answer = talk.say(asked, "а за позапрошлый")
    assert answer.startswith("Не понял, за какое время.")
    assert talk.say("за 2024 год").startswith("У пациента 3 посещения.")


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        (("посещения за прошлый год", "а за этот"), "2026-01-01", "2026-12-31"),
        (("посещения за прошлый год", "а в этом"), "2026-01-01", "2026-12-31"),
        (("посещения за прошлый год", "а за позапрошлый"), "2024-01-01", "2024-12-31"),
        (("посещения за прошлый год", "а за этот", "за прошлый"), "2025-01-01", "2025-12-31"),
        (("посещения в 2023 году", "а за этот"), "2026-01-01", "2026-12-31"),
        (("давление за прошлый месяц", "а за этот"), "2026-11-01", "2026-11-30"),
        (("давление на прошлой неделе", "а на этой"), "2026-11-16", "2026-11-22"),
        (("посещения за прошлый год", "а в сентябре"), "2025-09-01", "2025-09-30"),
        (("посещения за прошлый год", "а в декабре", "а в мае"), "2025-05-01", "2025-05-31"),
        (("посещения за прошлый год", "а весной"), "2025-03-01", "2025-05-31"),
        (("посещения за прошлый год", "девятого мая"), "2025-05-09", "2025-05-09"),
        (("посещения за прошлый год", "а в сентябре 2024 года"), "2024-09-01", "2024-09-30"),
        (("посещения за прошлый год", "а вчера"), "2026-11-20", "2026-11-20"),
        (("посещения за последние два года", "а в сентябре"), "2026-09-01", "2026-09-30"),
        (("посещения за этот год", "а в декабре"), "2025-12-01", "2025-12-31"),
        (("посещения", "а в сентябре"), "2026-09-01", "2026-09-30"),
    ],
)
def test_what_a_time_leaves_open_the_time_before_tells(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    first: str,
    last: str,
) -> None:
    talk.say(*said)
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert step.request.period == Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("said", ["а в этой", "а этот", "а в этом"])
def test_this_one_is_no_time_where_none_of_that_unit_was_said(talk: Talk, said: str) -> None:  # noqa: F811
    asked = "посещения" if said == "а в этом" else "посещения за прошлый год"
    talk.say(asked, said)
    step = talk.plans[-1]
    assert not isinstance(step, Read) or not step.request.time_unread


@pytest.mark.parametrize("asked", ["давление", "диагнозы Кузнецовой", "запиши пульс 80"])
def test_a_question_that_was_given_up_is_forgotten(talk: Talk, asked: str) -> None:  # noqa: F811
    talk.state = DialogueState()
    talk.say(asked, *["не знаю"] * 3)
    assert isinstance(talk.plans[-1], GiveUp)
    assert talk.say("Громов") == "Громов Виктор Степанович, 1963 года рождения."


def test_since_when_he_takes_it_may_be_a_slip_of_sex(talk: Talk) -> None:  # noqa: F811
    talk.say("лекарства Громова")
    assert talk.say("а давно она принимает").startswith("Имеется в виду Громов")
    assert ", с 9 марта 2024 года" in talk.say("да")
    assert talk.say("а давно он принимает").startswith("У пациента")
    talk.say("какие у неё аллергии")
    assert isinstance(talk.plans[-1], NeedPatient)


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
