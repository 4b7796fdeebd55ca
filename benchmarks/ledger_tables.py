"""The same JSON in ordinary tables, from this process: what the ledger's promises cost."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ledger_load import PER_PATIENT, TEXT, WHEN, cards, records, timed
from ledger_client.appends import NewNote
from ledger_client.wire import to_wire

Row = tuple[str, str, bytes]
_READS, _APPENDS = 500, 200


def sqlite_table(path: Path, size: int) -> dict[str, Any]:
    """A table in a SQLite file with the ledger's settings."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, card, kind, body)")
        database.execute("CREATE INDEX of_patient ON records (card, kind)")
        insert = "INSERT INTO records (card, kind, body) VALUES (?, ?, ?)"
        select = "SELECT body FROM records WHERE card = ? AND kind = 'NewVisit'"

        def store(rows: Sequence[Row]) -> None:
            database.execute("BEGIN")
            database.executemany(insert, rows)
            database.execute("COMMIT")

        def disk() -> int:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return path.stat().st_size

        return _measured(
            size, store, lambda card: database.execute(select, (card,)).fetchall(), disk
        )


def postgres_table(address: str, size: int) -> dict[str, Any]:
    """A table in the cluster, as synchronous as the ledger there."""
    with psycopg.connect(address, autocommit=True) as database:
        database.execute(
            "CREATE TABLE plain (id bigserial PRIMARY KEY, card text, kind text, body bytea)"
        )
        database.execute("CREATE INDEX of_patient ON plain (card, kind)")
        insert = "INSERT INTO plain (card, kind, body) VALUES (%s, %s, %s)"
        select = "SELECT body FROM plain WHERE card = %s AND kind = 'NewVisit'"

        def store(rows: Sequence[Row]) -> None:
            with database.transaction(), database.cursor() as cursor:
                cursor.executemany(insert, rows)

        return _measured(
            size,
            store,
            lambda card: database.execute(select, (card,)).fetchall(),
            lambda: postgres_bytes(database),
        )


def postgres_bytes(database: psycopg.Connection[Any]) -> int:
    """Bytes on one node's disk of all that this user has."""
    found = database.execute(
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
        "WHERE relkind = 'r' AND relowner = current_user::regrole"
    ).fetchone()
    assert found is not None
    return int(found[0])


def _measured(
    size: int,
    store: Callable[[Sequence[Row]], object],
    read: Callable[[str], object],
    disk: Callable[[], int],
) -> dict[str, Any]:
    chance, everyone = random.Random(1), cards(size)
    started = time.perf_counter()
    for card in everyone:
        store(
            [(card, type(new).__name__, to_wire(new)) for new in records(card, chance, PER_PATIENT)]
        )
    filling, used = time.perf_counter() - started, disk()
    asked = [chance.choice(everyone) for _ in range(_READS)]
    row = ("1", "NewNote", to_wire(NewNote("1", TEXT[:150], "Ершова", WHEN)))
    return {
        "records": size,
        "fill_per_s": round(size / filling),
        "bytes_per_record": round(used / size),
        "getHospitalVisits_ms": timed([lambda c=card: read(c) for card in asked]),
        "append_ms": timed([lambda: store([row]) for _ in range(_APPENDS)]),
    }
