"""The commands as a person types them, on the demo's recordings and the real model."""

from __future__ import annotations

import argparse
import io
import json
import shutil
from collections.abc import Generator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from assistant.audio.player import AudioOutputError, Player
from assistant.audio.streams import frames_from_pcm
from assistant.commands import enrol, speaker
from assistant.config import Paths
from assistant.errors import AssistantError
from assistant.messages import Samples
from assistant.speaker.errors import (
    CalibrationError,
    ConsentMissingError,
    ModeError,
    NotEnrolledError,
    RecordingQualityError,
    SpeakerIdError,
)
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.site_policy import load_policy, policy_path
from assistant.speaker.store import VoiceprintStore
from assistant.speech.synthesizer import open_synthesizer
from assistant.vault import Vault

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
    printed = capsys.readouterr()
    enrolled = json.loads(printed.out)
    assert enrolled["takes"][0]["file"] == "enrol1_aleksandr.flac"
    assert (
        f"Delete these files now, nobody else will: {' '.join(takes('aleksandr'))}" in printed.err
    )

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
    assert recorded(home) == ["voice_enrolled", "voice_forgotten"]


def recorded(home: Path) -> list[str]:
    """Events of the audit log, which names nobody."""
    log = (home / "audit.jsonl").read_text()
    assert "dr-a" not in log and "Тестов" not in log
    return [json.loads(line)["event"] for line in log.splitlines()]


def pcm(*recordings: str) -> io.BytesIO:
    """Recordings with pauses between them, as `--pcm` reads them."""
    pause = np.zeros(int(1.6 * 16_000), np.int16)
    parts = [soundfile.read(DEMO / f"{name}.flac", dtype="int16")[0] for name in recordings]
    return io.BytesIO(b"".join(part.tobytes() for one in parts for part in (one, pause)))


def speak(monkeypatch: pytest.MonkeyPatch, stream: io.BytesIO) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))


@pytest.mark.slow
def test_guided_enrolment_asks_again_for_what_is_bad_and_again_a_year_later(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = [f"enrol{number}_aleksandr" for number in range(1, 9)]
    read = [good[0], "turn08_aleksandr", good[1], "enrol3_anna", *good[2:6]]
    speak(monkeypatch, pcm(*read))
    assert run("enroll", "dr-a", "--pcm", "--consent-by", "Тестов", "--json") == 0
    heard = capsys.readouterr()
    assert len(json.loads(heard.out)["takes"]) == 6
    said = heard.err.splitlines()
    assert [line.split(",")[0] for line in said if line.startswith("Запись")] == [
        f"Запись {number} из 6" for number in (1, 2, 2, 3, 3, 4, 5, 6)
    ]
    assert any("Слишком коротко" in line for line in said)
    assert any("не похож" in line for line in said)

    (row,) = listed(capsys)
    assert row["age_days"] == 0 and row["note"] == ""
    assert date.fromisoformat(row["enrol_again_by"]) - date.today() == timedelta(days=365)
    monkeypatch.setattr(
        "assistant.speaker.enrolment.AGEING", timedelta(days=-1)
    )  # as if a year had passed
    assert "enrol again" in listed(capsys)[0]["note"]
    # another person does not enrol over her; she does
    speak(monkeypatch, pcm(*(name.replace("aleksandr", "anna") for name in good)))
    with pytest.raises(RecordingQualityError, match="not the voice"):
        run("enroll", "dr-a", "--pcm", "--consent-by", "Тестов")
    speak(monkeypatch, pcm(*good[2:]))
    assert run("enroll", "dr-a", "--pcm", "--consent-by", "Тестов") == 0


@pytest.mark.slow
def test_the_microphone_is_open_only_while_somebody_reads(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Recordings stand in for a microphone; prompts are spoken, or shown where nothing plays."""
    names = iter(range(1, 7))
    open_now: list[bool] = [False]

    def microphone() -> Generator[Samples, None, None]:
        assert not open_now[0]
        open_now[0] = True
        try:
            yield from frames_from_pcm(pcm(f"enrol{next(names)}_aleksandr"))
        finally:
            open_now[0] = False

    def play(player: Player, samples: Samples) -> None:
        assert not open_now[0], "a prompt would be recorded"
        assert len(samples)
        raise AudioOutputError("no speaker", "plug one in")

    monkeypatch.setattr(enrol, "frames_from_microphone", microphone)
    monkeypatch.setattr(Player, "play", play)
    assert run("enroll", "dr-a", "--consent-by", "Тестов", "--json") == 0
    heard = capsys.readouterr()
    assert len(json.loads(heard.out)["takes"]) == 6
    assert heard.err.count("Прочитайте") == heard.err.count("Хорошо.") == 6


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run("speakers", "--json") == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


@pytest.mark.parametrize("mode", ["session", "none"])
def test_where_the_law_forbids_it_nothing_is_enrolled(home: Path, mode: str) -> None:
    home.mkdir()
    (home / "settings.toml").write_text(f'[voice]\nmode = "{mode}"\n')
    with pytest.raises(ModeError, match=mode):
        run("enroll", "dr-a", *takes("aleksandr"), "--consent-by", "Тестов")
    assert not list(home.rglob("*.voice"))


@pytest.mark.slow
def test_who_signs_reads_the_operator_and_the_record_names_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('[voice]\noperator = "ГБУЗ «Больница № 1», Тверь"\n')
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "Тестов Т. Т.")
    assert run("enroll", "dr-a", *takes("aleksandr")) == 0
    assert "ГБУЗ «Больница № 1», Тверь (наименование, адрес)" in capsys.readouterr().out
    paths = Paths.from_environment()
    consent = VoiceprintStore(paths, Vault.open_site(paths.site_key)).consent("dr-a")
    assert consent is not None
    assert (consent.by, consent.text_version) == ("Тестов Т. Т.", "ru-3")
    assert consent.operator == "ГБУЗ «Больница № 1», Тверь"
    assert [row["note"] for row in listed(capsys)] == [""]
    monkeypatch.setattr("assistant.commands.speaker.TEXT_VERSION", "ru-99")
    assert "ru-99: enrol again" in listed(capsys)[0]["note"]


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


@pytest.mark.slow
def test_a_calibration_is_applied_with_its_engine_and_its_people(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten people are one recording at ten speeds: enough to go the whole way."""
    for person in range(10):
        folder = tmp_path / "voices" / f"p{person}"
        folder.mkdir(parents=True)
        for take in range(1, 8):
            samples, rate = soundfile.read(DEMO / f"enrol{take}_aleksandr.flac", dtype="float32")
            other = soxr.resample(samples, rate, rate * (0.72 + 0.06 * person))
            soundfile.write(folder / f"{take}.wav", other[: 3 * rate], rate)
    asked = ("calibrate", str(tmp_path / "voices"), "--json")
    with pytest.raises(CalibrationError, match="10 people can't support a FAR of 1"):
        run(*asked, "--apply")
    assert not policy_path(Paths.from_environment()).exists()

    assert run(*asked, "--far", "0.3", "0.3", "0.2", "--apply") == 0
    form = json.loads(capsys.readouterr().out)
    assert (form["people"], form["utterance_s"], form["pooled"]) == (10, 2.0, False)
    assert form["tiers"]["read"]["far"][0] <= 0.3
    site = load_policy(policy_path(Paths.from_environment()), form["engine"], VoiceIdMode.ENROLLED)
    assert site.calibrated
    assert site.policy.thresholds[RiskTier.WRITE] == form["tiers"]["write"]["threshold"]
    assert recorded(home) == ["thresholds_set"]

    (home / "settings.toml").write_text('[voice]\nmode = "session"\n')
    assert run(*asked, "--far", "0.3", "0.3", "0.2", "--apply") == 0
    with_two = json.loads(capsys.readouterr().out)
    assert [(one["mode"], one["voiceprints"]) for one in (form, with_two)] == [
        ("enrolled", 6),
        ("session", 2),
    ]
    assert with_two["genuine_trials"] == form["genuine_trials"]
    load_policy(policy_path(Paths.from_environment()), form["engine"], VoiceIdMode.SESSION)
    # a person's stored voiceprints are not judged by thresholds for those of one session
    with pytest.raises(CalibrationError, match="measured for mode session"):
        run("verify", "dr-a", str(DEMO / "turn01_aleksandr.flac"))

    (home / "settings.toml").write_text('[voice]\nmode = "none"\n')
    with pytest.raises(CalibrationError, match="No voice is checked"):
        run(*asked)


@pytest.mark.slow
def test_errors_name_no_person(home: Path) -> None:
    with pytest.raises(AssistantError) as error:
        run("verify", "dr-ivanov", str(DEMO / "turn08_aleksandr.flac"))
    assert "ivanov" not in str(error.value)
