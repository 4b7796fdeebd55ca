"""The client against the real service with the demo clinic."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.server import running
from ledger_client import LedgerClient
from ledger_client.errors import (
    DocumentNotFound,
    HospitalNotFound,
    IdempotencyConflict,
    LedgerConfigurationError,
    LedgerRequestError,
    LedgerUnauthorized,
    LedgerUnavailable,
    PatientNotFound,
)
from ledger_client.messages import Observation
from ledger_client.signing import Credential
from ledger_client.wire import from_wire, to_wire

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[tuple[str, str]]:
    with running(home) as url_and_token:
        yield url_and_token


@pytest.fixture(scope="module")
def client(address: tuple[str, str]) -> Iterator[LedgerClient]:
    with LedgerClient(*address) as opened:
        yield opened


def test_health(client: LedgerClient) -> None:
    assert client.health().status == "ok"


def test_no_log_line_names_a_patient(
    address: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LedgerClient(*address) as client:
        assert client.hospital_visits("1236")
        assert client.patients("Иванов")
    assert "1236" not in caplog.text
    assert "Иванов" not in unquote(caplog.text)


def test_patients_are_found_by_name_or_card(client: LedgerClient) -> None:
    assert len(client.patients()) == 38
    found = {patient.card for patient in client.patients("ИВАНОВ")}
    assert found == {"1235", "1236", "1021", "3045", "3307"}
    assert [patient.card for patient in client.patients("петр сергеевич")] == ["1236"]
    assert [patient.card for patient in client.patients("45678")] == ["45678"]
    assert client.patients("нет такого") == ()
    ivanov = client.patients("1236")[0]
    assert (ivanov.last, ivanov.first, ivanov.birth_date) == ("Иванов", "Пётр", date(1958, 5, 3))


def test_more_patients_than_a_page_holds(
    client: LedgerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = client.patients()
    monkeypatch.setattr("ledger_client.client._PAGE", 7)
    assert client.patients() == everyone


def test_the_three_reads_of_the_paper(client: LedgerClient) -> None:
    visits = client.hospital_visits("1236")
    assert [visit.started for visit in visits] == sorted((v.started for v in visits), reverse=True)
    headers = client.documents_from_hospital("h10", "1236")
    assert headers
    document = client.document(headers[0].id)
    assert document.header == headers[0]
    assert document.text
    assert document.conclusion


def test_observations_are_chosen_by_code_category_and_days(client: LedgerClient) -> None:
    latest = client.observations("1236", code="blood_pressure", limit=1)
    assert len(latest) == 1
    assert len(latest[0].values) == 2
    assert latest[0].taken.date() == date(2026, 11, 21)
    assert latest[0].taken.utcoffset() == timedelta(hours=3)
    week = client.observations("1236", since=date(2026, 11, 16), until=date(2026, 11, 17))
    assert {item.taken.date() for item in week} == {date(2026, 11, 16), date(2026, 11, 17)}
    results = client.observations("1236", category="laboratory")
    assert {item.category for item in results} == {"laboratory"}
    assert all(item.high is not None for item in results)
    assert client.observations("1236", since=date(2027, 1, 1)) == ()


def test_the_rest_of_a_chart(client: LedgerClient) -> None:
    assert {allergy.substance for allergy in client.allergies("1236")} == {"Пенициллин", "Арахис"}
    assert client.allergies("1240") == ()
    assert "Метформин" in {medicine.name for medicine in client.medications("1236")}
    assert "E11.9" in {diagnosis.code for diagnosis in client.diagnoses("1236")}


def test_an_observation_is_stored_once_and_read_back(client: LedgerClient) -> None:
    arguments = ("207", "temperature", [Decimal("37.20")], "Cel", NOW, "Ершова Инна Борисовна")
    receipt = client.append_observation(*arguments, idempotency_key="t-1")
    assert client.append_observation(*arguments, idempotency_key="t-1") == receipt
    stored = client.observations("207", code="temperature", limit=2)
    assert [item.id for item in stored].count(receipt.record_id) == 1
    assert stored[0] == Observation(
        id=receipt.record_id,
        code="temperature",
        category="vital",
        values=(Decimal("37.20"),),
        unit="Cel",
        taken=NOW,
        source="Ершова Инна Борисовна",
    )
    with pytest.raises(IdempotencyConflict):
        client.append_observation(
            "207", "temperature", [Decimal(39)], "Cel", NOW, "Ершова", idempotency_key="t-1"
        )


def test_a_note_is_read_back(client: LedgerClient) -> None:
    receipt = client.append_note("207", "Жалоб нет.", "Ершова Инна Борисовна", NOW)
    note = client.notes("207")[0]
    assert (note.id, note.text, note.written) == (receipt.record_id, "Жалоб нет.", NOW)


def test_what_is_not_there_has_an_error_of_its_own(client: LedgerClient) -> None:
    with pytest.raises(PatientNotFound) as caught:
        client.hospital_visits("99999999")
    assert "99999999" not in str(caught.value)
    assert caught.value.spoken.endswith(".")
    with pytest.raises(HospitalNotFound):
        client.documents_from_hospital("h99", "1236")
    with pytest.raises(DocumentNotFound):
        client.document("0" * 32)
    with pytest.raises(PatientNotFound):
        client.append_note("99999999", "Текст.", "Ершова", NOW)


def test_a_record_that_is_none_is_refused_before_it_is_sent(client: LedgerClient) -> None:
    for card, values, taken in (
        ("207", [], NOW),
        ("207", [Decimal("NaN")], NOW),
        ("207", ["37"], NOW),
        ("207", [Decimal(37)], NOW.replace(tzinfo=None)),
        ("Кузнецова", [Decimal(37)], NOW),
    ):
        with pytest.raises(LedgerRequestError) as caught:
            client.append_observation(card, "temperature", values, "Cel", taken, "Ершова")  # type: ignore[arg-type]
        assert "Кузнецова" not in str(caught.value)
    with pytest.raises(LedgerRequestError):
        client.append_observation("207", "temperature", [Decimal(98)], "[degF]", NOW, "Ершова")
    with pytest.raises(LedgerRequestError):
        client.hospital_visits("Кузнецова")


def test_a_wrong_token_is_told(address: tuple[str, str]) -> None:
    spoilt = ["", "жетон", "a\nb", "box:ed25519:00", "box:rot13:" + "00" * 32]
    for token in (*spoilt, Credential.new("box").text(), Credential.new("nobody").text()):
        with LedgerClient(address[0], token) as client, pytest.raises(LedgerUnauthorized):
            client.patients()


def test_no_service_is_told(address: tuple[str, str]) -> None:
    with (
        LedgerClient("http://127.0.0.1:9", address[1], timeout=1) as client,
        pytest.raises(LedgerUnavailable) as caught,
    ):
        client.hospital_visits("1236")
    assert "1236" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:80", "ftp://127.0.0.1", "nonsense", "http://u:p@127.0.0.1"]
)
def test_an_unsafe_address_is_refused(url: str) -> None:
    with pytest.raises(LedgerConfigurationError):
        LedgerClient(url, Credential.new("box").text())


@settings(max_examples=50, deadline=None)
@given(
    value=st.decimals(-999_999, 999_999, places=3),
    text=st.text(min_size=1),
    taken=st.datetimes(
        timezones=st.timezones().filter(lambda zone: zone.utcoffset(NOW).seconds % 60 == 0)
    ),
)
def test_messages_survive_the_wire(value: Decimal, text: str, taken: datetime) -> None:
    offset = taken.utcoffset()
    assert offset is not None
    message = Observation("1", text, "vital", (value,), "%", taken, text, None, value)
    back = from_wire(Observation, to_wire(message))
    assert back == replace(message, taken=back.taken)
    assert str(back.values[0]) == str(value)
    assert abs(back.taken - taken) < timedelta(minutes=1)
