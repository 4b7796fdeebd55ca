"""The copy of the newest checkpoint that lies outside the database."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from ledger.errors import RecordUnverified
from ledger.keys import Keys
from ledger.record import Checkpoint

_SECTOR: Final = 512
_READS: Final = 3


def write(path: Path, statement: bytes, signature: bytes) -> None:
    """Replace the copy in place: one sector, so that a disk holds the old or the new one.

    It is not forced to disk, which would halve the appends: a power cut may leave an older
    copy, and that one still holds, since the ledger only grows.
    """
    content = {"statement": statement.decode(), "signature": signature.hex()}
    sector = json.dumps(content).encode().ljust(_SECTOR)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, sector, 0)
    finally:
        os.close(handle)


def read(path: Path, keys: Keys) -> Checkpoint:
    """The checkpoint in the copy, an empty ledger's when there is none.

    Raises :class:`RecordUnverified` when the copy is garbled or not signed by this node.
    """
    for _ in range(_READS):
        try:
            content = json.loads(path.read_bytes())
            statement = content["statement"].encode()
            signature = bytes.fromhex(content["signature"])
            return Checkpoint.from_signed(statement, signature, keys)
        except FileNotFoundError:
            return Checkpoint()
        except (ValueError, TypeError, KeyError, AttributeError, RecordUnverified):
            # another process may be writing it just now
            continue
    raise RecordUnverified("checkpoint.json is garbled or not signed by this node.")
