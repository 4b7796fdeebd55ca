"""The ledger on PostgreSQL under Patroni: the store's tests again, and a leader that dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count, pairwise
from pathlib import Path

import psycopg
import pytest
from ledger_samples import CARDS, allow, fill
from test_ledger_store import (  # noqa: F401 - collected here too, on this module's store
    test_a_chart_grows_with_its_chain,
    test_a_chart_sees_what_another_process_wrote,
    test_a_key_of_another_record_is_refused_and_nothing_of_the_batch_stays,
    test_a_repeated_append_is_stored_once,
    test_an_unknown_patient_gets_no_chain,
    test_keys_of_another_ledger_open_nothing,
    test_keys_that_are_missing_or_open_to_others_are_refused,
    test_new_personal_data_replace_the_old_in_the_roster,
)

from ledger.charts import Charts
from ledger.cluster import QUICK, Cluster, missing
from ledger.databases import ADDRESS
from ledger.server import running
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.errors import LedgerUnavailable
from ledger_client.messages import Note

pytestmark = pytest.mark.slow
WHEN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PATIENCE_S = 180.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three nodes."""
    lack = missing()
    if lack is not None:
        pytest.skip(lack)
    with Cluster(QUICK) as running_cluster:
        yield running_cluster


@pytest.fixture
def home(tmp_path: Path, cluster: Cluster) -> Path:
    """The folder of a new ledger on the cluster."""
    folder = tmp_path / "ledger"
    folder.mkdir()
    (folder / ADDRESS).write_text(cluster.new_address())
    return folder


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """An open ledger with three short chains."""
    with closing(Store(home)) as opened:
        fill(opened)
        yield opened


class Writer(threading.Thread):
    """Appends notes about one patient, each again and again until it is acknowledged."""

    def __init__(self, url: str, token: str, card: str, stopped: threading.Event) -> None:
        super().__init__()
        self.card = card
        self.acknowledged: list[str] = []
        """Ids of the records, in order."""
        self.times: list[float] = []
        self._asked = url, token
        self._stopped = stopped

    def run(self) -> None:
        with LedgerClient(*self._asked) as client:
            for number in count():
                receipt = None
                while receipt is None:
                    if self._stopped.is_set():
                        return
                    try:
                        receipt = client.append_note(
                            self.card, f"Запись {number}.", "Ершова", WHEN, f"{self.card}-{number}"
                        )
                    except LedgerUnavailable:
                        time.sleep(0.1)
                self.acknowledged.append(receipt.record_id)
                self.times.append(time.monotonic())

    def wait_for_more(self, wanted: int) -> None:
        """Until so many more are acknowledged."""
        end, goal = time.monotonic() + PATIENCE_S, len(self.acknowledged) + wanted
        while len(self.acknowledged) < goal:
            assert self.is_alive() and time.monotonic() < end, "nothing is acknowledged any more"
            time.sleep(0.1)


def test_the_leader_dies_under_load_and_nothing_acknowledged_is_lost(
    home: Path, cluster: Cluster, record_property: pytest.RecordProperty
) -> None:
    with closing(Store(home)) as store:
        fill(store, 0)
        allow(store)
    stopped = threading.Event()
    with running(home) as (url, token):
        writers = [Writer(url, token, card, stopped) for card in CARDS]
        try:
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.wait_for_more(20)
            dead = cluster.leader()
            cluster.kill(dead)
            for writer in writers:
                writer.wait_for_more(20)
            cluster.start(dead)
            cluster.wait()
            for writer in writers:
                writer.wait_for_more(1)
        finally:
            stopped.set()
            for writer in writers:
                writer.join()
    verdict = verify(home)
    assert verdict.intact, verdict.findings
    with closing(Store(home)) as store:
        for writer in writers:
            chart = Charts(store).chart(writer.card)
            texts = [note.text for note in chart.all(Note)]
            assert len(texts) == len(set(texts)), "stored twice"
            stored = [header.id for header in chart.headers if header.kind == "note"]
            # the last one may have been stored and not acknowledged when its writer stopped
            assert stored[: len(writer.acknowledged)] == writer.acknowledged
            assert len(stored) - len(writer.acknowledged) in (0, 1)
    everything = {identity for writer in writers for identity in writer.acknowledged}
    for host in cluster.hosts.values():
        wait_for_copy(f"{(home / ADDRESS).read_text()} host={host}", everything)
    times = sorted(moment for writer in writers for moment in writer.times)
    gap = max(after - before for before, after in pairwise(times))
    record_property("longest_without_acknowledgement_s", round(gap, 1))
    print(f"{len(times)} acknowledged, 0 lost, {gap:.1f} s without one")


def wait_for_copy(address: str, wanted: set[str]) -> None:
    """Until this node, also the one that had died, holds all these records."""
    end = time.monotonic() + PATIENCE_S
    address = address.replace("target_session_attrs=read-write", "")
    lacking = wanted
    while lacking:
        assert time.monotonic() < end, f"{len(lacking)} records lack"
        with psycopg.connect(address) as connection:
            found = {row[0] for row in connection.execute("SELECT id FROM records")}
        lacking = wanted - found
