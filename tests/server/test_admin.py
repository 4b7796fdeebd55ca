"""The admin's page: nothing without its token, everything it shows is what the box holds."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from playwright.sync_api import expect
from screens import pictured
from starlette.applications import Starlette
from starlette.testclient import TestClient

from assistant import cli
from assistant.audit import Audit
from assistant.config import Paths
from assistant.login import LogIn
from assistant.server import admin
from assistant.server.devices import Devices
from assistant.server.metrics import Metrics
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.pins import PinStore
from assistant.speaker.plot import write_plot
from assistant.speaker.rates import Trials
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import SessionVoices, VoiceIdMode
from assistant.speaker.site_policy import (
    DEFAULTS_OF,
    det_path,
    dump_policy,
    load_policy,
    policy_path,
)
from assistant.speaker.store import Consent, Voiceprints, VoiceprintStore
from assistant.vault import Vault
from benchmarks.browser import CHROMIUM, chromium, script

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Client:
    """Asks with the admin's token."""

    def __init__(self, paths: Paths) -> None:
        vault = Vault.open_site(paths.site_key)
        self.pins, self.voices = PinStore(paths, vault), SessionVoices()
        login = LogIn(VoiceIdMode.SESSION, self.pins, Audit(paths.audit, vault), self.voices)
        # as the process does at its start
        site = load_policy(policy_path(paths), DEFAULTS_OF, VoiceIdMode.SESSION)
        self.http = TestClient(Starlette(routes=admin.routes(paths, Metrics(), site, login)))
        self.token = admin.new_token(paths.admin_token)

    def ask(self, path: str, method: str = "GET", token: str | None = None) -> Any:
        headers = {"authorization": f"Bearer {token or self.token}"}
        return self.http.request(method, f"/admin/api/{path}", headers=headers)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Client, Paths]]:
    """A box with two members of staff, one of them enrolled, and a few audit lines."""
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_LEDGER_URL", "http://127.0.0.1:9")
    paths = Paths.from_environment()
    for member in ("dr-petrov", "nurse-anna"):
        role = "nurse" if member.startswith("nurse") else "doctor"
        assert cli.main(["staff", "add", member, "--role", role]) == 0
    vault = Vault.open_site(paths.site_key)
    store = VoiceprintStore(paths, vault)
    with store.alone():
        store.save(
            "dr-petrov",
            Consent("Петров П. П.", NOW, "2026-01"),
            Voiceprints("campplus", NOW, np.eye(3, 192, dtype=np.float32)),
        )
    audit = Audit(paths.audit, vault)
    for day, member, card, allowed in (
        ("2026-11-20", "dr-petrov", "1236", True),
        ("2026-11-21", "dr-petrov", "208", True),
        ("2026-11-21", "nurse-anna", "1236", False),
    ):
        audit.append(
            {
                "time": f"{day}T10:00:00.000+03:00",
                "event": "turn",
                "member": audit.pseudonym("member", member),
                "patient": audit.pseudonym("patient", card),
                "intent": "get_allergies",
                "speaker": "accept" if allowed else "reject",
                "score": 0.8,
                "allowed": allowed,
            }
        )
    Devices(paths.devices).pair("dr-petrov", NOW)
    yield Client(paths), paths


PATHS = ("health", "people", "thresholds", "det.png", "tablets", "audit")


def test_nothing_without_the_token(office: tuple[Client, Paths]) -> None:
    client, paths = office
    before = paths.audit.read_bytes()
    old, client.token = client.token, admin.new_token(paths.admin_token)
    for token in ("nonsense", old):
        for path in PATHS:
            assert client.ask(path, token=token).status_code == 401
        assert client.ask("people/dr-petrov/forget", "POST", token).status_code == 401
    assert client.http.get("/admin/api/people").status_code == 401
    assert paths.audit.read_bytes() == before
    assert client.token not in paths.admin_token.read_text()
    for path in PATHS:
        assert client.ask(path).status_code in (200, 404)


def test_people_with_consent_and_the_lack_of_it(office: tuple[Client, Paths]) -> None:
    client, _ = office
    doctor, nurse = client.ask("people").json()
    assert doctor["id"] == "dr-petrov"
    assert doctor["role"] == "doctor"
    assert doctor["enrolled_at"] == NOW.isoformat()
    assert doctor["consent"]["by"] == "Петров П. П."
    assert nurse["enrolled_at"] is None
    assert nurse["consent"] is None


def test_a_forgotten_voice_is_gone_and_recorded(office: tuple[Client, Paths]) -> None:
    client, paths = office
    receipt = client.ask("people/dr-petrov/forget", "POST").json()
    assert receipt["speaker_id"] == "dr-petrov"
    assert client.ask("people").json()[0]["enrolled_at"] is None
    assert client.ask("people/dr-petrov/forget", "POST").status_code == 404
    last = json.loads(paths.audit.read_text().splitlines()[-1])
    assert last["event"] == "voice_forgotten"
    assert "dr-petrov" not in paths.audit.read_text()


def test_who_is_forgotten_is_logged_out_where_the_page_is_served(
    office: tuple[Client, Paths],
) -> None:
    client, paths = office
    kept = {}
    for member in ("dr-petrov", "nurse-anna"):
        client.pins.set(member, "271828")
        kept[member] = Voiceprints("campplus", NOW, np.eye(3, 192, dtype=np.float32))
        client.voices.log_in(member, kept[member])
    assert client.ask("people/dr-petrov/forget", "POST").json()["pin"]
    assert not kept["dr-petrov"].vectors.any(), "overwritten"
    assert kept["nurse-anna"].vectors.any()
    events = [json.loads(line)["event"] for line in paths.audit.read_text().splitlines()]
    assert events[-2:] == ["voice_forgotten", "logged_out"]


@pytest.mark.parametrize(
    ("query", "times"),
    [
        ("", ["2026-11-21", "2026-11-21", "2026-11-20"]),
        ("member=dr-petrov", ["2026-11-21", "2026-11-20"]),
        ("card=1236", ["2026-11-21", "2026-11-20"]),
        ("card=1236&member=dr-petrov", ["2026-11-20"]),
        ("allowed=false", ["2026-11-21"]),
        ("day=2026-11-20", ["2026-11-20"]),
        ("member=nobody", []),
    ],
)
def test_the_audit_log_is_searched_and_the_search_recorded(
    office: tuple[Client, Paths], query: str, times: list[str]
) -> None:
    client, paths = office
    found = client.ask(f"audit?{query}").json()
    assert [event["time"][:10] for event in found] == times
    assert {event["member"] for event in found} <= {"dr-petrov", "nurse-anna"}
    last = json.loads(paths.audit.read_text().splitlines()[-1])
    assert last["event"] == "audit_searched"
    assert last["found"] == len(times)
    # hashes and pseudonyms are hexadecimal and may hold any digits
    assert not re.search(r"(?<![0-9a-f])1236(?![0-9a-f])", paths.audit.read_text())


@pytest.mark.parametrize("query", ["day=yesterday", "allowed=perhaps", "patient=1236"])
def test_a_search_for_something_else_is_refused(office: tuple[Client, Paths], query: str) -> None:
    assert office[0].ask(f"audit?{query}").status_code == 422


def test_health_tells_a_ledger_that_is_down_and_a_broken_log(office: tuple[Client, Paths]) -> None:
    client, paths = office
    health = client.ask("health").json()
    assert health["ledger"] == "ledger.unavailable"
    assert (health["audit"], health["audit_line"]) == ("ok", 3)
    lines = paths.audit.read_text().splitlines(keepends=True)
    paths.audit.write_text("".join([lines[0], lines[2]]))
    health = client.ask("health").json()
    assert (health["audit"], health["audit_line"]) == ("broken", 2)


def test_thresholds_say_whether_they_were_measured_here(office: tuple[Client, Paths]) -> None:
    client, paths = office
    assert client.ask("thresholds").json()["calibrated"] is False
    assert client.ask("thresholds").json()["saved"] == "same"
    picture = io.BytesIO()
    Image.new("RGB", (20, 10)).save(picture, "PNG")
    det_path(paths).write_bytes(picture.getvalue())
    measured = {**VoicePolicy().thresholds, RiskTier.WRITE: 0.61}
    policy = replace(VoicePolicy(), thresholds=measured)
    measured_here = dump_policy(policy, DEFAULTS_OF, VoiceIdMode.SESSION)
    policy_path(paths).write_bytes(measured_here)

    # what runs keeps the thresholds it loaded, and the page says so
    running = client.ask("thresholds").json()
    assert (running["calibrated"], running["saved"]) == (False, "other")
    assert running["tiers"]["write"] == 0.56
    policy_path(paths).write_text("{}")
    assert client.ask("thresholds").json()["saved"] == "unreadable"
    assert client.ask("det.png").content == picture.getvalue()
    policy_path(paths).write_bytes(measured_here)
    restarted = Client(paths).ask("thresholds").json()
    assert (restarted["calibrated"], restarted["saved"]) == (True, "same")
    assert restarted["tiers"]["write"] == 0.61


def test_a_tablet_is_put_out(office: tuple[Client, Paths]) -> None:
    client, _ = office
    (tablet,) = client.ask("tablets").json()
    assert client.ask(f"tablets/{tablet['id']}/forget", "POST").status_code == 200
    assert client.ask("tablets").json() == []


def made_up_trials() -> Trials:
    """Scores of two voices that overlap a little."""
    rng = np.random.default_rng(7)
    claimed, spoke = np.arange(800) % 2, np.arange(800) // 2 % 2
    return Trials(0.2 + 0.4 * (claimed == spoke) + 0.12 * rng.normal(size=800), claimed, spoke)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_the_page_in_a_browser(page_url: str, bedside_home: Paths, tmp_path: Path) -> None:
    token = admin.new_token(bedside_home.admin_token)
    Devices(bedside_home.devices).pair("doctor-aleksandr", NOW)
    det_path(bedside_home).unlink(missing_ok=True)
    with chromium(script(tmp_path / "mic.wav", 1.0)) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda one: complaints.append(one.text))
        page.goto(f"{page_url}admin#{token}")
        expect(page.locator("#health-list")).to_contain_text("в порядке")
        for name, text in (
            ("Состояние", "цел, строк"),
            ("Голоса", "doctor-aleksandr"),
            ("Планшеты", "tablet-"),
            ("Пороги", "Чтение"),
            ("Журнал", ""),
        ):
            page.get_by_role("link", name=name).click()
            expect(page.locator("main section:not([hidden])")).to_contain_text(text)
            pictured(page, f"admin-{name}")
        page.get_by_role("link", name="Пороги").click()
        expect(page.locator("#thresholds-list")).to_contain_text("Чтение")
        expect(page.locator("#det")).to_be_hidden()
        write_plot(det_path(bedside_home), made_up_trials(), {})
        page.reload()
        expect(page.locator("#det")).to_have_js_property("naturalWidth", 1320)
        pictured(page, "admin-Пороги-DET")
        page.get_by_role("link", name="Планшеты").click()
        page.get_by_role("button", name="Отключить").first.click()
        page.get_by_role("button", name="Отмена").click()
        assert not complaints
        page.evaluate("sessionStorage.clear()")
        page.get_by_role("link", name="Голоса").click()
        expect(page.locator("#notice")).to_contain_text("Нет доступа")
    assert requests.get(f"{page_url}admin/api/people", timeout=10).status_code == 401
