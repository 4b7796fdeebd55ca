"""Whatever is done to the database without the keys is found, and named."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ledger_samples import CARDS, fill, notes, sqlite_of

from ledger import anchor
from ledger.anchor import Anchor
from ledger.charts import Charts
from ledger.database import SqliteBackend, SqliteSession
from ledger.datakeys import DataKeys
from ledger.erasure import finish, forget
from ledger.errors import PatientForgotten, RecordUnverified, SetupError
from ledger.findings import Damage, Verdict
from ledger.keys import Keys
from ledger.store import Store
from ledger.verify import verify, verify_session
from ledger_client.algorithms import Signer

BYTES = {
    "records": ("channel", "chain", "id", "kind", "header", "signature", "ciphertext"),
    "chains": ("chain", "channel", "hash"),
    "blocks": ("statement", "signature"),
    "nodes": ("hash",),
}
ROW = {
    "records": "rowid",
    "chains": "rowid",
    "blocks": "rowid",
    "nodes": "tree || ':' || level || ':' || place",
}
NUMBERS = (
    ("records", "position"),
    ("records", "leaf"),
    ("records", "sequence"),
    ("chains", "sequence"),
    ("chains", "place"),
    ("blocks", "first"),
    ("blocks", "number"),
)


class Ledger:
    """A written ledger of which every test gets a copy in memory."""

    def __init__(self, home: Path) -> None:
        with closing(Store(home)) as store:
            fill(store)
            self.keys = store.keys
            self.chains = [store.patient_chain(card) for card in CARDS]
        self.data_keys = DataKeys(home / "keys" / "data.db", self.keys)
        self.kept = anchor.read(home / "checkpoint.json", self.keys)
        self.original = sqlite3.connect(home / "ledger.db", isolation_level=None)

    def copy(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        self.original.backup(connection)
        return connection

    def verdict(self, connection: sqlite3.Connection) -> Verdict:
        return verify_session(SqliteSession(connection), self.keys, self.data_keys, self.kept)

    def close(self) -> None:
        self.data_keys.close()
        self.original.close()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = Ledger(tmp_path_factory.mktemp("chain"))
    yield made
    made.close()


def found(verdict: Verdict) -> set[tuple[Damage, str | None, int | None]]:
    return {(finding.damage, finding.chain, finding.sequence) for finding in verdict.findings}


def test_an_untouched_ledger_is_intact(ledger: Ledger) -> None:
    verdict = ledger.verdict(ledger.copy())
    assert verdict.intact
    assert (verdict.records, verdict.chains, verdict.blocks) == (15, 3, 15)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_changed_byte_is_found(ledger: Ledger, data: st.DataObject) -> None:
    table, column = data.draw(
        st.sampled_from([(table, column) for table in BYTES for column in BYTES[table]])
    )
    connection = ledger.copy()
    rows = connection.execute(f"SELECT {ROW[table]}, {column} FROM {table}").fetchall()
    row, value = data.draw(st.sampled_from(rows))
    place = data.draw(st.integers(0, len(value) - 1))
    if isinstance(value, bytes):
        other = bytes([value[place] ^ data.draw(st.integers(1, 255))])
    else:
        other = data.draw(st.sampled_from([c for c in "0123456789abcdefxyz" if c != value[place]]))
    changed = value[:place] + other + value[place + 1 :]
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {ROW[table]} = ?", (changed, row))
    assert not ledger.verdict(connection).intact


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_changed_number_is_found(ledger: Ledger, data: st.DataObject) -> None:
    table, column = data.draw(st.sampled_from(NUMBERS))
    connection = ledger.copy()
    rows = connection.execute(f"SELECT {ROW[table]}, {column} FROM {table}").fetchall()
    row, value = data.draw(st.sampled_from(rows))
    other = data.draw(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 20))
    assume(other != value)
    try:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {ROW[table]} = ?", (other, row))
    except sqlite3.IntegrityError:
        assume(False)
    assert not ledger.verdict(connection).intact


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_dropped_row_is_found_even_when_positions_close_up(
    ledger: Ledger, data: st.DataObject
) -> None:
    connection = ledger.copy()
    table = data.draw(st.sampled_from(sorted(BYTES)))
    rows = [row for (row,) in connection.execute(f"SELECT {ROW[table]} FROM {table}")]
    dropped = data.draw(st.sets(st.sampled_from(rows), min_size=1))
    for row in dropped:
        connection.execute(f"DELETE FROM {table} WHERE {ROW[table]} = ?", (row,))
    if table == "records" and data.draw(st.booleans()):
        left = connection.execute("SELECT position FROM records ORDER BY position").fetchall()
        for new, (old,) in enumerate(left, start=1):
            connection.execute("UPDATE records SET position = ? WHERE position = ?", (new, old))
    assert not ledger.verdict(connection).intact


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(1, 16)))
def test_any_other_order_of_rows_is_found(ledger: Ledger, order: list[int]) -> None:
    assume(order != sorted(order))
    connection = ledger.copy()
    connection.execute("UPDATE records SET position = position + 100")
    for new, old in enumerate(order, start=1):
        connection.execute("UPDATE records SET position = ? WHERE position = ?", (new, old + 100))
    assert not ledger.verdict(connection).intact


def test_a_changed_record_is_named(ledger: Ledger) -> None:
    connection = ledger.copy()
    connection.execute(
        "UPDATE records SET ciphertext = zeroblob(length(ciphertext)) "
        "WHERE chain = ? AND sequence = 3",
        (ledger.chains[1],),
    )
    assert found(ledger.verdict(connection)) == {(Damage.CHANGED, ledger.chains[1], 3)}


def test_a_dropped_record_is_named(ledger: Ledger) -> None:
    connection = ledger.copy()
    connection.execute("DELETE FROM records WHERE chain = ? AND sequence = 2", (ledger.chains[0],))
    assert (Damage.DROPPED, ledger.chains[0], 2) in found(ledger.verdict(connection))


def test_the_newest_record_can_not_go_missing(ledger: Ledger) -> None:
    connection = ledger.copy()
    connection.execute("DELETE FROM records WHERE position = 15")
    assert (Damage.DROPPED, ledger.chains[2], 5) in found(ledger.verdict(connection))


def test_two_swapped_records_are_named(ledger: Ledger) -> None:
    connection = ledger.copy()
    places = connection.execute(
        "SELECT position FROM records WHERE chain = ? AND sequence IN (2, 4) ORDER BY position",
        (ledger.chains[0],),
    ).fetchall()
    (first,), (second,) = places
    for old, new in ((first, 99), (second, first), (99, second)):
        connection.execute("UPDATE records SET position = ? WHERE position = ?", (new, old))
    assert (Damage.REORDERED, ledger.chains[0], 2) in found(ledger.verdict(connection))


def test_a_record_forged_under_another_key_is_named(ledger: Ledger) -> None:
    connection = ledger.copy()
    thief = Keys(bytes(32), Signer("ed25519", bytes(32)))
    (header,) = connection.execute("SELECT header FROM records WHERE position = 15").fetchone()
    forged = header.replace(str(ledger.keys.public).encode(), str(thief.public).encode())
    connection.execute(
        "UPDATE records SET header = ?, signature = ? WHERE position = 15",
        (forged, thief.sign("record", forged)),
    )
    assert (Damage.FORGED, ledger.chains[2], 5) in found(ledger.verdict(connection))


def test_an_older_end_with_its_record_and_block_gone_is_found(ledger: Ledger) -> None:
    """The thief put everything in the database back by one block; the anchor still names it."""
    connection = ledger.copy()
    (header,) = connection.execute(
        "SELECT header FROM records WHERE chain = ? AND sequence = 4", (ledger.chains[2],)
    ).fetchone()
    connection.execute("DELETE FROM records WHERE position = 15")
    connection.execute("DELETE FROM blocks WHERE number = 15")
    connection.execute(
        "UPDATE chains SET sequence = 4, hash = ? WHERE chain = ?",
        (hashlib.sha256(header).hexdigest(), ledger.chains[2]),
    )
    assert (Damage.DROPPED, None, None) in found(ledger.verdict(connection))


def test_an_older_database_is_found_and_refused(tmp_path: Path) -> None:
    home = tmp_path / "ledger"
    with closing(Store(home)) as store:
        fill(store, 2)
        backup = sqlite3.connect(tmp_path / "old.db")
        with closing(sqlite3.connect(home / "ledger.db")) as current:
            current.backup(backup)
        backup.close()
        store.append(notes(store, CARDS[0], 1, 50))
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (home / name).unlink(missing_ok=True)
    (tmp_path / "old.db").replace(home / "ledger.db")
    assert Damage.DROPPED in {finding.damage for finding in verify(home).findings}
    with pytest.raises(RecordUnverified, match="older"):
        Store(home)


def test_a_garbled_or_foreign_checkpoint_file_is_found(store: Store) -> None:
    file = store.home / "checkpoint.json"
    file.write_text("{}")
    assert not verify(store.home).intact
    anchor.write(file, Anchor(), Keys(bytes(32), Signer("ed25519", bytes(32))))
    assert not verify(store.home).intact


def test_a_damaged_database_file_is_found(store: Store) -> None:
    store.close()
    sqlite_of(store)  # skips elsewhere
    file = store.home / "ledger.db"
    data = bytearray(file.read_bytes())
    data[4096 * 2 : 4096 * 2 + 64] = bytes(64)
    file.write_bytes(data)
    assert not verify(store.home).intact


def test_a_database_of_another_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as database:
        database.execute("CREATE TABLE records (position INTEGER)")
        database.execute("PRAGMA user_version = 1")
    with pytest.raises(SetupError, match="format 1"):
        SqliteBackend(tmp_path / "ledger.db")


def test_a_node_changes_its_algorithm_and_both_halves_verify(store: Store) -> None:
    first = store.keys.public
    store.close()
    second = Keys.rotate(store.home / "keys", "ecdsa-p256")
    with closing(Store(store.home)) as again:
        fill(again)
        again.append(notes(again, CARDS[0], 2, 60))
        headers = [r.header for r in again.chain_since(again.patient_chain(CARDS[0]), None)[1]]
    assert [header.node for header in headers] == [str(first)] * 5 + [str(second)] * 2
    assert verify(store.home).intact
    (store.home / "keys" / "retired-node-keys").unlink()
    assert Damage.FORGED in {finding.damage for finding in verify(store.home).findings}


def test_a_forgotten_patient_is_unreadable_and_the_ledger_stays_intact(store: Store) -> None:
    store.append(notes(store, CARDS[0], 1, 70))
    receipt = forget(store, CARDS[0], "admin", "Просьба пациента")
    assert receipt.sequence == 1
    with pytest.raises(PatientForgotten):
        Charts(store).chart(CARDS[0])
    with pytest.raises(PatientForgotten):
        store.append(notes(store, CARDS[0], 1, 71))
    assert {entry.card for entry in Charts(store).patients()} == {*CARDS[1:]}
    verdict = verify(store.home)
    assert verdict.intact
    assert (verdict.records, verdict.erased) == (17, 6)


def test_an_erasure_cut_short_is_finished(store: Store) -> None:
    kept = store.erase
    store.erase = lambda chains: None  # type: ignore[method-assign]
    forget(store, CARDS[0], "admin", "Просьба пациента")
    store.erase = kept  # type: ignore[method-assign]
    assert len(Charts(store).patients()) == 3
    finish(store)
    assert len(Charts(store).patients()) == 2
    assert verify(store.home).erased == 5


def test_a_ciphertext_destroyed_in_secret_is_found(store: Store) -> None:
    sqlite_of(store)  # skips elsewhere
    with closing(sqlite3.connect(store.home / "ledger.db")) as database:
        database.execute("UPDATE records SET ciphertext = NULL WHERE position = 7")
        database.commit()
    chain = store.patient_chain(CARDS[0])
    assert found(verify(store.home)) == {(Damage.CHANGED, chain, 3)}
