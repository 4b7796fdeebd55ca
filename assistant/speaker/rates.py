"""Error rates of scored trials, with intervals that know that trials of one person are alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

_REPLICATES: Final = 300

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Scores with who was claimed and who spoke, arrays of one length."""

    scores: Floats
    claimed: NDArray[np.int64]
    spoke: NDArray[np.int64]

    @property
    def people(self) -> int:
        """How many both were claimed and spoke: who did one only says little of the others."""
        return len(np.intersect1d(self.claimed, self.spoke))

    @property
    def genuine(self) -> Floats:
        """Scores of people against their own voiceprints."""
        return np.asarray(self.scores[self.claimed == self.spoke])

    @property
    def impostor(self) -> Floats:
        """Scores of people against those of others."""
        return np.asarray(self.scores[self.claimed != self.spoke])


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval, all 0 to 1, unless it says per what."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold and what it does on the trials."""

    threshold: float
    far: Rate
    frr: Rate


def eer(some: Trials) -> float:
    """Equal error rate, 0 to 1."""
    points = np.unique(some.scores)
    gap = np.abs(far_at(some, points) - frr_at(some, points))
    best = points[int(np.argmin(gap))]
    return float(far_at(some, best) + frr_at(some, best)) / 2


def far_at(some: Trials, thresholds: Floats | float) -> Floats:
    """Share of impostors at or above each threshold."""
    impostor = np.sort(some.impostor)
    return np.asarray(1 - np.searchsorted(impostor, thresholds, side="left") / len(impostor))


def frr_at(some: Trials, thresholds: Floats | float) -> Floats:
    """Share of owners below each threshold."""
    genuine = np.sort(some.genuine)
    return np.asarray(np.searchsorted(genuine, thresholds, side="left") / len(genuine))


def threshold_at_far(some: Trials, far: float) -> float:
    """The lowest threshold that a share of ``far`` of these very impostors reaches, or less."""
    impostor = np.sort(some.impostor)
    passing = int(far * len(impostor) + 1e-9)  # 0.001 × 3,000 is 3, not a little less
    return float(np.nextafter(impostor[len(impostor) - passing - 1], np.inf))


def interval(some: Trials, measure: Callable[[Trials], float], seed: int = 1) -> Rate:
    """``measure`` with a 95 % bootstrap interval that redraws speakers, not trials.

    Trials of one person are alike, so an interval over trials would be far too narrow.
    """
    speakers = np.unique(some.claimed)
    rng = np.random.default_rng(seed)
    values: list[float] = []
    for _ in range(_REPLICATES):
        weights = np.bincount(
            rng.choice(speakers, len(speakers)), minlength=int(speakers.max()) + 1
        )
        repeats = weights[some.claimed] * weights[some.spoke]
        genuine = some.claimed == some.spoke
        repeats[genuine] = weights[some.spoke[genuine]]
        if not (repeats[~genuine].any() and repeats[genuine].any()):
            continue
        drawn = Trials(
            np.repeat(some.scores, repeats),
            np.repeat(some.claimed, repeats),
            np.repeat(some.spoke, repeats),
        )
        values.append(measure(drawn))
    low, high = np.quantile(values, [0.025, 0.975])
    return Rate(measure(some), float(low), float(high))


def clopper_pearson(errors: int, count: int, confidence: float = 0.95) -> Rate:
    """Exact two-sided interval of a share of ``count`` independent trials."""
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, errors, count - errors + 1)) if errors else 0.0
    high = float(beta.ppf(1 - tail, errors + 1, count - errors)) if errors < count else 1.0
    return Rate(errors / count, low, high)


def pooled(counts: Sequence[tuple[int, int]]) -> Rate:
    """The share of all trials, from (events, trials) of each person; 95 %, the wider of two.

    One interval redraws people, not trials, for those of one person are alike; the other is
    Clopper and Pearson's, since redrawn people alone would say "0 to 0" of no event in few.
    """
    each = np.asarray(counts)
    rng = np.random.default_rng(1)
    drawn = each[rng.integers(len(each), size=(_REPLICATES, len(each)))].sum(axis=1)
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    events, count = each.sum(axis=0)
    exact = clopper_pearson(int(events), int(count))
    return wider(exact, Rate(exact.value, float(low), float(high)))


def point_at(some: Trials, threshold: float) -> OperatingPoint:
    """What ``threshold`` does on the trials; 95 %, the wider of two intervals."""
    return OperatingPoint(threshold, _far(some, threshold), _frr(some, threshold))


def _far(some: Trials, threshold: float) -> Rate:
    return wider(
        interval(some, lambda drawn: float(far_at(drawn, threshold))),
        clopper_pearson(int(np.sum(some.impostor >= threshold)), len(some.impostor)),
    )


def _frr(some: Trials, threshold: float) -> Rate:
    return wider(
        interval(some, lambda drawn: float(frr_at(drawn, threshold))),
        clopper_pearson(int(np.sum(some.genuine < threshold)), len(some.genuine)),
    )


def wider(one: Rate, other: Rate) -> Rate:
    """The value of ``one`` with the wider of both intervals."""
    return Rate(one.value, min(one.low, other.low), max(one.high, other.high))
