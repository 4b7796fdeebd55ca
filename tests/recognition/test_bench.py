"""`assistant bench-asr`: the folder's layout, the measures, the noise, and a real engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import jiwer
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from weights import weights

from assistant import cli
from assistant.audio.files import read_audio
from assistant.audio.noise import babble, level, noisy, pink
from assistant.errors import AudioInputError
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Samples,
    Transcript,
    Utterance,
)
from assistant.recognition import bench
from nlu.evaluate import HELDOUT, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import Parser
from nlu.parser import InProcessParser

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"


@pytest.fixture(scope="module")
def parser() -> Parser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)))


def test_both_layouts_are_read(tmp_path: Path) -> None:
    for name in ("anna/01.flac", "anna/02.wav", "boris/01.flac", "site/a b.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / name, np.zeros(160), SAMPLE_RATE)
    (tmp_path / "commands.tsv").write_text("01\tстоп\n02\tда\n03\tнет\n", encoding="utf-8")
    (tmp_path / "site" / "transcripts.tsv").write_text("a b.wav\tповтори\n", encoding="utf-8")
    found = {(item.folder, item.path.name, item.text) for item in bench.recordings(tmp_path)}
    assert found == {
        ("anna", "01.flac", "стоп"),
        ("boris", "01.flac", "стоп"),
        ("anna", "02.wav", "да"),
        ("site", "a b.wav", "повтори"),
    }


def test_a_folder_without_transcripts_says_what_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AudioInputError, match="holds no transcripts"):
        bench.recordings(tmp_path)
    assert cli.main(["bench-asr", str(tmp_path)]) == 3
    assert "a tab" in capsys.readouterr().err


texts = st.lists(st.sampled_from(["да", "нет", "стоп", "карта", "пять"]), min_size=1, max_size=6)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_the_error_rate_is_the_usual_one(pairs: list[tuple[list[str], list[str]]]) -> None:
    truths, heard = [" ".join(a) for a, _ in pairs], [" ".join(b) for _, b in pairs]
    rate = bench.error_rate([a for a, _ in pairs], [b for _, b in pairs])
    assert rate == pytest.approx(100 * jiwer.wer(truths, heard))


@pytest.mark.parametrize(
    ("said", "heard", "same"),
    [
        ("последнее давление иванова петра", "Последняя давление Иванова Петра!", True),
        ("карта один два три шесть", "Карта 1236", True),
        ("карта кузнецовой ольги владимировны", "Карта Кузнецовой Ольги.", True),
        ("карта сидоровой анны", "карта смирнова андрея", False),
        ("открой второй документ", "открой первый документ", False),
        ("есть ли аллергия", "есть ли лекарства", False),
    ],
)
def test_meaning_is_intent_and_values(parser: Parser, said: str, heard: str, same: bool) -> None:
    equal = bench.meaning(parser.parse(said)) == bench.meaning(parser.parse(heard))
    assert equal is same


def test_noise_is_as_loud_as_asked() -> None:
    speech = read_audio(SPEECH / "commands" / "aleksandr_06.flac") * np.float32(0.1)
    noise = pink(len(speech), np.random.default_rng(1))
    for snr_db in bench.SNRS_DB:
        added = noisy(speech, noise, snr_db) - speech
        assert 20 * np.log10(level(speech) / level(added)) == pytest.approx(snr_db, abs=0.2)


def test_pink_noise_falls_three_decibels_an_octave() -> None:
    power = np.abs(np.fft.rfft(pink(2**18, np.random.default_rng(2)))) ** 2
    octaves = [power[2**k : 2 ** (k + 1)].mean() for k in range(8, 16)]
    assert np.diff(10 * np.log10(octaves)) == pytest.approx(-3, abs=1)


def test_babble_is_made_of_the_others() -> None:
    voices = [np.full(1000, 0.5, np.float32), np.full(700, -0.5, np.float32)]
    mixed = babble(voices, 5000, np.random.default_rng(3))
    assert mixed.shape == (5000,)
    assert np.ptp(mixed) < 1e-6, "equally loud, without gaps"


class Deaf:
    """Hears the given line in anything."""

    name = "deaf"

    def __init__(self, lines: Sequence[str | None]) -> None:
        self.lines = list(lines)
        self.heard: list[Samples] = []

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        self.heard.append(utterance.samples)
        line = self.lines.pop(0)
        return Transcript(line) if line else NothingHeard(NothingHeardReason.NOISE)


def items(*texts: str) -> list[bench.Recording]:
    path = SPEECH / "commands" / "aleksandr_06.flac"
    return [bench.Recording("ward", path, text) for text in texts]


def test_scores_count_words_meanings_and_refusals(parser: Parser) -> None:
    engine = Deaf(["стоп", "открой первый документ", None])
    said = items("стоп", "открой второй документ", "да")
    (score,) = bench.measure(engine, parser, said)
    assert score.recordings == 3
    assert score.wer == pytest.approx(100 * 2 / 5, abs=0.1)
    assert score.understood == pytest.approx(100 / 3, abs=0.1)
    assert score.refused == 1


def test_every_engine_hears_the_same_noise(parser: Parser) -> None:
    first, second = Deaf(["да"]), Deaf(["да"])
    for engine in (first, second):
        bench.measure(engine, parser, items("да"), "babble 5 dB")
    assert np.array_equal(first.heard[0], second.heard[0])


@pytest.mark.slow
def test_the_command_compares_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    weights("whisper-base")
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSISTANT_VOSK_MODEL", str(weights("vosk-ko")))
    monkeypatch.setenv("COLUMNS", "200")
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "06.flac").write_bytes((SPEECH / "commands" / "aleksandr_06.flac").read_bytes())
    (tmp_path / "commands.tsv").write_text(
        "06\tпрочитай выписку из областной клинической больницы\n", encoding="utf-8"
    )
    assert cli.main(["bench-asr", str(tmp_path), "--out", str(tmp_path / "results")]) == 0
    form = json.loads((tmp_path / "results" / "asr.json").read_text())
    by_engine = {score["engine"]: score for score in form}
    assert by_engine["whisper-base"]["wer"] == 0
    assert by_engine["whisper-base"]["understood"] == 100
    assert by_engine["vosk-ko"]["understood"] == 0, "a Korean model"
    assert (tmp_path / "results" / "asr.png").stat().st_size > 5000
    assert "whisper-base" in capsys.readouterr().out
