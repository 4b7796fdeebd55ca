"""The roster: names and places from the ledger, with the parser and actions built on them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from assistant.audit import Audit
from assistant.dialogue.actions import Actions
from assistant.dialogue.plans import Plan, Say
from assistant.tuning.active import Loaded, load_active
from assistant.tuning.history import SHIPPED
from assistant.tuning.versions import VersionStore
from ledger_client import LedgerClient
from ledger_client.errors import LedgerError
from ledger_client.messages import Hospital, Patient
from nlu.combined import CombinedParser
from nlu.gazetteer import Gazetteer
from nlu.messages import Parser, PatientMention, Person, Place
from nlu.model import Model
from nlu.parser import InProcessParser
from nlu.rasa_client import RasaClient

_RETRY_S: Final = 5.0
"""How long a ledger that failed is left alone before the next try."""
_REFRESH_S: Final = 600.0
"""How old the names may get before they are read again."""
_WATCH_S: Final = 2.0
"""How often a watched roster looks whether something is new."""
_log = logging.getLogger(__name__)


class Names:
    """Who and what the names mean: :class:`assistant.dialogue.whom.Roster` over one roster."""

    def __init__(self, patients: Iterable[Patient], gazetteer: Gazetteer) -> None:
        patients = list(patients)
        self._births = {patient.card: patient.birth_date for patient in patients}
        self._sexes = {patient.card: patient.sex for patient in patients}
        self._gazetteer = gazetteer

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        """Whom a spoken name may mean."""
        return self._gazetteer.match_patients(text, among)

    def alike(self, cards: Collection[str]) -> tuple[str, ...]:
        """Everybody of whom is true what all of ``cards`` have in common of name and year."""
        return self._gazetteer.alike(cards)

    def hospitals_called(self, text: str, among: Collection[str]) -> tuple[str, ...]:
        """Which hospitals of ``among`` a part of the name may mean that is all that was said."""
        return self._gazetteer.hospitals_called(text, among)

    def has_card(self, card: str) -> bool:
        """Whether a card number is on the roster."""
        return card in self._births

    def has_name(self, word: str) -> bool:
        """Whether a folded word is a form of some part of some patient's name."""
        return self._gazetteer.has_name_form(word)

    def sex(self, card: str) -> str:
        """``m`` or ``f``."""
        return self._sexes[card]

    def born(self, card: str) -> date:
        """The day of birth."""
        return self._births[card]

    def age(self, card: str) -> int:
        """Whole years today."""
        born, today = self._births[card], self.today()
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    def today(self) -> date:
        """The day to count from."""
        return date.today()

    def born_on(self, day: date) -> tuple[str, ...]:
        """Cards of the patients born on that day."""
        return tuple(card for card, born in self._births.items() if born == day)

    def born_in(self, year: int) -> tuple[str, ...]:
        """Cards of the patients born in that year."""
        return tuple(card for card, born in self._births.items() if born.year == year)


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
    """Keeps a snapshot fresh. Without a ledger the parser still knows «стоп» and «помощь».

    Only the first snapshot is waited for. Newer names and a newly promoted model are made
    ready in the background while :meth:`watched`, and then take the place of the old ones.
    """

    def __init__(
        self,
        ledger: LedgerClient,
        versions: VersionStore | None = None,
        rasa: RasaClient | None = None,
        audit: Audit | None = None,
    ) -> None:
        self._ledger = ledger
        self._versions = versions
        self._rasa = rasa
        self._audit = audit
        self._lock = threading.Lock()
        self._loaded: Loaded | None = None
        self._gazetteer = Gazetteer((), ())
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """Names and parser as they stand."""
        return self._snapshot or self.refresh()

    def refresh(self) -> Snapshot:
        """Read the names again if they are old, or if the ledger failed a while ago; train
        again if another version came into use."""
        with self._lock:
            kept, now = self._snapshot, time.monotonic()
            limit = _RETRY_S if kept is not None and kept.failure is not None else _REFRESH_S
            if self._loaded is None or (
                self._versions is not None and self._versions.stamp() != self._loaded.stamp
            ):
                self._loaded = self._load()
                if kept is not None:
                    kept = replace(kept, parser=self._parser(self._loaded))
            if kept is None or now - kept.taken > limit:
                kept = self._read(self._loaded, now)
            self._snapshot = kept
            return kept

    @contextmanager
    def watched(self, every_s: float = _WATCH_S) -> Iterator[None]:
        """Refresh in the background; the thread ends with the block."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(every_s):
                try:
                    self.refresh()
                except Exception as error:  # the old names and model stay in use until the next try
                    _log.error("Names and model were not refreshed: %s", type(error).__name__)

        thread = threading.Thread(target=watch, name="roster", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _parser(self, loaded: Loaded) -> Parser:
        own = InProcessParser(loaded.model, self._gazetteer, date.today)
        return own if self._rasa is None else CombinedParser(own, self._rasa)

    def _read(self, loaded: Loaded, now: float) -> Snapshot:
        patients: list[Patient] = []
        hospitals: list[Hospital] = []
        failure = None
        try:
            patients, hospitals = list(self._ledger.patients()), list(self._ledger.hospitals())
        except LedgerError as error:
            failure = error
        self._gazetteer = Gazetteer(
            [Person(p.card, p.last, p.first, p.middle, p.sex, p.birth_date.year) for p in patients],
            [Place(h.id, h.name, h.aliases) for h in hospitals],
        )
        by_card = {patient.card: patient for patient in patients}
        by_id = {hospital.id: hospital for hospital in hospitals}
        return Snapshot(
            parser=self._parser(loaded),
            names=Names(patients, self._gazetteer),
            actions=Actions(self._ledger, by_card, by_id),
            failure=failure,
            taken=now,
            patients=by_card,
            hospitals=by_id,
        )

    def _load(self) -> Loaded:
        if self._versions is None:
            return Loaded(Model.load(), SHIPPED, 0, None)
        if self._audit is not None:
            self._versions.account(self._audit)
        return load_active(self._versions)
