"""Error rates, takeovers, lockouts, noise and speed of the speaker engines on a folder of voices.

    python -m benchmarks.speaker out/voices

The folder holds ``SPEAKER/*.flac``, more than six recordings each; ``benchmarks/voice_corpus.py``
makes a small free one. Writes ``speaker.json`` and ``speaker-ENGINE.png`` to
``benchmarks/results``. An engine whose model is not there gets a row that says so. Intervals are
95 %, by redrawing speakers where trials of one person are alike.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.config import Paths
from assistant.errors import ModelError
from assistant.messages import SAMPLE_RATE, Samples, Utterance
from assistant.speaker.calibration import (
    ENROL_FILES,
    Corpus,
    OperatingPoint,
    Rate,
    Trials,
    clopper_pearson,
    eer,
    frr_at,
    interval,
    operating_point,
    read_corpus,
    trials,
    voiceprints_of,
)
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.decision import SpeakerState
from assistant.speaker.engine import EmbeddingEngine
from assistant.speaker.errors import CalibrationError
from assistant.speaker.plot import write_plot
from assistant.speaker.risk import RiskTier
from assistant.speaker.speechbrain_engine import SpeechBrainEngine
from assistant.speaker.store import Voiceprints
from assistant.speaker.verifier import SpeakerVerifier, campplus_path

RESULTS = Path(__file__).parent / "results"
SECONDS = (1.0, 2.0, 3.0, 5.0)
SNRS_DB = (20, 10, 5)
_GAP_S = 8.0
"""Between the utterances of a simulated dialogue."""
_INTRUDERS = 8
"""Dialogues taken over, for each owner."""
_OWNER_UTTERANCES = 30
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One line of the table: cuts of one length, clean or noisy."""

    seconds: float
    snr_db: int | None
    own_trials: int
    foreign_trials: int
    eer: Rate
    frr_at_far: dict[str, Rate | str]
    """FAR → FRR, or why it can't be said."""


@dataclass(frozen=True, slots=True)
class Dialogues:
    """What the decision with its default policy makes of whole dialogues, at the read tier."""

    seconds: float
    caught_by: tuple[Rate, Rate, Rate]
    """Share of takeovers in which utterance 1, or one of the first 2, or 3, was not accepted."""
    refused: Rate
    """Owner's utterances that were not accepted."""
    lockouts_per_hour: float
    """Two refusals in a row, per 60 utterances."""


class _Fixed:
    """Voiceprints that are at hand."""

    def __init__(self, prints: dict[str, Voiceprints]) -> None:
        self._prints = prints

    def load(self, speaker_id: str) -> Voiceprints:
        return self._prints[speaker_id]


def noisy(snr_db: int) -> Callable[[Samples], Samples]:
    """Adds pink noise: equal power in each octave, as ventilation has."""
    rng = np.random.default_rng(snr_db)

    def add(clean: Samples) -> Samples:
        spectrum = np.fft.rfft(rng.standard_normal(len(clean)))
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
        noise = np.fft.irfft(spectrum, len(clean))
        level = np.sqrt(np.mean(clean**2) / np.mean(noise**2) / 10 ** (snr_db / 10))
        return np.asarray(clean + level * noise, np.float32)

    return add


def accuracy(some: Trials, seconds: float, snr_db: int | None) -> Accuracy:
    """Rates with intervals; a FAR that the trials can't support is not stated."""
    frr: dict[str, Rate | str] = {}
    for far in (0.01, 0.001):
        try:
            point = operating_point(some, far)
        except CalibrationError as error:
            frr[f"{far:.1%}"] = error.cause
            continue
        frr[f"{far:.1%}"] = interval(some, _frr_measure(point))
    return Accuracy(
        seconds, snr_db, len(some.genuine), len(some.impostor), interval(some, eer), frr
    )


def _frr_measure(point: OperatingPoint) -> Callable[[Trials], float]:
    return lambda drawn: float(frr_at(drawn, point.threshold))


def dialogues(engine: EmbeddingEngine, corpus: Corpus, seconds: float) -> Dialogues:
    """Owners talking alone, and owners whose session another person continues."""
    prints = {
        name: Voiceprints(engine.name, _EPOCH, voiceprints_of(engine, recordings))
        for name, recordings in corpus.items()
    }
    verifier = SpeakerVerifier(engine, _Fixed(prints))
    said = {name: _utterances(recordings, seconds) for name, recordings in corpus.items()}
    caught = [0, 0, 0]
    sessions = refused = spoken = lockouts = 0
    rng = np.random.default_rng(7)
    for owner in corpus:
        own = [verifier.score(owner, one) for one in said[owner][:_OWNER_UTTERANCES]]
        if len(own) < 2:
            continue
        answers, _ = _run(verifier, own)
        refused += answers.count(False)
        spoken += len(answers)
        lockouts += sum(not a and not b for a, b in itertools.pairwise(answers))
        others = [name for name in corpus if name != owner and len(said[name]) >= 3]
        for intruder in rng.choice(others, min(_INTRUDERS, len(others)), replace=False):
            foreign = [verifier.score(owner, one) for one in said[intruder][:3]]
            accepted, _ = _run(verifier, [*own[:2], *foreign])
            sessions += 1
            for first in range(3):
                caught[first] += not all(accepted[2 : 3 + first])
    shares = [clopper_pearson(count, sessions) for count in caught]
    return Dialogues(
        seconds,
        (shares[0], shares[1], shares[2]),
        clopper_pearson(refused, spoken),
        60 * lockouts / spoken,
    )


def _run(verifier: SpeakerVerifier, evidence: list[Any]) -> tuple[list[bool], SpeakerState]:
    state, accepted = SpeakerState(), []
    for number, one in enumerate(evidence):
        decision, state = verifier.decide(
            one, state, now=number * _GAP_S, tier=RiskTier.READ, short_reply=False
        )
        accepted.append(decision.accepted)
    return accepted, state


def _utterances(recordings: Any, seconds: float) -> list[Utterance]:
    length = int(seconds * SAMPLE_RATE)
    cuts = [one[:length] for one in recordings[ENROL_FILES:] if len(one) >= length]
    return [Utterance(cut, cut, 0.0, seconds) for cut in cuts]


def milliseconds(engine: EmbeddingEngine, seconds: float = 2.0) -> float:
    """Median time of one embedding; engines here use one thread."""
    speech = np.random.default_rng(3).standard_normal(int(seconds * SAMPLE_RATE)) * 0.1
    taken: list[float] = []
    for _ in range(21):
        begin = time.perf_counter()
        engine.embed(speech.astype(np.float32))
        taken.append(time.perf_counter() - begin)
    return 1000 * float(np.median(taken))


def measure(engine: EmbeddingEngine, corpus: Corpus) -> tuple[dict[str, Any], Trials]:
    """Everything about one engine, as JSON, and its trials of 2 s."""
    rows: list[Accuracy] = []
    full: Trials | None = None
    for seconds in SECONDS:
        some = trials(engine, corpus, seconds)
        rows.append(accuracy(some, seconds, None))
        full = some if seconds == 2.0 else full
    for snr_db in SNRS_DB:
        rows.append(accuracy(trials(engine, corpus, 2.0, noisy(snr_db)), 2.0, snr_db))
    assert full is not None
    form = {
        "milliseconds_2s": round(milliseconds(engine), 1),
        "accuracy": [asdict(row) for row in rows],
        "dialogues": [asdict(dialogues(engine, corpus, seconds)) for seconds in (1.2, 2.0, 3.0)],
    }
    return form, full


def show(name: str, form: dict[str, Any]) -> None:
    """Print one engine's tables."""
    console = Console()
    table = Table("speech", "noise", "trials own/foreign", "EER", "FRR at FAR 1 %", "at 0.1 %")
    for row in form["accuracy"]:
        snr = "clean" if row["snr_db"] is None else f"{row['snr_db']} dB"
        frr = [_text(rate) for rate in row["frr_at_far"].values()]
        trials_text = f"{row['own_trials']}/{row['foreign_trials']}"
        table.add_row(f"{row['seconds']:g} s", snr, trials_text, _text(row["eer"]), *frr)
    table.title = f"{name}: {form['milliseconds_2s']} ms for 2 s"
    console.print(table)
    table = Table("utterances", "caught at 1", "by 2", "by 3", "owner refused", "lockouts/h")
    for row in form["dialogues"]:
        caught = [_text(rate) for rate in row["caught_by"]]
        lockouts = f"{row['lockouts_per_hour']:.1f}"
        table.add_row(f"{row['seconds']:g} s", *caught, _text(row["refused"]), lockouts)
    console.print(table)


def _text(rate: Any) -> str:
    if isinstance(rate, str):
        return "too few trials"
    return f"{rate['value']:.2%} ({rate['low']:.2%} to {rate['high']:.2%})"


def main() -> None:
    """Measure every engine whose model is there."""
    parser = argparse.ArgumentParser(description="measure the speaker engines")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="SPEAKER/*.flac")
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.folder)
    paths = Paths.from_environment()
    makers: dict[str, Callable[[], EmbeddingEngine]] = {
        "campplus": lambda: CampPlusEngine(campplus_path(paths)),
        "speechbrain": lambda: SpeechBrainEngine(paths.models / "speechbrain-ecapa"),
    }
    files = sum(map(len, corpus.values()))
    results: dict[str, Any] = {"speakers": len(corpus), "recordings": files}
    RESULTS.mkdir(exist_ok=True)
    print(f"{len(corpus)} speakers, {files} recordings")
    for name, make in makers.items():
        try:
            engine = make()
        except ModelError as error:
            results[name] = {"not_measured": error.cause}
            print(f"{name}: not measured. {error}")
            continue
        results[name], full = measure(engine, corpus)
        show(name, results[name])
        write_plot(RESULTS / f"speaker-{name}.png", full, {})
    (RESULTS / "speaker.json").write_text(json.dumps(results, indent=2) + os.linesep)


if __name__ == "__main__":
    main()
