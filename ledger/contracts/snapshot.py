"""The state of all accounts after some transaction, so that a start need not run all of them.

A snapshot only saves time: it can be deleted, and the journal alone makes the same state.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.contracts.machine import Account

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after ``transaction``, where the journal's head is ``head``."""

    transaction: str
    head: str
    accounts: dict[str, Account]


def write(path: Path, snapshot: Snapshot) -> None:
    """Replace the snapshot in ``path``; raises OSError, then the old one stays."""
    content = json.dumps(
        {
            "format": _FORMAT,
            "transaction": snapshot.transaction,
            "head": snapshot.head,
            "accounts": {
                address: [
                    account.nonce,
                    account.code.hex(),
                    {f"{slot:x}": f"{value:x}" for slot, value in account.storage.items()},
                ]
                for address, account in snapshot.accounts.items()
            },
        }
    ).encode()
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read(path: Path) -> Snapshot | None:
    """The snapshot in ``path``, or None when there is none that is whole."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return None
    fields = json.loads(content)
    if fields["format"] != _FORMAT:
        return None
    accounts = {
        address: Account(
            nonce,
            bytes.fromhex(code),
            {int(slot, 16): int(value, 16) for slot, value in storage.items()},
        )
        for address, (nonce, code, storage) in fields["accounts"].items()
    }
    return Snapshot(fields["transaction"], fields["head"], accounts)
