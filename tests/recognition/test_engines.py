"""Engines by name: what is missing is said with its cause and its fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from weights import weights

from assistant import cli
from assistant.audio.files import read_utterance
from assistant.config import Paths
from assistant.errors import ModelError
from assistant.messages import Transcript, Utterance
from assistant.recognition.engines import Engine, Expected, installed, open_recognizer
from nlu.messages import Person

COMMANDS = Path(__file__).parents[1] / "fixtures" / "speech" / "commands"
RECORDING = COMMANDS / "aleksandr_15.flac"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSISTANT_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("ASSISTANT_VOSK_MODEL", raising=False)
    return Paths.from_environment()


def test_vosk_without_a_model(empty: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["transcribe", str(RECORDING), "--engine", "vosk"]) == 4
    said = capsys.readouterr().err
    assert "no Russian Vosk model" in said
    assert "models fetch vosk-small-ru" in said
    assert "ASSISTANT_VOSK_MODEL" in said


def test_a_vosk_folder_that_is_not_there(empty: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_VOSK_MODEL", str(empty.models / "nowhere"))
    with pytest.raises(ModelError, match="names no folder"):
        open_recognizer(Engine.VOSK, empty)


def test_an_unknown_engine(empty: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    empty.home.mkdir()
    empty.settings.write_text('[recognition]\nengine = "siri"\n')
    assert cli.main(["transcribe", str(RECORDING)]) == 2
    assert "recognition.engine" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["transcribe", str(RECORDING), "--engine", "siri"])


def test_nothing_is_installed_on_an_empty_box(empty: Paths) -> None:
    assert installed(empty) == []


@pytest.mark.slow
def test_whisper_expects_the_surnames_of_a_ward() -> None:
    """The word «абзац», which it hears as another one, stands for the surname of a patient."""
    weights("whisper-base")
    utterance = read_utterance(COMMANDS / "anna_60.flac")
    assert isinstance(utterance, Utterance)
    ward = [Person(str(card), "Абзац", "Анна", "", "f", 1960) for card in range(50)]
    expected: Expected = (), ()
    recognizer = open_recognizer(
        Engine.WHISPER, Paths.from_environment(), lambda: expected, wake_word="ассистент"
    )
    heard = []
    for people in ([], ward, [*ward, ward[0]], ward[:1]):
        expected = people, ()
        outcome = recognizer.transcribe(utterance)
        assert isinstance(outcome, Transcript)
        heard.append("абзац" in outcome.text)
    assert heard == [False, True, False, True]
