"""The REST service as its clients and its operators meet it."""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from ledger_samples import CARDS, allow, fill, notes, process, sqlite_of

from ledger.__main__ import main
from ledger.charts import Charts
from ledger.server import running
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.errors import LedgerError
from ledger_client.signing import Credential, SignedRequests

UNKNOWN = "8800000000000088"


class Rest:
    """Plain HTTP, signed by one account."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.auth = SignedRequests(Credential.parse(token))

    def get(self, path: str, **parameters: str) -> requests.Response:
        return requests.get(self.url + path, params=parameters, auth=self.auth, timeout=10)

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return requests.post(
            self.url + path, data=data, headers=headers, auth=self.auth, timeout=10
        )


@pytest.fixture(scope="module")
def rest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    home = tmp_path_factory.mktemp("service")
    with closing(Store(home)) as store:
        fill(store)
        allow(store)
    with running(home) as (url, token):
        yield Rest(url, token)


def problem(response: requests.Response) -> tuple[int, str, str | None]:
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Ledger-Api-Version"] == "1"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["type"].endswith(body["code"])
    return response.status_code, body["code"], body.get("parameter")


def test_only_health_is_open(rest: Rest) -> None:
    answer = requests.get(rest.url + "/health", timeout=10)
    assert answer.json() == {"status": "ok", "apiVersion": "1"}
    assert answer.headers["Ledger-Api-Version"] == "1"
    document = requests.get(rest.url + "/openapi.json", timeout=10).json()
    assert document["openapi"] == "3.1.0"
    for path in ("/patients", "/accounts", "/verify", "/blocks"):
        refused = requests.get(rest.url + path, timeout=10)
        assert problem(refused) == (401, "auth.invalid", None)
        assert refused.headers["WWW-Authenticate"] == "Ledger-Signature"


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("/getHospitalVisits", {"patientId": UNKNOWN}, (404, "patient.unknown", None)),
        ("/getHospitalVisits", {}, (422, "parameter.invalid", "patientId")),
        ("/getHospitalVisits", {"patientId": "1 or 1"}, (422, "parameter.invalid", "patientId")),
        ("/getHospitalVisits", {"patientId": "١٢"}, (422, "parameter.invalid", "patientId")),
        ("/getHospitalVisits", {"patientId": "12\n"}, (422, "parameter.invalid", "patientId")),
        (
            "/getHospitalVisits",
            {"patientId": CARDS[0], "since": "2026-01-01"},
            (422, "parameter.invalid", None),
        ),
        (
            "/getDocumentsFromHospital",
            {"patientId": CARDS[0], "hospitalId": "h404"},
            (404, "hospital.unknown", None),
        ),
        ("/getDocument", {"documentId": "0" * 32}, (404, "document.unknown", None)),
        ("/getDocument", {"documentId": "../etc"}, (422, "parameter.invalid", "documentId")),
        (
            "/observations",
            {"patientId": CARDS[0], "since": "2026-02-30"},
            (422, "parameter.invalid", "since"),
        ),
        (
            "/observations",
            {"patientId": CARDS[0], "limit": "0"},
            (422, "parameter.invalid", "limit"),
        ),
        (
            "/observations",
            {"patientId": CARDS[0], "category": "x"},
            (422, "parameter.invalid", "category"),
        ),
        ("/nothing", {}, (404, "path.unknown", None)),
        ("/visits", {}, (405, "method.unknown", None)),
    ],
)
def test_a_bad_read_is_a_problem_with_a_code(
    rest: Rest, path: str, parameters: dict[str, str], expected: tuple[int, str, str | None]
) -> None:
    assert problem(rest.get(path, **parameters)) == expected


def test_a_parameter_given_twice_is_refused(rest: Rest) -> None:
    path = f"/getHospitalVisits?patientId={CARDS[0]}&patientId={CARDS[1]}"
    assert problem(rest.get(path)) == (422, "parameter.invalid", None)


@pytest.mark.parametrize(
    ("change", "status", "code", "parameter"),
    [
        ({"code": "mood"}, 422, "body.invalid", "code"),
        ({"unit": "Cel"}, 422, "body.invalid", "unit"),
        ({"values": ["120"]}, 422, "body.invalid", "values"),
        ({"values": ["NaN", "80"]}, 422, "body.invalid", "values.0"),
        ({"values": ["1e999999", "80"]}, 422, "body.invalid", "values.0"),
        ({"taken": "2026-11-21T10:00:00"}, 422, "body.invalid", "taken"),
        ({"patientId": UNKNOWN}, 404, "patient.unknown", None),
        ({"patientId": "x"}, 422, "body.invalid", "patientId"),
        ({"source": ""}, 422, "body.invalid", "source"),
    ],
)
def test_a_bad_observation_is_refused(
    rest: Rest, change: dict[str, Any], status: int, code: str, parameter: str | None
) -> None:
    body = {
        "patientId": CARDS[0],
        "code": "blood_pressure",
        "values": ["120", "80"],
        "unit": "mm[Hg]",
        "taken": "2026-11-21T10:00:00+03:00",
        "source": "Ершова И. Б.",
    }
    assert problem(rest.post("/observations", body | change)) == (status, code, parameter)


def test_a_body_that_is_no_record_is_refused(rest: Rest) -> None:
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        assert problem(rest.post("/notes", body))[:2] == (422, "body.invalid")
    assert problem(rest.post("/notes", b" " * (1 << 20) + b"{}"))[:2] == (413, "body.too_large")


def test_visits_and_documents_are_appended_once_and_read_back(
    clinic: tuple[str, str], client: LedgerClient
) -> None:
    rest = Rest(*clinic)
    visit = {
        "patientId": "42",
        "hospitalId": "h9",
        "department": "Терапия",
        "reason": "Кашель",
        "doctor": "Ершова Инна Борисовна",
        "started": "2026-11-20",
    }
    document = {
        "patientId": "42",
        "hospitalId": "h9",
        "type": "consultation",
        "title": "Заключение",
        "created": "2026-11-20",
        "author": "Ершова Инна Борисовна",
        "text": "Дыхание чистое.",
        "conclusion": "Здорова.",
    }
    for path, body, key in (("/visits", visit, "one"), ("/documents", document, "two")):
        first = rest.post(path, body, **{"Idempotency-Key": key})
        assert first.status_code == 201
        assert rest.post(path, body, **{"Idempotency-Key": key}).json() == first.json()
    reused = rest.post("/documents", document, **{"Idempotency-Key": "one"})
    assert problem(reused) == (422, "idempotency.conflict", None)
    visits = client.hospital_visits("42")
    assert [v.hospital_name for v in visits if v.reason == "Кашель"] == ["Поликлиника №5"]
    stored = client.document(first.json()["recordId"])
    assert (stored.text, stored.conclusion) == ("Дыхание чистое.", "Здорова.")
    assert problem(rest.post("/visits", visit | {"hospitalId": "h404"}))[1] == "hospital.unknown"
    assert problem(rest.post("/visits", visit | {"ended": "2026-11-01"}))[2] == "ended"
    assert problem(rest.post("/documents", document | {"type": "novel"}))[2] == "type"


def test_the_chain_and_its_verdict_hold_no_patient_data(rest: Rest) -> None:
    headers = rest.get("/chain", patientId=CARDS[0]).json()["items"]
    assert [header["sequence"] for header in headers] == [1, 2, 3, 4, 5, 6, 7]
    assert headers[0]["previous"] == "0" * 64
    verdict = rest.get("/verify")
    assert verdict.json()["findings"] == []
    assert verdict.json()["records"] >= 15 + 6 + 2
    assert CARDS[0] not in verdict.text + json.dumps(headers)


def test_damage_is_refused_and_reported(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store, running(tmp_path) as (url, token):
        fill(store)
        allow(store)
        rest = Rest(url, token)
        assert rest.get("/notes", patientId=CARDS[0]).status_code == 200
        sqlite_of(store).execute("DELETE FROM records WHERE sequence = 5 AND kind = 'note'")
        refused = rest.get("/notes", patientId=CARDS[1])
        assert problem(refused) == (500, "record.unverified", None)
        findings = rest.get("/verify").json()["findings"]
        assert {finding["damage"] for finding in findings} == {"dropped"}


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store(tmp_path)) as store:
        fill(store)
        allow(store)
    opened: list[Store] = []
    original = Store.__init__

    def remembered(self: Store, home: Path) -> None:
        original(self, home)
        opened.append(self)

    monkeypatch.setattr(Store, "__init__", remembered)
    with running(tmp_path) as (url, token):
        pages = sqlite_of(opened[0]).execute("PRAGMA page_count").fetchone()[0]
        sqlite_of(opened[0]).execute(f"PRAGMA max_page_count = {pages}")
        note = {
            "patientId": CARDS[0],
            "text": "Осмотр. " * 2000,
            "author": "Ершова",
            "written": "2026-11-21T10:00:00+03:00",
        }
        assert problem(Rest(url, token).post("/notes", note)) == (507, "ledger.full", None)


def test_an_unforeseen_error_is_logged_without_its_text(
    rest: Rest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Charts, card: str) -> None:
        raise RuntimeError(f"card {card}")

    monkeypatch.setattr(Charts, "chart", broken)
    with caplog.at_level(logging.DEBUG):
        answer = rest.get("/getHospitalVisits", patientId=CARDS[0])
    assert problem(answer) == (500, "internal", None)
    assert "unforeseen RuntimeError" in caplog.text
    mine = [r for r in caplog.records if r.name.startswith(("ledger", "uvicorn", "asyncio"))]
    assert mine
    assert not any(CARDS[0] in record.getMessage() or record.exc_info for record in mine)
    assert CARDS[0] not in answer.text


def test_a_reachable_address_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        arguments = ["serve", "--home", str(tmp_path / "l"), "--port", "0", "--host", host]
        assert main(arguments) == 2
        assert "Without TLS" in capsys.readouterr().err


def test_verify_on_the_command_line(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--home", str(store.home)]) == 0
    sqlite_of(store).execute("DELETE FROM records WHERE position = 15")
    assert main(["verify", "--home", str(store.home)]) == 1
    assert "dropped" in capsys.readouterr().out
    assert main(["verify", "--home", str(store.home / "nowhere")]) == 2


@pytest.mark.slow
def test_no_log_line_holds_a_card(tmp_path: Path) -> None:
    home, log = tmp_path / "ledger", tmp_path / "log"
    with closing(Store(home)) as store:
        fill(store)
        allow(store)
        store.append(notes(store, CARDS[1], 1, 9))
        sqlite_of(store).execute(
            "UPDATE records SET ciphertext = zeroblob(40) WHERE chain = ?",
            (store.patient_chain(CARDS[2]),),
        )
    with process(home, log) as (_, url):
        rest = Rest(url, (home / "token").read_text())
        for card in (*CARDS, UNKNOWN, f"{UNKNOWN}x"):
            rest.get("/getHospitalVisits", patientId=card)
            rest.post("/notes", {"patientId": card, "text": "Осмотр."})
    written = log.read_text()
    assert "record.unverified" in written
    assert not any(card in written for card in (*CARDS, UNKNOWN, "Осмотр"))
    assert (home / "token").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_killed_service_has_every_record_it_acknowledged(tmp_path: Path) -> None:
    home, log = tmp_path / "ledger", tmp_path / "log"
    with closing(Store(home)) as store:
        fill(store, 0)
        allow(store)
    acknowledged: set[str] = set()

    def write(client: LedgerClient, card: str) -> None:
        for number in range(100_000):
            try:
                receipt = client.append_note(card, f"Запись {number}.", "Ершова", datetime.now(UTC))
            except LedgerError:
                return
            acknowledged.add(receipt.record_id)

    for round_ in range(1, 4):
        with (
            process(home, log) as (service, url),
            LedgerClient(url, (home / "token").read_text(), timeout=3) as client,
        ):
            threads = [threading.Thread(target=write, args=(client, card)) for card in CARDS[:2]]
            for thread in threads:
                thread.start()
            while len(acknowledged) < 60 * round_ and threads[0].is_alive():
                threads[0].join(0.01)
            service.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join()
        verdict = verify(home)
        assert verdict.intact, verdict.findings
    assert len(acknowledged) >= 180
    with closing(Store(home)) as store:
        charts = Charts(store)
        stored = {header.id for card in CARDS for header in charts.chart(card).headers}
    assert acknowledged <= stored
