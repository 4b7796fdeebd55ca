"""Whole patients out of the ledger and into it, as FHIR Bundles; needs the extra ``fhir``."""

from __future__ import annotations

import json
from typing import Any, Final

from ledger_client import LedgerClient, fhir
from ledger_client.errors import PatientNotFound
from ledger_client.fhir_import import NotImportable, patient_in, record_in
from ledger_client.messages import Receipt
from ledger_client.sealed import canonical, content_digest

_AT_ONCE: Final = 500


def export(client: LedgerClient, card: str, release: fhir.Release = "R4B") -> bytes:
    """Everything about a patient that FHIR can say, as a transaction Bundle.

    Raises LedgerError, PatientNotFound for a card that the account may not see.
    """
    patient = next((p for p in client.patients(card) if p.card == card), None)
    if patient is None:
        raise PatientNotFound("No such patient is on the list.", "Ask for the card number again.")
    visits = client.hospital_visits(card)
    headers = [
        header
        for hospital in dict.fromkeys(visit.hospital_id for visit in visits)
        for header in client.documents_from_hospital(hospital, card)
    ]
    messages: list[object] = [
        patient,
        *visits,
        *(client.document(header.id) for header in headers),
        *client.observations(card),
        *client.allergies(card),
        *client.medications(card),
        *client.diagnoses(card),
    ]
    made = [fhir.resource(message, card) for message in messages]
    return fhir.bundle(made, release, "transaction")


def take_in(client: LedgerClient, bundle: bytes, consent: str) -> list[Receipt]:
    """Store the patients, visits, values and documents of an R4B Bundle, signed by the account.

    ``consent`` is the version of the text that new patients agreed to. The same Bundle is
    stored once however often it comes. Raises NotImportable before anything is stored,
    LedgerError.
    """
    try:
        found: list[dict[str, Any]] = [e["resource"] for e in json.loads(bundle)["entry"]]
        key = content_digest(canonical(found))
    except (ValueError, KeyError, TypeError):
        raise NotImportable("Bundle: not JSON with entries") from None
    patients = [patient_in(r, consent) for r in found if r.get("resourceType") == "Patient"]
    cards = {
        f"Patient/{r.get('id')}": p.card
        for r, p in zip(
            (r for r in found if r.get("resourceType") == "Patient"), patients, strict=True
        )
    }
    records = [record_in(r, _card(r, cards)) for r in found if r.get("resourceType") != "Patient"]
    receipts: list[Receipt] = []
    for patient in patients:
        receipts += client.register(patient, f"fhir:{key}:{patient.card}")
    for start in range(0, len(records), _AT_ONCE):
        part = records[start : start + _AT_ONCE]
        receipts += client.append_together(part, f"fhir:{key}:{start}")
    return receipts


def _card(resource: dict[str, Any], cards: dict[str, str]) -> str:
    """The card of the patient that a resource is about, by reference or identifier."""
    subject = resource.get("subject") or {}
    if subject.get("reference") in cards:
        return cards[subject["reference"]]
    identifier = subject.get("identifier") or {}
    if identifier.get("system") == fhir.CARD and identifier.get("value"):
        return str(identifier["value"])
    raise NotImportable(f"{resource.get('resourceType')}: its patient is not named")
