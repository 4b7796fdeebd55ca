"""What can be said now: the help that fits the state of the conversation. Names no patient."""

from __future__ import annotations

from assistant import answers
from assistant.answers import Answer
from assistant.dialogue.state import (
    AnswerChallenge,
    ChooseHospital,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
)

_READ_ON = "«Дальше» — продолжение, «назад» — предыдущее, «повтори» — ещё раз."


def help_for(state: DialogueState) -> Answer:
    """The answers to a pending question, else what fits the patient and the list at hand."""
    match state.pending:
        case ConfirmWrite():
            return Answer(
                "Скажите «да», чтобы записать, «нет», чтобы отменить, или продиктуйте другое "
                "значение.",
                ("Да.", "Нет."),
            )
        case AnswerChallenge():
            return Answer("Повторите цифры, которые я назвал, или скажите «нет».", ("Нет.",))
        case ChoosePatient(cards=()):
            return answers.how_to_name_a_patient()
        case ChoosePatient(cards=(_,)):
            return Answer("Скажите «да», «нет» или назовите другого пациента.", ("Да.", "Нет."))
        case ChoosePatient():
            return Answer(
                "Назовите имя и отчество, год рождения, номер карты или номер по порядку.",
                ("Первый.", "Второй.", "Нет, другой."),
            )
        case ChooseHospital():
            return Answer("Назовите больницу или её номер по порядку.", ("Первая.", "Вторая."))
        case ChooseIntent():
            return Answer("Скажите «первое», «второе» или спросите иначе.", ("Первое.", "Нет."))
        case FillRequest():
            return Answer("Продиктуйте, что записать, или скажите «нет».", ("Нет.",))
    if state.patient is None:
        return answers.help()
    examples = ["Последнее давление.", "Есть ли аллергия?", "Какие лекарства?", "Диагнозы."]
    text = (
        "Пациент выбран: спросите о посещениях, документах, измерениях, анализах, аллергиях, "
        "лекарствах или диагнозах, запишите измерение или заметку, или назовите другого пациента."
    )
    if state.documents:
        examples.insert(0, "Открой первый документ.")
    if state.more is not None or state.document is not None:
        text = f"{_READ_ON} {text}"
        examples.insert(0, "Дальше.")
    return Answer(text, tuple(examples))
