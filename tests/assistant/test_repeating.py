"""«Повтори …» with somebody or something else beside it is no wish for the last answer."""

from __future__ import annotations

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

from assistant.dialogue.plans import AskPatient, Confirm, NeedPatient, Read, Repeat
from assistant.dialogue.state import Request


@pytest.mark.parametrize(
    "said",
    [
        "повтори у орловой",
        "ещё раз у орловой",
        "ещё раз про орлову",
        "у орловой ещё раз",
        "орловой ещё разок",
        "повтори давление орловой",
        "повтори карту орловой",
        "не расслышал у орловой сколько",
        "ещё раз карту две тысячи сто десять",
    ],
)
def test_of_somebody_else_the_last_question_is_asked(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("давление громова")
    assert talk.say(said).startswith("Орлова ")
    assert talk.plans[-1] == Read(ORLOVA, Request("get_latest_vitals", "blood_pressure"))
    assert talk.state.patient == ORLOVA


@pytest.mark.parametrize("said", ["повтори у неё", "повтори у второго", "ещё раз у его жены"])
def test_whoever_else_may_be_meant_is_asked_for(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("давление громова", said)
    assert isinstance(talk.plans[-1], NeedPatient)


def test_a_first_name_alone_is_asked_about(talk: Talk) -> None:  # noqa: F811
    talk.say("карта 207", "аллергия", "повтори у ольги")
    assert isinstance(talk.plans[-1], AskPatient)


@pytest.mark.parametrize(
    ("asked", "said", "request_"),
    [
        (("лекарства", "диагнозы"), "ещё раз лекарства", Request("get_medications")),
        (("аллергии", "давление"), "повтори диагноз", Request("get_diagnoses")),
        (("диагнозы",), "повтори посещения", Request("get_hospital_visits")),
        (
            ("сахар", "креатинин"),
            "ещё раз сахар",
            Request("get_lab_result", observation="glucose"),
        ),
        (
            ("выписка", "экг"),
            "ещё раз выписку",
            Request("get_document", document_type="discharge_summary"),
        ),
        (
            ("посещения в бурденко",),
            "ещё раз в кардиоцентре",
            Request("get_hospital_visits", hospital="h10"),
        ),
    ],
)
def test_another_thing_is_asked_for(
    talk: Talk,  # noqa: F811
    asked: tuple[str, ...],
    said: str,
    request_: Request,
) -> None:
    talk.say(*asked)
    before = talk.say("повтори")
    assert talk.say(said) != before
    assert talk.plans[-1] == Read(GROMOV, request_)


def test_another_time_is_asked_for(talk: Talk) -> None:  # noqa: F811
    assert "2025 года" in talk.say("креатинин за прошлый год")
    assert "2 августа 2026 года" in talk.say("ещё раз за этот год")


@pytest.mark.parametrize(
    ("asked", "said", "begins"),
    [
        (("аллергия на пенициллин",), "повтори на аспирин", "Записи об аллергии на аспирин нет."),
        (("посещения",), "повтори второе", "Второе с конца: "),
        (("диагнозы",), "повтори второй", "Списка сейчас нет."),
        (("давление",), "повтори самое высокое", "Выбрать или усреднить значения не умею"),
        (("посещения за прошлый год",), "повтори за этот", "У пациента 3 посещения."),
        (("документы из бурденко", "первый"), "повтори документы", "Военный госпиталь"),
        (("документы из бурденко", "первый"), "ещё раз список", "Военный госпиталь"),
    ],
)
def test_one_that_was_not_heard_is_not_answered_with_what_was(
    talk: Talk,  # noqa: F811
    asked: tuple[str, ...],
    said: str,
    begins: str,
) -> None:
    before = talk.say(*asked)
    again = talk.say(said)
    assert again != before
    assert again.startswith(begins)


def test_another_of_a_list_is_opened(talk: Talk) -> None:  # noqa: F811
    talk.say("документы из бурденко", "третий")
    third = talk.plans[-1]
    talk.say("первый", "повтори третий")
    assert talk.plans[-1] == third


@pytest.mark.parametrize("said", ["повтори последнее", "повтори второй раз", "повтори на бис"])
def test_what_was_read_last_is_read_again(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("посещения", "третье", said)
    assert isinstance(talk.plans[-1], Repeat)


@pytest.mark.parametrize(
    "said",
    [
        "повтори",
        "повтори давление",
        "повтори цифры",
        "повтори у громова",
        "ещё раз, мама отвлекла",
        "она так кричит, ещё раз",
        "у нас тут шумно, повтори",
        "что ты сказал про давление",
    ],
)
def test_what_was_heard_is_said_again(talk: Talk, said: str) -> None:  # noqa: F811
    heard = talk.say("давление", "а до этого")
    talk.say(said)
    assert isinstance(talk.plans[-1], Repeat), heard


def test_an_open_document_is_read_again(talk: Talk) -> None:  # noqa: F811
    talk.say("документы", "вторая", "второй")
    for said in ("повтори документ", "ещё раз заключение"):
        talk.say(said)
        assert isinstance(talk.plans[-1], Repeat)


@pytest.mark.parametrize("said", ["повтори", "повтори пульс", "повтори громову"])
def test_a_question_that_waits_is_repeated(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(PULSE, said)
    assert talk.plans[-1] in (Repeat(), talk.plans[0])


def test_a_write_does_not_go_on_about_somebody_else(talk: Talk) -> None:  # noqa: F811
    talk.say(PULSE, "повтори у орловой", "да")
    assert not talk.written()


@pytest.mark.parametrize("dictated", [PULSE, "запиши заметку боль в груди"])
@pytest.mark.parametrize("said", ["орловой то же самое", "у орловой то же самое"])
def test_the_same_of_the_next_patient_is_offered(talk: Talk, dictated: str, said: str) -> None:  # noqa: F811
    talk.say(dictated, "да")
    assert talk.say(said).startswith("Записать Орловой")
    assert isinstance(talk.plans[-1], Confirm)
    assert talk.say("да").startswith(("Записано", "Заметка записана"))
    assert [step.card for step in talk.written()] == [GROMOV, ORLOVA]
