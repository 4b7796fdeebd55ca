"""A real Rasa: trained, served, swapped, killed. Skips only where Python 3.10 is missing."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from small_projects import part_of_the_project

from assistant.box import rasa_beside
from assistant.config import Paths
from nlu.combined import CombinedParser
from nlu.evaluate import HELDOUT, HELDOUT_TODAY, Report, evaluate, read_cases, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import INTENTS, Parse, Parser
from nlu.parser import InProcessParser
from nlu.project import HOME
from nlu.rasa_client import Guess, RasaClient
from nlu.rasa_errors import RasaMissingError, RasaStartError, RasaTrainingError
from nlu.rasa_process import RASA_PYTHON, RasaProcess
from nlu.rasa_project import spelt, write_project
from nlu.rasa_server import RasaServer, Restarts
from nlu.rasa_train import rasa, train

real = pytest.mark.skipif(
    not RASA_PYTHON.exists(), reason="no .venv-rasa: Python 3.10 was not found (make rasa)"
)
PATIENCE_S = 240.0
PER_INTENT = 200


@pytest.fixture(scope="module")
def own() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained here, from the first examples of this checkout: all of them take many minutes."""
    home = part_of_the_project(tmp_path_factory.mktemp("rasa-project"), PER_INTENT)
    out = tmp_path_factory.mktemp("rasa") / "light.tar.gz"
    train(RASA_PYTHON, out, home=home)
    return out


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[RasaServer]:
    with RasaServer(RASA_PYTHON, model) as running:
        assert running.wait_ready(PATIENCE_S)
        yield running


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes true at all; how soon is no matter."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


@real
@pytest.mark.slow
def test_rasa_finds_the_project_and_its_tests_valid(tmp_path: Path) -> None:
    printed = rasa(
        RASA_PYTHON, tmp_path, "data", "validate", "--fail-on-warnings",
        "--config", str(HOME / "config.yml"), "--domain", str(HOME / "domain.yml"),
        "--data", str(HOME / "data"), str(HOME / "tests"),
    )  # fmt: skip
    assert "No story structure conflicts found" in printed


@real
@pytest.mark.slow
def test_both_parsers_answer_through_one_interface(
    server: RasaServer, own: InProcessParser
) -> None:
    client = RasaClient(server.endpoint, timeout_s=10)

    class RasaAlone:
        def parse(self, text: str, alternatives: tuple[str, ...] = ()) -> Parse:
            readings = own.readings(text, alternatives)
            guess = client.ask(spelt(readings.first.masked))
            assert isinstance(guess, Guess)
            return own.read(readings, intent=guess.intent)

    def report(parser: Parser) -> Report:
        return evaluate(parser, read_cases())

    alone, beside = report(RasaAlone()), report(CombinedParser(own, client))
    assert alone.accuracy() >= 0.94
    assert beside.accuracy() == report(own).accuracy()
    assert beside.patients_wrong == 0


@real
@pytest.mark.slow
def test_only_the_holder_of_the_token_is_answered(server: RasaServer) -> None:
    endpoint = server.endpoint()
    assert endpoint is not None
    for token in ({}, {"token": "guess"}):
        denied = requests.post(
            f"{endpoint.url}/model/parse", params=token, json={"text": "да"}, timeout=10
        )
        assert denied.status_code == 401
    shown = b"".join(Path(f"/proc/{server.pid}/{n}").read_bytes() for n in ("cmdline", "environ"))
    assert endpoint.token.encode() not in shown
    assert RASA_PYTHON.name.encode() in shown
    sockets = Path(f"/proc/{server.pid}/net/tcp").read_text().split("\n")
    listening = [line.split()[1] for line in sockets if f":{endpoint.port:04X} " in line[:22]]
    assert listening
    assert all(address.startswith("0100007F:") for address in listening)


@real
@pytest.mark.slow
def test_swapping_never_stops_parsing(
    server: RasaServer,
    model: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A swap that is asked for; a broken model in its place; a good one in its place."""
    # every 64th token begins with the sign of an option
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: f"-{secrets.token_hex(size)}")
    client, over = RasaClient(server.endpoint, timeout_s=30), threading.Event()
    answers: list[object] = []
    pids = [server.pid]

    def parse_on() -> None:
        while not over.is_set():
            answers.append(client.ask("покажи визиты qqp"))

    parsing = threading.Thread(target=parse_on)
    parsing.start()
    other = shutil.copy(model, tmp_path / "other.tar.gz")
    counts = []
    try:
        server.swap(other)
        pids.append(server.pid)
        counts.append(len(answers))
        (tmp_path / "broken").write_bytes(b"no model")
        (tmp_path / "broken").replace(other)
        assert eventually(lambda: "not taken up" in caplog.text)
        assert server.pid == pids[1]
        counts.append(len(answers))
        Path(shutil.copy(model, tmp_path / "better")).replace(other)
        assert eventually(lambda: server.pid != pids[1])
        pids.append(server.pid)
        counts.append(len(answers))
        assert eventually(lambda: len(answers) > counts[-1] + 20)
    finally:
        over.set()
        parsing.join()
    assert {type(answer) for answer in answers} == {Guess}
    assert all(done > 50 for done in (counts[0], counts[1] - counts[0], counts[2] - counts[1]))
    assert len(set(pids)) == 3
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids[:2]))


@real
@pytest.mark.slow
def test_a_broken_model_does_not_take_the_place_of_a_good_one(
    server: RasaServer, tmp_path: Path
) -> None:
    before = server.pid
    (tmp_path / "broken.tar.gz").write_bytes(b"no model")
    with pytest.raises(RasaStartError):
        server.swap(tmp_path / "broken.tar.gz")
    with pytest.raises(RasaMissingError):
        server.swap(tmp_path / "nothing.tar.gz")
    assert server.pid == before
    assert isinstance(RasaClient(server.endpoint, timeout_s=10).ask("да"), Guess)


@real
@pytest.mark.slow
def test_a_killed_server_is_missed_by_nobody_and_comes_back(
    server: RasaServer, own: InProcessParser
) -> None:
    parser = CombinedParser(own, RasaClient(server.endpoint))
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: server.endpoint() is None)
    text = "покажи визиты смирнова"
    assert parser.parse(text) == own.parse(text)
    assert eventually(lambda: server.pid not in (None, killed))


@real
@pytest.mark.slow
def test_the_server_ends_with_its_parent(model: Path, tmp_path: Path) -> None:
    """The parent is killed, so that nothing of its own can tidy up."""
    code = (
        "import sys, time, pathlib; from nlu.rasa_process import RasaProcess, RASA_PYTHON\n"
        "child = RasaProcess(RASA_PYTHON, pathlib.Path(sys.argv[1]))\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code, model],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=HOME.parent,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip()
        assert child.exists()
        assert any(tmp_path.iterdir())
        parent.kill()
    assert eventually(lambda: not child.exists() or "(zombie)" in (child / "status").read_text())
    assert not any(tmp_path.iterdir())


def test_what_is_not_there_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ASSISTANT_RASA_PYTHON", str(tmp_path / "python"))
    with rasa_beside(Paths(tmp_path, tmp_path)) as client:
        assert client is None
    assert "make rasa" in caplog.text
    with pytest.raises(RasaMissingError):
        train(tmp_path / "python", tmp_path / "model.tar.gz")


def program(folder: Path, lines: str) -> Path:
    """A stand-in for Rasa's Python, where a fault must be provoked."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


def test_a_server_that_ends_while_starting_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "model").touch()
    process = RasaProcess(program(tmp_path, "exit 7"), tmp_path / "model")
    with pytest.raises(RasaStartError, match="status 7"):
        process.wait_ready(threading.Event())
    process.stop()
    assert not process.alive
    assert not any((tmp_path / "tmp").iterdir())


def test_a_start_is_given_up_when_the_app_closes(tmp_path: Path) -> None:
    (tmp_path / "model").touch()
    with RasaServer(program(tmp_path, "exec sleep 600"), tmp_path / "model") as server:
        assert server.endpoint() is None


@pytest.mark.parametrize("lines", ["echo No space left on device; exit 1", "exit 0"])
def test_a_failed_training_leaves_the_old_model(tmp_path: Path, lines: str) -> None:
    out = tmp_path / "models" / "model.tar.gz"
    out.parent.mkdir()
    out.write_bytes(b"the old one")
    with pytest.raises(RasaTrainingError):
        train(program(tmp_path, lines), out)
    assert out.read_bytes() == b"the old one"
    assert list(out.parent.iterdir()) == [out]


def test_restarts_slow_down_and_end() -> None:
    restarts, now = Restarts(), 0.0
    pauses = []
    while not restarts.given_up:
        pauses.append(restarts.failed(now))
        now += 20
    assert pauses == [1, 2, 4, 8, 16]


def test_a_failure_now_and_then_is_forgiven() -> None:
    restarts = Restarts()
    for now in itertools.islice(itertools.count(0, 601), 20):
        assert restarts.failed(now) == 1
    assert not restarts.given_up


def test_the_masked_project_holds_every_intent_and_no_name(tmp_path: Path) -> None:
    count = write_project(tmp_path)
    written = (tmp_path / "data" / "nlu.yml").read_text(encoding="utf-8")
    assert count > 1000
    assert written.count("- intent: ") == len(INTENTS)
    assert not any(digit in written.partition("\n")[2] for digit in "0123456789")
    for name in ("лосев", "аверин", "ибрагимов", "щербаков"):
        assert name not in written
    assert (tmp_path / "config.yml").read_bytes() == (HOME / "config.yml").read_bytes()


def test_a_site_s_examples_reach_rasa_with_the_shipped_pipeline(
    tmp_path: Path, small_project: Path
) -> None:
    site, target = tmp_path / "site", tmp_path / "target"
    shutil.copytree(small_project / "data", site / "data")
    (site / "data" / "site.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: affirm\n  examples: |\n    - пусть будет решено так\n',
        encoding="utf-8",
    )
    target.mkdir()
    write_project(target, home=site)
    assert "пусть будет решено так" in (target / "data" / "nlu.yml").read_text(encoding="utf-8")
    assert (target / "config.yml").read_bytes() == (HOME / "config.yml").read_bytes()
