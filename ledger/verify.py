"""Walks the whole ledger and names every record that is not as the node wrote it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import with_config

from ledger import anchor
from ledger.database import connect, transaction, translated
from ledger.errors import RecordUnverified, SetupError
from ledger.keys import DataKey, Keys, digest
from ledger.record import GENESIS, Checkpoint, Header, Row, opened, signed_head, signed_row
from ledger.store import COLUMNS
from ledger_client.messages import WIRE


class Damage(StrEnum):
    """What happened to a record."""

    CHANGED = "changed"
    DROPPED = "dropped"
    REORDERED = "reordered"
    FORGED = "forged"


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of damage. ``chain`` is None when the ledger as a whole is concerned."""

    damage: Damage
    detail: str
    chain: str | None = None
    sequence: int | None = None


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Verdict:
    """What was counted and what was found; holds no PHI."""

    records: int
    chains: int
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Whether every record is as the node wrote it."""
        return not self.findings


def verify(home: Path) -> Verdict:
    """Verify the ledger in ``home`` on a snapshot of its own; appends may go on.

    Raises SetupError without database or keys, LedgerBusy when the database can't be read.
    """
    path = home / "ledger.db"
    if not path.exists():
        raise SetupError("There is no ledger in this folder.")
    keys = Keys.open(home / "keys", fresh=False)
    findings: list[Finding] = []
    kept = Checkpoint()
    try:
        # read before the database: appends in between only make the database newer
        kept = anchor.read(home / "checkpoint.json", keys)
    except RecordUnverified as error:
        findings.append(Finding(Damage.CHANGED, error.detail))
    try:
        connection = connect(path)
        try:
            with transaction(connection, "DEFERRED"):
                verdict = verify_connection(connection, keys, kept)
        finally:
            connection.close()
    except RecordUnverified as error:
        return Verdict(0, 0, (*findings, Finding(Damage.CHANGED, error.detail)))
    return Verdict(verdict.records, verdict.chains, (*findings, *verdict.findings))


def verify_connection(connection: sqlite3.Connection, keys: Keys, kept: Checkpoint) -> Verdict:
    """Verify what ``connection`` sees against the checkpoint ``kept`` outside the database."""
    with translated():
        damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if damage != "ok":
            raise RecordUnverified("The database file is damaged.")
        heads = {
            name: (wrapped, sequence, newest, signature)
            for name, wrapped, sequence, newest, signature in connection.execute(
                "SELECT chain, wrapped_key, sequence, hash, signature FROM chains"
            )
        }
        stored = connection.execute("SELECT statement, signature FROM checkpoint").fetchone()
        rows = connection.execute(f"SELECT {COLUMNS} FROM records ORDER BY position")
        walk = _Walk(keys, heads, kept)
        for row in rows:
            walk.take(Row(*row))
    walk.finish(stored)
    return Verdict(walk.running.records, len(heads), tuple(walk.findings))


class _Walk:
    """The state of one pass over all records in the order of their positions."""

    def __init__(
        self, keys: Keys, heads: dict[str, tuple[bytes, int, str, bytes]], kept: Checkpoint
    ) -> None:
        self.findings: list[Finding] = []
        self.running = Checkpoint()
        self._keys = keys
        self._heads = heads
        self._kept = kept
        self._data_keys: dict[str, DataKey | None] = {}
        self._hashes: defaultdict[str, dict[int, str]] = defaultdict(dict)
        self._newest: defaultdict[str, int] = defaultdict(int)
        self._links: list[Header] = []

    def take(self, row: Row) -> None:
        """Check one record by itself, and note what the checks between records need."""
        if row.position != self.running.records + 1:
            self._find(Damage.REORDERED, "The positions have a gap.", row.chain, row.sequence)
        self.running = self.running.extended(digest(row.header))
        if self.running.records == self._kept.records and self.running.root != self._kept.root:
            self._find(Damage.CHANGED, "The history is not the one in checkpoint.json.")
        if not signed_row(row, self._keys):
            self._find(
                Damage.FORGED, "The header is not signed by this node.", row.chain, row.sequence
            )
            # its place counts as taken: it is forged, not dropped
            self._hashes[row.chain].setdefault(row.sequence, digest(row.header))
            return
        header = Header.from_bytes(row.header)
        try:
            key = self._data_key(header.chain)
            if key is not None:
                opened(row, key)
        except RecordUnverified as error:
            self._find(Damage.CHANGED, error.detail, header.chain, header.sequence)
        if header.sequence <= self._newest[header.chain]:
            self._find(
                Damage.REORDERED, "It stands after a later one.", header.chain, header.sequence
            )
        self._newest[header.chain] = max(self._newest[header.chain], header.sequence)
        self._hashes[header.chain][header.sequence] = digest(row.header)
        self._links.append(header)

    def finish(self, stored: tuple[bytes, bytes] | None) -> None:
        """Check links, heads and the checkpoint once all records are seen."""
        for header in self._links:
            before = (
                GENESIS
                if header.sequence == 1
                else self._hashes[header.chain].get(header.sequence - 1)
            )
            if before is not None and before != header.previous:
                self._find(
                    Damage.FORGED,
                    "It does not follow from the one before.",
                    header.chain,
                    header.sequence,
                )
        for name, (wrapped, sequence, newest, signature) in self._heads.items():
            self._head(name, wrapped, sequence, newest, signature)
        for name in self._hashes.keys() - self._heads.keys():
            self._find(Damage.DROPPED, "The chain's head is missing.", name)
        try:
            current = (
                Checkpoint() if stored is None else Checkpoint.from_signed(*stored, self._keys)
            )
        except RecordUnverified as error:
            self._find(Damage.FORGED, error.detail)
            return
        if current != self.running:
            fewer = self.running.records < current.records
            self._find(
                Damage.DROPPED if fewer else Damage.REORDERED,
                "The records are not those of the signed checkpoint.",
            )
        if self._kept.records > self.running.records:
            self._find(Damage.DROPPED, "The database is older than checkpoint.json.")

    def _head(
        self, name: str, wrapped: bytes, sequence: int, newest: str, signature: bytes
    ) -> None:
        if not signed_head(self._keys, name, sequence, newest, signature):
            self._find(Damage.FORGED, "The chain's head is not signed by this node.", name)
            return
        try:
            self._keys.unwrap(wrapped, name)
        except RecordUnverified:
            self._find(Damage.CHANGED, "The chain's data key does not open.", name)
        present = self._hashes[name]
        for missing in range(1, sequence + 1):
            if missing not in present:
                self._find(Damage.DROPPED, "The record is missing.", name, missing)
        if sequence in present and present[sequence] != newest:
            self._find(Damage.FORGED, "It is not the one that the head names.", name, sequence)
        for extra in sorted(number for number in present if number > sequence):
            self._find(Damage.FORGED, "It lies beyond the chain's head.", name, extra)

    def _data_key(self, chain: str) -> DataKey | None:
        """The key of ``chain``; None when it is missing or spoilt, which the heads report."""
        if chain not in self._data_keys:
            try:
                self._data_keys[chain] = self._keys.unwrap(self._heads[chain][0], chain)
            except (KeyError, RecordUnverified):
                self._data_keys[chain] = None
        return self._data_keys[chain]

    def _find(
        self, damage: Damage, detail: str, chain: str | None = None, sequence: int | None = None
    ) -> None:
        self.findings.append(Finding(damage, detail, chain, sequence))
