"""The copy of the newest block's hash that lies outside the database."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ledger.errors import RecordUnverified
from ledger.keys import Keys
from ledger_client.sealed import GENESIS, canonical

_SECTOR: Final = 512
_READS: Final = 3


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest block's number and hash, and the number of records up to it."""

    block: int = 0
    hash: str = GENESIS
    records: int = 0


def write(path: Path, anchor: Anchor, keys: Keys) -> None:
    """Replace the copy in place: one sector, so that a disk holds the old or the new one.

    It is not forced to disk, which would halve the appends: a power cut may leave an older
    copy, and that one still holds, since the ledger only grows.
    """
    signature = keys.sign("anchor", canonical(asdict(anchor))).hex()
    content = {**asdict(anchor), "node": str(keys.public), "signature": signature}
    sector = json.dumps(content).encode().ljust(_SECTOR)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, sector, 0)
    finally:
        os.close(handle)


def read(path: Path, keys: Keys) -> Anchor:
    """The anchor in the copy, an empty ledger's when there is none.

    Raises :class:`RecordUnverified` when the copy is garbled or not signed by this node.
    """
    for _ in range(_READS):
        try:
            content = json.loads(path.read_bytes())
            anchor = Anchor(int(content["block"]), str(content["hash"]), int(content["records"]))
            signature = bytes.fromhex(content["signature"])
            if keys.signed("anchor", canonical(asdict(anchor)), signature, content["node"]):
                return anchor
        except FileNotFoundError:
            return Anchor()
        except (ValueError, TypeError, KeyError):
            # another process may be writing it just now
            continue
    raise RecordUnverified("checkpoint.json is garbled or not signed by this node.")
