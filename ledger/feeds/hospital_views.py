"""A hospital's PostgreSQL as its relay sees it: views to read, and an outbox where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from ledger.errors import SetupError
from ledger.feeds.mirror import GONE, Row
from ledger.feeds.rows import ROW_ID, VIEWS, columns

_CONNECT_S: Final = 5
_SILENT_MS: Final = 30_000
_AT_ONCE: Final = 200
_BATCH: Final = 2000
_HASH: Final = "encode(sha256(convert_to({}::text, 'UTF8')), 'hex')"


@dataclass(frozen=True, slots=True)
class Entry:
    """A change in the outbox."""

    number: int
    row: Row
    fault: str | None
    """Why the view could not be read (SQLSTATE)."""


class HospitalViews:
    """The views in the schema ``ledger_feed`` of the database that ``address`` names (libpq).

    Every method raises psycopg.Error; after one the next call connects anew.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self.views: tuple[str, ...] = ()
        self._outbox = False

    def check(self) -> None:
        """Find the views and the outbox; raises SetupError for a view that is not as agreed."""
        found: dict[str, set[str]] = {}
        for table, column in self._connected().execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'ledger_feed'"
        ):
            found.setdefault(table, set()).add(column)
        self.views = tuple(view for view in VIEWS if view in found)
        self._outbox = "outbox" in found
        if not self.views:
            raise SetupError(
                "No view of the schema ledger_feed is readable. Make the views, and grant the "
                "relay's user USAGE on the schema and SELECT on them."
            )
        for view in self.views:
            needed, possible = columns(view)
            missing, unknown = needed - found[view], found[view] - needed - possible
            if missing or unknown:
                raise SetupError(
                    f"The view ledger_feed.{view} is not as agreed: missing are "
                    f"{', '.join(sorted(missing)) or 'none'}, unknown are "
                    f"{', '.join(sorted(unknown)) or 'none'}."
                )

    def entries(self) -> list[Entry]:
        """The oldest changes in the outbox, in the order they were made."""
        if not self._outbox:
            return []
        rows = self._connected().execute(
            f"SELECT id, view, row_id, coalesce({_HASH.format('body')}, %s), body::text, fault "
            "FROM ledger_feed.outbox ORDER BY id LIMIT %s",
            (GONE, _AT_ONCE),
        )
        return [Entry(row[0], Row(*row[1:5]), row[5]) for row in rows]

    def settle(self, entry: Entry) -> None:
        """Take a change out of the outbox."""
        self._connected().execute("DELETE FROM ledger_feed.outbox WHERE id = %s", (entry.number,))

    def hashes(self, view: str) -> Iterator[tuple[str, str]]:
        """Id and hash of each row that the view shows at this moment."""
        with self._connected().transaction(), self._connected().cursor(name="rows") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(
                f"SELECT {ROW_ID}::text, {_HASH.format('to_jsonb(v)')} "
                f"FROM ledger_feed.{view} AS v".encode()
            )
            yield from cursor

    def row(self, view: str, row_id: str) -> Row | None:
        """A row as it is now; None while the outbox holds a change of it, which goes first."""
        waiting = (
            "EXISTS (SELECT FROM ledger_feed.outbox WHERE view = %(view)s AND row_id = %(id)s)"
            if self._outbox
            else "false"
        )
        # one statement: a change is in the view and in the outbox, or in neither
        query = (
            f"SELECT {waiting}, body::text, coalesce({_HASH.format('body')}, %(gone)s) "
            f"FROM (SELECT (SELECT to_jsonb(v) FROM ledger_feed.{view} AS v "
            f"WHERE v.{ROW_ID} = %(key)s) AS body) AS found"
        )
        # the id twice: once as a text, once as of whatever type the view's column is
        given = {"view": view, "id": row_id, "key": row_id, "gone": GONE}
        found = self._connected().execute(query.encode(), given).fetchone()
        assert found is not None
        return None if found[0] else Row(view, row_id, found[2], found[1])

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._address,
                autocommit=True,
                connect_timeout=_CONNECT_S,
                tcp_user_timeout=_SILENT_MS,
                options="-c timezone=UTC",  # the same moment gives the same text, and hash
            )
        return self._connection
