"""The invented clinic is complete, plausible, and loads the same however often it is loaded."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from ledger_samples import sqlite_of

from ledger import demo
from ledger.demo import generate, library
from ledger.demo.doctors import doctor
from ledger.errors import LedgerFull
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

CARDS = [patient.card for patient in library.patients()]
WOMEN_ONLY = ("pregnancy", "childbirth", "fibroid", "breast_cancer")
MEN_ONLY = ("prostate", "prostate_cancer", "military_checkup")


def test_the_roster_is_whole(client: LedgerClient) -> None:
    assert {patient.card for patient in client.patients()} == set(CARDS) == set(library.profiles())
    assert len(CARDS) == 38
    assert set(client.hospitals()) == set(library.hospitals())
    visited = {visit.hospital_id for card in CARDS for visit in client.hospital_visits(card)}
    assert visited == {hospital.id for hospital in library.hospitals()}


@pytest.mark.slow
def test_every_patient_has_a_full_chart(client: LedgerClient) -> None:
    types = set()
    for card in CARDS:
        visits = client.hospital_visits(card)
        hospitals = {visit.hospital_id for visit in visits}
        assert len(hospitals) >= 2
        assert all(date(2023, 11, 1) <= v.started <= generate.TODAY for v in visits)
        assert all(v.ended is None or v.started <= v.ended <= generate.TODAY for v in visits)
        for hospital in hospitals:
            documents = client.documents_from_hospital(hospital, card)
            assert documents
            types |= {document.type for document in documents}
        assert client.diagnoses(card)
        assert {o.code for o in client.observations(card, since=generate.TODAY)} == {
            "blood_pressure",
            "heart_rate",
            "temperature",
            "spo2",
            "respiratory_rate",
        }
        assert client.observations(card, category="laboratory")
    assert types == set(DOCUMENT_TYPES)
    assert any(not client.allergies(card) for card in CARDS)


def test_the_patients_of_the_demo_have_been_where_the_demo_asks(client: LedgerClient) -> None:
    for card in ("1235", "1236"):
        hospitals = {visit.hospital_id for visit in client.hospital_visits(card)}
        assert len(hospitals) >= 3
        assert hospitals >= {"h1", "h10"}
        assert all(client.documents_from_hospital(hospital, card) for hospital in hospitals)


def test_every_quantity_is_measured_and_within_what_a_body_allows(client: LedgerClient) -> None:
    allowed = {
        "blood_pressure": (55, 180),
        "heart_rate": (45, 115),
        "temperature": (36, 40),
        "spo2": (88, 100),
        "height": (150, 200),
        "weight": (45, 110),
        "haemoglobin": (80, 165),
        "potassium": (3, 6),
        "ejection_fraction": (35, 70),
    }
    seen = set()
    for card in CARDS:
        for item in client.observations(card):
            seen.add(item.code)
            low, high = allowed.get(item.code, (0, 400))
            assert all(low <= value <= high for value in item.values), item
            if item.code == "blood_pressure":
                assert item.values[0] > item.values[1] + 15
            assert (item.high is not None) == (item.category == "laboratory")
    assert seen == set(OBSERVATIONS)


def test_conditions_fit_sex_and_age() -> None:
    profiles = library.profiles()
    for patient in library.patients():
        age = 2026 - patient.birth_date.year
        for condition, hospital in profiles[patient.card].has:
            assert not (condition in WOMEN_ONLY and patient.sex == "m")
            assert not (condition in MEN_ONLY and patient.sex == "f")
            assert condition not in ("pregnancy", "childbirth") or 18 <= age <= 42
            assert condition not in ("prostate", "cataract", "stroke", "infarction") or age >= 50
            assert hospital != "h8" or age < 18
            assert hospital != "h16" or (patient.sex == "f" and 18 <= age <= 42)
        if age < 18:
            assert "checkup" not in dict(profiles[patient.card].has)


def test_no_medicine_meets_an_allergy_to_it(client: LedgerClient) -> None:
    for card in CARDS:
        names = {medicine.name.casefold() for medicine in client.medications(card)}
        substances = {allergy.substance.casefold() for allergy in client.allergies(card)}
        assert not names & substances
        if "пенициллин" in substances:
            assert not any("амоксициллин" in name for name in names)


def test_doctors_have_one_gender_and_stay_the_same() -> None:
    departments = {condition.department for condition in library.conditions().values()}
    for hospital in library.hospitals():
        for department in departments:
            name = doctor(hospital.id, department)
            last, first, patronymic = name.split()
            assert last.endswith("а") == first.endswith(("а", "я")) == patronymic.endswith("на")
            assert doctor(hospital.id, department) == name


@pytest.mark.slow
def test_a_second_load_adds_nothing_and_an_interrupted_one_is_completed(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        sqlite_of(store).execute("PRAGMA max_page_count = 400")
        with pytest.raises(LedgerFull):
            demo.load(store)
        partly = verify(tmp_path)
        assert partly.intact
        sqlite_of(store).execute("PRAGMA max_page_count = 100000")
        loaded = demo.load(store).total()
        assert 0 < partly.records < loaded
        demo.load(store)
    verdict = verify(tmp_path)
    assert verdict.intact
    assert verdict.records == loaded
