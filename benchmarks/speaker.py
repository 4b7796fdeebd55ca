"""Error rates, takeovers, lockouts, noise and speed of the speaker engines on a folder of voices.

    make bench-speaker
    python -m benchmarks.speaker FOLDER

The folder holds ``SPEAKER/*.flac`` (or .wav, .ogg), one person each, more than six recordings: the
first six are enrolled (two in the rows of mode ``session``), the others are cut into trials. A
``subsets.json`` beside them may name groups of speakers, ``{"name": ["SPEAKER", ...]}``, which get
rows of their own below those of the whole. ``benchmarks/voice_corpus.py`` makes a small free
corpus.

Of SpeechBrain, which has no default thresholds, dialogues are judged by thresholds measured on the
same voices (``thresholds`` in the results). Embeddings are kept in ``out/embeddings``.

Saves ``speaker.json`` and ``speaker-ENGINE.png`` in ``benchmarks/results``; what got worse since
the last saved run is marked ▲ with the value before. An engine that can't run is named with the
reason, and keeps its rows of the last run. Intervals are 95 %, the wider of two: Clopper and
Pearson's, and one by redrawing speakers, for trials of one person are alike.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeElapsedColumn

from assistant.config import Paths
from assistant.errors import ModelError
from assistant.messages import SAMPLE_RATE, Samples, Utterance
from assistant.speaker.calibration import (
    ENROL_FILES,
    FULL_S,
    VOICEPRINTS,
    Corpus,
    errors_allowed,
    lowest_threshold,
    policy_of,
    read_corpus,
    trials,
)
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.engine import EmbeddingEngine
from assistant.speaker.engines import SpeakerEngine, open_engine
from assistant.speaker.errors import CalibrationError
from assistant.speaker.plot import write_plot
from assistant.speaker.rates import (
    Rate,
    Trials,
    clopper_pearson,
    eer,
    frr_at,
    interval,
    point_at,
    threshold_at_far,
    wider,
)
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.site_policy import DEFAULTS_OF
from benchmarks.speaker_dialogues import Remembering, dialogues, remembering, slips, verifier_of
from benchmarks.speaker_tables import show, side_by_side

RESULTS = Path(__file__).parent / "results"
EMBEDDINGS = Path(__file__).parents[1] / "out" / "embeddings"
"""Kept between runs, by what was heard and the model: a change of the decision repeats none."""
WHOLE = "all voices"
SECONDS = (1.0, 2.0, 3.0, 5.0)
DIALOGUE_SECONDS = (1.2, 2.0, 3.0)
SNRS_DB = (20, 10, 5)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One line of the table: cuts of one length, clean or noisy."""

    voices: str
    seconds: float
    snr_db: int | None
    voiceprints: int
    """Of each person: mode ``session`` has fewer."""
    people: int
    """With voiceprints and trials of this length."""
    own_trials: int
    foreign_trials: int
    eer: Rate
    frr_at_far: dict[str, Rate | str]
    """FAR of these very trials → FRR, or why it can't be said."""


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


def accuracy(
    some: Trials, voices: str, seconds: float, snr_db: int | None, voiceprints: int = ENROL_FILES
) -> Accuracy:
    """Rates with intervals; a FAR that the trials can't support is not stated."""
    frr: dict[str, Rate | str] = {}
    for far in (0.01, 0.001):
        try:
            errors_allowed(len(some.impostor), far)
        except CalibrationError as error:
            frr[f"{far:.1%}"] = error.cause
            continue
        frr[f"{far:.1%}"] = _by_both(some, _frr_measure(far))
    own, foreign = len(some.genuine), len(some.impostor)
    rate = _by_both(some, eer)
    return Accuracy(voices, seconds, snr_db, voiceprints, some.people, own, foreign, rate, frr)


def _by_both(some: Trials, measure: Callable[[Trials], float]) -> Rate:
    """The wider of two intervals: redrawn speakers alone would say "0 to 0" of no error in few."""
    rate = interval(some, measure)
    own = len(some.genuine)
    return wider(rate, clopper_pearson(round(rate.value * own), own))


def _frr_measure(far: float) -> Callable[[Trials], float]:
    """The FRR where the FAR of the same trials is ``far``."""
    return lambda drawn: float(frr_at(drawn, threshold_at_far(drawn, far)))


def among(some: Trials, speakers: Sequence[int]) -> Trials:
    """The trials in which both who was claimed and who spoke are among ``speakers``."""
    kept = np.isin(some.claimed, speakers) & np.isin(some.spoke, speakers)
    return Trials(some.scores[kept], some.claimed[kept], some.spoke[kept])


def read_subsets(folder: Path, corpus: Corpus) -> dict[str, list[str]]:
    """Groups of speakers by name, the whole corpus first."""
    path = folder / "subsets.json"
    named: dict[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}
    groups = {name: [one for one in speakers if one in corpus] for name, speakers in named.items()}
    return {WHOLE: list(corpus), **groups}


def milliseconds(name: SpeakerEngine, paths: Paths, corpus: Corpus) -> dict[str, float]:
    """Median times for 2 s of real speech on one core: one embedding, and the whole check.

    Of the processor, not of the clock: the engine uses one thread here, and other programs' work
    must not count. Raises :class:`assistant.errors.ModelError`.
    """
    engine = open_engine(name, paths)
    speaker = next(iter(corpus))
    verifier = verifier_of(engine, {speaker: corpus[speaker]}, VoicePolicy())
    speech = np.concatenate(corpus[speaker][ENROL_FILES:])[: 2 * SAMPLE_RATE]
    utterance = Utterance(speech, speech, 0.0, 2.0)
    return {
        "embedding": _median_ms(lambda: engine.embed(speech)),
        "check": _median_ms(lambda: verifier.score(speaker, utterance)),
    }


def _median_ms(work: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(31):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return round(1000 * float(np.median(taken)), 1)


def policy_for(engine: EmbeddingEngine, corpus: Corpus, full: Trials) -> VoicePolicy:
    """The defaults for CAM++; for another engine thresholds of these very voices.

    For a FAR of 1 %, 0.3 % and 0.1 %, or the lowest that has trials enough.
    """
    if engine.name == DEFAULTS_OF:
        return VoicePolicy()
    fars = [max(far, 3.2 / len(full.impostor)) for far in (0.01, 0.003, 0.001)]
    tiers = (RiskTier.READ, RiskTier.SENSITIVE, RiskTier.WRITE)
    thresholds = {tier: lowest_threshold(full, far) for tier, far in zip(tiers, fars, strict=True)}
    return policy_of(engine, corpus, thresholds, fars[0])


_Cut = tuple[float, int | None, int]
"""Seconds of speech, signal to noise in dB (None: clean), and voiceprints of each person."""
_FULL: _Cut = (FULL_S, None, VOICEPRINTS[VoiceIdMode.ENROLLED])
_SESSION: _Cut = (FULL_S, None, VOICEPRINTS[VoiceIdMode.SESSION])
_CUTS: tuple[_Cut, ...] = (
    *((seconds, None, ENROL_FILES) for seconds in SECONDS),
    *((FULL_S, snr_db, ENROL_FILES) for snr_db in SNRS_DB),
    _SESSION,
)

Step = Callable[[str], None]
"""Told what is measured next."""


def steps(groups: Mapping[str, Sequence[str]]) -> int:
    """How often :func:`measure` calls its step."""
    return len(_CUTS) + len(groups) * (len(DIALOGUE_SECONDS) + 1) + 1


def measure(
    engine: Remembering,
    corpus: Corpus,
    groups: Mapping[str, Sequence[str]],
    step: Step,
) -> tuple[dict[str, Any], Trials]:
    """Everything about one engine but its times, as JSON, and its trials of 2 s.

    Intervals are computed by other processes while the next voices are heard.
    """
    place = {name: index for index, name in enumerate(corpus)}
    measured: dict[_Cut, Trials] = {}
    waiting: list[Future[Accuracy]] = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as others:
        for cut in _CUTS:
            seconds, snr_db, prints = cut
            noise = "" if snr_db is None else f", noise {snr_db} dB"
            step(f"{seconds:g} s{noise}, {prints} voiceprints")
            alter = None if snr_db is None else noisy(snr_db)
            some = measured[cut] = trials(engine, corpus, seconds, alter, prints)
            engine.save()
            waiting += [
                others.submit(accuracy, among(some, [place[one] for one in speakers]), voices, *cut)
                for voices, speakers in groups.items()
            ]
        full = measured[_FULL]
        policy = policy_for(engine, corpus, full)
        points = [
            (voices, tier, cut[2], others.submit(point_at, part, threshold))
            for voices, speakers in groups.items()
            for cut in (_FULL, _SESSION)
            for part in [among(measured[cut], [place[one] for one in speakers])]
            for tier, threshold in policy.thresholds.items()
        ]
        talks: list[dict[str, Any]] = []
        slipped: list[dict[str, Any]] = []
        for voices, speakers in groups.items():
            part = {one: corpus[one] for one in speakers}
            verifier = verifier_of(engine, part, policy)
            for seconds in DIALOGUE_SECONDS:
                step(f"{voices}: dialogues, {seconds:g} s")
                talks.append({"voices": voices, **asdict(dialogues(verifier, part, seconds))})
            step(f"{voices}: strangers beside the owner")
            slipped += [{"voices": voices, **asdict(slip)} for slip in slips(verifier, part)]
            engine.save()
        step("intervals")
        form = {
            "accuracy": [asdict(row.result()) for row in _by_group(waiting, len(groups))],
            "thresholds": [
                {
                    "voices": voices,
                    "tier": tier.value,
                    "voiceprints": prints,
                    **asdict(point.result()),
                }
                for voices, tier, prints, point in points
            ],
            "dialogues": talks,
            "slips": slipped,
        }
    return form, full


def _by_group(rows: Sequence[Future[Accuracy]], groups: int) -> list[Future[Accuracy]]:
    """All rows of one group of voices together."""
    return [one for first in range(groups) for one in rows[first::groups]]


def main() -> None:
    """Measure every engine whose model is there."""
    parser = argparse.ArgumentParser(description="measure the speaker engines")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="SPEAKER/*.flac")
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.folder)
    groups = read_subsets(arguments.folder, corpus)
    paths = Paths.from_environment()
    saved = RESULTS / "speaker.json"
    last: dict[str, Any] = json.loads(saved.read_text()) if saved.exists() else {}
    files = sum(map(len, corpus.values()))
    results: dict[str, Any] = {"speakers": len(corpus), "recordings": files, "groups": groups}
    print(f"{len(corpus)} speakers, {files} recordings")
    if (last.get("speakers"), last.get("recordings")) != (len(corpus), files):
        print("Another corpus than that of the last saved run: nothing is compared.")
        last = {}
    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        "{task.fields[heard]} pieces of speech",
        TimeElapsedColumn(),
    )
    for name in SpeakerEngine:
        try:
            times = milliseconds(name, paths, corpus)
        except ModelError as error:
            print(f"{name}: not measured. {error}")
            continue
        with Progress(*columns) as progress:
            task = progress.add_task(name, total=steps(groups), heard=0)

            def step(what: str, bar: Progress = progress, its: TaskID = task) -> None:
                bar.update(its, description=what, advance=1)

            engine = remembering(
                open_engine(name, paths, threads=os.cpu_count() or 1),
                EMBEDDINGS,
                lambda heard, bar=progress, its=task: bar.update(its, heard=heard),
            )
            form, full = measure(engine, corpus, groups, step)
        results[name] = {"milliseconds": times, **form}
        show(name, results[name], last.get(name, {}))
        write_plot(RESULTS / f"speaker-{name}.png", full, {})
        # what an engine took many minutes for outlives an interruption at the next
        saved.write_text(json.dumps(last | results, indent=2, ensure_ascii=False) + os.linesep)
    side_by_side({name: forms for name in SpeakerEngine if (forms := (last | results).get(name))})


if __name__ == "__main__":
    main()
