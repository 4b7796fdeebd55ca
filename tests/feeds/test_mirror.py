"""The hospital's relay against a database and a ledger in memory: cut off anywhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.feeds.hospital import Relay
from ledger.feeds.hospital_views import Entry, HospitalViews
from ledger.feeds.mirror import GONE, Mirror, Row
from ledger.feeds.rows import VIEWS, columns, record
from ledger.feeds.sending import Refused
from ledger_client import LedgerClient
from ledger_client.appends import NewVisit
from ledger_client.errors import AccessDenied, LedgerUnavailable
from ledger_client.messages import Note, Origin, current

SOURCE = "relay:visits:7"
VISIT = {
    "row_id": 7,
    "patient_id": "1001",
    "hospital_id": "h1",
    "department": "терапия",
    "reason": "осмотр",
    "doctor": "Ершова И. Б.",
    "started": "2026-03-10",
    "ended": None,
}


class Killed(BaseException):
    """kill -9."""


@dataclass
class World:
    """What outlives the relay: the hospital's rows and outbox, and the ledger."""

    outbox: bool
    rows: dict[str, str | None] = field(default_factory=dict)
    waiting: list[tuple[int, str, str | None]] = field(default_factory=list)
    made: int = 0
    stored: list[tuple[str, NewVisit]] = field(default_factory=list)
    refusing: bool = False
    away: bool = False
    kill_in: int = 0
    views: tuple[str, ...] = ("visits",)

    def tick(self) -> None:
        """One more message to the relay or from it, which may be the last."""
        self.kill_in -= 1
        if self.kill_in == 0:
            raise Killed

    def change(self, row_id: str, body: str | None) -> None:
        self.made += 1
        self.rows[row_id] = body
        if self.outbox:
            self.waiting.append((self.made, row_id, body))

    def entries(self) -> list[Entry]:
        self.tick()
        return [Entry(n, _row(row_id, body), None) for n, row_id, body in self.waiting]

    def settle(self, entry: Entry) -> None:
        self.tick()
        self.waiting = [waits for waits in self.waiting if waits[0] != entry.number]
        self.tick()

    def hashes(self, view: str) -> Iterator[tuple[str, str]]:
        self.tick()
        return iter([(i, _row(i, b).hash) for i, b in self.rows.items() if b is not None])

    def row(self, view: str, row_id: str) -> Row | None:
        self.tick()
        if any(waits[1] == row_id for waits in self.waiting):
            return None
        return _row(row_id, self.rows.get(row_id))

    def close(self) -> None:
        return None

    def append_together(self, records: list[NewVisit], key: str) -> None:
        self.tick()
        if self.away:
            raise LedgerUnavailable("Away.", "Wait.")
        if self.refusing:
            raise AccessDenied("The ledger refuses.", "Ask.")
        for number, new in enumerate(records):
            known = dict(self.stored).get(f"{key}:{number}")
            assert known in (None, new), "another record under a used key"
            if known is None:
                self.stored.append((f"{key}:{number}", new))
        self.tick()

    def shown(self) -> dict[str, str]:
        """By row, what readers of the ledger see."""
        visits = current([visit for _, visit in self.stored])
        return {visit.origin.source.split(":")[2]: visit.reason for visit in visits if visit.origin}

    def told(self, row_id: str) -> list[str | None]:
        """All that the ledger was told of a row, in order."""
        return [
            None if visit.origin.withdrawn else visit.reason
            for _, visit in self.stored
            if visit.origin and visit.origin.source == f"relay:visits:{row_id}"
        ]


def _row(row_id: str, body: str | None) -> Row:
    found = GONE if body is None else hashlib.sha256(body.encode()).hexdigest()
    return Row("visits", row_id, found, body)


def _body(reason: str) -> str:
    return json.dumps({**VISIT, "reason": reason}, ensure_ascii=False)


def relay_steps(world: World, path: Path, steps: int = 1) -> bool:
    """A relay started anew, and a few of its steps; whether the last one met no fault."""
    with closing(Mirror(path, "relay", lambda: 1.0)) as mirror:
        ledger, views = cast(LedgerClient, world), cast(HospitalViews, world)
        relay = Relay(ledger, views, mirror, every=0.0, clock=lambda: 1.0)
        return [relay.step() for _ in range(steps)][-1]


CHANGES = st.tuples(st.sampled_from("ab"), st.sampled_from([None, "один", "два", "три"]))
WORK = st.lists(st.one_of(CHANGES, st.integers(1, 12)), max_size=14)


@pytest.mark.slow
@given(outbox=st.booleans(), work=WORK)
@settings(max_examples=60, deadline=None)
def test_cut_off_anywhere_each_change_is_told_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, outbox: bool, work: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("mirror") / "mirror.db"
    world = World(outbox)
    log: dict[str, list[str | None]] = {"a": [], "b": []}
    for item in work:
        if isinstance(item, int):
            world.kill_in = item
            with suppress(Killed):
                relay_steps(world, path)
            world.kill_in = 0
            continue
        row_id, reason = item
        if (log[row_id] or [None])[-1] != reason:
            log[row_id].append(reason)
            world.change(row_id, None if reason is None else _body(reason))
    assert relay_steps(world, path, 2)
    assert world.waiting == []
    assert world.shown() == {
        row_id: reasons[-1] for row_id, reasons in log.items() if reasons and reasons[-1]
    }
    for row_id, reasons in log.items():
        if outbox:
            assert world.told(row_id) == reasons
        else:
            left = iter(reasons)
            assert all(reason in left for reason in world.told(row_id))


def test_what_was_refused_is_not_sent_again_unasked(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    world = World(outbox=False, refusing=True)
    world.change("7", _body("осмотр"))
    assert relay_steps(world, path)
    world.refusing = False
    assert relay_steps(world, path) and world.stored == []
    with closing(Mirror(path, "relay")) as mirror:
        assert mirror.refusals.resend([99]) == 0
        assert mirror.refusals.resend(None) == 1
    assert relay_steps(world, path)
    assert world.told("7") == ["осмотр"]
    with closing(Mirror(path, "relay")) as mirror:
        assert mirror.refusals.all() == []


def test_a_refused_row_that_is_taken_back_is_not_aside_any_more(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    world = World(outbox=False)
    world.change("7", _body("осмотр"))
    assert relay_steps(world, path)
    world.refusing = True
    world.change("7", _body("ошибка"))
    assert relay_steps(world, path)
    world.change("7", _body("осмотр"))
    assert relay_steps(world, path)
    assert world.told("7") == ["осмотр"]
    with closing(Mirror(path, "relay")) as mirror:
        assert mirror.refusals.all() == []


def test_a_relay_without_its_memory_corrects_what_it_told_before(tmp_path: Path) -> None:
    world = World(outbox=False)
    world.change("7", _body("первое"))
    with closing(Mirror(tmp_path / "lost.db", "relay", lambda: 1.0)) as mirror:
        views = cast(HospitalViews, world)
        assert Relay(cast(LedgerClient, world), views, mirror).step()
    world.change("7", _body("второе"))
    with closing(Mirror(tmp_path / "new.db", "relay", lambda: 2.0)) as mirror:
        assert Relay(cast(LedgerClient, world), cast(HospitalViews, world), mirror).step()
    assert world.shown() == {"7": "второе"}


def test_numbers_keep_every_digit() -> None:
    row = {
        "row_id": "a1",
        "patient_id": 1001,
        "code": "glucose",
        "values": [5.1],
        "unit": "mmol/L",
        "taken": "2026-03-11T04:30:00+00:00",
        "source": "лаборатория",
    }
    body = json.dumps(row).replace("5.1", "5.10000000001")
    made = record("observations", body, Origin("relay:observations:a1", 1))
    assert str(made.values[0]) == "5.10000000001"  # type: ignore[union-attr]
    assert made.card == "1001"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"started": "10.03.2026"}, "started"),
        ({"department": None, "doctor": ""}, "department, doctor"),
        ({"patient_id": "К-17"}, "patientId"),
        ({"ward": "3"}, "ward"),
    ],
)
def test_a_row_that_fits_no_record_is_refused_by_its_columns(
    changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(Refused) as refused:
        record("visits", json.dumps({**VISIT, **changed}), Origin(SOURCE, 1))
    assert f": {named}. " in refused.value.reason
    assert "К-17" not in refused.value.reason and "10.03" not in refused.value.reason


def test_the_views_have_the_fields_of_what_is_appended() -> None:
    assert set(VIEWS) == {"visits", "documents", "notes", "observations"}
    needed, possible = columns("visits")
    assert needed == VISIT.keys() - {"ended"}
    assert possible == {"ended"}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5), st.booleans()), max_size=12),
    st.integers(0, 2),
)
def test_what_holds_now_is_the_newest_that_is_not_withdrawn(
    versions: list[tuple[str, int, bool]], own: int
) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    newest: dict[str, tuple[int, bool]] = {}
    notes = [Note(f"own-{n}", "т", "а", now) for n in range(own)]
    seen = set()
    for row, revision, withdrawn in versions:
        if (row, revision) in seen:
            continue
        seen.add((row, revision))
        source = Origin(f"relay:notes:{row}", revision, withdrawn)
        notes.append(Note(f"{row}-{revision}", "т", "а", now, source))
        newest[row] = max(newest.get(row, (0, False)), (revision, withdrawn))
    expected = {f"own-{n}" for n in range(own)} | {
        f"{row}-{revision}" for row, (revision, gone) in newest.items() if not gone
    }
    assert {note.id for note in current(notes)} == expected
