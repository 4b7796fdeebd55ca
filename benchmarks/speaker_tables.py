"""What ``benchmarks.speaker`` measured, as tables beside the last saved run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant.speaker.calibration import ENROL_FILES

_SLOWER = 1.2
"""Times vary from run to run: only this many times as slow counts as worse."""


def show(name: str, form: dict[str, Any], last: dict[str, Any]) -> None:
    """Print one engine's tables; ``last`` is what the run before saved for it, or empty."""
    console = Console(width=150)
    console.print(f"[bold]{name}[/bold]: {_times(form, last)} for 2 s on one core")
    keys = ("voices", "seconds", "snr_db", "voiceprints")
    table = Table(
        "voices",
        "speech",
        "noise",
        "prints",
        "people",
        "own/foreign",
        "EER",
        "FRR at FAR 1 %",
        "at 0.1 %",
    )
    for row in form["accuracy"]:
        before = _same(row, last.get("accuracy", []), keys)
        snr = "clean" if row["snr_db"] is None else f"{row['snr_db']} dB"
        rates = [_text(row["eer"], before.get("eer"))]
        rates += [
            _text(rate, before.get("frr_at_far", {}).get(far))
            for far, rate in row["frr_at_far"].items()
        ]
        people = str(row["voiceprints"]), str(row["people"])
        count = f"{row['own_trials']}/{row['foreign_trials']}"
        table.add_row(row["voices"], f"{row['seconds']:g} s", snr, *people, count, *rates)
    console.print(table)
    table = Table(
        "voices", "prints", "tier", "threshold", "a stranger passes (FAR)", "the owner not (FRR)"
    )
    for row in form["thresholds"]:
        before = _same(row, last.get("thresholds", []), ("voices", "tier", "voiceprints"))
        rates = [_text(row[rate], before.get(rate)) for rate in ("far", "frr")]
        prints = str(row["voiceprints"])
        table.add_row(row["voices"], prints, row["tier"], f"{row['threshold']:.2f}", *rates)
    console.print(table)
    table = Table(
        "voices",
        "said",
        "none of 1 passes",
        "of 2",
        "of 3",
        "owner refused",
        "for two",
        "lockouts/h",
    )
    for row in form["dialogues"]:
        before = _same(row, last.get("dialogues", []), keys[:2])
        old = before.get("kept_out", [None] * 3)
        kept = [_text(new, one, more=True) for new, one in zip(row["kept_out"], old, strict=True)]
        refused = _text(row["refused"], before.get("refused"))
        two = _text(row["taken_for_two"], before.get("taken_for_two"))
        lockouts = _per_hour(row["lockouts_per_hour"], before.get("lockouts_per_hour"))
        table.add_row(row["voices"], f"{row['seconds']:g} s", *kept, refused, two, lockouts)
    console.print(table)
    table = Table("voices", "a stranger's", "of", "caught")
    for row in form["slips"]:
        before = _same(row, last.get("slips", []), ("voices", "kind", "seconds"))
        caught_text = _text(row["caught"], before.get("caught"), more=True)
        table.add_row(row["voices"], row["kind"], f"{row['seconds']:g} s", caught_text)
    console.print(table)


def side_by_side(forms: Mapping[str, dict[str, Any]]) -> None:
    """Print what all engines measured, a column each; ``forms`` are theirs by name."""
    columns = {name: _measures(form) for name, form in forms.items()}
    table = Table("voices", "measure", *forms)
    for voices, measure in dict.fromkeys(key for rows in columns.values() for key in rows):
        cells = (rows.get((voices, measure), "–") for rows in columns.values())
        table.add_row(voices, measure, *cells)
    Console(width=150).print(table)


def _measures(form: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Each figure of one engine as text, by the voices and what was measured."""
    cells: dict[tuple[str, str], str] = {}
    for row in form["accuracy"]:
        noise = "" if row["snr_db"] is None else f", noise at {row['snr_db']} dB"
        prints = "" if row["voiceprints"] == ENROL_FILES else f", {row['voiceprints']} voiceprints"
        of_what = f"{row['seconds']:g} s{noise}{prints}"
        cells[row["voices"], f"EER, {of_what}"] = _text(row["eer"], None)
        for far, rate in row["frr_at_far"].items():
            cells[row["voices"], f"FRR at FAR {far}, {of_what}"] = _text(rate, None)
    for row in form["dialogues"]:
        length = f"{row['seconds']:g} s utterances"
        for number, kept_out in enumerate(row["kept_out"], 1):
            what = f"takeover: none of {number} passes, {length}"
            cells[row["voices"], what] = _text(kept_out, None)
        cells[row["voices"], f"owner refused, {length}"] = _text(row["refused"], None)
        lockouts = _per_hour(row["lockouts_per_hour"], None)
        cells[row["voices"], f"lockouts an hour, {length}"] = lockouts
    for row in form["slips"]:
        what = f"caught: {row['kind']}, {row['seconds']:g} s"
        cells[row["voices"], what] = _text(row["caught"], None)
    for what, ms in form["milliseconds"].items():
        cells["", f"ms for 2 s on one core, {what}"] = f"{ms:g}"
    return cells


def _times(form: dict[str, Any], last: dict[str, Any]) -> str:
    old = last.get("milliseconds", {})
    return ", ".join(
        f"{what} {ms} ms" + (f" ▲ {old[what]}" if ms > _SLOWER * old.get(what, ms) else "")
        for what, ms in form["milliseconds"].items()
    )


def _same(
    row: dict[str, Any], rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> dict[str, Any]:
    """The row of the last run that measured the same; empty when there is none.

    A run that names no number of voiceprints had :data:`ENROL_FILES`.
    """
    named = ({"voiceprints": ENROL_FILES} | one for one in rows)
    return next((one for one in named if all(one.get(k) == row[k] for k in keys)), {})


def _text(rate: Any, before: Any, *, more: bool = False) -> str:
    """A rate as text, marked when it got worse; ``more`` says that more of it is better."""
    if isinstance(rate, str):
        return "too few trials"
    text = f"{rate['value']:.2%} ({rate['low']:.2%} to {rate['high']:.2%})"
    if not isinstance(before, dict):
        return text
    change = rate["value"] - before["value"]
    return f"{text} ▲ {before['value']:.2%}" if (-change if more else change) > 5e-5 else text


def _per_hour(rate: Any, before: Any) -> str:
    """How often as text, marked when it got worse; ``before`` may be saved without an interval."""
    text = f"{rate['value']:.1f} ({rate['low']:.1f} to {rate['high']:.1f})"
    was = before["value"] if isinstance(before, dict) else before
    return text if was is None or rate["value"] <= was + 0.05 else f"{text} ▲ {was:.1f}"
