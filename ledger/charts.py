"""Typed, verified reads: a patient's chain decoded into messages and kept in memory.

A chart is read from disk once and grows with the chain; it is read anew when keys were
destroyed. At most :data:`_KEPT` charts stay in memory. All of it is PHI.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from typing import Any, Final, TypeVar

from ledger.errors import DocumentUnknown, HospitalUnknown, RecordUnverified
from ledger.record import Record
from ledger.store import Mark, Store
from ledger_client.messages import (
    Accesses,
    Account,
    Alert,
    Allergy,
    Attachment,
    BreakGlass,
    Channel,
    Charge,
    Consent,
    Diagnosis,
    Document,
    EcgChunk,
    Erasure,
    Grant,
    Heard,
    Hospital,
    Medication,
    Note,
    Observation,
    Patient,
    Visit,
)
from ledger_client.sealed import Header
from ledger_client.wire import from_wire

_KEPT: Final = 256
KINDS: Final[dict[str, type]] = {
    "patient": Patient,
    "hospital": Hospital,
    "visit": Visit,
    "document": Document,
    "attachment": Attachment,
    "observation": Observation,
    "allergy": Allergy,
    "medication": Medication,
    "diagnosis": Diagnosis,
    "note": Note,
    "ecg": EcgChunk,
    "alert": Alert,
    "charge": Charge,
    "heard": Heard,
    "consent": Consent,
    "grant": Grant,
    "breakGlass": BreakGlass,
    "access": Accesses,
    "account": Account,
    "channel": Channel,
    "erasure": Erasure,
}
"""The kinds of records and the message that each one's payload holds."""

KIND_OF: Final = {message: kind for kind, message in KINDS.items()}

T = TypeVar("T")


class Chart:
    """One patient's records, in the order they were stored; each is decoded when asked for."""

    def __init__(self) -> None:
        self.mark: Mark | None = None
        self.headers: list[Header] = []
        self._lock = threading.Lock()
        self._sealed: defaultdict[str, list[Record]] = defaultdict(list)
        self._items: defaultdict[str, list[Any]] = defaultdict(list)

    def grown(self, mark: Mark, records: list[Record]) -> Chart:
        """This chart with more records; the old one stays as it is for those who read it."""
        chart = Chart()
        chart.mark = mark
        chart.headers = [*self.headers, *(record.header for record in records)]
        with self._lock:
            for kind, items in self._items.items():
                chart._items[kind] = list(items)
            for kind, sealed in self._sealed.items():
                chart._sealed[kind] = list(sealed)
        for record in records:
            chart._sealed[record.header.kind].append(record)
        return chart

    def all(self, kind: type[T]) -> tuple[T, ...]:
        """Every record of one kind; raises RecordUnverified."""
        name = KIND_OF[kind]
        with self._lock:
            sealed = self._sealed.pop(name, [])
            try:
                self._items[name] += [from_wire(kind, record.payload) for record in sealed]
            except RecordUnverified:
                self._sealed[name] = sealed
                raise
            return tuple(self._items[name])


class Charts:
    """Reads of one store. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._charts: OrderedDict[str, Chart] = OrderedDict()
        self._rosters: dict[type, tuple[Mark | None, dict[str, Any]]] = {}

    def patients(self) -> tuple[Patient, ...]:
        """The roster in alphabetical order."""
        return tuple(
            sorted(
                self.registry("patient", Patient).values(),
                key=lambda patient: (patient.last, patient.first, patient.middle, patient.card),
            )
        )

    def hospitals(self) -> tuple[Hospital, ...]:
        """The organisations in the order they were stored."""
        return tuple(self.registry("hospital", Hospital).values())

    def hospital(self, hospital_id: str) -> Hospital:
        """One organisation; raises HospitalUnknown."""
        try:
            return self.registry("hospital", Hospital)[hospital_id]
        except KeyError:
            raise HospitalUnknown("No hospital has this id.") from None

    def chart(self, card: str) -> Chart:
        """The patient's chart; raises PatientUnknown, RecordUnverified."""
        return self.chain(self._store.patient_chain(card))

    def document(self, document_id: str) -> Document:
        """One document of any patient; raises DocumentUnknown, RecordUnverified."""
        chain = self._store.chain_of(document_id, "document")
        documents = () if chain is None else self.chain(chain).all(Document)
        for document in documents:
            if document.header.id == document_id:
                return document
        raise DocumentUnknown("No document has this id.")

    def attachment(self, record_id: str) -> tuple[str, Attachment]:
        """Chain and message of one attachment; raises DocumentUnknown."""
        chain = self._store.chain_of(record_id, "attachment")
        for attachment in () if chain is None else self.chain(chain).all(Attachment):
            if chain is not None and attachment.id == record_id:
                return chain, attachment
        raise DocumentUnknown("No document has this id.")

    def chain(self, chain: str) -> Chart:
        """A chain by its pseudonym, e.g. that of who read a patient's records."""
        with self._lock:
            chart = self._charts.get(chain) or Chart()
            mark, records, whole = self._store.chain_since(chain, chart.mark)
            if whole:
                chart = Chart()
            if records:
                chart = chart.grown(mark, records)
            self._charts[chain] = chart
            self._charts.move_to_end(chain)
            if len(self._charts) > _KEPT:
                self._charts.popitem(last=False)
            return chart

    def registry(self, kind: str, message: type[T]) -> dict[str, T]:
        """The newest record of everyone or everything of a kind, by card or id.

        ``message`` is the class of its payloads. Raises RecordUnverified.
        """
        with self._lock:
            known, entries = self._rosters.get(message, (None, {}))
            mark, records, whole = self._store.kinds_since((kind,), known)
            if whole:
                entries = {}
            if records:
                decoded = [from_wire(message, record.payload) for record in records]
                entries = entries | {_identity(entry): entry for entry in decoded}
            self._rosters[message] = (mark, entries)
            return entries


def _identity(entry: Any) -> str:
    return str(entry.card if isinstance(entry, Patient) else entry.id)
