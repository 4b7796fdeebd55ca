"""Who is open, and what was just written: the doctor can ask."""

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

from assistant.dialogue.plans import AskMissing, Confirm, NeedPatient, Retell
from assistant.dialogue.state import DialogueState, Request
from assistant.gate import check
from assistant.messages import SpeakerDecision, SpeakerOutcome
from assistant.staff import Role, StaffMember

LEBEDEVA = "2001"
GROMOV_LINE = "Громов Виктор Степанович, 1963 года рождения."


@pytest.mark.parametrize(
    "said",
    [
        "какой сейчас пациент",
        "кто сейчас открыт",
        "кто открыт",
        "кто у нас открыт",
        "чья это карта",
        "чья карта открыта",
        "как его зовут",
        "как зовут пациента",
    ],
)
def test_who_is_open_is_told(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(said) == GROMOV_LINE
    assert talk.state.patient == GROMOV


@pytest.mark.parametrize(
    "said", ["как зовут врача", "кто открыл карту", "какой пациент первый", "чья это кровь"]
)
def test_another_question_is_another(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(said)
    assert not isinstance(talk.plans[-1], Retell)


def test_nobody_is_open(talk: Talk) -> None:  # noqa: F811
    talk.state = DialogueState()
    assert talk.say("кто сейчас открыт").startswith("О каком пациенте речь?")
    assert talk.plans[-1] == NeedPatient(Request("select_patient"))


def test_a_question_that_waits_is_asked_again(talk: Talk) -> None:  # noqa: F811
    talk.say("запиши пульс")
    assert talk.say("чья это карта") == f"{GROMOV_LINE} Какое значение записать: пульс?"
    assert isinstance(talk.plans[-1], AskMissing)
    asked = talk.say("80")
    assert talk.say("какой сейчас пациент") == asked
    assert isinstance(talk.plans[-1], Confirm)
    assert talk.say("да").startswith("Записано")


def test_where_the_talk_is_stays(talk: Talk) -> None:  # noqa: F811
    talk.say("документы", "кто открыт")
    assert talk.plans[-1] == Retell(GROMOV, Request("select_patient"))
    talk.say("вторая")
    assert talk.state.documents


@pytest.mark.parametrize(
    "said", ["что записал", "что ты записал", "что записано", "что ты сейчас записала"]
)
def test_what_was_written_is_told_again(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(PULSE, "да")
    assert talk.say(said, said) == f"{GROMOV_LINE} Записано: пульс 80 уд/мин."
    assert talk.say("нет").startswith("Уже записано")
    talk.state = DialogueState(patient=GROMOV)
    talk.say("запиши заметку болит спина", "да")
    assert talk.say(said) == f"{GROMOV_LINE} Записана заметка: «болит спина»."
    assert len(talk.written()) == 2


@pytest.mark.parametrize(
    "said", ["кому записал", "ты записал", "записалось", "сколько записала", "проверь запись"]
)
def test_whose_the_record_is_and_whether_it_is_stored_is_told(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(PULSE, "да")
    assert talk.say(said) == f"{GROMOV_LINE} Записано: пульс 80 уд/мин."


def test_what_was_written_of_another_is_told_and_the_next_answer_names_whom_it_is_about(
    talk: Talk,  # noqa: F811
) -> None:
    talk.say(PULSE, "да", "лебедева")
    assert talk.say("кому я записала") == f"{GROMOV_LINE} Записано: пульс 80 уд/мин."
    assert talk.state.patient == LEBEDEVA
    assert talk.say("лекарства").startswith("Лебедева Екатерина Юрьевна, 1998 года рождения.")
    talk.say("записал")
    assert not isinstance(talk.plans[-1], Retell)
    talk.say("закончили работу", "громов", "что я записала")
    assert not isinstance(talk.plans[-1], Retell)


def test_of_an_open_document_it_is_asked_what_stands_there(talk: Talk) -> None:  # noqa: F811
    talk.say(PULSE, "да", "последнее эхо", "что там записано")
    assert not isinstance(talk.plans[-1], Retell)


@pytest.mark.parametrize(
    "said", ["заметки", "покажи заметки", "прочитай последнюю заметку", "что в последней заметке"]
)
def test_notes_are_not_read(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(said) == "Заметки я только записываю, прочитать их не могу."
    talk.say("запиши заметку болит спина", "да")
    assert talk.say(said) == f"{GROMOV_LINE} Записана заметка: «болит спина»."


@pytest.mark.parametrize("said", ["заметка", "новая заметка", "сделай заметку"])
def test_a_note_to_dictate_is_none_to_read(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(said) == "Что записать в заметку?"


@pytest.mark.parametrize(
    ("outcome", "patients", "allowed"),
    [
        (SpeakerOutcome.ACCEPT, None, True),
        (SpeakerOutcome.REJECT, None, False),
        (SpeakerOutcome.INSUFFICIENT, None, False),
        (SpeakerOutcome.ACCEPT, frozenset({"2110"}), False),
    ],
)
def test_the_gate_stands_before_it(
    outcome: SpeakerOutcome, patients: frozenset[str] | None, allowed: bool
) -> None:
    heard = SpeakerDecision(outcome, 0.9, 0.5, "above_threshold")
    told = Retell(GROMOV, Request("select_patient"))
    assert check(told, StaffMember("dr", Role.DOCTOR, patients), heard).allowed is allowed


@pytest.mark.parametrize("said", ["конец заметки", "конец записи", "конец", "всё, конец заметки"])
def test_the_end_of_a_dictation_ends_no_session(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("запиши заметку", said)
    assert isinstance(talk.plans[-1], AskMissing)
    asked = talk.say("боль в груди")
    assert talk.say(said) == asked
    assert talk.say("да") == "Заметка записана."


def test_the_end_of_nothing_ends_the_session(talk: Talk) -> None:  # noqa: F811
    assert talk.say("давление", "конец").startswith("Сеанс завершён.")
