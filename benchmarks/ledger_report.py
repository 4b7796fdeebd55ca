"""The ledger's figures as a plot and as a table beside those of the last run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from rich.console import Console
from rich.table import Table


def plot(stores: dict[str, list[dict[str, Any]]], file: Path) -> None:
    """Latency and size against the number of records."""
    figure, panels = plt.subplots(1, 3, figsize=(14, 4.2))
    for name, measured in stores.items():
        sizes = [one["records"] for one in measured]
        for panel, key in zip(panels, ("getHospitalVisits_ms", "append_ms"), strict=False):
            (line,) = panel.plot(sizes, [one[key]["p50"] for one in measured], "-o", label=name)
            p95 = [one[key]["p95"] for one in measured]
            panel.plot(sizes, p95, "--s", color=line.get_color())
        panels[2].plot(sizes, [one["bytes_per_record"] for one in measured], "-o", label=name)
    for panel, label in zip(
        panels,
        (
            "getHospitalVisits: ms, p50 and p95 (dashed)",
            "append: ms, p50 and p95 (dashed)",
            "bytes on one disk per record",
        ),
        strict=True,
    ):
        panel.set(xscale="log", xlabel="records", ylabel=label)
    for panel in panels[:2]:
        panel.set_yscale("log")
    panels[2].set_ylim(0, None)
    panels[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(file, dpi=120)


def show(result: dict[str, Any], last: dict[str, Any]) -> None:
    """Print the figures, and those of the last run in brackets."""
    console = Console(width=160)
    for store, measured in result["stores"].items():
        former = last.get("stores", {}).get(store, [])
        table = Table(store, *(str(one["records"]) for one in measured), title=f"{store} (last)")
        for name in measured[0]:
            if name == "records":
                continue
            cells = []
            for place, one in enumerate(measured):
                then = former[place].get(name) if place < len(former) else None
                cells.append(_shown(one[name]) + (f" ({_shown(then)})" if then else ""))
            table.add_row(name, *cells)
        console.print(table)
    for name in ("failover", "kills"):
        console.print(name, result.get(name, "not measured"))


def _shown(value: Any) -> str:
    """``p50/p95/p99, per_s a second`` or the number."""
    if not isinstance(value, dict):
        return str(value)
    return f"{value['p50']}/{value['p95']}/{value['p99']} ms, {value['per_s']}/s"
