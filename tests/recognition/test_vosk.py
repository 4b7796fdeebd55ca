"""The Vosk engine on a real model: Korean from PyPI, Russian where this box has it.

The Korean is read by a robot's voice, of which the free pass understands little. That is what the
second pass is for: with a grammar the engine hears a word in anything.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from weights import weights

from assistant import cli
from assistant.audio.files import read_audio, read_utterance
from assistant.audio.vad import FRAME_SAMPLES
from assistant.errors import ModelError
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Samples,
    Transcript,
    Utterance,
)
from assistant.recognition.grammar import Grammar
from assistant.recognition.vosk import Partial, VoskRecognizer, VoskStream

pytestmark = pytest.mark.slow

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"
COMMANDS = Grammar(("다음 환자", "그만", "병원", "사람"), {})
GREETING = Grammar(("아이 영파 하세요", "그만"), {})
"""The words in which the free pass hears the robot's «안녕하세요»."""


def utterance(name: str) -> Utterance:
    found = read_utterance(SPEECH / "korean" / f"{name}.flac")
    assert isinstance(found, Utterance)
    return found


@pytest.fixture(scope="module")
def korean() -> VoskRecognizer:
    return VoskRecognizer(weights("vosk-ko"))


@pytest.fixture
def expecting() -> VoskRecognizer:
    return VoskRecognizer(weights("vosk-ko"), lambda: COMMANDS)


def test_korean_words_from_korean_speech(korean: VoskRecognizer) -> None:
    heard = korean.transcribe(utterance("hello"))
    assert isinstance(heard, Transcript)
    assert re.search("[가-힣]", heard.text)
    assert "하세요" in heard.text, "«안녕하세요», by a robot's voice"
    assert 0 < heard.confidence <= 1
    again = korean.transcribe(utterance("hello"))
    assert isinstance(again, Transcript)
    assert "하세요" in again.text, "one utterance leaves nothing behind for the next"


def test_silence_gives_nothing(korean: VoskRecognizer) -> None:
    silence = np.zeros(2 * SAMPLE_RATE, np.float32)
    assert isinstance(korean.transcribe(Utterance(silence, silence, 0.0, 2.0)), NothingHeard)


@pytest.mark.parametrize(
    ("name", "words"),
    [("next_patient", "다음 환자"), ("stop", "그만"), ("hospital", "병원"), ("person", "사람")],
)
def test_a_grammar_finds_what_the_free_pass_misses(
    korean: VoskRecognizer, expecting: VoskRecognizer, name: str, words: str
) -> None:
    free = korean.transcribe(utterance(name))
    assert isinstance(free, Transcript)
    assert free.text != words
    grammar_pass = expecting._pass(COMMANDS)
    grammar_pass.begin()
    grammar_pass.accept((utterance(name).samples * 32767).astype("<i2").tobytes())
    found = grammar_pass.close()
    assert " ".join(word.text for word in found) == words


def test_a_grammar_alone_is_sure_of_anything_so_both_passes_must_agree(
    expecting: VoskRecognizer,
) -> None:
    sentence = utterance("pressure")
    grammar_pass = expecting._pass(COMMANDS)
    grammar_pass.begin()
    grammar_pass.accept((sentence.samples * 32767).astype("<i2").tobytes())
    invented = grammar_pass.close()
    assert invented, "words of the grammar, in a sentence about blood pressure"
    assert max(word.confidence for word in invented) == 1.0
    assert expecting.transcribe(sentence) == NothingHeard(NothingHeardReason.DISAGREEMENT)


def test_what_both_passes_hear_stands() -> None:
    recognizer = VoskRecognizer(weights("vosk-ko"), lambda: GREETING)
    for name in ("hello", "stop", "hello", "pressure", "hello"):
        heard = recognizer.transcribe(utterance(name))
        if name == "hello":
            assert isinstance(heard, Transcript)
            assert heard.text == "아이 영파 하세요"
            assert heard.confidence > 0.9
        else:
            assert heard == NothingHeard(NothingHeardReason.DISAGREEMENT)


def test_a_roster_of_which_the_model_knows_no_word_is_no_grammar() -> None:
    recognizer = VoskRecognizer(weights("vosk-ko"), lambda: Grammar((), {}))
    assert isinstance(recognizer.transcribe(utterance("hello")), Transcript)


def test_a_new_roster_is_expected_at_once() -> None:
    current = [COMMANDS]
    recognizer = VoskRecognizer(weights("vosk-ko"), lambda: current[0])
    assert isinstance(recognizer.transcribe(utterance("hello")), NothingHeard)
    current[0] = GREETING
    assert isinstance(recognizer.transcribe(utterance("hello")), Transcript)


def feed(stream: VoskStream, samples: Samples) -> list[tuple[float, object]]:
    """Each new event with the second of the stream at which it came."""
    events: list[tuple[float, object]] = []
    for start in range(0, len(samples), FRAME_SAMPLES):
        event = stream.push(samples[start : start + FRAME_SAMPLES])
        if not events or event != events[-1][1]:
            events.append((start / SAMPLE_RATE, event))
    return events


def test_partial_results_grow_while_it_is_said_and_the_engine_hears_the_end(
    korean: VoskRecognizer,
) -> None:
    speech = read_audio(SPEECH / "korean" / "hello.flac")
    silence = np.zeros(2 * SAMPLE_RATE, np.float32)
    events = feed(korean.stream(), np.concatenate([speech, silence]))
    kinds = [type(event) for _, event in events]
    assert kinds.count(Transcript) == 1
    at = kinds.index(Transcript)
    partials = [event.text for _, event in events[:at] if isinstance(event, Partial)]
    assert partials[0] == ""
    lengths = [len(text.split()) for text in partials]
    assert lengths == sorted(lengths)
    assert max(lengths) >= 2
    first_word_s = next(second for second, event in events if event != Partial(""))
    assert first_word_s < len(speech) / SAMPLE_RATE, "before the speech is over"
    end_s, heard = events[at]
    assert len(speech) / SAMPLE_RATE < end_s < len(speech) / SAMPLE_RATE + 1.0
    assert isinstance(heard, Transcript)
    assert "하세요" in heard.text
    assert set(kinds[at + 1 :]) <= {Partial}, "the stream begins anew"


def test_a_stream_with_a_grammar_refuses_at_the_end(expecting: VoskRecognizer) -> None:
    speech = read_audio(SPEECH / "korean" / "pressure.flac")
    events = feed(expecting.stream(), np.concatenate([speech, np.zeros(SAMPLE_RATE, np.float32)]))
    judged = [event for _, event in events if not isinstance(event, Partial)]
    assert judged == [NothingHeard(NothingHeardReason.DISAGREEMENT)]


def test_what_was_heard_so_far_is_judged_by_both_passes_and_forgets_nothing() -> None:
    speech = read_audio(SPEECH / "korean" / "hello.flac")
    for grammar in (GREETING, COMMANDS):
        recognizer = VoskRecognizer(weights("vosk-ko"), lambda grammar=grammar: grammar)
        stream = recognizer.stream()
        assert stream.so_far() == NothingHeard(NothingHeardReason.NOISE)
        stream.accept(np.concatenate([speech, np.zeros(SAMPLE_RATE // 2, np.float32)]))
        first, again, last = stream.so_far(), stream.so_far(), stream.finish()
        assert first == again
        stream.close()
        if grammar is GREETING:
            assert isinstance(first, Transcript) and isinstance(last, Transcript)
            assert first.text == last.text
        else:
            assert first == last == NothingHeard(NothingHeardReason.DISAGREEMENT)


def test_a_closed_stream_gives_its_ears_to_the_next(korean: VoskRecognizer) -> None:
    one = korean.stream()
    feed(one, read_audio(SPEECH / "korean" / "hello.flac"))
    one.close()
    other = korean.stream()
    assert other._free is one._free
    assert isinstance(other.finish(), NothingHeard), "what they heard is forgotten"


def test_streams_do_not_share_what_they_hear(korean: VoskRecognizer) -> None:
    one, other = korean.stream(), korean.stream()
    feed(one, read_audio(SPEECH / "korean" / "hello.flac"))
    assert isinstance(other.finish(), NothingHeard)
    assert isinstance(one.finish(), Transcript)


def test_the_vocabulary_tells_what_it_lacks(korean: VoskRecognizer) -> None:
    assert korean.knows("하세요")
    assert not korean.knows("сидорова")


def test_no_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models fetch"):
        VoskRecognizer(tmp_path)


def test_the_engine_is_chosen_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_VOSK_MODEL", str(weights("vosk-ko")))
    file = str(SPEECH / "korean" / "hello.flac")
    assert cli.main(["transcribe", file, "--engine", "vosk", "--json"]) == 0
    assert "하세요" in json.loads(capsys.readouterr().out)["transcript"]


def test_the_engine_is_chosen_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_VOSK_MODEL", str(weights("vosk-ko")))
    (tmp_path / "settings.toml").write_text('[recognition]\nengine = "vosk"\n')
    assert cli.main(["transcribe", str(SPEECH / "korean" / "hello.flac")]) == 0
    assert "하세요" in capsys.readouterr().out


def test_the_grammar_of_the_clinic_names_what_a_model_lacks(
    clinic: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, token = clinic
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_LEDGER_URL", url)
    monkeypatch.setenv("ASSISTANT_LEDGER_TOKEN", token)
    monkeypatch.setenv("ASSISTANT_VOSK_MODEL", str(weights("vosk-ko")))
    assert cli.main(["asr-grammar", "--json"]) == 0
    form = json.loads(capsys.readouterr().out)
    assert form["takes_grammar"]
    assert form["words"] == 0, "a Korean model knows no Russian"
    assert "иванову" in form["missing"]["names"]
    assert "двенадцатого" in form["missing"]["numbers"]


@pytest.fixture(scope="module")
def russian() -> Path:
    folder = os.environ.get("ASSISTANT_VOSK_MODEL")
    if not folder:
        pytest.skip("ASSISTANT_VOSK_MODEL names no Russian Vosk model on this box")
    return Path(folder)


def test_russian_commands(russian: Path) -> None:
    found = read_utterance(SPEECH / "commands" / "aleksandr_06.flac")
    assert isinstance(found, Utterance)
    heard = VoskRecognizer(russian).transcribe(found)
    assert isinstance(heard, Transcript)
    assert "выписку" in heard.text


def test_a_russian_grammar(russian: Path) -> None:
    grammar = Grammar(("прочитай выписку из областной клинической больницы", "[unk]"), {})
    recognizer = VoskRecognizer(russian, lambda: grammar)
    if not recognizer.takes_grammar:
        pytest.skip("this Russian model takes no grammar")
    found = read_utterance(SPEECH / "commands" / "aleksandr_06.flac")
    assert isinstance(found, Utterance)
    heard = recognizer.transcribe(found)
    assert isinstance(heard, Transcript)
    assert heard.text == grammar.phrases[0]


def test_a_question_through_the_whole_pipeline_with_vosk(
    clinic: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The Korean model hears Korean in a Russian question: the engine is swapped, nothing else."""
    weights("campplus")
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_LEDGER_URL", clinic[0])
    monkeypatch.setenv("ASSISTANT_LEDGER_TOKEN", clinic[1])
    monkeypatch.setenv("ASSISTANT_VOSK_MODEL", str(weights("vosk-ko")))
    demo = SPEECH / "demo"
    takes = [str(demo / f"enrol{n}_aleksandr.flac") for n in range(1, 9)]
    assert cli.main(["staff", "add", "dr", "--role", "doctor"]) == 0
    assert cli.main(["enroll", "dr", *takes, "--consent-by", "dr"]) == 0
    capsys.readouterr()
    question = str(demo / "turn01_aleksandr.flac")
    assert cli.main(["ask", "--audio", question, "--as", "dr", "--engine", "vosk", "--json"]) == 0
    form = json.loads(capsys.readouterr().out)
    assert re.search("[가-힣]", form["transcript"])
    assert form["patient"] is None
    assert form["speaker"]["decision"] == "accept"
