"""Make a small free corpus of human voices from Debian packages: OUT/SPEAKER/NNN.flac.

    python benchmarks/voice_corpus.py out/voices

Only recordings of people, no synthetic voices: telephone prompts, game dialogues, a reader, a
unit-selection database, spoken letters. Each voice was recorded in one place and one session
(a few in several), mostly by trained speakers, each in a language of its own: so the numbers
measured on it are kinder than a ward's. It needs ``apt-get`` and stays outside the repository:
the packages' own licences (see their ``copyright`` files) are CC BY(-SA), GPL and BSD-like.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from faster_whisper.audio import decode_audio

from assistant.messages import SAMPLE_RATE, Samples

_FILE_S = 10.0
_FILES = 50
_GAP_S = 0.15
_GSM = {"format": "RAW", "subtype": "GSM610", "samplerate": 8000, "channels": 1}
_LETTERS = ("ar", "cs", "da", "de", "en", "en_GB", "es", "fr", "he", "hu", "it", "lt", "ml",
            "nb", "nds", "nl", "pt_BR", "ru", "tn", "uk")  # fmt: skip

SOURCES: dict[str, tuple[str, str]] = {
    **{
        f"asterisk-{language}": (f"asterisk-core-sounds-{language}-g722", "**/*.g722")
        for language in ("en", "fr", "it", "ru")
    },
    "asterisk-es-co": ("asterisk-prompt-es-co", "**/*.gsm"),
    "asterisk-armelle": ("asterisk-prompt-fr-armelle", "**/*.gsm"),
    "asterisk-menardi": ("asterisk-prompt-it-menardi-wav", "**/*.wav"),
    "fillets-cs-small": ("fillets-ng-data-cs", "**/cs/*-m-*.ogg"),
    "fillets-cs-big": ("fillets-ng-data-cs", "**/cs/*-v-*.ogg"),
    "fillets-nl-small": ("fillets-ng-data-nl", "**/nl/*-m-*.ogg"),
    "fillets-nl-big": ("fillets-ng-data-nl", "**/nl/*-v-*.ogg"),
    "festvox-ru": ("festvox-ru", "**/*.wav"),
    "librivox-austen": ("pocketsphinx-testdata", "**/librivox/*.wav"),
    **{f"letters-{tag}": ("klettres-data", f"**/klettres/{tag}/**/*.ogg") for tag in _LETTERS},
}
"""Speaker → Debian package and the files in it. The Spanish core sounds are left out: their
``copyright`` names the English ones' speaker."""


_RUNNING = [speaker for speaker in SOURCES if not speaker.startswith("letters-")]
_TELEPHONE = ("asterisk-es-co", "asterisk-armelle", "asterisk-menardi")

SUBSETS: dict[str, list[str]] = {
    "running speech": _RUNNING,
    "running, wide band": [speaker for speaker in _RUNNING if speaker not in _TELEPHONE],
}
"""Told apart by what was recorded: sentences and phrases, or single letters and syllables. Of the
latter 10 s hold as little as 1.2 s of speech: `assistant enroll` would refuse such recordings, and
those of letters-ml also for clipping. Three voices were recorded by telephone: nothing of them is
above 4 kHz (50 to 60 dB below the whole), while the assistant hears 16 kHz. Running speech of full
band is what LibriSpeech has."""


def decoded(files: Iterable[Path]) -> Iterator[Samples]:
    """The recordings as 16 kHz mono; links and empty files are passed over."""
    for file in files:
        if not file.is_file() or not file.stat().st_size:
            continue
        if file.suffix == ".g722":
            yield np.asarray(decode_audio(str(file)), np.float32)
            continue
        raw: dict[str, Any] = _GSM if file.suffix == ".gsm" else {}
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True, **raw)
        yield soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE)


def joined(clips: Iterable[Samples]) -> Iterator[Samples]:
    """Clips put together, a little pause between them, and cut to files of equal length."""
    gap = np.zeros(int(_GAP_S * SAMPLE_RATE), np.float32)
    length = int(_FILE_S * SAMPLE_RATE)
    waiting = np.zeros(0, np.float32)
    for clip in clips:
        waiting = np.concatenate((waiting, clip, gap))
        while len(waiting) >= length:
            yield waiting[:length]
            waiting = waiting[length:]


def main() -> None:
    """Fetch the packages and write the corpus."""
    parser = argparse.ArgumentParser(description="make a free corpus of human voices")
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        packages = sorted({package for package, _ in SOURCES.values()})
        subprocess.run(["apt-get", "download", "-q", *packages], cwd=folder, check=True)
        for archive in Path(folder).glob("*.deb"):
            name = archive.name.split("_")[0]
            subprocess.run(["dpkg-deb", "-x", archive, Path(folder, name)], check=True)
        for speaker, (package, pattern) in SOURCES.items():
            files = sorted(Path(folder, package).glob(pattern))
            if package.startswith("asterisk"):
                # tones and silences lie beside the voice
                files = [file for file in files if "silence" not in str(file)]
            target = out / speaker
            target.mkdir(parents=True, exist_ok=True)
            count = 0
            for count, samples in enumerate(joined(decoded(files)), 1):
                soundfile.write(target / f"{count:03}.flac", samples, SAMPLE_RATE)
                if count == _FILES:
                    break
            print(f"{speaker}: {len(files)} recordings, {count} files", flush=True)
    (out / "subsets.json").write_text(json.dumps(SUBSETS, indent=2))


if __name__ == "__main__":
    main()
