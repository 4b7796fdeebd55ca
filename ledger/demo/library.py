"""The invented clinic's facts: roster, conditions and who has which, read from this package."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

import yaml

from ledger_client.messages import Hospital, Patient

_PACKAGE: Final = files("ledger.demo")


@dataclass(frozen=True, slots=True)
class Medicine:
    """What a condition is treated with; ``unit`` and ``schedule`` are Russian."""

    name: str
    dose: Decimal
    unit: str
    schedule: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A diagnosis with all that follows from it."""

    icd: str
    name: str
    department: str
    reason: str
    medicines: tuple[Medicine, ...]
    panel: tuple[str, ...]
    """Laboratory results taken at each visit."""
    forms: tuple[str, ...]
    """Types of documents that are written from the visit's data."""
    documents: dict[str, tuple[str, str]]
    """Types of documents with a text and a conclusion of their own."""
    shifts: dict[str, tuple[Decimal, ...]]
    """What is added to a healthy person's values."""
    acute: bool
    inpatient: bool
    recent: bool
    """Whether all its visits lie in the last months."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What one patient has, and at which hospital it is treated."""

    has: tuple[tuple[str, str], ...]
    """Pairs of a condition's key and a hospital's id."""
    allergies: tuple[tuple[str, str, str], ...]
    """Substance, reaction, severity."""


def patients() -> tuple[Patient, ...]:
    """The demo roster."""
    return tuple(
        Patient(**row | {"birth_date": date.fromisoformat(row["birth_date"])})
        for row in _table("patients.csv")
    )


def hospitals() -> tuple[Hospital, ...]:
    """The demo's hospitals."""
    return tuple(
        Hospital(row["id"], row["name"], tuple(row["aliases"].split(";")))
        for row in _table("hospitals.csv")
    )


def conditions() -> dict[str, Condition]:
    """All conditions by key."""
    return {key: _condition(entry) for key, entry in _yaml("conditions.yml").items()}


def profiles() -> dict[str, Profile]:
    """All profiles by card."""
    return {
        card: Profile(
            has=tuple((pair.split("@")[0], pair.split("@")[1]) for pair in entry["has"]),
            allergies=tuple(tuple(allergy) for allergy in entry.get("allergies", ())),
        )
        for card, entry in _yaml("profiles.yml").items()
    }


def _condition(entry: dict[str, Any]) -> Condition:
    return Condition(
        icd=entry["icd"][0],
        name=entry["icd"][1],
        department=entry["department"],
        reason=entry["reason"],
        medicines=tuple(
            Medicine(name, Decimal(str(dose)), unit, schedule)
            for name, dose, unit, schedule in entry["medicines"]
        ),
        panel=tuple(entry["panel"]),
        forms=tuple(entry["forms"]),
        documents={kind: (text[0], text[1]) for kind, text in entry["documents"].items()},
        shifts={
            code: tuple(Decimal(str(shift)) for shift in shifts)
            for code, shifts in entry.get("shifts", {}).items()
        },
        acute=entry.get("course") == "acute",
        inpatient=entry.get("inpatient", False),
        recent=entry.get("recent", False),
    )


def _table(name: str) -> list[dict[str, Any]]:
    return list(csv.DictReader((_PACKAGE / name).read_text(encoding="utf-8").splitlines()))


def _yaml(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((_PACKAGE / name).read_text(encoding="utf-8"))
    return content
