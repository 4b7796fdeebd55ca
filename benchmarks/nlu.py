"""Score and time the in-process parser: ``python -m benchmarks.nlu``.

Prints a table and writes ``results/nlu.json`` and ``results/nlu.png`` beside itself (not run as a
file: its name would hide the package).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from rich.console import Console
from rich.table import Table

from benchmarks.nlu_large import large_roster
from benchmarks.nlu_patients import questions_until_known
from nlu.evaluate import (
    BLIND_SETS,
    HELDOUT,
    HELDOUT_TODAY,
    TUNED_SETS,
    Report,
    evaluate,
    labelled_slots,
    percentile,
    read_cases,
    read_roster,
)
from nlu.gazetteer import Gazetteer
from nlu.parser import InProcessParser

RESULTS = Path(__file__).parent / "results"
FIRST_RUNS = {
    "heldout": {"clean": 0.949, "asr": 0.977, "refused": [54, 61], "wrong_patient": 5},
    "heldout_fresh": {"clean": 0.944, "asr": 0.981, "refused": [30, 31], "wrong_patient": 1},
    "blind_3": {"clean": 0.8889, "asr": 0.9643, "refused": [30, 34], "wrong_patient": 0},
    "blind_4": {"clean": 0.8901, "asr": 1.0, "refused": [19, 23], "wrong_patient": 0},
    "blind_5": {"clean": 0.9427, "asr": 0.8496, "refused": [70, 75], "wrong_patient": 0},
    "blind_6": {"clean": 0.9871, "asr": 0.9115, "refused": [74, 75], "wrong_patient": 2},
    "blind_7": {"clean": 0.9808, "asr": 0.9462, "refused": [75, 75], "wrong_patient": 0},
    "blind_8": {"clean": 0.9938, "asr": 0.9382, "refused": [114, 117], "wrong_patient": 0},
    "blind_9": {"clean": 0.9854, "asr": 0.95, "refused": [138, 140], "wrong_patient": 0},
    "blind_10": {"clean": 0.9812, "asr": 0.9208, "refused": [206, 212], "wrong_patient": 0},
    "blind_11": {"clean": 0.9792, "asr": 0.9417, "refused": [224, 228], "wrong_patient": 0},
    "blind_12": {"clean": 0.9792, "asr": 0.9534, "refused": [223, 228], "wrong_patient": 1},
    "blind_13": {"clean": 0.9896, "asr": 0.9702, "refused": [212, 218], "wrong_patient": 0},
    "blind_14": {"clean": 0.9708, "asr": 0.9708, "refused": [203, 213], "wrong_patient": 1},
    "blind_15": {"clean": 0.9917, "asr": 0.9866, "refused": [209, 213], "wrong_patient": 2},
    "blind_16": {"clean": 0.9833, "asr": 0.95, "refused": [214, 222], "wrong_patient": 2},
    "blind_17": {"clean": 0.9818, "asr": 0.9519, "refused": [0, 0], "wrong_patient": 0},
}
"""What each set gave before anything was changed because of it: the honest figures."""


def main() -> None:
    """Run everything."""
    people, places = read_roster(HELDOUT.parent)
    gazetteer = Gazetteer(people, places)
    started = time.perf_counter()
    parser = InProcessParser.load(gazetteer, lambda: HELDOUT_TODAY)
    result: dict[str, object] = {"train_s": round(time.perf_counter() - started, 2)}
    reports = {
        name: evaluate(parser, read_cases(path)) for name, path in (TUNED_SETS | BLIND_SETS).items()
    }
    result["first_runs"] = FIRST_RUNS
    result["tuned_sets_now"] = {name: numbers(reports[name]) for name in TUNED_SETS}
    result["blind_sets_now"] = {name: numbers(reports[name]) for name in BLIND_SETS}
    slots = evaluate(parser, (), labelled_slots())
    result["slots_of_former_sets"] = {
        "right_wrong_missed": [
            sum(counts)
            for counts in zip(
                *((t.right, t.wrong, t.missed) for t in slots.entities.values()), strict=True
            )
        ],
        "entity_f1": {name: round(tally.f1, 4) for name, tally in slots.entities.items()},
    }
    result["questions_until_the_patient_is_known"] = {
        name: questions_until_known(parser, gazetteer, read_cases(path))
        for name, path in BLIND_SETS.items()
    }
    result["load_average"] = round(os.getloadavg()[0], 1)
    result["large_roster"] = large_roster()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "nlu.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    plot(reports)
    show(result)


def numbers(report: Report) -> dict[str, object]:
    """The report as plain numbers."""
    return {
        "utterances": report.cases,
        "intent_accuracy": {k: round(report.accuracy(k), 4) for k in report.intents_right},
        "refused": report.refused,
        "right_patient": report.patients,
        "asked_which_patient": report.patients_asked,
        "right_one_among_those_offered": report.patients_offered,
        "wrong_patient": report.patients_wrong,
        "wrong_action": report.wrong_actions,
        "asked_what": report.asked_back,
        "entity_f1": {name: round(tally.f1, 4) for name, tally in report.entities.items()},
        "p50_ms": round(report.percentile_ms(0.5), 2),
        "p95_ms": round(report.percentile_ms(0.95), 2),
        "processor_p50_ms": round(percentile(report.processor_ms, 0.5), 2),
        "processor_p95_ms": round(percentile(report.processor_ms, 0.95), 2),
    }


def plot(reports: dict[str, Report]) -> None:
    """Distribution of the time of a parse."""
    figure, axes = plt.subplots(figsize=(6, 3.5))
    for name, report in reports.items():
        share = [(i + 1) / len(report.times_ms) for i in range(len(report.times_ms))]
        axes.plot(report.times_ms, share, label=name)
    axes.axvline(10, linestyle="--", color="grey", label="target p95")
    axes.set(xlabel="time of one parse, ms", ylabel="share of utterances", xscale="log")
    axes.legend()
    figure.tight_layout()
    figure.savefig(RESULTS / "nlu.png", dpi=120)


def show(result: dict[str, object]) -> None:
    """Print it all."""
    table = Table(title="in-process parser")
    table.add_column("measure")
    table.add_column("value")

    def add(prefix: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                add(f"{prefix} {key}".strip(), inner)
        else:
            table.add_row(prefix, str(value))

    add("", result)
    Console().print(table)


if __name__ == "__main__":
    main()
