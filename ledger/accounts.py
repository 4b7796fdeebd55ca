"""Accounts, and who it is that sends a request."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.charts import Charts
from ledger.errors import RequestStale, Unauthorized
from ledger.record import Evidence
from ledger.store import Draft, Store
from ledger.writing import REGISTRY
from ledger_client.algorithms import PublicKey
from ledger_client.messages import Account
from ledger_client.signing import statement
from ledger_client.wire import to_wire

SKEW: Final = timedelta(seconds=60)
"""How far the clocks of an account and the ledger may differ."""
_NAME: Final = re.compile(r"[\w.@ -]{1,64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it came in, before it is believed."""

    account: str
    actor: str
    method: str
    target: tuple[str, str]
    content: list[str]
    key: str
    time: str
    nonce: str
    signature: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, proved by a signature. ``actor`` is the person behind an account."""

    account: Account
    actor: str
    statement: bytes
    signature: bytes

    def evidence(self, given: bytes) -> Evidence:
        """The proof that this caller sent a record."""
        return Evidence(self.account.key, self.statement, self.signature, given)


class Accounts:
    """The accounts of one ledger, and the nonces they have used. Threads may share it."""

    def __init__(
        self,
        store: Store,
        charts: Charts,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._charts = charts
        self._clock = clock
        self._lock = threading.Lock()
        self._started = clock()
        self._nonces: dict[tuple[str, str], datetime] = {}

    def all(self) -> dict[str, Account]:
        """Every account by its id."""
        return self._charts.registry("account", Account)

    def draft(self, account: Account, author: str, evidence: Evidence | None = None) -> Draft:
        """The record of a new account, or of a known one's new state."""
        return Draft(
            self._store.registry_chain("accounts"),
            "account",
            self._store.record_id(None),
            author,
            to_wire(account),
            REGISTRY,
            evidence,
        )

    def ensure(self, account: Account) -> None:
        """Register an account of the ledger's own machine unless it stands as it should."""
        if self.all().get(account.id) != account:
            self._store.append([self.draft(account, "node")])

    def caller(self, signed: Signed) -> Caller:
        """Who signed a request; raises Unauthorized, RequestStale."""
        account = self.all().get(signed.account)
        if account is None or account.status != "active":
            raise Unauthorized("The request is not signed by an active account.")
        if not _NAME.fullmatch(signed.actor):
            raise Unauthorized("The request names no person that could be recorded.")
        if signed.actor != account.id and account.role != "organisation":
            raise Unauthorized("Only an organisation's account may act for a person.")
        said = statement(
            signed.account,
            signed.actor,
            signed.method,
            signed.target,
            signed.content,
            signed.key,
            signed.time,
            signed.nonce,
        )
        try:
            signature = bytes.fromhex(signed.signature)
            time = datetime.fromisoformat(signed.time)
            valid = PublicKey.parse(account.key).signed("request", said, signature)
        except ValueError:
            valid = False
        if not valid or time.tzinfo is None:
            raise Unauthorized("The request's signature does not hold.")
        self._once(signed, time)
        return Caller(account, signed.actor, said, signature)

    def _once(self, signed: Signed, time: datetime) -> None:
        now = self._clock()
        # what was signed before this process started may have been used in the one before
        if abs(now - time) > SKEW or time < self._started - timedelta(seconds=1):
            raise RequestStale("The request was signed at another time: check both clocks.")
        used = (signed.account, signed.nonce)
        with self._lock:
            if len(self._nonces) > 10_000:
                limit = now - 2 * SKEW
                self._nonces = {k: t for k, t in self._nonces.items() if t > limit}
            if used in self._nonces:
                raise RequestStale("The request was sent before.")
            self._nonces[used] = now
