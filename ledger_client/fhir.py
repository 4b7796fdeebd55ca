"""The ledger's messages as HL7 FHIR resources; needs the extra ``fhir``.

R4B is what is built; R5 differs in a few elements and is made from it. Every resource is
validated by ``fhir.resources`` before it leaves. The card number has a system of this ledger,
since it means nothing elsewhere.

СНИЛС carries its OID of the Russian arc, 1.2.643.100.3, which certificates (SNILS in OpenSSL's
crypto/objects/objects.txt, pull request 8307) and the CDA documents of ЕГИСЗ use. For the полис
ОМС of the uniform form no such OID was found: 1.2.643.2.69.1.1.1.6.228 is number 228 of the
directory of documents of N3.Health, as the hospital systems that exchange FHIR with it send it
(there СНИЛС is number 223). HL7 Russia's RuCore guide has URLs for both instead:
https://fhir.ru/ig/core/systems/snils and https://fhir.ru/ig/core/systems/oms.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final, Literal

from ledger_client.messages import (
    Allergy,
    Diagnosis,
    Document,
    DocumentHeader,
    Medication,
    Observation,
    Patient,
    Visit,
)

Release = Literal["R4B", "R5"]
MEDIA_TYPE: Final = "application/fhir+json"
CARD: Final = "urn:clinic-ledger:card"
SNILS: Final = "urn:oid:1.2.643.100.3"
POLICY: Final = "urn:oid:1.2.643.2.69.1.1.1.6.228"
CODES: Final = "urn:clinic-ledger:code"
_HOSPITALS: Final = "urn:clinic-ledger:hospital"
_RECORDS: Final = "urn:clinic-ledger:record"
_UCUM: Final = "http://unitsofmeasure.org"
LOINC: Final = "http://loinc.org"
_ICD: Final = "http://hl7.org/fhir/sid/icd-10"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
VITALS: Final = {
    "blood_pressure": "85354-9",
    "heart_rate": "8867-4",
    "temperature": "8310-5",
    "spo2": "59408-5",
    "respiratory_rate": "9279-1",
    "height": "8302-2",
    "weight": "29463-7",
}
_PRESSURES: Final = ("8480-6", "8462-4")
"""LOINC of systolic and diastolic pressure."""

Resource = dict[str, Any]


def resource(message: object, card: str) -> Resource:
    """One message about the patient with this card, as an R4B resource; ValueError for others."""
    match message:
        case Patient():
            return _patient(message)
        case Visit():
            return _encounter(message, card)
        case Document():
            return _document(message.header, message)
        case DocumentHeader():
            return _document(message, None)
        case Observation():
            return _observation(message, card)
        case Allergy():
            return _allergy(message, card)
        case Medication():
            return _medication(message, card)
        case Diagnosis():
            return _condition(message, card)
        case _:
            raise ValueError("no FHIR resource stands for this message")


def bundle(
    resources: Iterable[Resource], release: Release = "R4B", kind: str = "searchset"
) -> bytes:
    """A validated Bundle as JSON; kind ``transaction`` can be posted to a FHIR server."""
    entries = []
    for made in resources:
        entry: Resource = {"resource": made if release == "R4B" else _as_r5(made)}
        if kind == "transaction":
            entry["request"] = {"method": "POST", "url": made["resourceType"]}
            if "id" in made:
                entry["request"] = {
                    "method": "PUT",
                    "url": f"{made['resourceType']}/{made['id']}",
                }
        entries.append(entry)
    whole: Resource = {"resourceType": "Bundle", "type": kind, "entry": entries}
    if kind == "searchset":
        whole["total"] = len(entries)
    package = "fhir.resources.R4B" if release == "R4B" else "fhir.resources"
    model = import_module(f"{package}.bundle").Bundle
    return json.dumps(
        json.loads(model.model_validate(whole).model_dump_json(exclude_none=True)),
        ensure_ascii=False,
    ).encode()


def one(made: Resource, release: Release = "R4B") -> bytes:
    """A single validated resource as JSON."""
    return json.dumps(json.loads(bundle([made], release))["entry"][0]["resource"]).encode()


def _patient(patient: Patient) -> Resource:
    identifiers = [(CARD, patient.card), (SNILS, patient.snils), (POLICY, patient.policy)]
    return {
        "resourceType": "Patient",
        "id": patient.card,
        "identifier": [{"system": s, "value": v} for s, v in identifiers if v],
        "name": [
            {
                "use": "official",
                "family": patient.last,
                "given": [part for part in (patient.first, patient.middle) if part],
            }
        ],
        "gender": {"m": "male", "f": "female"}[patient.sex],
        "birthDate": patient.birth_date.isoformat(),
    }


def _encounter(visit: Visit, card: str) -> Resource:
    stay = visit.ended is not None and visit.ended != visit.started
    period = {"start": visit.started.isoformat()}
    if visit.ended is not None:
        period["end"] = visit.ended.isoformat()
    return {
        "resourceType": "Encounter",
        **_identified(visit.id),
        "status": "finished" if visit.ended else "unknown",
        "class": {"system": f"{_TERMS}/v3-ActCode", "code": "IMP" if stay else "AMB"},
        "subject": _subject(card),
        "serviceType": {"text": visit.department},
        "reasonCode": [{"text": visit.reason}],
        "participant": [{"individual": {"display": visit.doctor}}],
        "period": period,
        "serviceProvider": _hospital(visit.hospital_id, visit.hospital_name),
    }


def _document(header: DocumentHeader, document: Document | None) -> Resource:
    attachment = {
        "contentType": "text/plain; charset=utf-8",
        "language": "ru",
        "title": header.title,
        "creation": header.created.isoformat(),
    }
    made: Resource = {
        "resourceType": "DocumentReference",
        **_identified(header.id),
        "status": "current",
        "type": _code(header.type, header.title),
        "subject": _subject(header.patient_id),
        "author": [{"display": header.author}],
        "custodian": _hospital(header.hospital_id, header.hospital_name),
        "content": [{"attachment": attachment}],
    }
    if document is not None:
        attachment["data"] = base64.b64encode(document.text.encode()).decode()
        made["description"] = document.conclusion
    return made


def _observation(observation: Observation, card: str) -> Resource:
    category = "vital-signs" if observation.category == "vital" else "laboratory"
    made: Resource = {
        "resourceType": "Observation",
        **_identified(observation.id),
        "status": "final",
        "category": [{"coding": [{"system": f"{_TERMS}/observation-category", "code": category}]}],
        "code": _code(observation.code, observation.code, VITALS.get(observation.code)),
        "subject": _subject(card),
        "effectiveDateTime": observation.taken.isoformat(),
        "performer": [{"display": observation.source}],
    }
    quantities = [
        {"value": float(v), "unit": observation.unit, "system": _UCUM, "code": observation.unit}
        for v in observation.values
    ]
    if len(quantities) == 2:
        made["component"] = [
            {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": quantity}
            for code, quantity in zip(_PRESSURES, quantities, strict=True)
        ]
    else:
        made["valueQuantity"] = quantities[0]
    limits = {"low": observation.low, "high": observation.high}
    given = {k: {"value": float(v), "code": observation.unit} for k, v in limits.items() if v}
    if given:
        made["referenceRange"] = [given]
    return made


def _allergy(allergy: Allergy, card: str) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": _status("allergyintolerance-clinical", "active"),
        "patient": _subject(card),
        "code": {"text": allergy.substance},
        "recordedDate": allergy.recorded.isoformat(),
        "reaction": [{"manifestation": [{"text": allergy.reaction}], "severity": allergy.severity}],
    }


def _medication(medication: Medication, card: str) -> Resource:
    return {
        "resourceType": "MedicationStatement",
        "status": "active" if medication.active else "completed",
        "medicationCodeableConcept": {"text": medication.name},
        "subject": _subject(card),
        "effectivePeriod": {"start": medication.since.isoformat()},
        "dosage": [
            {
                "text": medication.schedule,
                "doseAndRate": [
                    {"doseQuantity": {"value": float(medication.dose), "unit": medication.unit}}
                ],
            }
        ],
    }


def _condition(diagnosis: Diagnosis, card: str) -> Resource:
    return {
        "resourceType": "Condition",
        "clinicalStatus": _status(
            "condition-clinical", "active" if diagnosis.active else "resolved"
        ),
        "code": {"coding": [{"system": _ICD, "code": diagnosis.code}], "text": diagnosis.name},
        "subject": _subject(card),
        "recordedDate": diagnosis.recorded.isoformat(),
    }


def _as_r5(made: Resource) -> Resource:
    """The R5 form of an R4B resource that this module makes."""
    new = dict(made)
    match made["resourceType"]:
        case "Encounter":
            new["class"] = [{"coding": [made["class"]]}]
            new["status"] = {"finished": "completed"}.get(made["status"], made["status"])
            new["actualPeriod"] = new.pop("period")
            new["serviceType"] = [{"concept": made["serviceType"]}]
            new["reason"] = [{"value": [{"concept": r}]} for r in new.pop("reasonCode")]
            new["participant"] = [{"actor": p["individual"]} for p in made["participant"]]
        case "MedicationStatement":
            new["medication"] = {"concept": new.pop("medicationCodeableConcept")}
            new["status"] = "recorded"
        case "AllergyIntolerance":
            new["reaction"] = [
                {**r, "manifestation": [{"concept": m} for m in r["manifestation"]]}
                for r in made["reaction"]
            ]
    return new


def _identified(record_id: str) -> Resource:
    return {"id": record_id, "identifier": [{"system": _RECORDS, "value": record_id}]}


def _subject(card: str) -> Resource:
    return {"reference": f"Patient/{card}", "identifier": {"system": CARD, "value": card}}


def _hospital(hospital_id: str, name: str) -> Resource:
    return {"identifier": {"system": _HOSPITALS, "value": hospital_id}, "display": name}


def _code(code: str, text: str, loinc: str | None = None) -> Resource:
    codings = [{"system": CODES, "code": code}]
    if loinc:
        codings.append({"system": LOINC, "code": loinc})
    return {"coding": codings, "text": text}


def _status(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{_TERMS}/{system}", "code": code}]}
