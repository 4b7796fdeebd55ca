"""The client of a Rasa server that is right, wrong, slow, hanging, gone or not Rasa at all."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa_stand_in import TOKEN, StandIn, parsed, standing_in

from nlu.rasa_client import (
    Breaker,
    Endpoint,
    Guess,
    NoGuess,
    RasaClient,
    Silence,
    quiet_session,
    version_of,
)

WORDS = "покажи аллергии qqp"


@pytest.fixture
def server() -> Iterator[StandIn]:
    with standing_in() as running:
        yield running


@pytest.fixture
def client(server: StandIn) -> Iterator[RasaClient]:
    made = RasaClient(lambda: server.endpoint)
    yield made
    made.close()


def test_a_right_answer_is_a_guess(client: RasaClient, server: StandIn) -> None:
    assert client.ask(WORDS) == Guess("get_allergies", 0.9)
    assert (server.words, server.tokens) == ([WORDS], [TOKEN])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="no JSON"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"{}", id="nothing in it"),
        pytest.param(b"\xff\xfe\xff", id="no text"),
        pytest.param(b'{"a":' * 100_000, id="too deep"),
        pytest.param(parsed(WORDS, intent="order_pizza"), id="unknown intent"),
        pytest.param(parsed(WORDS, intent=None), id="no intent"),
        pytest.param(parsed(WORDS, intent=["help"]), id="a list for an intent"),
        pytest.param(parsed(WORDS, confidence=1.01), id="more than sure"),
        pytest.param(parsed(WORDS, confidence=-0.1), id="less than unsure"),
        pytest.param(parsed(WORDS, confidence=float("nan")), id="not a number"),
        pytest.param(parsed(WORDS, confidence="0.9"), id="a text for a number"),
        pytest.param(parsed(WORDS, confidence=True), id="a yes for a number"),
        pytest.param(parsed("другой вопрос"), id="the answer to another question"),
        pytest.param(parsed(WORDS) + b" " * 300_000, id="too long"),
    ],
)
def test_a_wrong_answer_is_none(client: RasaClient, server: StandIn, body: bytes) -> None:
    server.answer = lambda words: body
    assert client.ask(WORDS) == NoGuess(Silence.WRONG)


@pytest.mark.parametrize("status", [204, 302, 401, 409, 500])
def test_another_status_is_wrong(client: RasaClient, server: StandIn, status: int) -> None:
    server.status = status
    if status == 204:
        server.answer = lambda words: b""
    assert client.ask(WORDS) == NoGuess(Silence.WRONG)


@settings(max_examples=25, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_survived(body: bytes) -> None:
    with standing_in() as server:
        server.answer = lambda words: body
        assert client_answer(server) == NoGuess(Silence.WRONG)


def client_answer(server: StandIn) -> Guess | NoGuess:
    client = RasaClient(lambda: server.endpoint, timeout_s=5)
    try:
        return client.ask(WORDS)
    finally:
        client.close()


def hang(server: StandIn, handler: BaseHTTPRequestHandler) -> None:
    server.released.wait(60)
    handler.close_connection = True


def drip_headers(server: StandIn, handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not server.released.wait(0.01):
        handler.wfile.write(b"X: y\r\n")


def drip_body(server: StandIn, handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
    while not server.released.wait(0.01):
        handler.wfile.write(b" ")


@pytest.mark.parametrize("fault", [hang, drip_headers, drip_body])
def test_slow_servers_are_not_waited_for(
    client: RasaClient, server: StandIn, fault: Callable[[StandIn, BaseHTTPRequestHandler], None]
) -> None:
    """Each server goes on until the test ends: who waits for it never ends the test."""

    def answering(handler: BaseHTTPRequestHandler, words: str) -> None:
        with contextlib.suppress(OSError):  # the client goes
            fault(server, handler)
        handler.close_connection = True

    server.answering = answering
    assert client.ask(WORDS) == NoGuess(Silence.SLOW)


def test_a_body_that_breaks_off_is_wrong(client: RasaClient, server: StandIn) -> None:
    def answering(handler: BaseHTTPRequestHandler, words: str) -> None:
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"text"')
        handler.close_connection = True

    server.answering = answering
    assert client.ask(WORDS) == NoGuess(Silence.WRONG)


def test_a_closed_port_and_no_server_are_absent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = Endpoint(unused.getsockname()[1], TOKEN)
        assert RasaClient(lambda: closed).ask(WORDS) == NoGuess(Silence.ABSENT)
    assert RasaClient(lambda: None).ask(WORDS) == NoGuess(Silence.ABSENT)


def test_after_three_failures_it_is_left_alone(client: RasaClient, server: StandIn) -> None:
    server.status = 500
    answers = [client.ask(WORDS) for _ in range(5)]
    assert answers == [NoGuess(Silence.WRONG)] * 3 + [NoGuess(Silence.RESTING)] * 2
    assert len(server.words) == 3


def test_requests_do_not_pile_up(server: StandIn) -> None:
    server.answering = lambda handler, words: hang(server, handler)
    client = RasaClient(lambda: server.endpoint, timeout_s=60)
    asking = [threading.Thread(target=client.ask, args=(WORDS,)) for _ in range(8)]
    for one in asking:
        one.start()
    while len(server.words) < 8:
        time.sleep(0.01)
    assert client.ask(WORDS) == NoGuess(Silence.BUSY)
    server.released.set()
    for one in asking:
        one.join()


def test_a_breaker_rests_and_tries_one() -> None:
    breaker = Breaker(failures=2, rest_s=10)
    breaker.note(0, good=False)
    assert breaker.allows(0)
    breaker.note(1, good=False)
    assert [breaker.allows(at) for at in (1, 10.9, 11, 11.1)] == [False, False, True, False]
    breaker.note(12, good=True)
    assert breaker.allows(12)


def test_a_success_forgives() -> None:
    breaker = Breaker(failures=2, rest_s=10)
    for good in (False, True, False):
        breaker.note(0, good=good)
    assert breaker.allows(0)


def test_proxies_are_not_asked(
    client: RasaClient, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert isinstance(client.ask(WORDS), Guess)


def test_neither_words_nor_token_are_logged_or_shown(
    client: RasaClient, server: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.ask(WORDS)
        server.answer = lambda words: b"{"
        client.ask(WORDS)
    shown = caplog.text + repr(server.endpoint) + str(client.ask(WORDS))
    assert TOKEN not in shown
    assert not any(word in shown for word in WORDS.split())


def test_the_version_of_what_is_no_rasa(server: StandIn) -> None:
    assert version_of(quiet_session(), server.endpoint, 1.0) is None
