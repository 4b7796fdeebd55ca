"""The relay of a hospital's database: each change of a row into the ledger, once and in order.

    python -m ledger.feeds.hospital --ledger URL --token-file FILE --database-file FILE \\
        --memory FILE [--every SECONDS]

It reads the views that the hospital gives (see docs/feeds.md). Where there is an outbox, which
a trigger fills, changes come from it at once; with or without one all views are read through
every so often, and what differs from the ledger is sent. It may be killed at any moment.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg

from ledger.errors import SetupError
from ledger.feeds.hospital_views import HospitalViews
from ledger.feeds.mirror import GONE, Mirror, Row
from ledger.feeds.sending import Refused, append
from ledger_client import LedgerClient
from ledger_client.errors import LedgerError
from ledger_client.signing import Credential

_PAUSE_S: Final = 0.25
_EVERY_S: Final = 300.0
_FEW: Final = 50
_log = logging.getLogger(__name__)


class Relay:
    """Moves rows. Call :meth:`step` again and again, from one thread.

    ``every`` is how often the views are read through, in seconds; ``clock`` gives seconds
    since 1970.
    """

    def __init__(
        self,
        ledger: LedgerClient,
        views: HospitalViews,
        mirror: Mirror,
        every: float = _EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._views = views
        self._mirror = mirror
        self._every = every
        self._clock = clock

    def step(self) -> bool:
        """Send what there is; whether nothing stood in the way."""
        try:
            self._finish()
            self._drain()
            self._resend()
            now = self._clock()
            if not 0 <= now - self._mirror.looked() < self._every:
                self._look()
                self._mirror.note_look(now)
        except LedgerError as error:
            _log.warning("the ledger did not take a row: %s", error.code)
            return False
        except psycopg.Error as error:
            # its text may quote values
            _log.warning("the hospital's database: %s", error.sqlstate or type(error).__name__)
            self._views.close()
            return False
        return True

    def _drain(self) -> None:
        """Send the outbox; an entry goes when the ledger has it, or has refused it."""
        while entries := self._views.entries():
            for entry in entries:
                if entry.fault is None:
                    self._deliver(entry.row)
                else:
                    self._unreadable(entry.row.view, entry.row.id, entry.fault)
                self._views.settle(entry)

    def _resend(self) -> None:
        for refusal in self._mirror.refusals.wanted():
            self._mirror.forgive(refusal.place, refusal.item)
            self._fetch(refusal.place, refusal.item, told=True)

    def _look(self) -> None:
        """Send every row that is not as the ledger has it."""
        for view in self._views.views:
            known = self._mirror.hashes(view)
            differ = [
                row_id
                for row_id, found in self._views.hashes(view)
                if known.pop(row_id, GONE) != found
            ]
            differ += [row_id for row_id, former in known.items() if former != GONE]
            for number, row_id in enumerate(differ):
                self._fetch(view, row_id)
                if number % _FEW == 0:
                    self._drain()

    def _fetch(self, view: str, row_id: str, told: bool = False) -> None:
        try:
            row = self._views.row(view, row_id)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            self._unreadable(view, row_id, error.sqlstate or type(error).__name__)
            return
        if row is None:
            return
        if told and not self._mirror.news(row):
            self._mirror.refusals.drop(view, row_id)
        self._deliver(row)

    def _unreadable(self, view: str, row_id: str, fault: str) -> None:
        _log.error("a row of the view %s can't be read: %s", view, fault)
        reason = f"The view can't give this row (SQLSTATE {fault}). Correct the view."
        self._mirror.refuse(Row(view, row_id, fault, None), reason)

    def _deliver(self, row: Row) -> None:
        if self._mirror.news(row):
            self._mirror.begin(row)
            self._finish()

    def _finish(self) -> None:
        """Send what is fixed on disk to be sent."""
        begun = self._mirror.begun()
        if begun is None:
            return
        row, revision = begun
        try:
            sending = self._mirror.sending(row, revision)
            if sending.records:
                append(self._ledger, sending.records, sending.key)
        except Refused as refused:
            _log.error("a row of the view %s is refused: %s", row.view, refused.code)
            self._mirror.refuse(row, refused.reason)
        else:
            self._mirror.stored(row, revision)


def main() -> int:
    """Relay until a signal stops it."""
    parser = argparse.ArgumentParser(prog="hospital", description=__doc__.partition("\n")[0])
    parser.add_argument("--ledger", required=True, metavar="URL")
    parser.add_argument("--token-file", type=Path, required=True, help="credential of the ledger")
    parser.add_argument(
        "--database-file",
        type=Path,
        required=True,
        help="file with the address of the hospital's database in libpq's form",
    )
    parser.add_argument("--memory", type=Path, required=True, help="the relay's database")
    parser.add_argument(
        "--every",
        type=float,
        default=_EVERY_S,
        metavar="SECONDS",
        help="how often the views are read through (%(default)g)",
    )
    given = parser.parse_args()
    token = given.token_file.read_text("ascii").strip()
    views = HospitalViews(given.database_file.read_text("utf-8").strip())
    try:
        views.check()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except psycopg.Error as error:
        print(f"The hospital's database can't be used ({type(error).__name__}).", file=sys.stderr)
        return 2
    mirror = Mirror(given.memory, Credential.parse(token).account)
    with LedgerClient(given.ledger, token) as ledger:
        relay = Relay(ledger, views, mirror, given.every)
        print("Relay ready", flush=True)
        while True:
            relay.step()
            time.sleep(_PAUSE_S)


if __name__ == "__main__":
    sys.exit(main())
