"""What the relays have in common: appending to the ledger, and telling "no" from "not now"."""

from __future__ import annotations

from collections.abc import Iterable

from ledger_client import LedgerClient
from ledger_client.client import Record
from ledger_client.errors import AccessDenied, LedgerError, LedgerRequestError, NotFound


class Refused(Exception):
    """The ledger will not take it as it is; ``reason`` holds no patient's data."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def append(ledger: LedgerClient, records: Iterable[Record], key: str) -> None:
    """Store ``records`` together, once for a ``key``.

    Raises Refused; LedgerError when the same is to be tried again later.
    """
    try:
        ledger.append_together(records, key)
    except (LedgerRequestError, NotFound, AccessDenied) as error:
        raise _refused(error) from None


def _refused(error: LedgerError) -> Refused:
    return Refused(error.code, str(error))
