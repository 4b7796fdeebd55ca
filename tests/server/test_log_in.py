"""Modes ``session`` and ``none`` on the page: real server, real models, real Chromium."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from playwright.sync_api import Page, expect
from screens import pictured

from assistant.audit import Audit, Intact
from assistant.box import Box, opened
from assistant.config import Paths
from assistant.server import admin
from assistant.server.devices import Devices
from assistant.server.serving import running
from assistant.session import SessionState
from assistant.speaker.pins import PinStore
from assistant.speaker.store import Voiceprints
from assistant.staff import Role, StaffMember, add
from assistant.vault import Vault
from benchmarks.browser import CHROMIUM, chromium, moments, opened_page, script
from benchmarks.tablet import Tablet, recording

pytestmark = pytest.mark.slow
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: apt-get install chromium"
)
DEMO = Path(__file__).parents[1] / "fixtures" / "speech" / "demo"
PIN, WRONG = "271828", "314159"
PAUSE = np.zeros(2 * 16_000, np.float32)
"""Longer than a pause at a comma."""


class Ward:
    """A box in one mode, with doctors who have PINs, behind the real server."""

    def __init__(self, paths: Paths, box: Box, url: str) -> None:
        self.paths, self.box, self.url = paths, box, url
        self.pins = PinStore(paths, Vault.open_site(paths.site_key))

    def tablet(self, doctor: str = "dr-a") -> str:
        """The token of a new tablet."""
        return Devices(self.paths.devices).pair(doctor, datetime.now(UTC))[1]

    def recorded(self, doctor: str) -> list[tuple[str, str | None]]:
        """Event and reason of the doctor's log-ins in the audit log, in order."""
        audit = Audit(self.paths.audit, Vault.open_site(self.paths.site_key))
        assert isinstance(audit.verify(), Intact)
        if not self.paths.audit.exists():
            return []
        lines = [json.loads(line) for line in self.paths.audit.read_text().splitlines()]
        return [
            (line["event"], line.get("reason"))
            for line in lines
            if line.get("member") == audit.pseudonym("member", doctor) and line["event"] != "turn"
        ]


@contextmanager
def ward(mode: str, home: Path, clinic: Paths) -> Iterator[Ward]:
    """A box beside the clinic's ledger."""
    paths = Paths(home, clinic.models)
    home.mkdir()
    (home / "settings.toml").write_text(f'[voice]\nmode = "{mode}"\n')
    pins = PinStore(paths, Vault.open_site(paths.site_key))
    for doctor in ("dr-a", "dr-b", "dr-c", "dr-d"):
        add(paths.staff, StaffMember(doctor, Role.DOCTOR))
        pins.set(doctor, PIN)
    with pytest.MonkeyPatch.context() as patch:
        token, key = ((clinic.ledger / name).read_text() for name in ("token", "node.pub"))
        patch.setenv("ASSISTANT_LEDGER_TOKEN", token.strip())
        patch.setenv("ASSISTANT_LEDGER_KEY", key)
        with opened(paths) as box, running(box, paths) as url:
            yield Ward(paths, box, url)


@pytest.fixture(scope="module")
def session_ward(tmp_path_factory: pytest.TempPathFactory, bedside_home: Paths) -> Iterator[Ward]:
    with ward("session", tmp_path_factory.mktemp("session") / "home", bedside_home) as one:
        yield one


@pytest.fixture(scope="module")
def pin_ward(tmp_path_factory: pytest.TempPathFactory, bedside_home: Paths) -> Iterator[Ward]:
    with ward("none", tmp_path_factory.mktemp("none") / "home", bedside_home) as one:
        yield one


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


async def login(tablet: Tablet, digits: str) -> dict[str, Any]:
    """The answer to one PIN."""
    since = len(tablet.received)
    await tablet.send(type="pin", digits=digits)
    return (await tablet.wait("login", "ready", since=since)).message


async def asked(tablet: Tablet, name: str) -> dict[str, Any]:
    """The answer to one recording."""
    since = len(tablet.received)
    await tablet.say(recording(DEMO / f"{name}.flac"))
    answer = (await tablet.wait("answer", since=since)).message
    await tablet.send(type="stop")
    return answer


async def read_aloud(tablet: Tablet, *names: str) -> dict[str, Any]:
    """The answer to the last of several sentences."""
    message: dict[str, Any] = {}
    for name in names:
        since = len(tablet.received)
        await tablet.say(recording(DEMO / f"{name}.flac"))
        await tablet.say(PAUSE)
        message = (await tablet.wait("login", "ready", since=since)).message
    return message


def test_a_session_voice_is_made_after_the_pin_and_wiped_by_the_lock(session_ward: Ward) -> None:
    def recorded(*events: str) -> None:
        """Checked when the tablet is told: each line is written before."""
        assert [event for event, _ in session_ward.recorded("dr-a")] == list(events)

    async def work() -> None:
        tablet = await Tablet.open(session_ward.url, session_ward.tablet(), until="login")
        await tablet.say(recording(DEMO / "turn01_aleksandr.flac"))
        await tablet.send(type="tap", turn=1, choice=0)
        assert {one.message["type"] for one in tablet.received} == {"login"}
        assert "неверен" in (await login(tablet, WRONG))["fault"]
        recorded("log_in_refused")
        first = await login(tablet, PIN)
        recorded("log_in_refused")
        assert (first["stage"], first["said"]) == ("read", "")
        again = await read_aloud(tablet, "turn11_aleksandr")
        assert again["prompt"] == first["prompt"] and again["said"], "too short to be a sentence"
        second = await read_aloud(tablet, "enrol1_aleksandr")
        assert "2 из 2" in second["prompt"]
        assert (await read_aloud(tablet, "enrol2_aleksandr"))["type"] == "ready"
        recorded("log_in_refused", "logged_in")
        kept = session_ward.box.login._voices
        assert kept is not None
        voice = kept._kept["dr-a"].voiceprints.vectors
        assert voice.any()
        assert (await asked(tablet, "turn01_aleksandr"))["allowed"]
        await asyncio.sleep(1)
        refused = await asked(tablet, "turn05_anna")
        assert (refused["allowed"], refused["speaker"]) == (False, "reject")
        assert (await asked(tablet, "turn01_aleksandr"))["allowed"]
        since = len(tablet.received)
        await tablet.send(type="lock")
        assert (await tablet.wait("login", since=since)).message["stage"] == "pin"
        assert not voice.any(), "overwritten"
        recorded("log_in_refused", "logged_in", "logged_out")
        await tablet.close()
        files = {path.suffix for path in session_ward.paths.home.rglob("*") if path.is_file()}
        assert ".voice" not in files
        (sealed,) = session_ward.paths.sessions.glob("*.sealed")
        vault = Vault.open_site(session_ward.paths.site_key)
        assert b'"recent":[]' in vault.open(sealed.read_bytes(), f"session:{sealed.stem}")

    run(work())


def test_a_voice_in_memory_goes_in_time_while_no_tablet_is_connected(session_ward: Ward) -> None:
    """At the end of its time, and when the person is forgotten by a command of its own."""
    voices = session_ward.box.login._voices
    assert voices is not None
    kept = {}
    for doctor in ("dr-d", "dr-e"):
        session_ward.pins.set(doctor, PIN)
        kept[doctor] = Voiceprints("campplus", datetime.now(UTC), np.eye(2, dtype=np.float32))
        voices.log_in(doctor, kept[doctor])
    voices._kept["dr-d"].until = 0.0
    forgotten = subprocess.run(
        [sys.executable, "-m", "assistant", "forget", "dr-e"],
        env={**os.environ, "ASSISTANT_HOME": str(session_ward.paths.home)},
        check=True,
        capture_output=True,
    )
    assert json.loads(forgotten.stdout)["pin"]
    deadline = time.monotonic() + 60
    while kept["dr-d"].vectors.any() or kept["dr-e"].vectors.any():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert session_ward.recorded("dr-d") == [("timed_out", None)]
    assert sorted(session_ward.recorded("dr-e")) == [
        ("logged_out", None),
        ("voice_forgotten", None),
    ]


def test_two_voices_open_no_session(session_ward: Ward) -> None:
    async def work() -> None:
        tablet = await Tablet.open(session_ward.url, session_ward.tablet("dr-b"), until="login")
        await login(tablet, PIN)
        again = await read_aloud(tablet, "enrol1_aleksandr", "enrol2_anna")
        assert "1 из 2" in again["prompt"]
        assert session_ward.box.login.needed(SessionState("dr-b"), datetime.now(UTC))
        assert session_ward.recorded("dr-b") == [], "it may still be read again"
        await tablet.close()
        async with asyncio.timeout(60):
            while session_ward.recorded("dr-b") != [("log_in_refused", "audio")]:
                await asyncio.sleep(0.1)

    run(work())


def test_five_wrong_pins_lock_it_even_for_the_right_one(pin_ward: Ward) -> None:
    async def work() -> None:
        tablet = await Tablet.open(pin_ward.url, pin_ward.tablet("dr-b"), until="login")
        for _ in range(5):
            assert "неверен" in (await login(tablet, WRONG))["fault"]
        assert "закрыт" in (await login(tablet, PIN))["fault"]
        await tablet.close()
        tablet = await Tablet.open(pin_ward.url, pin_ward.tablet("dr-b"), until="login")
        assert "закрыт" in (await login(tablet, PIN))["fault"]
        await tablet.close()

    run(work())
    wrong = ("log_in_refused", "pin")
    locked = ("log_in_refused", "pin.locked")
    assert pin_ward.recorded("dr-b") == [*[wrong] * 5, ("pin_locked", None), locked, locked]
    log = pin_ward.paths.audit.read_text()
    assert "dr-b" not in log
    # hashes and pseudonyms are hexadecimal and may hold any digits
    assert not re.search(rf"(?<![0-9a-f])({PIN}|{WRONG})(?![0-9a-f])", log)
    # the admin's search finds them
    headers = {"authorization": f"Bearer {admin.new_token(pin_ward.paths.admin_token)}"}
    query = {"member": "dr-b", "allowed": "false"}
    answer = requests.get(
        f"{pin_ward.url}admin/api/audit", params=query, headers=headers, timeout=10
    )
    assert [(line["event"], line["member"]) for line in answer.json()] == [
        ("log_in_refused", "dr-b")
    ] * 7


def test_a_pin_log_in_is_recorded_to_its_end(
    pin_ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        tablet = await Tablet.open(pin_ward.url, pin_ward.tablet("dr-c"), until="login")
        for end in ("logged_out", "timed_out"):
            assert (await login(tablet, PIN))["type"] == "ready"
            assert pin_ward.recorded("dr-c")[-1] == ("logged_in", None)
            since = len(tablet.received)
            if end == "logged_out":
                await tablet.send(type="lock")
            else:
                monkeypatch.setattr("assistant.speaker.session_voice.UNLOCKED_S", -1.0)
            assert (await tablet.wait("login", since=since)).message["stage"] == "pin"
            assert pin_ward.recorded("dr-c")[-1] == (end, None)
        await tablet.close()
        # a time-out while the tablet is away is recorded when it comes back, once
        monkeypatch.undo()
        tablet = await Tablet.open(pin_ward.url, token := pin_ward.tablet("dr-c"), until="login")
        assert (await login(tablet, PIN))["type"] == "ready"
        await tablet.close()
        monkeypatch.setattr("assistant.speaker.session_voice.UNLOCKED_S", -1.0)
        before = pin_ward.recorded("dr-c")
        for _ in range(2):
            tablet = await Tablet.open(pin_ward.url, token, until="login")
            assert pin_ward.recorded("dr-c") == [*before, ("timed_out", None)]
            await tablet.close()

    run(work())


def test_a_tablet_that_was_locked_while_it_was_away_is_locked_when_it_comes_back(
    pin_ward: Ward,
) -> None:
    token = pin_ward.tablet("dr-d")
    device = Devices(pin_ward.paths.devices).find(token)
    assert device is not None

    def kept() -> SessionState:
        with pin_ward.box.sessions.hold(device.id, "dr-d") as session:
            return session.state

    async def work() -> None:
        tablet = await Tablet.open(pin_ward.url, token, until="login")
        assert (await login(tablet, PIN))["type"] == "ready"
        assert (await asked(tablet, "turn01_aleksandr"))["choices"]
        await tablet.close()
        # the PIN is still good, and the question still open
        await (await Tablet.open(pin_ward.url, token, until="ready")).close()
        assert kept().dialogue.pending is not None
        for _ in range(2):
            tablet = await Tablet.open(pin_ward.url, token, until="login", locked=True)
            assert {one.message["type"] for one in tablet.received} == {"login"}
            await tablet.close()
            assert kept() == SessionState("dr-d")
        await (await Tablet.open(pin_ward.url, token, until="login")).close()

    run(work())
    assert pin_ward.recorded("dr-d") == [("logged_in", None), ("logged_out", None)]


def tapped(page: Page, digits: str) -> None:
    """Type a PIN with a finger."""
    keys = page.locator("#keys")
    keys.get_by_role("button", name="5").click()
    keys.get_by_role("button", name="Стереть").click()
    for digit in digits:
        keys.get_by_role("button", name=digit).click()
    keys.get_by_role("button", name="Войти").click()


@needs_chromium
def test_the_session_mode_in_a_browser(session_ward: Ward, tmp_path: Path) -> None:
    microphone = script(
        tmp_path / "mic.wav",
        *(12.0, "enrol1_aleksandr", 4.0, "enrol2_aleksandr", 4.0),
        *("turn01_aleksandr", 8.0, "turn02_aleksandr", 60.0),
    )
    with chromium(microphone) as browser:
        page = opened_page(browser, session_ward.url, session_ward.tablet())
        complaints: list[str] = []
        page.on("console", lambda one: complaints.append(one.text))
        page.click("#curtain-button")
        expect(page.locator("#curtain-title")).to_have_text("Введите пин-код")
        expect(page.locator("#pin")).to_be_focused()
        page.keyboard.type(WRONG)
        page.keyboard.press("Enter")
        expect(page.locator("#pin-fault")).to_contain_text("неверен")
        tapped(page, PIN)
        expect(page.locator("#reading-prompt")).to_contain_text("Запись 1 из 2")
        pictured(page, "reading")
        expect(page.locator("#reading-prompt")).to_contain_text("Запись 2 из 2", timeout=60_000)
        expect(page.locator("#bedside")).to_be_visible(timeout=60_000)
        expect(page.locator("#patient-name")).to_be_visible(timeout=90_000)
        page.click("#lock-button")
        page.click("#curtain-button")
        expect(page.locator("#curtain-title")).to_have_text("Введите пин-код")
        assert "Иванов" not in page.content()
        assert not [one for one in complaints if "WebSocket" not in one]


@needs_chromium
def test_the_pin_mode_in_a_browser(
    pin_ward: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = (1.0, "turn05_anna", 14.0, "turn01_aleksandr", 60.0)
    with chromium(script(tmp_path / "mic.wav", *spoken)) as browser:
        page = opened_page(browser, pin_ward.url, pin_ward.tablet())
        page.click("#curtain-button")
        expect(page.locator("#pin")).to_be_focused()
        pictured(page, "pin")
        page.wait_for_timeout(4000)
        assert not moments(page, "message speech"), "nothing is heard before the PIN"
        tapped(page, PIN)
        expect(page.locator("#bedside")).to_be_visible()
        expect(page.locator("#items")).to_contain_text("Иванов", timeout=90_000)
        expect(page.locator("#shield-text")).to_have_text("Вход по пин-коду")
        expect(page.locator("#member-name")).to_have_text("dr-a")
        monkeypatch.setattr("assistant.speaker.session_voice.UNLOCKED_S", -1.0)
        expect(page.locator("#pin")).to_be_focused(timeout=30_000)
        assert "Иванов" not in page.content()
