"""Prometheus metrics of one process. Labels are stages and codes, never people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assistant.live.events import Timed

_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.3, 2.0, 5.0)


class Metrics:
    """What is counted; one registry for each server, so that tests don't share any."""

    def __init__(self, trace: Callable[[Timed], None] | None = None) -> None:
        """``trace`` gets the times of each turn as well."""
        self._trace = trace
        self.registry = CollectorRegistry()
        self.tablets = Gauge("assistant_tablets", "Tablets connected now.", registry=self.registry)
        self.frames = Counter(
            "assistant_frames", "Microphone messages received.", registry=self.registry
        )
        self.frames_lost = Counter(
            "assistant_frames_lost",
            "Microphone messages that never came, by their numbers.",
            registry=self.registry,
        )
        self.turns = Counter(
            "assistant_turns",
            "Answered turns by the speaker's decision.",
            ["speaker"],
            registry=self.registry,
        )
        self.closed = Counter(
            "assistant_connections_closed",
            "Connections that the server ended, by its code.",
            ["code"],
            registry=self.registry,
        )
        self.stages = Histogram(
            "assistant_stage_seconds",
            "Seconds of each stage; total counts from the end of speech to the first audio, "
            "shown to an answer that is not said.",
            ["stage"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def tablets_now(self) -> float:
        """How many tablets are connected."""
        return self.registry.get_sample_value("assistant_tablets") or 0.0

    def timed(self, timed: Timed) -> None:
        """Count one turn's stages."""
        for stage, milliseconds in timed.stages_ms.items():
            self.stages.labels(stage).observe(milliseconds / 1000)
        if self._trace is not None:
            self._trace(timed)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
