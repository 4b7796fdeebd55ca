"""FHIR from the served ledger, validated; Bundles out and in; and a FHIR server not ours."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from ledger.__main__ import main
from ledger.charts import Charts
from ledger.intake import Intake
from ledger.server import credential, running
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient, exchange, fhir, fhir_import
from ledger_client.appends import NewObservation, NewPatient
from ledger_client.errors import LedgerError
from ledger_client.signing import SignedRequests

pytestmark = pytest.mark.slow

CARD = "1236"
SEKMET = os.environ.get("SEKMET") or shutil.which("sekmet")
FHIR_JSON = {"Accept": "application/fhir+json", "Content-Type": "application/fhir+json"}


class Clinic:
    def __init__(self, home: Path, url: str, token: str) -> None:
        self.home, self.url = home, url
        self.client = LedgerClient(url, token)
        self.auth = SignedRequests(credential(home, "box"))

    def get(self, path: str, accept: str, **query: str) -> requests.Response:
        headers = {"Accept": accept}
        return requests.get(
            self.url + path, params=query, headers=headers, auth=self.auth, timeout=10
        )


@pytest.fixture(scope="module")
def clinic(home: Path) -> Iterator[Clinic]:
    with running(home) as (url, token):
        made = Clinic(home, url, token)
        with closing(made.client):
            yield made


@contextmanager
def empty(tmp_path: Path) -> Iterator[LedgerClient]:
    """A ledger with the hospitals of the demo and nobody in it."""
    from ledger.demo import library

    with closing(Store(tmp_path / "empty")) as store:
        intake = Intake(store, Charts(store))
        store.append([intake.hospital(h, "test", h.id) for h in library.hospitals()])
    with running(tmp_path / "empty") as (url, token), LedgerClient(url, token) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "query", "kind"),
    [
        ("/patients", {"query": CARD}, "Patient"),
        ("/getHospitalVisits", {"patientId": CARD}, "Encounter"),
        (
            "/getDocumentsFromHospital",
            {"patientId": CARD, "hospitalId": "h10"},
            "DocumentReference",
        ),
        ("/observations", {"patientId": CARD, "limit": "30"}, "Observation"),
        ("/allergies", {"patientId": CARD}, "AllergyIntolerance"),
        ("/medications", {"patientId": CARD}, "MedicationStatement"),
        ("/diagnoses", {"patientId": CARD}, "Condition"),
    ],
)
@pytest.mark.parametrize("version", ["4.3", "5.0"])
def test_reads_answer_as_fhir_when_asked(
    clinic: Clinic, path: str, query: dict[str, str], kind: str, version: str
) -> None:
    plain = clinic.get(path, "application/json", **query).json()
    answer = clinic.get(path, f"application/fhir+json; fhirVersion={version}", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(
        f"application/fhir+json; fhirVersion={version}"
    )
    bundle = answer.json()
    assert bundle["total"] == len(bundle["entry"]) == len(plain["items"]) > 0
    assert {entry["resource"]["resourceType"] for entry in bundle["entry"]} == {kind}
    if kind == "Encounter" and version == "5.0":
        assert "actualPeriod" in bundle["entry"][0]["resource"]


def test_what_has_no_fhir_form_is_not_acceptable(clinic: Clinic) -> None:
    answer = clinic.get("/hospitals", "application/fhir+json")
    assert (answer.status_code, answer.json()["code"]) == (406, "media.unknown")


def test_identifiers_carry_the_russian_systems(clinic: Clinic) -> None:
    new = NewPatient(
        "7002",
        "Орлова",
        "Вера",
        "Ильинична",
        "f",
        datetime(1990, 5, 1, tzinfo=UTC).date(),
        "1",
        snils="11223344595",
        policy="7700001234567890",
    )
    clinic.client.register(new)
    found = clinic.get("/patients", "application/fhir+json", query="7002").json()
    identifiers = found["entry"][0]["resource"]["identifier"]
    assert {i["system"]: i["value"] for i in identifiers} == {
        "urn:clinic-ledger:card": "7002",
        "urn:oid:1.2.643.100.3": "11223344595",
        "urn:oid:1.2.643.2.69.1.1.1.6.228": "7700001234567890",
    }
    wrong = NewPatient(**{f: getattr(new, f) for f in new.__slots__} | {"snils": "11223344596"})
    with pytest.raises(LedgerError, match="refuses"):
        clinic.client.register(wrong)


def test_a_patient_goes_out_and_into_another_ledger(clinic: Clinic, tmp_path: Path) -> None:
    bundle = exchange.export(clinic.client, CARD)
    kept = [
        entry
        for entry in json.loads(bundle)["entry"]
        if entry["resource"]["resourceType"]
        in ("Patient", "Encounter", "Observation", "DocumentReference")
    ]
    parcel = json.dumps({"resourceType": "Bundle", "entry": kept}).encode()
    with empty(tmp_path) as other:
        receipts = exchange.take_in(other, parcel, "1")
        assert exchange.take_in(other, parcel, "1") == receipts
        visits = [replaced(v) for v in clinic.client.hospital_visits(CARD)]
        assert [replaced(v) for v in other.hospital_visits(CARD)] == visits
        values = [(o.code, o.values, o.taken) for o in clinic.client.observations(CARD)]
        assert [(o.code, o.values, o.taken) for o in other.observations(CARD)] == values
        hospital = other.hospital_visits(CARD)[0].hospital_id
        texts = {other.document(h.id).text for h in other.documents_from_hospital(hospital, CARD)}
        assert texts == {
            clinic.client.document(h.id).text
            for h in clinic.client.documents_from_hospital(hospital, CARD)
        }
    assert verify(tmp_path / "empty").intact


def replaced(visit: Any) -> Any:
    return (
        visit.hospital_id,
        visit.department,
        visit.reason,
        visit.doctor,
        visit.started,
        visit.ended,
    )


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "id": "1"},
        {"resourceType": "Claim", "subject": {"identifier": {"system": fhir.CARD, "value": "7"}}},
        {"resourceType": "Observation", "subject": {"reference": "Patient/unknown"}},
        {
            "resourceType": "Observation",
            "subject": {"identifier": {"system": fhir.CARD, "value": "7"}},
            "code": {"text": "что-то"},
        },
    ],
)
def test_what_can_not_be_held_is_refused_before_anything_is_stored(
    clinic: Clinic, resource: dict[str, Any]
) -> None:
    before = verify(clinic.home).records
    parcel = json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource}]}).encode()
    with pytest.raises(fhir_import.NotImportable):
        exchange.take_in(clinic.client, parcel, "1")
    with pytest.raises(fhir_import.NotImportable):
        exchange.take_in(clinic.client, b"[]", "1")
    assert verify(clinic.home).records <= before + 1


def test_the_command_writes_a_bundle(
    clinic: Clinic, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    arguments = ["fhir-export", "--url", clinic.url, "--card", CARD]
    assert main([*arguments, "--token-file", str(clinic.home / "token")]) == 0
    assert json.loads(capfdbinary.readouterr().out)["resourceType"] == "Bundle"


@contextmanager
def foreign_server(folder: Path) -> Iterator[str]:
    """The FHIR R4 server of sekmet-fhir, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert SEKMET is not None
    command = [SEKMET, "serve", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}/fhir"
        for _ in range(300):
            try:
                if requests.get(f"{url}/metadata", headers=FHIR_JSON, timeout=2).ok:
                    break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
@pytest.mark.skipif(SEKMET is None, reason="sekmet-fhir is not installed: make fhir")
def test_a_fhir_server_not_ours_takes_the_bundle_and_gives_it_back(
    clinic: Clinic, tmp_path: Path
) -> None:
    bundle = exchange.export(clinic.client, CARD)
    with foreign_server(tmp_path) as url:
        answer = requests.post(url, data=bundle, headers=FHIR_JSON, timeout=60)
        assert answer.status_code == 200, answer.text[:2000]
        statuses = {e["response"]["status"].split()[0] for e in answer.json()["entry"]}
        assert statuses <= {"200", "201"}
        found = requests.get(
            f"{url}/Patient",
            params={"identifier": f"{fhir.CARD}|{CARD}"},
            headers=FHIR_JSON,
            timeout=10,
        ).json()
        assert found["total"] == 1
        asked = {"subject": f"Patient/{CARD}", "_count": "1000"}
        back = requests.get(
            f"{url}/Observation", params=asked, headers=FHIR_JSON, timeout=30
        ).json()
        ours = clinic.client.observations(CARD)
        taken = [fhir_import.record_in(entry["resource"], CARD) for entry in back["entry"]]
        theirs = {(o.code, o.values, o.taken) for o in taken if isinstance(o, NewObservation)}
        assert theirs == {(o.code, o.values, o.taken) for o in ours}
