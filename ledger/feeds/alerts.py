"""Alerts that wait for the doctor in charge."""

from __future__ import annotations

import threading
from typing import Final

from ledger.store import Mark, Store
from ledger_client.messages import Alert, Charge, Heard
from ledger_client.wire import from_wire

_KINDS: Final[dict[str, type]] = {"alert": Alert, "charge": Charge, "heard": Heard}


class Alerts:
    """The alerts of one ledger, kept up with its chains. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._mark: Mark | None = None
        self._forget()

    def waiting(self, doctor: str) -> tuple[Alert, ...]:
        """What ``doctor`` has not heard of the patients they are in charge of, oldest first.

        An alert is the present doctor's, whoever was in charge when it was raised, and only
        the doctor in charge can have heard it.
        """
        with self._lock:
            self._catch_up()
            return tuple(
                alert for chain, alert in self._open.values() if self._charges.get(chain) == doctor
            )

    def _catch_up(self) -> None:
        self._mark, records, whole = self._store.kinds_since(tuple(_KINDS), self._mark)
        if whole:
            self._forget()
        for record in records:
            message: Alert | Charge | Heard = from_wire(_KINDS[record.header.kind], record.payload)
            if isinstance(message, Alert):
                self._open[message.id] = (record.header.chain, message)
            elif isinstance(message, Charge):
                self._charges[record.header.chain] = message.doctor
            elif message.doctor == self._charges.get(record.header.chain):
                self._open.pop(message.alert, None)

    def _forget(self) -> None:
        self._open: dict[str, tuple[str, Alert]] = {}
        self._charges: dict[str, str] = {}
