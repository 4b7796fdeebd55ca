"""A hospital's PostgreSQL with its tables and views, and the ledger that mirrors it."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from postgres_server import PostgresServer
from relay_child import ready

from ledger import demo
from ledger.charts import Charts
from ledger.intake import Intake
from ledger.server import credential, running
from ledger.store import Store
from ledger_client import LedgerClient
from ledger_client.appends import NewAccount, NewPatient
from ledger_client.messages import Document, Hospital, Note, Observation, Visit
from ledger_client.signing import Credential

CARDS = ("1001", "1002", "1003")
HERE = Path(__file__).parent
DEPLOY = HERE.parents[1] / "deploy" / "hospital"


class HospitalSystem:
    """A database of its own. ``app`` is the hospital's own user, ``relay`` the relay's."""

    def __init__(self, server: PostgresServer, outbox: bool) -> None:
        self.server = server
        self._name = f"his_{uuid4().hex}"
        with self._connected("postgres", "ledger") as connection:
            connection.execute(f"CREATE DATABASE {self._name}".encode())
            for user in ("app", "relay"):
                connection.execute(f"CREATE ROLE {self._name}_{user} LOGIN".encode())
        with self.owner() as connection:
            for script in (
                HERE / "hospital.sql",
                DEPLOY / "views.sql",
                *((DEPLOY / "outbox.sql", HERE / "hospital_triggers.sql") if outbox else ()),
            ):
                connection.execute(script.read_bytes())
            app, relay = f"{self._name}_app", f"{self._name}_relay"
            grants = [
                f"GRANT USAGE ON SCHEMA his TO {app}",
                f"GRANT ALL ON ALL TABLES IN SCHEMA his TO {app}",
                f"GRANT USAGE ON SCHEMA ledger_feed TO {relay}",
                f"GRANT SELECT ON ALL TABLES IN SCHEMA ledger_feed TO {relay}",
            ]
            if outbox:
                grants.append(f"GRANT DELETE ON ledger_feed.outbox TO {relay}")
            for grant in grants:
                connection.execute(grant.encode())

    @property
    def address(self) -> str:
        """What the relay is given."""
        return self._address(self._name, f"{self._name}_relay")

    def owner(self) -> psycopg.Connection[Any]:
        """Someone who may change tables and views."""
        return self._connected(self._name, "ledger")

    def app(self) -> psycopg.Connection[Any]:
        """The hospital's own application."""
        return self._connected(self._name, f"{self._name}_app")

    def waiting(self) -> int:
        """Changes in the outbox."""
        with self.owner() as connection:
            found = connection.execute("SELECT count(*) FROM ledger_feed.outbox").fetchone()
        return int(found[0]) if found else 0

    def _connected(self, database: str, user: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self._address(database, user), autocommit=True, connect_timeout=10)

    def _address(self, database: str, user: str) -> str:
        return f"host=127.0.0.1 port={self.server.port} user={user} dbname={database}"


def prepare(home: Path) -> None:
    """A ledger with the hospital ``h1``."""
    with closing(Store(home)) as store:
        hospital = Hospital("h1", "Первая городская больница", ("первая городская",))
        store.append([Intake(store, Charts(store)).hospital(hospital, "test", "h1")])


@contextmanager
def served(home: Path) -> Iterator[LedgerClient]:
    """The ledger's service with three patients and the relay's account."""
    with running(home) as (url, token), LedgerClient(url, token) as client:
        if not (home / "relay-token").exists():
            relay = Credential.new("hospital-relay")
            account = NewAccount(
                relay.account, "relay", "organisation", demo.ORGANISATION, str(relay.signer.public)
            )
            admin = LedgerClient(url, credential(home, "admin").text())
            with admin:
                admin._transport.post(
                    "/accounts", admin._checked_body(account), {"Idempotency-Key": "relay"}
                )
            (home / "relay-token").write_text(relay.text())
            for card in CARDS:
                register(client, card)
        (home / "url").write_text(url)
        yield client


def register(client: LedgerClient, card: str) -> None:
    """A patient who lets the clinic read and append."""
    client.register(
        NewPatient(card, "Зимородкова", "Анфиса", "Елисеевна", "f", date(1960, 2, 29), "1")
    )


def relay_process(
    home: Path, system: HospitalSystem, memory: Path, every: float
) -> AbstractContextManager[subprocess.Popen[str]]:
    """The relay as it is run, ready."""
    (home / "hospital").write_text(system.address)
    return ready(
        "ledger.feeds.hospital",
        *("--ledger", (home / "url").read_text()),
        *("--token-file", str(home / "relay-token"), "--memory", str(memory)),
        *("--database-file", str(home / "hospital"), "--every", str(every)),
    )


def versions(home: Path) -> dict[tuple[str, str], list[str | None]]:
    """By card and row, what the ledger has of it in the chain's order; None is withdrawn.

    A row is told by its view and id, a version by the one text or number that changes.
    """
    found: defaultdict[tuple[str, str], list[str | None]] = defaultdict(list)
    with closing(Store(home)) as store:
        charts = Charts(store)
        for card in CARDS:
            chart = charts.chart(card)
            revisions: dict[str, int] = {}
            for kind in (Visit, Document, Note, Observation):
                for record in chart.all(kind):
                    mirrored = record.header if isinstance(record, Document) else record
                    origin = mirrored.origin
                    assert origin is not None
                    assert origin.revision > revisions.get(origin.source, 0)
                    revisions[origin.source] = origin.revision
                    row = origin.source.removeprefix("hospital-relay:")
                    found[card, row].append(None if origin.withdrawn else _told_by(record))
    return dict(found)


def _told_by(record: Visit | Document | Note | Observation) -> str:
    match record:
        case Visit():
            return record.reason
        case Document():
            return record.conclusion
        case Note():
            return record.text
        case Observation():
            return str(record.values[0])
