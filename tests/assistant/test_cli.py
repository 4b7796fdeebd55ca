"""Bad input on the command line: a Russian sentence, a cause, a fix, a documented exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assistant import cli
from assistant.config import Paths

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"
WEIGHTS = Paths.from_environment().models / "whisper-base" / "model.bin"
needs_models = pytest.mark.skipif(not WEIGHTS.is_file(), reason="assistant models fetch")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A box with one doctor, whose ledger is not running."""
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSISTANT_LEDGER_URL", "http://127.0.0.1:9")
    assert cli.main(["staff", "add", "dr", "--role", "doctor"]) == 0
    yield tmp_path / "home"


def asked(
    capsys: pytest.CaptureFixture[str], audio: Path, speaker: str = "dr"
) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of `assistant ask`."""
    capsys.readouterr()
    code = cli.main(["ask", "--audio", str(audio), "--as", speaker, "--json"])
    return code, json.loads(capsys.readouterr().out)


def enrol() -> None:
    takes = [str(SPEECH / "demo" / f"enrol{n}_aleksandr.flac") for n in range(1, 9)]
    assert cli.main(["enroll", "dr", *takes, "--consent-by", "dr"]) == 0


@pytest.mark.parametrize("words", ["nlu versions", "nlu rollback", "nlu review", "staff list"])
def test_a_home_that_is_no_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.setenv("ASSISTANT_HOME", str(home / "staff.toml"))
    assert cli.main(words.split()) == 1
    said = capsys.readouterr().err
    assert f"{home / 'staff.toml'} can't be used: Not a directory" in said
    assert "Set ASSISTANT_HOME" in said


def test_a_file_of_the_box_is_not_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its name may be somebody's."""
    (home / "staff.toml").unlink()
    (home / "staff.toml").mkdir()
    assert cli.main(["staff", "list"]) == 1
    said = capsys.readouterr().err
    assert f"The data folder {home} can't be used: Is a directory" in said
    assert "staff.toml" not in said


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.wav", b""), ("text.wav", b"no audio here\n" * 50), ("missing.wav", None)],
)
def test_what_is_no_recording_is_refused(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | None,
) -> None:
    audio = tmp_path / name
    if content is not None:
        audio.write_bytes(content)
    code, form = asked(capsys, audio)
    assert code == 3
    assert form["error"]["code"].startswith("audio")
    assert form["error"]["fix"]
    assert "Повторите" in form["answer"]["text"]
    assert not (home / "answers").exists()


def test_a_long_recording_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(16_000 * 100, np.float32), 16_000)
    code, form = asked(capsys, tmp_path / "long.wav")
    assert (code, form["error"]["code"]) == (3, "audio.too_long")


def test_a_speaker_without_an_account_is_told_how_to_get_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, form = asked(capsys, SPEECH / "demo" / "turn01_aleksandr.flac", "nobody")
    assert (code, form["error"]["code"]) == (6, "staff")
    assert "staff add" in form["error"]["fix"]


def test_a_missing_model_names_the_command(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ASSISTANT_MODELS", str(tmp_path / "none"))
    code, form = asked(capsys, SPEECH / "demo" / "turn01_aleksandr.flac")
    assert code == 4
    assert "models fetch" in form["error"]["fix"]
    assert "администратора" in form["answer"]["text"]


@needs_models
@pytest.mark.slow
def test_a_voice_that_was_never_recorded_is_told_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, form = asked(capsys, SPEECH / "demo" / "turn01_aleksandr.flac")
    assert code == 6
    assert form["error"]["code"].startswith("enrolment")


@needs_models
@pytest.mark.slow
def test_without_a_ledger_the_doctor_hears_so_and_silence_is_asked_again(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol()
    code, form = asked(capsys, SPEECH / "demo" / "turn01_aleksandr.flac")
    assert (code, form["error"]) == (5, "ledger.unavailable")
    assert "недоступен" in form["answer"]["text"]
    assert form["patient"] is None
    soundfile.write(tmp_path / "silence.wav", np.zeros(32_000, np.float32), 16_000)
    code, form = asked(capsys, tmp_path / "silence.wav")
    assert (code, form["heard"], form["transcript"]) == (0, "silence", "")
    assert form["answer"]["text"]
    assert form["answer"]["audio"]


@needs_models
@pytest.mark.slow
def test_one_recorded_question_gets_a_spoken_answer(
    home: Path,
    clinic: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ASSISTANT_LEDGER_URL", clinic[0])
    monkeypatch.setenv("ASSISTANT_LEDGER_TOKEN", clinic[1])
    enrol()
    code, form = asked(capsys, SPEECH / "commands" / "aleksandr_06.flac")
    assert code == 0
    assert form["intent"] == "get_document"
    assert form["gate"]["allowed"]
    assert set(form["speaker"]) == {"decision", "score", "threshold"}
    assert soundfile.info(form["answer"]["audio"]).duration > 0.5
    code, form = asked(capsys, SPEECH / "demo" / "turn05_anna.flac")
    assert (code, form["gate"]["allowed"], form["patient"]) == (0, False, None)
