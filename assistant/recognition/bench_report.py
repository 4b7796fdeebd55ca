"""The scores of :mod:`assistant.recognition.bench` as tables, JSON and a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich import box
from rich.table import Table

from assistant.errors import AssistantError
from assistant.recognition.bench import SNRS_DB, Score

_CAPTION: Final = (
    "WER, CER: words, letters wrong, %. same: same meaning as what was said, %.\n"
    "none: nothing heard. p50, p95: seconds. RTF: seconds of work per second of audio."
)


class ReportError(AssistantError):
    """The picture can't be drawn."""

    code = "report"


def tables(scores: Sequence[Score]) -> list[Table]:
    """One table for each folder, the engines side by side under each noise."""
    made = []
    for folder in dict.fromkeys(score.folder for score in scores):
        table = Table(title=folder, caption=_CAPTION, box=box.SIMPLE, padding=(0, 1, 0, 0))
        table.add_column("noise", no_wrap=True)
        table.add_column("engine", no_wrap=True)
        for heading in ("n", "WER", "CER", "same", "none", "p50", "p95", "RTF"):
            table.add_column(heading, justify="right", no_wrap=True)
        own = [score for score in scores if score.folder == folder]
        order = list(dict.fromkeys(score.noise for score in own))
        for score in sorted(own, key=lambda s: order.index(s.noise)):
            numbers = (
                *(score.recordings, score.wer, score.cer, score.understood, score.refused),
                *(score.median_s, score.p95_s, score.rtf),
            )
            table.add_row(score.noise, score.engine, *map(str, numbers))
        made.append(table)
    return made


def write(scores: Sequence[Score], folder: Path) -> None:
    """Write ``asr.json`` and ``asr.png``; raises :class:`ReportError` without matplotlib."""
    folder.mkdir(parents=True, exist_ok=True)
    form = [asdict(score) for score in scores]
    text = json.dumps(form, ensure_ascii=False, indent=2) + "\n"
    (folder / "asr.json").write_text(text, encoding="utf-8")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ReportError("matplotlib is missing.", "Run: pip install matplotlib") from error
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    errors, success = figure.subplots(1, 2)
    for number, (engine, group) in enumerate(sorted({(s.engine, s.folder) for s in scores})):
        own = {s.noise: s for s in scores if (s.engine, s.folder) == (engine, group)}
        for kind, style in (("babble", "o-"), ("pink", "s--")):
            names = ["clean", *(f"{kind} {snr} dB" for snr in SNRS_DB)]
            shown = [name for name in names if name in own]
            label = f"{engine}, {group}, {kind}"
            places = [names.index(name) for name in shown]
            colour = f"C{number}"
            wer = [own[name].wer for name in shown]
            errors.plot(places, wer, style, color=colour, label=label)
            success.plot(places, [own[name].understood for name in shown], style, color=colour)
    for axes, title in ((errors, "Words wrong, %"), (success, "Understood as what was said, %")):
        axes.set_xticks(range(1 + len(SNRS_DB)), ["clean", *(f"{snr} dB" for snr in SNRS_DB)])
        axes.set(title=title, ylim=(0, None))
        axes.grid(alpha=0.3)
    errors.legend(fontsize=7)
    figure.savefig(folder / "asr.png", dpi=110)
