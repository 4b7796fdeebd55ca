"""Measure the ledger: ``python -m benchmarks.ledger [--sizes 1000 10000 100000] [--kills 100]``.

For each size a ledger is filled (100 records for each patient), served by a process of its own
and asked over HTTP by others, every request signed, every append on disk before it is answered:
on SQLite, and on three PostgreSQL nodes of this machine with a synchronous standby. Beside them
the same JSON in a plain table of each database, without HTTP, signatures, hashes or encryption.
Then the cluster's leader is killed under load, and the service on SQLite again and again. Writes
``results/ledger.json`` and ``results/ledger.png`` and compares with the last run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.ledger_deaths import failover, kills
from benchmarks.ledger_load import BATCH, TEXT, WHEN, cards, fill, service, timed, under_load
from benchmarks.ledger_report import plot, show
from benchmarks.ledger_tables import postgres_bytes, postgres_table, sqlite_table
from ledger.cluster import Cluster, missing
from ledger.databases import ADDRESS
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.algorithms import PublicKey
from ledger_client.trust import Trust

RESULTS = Path(__file__).parent / "results"
SIZES = (1_000, 10_000, 100_000)
_READS, _APPENDS = 500, 200


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--kills", type=int, default=100)
    given = parser.parse_args()
    lack = missing()
    if lack is not None:
        print(f"The cluster is left out: {lack}")
    stores: dict[str, list[dict[str, Any]]] = {}
    result: dict[str, Any] = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "stores": stores,
    }
    columns = TextColumn("{task.description:45}"), BarColumn(), MofNCompleteColumn()
    with (
        tempfile.TemporaryDirectory() as name,
        ExitStack() as opened,
        Progress(*columns, TimeElapsedColumn()) as progress,
    ):
        folder = Path(name)
        steps = len(given.sizes) * (2 if lack else 4) + (0 if lack else 2)
        bar = progress.add_task("", total=steps + given.kills)

        def step(what: str, measure: Callable[[], Any]) -> Any:
            progress.update(bar, description=what)
            measured = measure()
            progress.advance(bar)
            return measured

        def each_size(store: str, measure: Callable[[int], Any]) -> None:
            stores[store] = [
                step(f"{store}, {size:,} records", lambda n=size: measure(n))
                for size in given.sizes
            ]

        each_size("SQLite", lambda size: ledger(folder / f"sqlite-{size}", size))
        each_size(
            "plain SQLite table", lambda size: sqlite_table(folder / f"plain-{size}.db", size)
        )
        if lack is None:
            cluster = step("start of the cluster", lambda: opened.enter_context(Cluster()))
            each_size(
                "cluster",
                lambda size: ledger(folder / f"cluster-{size}", size, cluster.new_address()),
            )
            each_size(
                "plain table on the cluster",
                lambda size: postgres_table(cluster.new_address(), size),
            )
            result["failover"] = step(
                "the leader dies", lambda: failover(folder / "failover", cluster)
            )
            opened.close()
        if given.kills:
            progress.update(bar, description="kill -9 of the service on SQLite")

            def rounds() -> Iterator[int]:
                for number in range(given.kills):
                    yield number
                    progress.advance(bar)

            result["kills"] = kills(folder / "kills", rounds())
    file = RESULTS / "ledger.json"
    last = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    plot(stores, RESULTS / "ledger.png")
    show(result, last)


def ledger(home: Path, size: int, address: str | None = None) -> dict[str, Any]:
    """All figures of one ledger, in the database at ``address`` or in SQLite."""
    home.mkdir()
    if address is not None:
        (home / ADDRESS).write_text(address)
    filling = fill(home, size)
    disk = disk_of(home, address)
    started = time.perf_counter()
    verdict = verify(home)
    verifying = time.perf_counter() - started
    assert verdict.intact and verdict.records >= size
    chance, everyone = random.Random(2), cards(size)
    started = time.perf_counter()
    with service(home) as (_, url):
        token = (home / "token").read_text()
        trust = Trust((PublicKey.parse((home / "node.pub").read_text().strip()),))
        with LedgerClient(url, token) as client, LedgerClient(url, token, trust=trust) as prover:
            client.hospital_visits(everyone[0])
            ready = time.perf_counter() - started
            asked = [chance.choice(everyone) for _ in range(_READS)]
            reads = timed([lambda c=card: client.hospital_visits(c) for card in asked])
            proved = timed([lambda c=card: prover.hospital_visits(c) for card in asked])
            singles = timed(
                [
                    lambda c=card: client.append_note(c, TEXT[:150], "Ершова", WHEN)
                    for card in asked[:_APPENDS]
                ]
            )
        alone = under_load(url, home, 4, 1)
        together = under_load(url, home, 2, BATCH)
    return {
        "records": verdict.records,
        "fill_per_s": round(verdict.records / filling),
        "bytes_per_record": round(disk / verdict.records),
        "verify_s": round(verifying, 2),
        "start_s": round(ready, 2),
        "getHospitalVisits_ms": reads,
        "getHospitalVisits_proved_ms": proved,
        "append_ms": singles,
        "append_by_8": alone,
        f"append_in_transactions_of_{BATCH}": together,
    }


def disk_of(home: Path, address: str | None) -> int:
    """Bytes on one disk."""
    if address is None:
        return (home / "ledger.db").stat().st_size
    with psycopg.connect(address) as database:
        return postgres_bytes(database)


if __name__ == "__main__":
    main()
