"""What the endpoints share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from ledger.access import AccessControl
from ledger.accounts import Accounts
from ledger.charts import Charts
from ledger.feeds.alerts import Alerts
from ledger.intake import Intake
from ledger.operations import Call, Query
from ledger.proofs import Proofs
from ledger.reads import ReadJournal
from ledger.store import Draft, Store
from ledger_client.messages import Page

PATIENT: Final = Query("patientId", "Number of the patient's card.", "[0-9]{1,16}", required=True)
KNOWN_SIZE: Final = Query(
    "knownSize",
    "Size of the channel's log that the client trusts; the answer proves that it only grew.",
    kind="number",
    default=0,
)
RECORD: Final = Query("recordId", "Id of a record.", "[0-9a-f]{32}", required=True)
LIMIT: Final = Query("limit", "Most that are wanted.", kind="number", least=1, most=1000)
T = TypeVar("T")


class Endpoints:
    """What the endpoints work with. Each takes a proved and parsed call and gives a message."""

    def __init__(
        self, store: Store, charts: Charts, accounts: Accounts, journal: ReadJournal
    ) -> None:
        self.store = store
        self.intake = Intake(store, charts)
        self._alerts = Alerts(store)
        self.proofs = Proofs(store, charts)
        self._charts = charts
        self._accounts = accounts
        self._journal = journal
        self._access = AccessControl(store, journal)

    def _readable(self, call: Call, what: str) -> str:
        card = str(call.values["patientId"])
        self._access.read(call.caller, card, what)
        return card


def own_key(call: Call) -> str | None:
    """The idempotency key, one account's apart from another's."""
    return f"{call.caller.account.id}:{call.key}" if call.key else None


def authored(call: Call, draft: Draft, given: bytes) -> Draft:
    """The draft as the caller's own, with what they signed."""
    return replace(draft, author=call.caller.account.id, evidence=call.caller.evidence(given))


def page_of_all(items: Sequence[T]) -> Page[T]:
    """All of a list as one page."""
    return Page(tuple(items), len(items), 0)


def newest_first(items: list[T], day: Callable[[T], Any]) -> Page[T]:
    """All of a list as one page, by ``day`` from the newest on."""
    return page_of_all(sorted(items, key=day, reverse=True))
