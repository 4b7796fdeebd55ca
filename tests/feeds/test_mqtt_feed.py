"""Devices, a real Mosquitto, the relay and the ledger; the broker and the relay are killed."""

from __future__ import annotations

import random
import ssl
import subprocess
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests
import trustme
from mosquitto_broker import Mosquitto
from relay_child import ready

from ledger.demo import ORGANISATION
from ledger.erasure import forget
from ledger.errors import PatientForgotten
from ledger.feeds.device import Buffer, Device
from ledger.feeds.inbox import Inbox
from ledger.feeds.readings import READINGS
from ledger.feeds.relay import Broker, Relay, connect, connected_client
from ledger.intake import ecg_chain
from ledger.reads import access_chain
from ledger.server import credential, running
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.appends import Item, NewEcg, NewObservation, NewPatient
from ledger_client.signing import Credential, SignedRequests

pytestmark = pytest.mark.slow
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MONITORS = {"monitor-1": "1001", "monitor-2": "1002", "monitor-3": "1003"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def ledger(home: Path) -> Iterator[LedgerClient]:
    """A ledger with three patients and an account for the relay."""
    with running(home) as (url, token):
        box = SignedRequests(Credential.parse(token))
        for card in MONITORS.values():
            body = {
                "patientId": card,
                "last": "Тестова",
                "first": "Анна",
                "middle": "",
                "sex": "f",
                "birthDate": "1960-01-01",
                "consent": "1",
            }
            answer = requests.post(f"{url}/patients", json=body, auth=box, timeout=10)
            assert answer.status_code == 201, answer.text
        relay = Credential.new("relay")
        account = {
            "id": "relay",
            "name": "relay",
            "role": "device",
            "organisation": ORGANISATION,
            "key": str(relay.signer.public),
        }
        admin = SignedRequests(credential(home, "admin"))
        answer = requests.post(f"{url}/accounts", json=account, auth=admin, timeout=10)
        assert answer.status_code == 201, answer.text
        (home / "relay-token").write_text(relay.text())
        (home / "url").write_text(url)
        with LedgerClient(url, token) as client:
            yield client


def pulse(device: str, number: int) -> NewObservation:
    """The reading with this number; its value tells it from the others."""
    taken = START + timedelta(seconds=number)
    values = (Decimal(number),)
    return NewObservation(MONITORS[device], "heart_rate", values, "/min", taken, device)


class Bedside:
    """A device on a thread, as it runs on a machine of its own."""

    def __init__(self, name: str, buffer: Path, broker: Broker) -> None:
        self._name, self._path, self._broker = name, buffer, broker
        self._lock = threading.Lock()
        self._waiting: list[Item] = []
        self._stopped = threading.Event()
        self.empty = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def measure(self, measured: NewObservation | NewEcg) -> None:
        record = Item(ecg=measured) if isinstance(measured, NewEcg) else Item(observation=measured)
        with self._lock:
            self.empty.clear()
            self._waiting.append(record)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        with closing(Buffer(self._path)) as buffer:
            device = Device(self._name, buffer, self._broker)
            while not self._stopped.is_set():
                with self._lock:
                    for record in self._waiting:
                        buffer.add(record)
                    self._waiting.clear()
                    if not buffer.oldest(1):
                        self.empty.set()
                device.step()
            device.close()


def relay_process(
    home: Path, inbox: Path, broker: Broker
) -> AbstractContextManager[subprocess.Popen[str]]:
    """The relay as it is run, ready."""
    password = home / "relay-password"
    password.write_text(broker.password or "")
    return ready(
        "ledger.feeds.relay",
        *("--ledger", (home / "url").read_text()),
        *("--token-file", str(home / "relay-token"), "--inbox", str(inbox)),
        *("--broker", f"{broker.host}:{broker.port}", "--user", str(broker.user)),
        *("--password-file", str(password)),
    )


@contextmanager
def bedside_and_relay(
    home: Path, mosquitto: Mosquitto, folder: Path, authority: Path | None = None
) -> Iterator[tuple[Bedside, Relay]]:
    """A device on a thread, and a relay whose steps the test makes."""
    token = (home / "relay-token").read_text()
    bedside = Bedside("monitor-1", folder / "buffer.db", mosquitto.broker("monitor-1", authority))
    try:
        with (
            LedgerClient((home / "url").read_text(), token) as own,
            closing(Inbox(folder / "inbox.db")) as inbox,
        ):
            relay = Relay(own, inbox, mosquitto.broker("ledger-relay", authority))
            yield bedside, relay
            relay.close()
    finally:
        bedside.stop()


def until(done: Callable[[], bool], step: Callable[[], None] = lambda: None) -> None:
    """Wait for what must come."""
    deadline = time.monotonic() + 90
    while not done():
        assert time.monotonic() < deadline, "it did not come"
        step()
        time.sleep(0.01)


def values(ledger: LedgerClient, card: str) -> list[int]:
    """The pulses that the ledger has of a patient."""
    return sorted(int(item.values[0]) for item in ledger.observations(card, "heart_rate"))


def test_each_reading_arrives_once_though_broker_and_relay_are_killed(
    ledger: LedgerClient, home: Path, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    dice = random.Random(17)
    count = 150
    bedsides = {
        name: Bedside(name, tmp_path / f"{name}.db", mosquitto.broker(name)) for name in MONITORS
    }
    inbox = tmp_path / "inbox.db"
    sent = 0
    try:
        for _ in range(6):
            with relay_process(home, inbox, mosquitto.broker("ledger-relay")):
                for _ in range(count // 6):
                    sent += 1
                    for name, bedside in bedsides.items():
                        bedside.measure(pulse(name, sent))
                    time.sleep(dice.uniform(0, 0.02))
                if dice.random() < 0.6:
                    mosquitto.kill()
                time.sleep(dice.uniform(0, 0.5))
        with relay_process(home, inbox, mosquitto.broker("ledger-relay")):
            until(lambda: all(bedside.empty.is_set() for bedside in bedsides.values()))
    finally:
        for bedside in bedsides.values():
            bedside.stop()
    for card in MONITORS.values():
        assert values(ledger, card) == list(range(1, count + 1))


def test_late_and_repeated_readings_are_stored_once_and_together(
    ledger: LedgerClient, home: Path, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with bedside_and_relay(home, mosquitto, tmp_path) as (bedside, relay):
        for number in range(1, 31):
            bedside.measure(pulse("monitor-1", number))
        # nobody relays yet: the readings wait in the buffer, and are sent again
        time.sleep(4)
        until(bedside.empty.is_set, relay.step)
    assert values(ledger, "1001") == list(range(1, 31))
    blocks = Counter(
        ledger_block(ledger, home, item.id) for item in ledger.observations("1001", "heart_rate")
    )
    assert max(blocks.values()) > 1, "a batch is one append"


def ledger_block(ledger: LedgerClient, home: Path, record: str) -> int:
    """The block that a record stands in."""
    box = SignedRequests(credential(home, "box"))
    url = (home / "url").read_text()
    answer = requests.get(f"{url}/transactions/{record}", auth=box, timeout=10)
    return int(answer.json()["block"])


def test_a_reading_that_the_ledger_refuses_does_not_stop_the_others(
    ledger: LedgerClient, home: Path, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    good = pulse("monitor-1", 1)
    with bedside_and_relay(home, mosquitto, tmp_path) as (bedside, relay):
        for observation in (good, replace(good, card="9999"), pulse("monitor-1", 3)):
            bedside.measure(observation)
        until(bedside.empty.is_set, relay.step)
    assert values(ledger, "1001") == [1, 3]


def test_alerts_reach_the_doctor_in_charge_once(
    ledger: LedgerClient, home: Path, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    doctor, other = ledger.acting_for("smirnov"), ledger.acting_for("petrova")
    ledger.put_in_charge("1001", "smirnov")
    with bedside_and_relay(home, mosquitto, tmp_path) as (bedside, relay):
        for number in (70, 151, 80):
            bedside.measure(replace(pulse("monitor-1", number), high=Decimal(120)))
        until(bedside.empty.is_set, relay.step)
        assert other.alerts() == ()
        (alert,) = doctor.alerts()
        assert (alert.card, alert.code, alert.values, alert.high) == (
            "1001",
            "heart_rate",
            (151,),
            120,
        )
        assert other.alert_heard(alert)
        assert doctor.alerts() == (alert,), "only the doctor in charge can have heard it"
        doctor.alert_heard(alert)
        assert doctor.alerts() == ()
        bedside.measure(replace(pulse("monitor-1", 40), low=Decimal(50)))
        until(bedside.empty.is_set, relay.step)
        ledger.put_in_charge("1001", "petrova")
        assert doctor.alerts() == ()
        assert [found.values for found in other.alerts()] == [(40,)]
    assert values(ledger, "1001") == [40, 70, 80, 151]


def test_ecg_is_a_chain_of_its_own(
    ledger: LedgerClient, home: Path, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    samples = b64encode(bytes(range(256)) * 20).decode()
    stretches = [
        NewEcg("1001", "II", START + timedelta(seconds=10 * number), 250, samples, "monitor-1")
        for number in range(12)
    ]
    with bedside_and_relay(home, mosquitto, tmp_path) as (bedside, relay):
        for stretch in stretches:
            bedside.measure(stretch)
        bedside.measure(pulse("monitor-1", 70))
        until(bedside.empty.is_set, relay.step)
    found = ledger.ecg("1001", limit=100)
    assert [chunk.started for chunk in found] == [item.started for item in reversed(stretches)]
    assert {chunk.samples for chunk in found} == {samples}
    assert ledger.ecg("1002") == ()
    assert len(ledger.ecg("1001", limit=5)) == 5
    with closing(Store(home)) as store:
        chart, ecg = store.patient_chain("1001"), ecg_chain(store, "1001")
        kinds = [record.header.kind for record in store.chain_since(ecg, None)[1]]
        assert kinds == ["ecg"] * 12
        assert "ecg" not in [record.header.kind for record in store.chain_since(chart, None)[1]]
        forget(store, "1001", "admin", "asked to")
        with pytest.raises(PatientForgotten):
            store.chain_since(ecg, None)
    assert verify(home).intact


def test_the_broker_keeps_devices_apart(mosquitto: Mosquitto) -> None:
    heard: list[str] = []
    relay = connected_client(mosquitto.broker("ledger-relay"), "ledger-relay")
    relay.on_message = lambda _, __, message: heard.append(message.topic)
    spy = connected_client(mosquitto.broker("monitor-2"), "monitor-2")
    overheard: list[str] = []
    spy.on_message = lambda _, __, message: overheard.append(message.topic)
    connect(relay, mosquitto.broker("ledger-relay"))
    connect(spy, mosquitto.broker("monitor-2"))
    relay.subscribe("clinic/devices/+/readings", qos=1)
    spy.subscribe("#", qos=1)
    for _ in range(40):
        relay.loop(0.01)
        spy.loop(0.01)
    spy.publish(READINGS.format(device="monitor-1"), b"forged", qos=1)
    spy.publish(READINGS.format(device="monitor-2"), b"own", qos=1)

    def both() -> None:
        relay.loop(0.01)
        spy.loop(0.01)

    until(lambda: bool(heard), both)
    for _ in range(40):
        both()
    assert heard == ["clinic/devices/monitor-2/readings"]
    assert overheard == []


def test_device_relay_and_broker_speak_over_tls(
    ledger: LedgerClient, home: Path, encrypted: Mosquitto, tmp_path: Path
) -> None:
    with bedside_and_relay(home, encrypted, tmp_path, tmp_path / "authority.pem") as (
        bedside,
        relay,
    ):
        for number in range(1, 6):
            bedside.measure(pulse("monitor-1", number))
        until(bedside.empty.is_set, relay.step)
    assert values(ledger, "1001") == [1, 2, 3, 4, 5]


def test_a_broker_that_another_authority_vouches_for_is_not_spoken_to(
    encrypted: Mosquitto, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    authority = tmp_path / "authority.pem"
    for name in ("ledger-relay", "monitor-1"):
        stranger = encrypted.broker(name, other)
        with pytest.raises(ssl.SSLCertVerificationError, match="CERTIFICATE_VERIFY_FAILED"):
            connect(connected_client(stranger, name), stranger)
        # the right authority, but the certificate is for another host
        elsewhere = encrypted.broker(name, authority, "localhost")
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            connect(connected_client(elsewhere, name), elsewhere)
        trusted = encrypted.broker(name, authority)
        connect(connected_client(trusted, name), trusted)


def test_a_relay_that_does_not_trust_the_broker_says_so_once(
    ledger: LedgerClient,
    home: Path,
    encrypted: Mosquitto,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with bedside_and_relay(home, encrypted, tmp_path, other) as (bedside, relay):
        bedside.measure(pulse("monitor-1", 1))
        for _ in range(3):
            relay.step()
        assert not bedside.empty.is_set()
    assert values(ledger, "1001") == []
    said = [r.getMessage() for r in caplog.records if r.name == "ledger.feeds.relay"]
    assert said == ["no connection to the broker: SSLCertVerificationError"]


def test_without_tls_an_encrypted_broker_gives_no_session(encrypted: Mosquitto) -> None:
    plain = encrypted.broker("monitor-1")
    client = connected_client(plain, "monitor-1")
    welcomed: list[object] = []
    client.on_connect = lambda *given: welcomed.append(given[3])
    ended: list[object] = []
    client.on_disconnect = lambda *given: ended.append(given)
    connect(client, plain)

    def step() -> None:
        client.loop(0.05)

    until(lambda: bool(ended), step)
    assert welcomed == []


def test_ecg_and_reads_of_it_stand_in_the_patients_channel(
    ledger: LedgerClient, home: Path
) -> None:
    born = date(1960, 1, 1)
    ledger.register(NewPatient("1004", "Тестова", "Анна", "", "f", born, "1", channel="region"))
    samples = b64encode(bytes(500)).decode()
    ledger.append_together([NewEcg("1004", "II", START, 250, samples, "monitor-1")])
    assert len(ledger.ecg("1004")) == 1 and ledger.accesses("1004")
    with closing(Store(home)) as store:
        for chain in (ecg_chain(store, "1004"), access_chain(store, "1004")):
            assert {r.header.channel for r in store.chain_since(chain, None)[1]} == {"region"}
