"""Recognisers compared on a folder of recordings: error, understanding, speed, and noise.

Layout of the folder: any ``transcripts.tsv`` in it or below (path from there, what is said), or a
``commands.tsv`` (number, what is said) beside folders of recordings named by those numbers.
Recordings are WAV, FLAC or any other format that is read elsewhere. The folders are scored each
by itself.

Both sides are lower-cased, without punctuation, ё as е, and numbers spelled, so that «12» and
«двенадцать» are the same; «двенадцатое» stays another word.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from num2words import num2words
from rapidfuzz.distance import Levenshtein

from assistant.audio.files import find_utterance, read_audio
from assistant.audio.noise import babble, noisy, pink
from assistant.errors import AudioInputError
from assistant.messages import NothingHeard, Recognizer, Samples, Transcript, Utterance
from nlu.messages import Parse, Parser, PatientMention

SNRS_DB: Final = (20, 10, 5)
_LONGEST_NUMBER: Final = 4
"""Digits in a row beyond this, or after a leading zero, are read one by one, as cards are."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file and what is said in it. PHI where the folder is a site's own."""

    folder: str
    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """One engine on one folder under one noise. Rates are percent, times seconds."""

    engine: str
    folder: str
    noise: str
    """``clean``, or e.g. ``babble 10 dB``."""
    recordings: int
    audio_s: float
    wer: float
    cer: float
    understood: float
    """Recordings of which the parser makes the same of what was heard as of what was said."""
    wer_best_alternative: float
    """Of the reading nearest to the truth among text and alternatives."""
    refused: int
    """Recordings in which nothing was heard."""
    median_s: float
    p95_s: float
    rtf: float
    """Seconds of work for a second of audio."""


def recordings(folder: Path) -> list[Recording]:
    """What the folder holds; raises :class:`AudioInputError` when it holds nothing of the kind."""
    found = [
        Recording(_group(folder, table.parent / path), table.parent / path, text)
        for table in sorted(folder.rglob("transcripts.tsv"))
        for path, text in _rows(table)
    ]
    commands = folder / "commands.tsv"
    if commands.is_file():
        for number, text in _rows(commands):
            found += [
                Recording(path.parent.name, path, text)
                for path in sorted(folder.glob(f"*/{number}.*"))
            ]
    if not found:
        raise AudioInputError(
            "The folder holds no transcripts.tsv and no commands.tsv with recordings.",
            "List each recording in FOLDER/transcripts.tsv: its path, a tab, what is said.",
        )
    return found


def _rows(table: Path) -> Iterator[tuple[str, str]]:
    for line in table.read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition("\t")
        if rest:
            yield name, rest.split("\t")[0]


def _group(folder: Path, path: Path) -> str:
    parts = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
    return parts[0] if len(parts) > 1 else folder.name


def normalised(text: str) -> str:
    """The words of ``text`` as they are compared."""
    text = text.lower().replace("ё", "е").replace("№", " номер ")
    text = re.sub(r"\d+", lambda match: f" {_spelled(match[0])} ", text)
    return " ".join(re.sub(r"[^\w\s]", " ", text.replace("ё", "е")).split())


def _spelled(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER or digits.startswith("0"):
        return " ".join(num2words(int(digit), lang="ru") for digit in digits)
    return str(num2words(int(digits), lang="ru"))


def error_rate(truths: Sequence[Sequence[str]], heard: Sequence[Sequence[str]]) -> float:
    """Edits in percent of what was said, over all pairs: of words or of letters."""
    edits = sum(Levenshtein.distance(a, b) for a, b in zip(truths, heard, strict=True))
    return 100 * edits / max(1, sum(map(len, truths)))


def meaning(parse: Parse) -> tuple[Any, ...]:
    """What is acted upon: the intent and the resolved values, whatever the words."""
    values = []
    for entity in parse.entities:
        value: Any = entity.value
        if isinstance(value, PatientMention):
            cards = [candidate.card for candidate in value.candidates]
            value = sorted(cards) if value.ambiguous else cards[:1]
        values.append((entity.name, str(value)))
    return parse.intent, tuple(sorted(values))


def conditions() -> Iterator[tuple[str, Callable[[Samples, Sequence[Samples]], Samples]]]:
    """Names of noises, and what makes a recording noisy given the voices of the others."""
    yield "clean", lambda speech, voices: speech
    for snr_db in SNRS_DB:
        yield f"babble {snr_db} dB", _with_babble(snr_db)
    for snr_db in SNRS_DB:
        yield f"pink {snr_db} dB", _with_pink(snr_db)


def _with_babble(snr_db: float) -> Callable[[Samples, Sequence[Samples]], Samples]:
    def made(speech: Samples, voices: Sequence[Samples]) -> Samples:
        return noisy(speech, babble(voices, len(speech), _seeded(speech)), snr_db)

    return made


def _with_pink(snr_db: float) -> Callable[[Samples, Sequence[Samples]], Samples]:
    return lambda speech, voices: noisy(speech, pink(len(speech), _seeded(speech)), snr_db)


def _seeded(speech: Samples) -> np.random.Generator:
    """The same noise for the same recording, whichever engine hears it."""
    return np.random.default_rng(len(speech))


def measure(
    recognizer: Recognizer, parser: Parser, items: Iterable[Recording], noise: str = "clean"
) -> list[Score]:
    """Recognise all recordings, one after the other, under one noise; a score for each folder."""
    groups: dict[str, list[Recording]] = {}
    for item in items:
        groups.setdefault(item.folder, []).append(item)
    make_noisy = dict(conditions())[noise]
    scores = []
    for folder, group in groups.items():
        voices = [read_audio(item.path) for item in group]
        scores.append(
            _score(
                recognizer,
                parser,
                folder,
                noise,
                [
                    (make_noisy(voice, voices[:at] + voices[at + 1 :] or voices), item.text)
                    for at, (voice, item) in enumerate(zip(voices, group, strict=True))
                ],
            )
        )
    return scores


def _score(
    recognizer: Recognizer,
    parser: Parser,
    folder: str,
    noise: str,
    spoken: Sequence[tuple[Samples, str]],
) -> Score:
    truths, heard, best, seconds = [], [], [], []
    refused = understood = 0
    for samples, text in spoken:
        utterance = find_utterance(samples)
        before = time.perf_counter()
        outcome: Transcript | NothingHeard
        if isinstance(utterance, Utterance):
            outcome = recognizer.transcribe(utterance)
        else:
            outcome = utterance
        seconds.append(time.perf_counter() - before)
        readings = [""]
        if isinstance(outcome, Transcript):
            readings = [normalised(reading) for reading in (outcome.text, *outcome.alternatives)]
            made = parser.parse(outcome.text, outcome.alternatives)
            understood += meaning(made) == meaning(parser.parse(text))
        else:
            refused += 1
        truth = normalised(text)
        truths.append(truth)
        heard.append(readings[0])
        best.append(min(readings, key=lambda r: Levenshtein.distance(truth.split(), r.split())))
    audio_s = sum(len(samples) for samples, _ in spoken) / 16_000
    words = [truth.split() for truth in truths]
    return Score(
        engine=recognizer.name,
        folder=folder,
        noise=noise,
        recordings=len(spoken),
        audio_s=round(audio_s, 1),
        wer=round(error_rate(words, [text.split() for text in heard]), 1),
        cer=round(error_rate(truths, heard), 1),
        understood=round(100 * understood / len(spoken), 1),
        wer_best_alternative=round(error_rate(words, [text.split() for text in best]), 1),
        refused=refused,
        median_s=round(float(np.median(seconds)), 3),
        p95_s=round(float(np.percentile(seconds, 95)), 3),
        rtf=round(sum(seconds) / audio_s, 3),
    )
