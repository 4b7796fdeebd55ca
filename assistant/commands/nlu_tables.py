"""The tables of ``assistant nlu``."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from assistant.tuning.review import KEEP, Unclear
from assistant.tuning.scores import Golden, Share, Validation
from nlu.evaluate import Report

_WORST = 12


def golden_table(before: Golden, after: Golden, names: tuple[str, str]) -> Table:
    """The measures of two versions side by side; what fell is red."""
    table = Table("golden set", *names, "")
    for name, share in after.measures.items():
        old = before.measures.get(name, Share(0, 0))
        table.add_row(name, str(old), str(share), _change(share.rate - old.rate))
    for name, f1 in after.entities.items():
        old_f1 = before.entities.get(name, 1.0)
        table.add_row(f"F1 {name}", f"{old_f1:.3f}", f"{f1:.3f}", _change(f1 - old_f1))
    return table


def _change(by: float) -> str:
    if not by:
        return "[dim]same[/dim]"
    return f"[green]+{by:.2%}[/green]" if by > 0 else f"[red]{by:.2%}[/red]"


def flips_table(before: Golden, after: Golden) -> Table:
    """The golden utterances that only one of two versions reads rightly."""
    table = Table("", "golden utterance", "fault", title="what flipped")
    for text, fault in after.failures.items():
        if text not in before.failures:
            table.add_row("[red]worse[/red]", text, fault)
    for text, fault in before.failures.items():
        if text not in after.failures:
            table.add_row("[green]better[/green]", text, f"[dim]was: {fault}[/dim]")
    return table


def measures_table(golden: Golden) -> Table:
    """The measures of one version."""
    table = Table("golden set", "")
    for name, share in golden.measures.items():
        table.add_row(name, str(share))
    for name, f1 in golden.entities.items():
        table.add_row(f"F1 {name}", f"{f1:.3f}")
    return table


def confusion_table(validation: Validation) -> Table:
    """For each intent how often it was read rightly, and what it was read as otherwise."""
    table = Table(
        "meant", "right", "read as instead", title=f"cross-validation: {validation.accuracy}"
    )
    for meant, counts in validation.confusions.items():
        share = Share(counts.get(meant, 0), sum(counts.values()))
        others = sorted(((n, read) for read, n in counts.items() if read != meant), reverse=True)
        table.add_row(meant, str(share), ", ".join(f"{read} {n}" for n, read in others))
    return table


def review_table(entries: Sequence[Unclear]) -> Table:
    """The review queue, numbered as `label` and `drop` count."""
    table = Table("", "heard (masked)", "times", "last", "dropped on")
    for number, entry in enumerate(entries, 1):
        table.add_row(
            str(number),
            entry.text,
            str(entry.times),
            f"{entry.last:%Y-%m-%d}",
            f"{entry.last + KEEP:%Y-%m-%d}",
        )
    return table


def report_tables(report: Report) -> list[Table]:
    """Everything about one run over a table of utterances."""
    summary = Table(title=f"{report.cases} utterances")
    summary.add_column("measure")
    summary.add_column("value", justify="right")
    for kind in sorted(report.intents_right):
        summary.add_row(f"intent accuracy, {kind}", f"{report.accuracy(kind):.1%}")
    summary.add_row("out of scope refused", "/".join(map(str, report.refused)))
    summary.add_row("right patient", "/".join(map(str, report.patients)))
    summary.add_row("asked which patient", str(report.patients_asked))
    summary.add_row("wrong patient without asking", str(report.patients_wrong))
    summary.add_row("wrong action carried out", str(report.wrong_actions))
    summary.add_row("p50", f"{report.percentile_ms(0.5):.1f} ms")
    summary.add_row("p95", f"{report.percentile_ms(0.95):.1f} ms")
    entities = Table(title="entities")
    for column in ("entity", "right", "wrong", "missed", "F1"):
        entities.add_column(column, justify="left" if column == "entity" else "right")
    for name, tally in report.entities.items():
        entities.add_row(
            name, str(tally.right), str(tally.wrong), str(tally.missed), f"{tally.f1:.3f}"
        )
    tables = [summary, entities]
    if report.confusions:
        confusions = Table("meant", "read as", "times", title="confused intents")
        for (meant, read), times in report.confusions.most_common(_WORST):
            confusions.add_row(meant, read, str(times))
        tables.append(confusions)
    if report.failures:
        failures = Table("kind", "utterance", "fault", title="what went wrong")
        for case, fault in report.failures:
            failures.add_row(case.kind, case.text, fault)
        tables.append(failures)
    return tables
