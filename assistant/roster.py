"""The roster: names and places from the ledger, with the parser and actions built on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from assistant.dialogue.actions import Actions
from assistant.dialogue.plans import Plan, Say
from ledger_client import LedgerClient
from ledger_client.errors import LedgerError
from ledger_client.messages import Hospital, Patient
from nlu.gazetteer import Gazetteer
from nlu.messages import Parser, PatientMention, Person, Place
from nlu.parser import InProcessParser

_RETRY_S: Final = 5.0
"""How long a ledger that failed is left alone before the next try."""
_REFRESH_S: Final = 600.0
"""How old the names may get before they are read again."""


class Names:
    """Who and what the names mean: :class:`assistant.dialogue.policy.Roster` over one roster."""

    def __init__(self, patients: Iterable[Patient], gazetteer: Gazetteer) -> None:
        self._births = {patient.card: patient.birth_date for patient in patients}
        self._gazetteer = gazetteer

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        """Whom a spoken name may mean."""
        return self._gazetteer.match_patients(text, among)

    def has_card(self, card: str) -> bool:
        """Whether a card number is on the roster."""
        return card in self._births

    def born_on(self, day: date) -> tuple[str, ...]:
        """Cards of the patients born on that day."""
        return tuple(card for card, born in self._births.items() if born == day)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Names as of one moment, and what works with them."""

    parser: Parser
    names: Names
    actions: Actions
    failure: LedgerError | None
    """Why there are no names; None when they were read."""
    taken: float
    patients: Mapping[str, Patient]
    hospitals: Mapping[str, Hospital]

    def patient(self, card: str) -> Patient | None:
        """The patient with this card."""
        return self.patients.get(card)

    def hospital_name(self, id_: str) -> str:
        """The name of a hospital; empty for one that is not on the roster."""
        hospital = self.hospitals.get(id_)
        return hospital.name if hospital else ""

    def require_ledger(self, plan: Plan) -> None:
        """Raise the ledger's failure unless ``plan`` needs no ledger."""
        if self.failure is not None and not isinstance(plan, Say):
            raise self.failure


class Roster:
    """Keeps a snapshot fresh. Without a ledger the parser still knows «стоп» and «помощь»."""

    def __init__(self, ledger: LedgerClient) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The names, read again when they are old or the ledger failed a while ago."""
        with self._lock:
            kept, now = self._snapshot, time.monotonic()
            limit = _RETRY_S if kept is not None and kept.failure is not None else _REFRESH_S
            if kept is None or now - kept.taken > limit:
                kept = self._snapshot = self._read(now)
            return kept

    def _read(self, now: float) -> Snapshot:
        patients: list[Patient] = []
        hospitals: list[Hospital] = []
        failure = None
        try:
            patients, hospitals = list(self._ledger.patients()), list(self._ledger.hospitals())
        except LedgerError as error:
            failure = error
        gazetteer = Gazetteer(
            [Person(p.card, p.last, p.first, p.middle, p.sex, p.birth_date.year) for p in patients],
            [Place(h.id, h.name, h.aliases) for h in hospitals],
        )
        by_card = {patient.card: patient for patient in patients}
        by_id = {hospital.id: hospital for hospital in hospitals}
        return Snapshot(
            parser=InProcessParser.load(gazetteer),
            names=Names(patients, gazetteer),
            actions=Actions(self._ledger, by_card, by_id),
            failure=failure,
            taken=now,
            patients=by_card,
            hospitals=by_id,
        )
