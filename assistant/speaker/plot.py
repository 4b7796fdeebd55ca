"""Score distributions and the DET curve as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.stats import norm

from assistant.speaker.calibration import FULL_S
from assistant.speaker.errors import CalibrationError
from assistant.speaker.rates import OperatingPoint, Trials, far_at, frr_at
from assistant.speaker.risk import RiskTier


def title(some: Trials) -> str:
    """What the scores are of."""
    return f"Scores of {some.people} people: {FULL_S:g} s utterances, without pooling"


def write_plot(path: Path, some: Trials, points: Mapping[RiskTier, OperatingPoint]) -> None:
    """Write a PNG; raises :class:`CalibrationError` when matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise CalibrationError("matplotlib is missing.", "Run: pip install matplotlib") from error
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    scores, det = figure.subplots(1, 2)
    bins = np.linspace(some.scores.min(), some.scores.max(), 60)
    for values, label in ((some.impostor, "others"), (some.genuine, "own")):
        scores.hist(values, bins=bins, density=True, alpha=0.6, label=f"{label} ({len(values)})")
    for tier, point in points.items():
        scores.axvline(point.threshold, color="black", linewidth=0.8)
        scores.text(point.threshold, 0.02, f" {tier.value}", rotation=90, fontsize=8)
    scores.set(xlabel="cosine score", ylabel="density", title=title(some))
    scores.legend()

    thresholds = np.unique(some.scores)
    far, frr = far_at(some, thresholds), frr_at(some, thresholds)
    seen = (far > 0) & (frr > 0)
    det.plot(norm.ppf(far[seen]), norm.ppf(frr[seen]))
    for tier, point in points.items():
        if point.far.value > 0 and point.frr.value > 0:
            at = norm.ppf(point.far.value), norm.ppf(point.frr.value)
            det.plot(*at, "o")
            det.annotate(tier.value, at)
    ticks = [0.0005, 0.002, 0.01, 0.05, 0.2, 0.5]
    for axis in (det.xaxis, det.yaxis):
        axis.set_ticks(norm.ppf(ticks), [f"{tick:.2%}" for tick in ticks])
    det.set(xlabel="false acceptance", ylabel="false rejection", title="DET curve")
    figure.savefig(path, dpi=120)
