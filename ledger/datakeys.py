"""Each chain's data key, wrapped, in a file of its own that is never part of a backup.

Destroying a patient's key makes every copy of the ciphertexts unreadable, so the keys must not
lie in the database whose copies are kept. Deleted keys are overwritten in the file
(``secure_delete``, no write-ahead log); what a drive keeps below its own surface is beyond that.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

from ledger.database import translated
from ledger.errors import PatientForgotten
from ledger.keys import DataKey, Keys


class DataKeys:
    """The data keys of one ledger. Threads may share it; new keys are one writer's."""

    def __init__(self, path: Path, keys: Keys) -> None:
        path.touch(mode=0o600)
        self._keys = keys
        self._new: dict[str, bytes] = {}
        self._opened: dict[str, DataKey] = {}
        self._data_version = -1
        self._epoch = 0
        self._lock = threading.RLock()
        with translated():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA busy_timeout = 5000")
            self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS keys (chain TEXT PRIMARY KEY, wrapped BLOB NOT NULL) "
                "STRICT"
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @property
    def epoch(self) -> int:
        """Rises when keys were destroyed or another process has changed them."""
        with self._lock, translated():
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self._data_version:
                self._data_version = version
                self._opened.clear()
                self._epoch += 1
            return self._epoch

    def get(self, chain: str) -> DataKey:
        """The key of a chain; raises PatientForgotten, RecordUnverified."""
        with self._lock, translated():
            if self.epoch and chain not in self._opened:
                found = self._connection.execute(
                    "SELECT wrapped FROM keys WHERE chain = ?", (chain,)
                ).fetchone()
                if found is None:
                    raise PatientForgotten("The key of these records does not exist any more.")
                self._opened[chain] = self._keys.unwrap(found[0], chain)
            return self._opened[chain]

    def make(self, chain: str) -> DataKey:
        """A key for a new chain; :meth:`save` must follow before anything it sealed is stored."""
        try:
            return self.get(chain)  # left behind by an append that did not come through
        except PatientForgotten:
            data_key = os.urandom(32)
            self._new[chain] = self._keys.wrap(data_key, chain)
            return DataKey(data_key)

    def save(self) -> None:
        """Put the new keys on disk."""
        if self._new:
            with self._lock, translated():
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "INSERT OR IGNORE INTO keys VALUES (?, ?)", self._new.items()
                )
                self._connection.execute("COMMIT")
            self._new.clear()

    def drop_new(self) -> None:
        """Forget keys that were made but not saved."""
        self._new.clear()

    def destroy(self, chain: str) -> None:
        """Delete and overwrite a chain's key."""
        with self._lock, translated():
            self._connection.execute("DELETE FROM keys WHERE chain = ?", (chain,))
            self._opened.pop(chain, None)
            self._epoch += 1

    def kept(self) -> set[str]:
        """The chains that have a key."""
        with self._lock, translated():
            return {str(chain) for (chain,) in self._connection.execute("SELECT chain FROM keys")}
