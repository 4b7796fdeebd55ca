"""Files of every kind become one utterance, or an error that says what to do."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from scipy.signal import correlate

from assistant.audio.files import find_utterance, read_audio, read_utterance
from assistant.errors import AudioTooLongError, UnreadableAudioError
from assistant.messages import SAMPLE_RATE, NothingHeard, NothingHeardReason, Samples, Utterance

SPEECH = Path(__file__).parents[1] / "fixtures" / "speech"
COMMAND = SPEECH / "commands" / "aleksandr_06.flac"


def original() -> Samples:
    samples, rate = soundfile.read(COMMAND, dtype="float32")
    assert rate == SAMPLE_RATE
    return np.asarray(samples)


def similarity(one: Samples, other: Samples) -> float:
    """The highest normalised correlation at any lag."""
    highest = np.abs(correlate(one, other, method="fft")).max()
    return float(highest / (np.linalg.norm(one) * np.linalg.norm(other)))


@pytest.mark.parametrize(
    "path", [*sorted(SPEECH.glob("*_ru/*.flac")), COMMAND], ids=lambda p: p.stem
)
def test_speech_is_found_with_its_margins(path: Path) -> None:
    utterance = read_utterance(path)
    assert isinstance(utterance, Utterance)
    assert 0 <= utterance.start_s < utterance.end_s
    assert utterance.duration_s == pytest.approx(utterance.end_s - utterance.start_s)
    assert 0.6 * utterance.duration_s < utterance.speech_s < utterance.duration_s


FORMATS = {
    "telephone": ("x.wav", 8_000, "WAV", "PCM_16", 0.95),
    "a-law": ("x.wav", 8_000, "WAV", "ALAW", 0.95),
    "24 bit": ("x.wav", 16_000, "WAV", "PCM_24", 0.999),
    "float": ("x.wav", 16_000, "WAV", "FLOAT", 0.999),
    "cd rate": ("x.flac", 44_100, "FLAC", "PCM_16", 0.99),
    "ogg": ("x.ogg", 16_000, "OGG", "VORBIS", 0.95),
    "opus": ("x.opus", 48_000, "OGG", "OPUS", 0.9),
    "mp3 called wav": ("x.wav", 16_000, "MP3", "MPEG_LAYER_III", 0.95),
    "ogg called mp3": ("x.mp3", 16_000, "OGG", "VORBIS", 0.95),
    "no suffix": ("recording", 16_000, "WAV", "PCM_16", 0.999),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name: str, tmp_path: Path) -> None:
    file, rate, container, subtype, enough = FORMATS[name]
    samples = soxr.resample(original(), SAMPLE_RATE, rate)
    soundfile.write(tmp_path / file, samples, rate, format=container, subtype=subtype)
    read = read_audio(tmp_path / file)
    assert read.dtype == np.float32
    assert len(read) == pytest.approx(len(original()), abs=2000)
    assert similarity(original(), read) > enough


def test_stereo_at_48_khz_is_mixed(tmp_path: Path) -> None:
    samples = soxr.resample(original(), SAMPLE_RATE, 48_000)
    stereo = np.stack([samples, np.zeros_like(samples)], axis=1)
    soundfile.write(tmp_path / "x.wav", stereo, 48_000, subtype="PCM_16")
    read = read_audio(tmp_path / "x.wav")
    assert read.ndim == 1
    assert np.abs(read).max() == pytest.approx(np.abs(original()).max() / 2, rel=0.05)
    assert isinstance(find_utterance(read), Utterance)


def test_pauses_stay_in_the_samples_and_are_cut_from_the_speech() -> None:
    pause = np.zeros(5 * SAMPLE_RATE, np.float32)
    alone = find_utterance(original())
    twice = find_utterance(np.concatenate([original(), pause, original()]))
    assert isinstance(alone, Utterance)
    assert isinstance(twice, Utterance)
    assert twice.duration_s == pytest.approx(2 * len(original()) / SAMPLE_RATE + 5, abs=0.5)
    assert twice.speech_s == pytest.approx(2 * alone.speech_s, rel=0.05)


def click() -> Samples:
    rng = np.random.default_rng(1)
    burst = rng.normal(0, 0.5, 3200) * np.exp(-np.arange(3200) / 300)
    return np.concatenate([np.zeros(8000), burst, np.zeros(8000)]).astype(np.float32)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(3 * SAMPLE_RATE, np.float32),
        np.zeros(7, np.float32),
        click(),
        np.random.default_rng(2).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32),
    ],
    ids=["silence", "seven samples", "click", "white noise"],
)
def test_no_speech(samples: Samples) -> None:
    assert find_utterance(samples) == NothingHeard(NothingHeardReason.SILENCE)


def test_a_scrap_of_speech_is_too_short() -> None:
    scrap = original()[8000 : 8000 + 800]
    silence = np.zeros(SAMPLE_RATE, np.float32)
    heard = find_utterance(np.concatenate([silence, scrap, silence]))
    assert heard == NothingHeard(NothingHeardReason.TOO_SHORT)


def write_wav(path: Path, samples: Samples) -> Path:
    soundfile.write(path, samples, SAMPLE_RATE)
    return path


def broken(kind: str, folder: Path) -> Path:
    path = write_wav(folder / "x.wav", original())
    whole = path.read_bytes()
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("Это не запись.", encoding="utf-8")
        case "random":
            path.write_bytes(np.random.default_rng(3).bytes(50_000))
        case "half a header":
            path.write_bytes(whole[:30])
        case "no samples":
            path.write_bytes(whole[:44])
        case "missing":
            path.unlink()
        case "folder":
            path = folder
        case "odd rate":
            soundfile.write(path, original(), 100)
        case "not numbers":
            samples = original()
            samples[500] = np.nan
            soundfile.write(path, samples, SAMPLE_RATE, subtype="FLOAT")
    return path


KINDS = [
    "empty",
    "text",
    "random",
    "half a header",
    "no samples",
    "missing",
    "folder",
    "odd rate",
    "not numbers",
]


@pytest.mark.parametrize("kind", KINDS)
def test_unreadable(kind: str, tmp_path: Path) -> None:
    path = broken(kind, tmp_path)
    with pytest.raises(UnreadableAudioError) as caught:
        read_utterance(path)
    assert caught.value.code == "audio.unreadable"
    assert str(path) not in str(caught.value), "a file's name may be a patient's"


def test_a_wav_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "x.wav", original())
    path.write_bytes(path.read_bytes()[: 44 + 2 * 40_000])
    assert np.allclose(read_audio(path), original()[:40_000], atol=1e-4)


def test_a_long_file_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(write_wav(tmp_path / "short.wav", original()).read_bytes()[:44])
    header = bytearray(path.read_bytes())
    size = 2 * SAMPLE_RATE * 40 * 60
    header[4:8] = (size + 36).to_bytes(4, "little")
    header[40:44] = size.to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(header)
        file.truncate(44 + size)  # sparse: the samples were never written
    before = time.process_time()
    with pytest.raises(AudioTooLongError, match="2400 s"):
        read_utterance(path)
    assert time.process_time() - before < 1  # reading it takes many seconds


def test_more_than_30_s_of_speech_is_refused() -> None:
    with pytest.raises(AudioTooLongError):
        find_utterance(np.tile(original(), 9))


def test_60_s_with_little_speech_pass(tmp_path: Path) -> None:
    silence = np.zeros(60 * SAMPLE_RATE - 2 * len(original()), np.float32)
    path = write_wav(tmp_path / "x.wav", np.concatenate([original(), silence, original()]))
    assert isinstance(read_utterance(path), Utterance)
    longer = np.concatenate([original(), silence, original(), np.zeros(SAMPLE_RATE)])
    with pytest.raises(AudioTooLongError):
        read_utterance(write_wav(path, longer.astype(np.float32)))
