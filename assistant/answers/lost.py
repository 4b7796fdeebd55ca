"""What is said where doctor and assistant don't understand each other: each the same always."""

from __future__ import annotations

from assistant.answers.messages import Answer


def how_to_name_a_patient() -> Answer:
    """The question for the patient was not answered, or help with it was asked for."""
    return Answer(
        "О ком речь? Скажите фамилию с именем или номер карты, например: "
        "«Иванов Пётр» или «карта двенадцать тридцать пять»."
    )


def give_up(writing: bool) -> Answer:
    """A question that was not answered is asked no more."""
    if writing:
        return Answer("Не понял и ничего не записал: продиктуйте, пожалуйста, всё сначала.")
    return Answer("Не понял, о чём речь: назовите, пожалуйста, пациента и вопрос целиком.")


def offer_help() -> Answer:
    """Several turns in a row were not understood."""
    return Answer("Снова не понял: скажите «помощь», и я подскажу, о чём можно спросить.")
