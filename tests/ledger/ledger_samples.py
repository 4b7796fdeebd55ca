"""Made-up patients and notes for the ledger's tests."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ledger.charts import Charts
from ledger.database import SqliteBackend
from ledger.demo import ORGANISATION
from ledger.intake import Intake
from ledger.store import Draft, Store
from ledger_client.appends import NewConsent, NewGrant, NewNote
from ledger_client.messages import Patient

CARDS = ("9000000000000001", "9000000000000002", "9000000000000003")


def patient(card: str) -> Patient:
    """A made-up person with this card."""
    return Patient(card, "Зимородков", "Аристарх", "Елисеевич", "m", date(1960, 2, 29))


def notes(store: Store, card: str, count: int, start: int = 0) -> list[Draft]:
    """Drafts of notes with fixed keys."""
    intake = Intake(store, Charts(store))
    written = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    return [
        intake.note(NewNote(card, f"Осмотр номер {n}.", "Ершова И. Б.", written), f"{card}-{n}")
        for n in range(start, start + count)
    ]


def fill(store: Store, count: int = 4) -> None:
    """Three patients; their notes lie between each other's."""
    intake = Intake(store, Charts(store))
    for card in CARDS:
        store.append([intake.patient(patient(card), "test", card)])
    for number in range(count):
        for card in CARDS:
            store.append(notes(store, card, 1, number))


def allow(store: Store) -> None:
    """The three patients let the clinic read and append."""
    intake = Intake(store, Charts(store))
    for card in CARDS:
        grant = NewGrant(card, ORGANISATION, True, True)
        consent = NewConsent(card, True, "1")
        store.append([intake.consent(consent, None), intake.grant(grant, None)])


def sqlite_of(store: Store) -> sqlite3.Connection:
    """The database under an open ledger, to damage it."""
    if not isinstance(store._backend, SqliteBackend):
        pytest.skip("damages the SQLite file")
    return store._backend.connection


@contextmanager
def process(home: Path, log: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A ledger of its own process, and its URL."""
    command = [sys.executable, "-m", "ledger", "serve", "--home", str(home), "--port", "0"]
    with log.open("a") as errors:
        started = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=dict(os.environ)
        )
    assert started.stdout is not None
    try:
        line = started.stdout.readline()
        address = re.fullmatch(r"Ledger ready at (http://127\.0\.0\.1:\d+)\n", line)
        assert address, line
        yield started, address[1]
    finally:
        started.kill()
        started.wait()
        started.stdout.close()
