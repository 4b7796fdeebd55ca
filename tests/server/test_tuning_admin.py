"""«Понимание» of the admin's page: all of `assistant nlu`, with real training beside the server."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from screens import SCREENS, accessible, nothing_scrolls_sideways
from starlette.applications import Starlette
from starlette.testclient import TestClient

from assistant.audit import Audit
from assistant.config import Paths
from assistant.login import LogIn
from assistant.server import admin, tuning_admin
from assistant.server.metrics import Metrics
from assistant.speaker.pins import PinStore
from assistant.speaker.session_voice import VoiceIdMode
from assistant.tuning.review import ReviewQueue
from assistant.tuning.versions import VersionStore
from assistant.vault import Vault
from benchmarks.browser import CHROMIUM, chromium, script
from nlu.evaluate import HELDOUT, read_cases
from nlu.messages import Parse

pytestmark = pytest.mark.slow

JOB_S = 300.0
"""How long a real training may take on a machine where much else runs."""
SMALL_JOB = """
import sys
from pathlib import Path
from assistant.server import tuning_job
from assistant.tuning import overlay, scores, versions
from nlu.evaluate import HELDOUT
versions.HOME = overlay.HOME = Path(sys.argv[1])
scores.TUNED_SETS = scores.GOLDEN = {"fresh": HELDOUT.with_name("heldout_fresh.tsv")}
scores.SLOTS = {}
scores.FOLDS = tuning_job.FOLDS = 2
tuning_job.main()
"""


class Client:
    """Asks with the admin's token."""

    def __init__(self, paths: Paths) -> None:
        vault = Vault.open_site(paths.site_key)
        pins, audit = PinStore(paths, vault), Audit(paths.audit, vault)
        login = LogIn(VoiceIdMode.ENROLLED, pins, audit)
        self.http = TestClient(Starlette(routes=admin.routes(paths, Metrics(), None, login)))
        self.headers = {"authorization": f"Bearer {admin.new_token(paths.admin_token)}"}

    def get(self, path: str = "") -> Any:
        return self.http.get(f"/admin/api/nlu{path}", headers=self.headers)

    def post(self, path: str, **body: Any) -> Any:
        return self.http.post(f"/admin/api/nlu{path}", headers=self.headers, json=body)

    def work(self, **body: Any) -> dict[str, Any]:
        """Start a piece of work and wait for its end."""
        assert self.post("/job", **body).json()["running"]
        deadline = time.monotonic() + JOB_S
        while (job := self.get("/job").json())["running"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return dict(job)


@pytest.fixture
def office(
    tmp_path: Path, small_project: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Client, Paths]:
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    command = (sys.executable, "-c", SMALL_JOB, str(small_project))
    monkeypatch.setattr(tuning_admin, "COMMAND", command)
    paths = Paths.from_environment()
    return Client(paths), paths


def hear(paths: Paths, *texts: str) -> None:
    """Put utterances that were not understood into the queue."""
    vault = Vault.open_site(paths.site_key)
    queue = ReviewQueue(VersionStore(paths.nlu).review_file, vault, review=True)
    for text in texts:
        queue.offer(Parse(text, "out_of_scope", 0.4), lambda word: False, datetime.now(UTC))


def mislead(paths: Paths) -> None:
    """Own examples that make any model worse: golden utterances under a wrong intent."""
    cases = read_cases(HELDOUT.with_name("heldout_fresh.tsv"))
    asked = [case.text for case in cases if case.intent == "get_latest_vitals"]
    lines = "".join(f"    - {text}\n" for text in asked)
    VersionStore(paths.nlu).site_file.write_text(
        f'version: "3.1"\nnlu:\n- intent: get_diagnoses\n  examples: |\n{lines}', encoding="utf-8"
    )


def events(paths: Paths) -> list[dict[str, Any]]:
    if not paths.audit.exists():
        return []
    return [json.loads(line) for line in paths.audit.read_text().splitlines()]


def test_nothing_without_the_token(office: tuple[Client, Paths]) -> None:
    client, paths = office
    client.headers = {"authorization": "Bearer nonsense"}
    for path in ("", "/job", "/versions/v1", "/versions/v1/confusion.png"):
        assert client.get(path).status_code == 401
    for path in ("/job", "/examples", "/queue/label", "/queue/drop", "/rollback"):
        assert client.post(path, kind="train").status_code == 401
    assert not paths.nlu.exists()
    assert not paths.audit.exists()


def test_the_queue_is_labelled_by_what_was_seen(office: tuple[Client, Paths]) -> None:
    client, paths = office
    assert client.get().json()["collecting"] is False
    paths.settings.write_text("[nlu]\nreview = true\n", encoding="utf-8")
    hear(paths, "свари кофе на двоих", "огласи таблеточный реестр Громова")
    overview = client.get().json()
    assert overview["collecting"] is True
    coffee, tablets = (entry["text"] for entry in overview["queue"])
    assert "Громова" not in tablets
    hear(paths, "свари кофе на двоих")  # which now stands last, so that the numbers are others
    label = {"text": tablets, "intent": "get_medications"}
    assert client.post("/queue/label", **label).json()["text"].startswith("огласи таблеточный")
    assert client.post("/queue/label", **label).json()["error"] == "nlu.review"
    assert client.post("/queue/drop", text=coffee).status_code == 200
    overview = client.get().json()
    assert (overview["queue"], overview["own_examples"]) == ([], 1)
    assert [event["event"] for event in events(paths)] == ["nlu_label", "nlu_drop"]
    assert "кофе" not in paths.audit.read_text()


@pytest.mark.parametrize(
    ("intent", "text", "error", "about"),
    [
        ("get_coffee", "свари кофе", "nlu.example.intent", []),
        ("get_allergies", "замолчи", "nlu.example.taken", ["stop"]),
        ("get_allergies", "аллергия [Зотова](cat)", "nlu.example.entity", ["cat"]),
        ("get_allergies", "аллергия {patient}", "nlu.example.mark", []),
        ("get_allergies", "allergies", "nlu.example.language", []),
    ],
)
def test_an_example_that_is_refused(
    office: tuple[Client, Paths], intent: str, text: str, error: str, about: list[str]
) -> None:
    client, paths = office
    answer = client.post("/examples", intent=intent, text=text)
    assert (answer.status_code, answer.json()) == (409, {"error": error, "about": about})
    assert events(paths) == []


def test_examples_are_counted_once(office: tuple[Client, Paths]) -> None:
    client, _ = office
    for added in (1, 0):
        answer = client.post("/examples", intent="affirm", text="пусть так и будет решено")
        assert answer.json() == {"added": added}
    tested = read_cases(HELDOUT)[0]
    answer = client.post("/examples", intent=tested.intent, text=tested.text)
    assert answer.json()["error"] in ("nlu.example.examined", "nlu.example.taken")
    assert client.post("/examples", intent="affirm", text="да " * 200).status_code == 422
    assert client.post("/job", kind="dance").status_code == 422
    assert client.post("/job", kind="promote", after="v1", reason="  ").status_code == 422


def test_from_training_to_rollback(office: tuple[Client, Paths]) -> None:
    client, paths = office
    first = client.post("/job", kind="train").json()
    busy = client.post("/job", kind="train")
    assert (busy.status_code, busy.json()["error"]) == (409, "nlu.busy")
    assert client.post("/rollback").json()["error"] == "nlu.busy"
    while (job := client.get("/job").json())["running"]:
        assert job["number"] == first["number"]
        time.sleep(0.1)
    assert (job["error"], job["result"]) == (None, {"version": "v1"})
    assert job["steps_begun"] == job["steps"]
    version = client.get("/versions/v1").json()
    assert version["accuracy"]["total"] == sum(
        count for read in version["confusions"].values() for count in read.values()
    )
    assert client.get("/versions/v1/confusion.png").content[:4] == b"\x89PNG"
    assert client.get("/versions/..%2F..%2Fkeys/confusion.png").status_code in (404, 409)
    assert client.get("/versions/v7").json()["error"] == "nlu.version"

    mislead(paths)
    assert client.work(kind="train")["result"] == {"version": "v2"}
    same = client.work(kind="compare", before="v1", after="v1")["result"]
    assert (same["worse"], same["better"]) == ([], [])
    result = client.work(kind="compare", before="v1", after="v2")["result"]
    fell = [line["name"] for line in result["measures"] if line["change"] < 0]
    fell += [f"F1 {line['name']}" for line in result["entities"] if line["change"] < 0]
    assert fell and result["worse"]
    refused = client.work(kind="promote", after="v2")["error"]
    assert refused["error"] == "nlu.worse"
    assert fell == refused["about"]
    assert client.get().json()["current"] == "shipped"
    assert client.work(kind="promote", after="v2", reason="проба")["error"] is None
    overview = client.get().json()
    assert overview["current"] == "v2"
    assert [entry["forced"] for entry in overview["history"]] == ["проба"]
    assert client.post("/rollback").json() == {"version": "shipped"}
    assert client.post("/rollback").json()["error"] == "nlu.version"
    kinds = ["nlu_train", "nlu_train", "nlu_promote", "nlu_rollback"]
    assert [event["event"] for event in events(paths)] == kinds

    (paths.nlu / "versions" / "v1" / "data" / "nlu.yml").unlink()
    rows = {row["id"]: row.get("fault") for row in client.get().json()["versions"]}
    assert rows == {"shipped": None, "v1": "nlu.corrupt", "v2": None}
    (paths.nlu / "current.json").write_text("[", encoding="utf-8")
    assert client.get().json()["error"] == "nlu.history"


def test_work_that_dies_is_told(
    office: tuple[Client, Paths], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, paths = office
    monkeypatch.setattr(tuning_admin, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    assert Client(paths).work(kind="train")["error"]["error"] == "nlu.job"


@pytest.fixture
def tuned_home(bedside_home: Paths) -> Iterator[Paths]:
    """The box with two utterances to label; afterwards it is as it was."""
    bedside_home.settings.write_text("[nlu]\nreview = true\n", encoding="utf-8")
    hear(bedside_home, "свари кофе на двоих", "огласи таблеточный реестр больного Громова")
    yield bedside_home
    bedside_home.settings.unlink()
    shutil.rmtree(bedside_home.nlu)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_tuning_in_a_browser(page_url: str, tuned_home: Paths, tmp_path: Path) -> None:
    token = admin.new_token(tuned_home.admin_token)
    SCREENS.mkdir(parents=True, exist_ok=True)

    def look(page: Page, name: str) -> None:
        """No complaint of axe at either width, and nothing wider than the screen."""
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            accessible(page)
            page.screenshot(path=SCREENS / f"admin-nlu-{name}-{width}.png", full_page=True)
            nothing_scrolls_sideways(page)
        page.set_viewport_size({"width": 1280, "height": 800})

    with chromium(script(tmp_path / "mic.wav", 1.0)) as browser:
        page, other = browser.new_page(), browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda one: complaints.append(one.text))
        for one in (page, other):
            one.goto(f"{page_url}admin#{token}")
            expect(one.locator("#health-list")).to_contain_text("в порядке")
            one.get_by_role("link", name="Понимание").click()
            expect(one.locator("#queue")).to_contain_text("огласи таблеточный реестр")
        look(page, "queue")

        line = page.locator("#queue tbody tr").filter(has_text="огласи")
        line.get_by_role("combobox").select_option("Лекарства")
        line.get_by_role("button", name="В примеры").click()
        expect(page.locator("#notice")).to_contain_text("Добавлено в «Лекарства»")
        page.get_by_role("button", name="Убрать").click()
        expect(page.locator("#queue")).to_contain_text("Непонятых фраз нет")
        page.locator("#example-intent").select_option("Аллергии")
        page.get_by_label("Что говорит врач").fill("замолчи")
        page.get_by_role("button", name="Добавить").click()
        expect(page.locator("#example-fault")).to_contain_text("Это уже пример намерения «Стоп»")

        mislead(tuned_home)
        page.get_by_role("button", name="Обучить").click()
        expect(page.locator("#progress-text")).to_contain_text("Идёт обучение")
        page.reload()
        other.get_by_role("link", name="Журнал").click()
        other.get_by_role("link", name="Понимание").click()
        for one in (page, other):
            expect(one.locator("#progress-text")).to_contain_text("шаг", timeout=60_000)
        look(page, "training")
        expect(page.locator("#version-title")).to_have_text("Версия v1", timeout=JOB_S * 1000)
        expect(other.locator("#versions")).to_contain_text("v1")
        expect(page.locator("#confusion")).to_be_visible()

        page.get_by_role("button", name="Сравнить").click()
        bad = page.locator("#comparison-measures .bad").first
        expect(bad).to_contain_text("хуже на", timeout=JOB_S * 1000)
        expect(page.locator("#flips")).to_contain_text("понято как «Диагнозы»")
        expect(page.locator("#flips")).to_contain_text("показатель")
        assert "_" not in page.locator("#flips").inner_text(), "names, no ids"
        look(page, "compared")

        page.get_by_role("button", name="В работу").click()
        page.get_by_role("button", name="Ввести", exact=True).click()
        expect(page.locator("#force-text")).to_contain_text("хуже", timeout=JOB_S * 1000)
        expect(other.locator("#force")).to_be_hidden()
        look(page, "refused")
        page.get_by_label("Почему").fill("проба")
        page.get_by_role("button", name="Всё равно").click()
        expect(page.locator("#versions")).to_contain_text("● v1", timeout=JOB_S * 1000)
        expect(page.locator("#promotions")).to_contain_text("проба")
        look(page, "promoted")
        page.get_by_role("button", name="Вернуться к").click()
        page.get_by_role("button", name="Вернуться", exact=True).click()
        expect(page.locator("#versions")).to_contain_text("● исходная")
        assert not [text for text in complaints if "409" not in text]
