"""The store keeps what it acknowledged, once, sealed, and serves nothing it can't verify."""

from __future__ import annotations

import shutil
import stat
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_samples import CARDS, fill, notes, patient, sqlite_of

from ledger.charts import Charts
from ledger.errors import (
    IdempotencyConflict,
    LedgerFull,
    PatientUnknown,
    RecordUnverified,
    SetupError,
)
from ledger.intake import Intake
from ledger.store import Store
from ledger.verify import verify
from ledger_client.messages import Note


def texts(charts: Charts, card: str) -> list[str]:
    return [note.text for note in charts.chart(card).all(Note)]


def test_a_chart_grows_with_its_chain(store: Store) -> None:
    charts = Charts(store)
    assert len(texts(charts, CARDS[0])) == 4
    receipt = store.append(notes(store, CARDS[0], 1, 4))[0]
    assert texts(charts, CARDS[0])[-1] == "Осмотр номер 4."
    assert charts.chart(CARDS[0]).headers[-1].id == receipt.record_id
    assert receipt.sequence == 6


def test_a_chart_sees_what_another_process_wrote(store: Store) -> None:
    charts = Charts(store)
    assert len(texts(charts, CARDS[0])) == 4
    with closing(Store(store.home)) as other:
        other.append(notes(other, CARDS[0], 2, 4))
    assert len(texts(charts, CARDS[0])) == 6
    assert verify(store.home).intact


def test_a_repeated_append_is_stored_once(store: Store) -> None:
    drafts = notes(store, CARDS[0], 2, 7)
    first = store.append(drafts)
    assert store.append(drafts) == first
    assert store.append(drafts[:1]) == first[:1]
    assert verify(store.home).records == 17


def test_a_key_of_another_record_is_refused_and_nothing_of_the_batch_stays(store: Store) -> None:
    new, old = notes(store, CARDS[0], 1, 7)[0], notes(store, CARDS[0], 1, 0)[0]
    with pytest.raises(IdempotencyConflict):
        store.append([new, replace(old, payload=new.payload)])
    assert verify(store.home).records == 15


def test_an_unknown_patient_gets_no_chain(store: Store) -> None:
    with pytest.raises(PatientUnknown):
        store.append(notes(store, "77", 1))
    with pytest.raises(PatientUnknown):
        Charts(store).chart("77")


def test_two_writers_at_once_keep_every_record(tmp_path: Path) -> None:
    home = tmp_path / "ledger"
    with closing(Store(home)) as store:
        fill(store, 0)

    def write(card: str) -> None:
        with closing(Store(home)) as own:
            for number in range(40):
                own.append(notes(own, card, 1, number))

    threads = [threading.Thread(target=write, args=(card,)) for card in (*CARDS, CARDS[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = verify(home)
    assert verdict.intact
    assert verdict.records == 3 + 3 * 40


def test_a_full_disk_is_an_error_and_leaves_no_half(store: Store) -> None:
    pages = sqlite_of(store).execute("PRAGMA page_count").fetchone()[0]
    sqlite_of(store).execute(f"PRAGMA max_page_count = {pages + 2}")
    stored = 15
    with pytest.raises(LedgerFull):
        for number in range(100, 1000):
            store.append(notes(store, CARDS[0], 3, number * 3))
            stored += 3
    assert verify(store.home).records == stored
    sqlite_of(store).execute("PRAGMA max_page_count = 100000")
    store.append(notes(store, CARDS[0], 1, 5000))
    verdict = verify(store.home)
    assert verdict.intact
    assert verdict.records == stored + 1


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET ciphertext = zeroblob(length(ciphertext)) WHERE sequence = 2",
        "UPDATE records SET kind = 'visit' WHERE sequence = 2",
        "UPDATE records SET header = zeroblob(10) WHERE sequence = 2",
        "DELETE FROM records WHERE sequence = 2",
        "DELETE FROM records WHERE sequence = 5",
        "UPDATE chains SET sequence = 4",
        "UPDATE chains SET sequence = 9007199254740992",
        "UPDATE chains SET place = 1 - place",
        "UPDATE nodes SET hash = zeroblob(32) WHERE tree = 'clinic/heads'",
        "DELETE FROM nodes",
        "UPDATE blocks SET signature = zeroblob(64)",
    ],
)
def test_a_read_of_a_damaged_chain_is_refused(store: Store, damage: str) -> None:
    with closing(Store(store.home)) as other:
        Charts(other).chart(CARDS[0])
        sqlite_of(store).execute(damage)
        with pytest.raises(RecordUnverified):
            Charts(other).chart(CARDS[0])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE chains SET hash = substr(hash, 2) || substr(hash, 1, 1)",
        "UPDATE blocks SET statement = zeroblob(8)",
        "DELETE FROM blocks",
        "DELETE FROM nodes WHERE tree = 'clinic/log'",
    ],
)
def test_nothing_is_built_on_a_damaged_end(store: Store, damage: str) -> None:
    sqlite_of(store).execute(damage)
    with pytest.raises(RecordUnverified):
        store.append(notes(store, CARDS[0], 1, 60))
    assert sqlite_of(store).execute("SELECT count(*) FROM records").fetchone() == (15,)


def test_a_roster_entry_under_another_key_is_refused(store: Store) -> None:
    sqlite_of(store).execute("UPDATE records SET signature = zeroblob(64) WHERE kind = 'patient'")
    with pytest.raises(RecordUnverified):
        Charts(store).patients()


def test_new_personal_data_replace_the_old_in_the_roster(store: Store) -> None:
    charts = Charts(store)
    assert {entry.last for entry in charts.patients()} == {"Зимородков"}
    married = replace(patient(CARDS[0]), last="Соколов")
    store.append([Intake(store, charts).patient(married, "test", "renamed")])
    assert [entry.last for entry in charts.patients()] == ["Зимородков", "Зимородков", "Соколов"]


def test_nothing_on_disk_tells_of_a_patient(store: Store) -> None:
    sqlite_of(store).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in (path for path in store.home.rglob("*") if path.is_file()):
        data = file.read_bytes()
        for secret in ("Зимородков", "Осмотр", "Ершова", "1960-02-29", CARDS[0], "test"):
            assert secret.encode() not in data
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_keys_that_are_missing_or_open_to_others_are_refused(store: Store) -> None:
    store.close()
    key = store.home / "keys" / "master.key"
    key.chmod(0o644)
    with pytest.raises(SetupError, match="readable by others"):
        Store(store.home)
    key.unlink()
    with pytest.raises(SetupError, match="missing"):
        Store(store.home)
    assert not key.exists()


def test_keys_of_another_ledger_open_nothing(store: Store, tmp_path: Path) -> None:
    Store(tmp_path / "other").close()
    store.close()
    shutil.copytree(tmp_path / "other" / "keys", store.home / "keys", dirs_exist_ok=True)
    with pytest.raises(RecordUnverified):
        Store(store.home)
    assert not verify(store.home).intact
