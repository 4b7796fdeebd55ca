"""A lying ledger is caught: a real service with someone between it and the client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from between import Between, Lie

from ledger.__main__ import main
from ledger.server import credential, running
from ledger_client import LedgerClient
from ledger_client.algorithms import PublicKey, Signer
from ledger_client.errors import LedgerError, LedgerProofError
from ledger_client.signing import SignedRequests
from ledger_client.trust import Trust
from ledger_client.witness import Witness

pytestmark = pytest.mark.slow

CARD, OTHER = "1236", "1235"


class Clinic:
    def __init__(self, home: Path, url: str, token: str) -> None:
        self.home, self.url, self.token = home, url, token
        self.node = PublicKey.parse((home / "node.pub").read_text().strip())

    def trust(self, state: Path | None = None) -> Trust:
        return Trust((self.node,), state=state)


@pytest.fixture(scope="module")
def clinic(home: Path) -> Iterator[Clinic]:
    with running(home) as (url, token):
        yield Clinic(home, url, token)


@contextmanager
def asking(clinic: Clinic, state: Path | None = None) -> Iterator[tuple[LedgerClient, Between]]:
    with (
        closing(Between(clinic.url)) as between,
        LedgerClient(between.url, clinic.token, trust=clinic.trust(state)) as client,
    ):
        yield client, between


def changed(part: str, change: Callable[[Any], Any]) -> Lie:
    """A lie about answers to paths that hold ``part``."""

    def lie(path: str, body: bytes) -> bytes:
        if part not in path:
            return body
        return json.dumps(change(json.loads(body)), ensure_ascii=False).encode()

    return lie


def with_(answer: Any, **fields: Any) -> Any:
    return answer | fields


def every_read(client: LedgerClient, card: str) -> None:
    visits = client.hospital_visits(card)
    headers = client.documents_from_hospital(visits[0].hospital_id, card)
    client.document(headers[0].id)
    client.observations(card, code="blood_pressure", limit=2)
    client.allergies(card)
    client.medications(card)
    client.diagnoses(card)
    client.notes(card)


def test_an_honest_ledger_proves_every_read(clinic: Clinic) -> None:
    with asking(clinic) as (client, _):
        for card in (CARD, OTHER, CARD):
            every_read(client, card)
    with LedgerClient(clinic.url, clinic.token, trust=clinic.trust()) as client:
        client.append_note(CARD, "Осмотр.", "Ершова", datetime.now(UTC))
        assert client.notes(CARD)[0].text == "Осмотр."
        client.append_note(CARD, "Ещё один.", "Ершова", datetime.now(UTC))
        assert client.notes(CARD)[0].text == "Ещё один."


@pytest.mark.parametrize(
    ("lie", "ask"),
    [
        (
            changed(
                "Visits",
                lambda a: with_(a, items=[with_(a["items"][0], reason="Ничего"), *a["items"][1:]]),
            ),
            lambda c: c.hospital_visits(CARD),
        ),
        (
            changed("Visits", lambda a: with_(a, items=a["items"][1:], total=a["total"] - 1)),
            lambda c: c.hospital_visits(CARD),
        ),
        (
            changed("allergies", lambda a: with_(a, items=[], total=0)),
            lambda c: c.allergies(CARD),
        ),
        (
            changed("allergies", lambda a: with_(a, items=a["items"] * 2)),
            lambda c: c.allergies(CARD),
        ),
        (
            changed(
                "FromHospital",
                lambda a: with_(a, items=[with_(a["items"][0], title="Другое")]),
            ),
            lambda c: c.documents_from_hospital("h10", CARD),
        ),
        (
            changed("getDocument?", lambda a: with_(a, conclusion="Здоров.")),
            lambda c: c.document(c.documents_from_hospital("h10", CARD)[0].id),
        ),
        (
            changed(
                "observations",
                lambda a: with_(a, items=[with_(a["items"][0], values=["120", "80"])]),
            ),
            lambda c: c.observations(CARD, code="blood_pressure", limit=1),
        ),
    ],
    ids=["reason", "visit-left-out", "no-allergies", "twice", "title", "conclusion", "value"],
)
def test_a_changed_answer_is_caught(
    clinic: Clinic, lie: Lie, ask: Callable[[LedgerClient], object]
) -> None:
    with asking(clinic) as (client, between):
        ask(client)
        between.lie = lie
        with pytest.raises(LedgerProofError) as caught:
            ask(client)
        assert CARD not in str(caught.value)
        between.lie = lambda path, body: body
        ask(client)


def _signed_by_another(proof: Any) -> Any:
    thief = Signer("ed25519", bytes(32))
    statement = proof["block"]["statement"].replace(
        proof["block"]["statement"].split('"node":"')[1].split('"')[0], str(thief.public)
    )
    signature = thief.sign("block", statement.encode()).hex()
    return with_(proof, block=with_(proof["block"], statement=statement, signature=signature))


@pytest.mark.parametrize(
    "change",
    [
        _signed_by_another,
        lambda p: with_(p, headers=p["headers"][:-1]),
        lambda p: with_(p, headers=p["headers"][1:]),
        lambda p: with_(p, headers=[p["headers"][1], p["headers"][0], *p["headers"][2:]]),
        lambda p: with_(p, place=p["place"] + 1),
        lambda p: with_(p, inclusion=p["inclusion"][:-1]),
        lambda p: with_(p, inclusion=["00" * 32] * len(p["inclusion"])),
        lambda p: with_(p, channel="registry"),
        lambda p: with_(p, chain="0" * 64),
        lambda p: with_(p, patient=with_(p["patient"], last="Петров")),
        lambda p: with_(p, block=with_(p["block"], signature="00" * 64)),
        lambda p: with_(p, block=with_(p["block"], statement="{}")),
        lambda p: with_(p, inclusion=["zz"]),
    ],
)
def test_a_false_proof_is_caught(clinic: Clinic, change: Callable[[Any], Any]) -> None:
    with asking(clinic) as (client, between):
        between.lie = changed("/chain/proof", change)
        with pytest.raises(LedgerProofError):
            client.hospital_visits(CARD)


def test_another_patients_records_are_caught(clinic: Clinic) -> None:
    asked = SignedRequests(credential(clinic.home, "box"))

    def of_other(path: str, body: bytes) -> bytes:
        other = path.replace(f"patientId={CARD}", f"patientId={OTHER}")
        return requests.get(clinic.url + other, auth=asked, timeout=10).content

    with asking(clinic) as (client, between):
        between.lie = of_other
        with pytest.raises(LedgerProofError, match="another patient"):
            client.hospital_visits(CARD)


def test_a_history_that_was_put_back_is_caught_even_by_a_new_process(
    clinic: Clinic, tmp_path: Path
) -> None:
    kept: dict[str, bytes] = {}

    def remember(path: str, body: bytes) -> bytes:
        return kept.setdefault(path.split("&known")[0], body)

    with asking(clinic) as (client, between):
        between.lie = remember
        before = client.notes(OTHER)
    state = tmp_path / "checkpoints.json"
    with LedgerClient(clinic.url, clinic.token, trust=clinic.trust(state)) as client:
        client.append_note(OTHER, "Новая запись.", "Ершова", datetime.now(UTC))
        assert len(client.notes(OTHER)) == len(before) + 1
    with asking(clinic, state) as (client, between):
        between.lie = lambda path, body: kept[path.split("&known")[0]]
        with pytest.raises(LedgerProofError, match="older state"):
            client.notes(OTHER)


def test_organisations_co_sign_what_only_grew_and_clients_may_ask_for_it(
    clinic: Clinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signers = {name: Signer("ed25519", name.encode() * 16) for name in ("h1", "h2")}
    members = [{"organisation": n, "key": str(s.public)} for n, s in signers.items()]
    admin = SignedRequests(credential(clinic.home, "admin"))
    channel = {"id": "clinic", "name": "Клиника", "members": members}
    url = clinic.url + "/channels"
    made = requests.post(url, data=json.dumps(channel).encode(), auth=admin, timeout=10)
    assert made.status_code == 201
    keys = {name: signer.public for name, signer in signers.items()}
    strict = Trust((clinic.node,), keys, quorum=2)
    with LedgerClient(clinic.url, clinic.token) as plain:
        for name, signer in signers.items():
            with (
                LedgerClient(clinic.url, clinic.token, trust=strict) as client,
                pytest.raises(LedgerProofError, match="co-signed"),
            ):
                client.allergies(CARD)
            state = tmp_path / f"{name}.json"
            Witness(plain, clinic.trust(state), "clinic", name, signer).cosign()
        with pytest.raises(LedgerError):
            Witness(plain, clinic.trust(), "clinic", "h3", signers["h1"]).cosign()
        with pytest.raises(LedgerError):
            Witness(plain, clinic.trust(), "clinic", "h2", signers["h1"]).cosign()
        plain.append_note(CARD, "После подписи.", "Ершова", datetime.now(UTC))
    with LedgerClient(clinic.url, clinic.token, trust=strict) as client:
        assert client.allergies(CARD)
    arguments = ["cosign", "--url", clinic.url, "--organisation", "h1", "--channel", "clinic"]
    files = {"token-file": "token", "node-key": "node.pub"}
    for option, file in files.items():
        arguments += [f"--{option}", str(clinic.home / file)]
    arguments += ["--key-file", str(tmp_path / "own.key"), "--state", str(tmp_path / "h1.json")]
    assert main(arguments) == 1  # its own new key is not the channel's
    assert "cosignature.invalid" in capsys.readouterr().err


def test_a_witness_signs_no_other_history(clinic: Clinic, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"clinic": {"size": 2, "root": "00" * 32}}))
    with LedgerClient(clinic.url, clinic.token) as client:
        witness = Witness(client, clinic.trust(state), "clinic", "h1", Signer("ed25519", bytes(32)))
        with pytest.raises(LedgerProofError, match="another history"):
            witness.cosign()
    state.write_text("spoilt")
    with pytest.raises(LedgerProofError, match="garbled"):
        LedgerClient(clinic.url, clinic.token, trust=clinic.trust(state))
