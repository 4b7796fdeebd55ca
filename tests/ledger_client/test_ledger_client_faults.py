"""What the client makes of servers that lie, garble, hang, drip, or speak something else."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_client import LedgerClient, errors
from ledger_client.signing import Credential

JSON = "application/json"
PROBLEM = "application/problem+json"
SECRET = "1236000000001236"
TOKEN = Credential.new("box").text()
VISIT = {
    "id": "1",
    "hospitalId": "h1",
    "hospitalName": "Больница",
    "department": "Терапия",
    "reason": "Осмотр",
    "doctor": "Ершова",
    "started": "2026-11-20",
    "ended": None,
}
HEADER = {
    "id": "1",
    "patientId": "7",
    "hospitalId": "h1",
    "hospitalName": "Больница",
    "type": "ecg",
    "title": "Электрокардиограмма",
    "created": "2026-11-20",
    "author": "Ершова",
}
OBSERVATION = {
    "id": "1",
    "code": "heart_rate",
    "category": "vital",
    "values": ["70"],
    "unit": "/min",
    "taken": "2026-11-20T10:00:00+03:00",
    "source": "Ершова",
}

Answer = Callable[[socket.socket], None]


class Liar:
    """A server of raw bytes: each connection gets the next answer, the last one for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        self._answers = answers
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    self.requests.append(_request(connection))
                    number = min(len(self.requests), len(self._answers)) - 1
                    self._answers[number](connection)
                except OSError:
                    pass


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def raw(data: bytes) -> Answer:
    return lambda connection: connection.sendall(data)


def reply(
    body: Any, status: str = "200 OK", media: str = JSON, version: str | None = "1", cut: int = 0
) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nConnection: close\r\n"
    if version is not None:
        head += f"Ledger-Api-Version: {version}\r\n"
    return raw(head.encode() + f"Content-Length: {len(data) + cut}\r\n\r\n".encode() + data)


def page(*items: Any, **changes: Any) -> dict[str, Any]:
    return {"items": items, "total": len(items), "offset": 0} | changes


def dripping(connection: socket.socket) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLedger-Api-Version: 1\r\n"
        b"Content-Length: 1000\r\n\r\n"
    )
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.02)


def endless(connection: socket.socket) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLedger-Api-Version: 1\r\n\r\n"
    )
    while True:
        connection.sendall(b" " * 1_000_000)


def silent(connection: socket.socket) -> None:
    connection.recv(1)


@contextmanager
def meeting(*answers: Answer, timeout: float = 5.0) -> Iterator[tuple[LedgerClient, Liar]]:
    liar = Liar(list(answers))
    try:
        with LedgerClient(liar.url, TOKEN, timeout=timeout) as client:
            yield client, liar
    finally:
        liar.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), errors.LedgerUnavailable),
        (raw(b""), errors.LedgerUnavailable),
        (reply(b"<html>", media="text/html", version=None), errors.LedgerVersionError),
        (reply(page(VISIT), version=None), errors.LedgerVersionError),
        (reply(page(VISIT), version="2"), errors.LedgerVersionError),
        (reply(page(VISIT), media="text/plain"), errors.LedgerProtocolError),
        (reply(page(VISIT), cut=5), errors.LedgerUnavailable),
        (reply(b""), errors.LedgerProtocolError),
        (reply(b"{"), errors.LedgerProtocolError),
        (reply(b"\xff\xfe"), errors.LedgerProtocolError),
        (reply(b"[" * 100_000), errors.LedgerProtocolError),
        (reply([VISIT]), errors.LedgerProtocolError),
        (reply({"items": None, "total": 0, "offset": 0}), errors.LedgerProtocolError),
        (reply(page(VISIT | {"started": 5})), errors.LedgerProtocolError),
        (reply(page(VISIT | {"started": SECRET})), errors.LedgerProtocolError),
        (reply(page(VISIT | {"doctor": None})), errors.LedgerProtocolError),
        (reply(page({k: v for k, v in VISIT.items() if k != "id"})), errors.LedgerProtocolError),
        (reply(b"", status="302 Found\r\nLocation: /x"), errors.LedgerProtocolError),
        (reply(b"", status="500 Oops", media="text/plain"), errors.LedgerProtocolError),
        (
            reply(b"x", status="404 No", media=PROBLEM),
            errors.LedgerProtocolError,
        ),
        (
            reply({"code": SECRET}, status="404 No", media=PROBLEM),
            errors.LedgerProtocolError,
        ),
        (
            reply({"code": ["a"]}, status="503 No", media=PROBLEM),
            errors.LedgerUnavailable,
        ),
        (endless, errors.LedgerProtocolError),
    ],
)
def test_a_wrong_answer_is_one_clear_error(
    answer: Answer, expected: type[errors.LedgerError]
) -> None:
    with meeting(answer) as (client, _), pytest.raises(expected) as caught:
        client.hospital_visits(SECRET)
    assert type(caught.value) is expected
    assert SECRET not in str(caught.value) + repr(caught.value.__cause__)
    assert caught.value.cause
    assert caught.value.fix
    assert caught.value.spoken


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("401 No", "auth.invalid", errors.LedgerUnauthorized),
        ("404 No", "patient.unknown", errors.PatientNotFound),
        ("404 No", "hospital.unknown", errors.HospitalNotFound),
        ("404 No", "document.unknown", errors.DocumentNotFound),
        ("422 No", "parameter.invalid", errors.LedgerRequestError),
        ("422 No", "body.invalid", errors.LedgerRequestError),
        ("422 No", "idempotency.conflict", errors.IdempotencyConflict),
        ("500 No", "record.unverified", errors.IntegrityError),
        ("503 No", "ledger.busy", errors.LedgerUnavailable),
        ("507 No", "ledger.full", errors.LedgerFull),
    ],
)
def test_each_problem_has_its_error(
    status: str, code: str, expected: type[errors.LedgerError]
) -> None:
    answer = reply({"code": code}, status=status, media=PROBLEM)
    with meeting(answer) as (client, _), pytest.raises(expected) as caught:
        client.hospital_visits("7")
    assert type(caught.value) is expected


@pytest.mark.parametrize("answer", [silent, dripping])
def test_a_slow_answer_is_a_time_out_and_not_asked_again(answer: Answer) -> None:
    with meeting(answer, timeout=0.2) as (client, liar):
        with pytest.raises(errors.LedgerTimeout):
            client.hospital_visits("7")
        assert len(liar.requests) == 1


def test_a_read_is_tried_again() -> None:
    busy = reply({"code": "ledger.busy"}, "503 Busy", PROBLEM)
    with meeting(busy, raw(b""), reply(page(VISIT))) as (client, liar):
        assert client.hospital_visits("7")[0].hospital_id == "h1"
        assert len(liar.requests) == 3


def test_a_read_is_given_up_after_three_times() -> None:
    with meeting(raw(b"")) as (client, liar), pytest.raises(errors.LedgerUnavailable):
        client.hospital_visits("7")
    assert len(liar.requests) == 3


def test_an_append_is_tried_again_with_the_same_key() -> None:
    receipt = reply({"recordId": "1", "sequence": 2, "hash": "ab"}, "201 Created")
    with meeting(raw(b""), raw(b""), receipt) as (client, liar):
        client.append_note("7", "Текст.", "Ершова", datetime(2026, 11, 21, tzinfo=UTC))
    keys = [
        line
        for request in liar.requests
        for line in request.split(b"\r\n")
        if line.startswith(b"Idempotency-Key: ")
    ]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert len({request.partition(b"\r\n\r\n")[2] for request in liar.requests}) == 1


@pytest.mark.parametrize(
    ("ask", "body"),
    [
        (lambda c: c.documents_from_hospital("h1", "8"), page(HEADER)),
        (lambda c: c.documents_from_hospital("h2", "7"), page(HEADER)),
        (lambda c: c.document("2"), {"header": HEADER, "text": "т", "conclusion": "з"}),
        (lambda c: c.observations("7", code="temperature"), page(OBSERVATION)),
        (lambda c: c.observations("7", category="laboratory"), page(OBSERVATION)),
        (lambda c: c.observations("7", since=date(2026, 11, 21)), page(OBSERVATION)),
        (lambda c: c.observations("7", until=date(2026, 11, 19)), page(OBSERVATION)),
        (lambda c: c.observations("7", limit=1), page(OBSERVATION, OBSERVATION)),
        (
            lambda c: c.observations("7"),
            page(OBSERVATION, OBSERVATION | {"taken": "2026-11-21T10:00:00+03:00"}),
        ),
        (lambda c: c.patients(), page(total=1)),
        (lambda c: c.patients(), page(offset=1)),
        (lambda c: c.health(), {"status": "ok", "apiVersion": "7"}),
        (lambda c: c.health(), {"status": "ill", "apiVersion": "1"}),
    ],
)
def test_an_answer_to_another_question_is_refused(
    ask: Callable[[LedgerClient], object], body: object
) -> None:
    with meeting(reply(body)) as (client, _), pytest.raises(errors.LedgerProtocolError):
        ask(client)


def test_the_token_goes_to_no_other_place() -> None:
    with meeting(reply(b"")) as (other, elsewhere):
        redirect = reply(b"", status=f"307 Go\r\nLocation: {elsewhere.url}/x")
        with meeting(redirect) as (client, _), pytest.raises(errors.LedgerProtocolError):
            client.hospital_visits("7")
        assert elsewhere.requests == []
        other.close()


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with meeting(reply(page(VISIT))) as (client, _):
        assert client.hospital_visits("7")


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*OBSERVATION, "items", "total", "offset"]), inner, max_size=9
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(sorted(OBSERVATION)), any_json, min_size=1))
def test_a_garbled_observation_is_whole_or_refused(changes: dict[str, Any]) -> None:
    with meeting(reply(page(OBSERVATION | changes))) as (client, _):
        try:
            found = client.observations("7")
        except errors.LedgerProtocolError:
            return
    assert all(isinstance(getattr(found[0], k), str) for k in ("id", "code", "unit", "source"))
    assert found[0].taken.tzinfo is not None
    assert all(value.is_finite() for value in found[0].values)
