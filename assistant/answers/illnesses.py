"""Answers about diagnoses and medicines, and whether the one asked about is among them.

Everything here is PHI.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from assistant.answers.messages import Answer
from assistant.answers.substances import is_another_medicine, same
from assistant.answers.usualnames import may_deny, such
from assistant.answers.wording import (
    count,
    day,
    in_list,
    join,
    number,
    of_patient,
    unit_words,
)
from assistant.answers.wording import sentence as as_sentence
from assistant.speech.numerals import parses
from ledger_client.messages import Diagnosis, Medication, Patient
from nlu.canon import canonical, fold

Told = Literal["now", "since", "ended"]
"""What is asked of prescriptions and diagnoses; which of these are over is told in any case."""
_NONE_CALLED_SO: Final = "С таким названием не найдено, вот все"
_STEM: Final = 8
"""Letters by which «гипертония» is known in «гипертоническая болезнь»."""


def medications(
    patient: Patient,
    found: Sequence[Medication],
    asked: str | None = None,
    told: Told = "now",
) -> Answer:
    """What the patient takes ``now``, with ``since`` also from which day on, and how many
    prescriptions are over; or those that are over (``ended``), and that it isn't known since when.
    First of all whether ``asked`` is among them, denied only where nothing may be it.
    """
    active = [medication for medication in found if medication.active]
    over = [medication for medication in found if not medication.active]
    if not found:
        return Answer("Назначений в карте нет.")
    ended = f"Отменено {count(len(over), 'назначение')}" if over else ""
    lines = tuple(_medication(medication, told) for medication in active)
    if told == "ended":
        return _ended(ended, over, active, asked)
    if not active:
        return Answer(join(["Действующих назначений нет", ended]))
    lead = f"{of_patient(patient)} {count(len(active), 'назначение')}"
    if asked is not None:
        fits = [line for line, one in zip(lines, active, strict=True) if _called(asked, one.name)]
        if fits and told == "since":
            return Answer(join(fits))
        none = _NONE_CALLED_SO if _may_deny(asked, active) else "Вот все назначения"
        lead = join([_yes(fits) or none, lead])
    return Answer(join([lead, *lines, ended]), tuple(map(as_sentence, lines)), join([lead, ended]))


def _ended(
    total: str, over: Sequence[Medication], active: Sequence[Medication], asked: str | None
) -> Answer:
    """The prescriptions that are ``over``; first of all whether ``asked`` is, or goes on."""
    lead = f"{total}, когда — в карте нет" if total else "Отменённых назначений нет"
    if asked is not None:
        gone, goes_on = (
            [one for one in some if _called(asked, one.name)] for some in (over, active)
        )
        said = (("Отменено", gone), ("Действует", goes_on))
        told = [
            f"{how}: " + "; ".join(in_list(_medication(m)) for m in some)
            for how, some in said
            if some
        ]
        none = ["С таким названием не найдено"] if _may_deny(asked, (*over, *active)) else []
        lead = join([*(told or none), lead])
    lines = tuple(map(_medication, over))
    return Answer(join([lead, *lines]), tuple(map(as_sentence, lines)), join([lead]))


def _may_deny(asked: str, found: Sequence[Medication]) -> bool:
    return all(is_another_medicine(asked, one.name) for one in found)


def _called(asked: str, name: str) -> bool:
    """Whether ``name`` has the word that was ``asked`` for, or the beginning of a long one."""
    return same(asked, name) or (len(asked) >= _STEM and asked[:_STEM] in fold(name))


def _yes(fits: Sequence[str]) -> str:
    """«Да: …», or nothing where nothing fits."""
    return "Да: " + "; ".join(map(in_list, fits)) if fits else ""


def _medication(medication: Medication, told: Told = "now") -> str:
    dose = number(medication.dose) + unit_words(medication.unit)
    schedule = f", {medication.schedule}" if medication.schedule else ""
    since = f", с {day(medication.since)}" if told == "since" else ""
    return f"{medication.name} {dose}{schedule}{since}"


def diagnoses(
    patient: Patient,
    found: Sequence[Diagnosis],
    asked: str | None = None,
    which: Sequence[str] = (),
    told: Told = "now",
) -> Answer:
    """Those that hold now, then those of the past, with their codes, and ``since`` which day they
    are on record; first of all whether ``asked`` is among them, by name or by code, and of the
    kind that the words ``which`` tell. What no code is known of is not denied.
    """
    if not found:
        return Answer("Диагнозов в карте нет.")
    active = [diagnosis for diagnosis in found if diagnosis.active]
    past = [diagnosis for diagnosis in found if not diagnosis.active]
    lead = f"{of_patient(patient)} {count(len(active), 'диагноз')}"
    if not active:
        lead = "Действующих диагнозов нет"
    now = [_diagnosis(diagnosis, told) for diagnosis in active]
    if asked is not None:
        said = [*now, *(f"в прошлом {in_list(_diagnosis(diagnosis, told))}" for diagnosis in past)]
        fits = [
            words
            for words, one in zip(said, (*active, *past), strict=True)
            if _is(one, asked, which)
        ]
        if fits and told == "since":
            return Answer(join(fits))
        none = _NONE_CALLED_SO if may_deny(asked, which, found) else "Вот все диагнозы"
        lead = join([_yes(fits) or none, lead])
    over = [in_list(_diagnosis(diagnosis, told)) for diagnosis in past]
    before = "В прошлом: " + "; ".join(over) if over else ""
    lines = tuple(map(as_sentence, (*now, *(f"В прошлом: {one}" for one in over))))
    return Answer(join([lead, *now, before]), lines, join([lead]))


def _is(diagnosis: Diagnosis, asked: str, which: Sequence[str]) -> bool:
    """Whether it is the illness ``asked`` about: of its kinds the one that the words tell."""
    if such(asked, which, diagnosis):
        return True
    name = diagnosis.name
    said = such(asked, (), diagnosis) or _called(asked, name)
    recorded = frozenset[str]().union(*map(_forms, _words(name)))
    return said and all(not recorded.isdisjoint(_forms(word)) for word in which)


def _words(text: str) -> list[str]:
    return [item.text for item in canonical(text).items]


def _forms(word: str) -> frozenset[str]:
    """The dictionary forms of a folded word; of a number its digits, for «2» is «второго»."""
    if word[0].isdigit():
        return frozenset((word.rstrip("йх"),))
    return frozenset(fold(parse.normal_form) for parse in parses(word))


def _diagnosis(diagnosis: Diagnosis, told: Told) -> str:
    code = f", код {diagnosis.code}" if diagnosis.code else ""
    since = f", отмечено {day(diagnosis.recorded)}" if told == "since" else ""
    return f"{diagnosis.name}{code}{since}"
