"""What the ledger's benchmarks store and ask, and how they time it."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.charts import Charts
from ledger.intake import Intake
from ledger.store import Draft, Store
from ledger_client import LedgerClient
from ledger_client.appends import (
    NewConsent,
    NewDocument,
    NewGrant,
    NewNote,
    NewObservation,
    NewVisit,
)
from ledger_client.messages import Hospital, Patient

PER_PATIENT = 100
BATCH = 50
WHEN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TEXT = "Состояние удовлетворительное. Жалоб нет. Дыхание везикулярное, хрипов нет. " * 4
_TOGETHER = 10
"""Patients whose records one commit stores while a ledger is filled."""
_LOAD_S = 3


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


def cards(size: int) -> list[str]:
    """The patients of a ledger of ``size`` records."""
    return [f"{number + 1}" for number in range(max(1, size // PER_PATIENT))]


def fill(home: Path, size: int) -> float:
    """A ledger of ``size`` records; gives the seconds it took."""
    chance = random.Random(1)
    with closing(Store(home)) as store:
        intake = Intake(store, Charts(store))
        store.append([intake.hospital(Hospital("h1", "Первая больница", ()), "bench", "h1")])
        everyone = cards(size)
        started = time.perf_counter()
        for first in range(0, len(everyone), _TOGETHER):
            drafts: list[Draft] = []
            for card in everyone[first : first + _TOGETHER]:
                patient = Patient(card, "Иванов", "Иван", card, "m", date(1960, 1, 1))
                drafts += (
                    intake.patient(patient, "bench", card),
                    intake.consent(NewConsent(card, True, "1"), None),
                    intake.grant(NewGrant(card, "clinic", True, True), None),
                )
                drafts += (draft(intake, new) for new in records(card, chance, PER_PATIENT - 3))
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
    """Appends by two threads in each of some processes for some seconds."""
    command = [sys.executable, "-m", "benchmarks.ledger_load", url, str(home / "token"), str(batch)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    parts = [json.loads(process.communicate()[0]) for process in running]
    taken = [ms for part in parts for ms in part["taken_ms"]]
    rate = sum(part["records"] / part["seconds"] for part in parts)
    return percentiles(taken) | {"per_s": round(rate)}


def load(url: str, token_file: Path, batch: int) -> dict[str, Any]:
    """What one process of :func:`under_load` does."""
    token, taken, lock = token_file.read_text(), [], threading.Lock()
    end = time.perf_counter() + _LOAD_S

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


@contextmanager
def service(home: Path, errors: int | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The ledger as a process of its own, and its URL; ``errors`` is where its log goes."""
    command = [sys.executable, "-m", "ledger", "serve", "--home", str(home), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        try:
            assert process.stdout is not None
            ready = re.search(r"http://\S+", process.stdout.readline())
            assert ready, "the ledger did not start"
            yield process, ready[0]
        finally:
            process.kill()


if __name__ == "__main__":
    print(json.dumps(load(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
