"""Word and character error rate and speed of every recogniser that this box has.

    python -m benchmarks.asr tests/fixtures/speech

The folder holds ``transcripts.tsv``: path, what is said; each folder in it is scored by itself.
Writes ``asr.json`` and ``asr.png`` to ``benchmarks/results``.

Both sides are lower-cased, without punctuation, ё as е, and numbers spelled, so that «12» and
«двенадцать» are the same; «двенадцатое» stays another word.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer
import numpy as np
from num2words import num2words
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.audio.files import read_utterance
from assistant.config import Paths
from assistant.messages import Recognizer, Transcript, Utterance
from assistant.recognition.vosk import VoskRecognizer
from assistant.recognition.whisper import WhisperRecognizer
from models import store
from models.errors import ModelsError

RESULTS = Path(__file__).parent / "results"
_LONGEST_NUMBER = 4
"""Digits in a row beyond this, or after a leading zero, are read one by one, as cards are."""


@dataclass(frozen=True, slots=True)
class Score:
    """One engine on one set of recordings. Rates are percent, times seconds."""

    engine: str
    folder: str
    recordings: int
    audio_s: float
    wer: float
    cer: float
    sentences_right: float
    wer_best_alternative: float
    """Of the reading nearest to the truth among text and alternatives."""
    refused: int
    """Recordings in which the engine heard nothing."""
    median_s: float
    p95_s: float
    rtf: float
    """Seconds of work for a second of audio."""


def normalised(text: str) -> str:
    """The words of ``text`` as they are compared."""
    text = text.lower().replace("ё", "е").replace("№", " номер ")
    text = re.sub(r"\d+", lambda match: f" {_spelled(match[0])} ", text)
    return " ".join(re.sub(r"[^\w\s]", " ", text.replace("ё", "е")).split())


def _spelled(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER or digits.startswith("0"):
        return " ".join(num2words(int(digit), lang="ru") for digit in digits)
    return str(num2words(int(digits), lang="ru"))


def read_transcripts(folder: Path) -> list[tuple[Path, str]]:
    """Recordings with what is said in them."""
    lines = (folder / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line)
    return [(folder / path, text) for path, text in pairs]


def installed() -> Iterator[Recognizer]:
    """Every recogniser of Russian whose model is on this box."""
    root = Paths.from_environment().models
    for name in ("whisper-base", "vosk-small-ru", "vosk-ru"):
        try:
            folder = store.path_of(name, root)
        except ModelsError:
            continue
        yield WhisperRecognizer(folder) if name.startswith("whisper") else VoskRecognizer(folder)
    by_hand = os.environ.get("ASSISTANT_VOSK_MODEL")
    if by_hand:
        yield VoskRecognizer(Path(by_hand))


def measure(recognizer: Recognizer, folder: str, recordings: list[tuple[Utterance, str]]) -> Score:
    """Recognise all recordings of ``folder``, one after the other."""
    truths, heard, best, seconds = [], [], [], []
    refused = 0
    for utterance, text in track(
        recordings, f"{recognizer.name} {folder}", console=Console(stderr=True)
    ):
        before = time.perf_counter()
        outcome = recognizer.transcribe(utterance)
        seconds.append(time.perf_counter() - before)
        readings = [""]
        if isinstance(outcome, Transcript):
            readings = [normalised(reading) for reading in (outcome.text, *outcome.alternatives)]
        else:
            refused += 1
        truth = normalised(text)
        truths.append(truth)
        heard.append(readings[0])
        best.append(min(readings, key=lambda reading: jiwer.wer(truth, reading)))
    audio_s = sum(utterance.duration_s for utterance, _ in recordings)
    return Score(
        engine=recognizer.name,
        folder=folder,
        recordings=len(recordings),
        audio_s=round(audio_s, 1),
        wer=round(100 * jiwer.wer(truths, heard), 1),
        cer=round(100 * jiwer.cer(truths, heard), 1),
        sentences_right=round(100 * float(np.mean(np.equal(truths, heard))), 1),
        wer_best_alternative=round(100 * jiwer.wer(truths, best), 1),
        refused=refused,
        median_s=round(float(np.median(seconds)), 3),
        p95_s=round(float(np.percentile(seconds, 95)), 3),
        rtf=round(sum(seconds) / audio_s, 3),
    )


def plot(scores: list[Score], path: Path) -> None:
    """Draw error against speed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (errors, speed) = pyplot.subplots(
        1, 2, figsize=(4 + 2 * len(scores), 4), layout="constrained"
    )
    names = [f"{score.engine}\n{score.folder}" for score in scores]
    places = np.arange(len(scores))
    errors.bar(places - 0.2, [score.wer for score in scores], 0.4, label="WER")
    errors.bar(places + 0.2, [score.cer for score in scores], 0.4, label="CER")
    errors.set(xticks=places, xticklabels=names, ylabel="%", title="Error")
    speed.bar(places - 0.2, [score.median_s for score in scores], 0.4, label="median")
    speed.bar(places + 0.2, [score.p95_s for score in scores], 0.4, label="95th percentile")
    speed.set(xticks=places, xticklabels=names, ylabel="s", title="Time per utterance")
    for axes in (errors, speed):
        axes.margins(y=0.25)  # room for the legend
        axes.legend(ncols=2, loc="upper center")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def show(scores: list[Score]) -> None:
    """Print the scores as a table."""
    table = Table()
    headings = (
        "engine",
        "folder",
        "n",
        "WER %",
        "best of n %",
        "CER %",
        "right %",
        "refused",
        "median s",
    )
    for heading in (*headings, "p95 s", "RTF"):
        table.add_column(heading, justify="left" if heading in headings[:2] else "right")
    for score in scores:
        cells = (score.wer, score.wer_best_alternative, score.cer, score.sentences_right)
        times = (score.refused, score.median_s, score.p95_s, score.rtf)
        numbers = (score.recordings, *cells, *times)
        table.add_row(score.engine, score.folder, *(str(number) for number in numbers))
    Console().print(table)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args()
    recordings: dict[str, list[tuple[Utterance, str]]] = {}
    for path, text in read_transcripts(args.folder):
        utterance = read_utterance(path)
        if isinstance(utterance, Utterance):
            name = path.relative_to(args.folder).parts[0]
            recordings.setdefault(name, []).append((utterance, text))
        else:
            raise SystemExit(f"{path}: no speech is found in it")
    scores = [
        measure(recognizer, *entry) for recognizer in installed() for entry in recordings.items()
    ]
    if not scores:
        raise SystemExit("No recogniser is installed: run assistant models fetch")
    show(scores)
    args.out.mkdir(parents=True, exist_ok=True)
    form = [asdict(score) for score in scores]
    (args.out / "asr.json").write_text(json.dumps(form, indent=2) + "\n", encoding="utf-8")
    plot(scores, args.out / "asr.png")


if __name__ == "__main__":
    main()
