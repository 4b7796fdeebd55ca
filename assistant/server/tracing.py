"""OpenTelemetry spans of each turn, one for each stage; off unless an endpoint is configured.

``OTEL_EXPORTER_OTLP_ENDPOINT`` (OpenTelemetry's own variable) names the collector; the extra
``otel`` brings the libraries. Spans carry the names and times of stages, nothing else.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from assistant import __version__
from assistant.errors import AssistantError
from assistant.live.events import Timed

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


class TracingError(AssistantError):
    """A collector is configured, and what speaks to it is not installed."""

    code = "tracing"
    exit_code = 2


def provider() -> TracerProvider | None:
    """Where spans go; None when no collector is configured. Raises :class:`TracingError`."""
    if not os.environ.get(_ENDPOINT):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingError(
            f"{_ENDPOINT} is set, but OpenTelemetry is not installed.",
            "Run: pip install 'clinician-voice-assistant[otel]', or unset the variable.",
        ) from error
    resource = Resource.create({"service.name": "assistant", "service.version": __version__})
    made = TracerProvider(resource=resource)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def recorder(provider: TracerProvider) -> Callable[[Timed], None]:
    """Makes the spans of a turn after the fact, from its times."""
    from opentelemetry.trace import set_span_in_context

    tracer = provider.get_tracer("assistant", __version__)

    def record(timed: Timed) -> None:
        total = timed.stages_ms.get("total", timed.stages_ms.get("shown", 0.0))
        spoken = time.time_ns() - _ns(total)
        spans = list(_spans(timed))
        first = min(start for _, start, _ in spans)
        turn = tracer.start_span("turn", start_time=spoken + _ns(first))
        within = set_span_in_context(turn)
        for name, start, length in spans:
            span = tracer.start_span(name, within, start_time=spoken + _ns(start))
            span.end(spoken + _ns(start + length))
        turn.end(spoken + _ns(total))

    return record


def _spans(timed: Timed) -> Iterator[tuple[str, float, float]]:
    """Name, begin after the end of speech, and length of each stage, in milliseconds."""
    stages = timed.stages_ms
    at = 0.0
    for name in ("endpoint", "wait"):
        if name in stages:
            yield name, at, stages[name]
            at += stages[name]
    if timed.recognition_began_ms is not None:
        for name in ("recognise", "speaker"):
            if name in stages:
                yield name, timed.recognition_began_ms, stages[name]
    for name in ("understand", "gate", "ledger"):
        if name in stages:
            yield name, at, stages[name]
            at += stages[name]
    if "first_clause" in stages:
        yield "first_clause", stages["total"] - stages["first_clause"], stages["first_clause"]


def _ns(milliseconds: float) -> int:
    return int(milliseconds * 1e6)
