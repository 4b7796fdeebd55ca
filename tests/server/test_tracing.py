"""Spans go to a collector that speaks OTLP, and hold stages and times only."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from assistant.live.events import Timed
from assistant.server import tracing
from assistant.server.metrics import Metrics

TIMED = Timed(
    {
        "endpoint": 480.0,
        "wait": 20.0,
        "recognise": 300.0,
        "speaker": 60.0,
        "understand": 4.0,
        "gate": 2.0,
        "ledger": 6.0,
        "answer": 14.0,
        "first_clause": 30.0,
        "total": 550.0,
    },
    160.0,
)


def test_no_collector_no_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert tracing.provider() is None


def test_each_stage_is_a_span_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(
            "OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}"
        )
        provider = tracing.provider()
        assert provider is not None
        Metrics(tracing.recorder(provider)).timed(TIMED)
        assert provider.force_flush()
        provider.shutdown()
        server.shutdown()
    request = ExportTraceServiceRequest()
    request.ParseFromString(bodies[0])
    spans = {one.name: one for one in request.resource_spans[0].scope_spans[0].spans}
    turn = spans.pop("turn")
    assert set(spans) == set(TIMED.stages_ms) - {"answer", "total"}
    for name, span in spans.items():
        assert span.parent_span_id == turn.span_id
        length = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        assert length == pytest.approx(TIMED.stages_ms[name], abs=0.01)
        assert turn.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= turn.end_time_unix_nano
        assert not span.attributes
    began = spans["recognise"].start_time_unix_nano - spans["endpoint"].start_time_unix_nano
    assert began / 1e6 == pytest.approx(160.0, abs=0.01)
