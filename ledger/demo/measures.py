"""Plausible values by sex, age and diagnosis, with the laboratory's reference ranges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Final

from ledger.demo.library import Condition
from ledger_client.messages import Patient

VITALS: Final = ("blood_pressure", "heart_rate", "temperature", "spo2", "respiratory_rate")

_RANGES: Final = {
    # code: (low, high) for men, (low, high) for women, decimals
    "glucose": (("3.9", "6.1"), ("3.9", "6.1"), 1),
    "haemoglobin": (("130", "160"), ("120", "150"), 0),
    "hba1c": (("4.0", "6.0"), ("4.0", "6.0"), 1),
    "creatinine": (("64", "111"), ("53", "97"), 0),
    "cholesterol": (("3.0", "5.2"), ("3.0", "5.2"), 1),
    "potassium": (("3.5", "5.1"), ("3.5", "5.1"), 1),
    "leukocytes": (("4.0", "9.0"), ("4.0", "9.0"), 1),
    "platelets": (("150", "400"), ("150", "400"), 0),
    "esr": (("2", "15"), ("2", "20"), 0),
    "crp": (("0", "5.0"), ("0", "5.0"), 1),
    "troponin": (("0", "14"), ("0", "14"), 0),
    "ejection_fraction": (("55", "70"), ("55", "70"), 0),
}
_ACUTE: Final = {"leukocytes": Decimal("5.5"), "crp": Decimal(38), "esr": Decimal(16)}
_FEVER: Final = frozenset({"J18.9", "J06.9", "N10", "K35.8"})
_INFLAMED: Final = _FEVER | {"K80.1"}


@dataclass(frozen=True, slots=True)
class Reading:
    """Values with the reference range, which vital signs do not have."""

    values: tuple[Decimal, ...]
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def deviation(self) -> str | None:
        """Russian words for a result outside its range."""
        if self.high is not None and self.values[0] > self.high:
            return "выше нормы"
        if self.low is not None and self.values[0] < self.low:
            return "ниже нормы"
        return None


class Body:
    """One patient's values: a personal base line, shifted by the conditions."""

    def __init__(self, patient: Patient, chronic: Iterable[Condition], chance: Random) -> None:
        self._woman = patient.sex == "f"
        self._birth = patient.birth_date
        self._shifts: dict[str, list[tuple[Decimal, ...]]] = {}
        for condition in chronic:
            for code, shift in condition.shifts.items():
                self._shifts.setdefault(code, []).append(shift)
        self._chance = chance
        self._pressure = (chance.gauss(0, 5), chance.gauss(0, 3))
        self._pulse = chance.gauss(70, 4)
        self._adult_height = round(chance.gauss(164 if self._woman else 177, 5))
        self._index = chance.gauss(24.5, 2.0)
        self._level = {code: chance.uniform(0.35, 0.65) for code in _RANGES}

    def vital(self, code: str, day: date, acute: Condition | None = None) -> Reading:
        """A vital sign on ``day``; ``acute`` is what brings the patient in."""
        chance, age = self._chance, (day - self._birth).days / 365.25
        fever = acute is not None and acute.icd in _FEVER
        match code:
            case "blood_pressure":
                systolic = 112 + max(0.0, age - 25) * 0.22 + self._pressure[0] + chance.gauss(0, 4)
                diastolic = 71 + min(age, 60) * 0.1 + self._pressure[1] + chance.gauss(0, 3)
                shift = self._shift(code, 2)
                # treatment keeps several causes from adding up in full
                top, bottom = min(shift[0], Decimal(28)), min(shift[1], Decimal(12))
                return Reading((_round(systolic) + top, _round(diastolic) + bottom))
            case "heart_rate":
                value = self._pulse + chance.gauss(0, 4) + (16 if fever else 0)
            case "temperature":
                value = chance.uniform(37.9, 39.1) if fever else chance.gauss(36.6, 0.13)
                return Reading((_round(value, 1),))
            case "spo2":
                value = min(99.0, chance.gauss(97.8, 0.6)) - (2 if fever else 0)
                return Reading((min(_round(value) + self._shift(code, 1)[0], Decimal(100)),))
            case "respiratory_rate":
                value = chance.gauss(15.5, 1) + (3 if fever else 0)
            case "height":
                return Reading((self._height(age),))
            case "weight":
                metres = self._height(age) / 100
                lean = Decimal(str(max(0.0, 18 - age) * 0.7))
                index = Decimal(str(self._index)) - lean + Decimal(str(chance.gauss(0, 0.2)))
                return Reading((_round(index * metres * metres + self._shift(code, 1)[0], 1),))
            case _:
                raise ValueError(f"{code} is no vital sign")
        return Reading((_round(value) + self._shift(code, 1)[0],))

    def result(self, code: str, acute: Condition | None = None) -> Reading:
        """A laboratory result with its reference range."""
        men, women, places = _RANGES[code]
        low, high = (Decimal(bound) for bound in (women if self._woman else men))
        level = self._level[code] + self._chance.gauss(0, 0.06)
        value = low + (high - low) * Decimal(str(level)) + self._shift(code, 1)[0]
        if acute is not None and acute.icd in _INFLAMED and code in _ACUTE:
            value += _ACUTE[code] * Decimal(str(self._chance.uniform(0.6, 1.4)))
        return Reading((_round(value, places),), low if low else None, high)

    def _height(self, age: float) -> Decimal:
        missing = max(0.0, 17 - age) * 4.5
        return _round(self._adult_height - missing)

    def _shift(self, code: str, count: int) -> tuple[Decimal, ...]:
        shifts = self._shifts.get(code, [])
        return tuple(sum((shift[i] for shift in shifts), Decimal(0)) for i in range(count))


def _round(value: float | Decimal, places: int = 0) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places))
