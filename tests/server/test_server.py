"""The real server over real sockets: who is let in, what is bounded, what never mixes."""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from assistant.box import Box, opened
from assistant.config import Paths
from assistant.server.connection import Outbox
from assistant.server.devices import Devices
from assistant.server.serving import running
from assistant.session import SessionState
from assistant.speaker.decision import Heard, SpeakerState
from benchmarks.tablet import Tablet, recording

pytestmark = pytest.mark.slow
DEMO = Path(__file__).parents[1] / "fixtures" / "speech" / "demo"


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


def address(url: str) -> str:
    return url.rstrip("/").replace("http", "ws", 1) + "/bedside"


async def closed_with(socket: ClientConnection) -> int:
    """The code with which the server ends the connection."""
    try:
        async with asyncio.timeout(30):
            while True:
                await socket.recv()
    except ConnectionClosed as error:
        assert error.rcvd is not None
        return error.rcvd.code


def test_every_response_carries_a_strict_policy(page_url: str) -> None:
    for path in ("", "static/page.js", "static/nothing.js", "metrics"):
        response = requests.get(page_url + path, timeout=10)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert "server" not in response.headers
    page = requests.get(page_url, timeout=10).text
    assert "<script>" not in page
    assert "style=" not in page
    assert "http" not in page.replace("http-equiv", ""), "nothing comes from elsewhere"


def test_other_hosts_large_bodies_and_paths_outside_are_refused(page_url: str) -> None:
    get = requests.get(page_url, headers={"host": "evil.example"}, timeout=10)
    assert get.status_code == 400
    assert requests.post(page_url, data=b"x" * 70_000, timeout=10).status_code == 413
    assert requests.post(page_url, data=iter([b"x"]), timeout=10).status_code == 413
    outside = requests.Request("GET", page_url).prepare()
    outside.url = page_url + "static/..%2f..%2fcli.py"
    assert requests.Session().send(outside, timeout=10).status_code == 404


def test_pages_of_other_origins_are_turned_away(page_url: str) -> None:
    async def work() -> None:
        for origin in ("https://evil.example", page_url.replace("http", "https").rstrip("/"), None):
            with pytest.raises(InvalidStatus) as refused:
                await connect(address(page_url), origin=origin)  # type: ignore[arg-type]
            assert refused.value.response.status_code == 403

    run(work())


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type": "hello", "token": "of-nobody"}', 4401),
        ('{"type": "lock"}', 4401),
        ("no json", 4400),
        (b"\x00" * 100, 4400),
    ],
)
def test_without_a_token_nothing_is_said(page_url: str, first: str | bytes, code: int) -> None:
    async def work() -> None:
        async with connect(address(page_url), origin=page_url.rstrip("/")) as socket:  # type: ignore[arg-type]
            await socket.send(first)
            assert await closed_with(socket) == code

    run(work())


def test_a_flood_and_nonsense_end_only_their_own_connection(page_url: str, token: str) -> None:
    async def greeted() -> ClientConnection:
        socket = await connect(address(page_url), origin=page_url.rstrip("/"))  # type: ignore[arg-type]
        await socket.send(json.dumps({"type": "hello", "token": token}))
        await socket.recv()
        return socket

    async def work() -> None:
        socket = await greeted()
        frame = np.zeros(8000, "<i2").tobytes()
        for number in range(40):
            await socket.send(struct.pack("<I", number) + frame)
        assert await closed_with(socket) == 4429
        socket = await greeted()
        await socket.send(b"\x01")
        assert await closed_with(socket) == 4400
        socket = await greeted()
        await socket.send("x" * 70_000)
        assert await closed_with(socket) == 1009
        await (await greeted()).close()

    run(work())


def test_a_forgotten_tablet_is_put_out(
    page_url: str, bedside_home: Paths, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.server.connection._WATCH_S", 0.1)
    devices = Devices(bedside_home.devices)

    async def work() -> None:
        async with connect(address(page_url), origin=page_url.rstrip("/")) as socket:  # type: ignore[arg-type]
            await socket.send(json.dumps({"type": "hello", "token": token}))
            assert json.loads(await socket.recv())["type"] == "ready"
            device = devices.find(token)
            assert device is not None
            devices.forget(device.id)
            assert await closed_with(socket) == 4401

    run(work())


def test_a_server_with_nothing_to_say_says_that_it_is_there(
    page_url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.server.connection._ALIVE_S", 0.1)

    async def work() -> None:
        async with connect(address(page_url), origin=page_url.rstrip("/")) as socket:  # type: ignore[arg-type]
            await socket.send(json.dumps({"type": "hello", "token": token}))
            for _ in range(3):
                while json.loads(await socket.recv())["type"] != "alive":
                    pass

    run(work())


def test_a_tablet_that_takes_too_little_is_dropped_and_hinders_nobody(
    page_url: str, bedside_home: Paths, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Devices(bedside_home.devices).pair("doctor-aleksandr", datetime.now(UTC))[1]
    question = recording(DEMO / "turn01_aleksandr.flac")

    async def work() -> None:
        slow, quick = await Tablet.open(page_url, token), await Tablet.open(page_url, other)
        monkeypatch.setattr("assistant.server.connection._OUTBOX_BYTES", 20_000)
        with pytest.raises(ConnectionClosed) as closed:
            await slow.say(question)
            await slow.socket.wait_closed()
            await slow.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4408
        monkeypatch.undo()
        await quick.say(question)
        assert (await quick.wait("answer")).message["allowed"]
        await quick.close()

    run(work())


def test_speech_that_was_stopped_is_not_sent_any_more() -> None:
    async def work() -> None:
        outbox = Outbox()
        for message in (b"spoken", {"type": "silence"}, b"more"):
            outbox.put(message)
        outbox.drop_audio()
        outbox.put({"type": "answer"})
        assert [json.loads(await outbox.get())["type"] for _ in range(2)] == [
            "silence",
            "answer",
        ]

    run(work())


def test_https_with_the_self_made_certificate(
    bedside_home: Paths, bedside_box: Box, token: str
) -> None:
    with running(bedside_box, bedside_home, tls=True) as url:
        trusted = bedside_home.tls / "server.crt"
        response = requests.get(url, verify=str(trusted), timeout=10)
        assert "wss://" in response.headers["content-security-policy"]
        assert "strict-transport-security" in response.headers
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=10)

        async def work() -> None:
            tablet = await Tablet.open(url, token, ssl.create_default_context(cafile=str(trusted)))
            await tablet.close()

        run(work())


def test_a_dialogue_goes_on_after_the_connection_broke(page_url: str, token: str) -> None:
    async def asked(*names: str) -> list[dict[str, Any]]:
        tablet = await Tablet.open(page_url, token)
        await tablet.say(np.zeros(8000, np.float32))
        answers, since = [], 0
        for name in names:
            await tablet.say(recording(DEMO / f"{name}.flac"))
            answer = await tablet.wait("answer", since=since)
            since = tablet.received.index(answer) + 1
            await tablet.wait("audio", since=since)
            answers.append(answer.message)
        await tablet.close()
        return answers

    async def work() -> None:
        which, chosen = await asked("turn01_aleksandr", "turn02_aleksandr")
        assert which["choices"]
        # two seconds of speech: the voice is not kept over the end of a connection
        (documents,) = await asked("turn03_aleksandr")
        ivanov = {"name": "Иванов Пётр Сергеевич", "born": 1958, "card": "1236"}
        assert chosen["patient"] == documents["patient"] == ivanov

    run(work())


def test_a_tablets_session_file_holds_no_voice(bedside_box: Box, bedside_home: Paths) -> None:
    spoken = SpeakerState(recent=(Heard(1.0, 0.9, (0.5, 0.5)),), accepted_at=1.0)
    with bedside_box.sessions.hold("tablet", "dr") as session:
        session.state = SessionState("dr", speaker=spoken)
    with bedside_box.sessions.hold("tablet", "dr") as session:
        assert session.state == SessionState("dr", speaker=replace(spoken, recent=()))
    with opened(bedside_home, to_stay=False) as box:  # `assistant ask --session`
        with box.sessions.hold("call", "dr") as session:
            session.state = SessionState("dr", speaker=spoken)
        with box.sessions.hold("call", "dr") as session:
            assert session.state.speaker == spoken


def test_a_locked_screen_ends_the_dialogue(page_url: str, token: str) -> None:
    async def work() -> None:
        tablet = await Tablet.open(page_url, token)
        await tablet.say(recording(DEMO / "turn01_aleksandr.flac"))
        await tablet.send(type="tap", turn=1, choice=7)
        answer = await tablet.wait("answer")
        await tablet.send(type="tap", turn=answer.message["turn"], choice=0)
        since = tablet.received.index(answer) + 1
        chosen = await tablet.wait("answer", since=since)
        assert chosen.message["tapped"]
        assert chosen.message["patient"]["card"] == "1236"
        await tablet.send(type="lock")
        assert (await tablet.wait("clear")).message["reason"] == "locked"
        await tablet.send(type="tap", turn=chosen.message["turn"], choice=0)
        since = len(tablet.received)
        await tablet.say(recording(DEMO / "turn03_aleksandr.flac"))
        after = await tablet.wait("answer", since=since)
        assert after.message["patient"] is None
        assert "О каком пациенте" in after.message["answer"]["text"]
        await tablet.close()

    run(work())


def test_no_line_of_the_log_or_the_metrics_holds_what_was_said(
    page_url: str, bedside_home: Paths, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        tablet = await Tablet.open(page_url, token)
        await tablet.say(recording(DEMO / "turn01_aleksandr.flac"))
        await tablet.wait("timing")
        await tablet.close()

    with caplog.at_level("DEBUG"):
        run(work())
    metrics = requests.get(page_url + "metrics", timeout=10).text
    assert 'assistant_stage_seconds_count{stage="total"}' in metrics
    assert "assistant_frames_lost_total 0.0" in metrics
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("websockets"))
    for text in (ours, metrics, bedside_home.audit.read_text(encoding="utf-8")):
        assert "ванов" not in text
        assert "осещени" not in text
        assert token not in text
        assert "doctor-aleksandr" not in text


def test_what_was_said_into_missing_frames_is_to_be_said_again(page_url: str, token: str) -> None:
    async def work() -> None:
        tablet = await Tablet.open(page_url, token)
        question = recording(DEMO / "turn01_aleksandr.flac")
        half = len(question) // 2
        await tablet.say(question[:half])
        tablet._number += 10
        await tablet.say(question[half + 10 * 512 :])
        nothing = await tablet.wait("nothing")
        assert nothing.message["text"] == "Часть сказанного не дошла. Повторите, пожалуйста."
        await asyncio.sleep(1)
        since = len(tablet.received)
        await tablet.say(question)
        assert (await tablet.wait("answer", since=since)).message["allowed"]
        kinds = [one.message["type"] for one in tablet.received[:since]]
        assert "answer" not in kinds
        await tablet.close()

    run(work())
