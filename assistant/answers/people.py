"""Asking which patient is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answers.messages import Answer
from assistant.answers.wording import count, full_name, patient_line
from ledger_client.messages import Patient

_NAMED: Final = 4


def which_patient(candidates: Sequence[Patient]) -> Answer:
    """Name what tells the candidates apart; more than four ask for the card number instead.

    A single one is not certain to be meant either.
    """
    if len(candidates) == 1:
        return Answer(f"Имеется в виду {patient_line(candidates[0])}? Скажите «да» или «нет».")
    if len(candidates) > _NAMED:
        total = count(len(candidates), "пациент")
        return Answer(f"Подходит {total}. Назовите номер карты или имя с отчеством.")
    names = [full_name(patient) for patient in candidates]
    years = [patient_line(patient) for patient in candidates]
    if len(set(years)) < len(years):
        return Answer("Имена и годы рождения совпадают. Назовите номер карты.")
    choices = years if len(set(names)) < len(names) else names
    lasts = {patient.last for patient in candidates}
    if len(lasts) == 1 and choices is names:
        last = lasts.pop()
        said = [choices[0], *(name.removeprefix(last).strip() for name in choices[1:])]
    else:
        said = choices
    head = ", ".join(said[:-1])
    comma = "," if choices is years else ""
    tail = f"{comma} или {said[-1]}" if head else said[-1]
    asked = "Кого вы имеете в виду"
    return Answer(f"{asked}: {head}{tail}?", tuple(years), f"{asked}?")
