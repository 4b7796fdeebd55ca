"""Readings, the relay's inbox and the device's buffer, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.feeds.device import Buffer
from ledger.feeds.inbox import BATCH, Inbox
from ledger.feeds.readings import Reading, ReadingInvalid, Settled, alert_of, received
from ledger.feeds.refused import main
from ledger_client.appends import Item, NewEcg, NewObservation
from ledger_client.wire import to_wire

SERIES = "0123456789abcdef"
TOPIC = "clinic/devices/monitor-1/readings"


ECG = NewEcg("1001", "II", datetime(2026, 11, 21, tzinfo=UTC), 250, "AAAB", "monitor-1")


def pulse(value: int, device: str = "monitor-1") -> NewObservation:
    """A pulse reading."""
    taken = datetime(2026, 11, 21, 10, 0, value % 60, tzinfo=UTC)
    return NewObservation("1001", "heart_rate", (Decimal(value),), "/min", taken, device)


def reading(sequence: int, series: str = SERIES) -> Reading:
    """A reading with this number."""
    return Reading(series, sequence, Item(observation=pulse(sequence)))


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with closing(Inbox(tmp_path / "inbox.db")) as opened:
        yield opened


def test_a_reading_comes_through_as_it_was_sent() -> None:
    assert received(TOPIC, to_wire(reading(7))) == ("monitor-1", reading(7))


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, b""),
        (TOPIC, b"{}"),
        (TOPIC, b"[" * 100_000),
        (TOPIC.replace("monitor-1", "monitor-2"), to_wire(reading(7))),
        ("clinic/devices/a/b/readings", to_wire(reading(7))),
        (TOPIC, to_wire(Reading(SERIES, 0, Item(observation=pulse(1))))),
        (TOPIC, to_wire(Reading(SERIES, 1, Item()))),
        (TOPIC, to_wire(Reading(SERIES, 1, Item(observation=pulse(1), ecg=ECG)))),
        (TOPIC, to_wire(Reading("x", 1, Item(observation=pulse(1))))),
    ],
)
def test_what_is_no_reading_of_that_device_is_refused(topic: str, payload: bytes) -> None:
    with pytest.raises(ReadingInvalid):
        received(topic, payload)


@given(st.binary(max_size=100))
def test_garbage_is_refused(payload: bytes) -> None:
    with pytest.raises(ReadingInvalid):
        received(TOPIC, payload)


def test_a_batch_is_the_same_after_a_crash(tmp_path: Path) -> None:
    with closing(Inbox(tmp_path / "inbox.db")) as inbox:
        for sequence in range(1, 4):
            inbox.add("monitor-1", reading(sequence))
        batch = inbox.batch()
        inbox.add("monitor-1", reading(4))
    with closing(Inbox(tmp_path / "inbox.db")) as again:
        assert again.batch() == batch
        assert batch is not None and len(batch.readings) == 3
        again.stored(batch)
        later = again.batch()
        assert later is not None and later.id != batch.id
        assert [item.sequence for item in later.readings] == [4]


def test_a_refused_batch_is_split_for_good(tmp_path: Path) -> None:
    with closing(Inbox(tmp_path / "inbox.db")) as inbox:
        for sequence in range(1, 4):
            inbox.add("monitor-1", reading(sequence))
        batch = inbox.batch()
        assert batch is not None
        inbox.split(batch)
        first = inbox.batch()
        assert first is not None and len(first.readings) == 1
    with closing(Inbox(tmp_path / "inbox.db")) as again:
        assert again.batch() == first
        again.refuse(first, "The ledger refuses.")
        assert again.add("monitor-1", reading(1)) is True, "refused for good"
        second = again.batch()
        assert second is not None and [item.sequence for item in second.readings] == [2]


def test_a_refused_reading_is_sent_again_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    with closing(Inbox(path)) as inbox:
        for sequence in range(1, 4):
            inbox.add("monitor-1", reading(sequence))
            batch = inbox.batch()
            assert batch is not None
            if sequence == 3:
                inbox.stored(batch)
            else:
                inbox.refuse(batch, "The ledger refuses.")
    assert main([str(path), "--resend", "2", "7"]) == 0
    with closing(Inbox(path)) as again:
        assert [(r.number, r.place, r.again) for r in again.refusals.all()] == [
            (1, "monitor-1", False),
            (2, "monitor-1", True),
        ]
        assert again.batch() is None
        again.take_back()
        batch = again.batch()
        assert batch is not None and [item.sequence for item in batch.readings] == [2]
        again.stored(batch)
        assert again.batch() is None
        assert again.add("monitor-1", reading(2)) is True
        assert main([str(path), "--resend", "all"]) == 0
        again.take_back()
        batch = again.batch()
        assert batch is not None and [item.sequence for item in batch.readings] == [1]
        again.refuse(batch, "Still refused.")
        assert [r.reason for r in again.refusals.all()] == ["Still refused."]


def test_the_refused_are_listed_without_their_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "inbox.db"
    with closing(Inbox(path)) as inbox:
        inbox.add("monitor-1", reading(57))
        batch = inbox.batch()
        assert batch is not None
        inbox.refuse(batch, "The ledger refuses: patient.unknown.")
    assert main([str(path)]) == 0
    number, series, when, cause = capsys.readouterr().out.split("\t")
    assert "monitor-1" in series and "patient.unknown" in cause
    datetime.fromisoformat(when)
    assert not any("57" in field or "1001" in field for field in (number, series, cause))
    assert main([str(tmp_path / "no.db")]) == 2
    with pytest.raises(SystemExit):
        main([str(path), "--resend", "first"])


def test_a_batch_has_an_end(inbox: Inbox) -> None:
    for sequence in range(1, BATCH + 2):
        inbox.add("monitor-1", reading(sequence))
    batch = inbox.batch()
    assert batch is not None and len(batch.readings) == BATCH


@pytest.mark.slow
@given(
    arrivals=st.lists(
        st.tuples(st.sampled_from([SERIES, "f" * 16]), st.integers(1, 12), st.booleans()),
        max_size=40,
    )
)
@settings(max_examples=40, deadline=None)
def test_any_order_with_repeats_stores_each_once(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[str, int, bool]]
) -> None:
    stored: list[tuple[str, int]] = []
    with closing(Inbox(tmp_path_factory.mktemp("inbox") / "inbox.db")) as inbox:

        def send() -> None:
            batch = inbox.batch()
            if batch is not None:
                stored.extend((item.series, item.sequence) for item in batch.readings)
                inbox.stored(batch)

        for series, sequence, sending in arrivals:
            known = (series, sequence) in stored
            assert inbox.add("monitor-1", reading(sequence, series)) is known
            if sending:
                send()
        send()
    assert sorted(stored) == sorted({(series, sequence) for series, sequence, _ in arrivals})


def test_a_device_keeps_what_is_not_settled(tmp_path: Path) -> None:
    path = tmp_path / "buffer.db"
    with closing(Buffer(path)) as buffer:
        assert [buffer.add(Item(observation=pulse(value))) for value in (60, 61, 62)] == [1, 2, 3]
        series = buffer.series
        buffer.settle(Settled(series, (1, 3)))
        buffer.settle(Settled("f" * 16, (2,)))
    with closing(Buffer(path)) as again:
        assert again.oldest(20) == [Reading(series, 2, Item(observation=pulse(61)))]
        again.settle(Settled(series, (2,)))
        assert again.add(Item(observation=pulse(63))) == 4, "numbers are never used again"
    with closing(Buffer(tmp_path / "fresh.db")) as fresh:
        assert fresh.series != series


@pytest.mark.parametrize(
    ("value", "low", "high", "raised"),
    [
        (120, None, 120, False),
        (121, None, 120, True),
        (50, 50, 120, False),
        (49, 50, 120, True),
        (49, 50, None, True),
        (999, None, None, False),
    ],
)
def test_a_value_beyond_its_limits_raises_an_alert(
    value: int, low: int | None, high: int | None, raised: bool
) -> None:
    limits = [None if limit is None else Decimal(limit) for limit in (low, high)]
    observation = replace(pulse(value), low=limits[0], high=limits[1])
    alert = alert_of(Item(observation=observation))
    assert (alert is not None) is raised
    if alert is not None:
        assert (alert.card, alert.values, alert.source) == ("1001", (value,), "monitor-1")
    assert alert_of(Item(ecg=ECG)) is None
