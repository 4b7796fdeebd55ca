"""A hospital's database into the ledger: each change once and in order, whatever is killed."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hospital_system import (
    CARDS,
    HospitalSystem,
    prepare,
    register,
    relay_process,
    served,
    versions,
)
from postgres_server import PostgresServer

from ledger.errors import SetupError
from ledger.feeds import refused
from ledger.feeds.hospital import Relay
from ledger.feeds.hospital_views import HospitalViews
from ledger.feeds.mirror import Mirror
from ledger.verify import verify
from ledger_client import LedgerClient
from ledger_client.appends import NewNote
from ledger_client.errors import LedgerRequestError
from ledger_client.messages import Origin

pytestmark = pytest.mark.slow
NEVER = 1e9
Log = dict[tuple[str, str], list[str | None]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "ledger"
    prepare(folder)
    return folder


@pytest.fixture
def ledger(home: Path) -> Iterator[LedgerClient]:
    with served(home) as client:
        yield client


class Writer(threading.Thread):
    """The hospital's staff at work on rows of one patient; it logs what was committed."""

    def __init__(self, system: HospitalSystem, patient: int) -> None:
        super().__init__()
        self._system, self._dice, self._patient = system, random.Random(patient), patient
        self.stopped = threading.Event()
        self._rows: dict[str, list[str]] = {"stays": [], "documents": []}
        self.log: defaultdict[tuple[str, str], list[str | None]] = defaultdict(list)
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            connection = self._system.app()
            for number in count():
                if self.stopped.wait(self._dice.uniform(0, 0.1)):
                    break
                text = f"Запись {self._patient}-{number}"
                work = self._chosen(text)
                try:
                    work(connection)
                except (psycopg.OperationalError, psycopg.Rollback):
                    # a rollback that the dead server does not answer comes out as it is
                    connection = self._again()
                    if not self._happened(connection, text):
                        work(connection)
                self._note(text)
            connection.close()
        except BaseException as error:
            self.failed = error

    def _again(self) -> psycopg.Connection[Any]:
        deadline = time.monotonic() + 60
        while True:
            try:
                return self._system.app()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def _chosen(self, text: str) -> Callable[[psycopg.Connection[Any]], None]:
        dice = self._dice
        table = dice.choice(("stays", "documents"))
        known = self._rows[table]
        what = dice.choice(("insert", "update", "update", "delete", "roll back", "other"))
        if not known:
            what = "insert"
        self._table, self._what = table, what
        self._row = dice.choice(known) if known else ""
        texts = {"stays": "reason", "documents": "conclusion"}
        update = f"UPDATE his.{table} SET {texts[table]} = %s WHERE id = %s".encode()

        def work(connection: psycopg.Connection[Any]) -> None:
            with connection.transaction():
                match what:
                    case "insert":
                        self._row = self._insert(connection, text)
                    case "delete":
                        sql = f"DELETE FROM his.{table} WHERE id = %s".encode()
                        connection.execute(sql, (self._row,))
                    case "update":
                        connection.execute(update, (text, self._row))
                    case "roll back":
                        connection.execute(update, ("никогда не было", self._row))
                        raise psycopg.Rollback
                    case "other":
                        # a column that the view does not show
                        connection.execute("UPDATE his.stays SET bed = %s", (text,))

        return work

    def _insert(self, connection: psycopg.Connection[Any], text: str) -> str:
        if self._table == "stays":
            sql = (
                "INSERT INTO his.stays (patient, department, doctor, reason, admitted) "
                "VALUES (%s, 1, 1, %s, now()) RETURNING id::text"
            )
        else:
            sql = (
                "INSERT INTO his.documents (patient, kind, title, body, conclusion, author, signed)"
                " VALUES (%s, 'ecg', 'ЭКГ', 'Синусовый ритм.', %s, 2, now()) RETURNING id::text"
            )
        found = connection.execute(sql, (self._patient, text)).fetchone()
        return str(found[0]) if found else ""

    def _happened(self, connection: psycopg.Connection[Any], text: str) -> bool:
        """Whether a commit came through whose answer was lost."""
        texts = {"stays": "reason", "documents": "conclusion"}
        if self._what == "delete":
            sql = f"SELECT id FROM his.{self._table} WHERE id = %s".encode()
            return connection.execute(sql, (self._row,)).fetchone() is None
        sql = f"SELECT id::text FROM his.{self._table} WHERE {texts[self._table]} = %s".encode()
        found = connection.execute(sql, (text,)).fetchone()
        if found and self._what == "insert":
            self._row = found[0]
        return found is not None

    def _note(self, text: str) -> None:
        if self._what in ("roll back", "other"):
            return
        view = {"stays": "visits", "documents": "documents"}[self._table]
        place = (CARDS[self._patient - 1], f"{view}:{self._row}")
        self.log[place].append(None if self._what == "delete" else text)
        if self._what == "insert":
            self._rows[self._table].append(self._row)
        if self._what == "delete":
            self._rows[self._table].remove(self._row)


def until(done: Callable[[], bool]) -> None:
    """Wait for what must come."""
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def work_and_kill(
    home: Path, system: HospitalSystem, memory: Path, every: float, kills: int
) -> Log:
    """Writers at work while the relay is killed, and PostgreSQL once; what they committed."""
    dice = random.Random(5)
    writers = [Writer(system, patient) for patient in (1, 2)]
    for writer in writers:
        writer.start()
    for number in range(kills):
        with relay_process(home, system, memory, every):
            time.sleep(dice.uniform(0, 1.5))
            if number == kills // 2:
                system.server.kill()
                time.sleep(dice.uniform(0, 0.7))
    for writer in writers:
        writer.stopped.set()
        writer.join()
        if writer.failed is not None:
            raise writer.failed
    return {**writers[0].log, **writers[1].log}


def test_each_change_arrives_once_and_in_order_though_the_relay_is_killed(
    home: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    system = HospitalSystem(postgres, outbox=True)
    memory = tmp_path / "mirror.db"
    with served(home) as ledger:
        log = work_and_kill(home, system, memory, NEVER, 10)
        assert sum(len(texts) for texts in log.values()) > 100
        with relay_process(home, system, memory, NEVER):
            until(lambda: system.waiting() == 0)
        assert shown(ledger) == now(log)
    assert versions(home) == log
    assert verify(home).findings == ()


def test_without_a_trigger_what_is_new_or_changed_is_found_and_stored_once(
    home: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    system = HospitalSystem(postgres, outbox=False)
    memory = tmp_path / "mirror.db"
    with served(home) as ledger:
        log = work_and_kill(home, system, memory, 0.1, 8)
        with relay_process(home, system, memory, 0.1):
            until(lambda: shown(ledger) == now(log))
    stored = versions(home)
    assert sum(len(texts) for texts in stored.values()) > 20
    for place, texts in stored.items():
        # what changed twice between two looks is seen once; nothing comes twice or late
        left = iter(log[place])
        assert all(text in left for text in texts)


def now(log: Log) -> dict[str, list[str]]:
    """By card, the texts of the rows that are there in the end."""
    found: dict[str, list[str]] = {card: [] for card in CARDS}
    for (card, _), texts in log.items():
        if texts[-1] is not None:
            found[card].append(texts[-1])
    return {card: sorted(texts) for card, texts in found.items()}


def shown(ledger: LedgerClient) -> dict[str, list[str]]:
    """What a reader gets."""
    found = {}
    for card in CARDS:
        visits = [visit.reason for visit in ledger.hospital_visits(card)]
        headers = ledger.documents_from_hospital("h1", card)
        found[card] = sorted(visits + [ledger.document(item.id).conclusion for item in headers])
    return found


@contextmanager
def relaying(
    home: Path, system: HospitalSystem, memory: Path, every: float = NEVER
) -> Iterator[Relay]:
    """A relay whose steps the test makes."""
    token = (home / "relay-token").read_text()
    views = HospitalViews(system.address)
    views.check()
    with (
        LedgerClient((home / "url").read_text(), token, 2.0) as own,
        closing(Mirror(memory, "hospital-relay")) as mirror,
        closing(views),
    ):
        yield Relay(own, views, mirror, every)


def stay(system: HospitalSystem, patient: int, reason: str) -> int:
    """Admit a patient."""
    with system.app() as connection:
        found = connection.execute(
            "INSERT INTO his.stays (patient, department, doctor, reason, admitted, discharged) "
            "VALUES (%s, 2, 1, %s, '2026-03-10 09:00+03', '2026-03-12 11:00+03') RETURNING id",
            (patient, reason),
        ).fetchone()
    assert found is not None
    return int(found[0])


def change(system: HospitalSystem, sql: str, *values: object) -> None:
    """What the hospital's application does."""
    with system.app() as connection:
        connection.execute(sql.encode(), values)


@pytest.mark.parametrize("outbox", [True, False], ids=["trigger", "schedule"])
def test_every_kind_of_row_is_stored_as_the_views_show_it(
    ledger: LedgerClient, home: Path, postgres: PostgresServer, tmp_path: Path, outbox: bool
) -> None:
    system = HospitalSystem(postgres, outbox)
    stay(system, 1, "боль в груди")
    with relaying(home, system, tmp_path / "mirror.db", every=0.0) as relay:
        change(
            system,
            "INSERT INTO his.entries (patient, author, body, written) "
            "VALUES (1, 2, 'Жалоб нет.', '2026-03-11 08:00+03')",
        )
        change(
            system,
            "INSERT INTO his.results (patient, test, value, taken) "
            "VALUES (1, 'glucose', 5.40, '2026-03-11 07:30+03')",
        )
        change(
            system,
            "INSERT INTO his.documents (patient, kind, title, body, conclusion, author) "
            "VALUES (1, 'epicrisis', 'Эпикриз', 'Поступила с болью.', 'Выписана.', 1)",
        )
        assert relay.step()
        assert ledger.documents_from_hospital("h1", "1001") == (), "it is not signed"
        change(system, "UPDATE his.documents SET signed = '2026-03-12 10:00+03'")
        assert relay.step() and relay.step()
        [visit], [note] = ledger.hospital_visits("1001"), ledger.notes("1001")
        [value] = ledger.observations("1001")
        [document] = ledger.documents_from_hospital("h1", "1001")
        assert (visit.hospital_name, visit.department) == ("Первая городская больница", "терапия")
        assert (visit.reason, visit.doctor) == ("боль в груди", "Ершова И. Б.")
        assert (visit.started.isoformat(), str(visit.ended)) == ("2026-03-10", "2026-03-12")
        assert (note.text, note.author) == ("Жалоб нет.", "Щукин О. О.")
        assert (str(value.values[0]), value.unit, str(value.high)) == ("5.40", "mmol/L", "6.1")
        assert (document.type, document.title) == ("epicrisis", "Эпикриз")
        # corrected, then withdrawn: what is read is the newest, the chain keeps all
        change(system, "UPDATE his.results SET value = 5.6")
        change(system, "DELETE FROM his.entries")
        assert relay.step()
        change(system, "UPDATE his.documents SET signed = NULL")
        assert relay.step()
        assert [str(item.values[0]) for item in ledger.observations("1001")] == ["5.6"]
        assert ledger.notes("1001") == ()
        assert ledger.documents_from_hospital("h1", "1001") == ()
    stored = versions(home)
    assert stored["1001", "observations:1"] == ["5.40", "5.6"]
    assert stored["1001", "notes:1"] == ["Жалоб нет.", None]


def test_a_row_that_went_to_another_patient_is_withdrawn_from_the_first(
    ledger: LedgerClient, home: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    system = HospitalSystem(postgres, outbox=True)
    number = stay(system, 1, "перепутана карта")
    with relaying(home, system, tmp_path / "mirror.db") as relay:
        assert relay.step()
        change(system, "UPDATE his.stays SET patient = 2")
        assert relay.step()
        assert ledger.hospital_visits("1001") == ()
        assert [visit.reason for visit in ledger.hospital_visits("1002")] == ["перепутана карта"]
        change(system, "UPDATE his.stays SET patient = 1")
        assert relay.step()
        assert len(ledger.hospital_visits("1001")) == 1
        assert ledger.hospital_visits("1002") == ()
    first = versions(home)["1001", f"visits:{number}"]
    assert first == ["перепутана карта", None, "перепутана карта"]


def test_an_account_corrects_only_what_it_mirrored_itself(ledger: LedgerClient) -> None:
    written = datetime(2026, 3, 11, 8, tzinfo=UTC)
    own = NewNote("1001", "своя", "Ершова И. Б.", written, Origin("box:notes:1", 1))
    for foreign in ("hospital-relay:notes:1", "bo:notes:1", "box2:notes:1"):
        note = replace(own, origin=Origin(foreign, 2, withdrawn=True))
        with pytest.raises(LedgerRequestError):
            ledger.append_together([note])
        with pytest.raises(LedgerRequestError):
            ledger._append("/notes", note, None)
    ledger.append_together([own])
    assert [note.text for note in ledger.notes("1001")] == ["своя"]


def test_what_is_refused_goes_aside_and_is_sent_again_when_asked(
    ledger: LedgerClient,
    home: Path,
    postgres: PostgresServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    system = HospitalSystem(postgres, outbox=True)
    memory = tmp_path / "mirror.db"
    change(system, "INSERT INTO his.patients (card, name) VALUES (1777, 'Свиристелев')")
    change(system, "INSERT INTO his.tests VALUES ('glucose_mg', 'mg/dL', NULL, NULL)")
    stay(system, 4, "ещё не зарегистрирован")
    stay(system, 1, "известен")
    change(
        system,
        "INSERT INTO his.results (patient, test, value, taken) "
        "VALUES (1, 'glucose_mg', 97, now()), (1, 'glucose', 5.1, now())",
    )
    empty = stay(system, 1, "")
    with relaying(home, system, memory) as relay:
        assert relay.step()
        assert system.waiting() == 0
        assert [visit.reason for visit in ledger.hospital_visits("1001")] == ["известен"]
        assert len(ledger.observations("1001")) == 1

        assert refused.main([str(memory)]) == 0
        listed = capsys.readouterr().out.splitlines()
        assert len(listed) == 3
        assert "patient_not_found" in listed[0] or "patient.unknown" in listed[0]
        assert "observations 1" in listed[1] and "body.invalid" in listed[1]
        assert f"visits {empty}" in listed[2] and "reason" in listed[2]
        told = [field for line in listed for at, field in enumerate(line.split("\t")) if at != 2]
        assert not any("1777" in field or "97" in field for field in told)  # the third is the time

        # nothing is tried again by itself
        assert relay.step()
        assert len(versions(home)) == 2

        register(ledger, "1777")
        with system.owner() as owner:
            owner.execute(
                "CREATE OR REPLACE VIEW ledger_feed.observations AS SELECT result.id AS row_id, "
                "patient.card::text AS patient_id, 'glucose' AS code, "
                "ARRAY[CASE test.unit WHEN 'mg/dL' THEN round(result.value / 18, 1) "
                "ELSE result.value END] AS \"values\", 'mmol/L' AS unit, result.taken, "
                "'лаборатория' AS source, test.low, test.high FROM his.results AS result "
                "JOIN his.patients AS patient ON patient.id = result.patient "
                "JOIN his.tests AS test ON test.code = result.test"
            )
        assert refused.main([str(memory), "--resend", "1", "2"]) == 0
        assert relay.step()
        assert [visit.reason for visit in ledger.hospital_visits("1777")] == [
            "ещё не зарегистрирован"
        ]
        assert sorted(str(item.values[0]) for item in ledger.observations("1001")) == ["5.1", "5.4"]

        # a later version of a refused row goes by itself, and takes its place
        change(system, "UPDATE his.stays SET reason = 'причина названа' WHERE id = %s", empty)
        assert relay.step()
        capsys.readouterr()
        assert refused.main([str(memory)]) == 0
        assert capsys.readouterr().out == ""
        assert len(ledger.hospital_visits("1001")) == 2


def test_a_view_that_fails_stops_neither_the_hospital_nor_the_relay(
    ledger: LedgerClient, home: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    system = HospitalSystem(postgres, outbox=True)
    memory = tmp_path / "mirror.db"
    with relaying(home, system, memory) as relay:
        assert relay.step()
        with system.owner() as owner:
            owner.execute("ALTER TABLE his.departments ALTER COLUMN name DROP NOT NULL")
            owner.execute("ALTER VIEW ledger_feed.visits RENAME TO former")
        number = stay(system, 1, "пока вид переименован")
        change(
            system,
            "INSERT INTO his.entries (patient, author, body, written) "
            "VALUES (1, 2, 'Жалоб нет.', now())",
        )
        assert relay.step()
        assert len(ledger.notes("1001")) == 1
        with closing(Mirror(memory, "hospital-relay")) as mirror:
            [refusal] = mirror.refusals.all()
            assert (refusal.place, refusal.item) == ("visits", str(number))
            assert "42P01" in refusal.reason
            with system.owner() as owner:
                owner.execute("ALTER VIEW ledger_feed.former RENAME TO visits")
            mirror.refusals.resend(None)
        assert relay.step()
        assert [item.reason for item in ledger.hospital_visits("1001")] == ["пока вид переименован"]


def test_while_the_ledger_is_away_changes_wait(
    home: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    system = HospitalSystem(postgres, outbox=True)
    memory = tmp_path / "mirror.db"
    with served(home):
        stay(system, 1, "до")
    with relaying(home, system, memory) as relay:
        stay(system, 1, "без реестра")
        assert not relay.step()
        assert system.waiting() == 2
        change(system, "UPDATE his.stays SET reason = 'исправлено' WHERE reason = 'до'")
    with served(home) as ledger, relaying(home, system, memory) as relay:
        assert relay.step()
        assert {visit.reason for visit in ledger.hospital_visits("1001")} == {
            "исправлено",
            "без реестра",
        }
    assert sorted(versions(home).values()) == [["без реестра"], ["до", "исправлено"]]


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("ALTER VIEW ledger_feed.visits RENAME COLUMN ended TO eneded", "eneded"),
        ("ALTER VIEW ledger_feed.notes RENAME COLUMN author TO who", "missing are author"),
        ("REVOKE USAGE ON SCHEMA ledger_feed FROM {relay}", None),
        ("REVOKE SELECT ON ALL TABLES IN SCHEMA ledger_feed FROM {relay}", "No view"),
    ],
)
def test_views_that_are_not_as_agreed_are_named_at_the_start(
    postgres: PostgresServer, sql: str, fault: str | None
) -> None:
    system = HospitalSystem(postgres, outbox=False)
    with system.owner() as owner:
        relay = system.address.split("user=")[1].split()[0]
        owner.execute(sql.format(relay=relay).encode())
    with closing(HospitalViews(system.address)) as views:
        if fault is None:
            views.check()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                next(views.hashes("visits"))
        else:
            with pytest.raises(SetupError, match=fault):
                views.check()
