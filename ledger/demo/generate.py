"""Invents one patient's chart: the same at every call, since chance is seeded by the card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import chain
from random import Random
from typing import Final

from ledger.demo import texts
from ledger.demo.doctors import doctor
from ledger.demo.library import Condition, Profile
from ledger.demo.measures import VITALS, Body, Reading
from ledger_client.appends import NewDocument, NewObservation, NewVisit
from ledger_client.messages import Allergy, Diagnosis, Medication, Patient
from nlu.vocabulary import OBSERVATIONS

TODAY: Final = date(2026, 11, 21)
"""The day that the demo plays on."""

_START: Final = date(2023, 11, 25)
_ZONE: Final = timezone(timedelta(hours=3))
_INPATIENT_ONLY: Final = ("discharge_summary", "epicrisis", "operation_report")
_IMAGING: Final = ("mri", "ct", "xray", "ultrasound", "echocardiography")
_LABORATORY: Final = ("laboratory_report", "blood_test", "urine_test")
_WORKING_AGE: Final = range(18, 63)

Item = NewVisit | NewDocument | NewObservation | Allergy | Medication | Diagnosis
"""What a chart is made of."""


@dataclass(frozen=True, slots=True)
class _Stay:
    """One visit of a condition; ``first`` is where its in-patient treatment took place."""

    condition: Condition
    hospital: str
    started: date
    ended: date | None
    first: bool


def chart(patient: Patient, profile: Profile, conditions: dict[str, Condition]) -> Iterator[Item]:
    """Everything about ``patient``, oldest first within each kind."""
    chance = Random(f"chart:{patient.card}")
    has = [(conditions[key], hospital) for key, hospital in profile.has]
    body = Body(patient, [condition for condition, _ in has if not condition.acute], chance)
    for substance, reaction, severity in profile.allergies:
        yield Allergy(substance, reaction, severity, _day_between(chance, _START, date(2025, 1, 1)))
    stays = sorted(
        chain.from_iterable(_stays(*pair, chance) for pair in has), key=lambda stay: stay.started
    )
    prescribed: set[str] = set()
    for stay in stays:
        if stay.first:
            yield from _findings(stay, prescribed)
        yield from _visit(patient, stay, body)
    yield from _recent_vitals(patient, body, has[0][1])


def _stays(condition: Condition, hospital: str, chance: Random) -> Iterator[_Stay]:
    count = 1 if condition.acute else chance.randint(2, 4)
    first_day = TODAY - timedelta(days=150) if condition.recent else _START
    step = (TODAY - timedelta(days=12) - first_day) / count
    for number in range(count):
        start = first_day + step * number
        started = _day_between(chance, start, start + step * 0.9)
        stays_over = condition.inpatient and number == 0
        ended = started + timedelta(days=chance.randint(3, 10)) if stays_over else None
        yield _Stay(condition, hospital, started, ended, number == 0)


def _findings(stay: _Stay, prescribed: set[str]) -> Iterator[Item]:
    condition = stay.condition
    yield Diagnosis(condition.icd, condition.name, stay.started, not condition.acute)
    for medicine in condition.medicines:
        if medicine.name not in prescribed:
            prescribed.add(medicine.name)
            yield Medication(
                medicine.name,
                medicine.dose,
                medicine.unit,
                medicine.schedule,
                stay.started,
                not condition.acute,
            )


def _visit(patient: Patient, stay: _Stay, body: Body) -> Iterator[Item]:
    condition = stay.condition
    acute = condition if condition.acute else None
    name = doctor(stay.hospital, condition.department)
    yield NewVisit(
        card=patient.card,
        hospital_id=stay.hospital,
        department=condition.department,
        reason=condition.reason if stay.first else f"{condition.name}, повторный приём",
        doctor=name,
        started=stay.started,
        ended=stay.ended,
    )
    for code in VITALS[:4]:
        yield _observation(patient, code, body.vital(code, stay.started, acute), stay.started, name)
    kinds = _documents(patient, stay)
    codes = dict.fromkeys((*condition.panel, *(texts.BLOOD if "blood_test" in kinds else ())))
    results = {code: body.result(code, acute) for code in codes}
    laboratory = doctor(stay.hospital, "Лаборатория")
    for code, reading in results.items():
        yield _observation(patient, code, reading, stay.started, laboratory)
    occasion = texts.Occasion(patient.sex == "f", condition, stay.started, stay.ended, results)
    for kind in kinds:
        text, conclusion = texts.body(kind, occasion)
        author = name
        if kind in _IMAGING:
            author = doctor(stay.hospital, "Диагностика")
        elif kind in _LABORATORY:
            author = laboratory
        yield NewDocument(
            card=patient.card,
            hospital_id=stay.hospital,
            type=kind,
            title=texts.title(kind, condition),
            created=stay.ended if kind in _INPATIENT_ONLY and stay.ended else stay.started,
            author=author,
            text=text,
            conclusion=conclusion,
        )


def _documents(patient: Patient, stay: _Stay) -> tuple[str, ...]:
    """Types of documents: all of them at the first visit, those of a check-up later on."""
    age = (stay.started - patient.birth_date).days // 365
    kinds = dict.fromkeys((*stay.condition.forms, *stay.condition.documents))
    if age not in _WORKING_AGE:
        kinds.pop("sick_leave", None)
    if stay.first:
        return tuple(kinds)
    later = [kind for kind in kinds if kind not in (*_INPATIENT_ONLY, "sick_leave", "vaccination")]
    return tuple(later[:2]) or ("referral",)


def _recent_vitals(patient: Patient, body: Body, hospital: str) -> Iterator[NewObservation]:
    """Weight and height over the years, vital signs of each month, of this week and today."""
    nurse = doctor(hospital, "Сестринский пост")
    yearly = [TODAY - timedelta(days=ago) for ago in (1080, 715, 350, 32)]
    monthly = [TODAY - timedelta(days=30 * ago + 12) for ago in range(11, -1, -1)]
    week = [TODAY - timedelta(days=ago) for ago in (5, 4, 2, 1, 0)]
    for day in yearly:
        for code in ("height", "weight"):
            yield _observation(patient, code, body.vital(code, day), day, nurse)
    for day in (*monthly, *week):
        for code in VITALS:
            yield _observation(patient, code, body.vital(code, day), day, nurse)


def _observation(
    patient: Patient, code: str, reading: Reading, day: date, source: str
) -> NewObservation:
    # one fixed minute for each code, early enough to be past on the demo's day
    minute = list(OBSERVATIONS).index(code)
    return NewObservation(
        card=patient.card,
        code=code,
        values=reading.values,
        unit=OBSERVATIONS[code].unit,
        taken=datetime(day.year, day.month, day.day, 6, 10 + minute, tzinfo=_ZONE),
        source=source,
        low=reading.low,
        high=reading.high,
    )


def _day_between(chance: Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, (last - first).days))
