"""Walks the whole ledger and names every record that is not as the node wrote it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ledger import anchor
from ledger.anchor import Anchor
from ledger.backend import Session
from ledger.databases import connected, exists
from ledger.datakeys import DataKeys
from ledger.errors import RecordUnverified, SetupError
from ledger.findings import Damage, Finding, Verdict
from ledger.keys import Keys
from ledger.objects import ObjectFolder
from ledger.walk import Walk


def verify(home: Path) -> Verdict:
    """Verify the ledger in ``home`` on a snapshot of its own; appends may go on.

    Raises SetupError without database or keys, LedgerBusy when the database can't be read.
    """
    if not exists(home):
        raise SetupError("There is no ledger in this folder.")
    keys = Keys.open(home / "keys", fresh=False)
    findings: list[Finding] = []
    kept = Anchor()
    try:
        # read before the database: appends in between only make the database newer
        kept = anchor.read(home / "checkpoint.json", keys)
    except RecordUnverified as error:
        findings.append(Finding(Damage.CHANGED, error.detail))
    try:
        with (
            closing(connected(home)) as backend,
            closing(DataKeys(home / "keys" / "data.db", keys)) as data_keys,
        ):
            if not backend.sound():
                raise RecordUnverified("The database file is damaged.")
            with backend.transaction(write=False) as session:
                objects = ObjectFolder(home / "objects")
                verdict = verify_session(session, keys, data_keys, kept, objects)
    except RecordUnverified as error:
        return Verdict(0, 0, 0, 0, (*findings, Finding(Damage.CHANGED, error.detail)))
    return Verdict(
        verdict.records,
        verdict.chains,
        verdict.blocks,
        verdict.erased,
        (*findings, *verdict.findings),
    )


def verify_session(
    session: Session,
    keys: Keys,
    data_keys: DataKeys,
    kept: Anchor,
    objects: ObjectFolder | None = None,
) -> Verdict:
    """Verify what ``session`` sees against the anchor ``kept`` outside the database.

    Sealed documents are looked at when ``objects`` is given.
    """
    walk = Walk(session, keys, data_keys, kept, objects)
    last = 0
    for sealed in session.blocks():
        last = walk.block(sealed, last)
    for row in session.positions(last + 1, 2**62):
        walk.record(row)
        walk.find(Damage.FORGED, "It lies in no block.", row)
    walk.finish()
    return Verdict(walk.records, walk.chains, walk.blocks, walk.erased, tuple(walk.findings))
