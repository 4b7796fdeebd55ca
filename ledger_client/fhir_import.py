"""What FHIR R4B resources append to the ledger."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger_client.appends import NewDocument, NewObservation, NewPatient, NewVisit
from ledger_client.fhir import CARD, CODES, LOINC, POLICY, SNILS, VITALS, Resource


class NotImportable(ValueError):
    """A resource that the ledger's model can't hold; the text names its type and what lacks."""


def patient_in(made: Resource, consent: str) -> NewPatient:
    """The registration in a Patient resource; raises NotImportable."""
    known = {i.get("system"): i.get("value") for i in made.get("identifier", ())}
    names = made.get("name") or [{}]
    given = names[0].get("given") or [""]
    sex = {"male": "m", "female": "f"}.get(made.get("gender", ""))
    card = known.get(CARD)
    if not card or not names[0].get("family") or sex is None or not made.get("birthDate"):
        raise NotImportable("Patient: card number, family name, sex and birth date are needed")
    snils = known.get(SNILS)
    return NewPatient(
        card=card,
        last=names[0]["family"],
        first=given[0],
        middle=" ".join(given[1:]),
        sex=sex,  # type: ignore[arg-type]
        birth_date=date.fromisoformat(made["birthDate"]),
        consent=consent,
        snils="".join(c for c in snils if c.isdigit()) if snils else None,
        policy=known.get(POLICY),
    )


def record_in(made: Resource, card: str) -> NewVisit | NewObservation | NewDocument:
    """What a resource of the patient with this card appends; raises NotImportable."""
    kind = made.get("resourceType", "")
    try:
        match kind:
            case "Encounter":
                period = made["period"]
                ended = period.get("end")
                return NewVisit(
                    card,
                    made["serviceProvider"]["identifier"]["value"],
                    made["serviceType"]["text"],
                    made["reasonCode"][0]["text"],
                    made["participant"][0]["individual"]["display"],
                    date.fromisoformat(period["start"][:10]),
                    date.fromisoformat(ended[:10]) if ended else None,
                )
            case "Observation":
                quantities = [part["valueQuantity"] for part in made.get("component", ())]
                quantities = quantities or [made["valueQuantity"]]
                return NewObservation(
                    card,
                    _own_code(made["code"]),
                    tuple(Decimal(str(q["value"])) for q in quantities),
                    quantities[0]["code"],
                    datetime.fromisoformat(made["effectiveDateTime"]),
                    made["performer"][0]["display"],
                )
            case "DocumentReference":
                attachment = made["content"][0]["attachment"]
                text = base64.b64decode(attachment["data"]).decode()
                return NewDocument(
                    card,
                    made["custodian"]["identifier"]["value"],
                    _own_code(made["type"]),
                    attachment["title"],
                    date.fromisoformat(attachment["creation"][:10]),
                    made["author"][0]["display"],
                    text,
                    made["description"],
                )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        lacks = error.args[0] if isinstance(error, KeyError) else "a value"
        raise NotImportable(f"{kind}: {lacks} is missing or ill-formed") from None
    raise NotImportable(f"{kind}: this type is not taken in")


def _own_code(concept: Mapping[str, Any]) -> str:
    """The ledger's code in a concept, by its own coding or by LOINC; raises KeyError."""
    for coding in concept.get("coding", ()):
        if coding.get("system") == CODES:
            return str(coding["code"])
        for code, loinc in VITALS.items():
            if (coding.get("system"), coding.get("code")) == (LOINC, loinc):
                return code
    raise KeyError("code")
