"""``assistant nlu``: how well the assistant understands."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from nlu.evaluate import HELDOUT, HELDOUT_TODAY, Report, evaluate, read_cases, read_roster

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_commands(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``nlu`` with its own subcommands."""
    nlu = subparsers.add_parser("nlu", help="understanding: test and tune")
    commands = nlu.add_subparsers(required=True, metavar="COMMAND")
    test = commands.add_parser("test", help="score the parser on the held-out utterances")
    test.add_argument(
        "--cases", type=Path, default=HELDOUT, help="table of utterances with answers"
    )
    test.add_argument(
        "--roster", type=Path, default=HELDOUT.parent,
        help="folder with the patients.csv and hospitals.csv that the answers refer to",
    )  # fmt: skip
    test.add_argument(
        "--today", type=date.fromisoformat, default=HELDOUT_TODAY, help="day the answers are for"
    )
    test.set_defaults(run=_test)


def _test(args: argparse.Namespace) -> int:
    """Print the tables; 1 when a patient was chosen wrongly without asking."""
    from nlu.gazetteer import Gazetteer
    from nlu.parser import InProcessParser

    people, places = read_roster(args.roster)
    today: date = args.today
    parser = InProcessParser.load(Gazetteer(people, places), lambda: today)
    report = evaluate(parser, read_cases(args.cases))
    _print(report, Console())
    return 1 if report.patients_wrong else 0


def _print(report: Report, console: Console) -> None:
    summary = Table(title=f"{report.cases} utterances")
    summary.add_column("measure")
    summary.add_column("value", justify="right")
    for kind in sorted(report.intents_right):
        summary.add_row(f"intent accuracy, {kind}", f"{report.accuracy(kind):.1%}")
    refused, strange = report.refused
    right, named = report.patients
    summary.add_row("out of scope refused", f"{refused}/{strange}")
    summary.add_row("right patient", f"{right}/{named}")
    summary.add_row("asked which patient", str(report.patients_asked))
    summary.add_row("wrong patient without asking", str(report.patients_wrong))
    summary.add_row("p50", f"{report.percentile_ms(0.5):.1f} ms")
    summary.add_row("p95", f"{report.percentile_ms(0.95):.1f} ms")
    entities = Table(title="entities")
    for column in ("entity", "right", "wrong", "missed", "F1"):
        entities.add_column(column, justify="left" if column == "entity" else "right")
    for name, tally in report.entities.items():
        entities.add_row(
            name, str(tally.right), str(tally.wrong), str(tally.missed), f"{tally.f1:.3f}"
        )
    console.print(summary, entities)
    if report.confusions:
        confusions = Table(title="confused intents")
        for column in ("meant", "read as", "times"):
            confusions.add_column(column)
        for (meant, read), times in report.confusions.most_common():
            confusions.add_row(meant, read, str(times))
        console.print(confusions)
    if report.failures:
        failures = Table(title="what went wrong")
        for column in ("kind", "utterance", "fault"):
            failures.add_column(column)
        for case, fault in report.failures:
            failures.add_row(case.kind, case.text, fault)
        console.print(failures)
