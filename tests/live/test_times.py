"""Each turn tells where its time went, as spans and as metrics; also one that says nothing."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scripted_bedside import SPEECH, STRANGER, Bedside, silence

from assistant.live import Conversation, events
from assistant.messages import NothingHeard, NothingHeardReason, Transcript
from assistant.server import tracing
from assistant.server.metrics import Metrics

HEARD = {"endpoint", "wait", "recognise", "speaker"}
DECIDED = HEARD | {"understand", "gate"}


def spans(timed: events.Timed) -> dict[str, ReadableSpan]:
    """The spans of a turn by name, each within it."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    Metrics(tracing.recorder(provider)).timed(timed)
    made = {span.name: span for span in exporter.get_finished_spans()}
    turn = made.pop("turn")
    for span in made.values():
        assert span.parent is not None and turn.context is not None
        assert span.parent.span_id == turn.context.span_id
        assert turn.start_time <= span.start_time <= span.end_time <= turn.end_time  # type: ignore[operator]
    return made


def last_timed(bedside: Bedside) -> events.Timed:
    timed = bedside.of(events.Timed)[-1]
    assert isinstance(timed, events.Timed)
    return timed


def test_a_spoken_turn(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.until(events.Timed)

    bedside.run(scene)
    timed = last_timed(bedside)
    made = spans(timed)
    assert set(made) == DECIDED | {"ledger", "first_clause"}
    assert set(timed.stages_ms) == set(made) | {"answer", "total"}
    began = made["endpoint"].start_time, made["recognise"].start_time
    assert began[0] is not None and began[1] is not None
    assert began[0] < began[1], "it is listened to once there is a pause"
    assert made["wait"].start_time == made["endpoint"].end_time
    assert made["recognise"].end_time <= made["wait"].end_time  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("стоп", DECIDED | {"ledger"}),
        ("его диагнозы", DECIDED),
        (None, HEARD),
    ],
)
def test_a_turn_that_says_nothing(bedside: Bedside, text: str | None, stages: set[str]) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        if text is None:
            b.words.next = NothingHeard(NothingHeardReason.NOISE)
        else:
            conversation.played(True)
            b.words.next, b.voices.embedding = Transcript(text), STRANGER
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.Timed)

    bedside.run(scene)
    timed = last_timed(bedside)
    assert not bedside.of(events.Clause)
    assert set(spans(timed)) == stages
    assert set(timed.stages_ms) - {"answer"} == stages | {"shown"}
