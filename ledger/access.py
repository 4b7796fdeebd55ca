"""Who may read or append what of whom, and the record of who did."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from ledger.accounts import Caller
from ledger.errors import AccessDenied, PatientUnknown
from ledger.reads import ReadJournal
from ledger.store import Mark, Store
from ledger_client.messages import Access, BreakGlass, Consent, Grant
from ledger_client.wire import from_wire

Action = Literal["read", "append"]

CLINICAL: Final = ("doctor", "nurse", "organisation")
"""Roles that may read patients' records, given consent and a grant."""
_DOCTOR: Final = frozenset(
    {
        *("observation", "note", "visit", "document", "attachment", "consent", "grant"),
        *("charge", "heard"),
    }
)
_DEVICE: Final = frozenset({"observation", "attachment", "ecg", "alert"})
_APPENDS: Final[dict[str, frozenset[str]]] = {
    "doctor": _DOCTOR,
    "organisation": _DOCTOR | _DEVICE,
    "nurse": frozenset({"observation", "note", "heard"}),
    "device": _DEVICE,
}
"""The kinds of records that a role may append, given consent and a grant."""

_PROOF_FOLLOWS: Final = timedelta(seconds=5)
_MOST_READS: Final = 10_000


@dataclass(slots=True)
class Rights:
    """What one patient has allowed, and who broke the glass."""

    consent: bool = False
    grants: dict[str, Grant] = field(default_factory=dict)
    emergencies: list[BreakGlass] = field(default_factory=list)

    def take(self, record: object) -> None:
        """Apply one more of the patient's records."""
        match record:
            case Consent(given=given):
                self.consent = given
            case Grant(grantee=grantee):
                self.grants[grantee] = record
            case BreakGlass():
                self.emergencies.append(record)

    def basis(self, caller: Caller, action: Action, now: datetime) -> str | None:
        """By what right ``caller`` may do that; None when they may not."""
        if self.consent:
            for grantee in (caller.account.id, caller.account.organisation):
                grant = self.grants.get(grantee)
                if grant is not None and (grant.until is None or now < grant.until):
                    allowed = grant.read if action == "read" else grant.append
                    if allowed:
                        return "grant"
        for emergency in self.emergencies:
            same = (emergency.account, emergency.actor) == (caller.account.id, caller.actor)
            if same and emergency.since <= now < emergency.until:
                return f"break-glass {emergency.id}"
        return None


_KINDS: Final = {"consent": Consent, "grant": Grant, "breakGlass": BreakGlass}


class AccessControl:
    """Decides, and records each read before its answer is given. Threads may share it."""

    def __init__(
        self,
        store: Store,
        journal: ReadJournal,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._lock = threading.Lock()
        self._mark: Mark | None = None
        self._rights: dict[str, Rights] = {}
        self._reads: dict[tuple[str, str, str], datetime] = {}

    def read(self, caller: Caller, card: str, what: str) -> None:
        """Let ``caller`` read of a patient and record it; raises AccessDenied, PatientUnknown
        and PatientForgotten.
        """
        basis = self._basis(caller, card, "read") if caller.account.role in CLINICAL else None
        if basis is None:
            self._refuse(card)
        else:
            self._record(caller, card, what, basis)

    def prove(self, caller: Caller, card: str) -> None:
        """Let ``caller`` have a proof; it is a read of its own unless one has just gone before."""
        now = self._clock()
        read = self._reads.get((caller.account.id, caller.actor, card))
        if read is None or now - read > _PROOF_FOLLOWS or caller.account.role not in CLINICAL:
            self.read(caller, card, "chain/proof")

    def append(self, caller: Caller, card: str, kind: str) -> None:
        """Let ``caller`` append a record; raises AccessDenied, PatientUnknown
        and PatientForgotten.
        """
        allowed = kind in _APPENDS.get(caller.account.role, ())
        if not allowed or self._basis(caller, card, "append") is None:
            self._refuse(card)

    def register(self, caller: Caller, card: str) -> None:
        """Let ``caller`` store who a patient is; a known one only under the patient's grant."""
        known = self._store.has_chain(self._store.patient_chain(card))
        if known and self._basis(caller, card, "append") is None:
            self._refuse(card)

    def roster(self, caller: Caller, cards: list[str]) -> set[str]:
        """Those of ``cards`` whose names the caller may see; the look at the list is recorded."""
        if caller.account.role not in CLINICAL:
            raise AccessDenied("This role may not list patients.")
        rights, now = self._current(), self._clock()
        self._record(caller, "", "patients", "grant")
        nobody = Rights()
        return {
            card
            for card in cards
            if rights.get(self._store.patient_chain(card), nobody).basis(caller, "read", now)
        }

    def _basis(self, caller: Caller, card: str, action: Action) -> str | None:
        rights = self._current().get(self._store.patient_chain(card))
        return None if rights is None else rights.basis(caller, action, self._clock())

    def _refuse(self, card: str) -> None:
        chain = self._store.patient_chain(card)
        if not self._store.has_chain(chain):
            raise PatientUnknown("No patient has this card.")
        self._store.data_key(chain)  # raises PatientForgotten
        raise AccessDenied("No consent and grant of the patient, or not this role's to do.")

    def _record(self, caller: Caller, card: str, what: str, basis: str) -> None:
        now = self._clock()
        self._journal.add(card, Access(now, caller.account.id, caller.actor, what, basis))
        with self._lock:
            if len(self._reads) > _MOST_READS:
                self._reads.clear()
            self._reads[caller.account.id, caller.actor, card] = now

    def _current(self) -> dict[str, Rights]:
        with self._lock:
            self._mark, records, whole = self._store.kinds_since(tuple(_KINDS), self._mark)
            if whole:
                self._rights = {}
            for record in records:
                rights = self._rights.setdefault(record.header.chain, Rights())
                rights.take(from_wire(_KINDS[record.header.kind], record.payload))
            return self._rights
