"""The record of every read: journalled before the answer, chained in batches.

Each read is one sealed line in a journal file, written before the answer goes out: a killed
service loses none (a power cut may lose those of the last second). About once a second the
lines become records, one for each patient who was read, on a chain of the patient's own, and
the file goes. What a crash left behind is chained at the next start, once.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from base64 import b64decode, b64encode
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.charts import Charts
from ledger.errors import (
    LedgerFull,
    PatientForgotten,
    PatientUnknown,
    RecordUnverified,
    ServiceError,
)
from ledger.store import Draft, Store
from ledger.writing import DEFAULT_CHANNEL
from ledger_client.messages import Access, Accesses
from ledger_client.wire import from_wire, to_wire

PAUSE_S: Final = 1.0
_CONTEXT: Final = "read journal"
_SUFFIX: Final = ".reads"
_log = logging.getLogger(__name__)


def access_chain(store: Store, card: str) -> str:
    """The chain of who read a patient's records; card "" is the list of patients, and an
    address stands for a contract.
    """
    return store.keys.pseudonym("access", card)


class ReadJournal:
    """Takes reads and chains them in batches. Threads may share it; one process at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._batch = _Batch(store.home / f"{secrets.token_hex(8)}{_SUFFIX}")
        self._waiting: list[_Batch] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_flushing, name="reads", daemon=True)
        for left in sorted(store.home.glob(f"*{_SUFFIX}")):
            self._waiting.append(_Batch(left, self._recovered(left)))
        self.flush()
        self._thread.start()

    def add(self, card: str, entry: Access) -> None:
        """Note a read; it outlives the process when this returns. Raises LedgerFull."""
        plain = card.encode() + b"\n" + to_wire(entry)
        line = b64encode(self._store.keys.journal.seal(plain, _CONTEXT)) + b"\n"
        with self._lock:
            try:
                self._batch.write(line)
            except OSError as error:
                _log.error("read journal: errno %s", error.errno)
                raise LedgerFull("The read can't be recorded, so it is not answered.") from None
            self._batch.entries.append((card, entry))

    def flush(self) -> None:
        """Chain all that was read so far; what can't be stored now is kept for later."""
        with self._flushing:
            with self._lock:
                if self._batch.entries:
                    self._waiting.append(self._batch)
                    self._batch = _Batch(self._store.home / f"{secrets.token_hex(8)}{_SUFFIX}")
            while self._waiting:
                batch = self._waiting[0]
                try:
                    self._chain(batch)
                except ServiceError as error:
                    _log.error("reads not chained: %s: %s", error.code, error.detail)
                    return
                batch.remove()
                del self._waiting[0]

    def recorded(self, charts: Charts, name: str) -> list[Access]:
        """Who read what of a patient, by card, or of a contract, by address; newest first."""
        self.flush()
        chain = access_chain(self._store, name)
        if not self._store.has_chain(chain):
            return []
        entries = [entry for batch in charts.chain(chain).all(Accesses) for entry in batch.entries]
        return sorted(entries, key=lambda entry: entry.time, reverse=True)

    def close(self) -> None:
        """Chain what is left and stop."""
        self._closing.set()
        self._thread.join()
        self.flush()
        self._batch.remove()

    def _keep_flushing(self) -> None:
        while not self._closing.wait(PAUSE_S):
            self.flush()

    def _chain(self, batch: _Batch) -> None:
        by_card: defaultdict[str, list[Access]] = defaultdict(list)
        for card, entry in batch.entries:
            by_card[card].append(entry)
        for card, entries in by_card.items():
            # the file's name makes the id: a batch that is chained again is stored once
            identity = self._store.record_id(f"reads:{batch.path.name}:{card}")
            payload = to_wire(Accesses(tuple(entries)))
            chain, channel = access_chain(self._store, card), DEFAULT_CHANNEL
            try:
                with suppress(PatientUnknown):  # the list of patients is nobody's
                    channel = self._store.channel(self._store.patient_chain(card))
                self._store.append([Draft(chain, "access", identity, "node", payload, channel)])
            except PatientForgotten:
                continue  # read while being forgotten: nothing about them is kept

    def _recovered(self, path: Path) -> list[tuple[str, Access]]:
        found = []
        for line in path.read_bytes().splitlines():
            try:
                plain = self._store.keys.journal.open(b64decode(line), _CONTEXT)
                card, _, entry = plain.partition(b"\n")
                found.append((card.decode(), from_wire(Access, entry)))
            except (RecordUnverified, ValueError):
                _log.error("a garbled line in the read journal was left out")
        return found


class _Batch:
    """Reads and the file that holds them until they are chained."""

    def __init__(self, path: Path, entries: list[tuple[str, Access]] | None = None) -> None:
        self.path = path
        self.entries = entries or []
        self._handle: int | None = None

    def write(self, line: bytes) -> None:
        if self._handle is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._handle = os.open(self.path, flags, 0o600)
        if os.write(self._handle, line) != len(line):
            raise OSError(28, "short write")

    def remove(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self.path.unlink(missing_ok=True)
