"""An open microphone beside a loudspeaker: real audio, voice activity and echo canceller."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from simulated_room import Room, answered, silent_after
from test_pipeline import START, STRANGER, Bedside, voice_like

from assistant import cli
from assistant.attention import Attention
from assistant.audio.files import read_audio
from assistant.box import member_of_staff, opened
from assistant.config import Paths
from assistant.listening import Listening
from assistant.messages import NothingHeard, NothingHeardReason, Samples, Transcript, Utterance
from assistant.session import SessionState
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.own_voice import installed
from assistant.speech.synthesizer import VoiceSettings, open_synthesizer
from assistant.turn import Turn

pytestmark = pytest.mark.slow

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"
QUESTION = read_audio(SPEECH / "demo" / "turn01_aleksandr.flac")
WORD = read_audio(SPEECH / "demo" / "turn11_aleksandr.flac")
YES = read_audio(SPEECH / "demo" / "turn08_aleksandr.flac")
VOICE = read_audio(SPEECH / "demo" / "enrol1_anna.flac")
WEIGHTS = Paths.from_environment().models / "whisper-base" / "model.bin"


class Script:
    """Hears the next line of a script in each utterance."""

    name = "script"

    def __init__(self) -> None:
        self.lines: list[str | None] = []
        self.voices: list[np.ndarray] = []
        self.bedside: Bedside | None = None

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        assert self.bedside is not None
        if self.voices:
            self.bedside.voice.embedding = self.voices.pop(0)
        line = self.lines.pop(0)
        return NothingHeard(NothingHeardReason.NOISE) if line is None else Transcript(line)


class Speaking:
    """Says six seconds for whatever answer."""

    def synthesize(self, text: str) -> Samples:
        return VOICE


@pytest.fixture(scope="module")
def made(clinic: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bedside]:
    bedside = Bedside(*clinic, tmp_path_factory.mktemp("listening"))
    yield bedside
    bedside.close()


@pytest.fixture
def script(made: Bedside) -> Script:
    made.voice.embedding = np.eye(2, dtype=np.float32)[0]
    made.state = SessionState(made.member.id)
    script = Script()
    script.bedside = made
    made.assistant._recognizer = script
    made.assistant._synthesizer = Speaking()
    return script


def listen(
    made: Bedside, room: Room, attention: Attention | None, *, aloud: bool = True
) -> list[Turn]:
    listening = Listening(made.assistant, made.member, attention, room if aloud else None)
    return list(listening.turns(room.frames()))


ASKED = "Ассистент, последнее давление пациента с номером карты 1236"


def test_only_what_follows_the_wake_word_is_answered(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = ["Медсестра, подойдите", ASKED, "а пульс", "Коллега, вы обедали?"]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    room.says(QUESTION, after=lambda room: not room._saying, later_s=4.0)
    room.says(QUESTION, after=silent_after(1), later_s=2.0)
    room.says(QUESTION, after=silent_after(2), later_s=12.0)
    turns = listen(made, room, Attention())
    assert [turn.card for turn in turns] == ["1236", "1236"]
    assert isinstance(turns[0].heard, Transcript)
    assert turns[0].heard.text == ASKED.removeprefix("Ассистент, ")
    assert not script.lines, "all four were heard, two of them left no trace"


def test_what_is_ignored_is_nowhere(made: Bedside, script: Script) -> None:
    before = made.audit._path.read_bytes() if made.audit._path.exists() else b""
    room = Room()
    script.lines = ["Иванов опять жалуется на давление"]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    listening = Listening(made.assistant, made.member, Attention(), room)
    assert list(listening.turns(room.frames())) == []
    after = made.audit._path.read_bytes() if made.audit._path.exists() else b""
    assert after == before
    assert listening._state == SessionState(made.member.id)


def test_the_wake_word_alone_is_answered_and_gives_a_turn(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = ["Ассистент", ASKED.removeprefix("Ассистент, ")]
    room.says(WORD, after=silent_after(0), later_s=0.5)
    room.says(QUESTION, after=silent_after(1), later_s=1.0)
    turns = listen(made, room, Attention())
    assert turns[0].answer.text == "Слушаю."
    assert turns[1].card == "1236"


def test_our_own_voice_asks_nothing(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = [ASKED]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    turns = listen(made, room, Attention())
    assert len(turns) == 1, "the answer of six seconds was heard and gave no utterance"
    assert [name for name, _ in room.events] == ["play", "end", "speech", "play", "end"]


def test_stop_silences_us_at_once_and_for_good(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = [ASKED, "Стоп"]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    room.says(WORD, after=answered(1), later_s=2.0)
    turns = listen(made, room, Attention())
    assert [turn.parse.intent for turn in turns if turn.parse] == ["get_latest_vitals", "stop"]
    names = [name for name, _ in room.events]
    assert names[-3:] == ["speech", "pause", "stop"]
    times = dict(room.events[-3:])
    # the recording begins with 0.34 s of silence; under our voice the canceller eats its «с»
    assert times["pause"] - times["speech"] < 0.34 + 0.4


def test_a_question_over_our_voice_replaces_the_answer(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = [ASKED, "а пульс"]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    room.says(QUESTION, after=answered(1), later_s=2.0)
    turns = listen(made, room, Attention())
    assert len(turns) == 2
    names = [name for name, _ in room.events]
    assert names[-5:] == ["speech", "pause", "stop", "play", "end"]


@pytest.mark.parametrize("line", ["Доктор, а мне можно домой?", None])
def test_what_is_not_for_us_only_pauses_the_answer(
    made: Bedside, script: Script, line: str | None
) -> None:
    room = Room()
    script.lines = [ASKED, line]
    script.voices = [made.voice.embedding, STRANGER]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    room.says(QUESTION, after=answered(1), later_s=2.0)
    turns = listen(made, room, Attention())
    assert len(turns) == 1
    names = [name for name, _ in room.events]
    assert names[-4:] == ["speech", "pause", "resume", "end"]
    play, pause, resume, end = (
        next(second for name, second in reversed(room.events) if name == wanted)
        for wanted in ("play", "pause", "resume", "end")
    )
    played_s = pause - play + end - resume
    assert played_s == pytest.approx(room.length_s, abs=0.3), "nothing of it was lost"


def test_talk_that_began_before_the_answer_pauses_it_too(made: Bedside) -> None:
    room = Room()
    listening = Listening(made.assistant, made.member, None, room)
    listening._pause_or_go_on(likely=True)
    assert room.events == []
    room.playing = True
    for likely in (True, True, False):
        listening._pause_or_go_on(likely=likely)
    assert [name for name, _ in room.events] == ["pause", "resume"]


def test_noise_while_asleep_is_not_spoken_about(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = [None, ASKED, None]
    room.says(WORD, after=silent_after(0), later_s=0.5)
    room.says(QUESTION, after=lambda room: not room._saying, later_s=4.0)
    room.says(WORD, after=silent_after(1), later_s=1.0)
    turns = listen(made, room, Attention())
    assert [isinstance(turn.heard, NothingHeard) for turn in turns] == [False, True]


def test_push_to_talk_needs_no_wake_word(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = [ASKED.removeprefix("Ассистент, ")]
    room.says(QUESTION, after=lambda room: True, later_s=0.5)
    turns = listen(made, room, None, aloud=False)
    assert [turn.card for turn in turns] == ["1236"]
    assert room.events == [("speech", pytest.approx(0.5, abs=0.05))], "nothing was said aloud"


def test_a_refused_voice_gets_no_turn_for_others(made: Bedside, script: Script) -> None:
    room = Room()
    script.lines = [ASKED, "а пульс"]
    script.voices = [STRANGER, STRANGER]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    room.says(QUESTION, after=silent_after(1), later_s=1.0)
    turns = listen(made, room, Attention())
    assert len(turns) == 1
    assert not turns[0].gate.allowed


@pytest.mark.parametrize(("later_s", "reason"), [(6.0, "inherited"), (11.0, "short_and_unsure")])
def test_a_reply_has_time_from_the_end_of_a_long_question(
    made: Bedside, script: Script, later_s: float, reason: str
) -> None:
    """The question before a write, in our real voice: it outlasts the time for a reply."""
    room = Room()
    script.lines = [ASKED, "запиши давление сто тридцать пять на восемьдесят", "да"]
    script.voices = [made.voice.embedding, made.voice.embedding, voice_like(0.55)]
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    room.says(QUESTION, after=silent_after(1), later_s=1.0)
    room.says(YES, after=silent_after(2), later_s=later_s)
    with open_synthesizer(VoiceSettings(installed()[0])) as made.assistant._synthesizer:
        listening = Listening(
            made.assistant,
            made.member,
            None,
            room,
            clock=lambda: START + timedelta(seconds=room.now_s),
        )
        turns = list(listening.turns(room.frames()))
    begun, ended = (
        [at for name, at in room.events if name == wanted][2] for wanted in ("play", "end")
    )
    assert ended - begun > VoicePolicy().inherit_s
    assert turns[-1].speaker is not None
    assert turns[-1].speaker.reason == reason


@pytest.fixture
def paths(clinic: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A box with one enrolled doctor."""
    if not WEIGHTS.is_file():
        pytest.skip("assistant models fetch")
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_LEDGER_URL", clinic[0])
    monkeypatch.setenv("ASSISTANT_LEDGER_TOKEN", clinic[1])
    takes = [str(SPEECH / "demo" / f"enrol{n}_aleksandr.flac") for n in range(1, 9)]
    assert cli.main(["staff", "add", "dr", "--role", "doctor"]) == 0
    assert cli.main(["enroll", "dr", *takes, "--consent-by", "dr"]) == 0
    return Paths.from_environment()


@pytest.mark.parametrize(("options", "turns"), [([], 0), (["--push-to-talk"], 2)])
def test_a_stream_on_standard_input(
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    turns: int,
) -> None:
    silence = np.zeros(16_000, np.float32)
    spoken = np.concatenate([silence, QUESTION, silence, WORD, silence])
    pcm = (spoken * 32767).astype("<i2").tobytes()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(pcm)))
    capsys.readouterr()
    assert cli.main(["listen", "--as", "dr", "--pcm", "--json", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    intents = [json.loads(line)["intent"] for line in lines]
    assert intents == ["get_hospital_visits", "stop"][:turns]


@pytest.mark.parametrize("gain", [0.1, 0.3])
def test_a_real_conversation_and_a_stop_over_our_voice(paths: Paths, gain: float) -> None:
    """Whisper, CAM++ and our voice; no utterance of the test but what the doctor said."""
    room = Room(gain=gain)
    room.says(QUESTION, after=silent_after(0), later_s=0.5)
    room.says(WORD, after=answered(1), later_s=2.0)
    with opened(paths) as box:
        listening = Listening(box.assistant, member_of_staff(paths, "dr"), None, room)
        turns = list(listening.turns(room.frames()))
    assert [turn.parse.intent if turn.parse else None for turn in turns] == [
        "get_hospital_visits",
        "stop",
    ]
    assert [name for name, _ in room.events][-3:] == ["speech", "pause", "stop"]
