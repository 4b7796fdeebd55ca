"""Accounts, signatures, consent and grants, broken glass, and the record of every read."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import CARDS, allow, fill, process

from ledger.access import Rights
from ledger.accounts import Caller
from ledger.charts import Charts
from ledger.reads import ReadJournal, access_chain
from ledger.server import credential, running
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.errors import AccessDenied
from ledger_client.messages import Access, Accesses, Account, BreakGlass, Consent, Grant
from ledger_client.signing import NONCE, Credential, SignedRequests

NOTE = {"text": "Осмотр.", "author": "Ершова", "written": "2026-11-21T10:00:00+03:00"}
BLOOD = {
    "code": "heart_rate",
    "values": ["70"],
    "unit": "/min",
    "taken": "2026-11-21T10:00:00+03:00",
    "source": "Монитор",
}


class As:
    """One account's requests."""

    def __init__(self, url: str, account: Credential, actor: str = "") -> None:
        self.url, self.credential = url, account
        self.auth = SignedRequests(account, actor)

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(self.url + path, params=query, auth=self.auth, timeout=10)

    def post(self, path: str, **body: Any) -> requests.Response:
        data = json.dumps(body).encode()
        return requests.post(self.url + path, data=data, auth=self.auth, timeout=10)


class Ledger:
    """A service with three patients who let the clinic read and append."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        self.admin = As(url, credential(home, "admin"))
        self.box = As(url, credential(home, "box"), "ivanova")

    def account(self, name: str, role: str, organisation: str) -> As:
        new = Credential.new(name)
        made = self.admin.post(
            "/accounts",
            id=name,
            name=name,
            role=role,
            organisation=organisation,
            key=str(new.signer.public),
        )
        assert made.status_code == 201, made.text
        return As(self.url, new)

    def seen(self, card: str) -> list[tuple[str, str, str, str]]:
        items = self.box.get("/accesses", patientId=card).json()["items"]
        return [(i["account"], i["actor"], i["what"], i["basis"].split()[0]) for i in items]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    home = tmp_path_factory.mktemp("access")
    with closing(Store(home)) as store:
        fill(store)
        allow(store)
    with running(home) as (url, _):
        yield Ledger(url, home)


def code(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def test_roles_decide_what_an_account_may_do(ledger: Ledger) -> None:
    doctor = ledger.account("doctor-1", "doctor", "clinic")
    nurse = ledger.account("nurse-1", "nurse", "clinic")
    device = ledger.account("monitor-1", "device", "clinic")
    card = CARDS[0]
    for account, read, note, blood in (
        (doctor, 200, 201, 201),
        (nurse, 200, 201, 201),
        (device, 403, 403, 201),
        (ledger.admin, 403, 403, 403),
    ):
        assert account.get("/notes", patientId=card).status_code == read
        assert account.post("/notes", patientId=card, **NOTE).status_code == note
        assert account.post("/observations", patientId=card, **BLOOD).status_code == blood
    visit = {"hospitalId": "h1", "department": "х", "reason": "х", "doctor": "х"}
    refused = nurse.post("/visits", patientId=card, started="2026-11-21", **visit)
    assert code(refused) == (403, "access.denied")
    assert code(doctor.get("/accounts")) == (403, "access.denied")
    assert code(doctor.post("/accounts/box/status", status="closed")) == (403, "access.denied")


def test_an_account_is_suspended_and_its_history_stays(ledger: Ledger) -> None:
    doctor = ledger.account("doctor-2", "doctor", "clinic")
    receipt = doctor.post("/notes", patientId=CARDS[0], **NOTE).json()
    assert ledger.admin.post("/accounts/doctor-2/status", status="suspended").status_code == 201
    assert code(doctor.get("/hospitals")) == (401, "auth.invalid")
    history = ledger.admin.get("/accounts/doctor-2/history").json()["items"]
    assert [entry["recordId"] for entry in history] == [receipt["recordId"]]
    ledger.admin.post("/accounts/doctor-2/status", status="active")
    assert doctor.get("/hospitals").status_code == 200
    assert code(ledger.admin.get("/accounts/nobody")) == (404, "account.unknown")


def test_a_strange_organisation_sees_nobody_until_the_patient_grants(ledger: Ledger) -> None:
    stranger = ledger.account("doctor-3", "doctor", "elsewhere")
    card = CARDS[1]
    assert stranger.get("/patients").json()["items"] == []
    assert code(stranger.get("/getHospitalVisits", patientId=card)) == (403, "access.denied")
    grant = {"patientId": card, "grantee": "elsewhere", "read": True, "append": False}
    assert code(stranger.post("/grants", **grant)) == (403, "access.denied")
    assert ledger.box.post("/grants", **grant).status_code == 201
    assert stranger.get("/getHospitalVisits", patientId=card).status_code == 200
    assert [p["patientId"] for p in stranger.get("/patients").json()["items"]] == [card]
    assert code(stranger.post("/notes", patientId=card, **NOTE)) == (403, "access.denied")
    ledger.box.post("/grants", **(grant | {"read": False}))
    assert code(stranger.get("/getHospitalVisits", patientId=card)) == (403, "access.denied")


def test_without_consent_only_broken_glass_opens_and_the_patient_sees_who(ledger: Ledger) -> None:
    card = CARDS[2]
    consent = {"patientId": card, "text": "1"}
    assert ledger.box.post("/consents", given=False, **consent).status_code == 201
    assert code(ledger.box.get("/allergies", patientId=card)) == (403, "access.denied")
    with (
        LedgerClient(ledger.url, ledger.box.credential.text()) as client,
        pytest.raises(AccessDenied) as caught,
    ):
        client.allergies(card)
    assert caught.value.spoken == "Доступ запрещён: нет согласия или разрешения пациента."
    reason = "Без сознания, нужна группа крови"
    assert ledger.box.post("/breakGlass", patientId=card, reason=reason).status_code == 201
    assert ledger.box.get("/allergies", patientId=card).status_code == 200
    other = As(ledger.url, ledger.box.credential, "petrov")
    assert code(other.get("/allergies", patientId=card)) == (403, "access.denied")
    assert ("box", "ivanova", "allergies", "break-glass") in ledger.seen(card)
    shown = ledger.box.get("/emergencies", patientId=card).json()["items"]
    assert [(e["actor"], e["reason"]) for e in shown] == [("ivanova", reason)]
    again = {"data": json.dumps({"patientId": card, "reason": reason}).encode(), "timeout": 10}
    headers = {"Idempotency-Key": "once"}
    sent = [
        requests.post(ledger.url + "/breakGlass", headers=headers, auth=ledger.box.auth, **again)
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert code(ledger.admin.post("/breakGlass", patientId=card, reason=reason))[0] == 403
    assert code(ledger.box.post("/breakGlass", patientId="88", reason=reason))[0] == 404


def test_every_read_is_recorded_with_the_person_behind_it(ledger: Ledger) -> None:
    card = CARDS[0]
    before = len(ledger.seen(card))
    for path in ("/getHospitalVisits", "/notes", "/observations", "/chain"):
        ledger.box.get(path, patientId=card)
    seen = ledger.seen(card)
    assert [what for _, _, what, _ in seen[:5]][1:] == [
        "chain",
        "observations",
        "notes",
        "getHospitalVisits",
    ]
    assert len(seen) == before + 5
    assert {actor for account, actor, _, _ in seen if account == "box"} == {"ivanova"}
    assert verify(ledger.home).intact


def test_a_request_holds_once_for_its_own_words_and_minute(ledger: Ledger) -> None:
    sent = requests.Request(
        "GET", ledger.url + "/notes", params={"patientId": CARDS[0]}, auth=ledger.box.auth
    ).prepare()
    with requests.Session() as session:
        assert session.send(sent).status_code == 200
        assert code(session.send(sent)) == (401, "auth.stale")
        fresh = sent.copy()
        fresh.headers[NONCE] = "another"
        assert code(session.send(fresh)) == (401, "auth.invalid")
        for shift in (-61, 61):
            clock = datetime.now(UTC) + timedelta(seconds=shift)
            late = SignedRequests(ledger.box.credential, clock=lambda c=clock: c)  # type: ignore[misc]
            assert code(requests.get(ledger.url + "/hospitals", auth=late)) == (401, "auth.stale")
        body = requests.Request(
            "POST",
            ledger.url + "/notes",
            data=json.dumps({"patientId": CARDS[0], **NOTE}).encode(),
            auth=ledger.box.auth,
        ).prepare()
        assert isinstance(body.body, bytes)
        body.body = body.body.replace(b"2026", b"2025")
        assert code(session.send(body)) == (401, "auth.invalid")
        moved = sent.copy()
        moved.url = str(sent.url).replace("/notes", "/allergies")
        assert code(session.send(moved)) == (401, "auth.invalid")
    doctor = ledger.account("doctor-4", "doctor", "clinic")
    pretended = As(ledger.url, doctor.credential, "ivanova")
    assert code(pretended.get("/hospitals")) == (401, "auth.invalid")


def test_records_of_a_transaction_are_stored_together_or_not(ledger: Ledger) -> None:
    card = CARDS[0]
    note, blood = (
        {"note": {"patientId": card, **NOTE}},
        {"observation": {"patientId": card, **BLOOD}},
    )
    stored = ledger.box.post("/transactions", records=[note, blood, note]).json()["items"]
    blocks = {
        ledger.box.get(f"/transactions/{receipt['recordId']}").json()["block"] for receipt in stored
    }
    assert len(blocks) == 1
    (number,) = blocks
    sealed = ledger.box.get(f"/blocks/{number}/transactions").json()["items"]
    assert {t["recordId"] for t in sealed} == {receipt["recordId"] for receipt in stored}
    before = ledger.box.get("/blocks").json()["total"]
    wrong = {"note": {"patientId": "88", **NOTE}}
    assert ledger.box.post("/transactions", records=[note, wrong]).status_code == 404
    both = {**note, **blood}
    assert code(ledger.box.post("/transactions", records=[both])) == (422, "body.invalid")
    assert ledger.box.get("/blocks").json()["total"] == before


def test_a_registered_patient_can_be_read_by_those_who_registered_them(ledger: Ledger) -> None:
    person = {
        "patientId": "7001",
        "last": "Орлова",
        "first": "Вера",
        "middle": "Ильинична",
        "sex": "f",
        "birthDate": "1990-05-01",
        "consent": "2026-1",
    }
    assert ledger.box.post("/patients", **person).status_code == 201
    assert ledger.box.get("/patients", query="орлова").json()["total"] == 1
    thief = ledger.account("doctor-5", "doctor", "elsewhere")
    assert code(thief.post("/patients", **person)) == (403, "access.denied")
    assert ledger.admin.post("/erasures", patientId="7001", reason="Просьба").status_code == 201
    assert code(ledger.box.get("/notes", patientId="7001")) == (410, "patient.forgotten")
    assert ledger.box.get("/patients", query="орлова").json()["total"] == 0
    assert verify(ledger.home).intact


NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
events = st.lists(
    st.one_of(
        st.builds(Consent, st.just("c"), st.booleans(), st.just("1")),
        st.builds(
            Grant,
            st.just("g"),
            st.sampled_from(["anna", "clinic", "other"]),
            st.booleans(),
            st.booleans(),
            st.sampled_from([None, NOW, NOW + timedelta(seconds=1)]),
        ),
    ),
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(events=events)
def test_nobody_reads_without_consent_and_the_newest_grant(events: list[Any]) -> None:
    rights = Rights()
    for event in events:
        rights.take(event)
    anna = Caller(Account("anna", "Анна", "doctor", "clinic", "k"), "anna", b"", b"")
    consents = [e.given for e in events if isinstance(e, Consent)]
    newest = {e.grantee: e for e in events if isinstance(e, Grant)}
    granted = any(
        newest[who].read and (newest[who].until is None or newest[who].until > NOW)
        for who in ("anna", "clinic")
        if who in newest
    )
    expected = bool(consents and consents[-1] and granted)
    assert (rights.basis(anna, "read", NOW) is not None) is expected


def test_broken_glass_closes_after_its_hour_and_for_others() -> None:
    rights = Rights()
    rights.take(BreakGlass("b", "box", "anna", "Причина", NOW, NOW + timedelta(hours=1)))
    box = Account("box", "Прибор", "organisation", "clinic", "k")
    for actor, minutes, allowed in (
        ("anna", 0, True),
        ("anna", 59, True),
        ("anna", 60, False),
        ("anna", -1, False),
        ("boris", 5, False),
    ):
        found = rights.basis(Caller(box, actor, b"", b""), "read", NOW + timedelta(minutes=minutes))
        assert (found == "break-glass b") is allowed


def test_reads_left_by_a_crash_are_chained_once(store: Store) -> None:
    entry = Access(NOW, "box", "ivanova", "notes", "grant")
    crashed = ReadJournal(store)
    crashed._closing.set()
    crashed._thread.join()
    for _ in range(3):
        crashed.add(CARDS[0], entry)
    (left,) = store.home.glob("*.reads")
    copy = left.read_bytes()
    assert CARDS[0].encode() not in copy
    with closing(ReadJournal(store)):
        pass
    assert not list(store.home.glob("*.reads"))
    left.write_bytes(copy)  # chained, but the crash came before the file was removed
    with closing(ReadJournal(store)):
        pass
    kept = Charts(store).chain(access_chain(store, CARDS[0])).all(Accesses)
    assert [len(batch.entries) for batch in kept] == [3]


@pytest.mark.slow
def test_a_killed_service_has_recorded_every_read_it_answered(tmp_path: Path) -> None:
    home = tmp_path / "ledger"
    with closing(Store(home)) as store:
        fill(store)
        allow(store)
    answered = 0
    for _ in range(2):
        with process(home, tmp_path / "log") as (service, url):
            box = As(url, credential(home, "box"))
            for _ in range(40):
                assert box.get("/notes", patientId=CARDS[0]).status_code == 200
                answered += 1
            service.send_signal(signal.SIGKILL)
    with closing(Store(home)) as store:
        with closing(ReadJournal(store)):
            pass
        batches = Charts(store).chain(access_chain(store, CARDS[0])).all(Accesses)
        assert sum(len(batch.entries) for batch in batches) == answered == 80
