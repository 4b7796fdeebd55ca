"""Measure the ledger: ``python -m benchmarks.ledger [--sizes 1000 10000 100000] [--kills 100]``.

For each size a ledger is filled (100 records for each patient), served by a process of its own
and asked over HTTP by others, every request signed, every append on disk before it is answered.
A plain SQLite table with the same JSON, no signatures, hashes or encryption, stands beside it.
Then the service is killed with -9 while it appends, again and again. Writes
``results/ledger.json`` and ``results/ledger.png`` and compares with the last run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from rich.console import Console
from rich.table import Table

from ledger.charts import Charts
from ledger.intake import Intake
from ledger.store import Draft, Store
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.algorithms import PublicKey
from ledger_client.appends import (
    NewConsent,
    NewDocument,
    NewGrant,
    NewNote,
    NewObservation,
    NewVisit,
)
from ledger_client.errors import LedgerError
from ledger_client.messages import Hospital, Patient
from ledger_client.trust import Trust
from ledger_client.wire import to_wire

RESULTS = Path(__file__).parent / "results"
SIZES = (1_000, 10_000, 100_000)
PER_PATIENT = 100
BATCH = 50
WHEN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TEXT = "Состояние удовлетворительное. Жалоб нет. Дыхание везикулярное, хрипов нет. " * 4


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--load", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        url, token_file, seconds, batch = given.load
        print(json.dumps(load(url, Path(token_file), float(seconds), int(batch))))
        return
    result: dict[str, Any] = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "sizes": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            measured = one_size(Path(folder) / str(size), size)
            measured["plain_table"] = plain_table(Path(folder) / f"{size}.db", size)
            result["sizes"].append(measured)
            print(json.dumps(measured), flush=True)
        if given.kills:
            result["kills"] = kills(Path(folder) / "kills", given.kills)
    file = RESULTS / "ledger.json"
    last = json.loads(file.read_text()) if file.exists() else None
    file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    plot(result)
    show(result, last)


def records(card: str, chance: random.Random, count: int) -> Iterator[Any]:
    """Records of one patient as a hospital has them: mostly values, some visits and texts."""
    for number in range(count):
        match number % 10:
            case 0:
                yield NewVisit(
                    card, "h1", "Терапия", "Осмотр", "Ершова", date(2026, 1, 1 + number % 28)
                )
            case 1:
                yield NewDocument(
                    card, "h1", "epicrisis", "Эпикриз", date(2026, 2, 1), "Ершова", TEXT, "Здоров."
                )
            case 2 | 3:
                yield NewNote(card, TEXT[:150], "Ершова", WHEN)
            case _:
                value = Decimal(chance.randint(55, 95))
                yield NewObservation(card, "heart_rate", (value,), "/min", WHEN, "Монитор")


def fill(home: Path, size: int) -> float:
    """A ledger of ``size`` records; gives the seconds it took."""
    chance = random.Random(1)
    with closing(Store(home)) as store:
        intake = Intake(store, Charts(store))
        store.append([intake.hospital(Hospital("h1", "Первая больница", ()), "bench", "h1")])
        started = time.perf_counter()
        for number in range(max(1, size // PER_PATIENT)):
            card = f"{number + 1}"
            patient = Patient(card, "Иванов", "Иван", f"{number}", "m", date(1960, 1, 1))
            drafts = [
                intake.patient(patient, "bench", card),
                intake.consent(NewConsent(card, True, "1"), None),
                intake.grant(NewGrant(card, "clinic", True, True), None),
                *(draft(intake, new) for new in records(card, chance, PER_PATIENT - 3)),
            ]
            store.append(drafts)
        return time.perf_counter() - started


def draft(intake: Intake, new: Any) -> Draft:
    """The draft of any of :func:`records`."""
    match new:
        case NewVisit():
            return intake.visit(new, None)
        case NewDocument():
            return intake.document(new, None)
        case NewNote():
            return intake.note(new, None)
        case _:
            return intake.observation(new, None)


def one_size(home: Path, size: int) -> dict[str, Any]:
    """All figures of one ledger."""
    filling = fill(home, size)
    disk = (home / "ledger.db").stat().st_size
    started = time.perf_counter()
    verdict = verify(home)
    verifying = time.perf_counter() - started
    assert verdict.intact and verdict.records >= size
    chance = random.Random(2)
    cards = [f"{number + 1}" for number in range(max(1, size // PER_PATIENT))]
    started = time.perf_counter()
    with service(home) as (_, url):
        token = (home / "token").read_text()
        trust = Trust((PublicKey.parse((home / "node.pub").read_text().strip()),))
        with LedgerClient(url, token) as client, LedgerClient(url, token, trust=trust) as prover:
            client.hospital_visits(cards[0])
            ready = time.perf_counter() - started
            asked = [chance.choice(cards) for _ in range(1000)]
            reads = timed([lambda c=card: client.hospital_visits(c) for card in asked])
            proved = timed([lambda c=card: prover.hospital_visits(c) for card in asked])
            new = [next(records(chance.choice(cards), chance, 4)) for _ in range(300)]
            singles = timed(
                [lambda n=n: client.append_note(n.card, TEXT[:150], "Ершова", WHEN) for n in new]
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


def timed(calls: list[Callable[[], object]]) -> dict[str, float]:
    """Percentiles of the calls one after another, in milliseconds, and how many a second."""
    taken = []
    for call in calls:
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return percentiles(taken) | {"per_s": round(1000 * len(taken) / sum(taken))}


def percentiles(taken: list[float]) -> dict[str, float]:
    """p50, p95 and p99."""
    ordered = sorted(taken)
    return {
        f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 2)
        for p in (50, 95, 99)
    }


def under_load(url: str, home: Path, processes: int, batch: int) -> dict[str, float]:
    """Appends by two threads in each of some processes for five seconds."""
    command = [sys.executable, "-m", "benchmarks.ledger", "--load", url, str(home / "token"), "5"]
    running = [
        subprocess.Popen([*command, str(batch)], stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    parts = [json.loads(process.communicate()[0]) for process in running]
    taken = [ms for part in parts for ms in part["taken_ms"]]
    rate = sum(part["records"] / part["seconds"] for part in parts)
    return percentiles(taken) | {"per_s": round(rate)}


def load(url: str, token_file: Path, seconds: float, batch: int) -> dict[str, Any]:
    """What one process of :func:`under_load` does."""
    token, taken, lock = token_file.read_text(), [], threading.Lock()
    end = time.perf_counter() + seconds

    def work(card: str) -> None:
        with LedgerClient(url, token) as client:
            while (started := time.perf_counter()) < end:
                if batch == 1:
                    client.append_note(card, TEXT[:150], "Ершова", WHEN)
                else:
                    client.append_together([NewNote(card, TEXT[:150], "Ершова", WHEN)] * batch)
                with lock:
                    taken.append((time.perf_counter() - started) * 1000)

    begun = time.perf_counter()
    threads = [threading.Thread(target=work, args=(str(n + 1),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "taken_ms": taken,
        "records": len(taken) * batch,
        "seconds": time.perf_counter() - begun,
    }


def plain_table(path: Path, size: int) -> dict[str, Any]:
    """The same JSON in an ordinary table, in this process: what the ledger's promises cost."""
    chance = random.Random(1)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, card, kind, body)")
        database.execute("CREATE INDEX of_patient ON records (card, kind)")
        insert = "INSERT INTO records (card, kind, body) VALUES (?, ?, ?)"
        started = time.perf_counter()
        for number in range(max(1, size // PER_PATIENT)):
            card = f"{number + 1}"
            rows = [
                (card, type(new).__name__, to_wire(new))
                for new in records(card, chance, PER_PATIENT)
            ]
            database.execute("BEGIN")
            database.executemany(insert, rows)
            database.execute("COMMIT")
        filling = time.perf_counter() - started
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        select = "SELECT body FROM records WHERE card = ? AND kind = 'NewVisit'"
        cards = [str(chance.randint(1, max(1, size // PER_PATIENT))) for _ in range(1000)]
        reads = timed([lambda c=c: database.execute(select, (c,)).fetchall() for c in cards])
        body = to_wire(NewNote("1", TEXT[:150], "Ершова", WHEN))
        row = ("1", "NewNote", body)
        appends = timed([lambda: database.execute(insert, row) for _ in range(300)])
    return {
        "fill_per_s": round(size / filling),
        "bytes_per_record": round(path.stat().st_size / size),
        "read_ms": reads,
        "append_ms": appends,
    }


def kills(home: Path, rounds: int) -> dict[str, Any]:
    """Kill the service while it appends; count what it had acknowledged and has lost."""
    fill(home, PER_PATIENT * 2)
    single: set[str] = set()
    together: list[tuple[str, ...]] = []
    chance = random.Random(3)
    for _ in range(rounds):
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
        "kills": rounds,
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


@contextmanager
def service(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The ledger as a process of its own, and its URL."""
    command = [sys.executable, "-m", "ledger", "serve", "--home", str(home), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = re.search(r"http://\S+", process.stdout.readline())
            assert ready, "the ledger did not start"
            yield process, ready[0]
        finally:
            process.kill()


def plot(result: dict[str, Any]) -> None:
    """Latency and size against the number of records."""
    sizes = [measured["records"] for measured in result["sizes"]]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    for name, label in (
        ("getHospitalVisits_ms", "getHospitalVisits"),
        ("getHospitalVisits_proved_ms", "getHospitalVisits, proved"),
        ("append_ms", "append"),
    ):
        for percentile, style in (("p50", "-o"), ("p95", "--s")):
            values = [measured[name][percentile] for measured in result["sizes"]]
            left.plot(sizes, values, style, label=f"{label} {percentile}")
    left.axhline(15, color="grey", linewidth=0.8)
    left.set(xscale="log", xlabel="records", ylabel="ms over HTTP", ylim=(0, None))
    left.legend(fontsize=7)
    ours = [measured["bytes_per_record"] for measured in result["sizes"]]
    plain = [measured["plain_table"]["bytes_per_record"] for measured in result["sizes"]]
    right.plot(sizes, ours, "-o", label="ledger")
    right.plot(sizes, plain, "--s", label="plain SQLite table")
    right.set(xscale="log", xlabel="records", ylabel="bytes on disk per record", ylim=(0, None))
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(RESULTS / "ledger.png", dpi=120)


def show(result: dict[str, Any], last: dict[str, Any] | None) -> None:
    """Print the figures, and those of the last run in brackets."""
    table = Table("records", *(str(m["records"]) for m in result["sizes"]), title="Ledger (last)")
    former = last["sizes"] if last else []
    for name, value in result["sizes"][0].items():
        if name in ("records", "plain_table"):
            continue
        rows = [(name, None)] if not isinstance(value, dict) else [(name, key) for key in value]
        for first, key in rows:
            cells = []
            for place, measured in enumerate(result["sizes"]):
                now = measured[first] if key is None else measured[first][key]
                then = former[place].get(first) if place < len(former) else None
                then = then.get(key) if isinstance(then, dict) and key else then
                cells.append(f"{now}" + (f" ({then})" if then is not None else ""))
            table.add_row(f"{first} {key or ''}", *cells)
    console = Console()
    console.print(table)
    for measured in result["sizes"]:
        console.print("plain table", measured["records"], measured["plain_table"])
    console.print(result.get("kills", ""))


if __name__ == "__main__":
    main()
