"""An allergy is never denied beside the very allergen, or one that is kin to it."""

from datetime import date

import pytest

from assistant import answers
from ledger_client.messages import Allergy, Patient

IVANOV = Patient("1236", "Иванов", "Пётр", "Сергеевич", "m", date(1958, 5, 3))


def told(asked: str, *recorded: str) -> str:
    found = [Allergy(name, "сыпь", "mild", date(2025, 1, 1)) for name in recorded]
    return answers.allergies(IVANOV, found, asked).text


@pytest.mark.parametrize(
    ("asked", "recorded"),
    [
        ("арахисовое масло", "Арахис"),
        ("арахисовое", "Арахис"),
        ("пенициллиновый ряд", "Пенициллин"),
        ("коровье молоко", "Молоко"),
        ("берёзу", "Пыльца берёзы"),
        ("никотиновую кислоту", "Никотиновая кислота"),
    ],
)
def test_a_word_made_of_the_allergen_is_the_allergen(asked: str, recorded: str) -> None:
    said = told(asked, "Латекс", recorded)
    assert said.startswith(f"Да, аллергия отмечена: {recorded.lower()}: сыпь, лёгкая реакция.")
    assert "Отмечено также: латекс" in said


@pytest.mark.parametrize(
    ("asked", "recorded"),
    [
        ("бета-лактамы", "Пенициллин"),
        ("бета лактамы", "Пенициллин"),
        ("амоксициллин", "Пенициллин"),
        ("аугментин", "Пенициллин"),
        ("пенициллин", "Амоксициллин"),
        ("пенициллин", "Цефтриаксон"),
        ("аспирин", "Метамизол натрия"),
        ("новокаин", "Лидокаин"),
        ("йодистый контраст", "Йод"),
        ("йод", "Йодсодержащий контраст"),
        ("орех", "Арахис"),
        ("ацетилсалициловую кислоту", "Никотиновая кислота"),
        ("стрептоцид", "Сульфаниламиды"),
    ],
)
def test_beside_what_may_be_kin_all_are_told_and_none_is_denied(asked: str, recorded: str) -> None:
    assert told(asked, recorded) == (
        f"У пациента отмечена 1 аллергия. {recorded}: сыпь, лёгкая реакция."
    )


@pytest.mark.parametrize(("asked", "recorded"), [("новокаин", "Пенициллин"), ("йод", "Арахис")])
def test_what_is_surely_another_substance_has_no_record(asked: str, recorded: str) -> None:
    assert told(asked, recorded).startswith(f"Записи об аллергии на {asked} нет. Отмечено другое:")
