"""The copy of the newest checkpoint that lies outside the database."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from ledger.errors import RecordUnverified
from ledger.keys import Keys
from ledger.record import Checkpoint


def write(path: Path, statement: bytes, signature: bytes) -> None:
    """Replace the copy; ``path`` holds the old or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"statement": statement.decode(), "signature": signature.hex()}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path, keys: Keys) -> Checkpoint:
    """The checkpoint in the copy, an empty ledger's when there is none.

    Raises :class:`RecordUnverified` when the copy is garbled or not signed by this node.
    """
    try:
        content = json.loads(path.read_bytes())
        statement, signature = content["statement"].encode(), bytes.fromhex(content["signature"])
    except FileNotFoundError:
        return Checkpoint()
    except (ValueError, TypeError, KeyError, AttributeError):
        raise RecordUnverified("checkpoint.json is garbled.") from None
    return Checkpoint.from_signed(statement, signature, keys)
