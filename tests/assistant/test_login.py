"""The three voice modes, from settings.toml to spoken turns: real engines, real ledger."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assistant import cli
from assistant.audio.files import read_utterance
from assistant.audit import Audit
from assistant.config import Paths
from assistant.erasure import forget
from assistant.login import LogIn, LogInEvent
from assistant.session import SessionState, SessionStore
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.decision import Heard, SpeakerState
from assistant.speaker.enrolment import Take
from assistant.speaker.errors import LoggedOutError, PinError, RecordingQualityError
from assistant.speaker.guide import Guide
from assistant.speaker.pins import PinStore
from assistant.speaker.session_voice import SESSION_S, UNLOCKED_S, SessionVoices, VoiceIdMode
from assistant.speaker.store import Voiceprints
from assistant.vault import Vault

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "fixtures" / "speech"
MODEL = ROOT / "models" / "campplus" / "campplus_zh_en_common_advanced.onnx"
WEIGHTS = Paths.from_environment().models / "whisper-base" / "model.bin"
needs_models = pytest.mark.skipif(not WEIGHTS.is_file(), reason="assistant models fetch")
PIN = "271828"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def pins(tmp_path: Path) -> PinStore:
    paths = Paths(tmp_path, tmp_path)
    store = PinStore(paths, Vault.open_site(paths.site_key))
    store.set("dr", PIN)
    return store


def reading(*names: str) -> Callable[[Guide], Sequence[Take]]:
    """Someone who answers the guide's prompts with these recordings."""

    def record(guide: Guide) -> Sequence[Take]:
        for name in names:
            if not guide.done:
                guide.hear(read_utterance(SPEECH / "demo" / f"{name}.flac"))
        return guide.takes

    return record


def never(_: Guide) -> Sequence[Take]:
    raise AssertionError("no voice may be recorded here")


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "audit.jsonl", Vault(bytes(32)))


def recorded(path: Path) -> list[str]:
    """What the audit log says of log-ins."""
    events = [json.loads(line)["event"] for line in path.read_text().splitlines()]
    return [event for event in events if event != "turn"]


@pytest.mark.slow
def test_a_session_voice_needs_the_pin_first_and_goes_at_log_out_and_time_out(
    pins: PinStore, audit: Audit, tmp_path: Path
) -> None:
    clock = [0.0]
    voices = SessionVoices(
        lambda: clock[0], lambda id_: audit.append_about(LogInEvent.TIMED_OUT, id_)
    )
    login = LogIn(VoiceIdMode.SESSION, pins, audit, voices, CampPlusEngine(MODEL))
    state = SessionState("dr")
    with pytest.raises(PinError):
        login.enter(state, "314159", NOW, never)
    assert login.needed(state, NOW)
    read = reading("enrol1_aleksandr", "enrol2_aleksandr")
    assert login.enter(state, PIN, NOW, read) == state
    assert not login.needed(state, NOW)
    assert login.needed(SessionState("dr-b"), NOW)
    kept = voices._kept["dr"].voiceprints.vectors
    assert kept.any()
    login.log_out("dr")
    assert not kept.any() and login.needed(state, NOW)

    login.enter(state, PIN, NOW, read)
    kept = voices._kept["dr"].voiceprints.vectors
    clock[0] += SESSION_S
    login.wipe_expired()
    assert not kept.any() and login.needed(state, NOW)
    with pytest.raises(LoggedOutError):
        voices.load("dr")
    login.log_out("dr")

    login.enter(state, PIN, NOW, read)
    login.close()
    assert login.needed(state, NOW)
    assert recorded(tmp_path / "audit.jsonl") == [
        "log_in_refused",
        *("logged_in", "logged_out"),
        *("logged_in", "timed_out"),
        *("logged_in", "logged_out"),
    ]


@pytest.mark.slow
def test_without_its_audit_line_nothing_but_a_log_out_takes_effect(
    pins: PinStore, tmp_path: Path
) -> None:
    folder = tmp_path / "no-file"
    folder.mkdir()
    broken = Audit(folder, Vault(bytes(32)))
    login = LogIn(VoiceIdMode.NONE, pins, broken)
    for digits in [*["314159"] * 5, PIN]:
        with pytest.raises(OSError):
            login.enter(SessionState("dr"), digits, NOW, never)
    voices = SessionVoices()
    login = LogIn(VoiceIdMode.SESSION, pins, broken, voices, CampPlusEngine(MODEL))
    read = reading("enrol1_aleksandr", "enrol2_aleksandr")
    with pytest.raises(OSError):
        login.enter(SessionState("dr"), PIN, NOW, read)  # and the PIN is not locked
    assert login.needed(SessionState("dr"), NOW)

    voices.log_in("dr", Voiceprints("campplus", NOW, np.eye(2, dtype=np.float32)))
    with pytest.raises(OSError):
        login.log_out("dr")
    assert login.needed(SessionState("dr"), NOW)


@pytest.mark.slow
def test_two_sentences_in_two_voices_open_no_session(pins: PinStore, audit: Audit) -> None:
    voices = SessionVoices()
    login = LogIn(VoiceIdMode.SESSION, pins, audit, voices, CampPlusEngine(MODEL))

    def mixed(_: Guide) -> Sequence[Take]:
        names = ("enrol1_aleksandr", "enrol2_anna")
        return [Take(name, read_utterance(SPEECH / "demo" / f"{name}.flac")) for name in names]

    with pytest.raises(RecordingQualityError):
        login.enter(SessionState("dr"), PIN, NOW, mixed)
    assert login.needed(SessionState("dr"), NOW)


def test_a_pin_session_is_short_and_asks_for_no_voice(
    pins: PinStore, audit: Audit, tmp_path: Path
) -> None:
    login = LogIn(VoiceIdMode.NONE, pins, audit)
    state = login.enter(SessionState("dr"), PIN, NOW, never)
    assert not login.needed(state, NOW + timedelta(seconds=UNLOCKED_S))
    assert login.needed(state, NOW + timedelta(seconds=UNLOCKED_S + 1))
    assert login.needed(state, NOW - timedelta(seconds=1))  # the clock was set back
    assert login.expired(state, NOW) is state
    ended = login.expired(state, NOW + timedelta(seconds=UNLOCKED_S + 1))
    assert login.needed(ended, NOW)
    assert login.expired(ended, NOW + timedelta(seconds=UNLOCKED_S + 1)) is ended
    assert recorded(tmp_path / "audit.jsonl") == ["logged_in", "timed_out"]


def test_who_is_forgotten_is_logged_out(pins: PinStore, tmp_path: Path) -> None:
    """Also by another process: only its files tell."""
    paths = Paths(tmp_path, tmp_path)
    vault = Vault.open_site(paths.site_key)
    pins.set("dr-b", PIN)
    voices, audit = SessionVoices(), Audit(paths.audit, vault)
    kept = {who: Voiceprints("e", NOW, np.eye(2, dtype=np.float32)) for who in ("dr", "dr-b")}
    for who, prints in kept.items():
        voices.log_in(who, prints)
    spoken = LogIn(VoiceIdMode.SESSION, pins, audit, voices)
    typed = LogIn(VoiceIdMode.NONE, pins, audit)
    state = typed.enter(SessionState("dr"), PIN, NOW, never)
    other = typed.enter(SessionState("dr-b"), PIN, NOW, never)
    forget("dr", paths, vault, NOW)
    assert spoken.needed(state, NOW) and typed.needed(state, NOW)
    spoken.wipe_expired()
    assert not kept["dr"].vectors.any()
    for _ in range(2):
        ended = typed.expired(state, NOW)
        assert ended.speaker.unlocked_until is None
        assert typed.expired(ended, NOW) is ended
        state = ended
    assert recorded(paths.audit)[2:] == ["voice_forgotten", "logged_out", "logged_out"]
    spoken.wipe_expired()
    assert kept["dr-b"].vectors.any()
    assert not spoken.needed(other, NOW) and not typed.needed(other, NOW)
    assert typed.expired(other, NOW) is other


def test_where_no_voice_may_be_stored_a_session_file_holds_none(tmp_path: Path) -> None:
    vault = Vault(bytes(32))
    spoken = SpeakerState(recent=(Heard(1.0, 2.0, (0.5, 0.5)),), accepted_at=1.0)
    for keep in (True, False):
        store = SessionStore(tmp_path, vault, keep_voices=keep)
        with store.hold("s", "dr") as session:
            session.state = SessionState("dr", speaker=spoken)
        with store.hold("s", "dr") as session:
            assert bool(session.state.speaker.recent) is keep
            assert session.state.speaker.accepted_at == 1.0


@pytest.fixture
def box(tmp_path: Path, clinic: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A box with one doctor, who has a PIN."""
    home = tmp_path / "home"
    monkeypatch.setenv("ASSISTANT_HOME", str(home))
    monkeypatch.setenv("ASSISTANT_LEDGER_URL", clinic[0])
    monkeypatch.setenv("ASSISTANT_LEDGER_TOKEN", clinic[1])
    monkeypatch.setenv("ASSISTANT_PIN", PIN)
    assert cli.main(["staff", "add", "dr", "--role", "doctor"]) == 0
    paths = Paths.from_environment()
    PinStore(paths, Vault.open_site(paths.site_key)).set("dr", PIN)
    return home


def choose(home: Path, mode: str) -> None:
    (home / "settings.toml").write_text(f'[voice]\nmode = "{mode}"\n')


def listen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *recordings: str
) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, turns and prompts of `assistant listen --pcm` on recordings with pauses."""
    pause = np.zeros(int(1.6 * 16_000), np.int16)
    parts = [soundfile.read(SPEECH / f"{name}.flac", dtype="int16")[0] for name in recordings]
    data = b"".join(part.tobytes() for one in parts for part in (one, pause))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    capsys.readouterr()
    code = cli.main(["listen", "--as", "dr", "--pcm", "--push-to-talk", "--json"])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


@needs_models
@pytest.mark.slow
def test_a_session_from_log_in_to_log_out(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(box, "session")
    code, turns, prompts = listen(
        monkeypatch,
        capsys,
        "demo/enrol1_aleksandr",
        "demo/enrol2_aleksandr",
        "commands/aleksandr_06",
        "demo/turn05_anna",
        "commands/aleksandr_58",
        "commands/aleksandr_06",
    )
    assert code == 0
    assert prompts.count("Запись") == 2
    assert [turn["gate"]["reason"] for turn in turns] == [
        "speaker_accepted",
        "speaker_rejected",
        "harmless",
    ]  # and nothing after the log-out
    assert turns[-1]["intent"] == "end_session"
    assert turns[0]["transcript"] and turns[0]["entities"]
    assert turns[1]["heard"] == "words", "a stranger's, which are not told"
    assert (turns[1]["transcript"], turns[1]["entities"]) == ("", [])
    assert recorded(Paths.from_environment().audit) == ["logged_in", "logged_out"]
    assert not list(box.rglob("*.voice")) and not list(box.rglob("*.sealed"))
    # one recording alone can't log in
    audio = str(SPEECH / "commands" / "aleksandr_06.flac")
    assert cli.main(["ask", "--audio", audio, "--as", "dr", "--json"]) == 6
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "enrolment.logged_out"


@needs_models
@pytest.mark.slow
def test_with_a_pin_alone_anybody_may_speak_until_log_out(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(box, "none")

    # a session kept between calls is opened once and closed by its log-out
    def ask(name: str) -> tuple[int, dict[str, Any]]:
        audio = str(SPEECH / f"{name}.flac")
        code = cli.main(["ask", "--audio", audio, "--as", "dr", "--session", "s", "--json"])
        return code, json.loads(capsys.readouterr().out)

    assert ask("demo/turn05_anna")[1]["gate"]["allowed"]
    monkeypatch.setenv("ASSISTANT_PIN", "314159")
    assert ask("commands/aleksandr_58")[1]["intent"] == "end_session"
    code, form = ask("demo/turn05_anna")
    assert (code, form["error"]["code"]) == (6, "pin")
    log = Paths.from_environment().audit
    assert recorded(log) == ["logged_in", "logged_out", "log_in_refused"]

    # a time-out between two calls is recorded once, at the next of them
    monkeypatch.setenv("ASSISTANT_PIN", PIN)
    assert ask("demo/turn05_anna")[0] == 0
    monkeypatch.setenv("ASSISTANT_PIN", "314159")
    monkeypatch.setattr("assistant.speaker.session_voice.UNLOCKED_S", -1.0)
    assert [ask("demo/turn05_anna")[0] for _ in range(2)] == [6, 6]
    refused = "log_in_refused"
    assert recorded(log)[3:] == ["logged_in", "timed_out", refused, refused]


@needs_models
@pytest.mark.slow
def test_a_pin_log_in_at_a_microphone_ends_with_the_program(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(box, "none")
    code, turns, _ = listen(monkeypatch, capsys, "commands/aleksandr_06")
    assert (code, [turn["gate"]["reason"] for turn in turns]) == (0, ["speaker_accepted"])
    assert recorded(Paths.from_environment().audit) == ["logged_in", "logged_out"]
