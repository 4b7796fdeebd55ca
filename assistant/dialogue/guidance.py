"""What can be said now: the help that fits the state of the conversation. Names no patient."""

from __future__ import annotations

from typing import Final

from assistant import answers
from assistant.answers import Answer
from assistant.dialogue.paging import moved
from assistant.dialogue.plans import Read
from assistant.dialogue.prompting import ask_missing
from assistant.dialogue.state import (
    AnswerChallenge,
    ChooseHospital,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
)
from nlu.messages import Parse

_ONWARD: Final = Parse("дальше", "next", 1.0)
_BACK: Final = Parse("назад", "previous", 1.0)


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
        case ChooseIntent(aims=(_,)):
            return Answer("Скажите «да», «нет» или спросите иначе.", ("Да.", "Нет."))
        case ChooseIntent():
            return Answer("Скажите «первое», «второе» или спросите иначе.", ("Первое.", "Нет."))
        case FillRequest(request=request):
            return Answer(f"{ask_missing(request).text} Или скажите «нет».", ("Нет.",))
    if state.patient is None:
        return answers.help()
    examples = ["Последнее давление.", "Есть ли аллергия?", "Какие лекарства?", "Диагнозы."]
    text = (
        "Пациент выбран: спросите о посещениях, документах, измерениях, анализах, аллергиях, "
        "лекарствах или диагнозах, запишите измерение или заметку, или назовите другого пациента."
    )
    if state.documents:
        examples.insert(0, "Открой первый документ.")
    onward = _leads(state, _ONWARD) and (state.more is not None or state.document is not None)
    steps = ["«дальше» — продолжение"] if onward else []
    steps += ["«назад» — предыдущее"] if _leads(state, _BACK) else []
    if steps:
        steps.append("«повтори» — ещё раз")
        examples.insert(0, "Дальше." if onward else "Назад.")
        said = ", ".join(steps)
        text = f"«{said[1].upper()}{said[2:]}. {text}"
    return Answer(text, tuple(examples))


def _leads(state: DialogueState, step: Parse) -> bool:
    """Whether ``step`` reads something else now."""
    return isinstance(moved(state, step), Read)
