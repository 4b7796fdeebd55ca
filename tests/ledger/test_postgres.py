"""What only a database server can do to a ledger: be killed, be shared, be damaged from outside."""

from __future__ import annotations

import random
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from ledger_samples import CARDS, fill, notes
from postgres_server import PostgresServer

from ledger.charts import Charts
from ledger.databases import ADDRESS
from ledger.erasure import forget
from ledger.errors import LedgerBusy, SetupError
from ledger.store import Store
from ledger.verify import verify
from ledger_client.messages import Note, Receipt

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, postgres: PostgresServer) -> Path:
    """The folder of a new ledger on PostgreSQL."""
    folder = tmp_path / "ledger"
    folder.mkdir()
    (folder / ADDRESS).write_text(postgres.database())
    return folder


def sql(home: Path, statement: str) -> None:
    """Change the database behind the ledger's back."""
    with psycopg.connect((home / ADDRESS).read_text(), autocommit=True) as connection:
        connection.execute(statement.encode())


def test_kill_9_of_the_server_loses_nothing_acknowledged(
    home: Path, postgres: PostgresServer
) -> None:
    acknowledged: dict[str, Receipt] = {}
    failed = 0
    stopped = threading.Event()
    with closing(Store(home)) as store:
        fill(store)

        def append(card: str, first: int) -> None:
            nonlocal failed
            number = first
            while not stopped.is_set():
                draft = notes(store, card, 1, number)
                try:
                    receipt = store.append(draft)[0]
                except LedgerBusy:
                    failed += 1
                    time.sleep(0.05)
                    continue  # the same again, as a client does: it must be stored once
                acknowledged[receipt.record_id] = receipt
                number += 1

        writers = [threading.Thread(target=append, args=(card, 100)) for card in CARDS]
        for writer in writers:
            writer.start()
        dice = random.Random(4)
        for _ in range(4):
            time.sleep(dice.uniform(0.2, 0.8))
            postgres.kill()
        time.sleep(0.5)
        stopped.set()
        for writer in writers:
            writer.join()
        assert failed > 0 and len(acknowledged) > 50
        verdict = verify(home)
        assert verdict.intact, verdict.findings
        # each writer may have had one append stored and not yet acknowledged when it stopped
        assert 0 <= verdict.records - 15 - len(acknowledged) <= len(CARDS)
        charts = Charts(store)
        for card in CARDS:
            texts = [note.text for note in charts.chart(card).all(Note)]
            assert len(texts) == len(set(texts)), "stored twice"
            stored = {header.id: header.sequence for header in charts.chart(card).headers}
            mine = {i: r for i, r in acknowledged.items() if i in stored}
            assert all(stored[i] == receipt.sequence for i, receipt in mine.items())
        everywhere = {h.id for card in CARDS for h in charts.chart(card).headers}
        assert acknowledged.keys() <= everywhere


def test_a_repeated_append_waits_for_the_standby_too(home: Path, postgres: PostgresServer) -> None:
    with closing(Store(home)) as store:
        fill(store)
        number = 100

        def append_until_refused() -> None:
            nonlocal number
            with suppress(LedgerBusy):
                while store.append(notes(store, CARDS[0], 1, number)):
                    number += 1

        first = threading.Thread(target=append_until_refused)
        first.start()
        postgres.configure("synchronous_standby_names", "nobody")
        try:
            postgres.wait_for_a_commit_that_waits()
            postgres.kill()  # the record is on this disk now, and on no other
            first.join()
            receipts: list[Receipt] = []
            draft = notes(store, CARDS[0], 1, number)
            again = threading.Thread(target=lambda: receipts.extend(store.append(draft)))
            again.start()
            postgres.wait_for_a_commit_that_waits()
            assert not receipts
        finally:
            postgres.configure("synchronous_standby_names", "")
        again.join()
        assert receipts
        texts = [note.text for note in Charts(store).chart(CARDS[0]).all(Note)]
        assert len(texts) == len(set(texts)) == 4 + number + 1 - 100, "lost or stored twice"
    assert verify(home).intact


def test_two_nodes_write_one_after_the_other(home: Path) -> None:
    with closing(Store(home)) as first, closing(Store(home)) as second:
        fill(first, 0)

        def write(store: Store, start: int) -> None:
            for number in range(start, start + 20):
                store.append(notes(store, CARDS[0], 1, number))

        other = threading.Thread(target=write, args=(second, 100))
        other.start()
        write(first, 0)
        other.join()
        assert len(Charts(first).chart(CARDS[0]).all(Note)) == 40
    verdict = verify(home)
    assert verdict.intact and verdict.records == 43


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET ciphertext = ciphertext || '\\x00' WHERE position = 5",
        "DELETE FROM records WHERE position = (SELECT max(position) FROM records)",
        "DELETE FROM blocks WHERE number = (SELECT max(number) FROM blocks)",
        "UPDATE chains SET sequence = sequence - 1",
        "DROP TABLE nodes",
    ],
)
def test_damage_is_found(home: Path, damage: str) -> None:
    with closing(Store(home)) as store:
        fill(store)
    assert verify(home).intact
    sql(home, damage)
    with suppress(LedgerBusy):
        assert not verify(home).intact


def test_erased_ciphertext_is_not_in_the_table_any_more(home: Path) -> None:
    with closing(Store(home)) as store:
        fill(store)
        forget(store, CARDS[0], "admin", "asked to")
    with psycopg.connect((home / ADDRESS).read_text()) as connection:
        found = connection.execute(
            "SELECT count(*) FROM records WHERE ciphertext IS NULL"
        ).fetchone()
    assert found == (5,)
    assert verify(home).intact


def test_a_ledger_whose_keys_are_lost_gets_no_new_ones(home: Path) -> None:
    with closing(Store(home)) as store:
        fill(store)
    (home / "keys").rename(home / "gone")
    with pytest.raises(SetupError):
        Store(home)


def test_a_server_that_is_away_is_busy_and_nothing_of_its_address_is_said(tmp_path: Path) -> None:
    (tmp_path / ADDRESS).write_text("host=127.0.0.1 port=1 user=ledger password=secret-word")
    with pytest.raises(LedgerBusy) as refusal:
        Store(tmp_path)
    assert "secret-word" not in str(refusal.value)
