"""What the ledger refused, set aside by a relay: listed, and sent again when the fault is gone.

    python -m ledger.feeds.refused FILE [--resend NUMBER... | --resend all]

``FILE`` is the database of a relay, of devices or of a hospital, which may run meanwhile.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS refused (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    place TEXT NOT NULL,
    item TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TEXT NOT NULL,
    again INTEGER NOT NULL DEFAULT 0,
    UNIQUE (place, item)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reading or row that the ledger refused."""

    number: int
    place: str
    """The device, or the view."""
    item: str
    """The reading's number in the inbox, or the row's id."""
    reason: str
    """Cause and fix; no patient's data."""
    since: str
    again: bool
    """The relay is asked to send it again."""


class Refusals:
    """The table of refusals in a relay's database. For one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, place: str, item: str, reason: str) -> None:
        """Set something aside, or note the newest reason of what is aside already."""
        self._connection.execute(
            "INSERT INTO refused (place, item, reason, since) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET reason = excluded.reason, again = 0",
            (place, item, reason, datetime.now(UTC).isoformat(timespec="seconds")),
        )

    def drop(self, place: str, item: str) -> None:
        """It is not aside any more."""
        self._connection.execute("DELETE FROM refused WHERE place = ? AND item = ?", (place, item))

    def all(self) -> list[Refusal]:
        """All that is aside, oldest first."""
        rows = self._connection.execute(
            "SELECT number, place, item, reason, since, again FROM refused ORDER BY number"
        )
        return [
            Refusal(number, place, item, reason, since, bool(again))
            for number, place, item, reason, since, again in rows
        ]

    def wanted(self) -> list[Refusal]:
        """What is to be sent again."""
        return [refusal for refusal in self.all() if refusal.again]

    def resend(self, numbers: Sequence[int] | None) -> int:
        """Ask the relay to send these again, or all; how many they are."""
        chosen = [
            refusal.number for refusal in self.all() if numbers is None or refusal.number in numbers
        ]
        self._connection.executemany(
            "UPDATE refused SET again = 1 WHERE number = ?", [(number,) for number in chosen]
        )
        return len(chosen)


def main(arguments: Sequence[str] | None = None) -> int:
    """List what is aside, or ask for it to be sent again; the exit status."""
    parser = argparse.ArgumentParser(prog="refused", description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, metavar="FILE", help="database of a relay")
    parser.add_argument("--resend", nargs="+", metavar="NUMBER", help="or: all")
    given = parser.parse_args(arguments)
    numbers = given.resend or []
    if numbers != ["all"] and not all(number.isdecimal() for number in numbers):
        parser.error("--resend takes the numbers that the list begins with, or: all")
    if not given.file.is_file():
        print(f"No such file: {given.file}. Give the file that the relay was given.")
        return 2
    with closing(sqlite3.connect(given.file, isolation_level=None)) as connection:
        refusals = Refusals(connection)
        if given.resend is None:
            for item in refusals.all():
                waits = ", to be sent again" if item.again else ""
                print(
                    f"{item.number}\t{item.place} {item.item}\t{item.since}{waits}\t{item.reason}"
                )
            return 0
        chosen = None if numbers == ["all"] else [int(number) for number in numbers]
        print(f"To be sent again by the relay: {refusals.resend(chosen)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
