"""Asking which patient is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answers.messages import Answer
from assistant.answers.wording import count, full_name, nth, patient_line
from ledger_client.messages import Patient

_NAMED: Final = 4


def which_patient(candidates: Sequence[Patient], again: bool = False) -> Answer:
    """Name what tells the candidates apart; more than four ask for the card number instead.

    A single one is not certain to be meant either. ``again``: tell how it can be answered.
    """
    if len(candidates) == 1:
        other = "«да», «нет» или назовите другого пациента" if again else "«да» или «нет»"
        return Answer(f"Имеется в виду {patient_line(candidates[0])}? Скажите {other}.")
    if len(candidates) > _NAMED:
        total = count(len(candidates), "пациент")
        return Answer(f"Подходит {total}. Назовите номер карты или имя с отчеством.")
    lines = [patient_line(patient) for patient in candidates]
    if len(set(lines)) < len(lines):
        return Answer("Имена и годы рождения совпадают. Назовите номер карты.")
    said = [lines[0], *(_after(candidates[0], patient) for patient in candidates[1:])]
    if again:
        numbered = "; ".join(
            f"{nth(i, patient.sex)} — {line}"
            for i, (patient, line) in enumerate(zip(candidates, said, strict=True), 1)
        )
        asked = "Скажите номер, имя или год рождения"
        return Answer(f"{asked}: {numbered}.", tuple(lines), f"{asked}.")
    asked = "Кого вы имеете в виду"
    return Answer(f"{asked}: {', '.join(said[:-1])}, или {said[-1]}?", tuple(lines), f"{asked}?")


def _after(first: Patient, other: Patient) -> str:
    """``other`` named after ``first``: «Пётр Сергеевич, 1958 года» where they share the surname."""
    name = full_name(other)
    if other.last == first.last:
        name = name.removeprefix(other.last).strip()
    return f"{name}, {other.birth_date.year} года"
