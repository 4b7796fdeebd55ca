"""The commands as a person types them, on the demo's recordings and the real model."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest
import soundfile

from assistant.commands import speaker
from assistant.errors import AssistantError
from assistant.speaker.errors import ConsentMissingError, NotEnrolledError, SpeakerIdError
from assistant.speech.synthesizer import open_synthesizer

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "tests" / "fixtures" / "speech" / "demo"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    models = tmp_path / "models" / "campplus"
    models.mkdir(parents=True)
    name = "campplus_zh_en_common_advanced.onnx"
    shutil.copy(ROOT / "models" / "campplus" / name, models / name)
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSISTANT_MODELS", str(tmp_path / "models"))
    return tmp_path / "home"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    speaker.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(arguments)
    return int(args.run(args))


def takes(who: str) -> list[str]:
    return [str(DEMO / f"enrol{number}_{who}.flac") for number in range(1, 6)]


@pytest.mark.slow
def test_enrol_verify_list_and_forget(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("enroll", "dr-a", *takes("aleksandr"), "--consent-by", "Тестов", "--json") == 0
    enrolled = json.loads(capsys.readouterr().out)
    assert enrolled["takes"][0]["file"] == "enrol1_aleksandr.flac"

    decisions = {}
    for turn in ("turn01_aleksandr", "turn05_anna"):
        assert run("verify", "dr-a", str(DEMO / f"{turn}.flac"), "--json") == 0
        decisions[turn] = json.loads(capsys.readouterr().out)
    assert decisions["turn01_aleksandr"]["decision"] == "accept"
    assert decisions["turn05_anna"]["decision"] == "reject"
    assert decisions["turn01_aleksandr"]["score"] > decisions["turn01_aleksandr"]["threshold"]

    # the voice that the assistant speaks with was learnt at enrolment, and does not pass
    spoken = home / "spoken.wav"
    with open_synthesizer() as synthesizer:
        speech = synthesizer.synthesize("У пациента два визита в этом году, последний в марте.")
    soundfile.write(spoken, speech, 16_000)
    assert run("verify", "dr-a", str(spoken), "--json") == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "assistant_voice"

    assert run("speakers", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["speaker"], row["voiceprints"]) == ("dr-a", 5)

    assert run("forget", "dr-a") == 0
    receipt = json.loads(capsys.readouterr().out)
    assert receipt["speaker_id"] == "dr-a" and "Тестов" not in json.dumps(receipt)
    with pytest.raises(NotEnrolledError):
        run("verify", "dr-a", str(DEMO / "turn01_aleksandr.flac"))


def test_nothing_is_enrolled_without_consent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    for more in ([], ["--consent-by", "  "]):
        with pytest.raises(ConsentMissingError):
            run("enroll", "dr-a", *takes("aleksandr"), *more)
    assert not list(home.rglob("*.voice"))


def test_an_id_that_is_a_path_is_refused_before_anything_is_read(home: Path) -> None:
    with pytest.raises(SpeakerIdError):
        run("enroll", "../dr-a", "no-such-file.flac", "--consent-by", "Тестов")
    assert not home.exists()


def test_errors_name_no_person(home: Path) -> None:
    with pytest.raises(AssistantError) as error:
        run("verify", "dr-ivanov", str(DEMO / "turn08_aleksandr.flac"))
    assert "ivanov" not in str(error.value)
