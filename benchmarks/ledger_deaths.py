"""What is lost when the service, or the cluster's leader, is killed with -9 while it appends."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from benchmarks.ledger_load import PER_PATIENT, WHEN, fill, service
from ledger.charts import Charts
from ledger.cluster import Cluster
from ledger.databases import ADDRESS
from ledger.store import Store
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.appends import NewNote
from ledger_client.errors import LedgerError, LedgerUnavailable

_WRITERS = 4
_BEFORE_S, _AFTER = 5.0, 50


def kills(home: Path, rounds: Iterable[int]) -> dict[str, Any]:
    """Kill the service while it appends; count what it had acknowledged and has lost."""
    fill(home, PER_PATIENT * 2)
    single: set[str] = set()
    together: list[tuple[str, ...]] = []
    chance = random.Random(3)
    done = 0
    for _ in rounds:
        done += 1
        with service(home) as (process, url):
            token = (home / "token").read_text()
            writers = [
                threading.Thread(target=write, args=(url, token, "1", single.add, False)),
                threading.Thread(target=write, args=(url, token, "2", together.append, True)),
            ]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.1, 0.8))
            process.send_signal(signal.SIGKILL)
            for writer in writers:
                writer.join()
    verdict = verify(home)
    with closing(Store(home)) as store:
        charts = Charts(store)
        stored = {header.id for card in ("1", "2") for header in charts.chart(card).headers}
        batches = len([h for h in charts.chart("2").headers if h.kind == "note"])
    before = len([n for n in range(PER_PATIENT - 3) if n % 10 in (2, 3)])
    acknowledged = single | {record for receipts in together for record in receipts}
    return {
        "kills": done,
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - stored),
        "half_written_transactions": (batches - before) % 10,
        "damage_found_by_verify": len(verdict.findings),
    }


def write(url: str, token: str, card: str, keep: Callable[[Any], None], together: bool) -> None:
    """Append until the ledger is gone; ``keep`` gets what was acknowledged."""
    with LedgerClient(url, token, timeout=1) as client:
        try:
            while True:
                if together:
                    new = [NewNote(card, "Вместе.", "Ершова", WHEN)] * 10
                    keep(tuple(receipt.record_id for receipt in client.append_together(new)))
                else:
                    keep(client.append_note(card, "Одна.", "Ершова", WHEN).record_id)
        except LedgerError:
            return


def failover(home: Path, cluster: Cluster) -> dict[str, Any]:
    """Kill the leader's machine under load; clients and service go on without a restart."""
    home.mkdir()
    (home / ADDRESS).write_text(cluster.new_address())
    fill(home, PER_PATIENT * _WRITERS)
    acknowledged: list[tuple[float, str]] = []
    stopped = threading.Event()

    def work(url: str, token: str, card: str) -> None:
        with LedgerClient(url, token) as client:
            for number in count():
                receipt = None
                while receipt is None:
                    if stopped.is_set():
                        return
                    try:
                        receipt = client.append_note(
                            card, "Запись.", "Ершова", WHEN, f"{card}-{number}"
                        )
                    except LedgerUnavailable:
                        time.sleep(0.05)
                acknowledged.append((time.monotonic(), receipt.record_id))

    # the service logs each refusal
    with service(home, subprocess.DEVNULL) as (_, url):
        token = (home / "token").read_text()
        writers = [
            threading.Thread(target=work, args=(url, token, str(number + 1)))
            for number in range(_WRITERS)
        ]
        for writer in writers:
            writer.start()
        time.sleep(_BEFORE_S)
        cluster.kill(cluster.leader())
        goal = len(acknowledged) + _AFTER
        while len(acknowledged) < goal and all(writer.is_alive() for writer in writers):
            time.sleep(0.1)
        stopped.set()
        for writer in writers:
            writer.join()
    verdict = verify(home)
    with closing(Store(home)) as store:
        charts = Charts(store)
        ids = [h.id for number in range(_WRITERS) for h in charts.chart(f"{number + 1}").headers]
    times = sorted(moment for moment, _ in acknowledged)
    return {
        "acknowledged": len(acknowledged),
        "lost": len({record for _, record in acknowledged} - set(ids)),
        "stored_twice": len(ids) - len(set(ids)),
        "damage_found_by_verify": len(verdict.findings),
        "longest_without_acknowledgement_s": round(
            max(after - before for before, after in pairwise(times)), 1
        ),
    }
