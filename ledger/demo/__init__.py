"""The invented clinic that the demo, the tests and new users work with."""

from __future__ import annotations

from collections import Counter
from typing import Final

from ledger.charts import Charts
from ledger.demo import generate, library
from ledger.intake import Intake
from ledger.store import Draft, Store
from ledger_client.appends import NewConsent, NewDocument, NewGrant, NewObservation, NewVisit

ORGANISATION: Final = "clinic"
"""The organisation that every patient of the demo has granted access."""
_CONSENT: Final = "demo-1"
_VERSION: Final = "demo-3"
_AUTHOR: Final = "demo clinic"


def load(store: Store) -> Counter[str]:
    """Load the whole clinic; the number of records by kind.

    One transaction for the hospitals and one for each patient. Every record has a fixed
    idempotency key, so a second load stores nothing and an interrupted one is completed.
    Raises ServiceError; IdempotencyConflict means that another version's clinic is there.
    """
    intake = Intake(store, Charts(store))
    hospitals = [
        intake.hospital(hospital, _AUTHOR, f"{_VERSION}:{hospital.id}")
        for hospital in library.hospitals()
    ]
    store.append(hospitals)
    loaded = Counter(draft.kind for draft in hospitals)
    conditions, profiles = library.conditions(), library.profiles()
    for patient in library.patients():
        key = f"{_VERSION}:{patient.card}"
        drafts = [
            intake.patient(patient, _AUTHOR, key),
            intake.consent(NewConsent(patient.card, True, _CONSENT), f"{key}:consent"),
            intake.grant(NewGrant(patient.card, ORGANISATION, True, True), f"{key}:grant"),
        ]
        items = generate.chart(patient, profiles[patient.card], conditions)
        for number, item in enumerate(items):
            drafts.append(_draft(intake, patient.card, item, f"{key}:{number}"))
        store.append(drafts)
        loaded.update(draft.kind for draft in drafts)
    return loaded


def _draft(intake: Intake, card: str, item: generate.Item, key: str) -> Draft:
    match item:
        case NewVisit():
            return intake.visit(item, key)
        case NewDocument():
            return intake.document(item, key)
        case NewObservation():
            return intake.observation(item, key)
        case _:
            return intake.record(card, item, _AUTHOR, key)
