"""`assistant nlu` from the first example to the rollback, as docs/tuning.md tells it."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from pathlib import Path

import pytest

from assistant import cli
from assistant.commands import nlu
from assistant.tuning import scores
from assistant.tuning.versions import VersionStore
from nlu.evaluate import BLIND_SETS, TUNED_SETS, read_cases
from nlu.rasa_process import RASA_PYTHON

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: VersionStore) -> Path:
    """The store's folder is the box's; ``store`` makes the shipped files small."""
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and everything printed."""
    code = cli.main(["nlu", *words])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.slow
def test_from_example_to_rollback(
    capsys: pytest.CaptureFixture[str], home: Path, misleading: str
) -> None:
    code, said = run(capsys, "add", "affirm", "да ровно так", "пусть так и будет решено")
    assert (code, said.split()[0]) == (0, "2")
    code, said = run(capsys, "train")
    assert code == 0
    assert "v1 is trained, shipped stays in use" in said
    assert (home / "nlu" / "versions" / "v1" / "confusion.png").read_bytes()[:4] == b"\x89PNG"
    assert "cross-validation" in said and "F1 date" in said
    assert "No golden utterance flipped" in run(capsys, "diff", "v1", "v1")[1]
    (home / "nlu" / "site.yml").write_text(misleading, encoding="utf-8")
    assert run(capsys, "train")[0] == 0
    said = run(capsys, "diff", "v1", "v2")[1]
    assert re.search(r"worse +│ .*intent", said)
    code, said = run(capsys, "promote", "v2")
    assert (code, "v2 is worse than shipped" in said) == (9, True)
    code, said = run(capsys, "promote", "v2", "--force")
    assert (code, "--reason" in said) == (9, True)
    assert run(capsys, "promote", "v2", "--force", "--reason", "a trial")[0] == 0
    said = run(capsys, "versions")[1]
    assert re.search(r"● +│ v2", said) and "forced: a trial" in said
    assert run(capsys, "rollback")[1].startswith("shipped is in use again")
    code, said = run(capsys, "rollback")
    assert (code, "nothing to go back to" in said) == (9, True)
    lines = (home / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert events == ["nlu_example", "nlu_train", "nlu_train", "nlu_promote", "nlu_rollback"]


@pytest.mark.skipif(not RASA_PYTHON.exists(), reason="no .venv-rasa (make rasa)")
def test_rasa_is_trained_on_the_version_in_use(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_MODELS", str(home / "models"))
    run(capsys, "add", "affirm", "пусть будет по-твоему")
    run(capsys, "train")
    run(capsys, "promote", "v1", "--force", "--reason", "a trial")
    code, said = run(capsys, "rasa")
    assert (code, said.startswith("Rasa is trained on v1")) == (0, True), said
    assert (home / "models" / "rasa" / "light.tar.gz").stat().st_size > 1000
    assert VersionStore(home / "nlu").project("v1").name == "v1"


def test_without_rasa_the_fix_is_told(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_RASA_PYTHON", str(home / "none"))
    code, said = run(capsys, "rasa")
    assert (code, "make rasa" in said) == (9, True)


def test_a_damaged_version_is_shown(
    capsys: pytest.CaptureFixture[str], store: VersionStore, home: Path
) -> None:
    store.train(lambda step: None)
    (home / "nlu" / "versions" / "v1" / "data" / "nlu.yml").unlink()
    assert "not those that were trained" in run(capsys, "versions")[1]
    code, said = run(capsys, "test", "v1")
    assert (code, "assistant nlu rollback" in said) == (9, True)


def test_the_empty_queue_says_how_to_fill_it(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert "review = true" in run(capsys, "review")[1]
    (home / "settings.toml").write_text("[nlu]\nreview = true\n", encoding="utf-8")
    assert "The queue is empty" in run(capsys, "review")[1]
    code, said = run(capsys, "review", "drop", "1")
    assert (code, "no utterance number 1" in said) == (9, True)


@pytest.mark.parametrize(
    ("table", "content", "cause"),
    [
        ("cases", None, "can't be opened: No such file"),
        ("cases", b"", "lacks the columns kind, text, intent, patient"),
        ("cases", b"kind\ttext\nclean\thm\n", "lacks the columns intent, patient"),
        ("cases", b"kind\ttext\tintent\tpatient\n", "has no utterances"),
        ("cases", b"kind\n\xff\xfe", "no table in UTF-8"),
        ("roster", None, "can't be opened: No such file"),
        ("roster", b"card,last\n1,\n", "lacks the columns first, middle, sex, birth_date"),
        ("roster", b"card,last,first,middle,sex,birth_date\n1,", "has a birth_date that is not"),
    ],
)
def test_a_table_that_is_none(
    capsys: pytest.CaptureFixture[str], home: Path, table: str, content: bytes | None, cause: str
) -> None:
    folder = home / "tables"
    folder.mkdir()
    given = folder / "cases.tsv" if table == "cases" else folder
    (folder / "hospitals.csv").write_text("id,name,aliases\n")
    if content is not None:
        (folder / ("cases.tsv" if table == "cases" else "patients.csv")).write_bytes(content)
    code, said = run(capsys, "test", f"--{table}", str(given))
    assert (code, cause in said, "Give --cases a table" in said) == (9, True, True), said


def test_without_a_table_the_golden_set_is_scored(
    capsys: pytest.CaptureFixture[str], store: VersionStore, home: Path
) -> None:
    code, said = run(capsys, "test")
    golden = len(scores.golden_cases())
    assert (code, f"{golden} utterances" in said) == (0, True), said
    assert golden == len(read_cases(TUNED_SETS["heldout_fresh"]))


@pytest.mark.parametrize("guide", ["tuning.md", "tuning.ru.md"])
def test_the_guide_shows_commands_that_exist(guide: str) -> None:
    text = (DOCS / guide).read_text(encoding="utf-8")
    shown = re.findall(r"^\$ assistant (.+)$", text, re.MULTILINE)
    shown += re.findall(r"`assistant (nlu [^`-]+)`", text)
    parser = argparse.ArgumentParser()
    nlu.add_commands(parser.add_subparsers(required=True))
    names = {parser.parse_args(shlex.split(line)).run.__name__ for line in shown}
    commands = "add train versions diff promote rollback review label drop test rasa"
    assert names == {f"_{name}" for name in commands.split()}


def test_the_guide_counts_the_golden_set() -> None:
    total = sum(len(read_cases(path)) for path in (TUNED_SETS | BLIND_SETS).values())
    for guide in ("tuning.md", "tuning.ru.md"):
        assert f" {total} " in (DOCS / guide).read_text(encoding="utf-8").replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("affirm", "нет неправильно"), "Text 1 is already an example of"),
        (("affirm", "покажи визиты смирнова за прошлый год"), "Text 1 is in the test sets"),
        (("affirm", "[Зотова](nobody) да"), "Text 1 marks an unknown entity"),
        (("no_such", "да"), "There is no intent"),
    ],
)
def test_the_guide_tells_the_messages(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    code, said = run(capsys, "add", *words)
    assert (code, message in said) == (9, True)
    for guide in ("tuning.md", "tuning.ru.md"):
        assert f"`{message}" in (DOCS / guide).read_text(encoding="utf-8")
