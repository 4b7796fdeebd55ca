"""The confusion matrix as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assistant.tuning.errors import TuningError
from assistant.tuning.scores import Validation


def write_plot(path: Path, validation: Validation) -> None:
    """Write a PNG, rows what was meant, columns what was read, in per cent of the row.

    Raises :class:`TuningError` when matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise TuningError(
            "The picture needs matplotlib, which is missing.", "Run: pip install matplotlib"
        ) from error
    intents = list(validation.confusions)
    counts = np.array(
        [[validation.confusions[meant].get(read, 0) for read in intents] for meant in intents]
    )
    shares = 100 * counts / counts.sum(axis=1, keepdims=True).clip(min=1)
    figure = Figure(figsize=(11, 10), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
    for row, column in np.argwhere(counts):
        share = shares[row, column]
        axes.text(
            column, row, f"{share:.0f}", ha="center", va="center", fontsize=8,
            color="white" if share > 60 else "black",
        )  # fmt: skip
    axes.set(xlabel="read as", ylabel="meant", title=f"Cross-validation, {validation.accuracy}")
    axes.set_xticks(range(len(intents)), intents, rotation=60, ha="right")
    axes.set_yticks(range(len(intents)), intents)
    figure.savefig(path, dpi=110)
