"""The embedded engine: pyrevm over a journal, one transaction a block."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ledger.contracts import snapshot
from ledger.contracts.errors import EngineUnavailable, JournalDamaged, TransactionInvalid
from ledger.contracts.journal import Entry, Journal
from ledger.contracts.machine import Account, Machine, Outcome
from ledger.contracts.messages import Head
from ledger.contracts.snapshot import Snapshot
from ledger.contracts.transaction import Transaction, decoded
from ledger_client.contracts import ContractReceipt

_SNAPSHOT_EVERY: Final = 2000
_log = logging.getLogger(__name__)


class EmbeddedEngine:
    """Runs contracts in this process. Threads may share it; other processes are kept out.

    The files are ``journal``, which is all that counts, and ``snapshot``, in ``folder``.
    ``clock`` gives seconds since 1970.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Open or make the chain; raises SetupError, JournalDamaged."""
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot = folder / "snapshot"
        self._journal = Journal(folder / "journal")
        self._failed = False
        self._timestamp = 0
        self._unsaved = 0
        try:
            self._restore()
        except BaseException:
            self._journal.close()
            raise

    @property
    def chain_id(self) -> int:
        """Made at random with the chain."""
        return self._journal.chain_id

    @property
    def head(self) -> Head:
        """The end of the chain."""
        return self._journal.head

    @property
    def accounts(self) -> dict[str, Account]:
        """The whole state: read it only while nothing is submitted."""
        return self._machine.accounts

    def submit(self, raw: bytes) -> ContractReceipt:
        """See :meth:`ledger.contracts.messages.Engine.submit`."""
        transaction = decoded(raw)
        if transaction.chain_id != self.chain_id:
            raise TransactionInvalid(f"The chain id is {self.chain_id}.", "chainId")
        with self._lock:
            self._check_usable()
            if transaction.hash in self._journal:
                return self._journal.find(transaction.hash).message()
            timestamp = max(int(self._clock()), self._timestamp)
            try:
                receipt = self._run(transaction, raw, timestamp)
            except (TransactionInvalid, EngineUnavailable):
                raise
            except BaseException:
                # the machine may be half-way: only the journal is to be believed now
                self._failed = True
                raise
            if self._unsaved >= _SNAPSHOT_EVERY:
                self._save()
        return receipt

    def call(self, sender: str, contract: str, data: bytes) -> bytes:
        """See :meth:`ledger.contracts.messages.Engine.call`; the time is now, so grants expire."""
        with self._lock:
            self._check_usable()
            timestamp = max(int(self._clock()), self._timestamp)
            return self._machine.call(
                sender, contract, data, self._journal.head.transactions, timestamp
            )

    def is_contract(self, address: str) -> bool:
        """Whether there is code at ``address``."""
        with self._lock:
            return bool(self._machine.accounts.get(address, Account()).code)

    def receipt(self, transaction: str) -> ContractReceipt:
        """The receipt of a transaction; raises TransactionUnknown."""
        with self._lock:
            return self._journal.find(transaction).message()

    def nonce(self, account: str) -> int:
        """The next nonce of ``account``."""
        with self._lock:
            return self._machine.accounts.get(account, Account()).nonce

    def transactions(self) -> list[bytes]:
        """All signed transactions in their order, for another node to run."""
        with self._lock:
            return [entry.raw for entry in self._journal.entries()]

    def verify(self) -> Head:
        """Run the whole journal anew and compare: every receipt, and the state at the end.

        Raises :class:`JournalDamaged`.
        """
        with self._lock:
            machine = Machine(self.chain_id, {})
            for entry in self._journal.entries():
                _replay(machine, entry)
            if machine.accounts != self._machine.accounts:
                raise JournalDamaged("The state is not what the journal makes: delete snapshot.")
            return self._journal.head

    def close(self) -> None:
        """Save a snapshot and close the files."""
        with self._lock:
            if not self._failed:
                self._save()
            self._failed = True
            self._journal.close()

    def _run(self, transaction: Transaction, raw: bytes, timestamp: int) -> ContractReceipt:
        block = self._journal.head.transactions + 1
        outcome = self._machine.run(transaction, block, timestamp)
        receipt = _receipt(transaction, outcome, block, timestamp)
        self._journal.append(transaction.hash, receipt.to_bytes(), raw)
        self._machine.keep(outcome)
        self._timestamp = timestamp
        self._unsaved += 1
        return receipt

    def _restore(self) -> None:
        kept = snapshot.read(self._snapshot)
        last = None
        if kept is None:
            self._machine = Machine(self.chain_id, {})
        else:
            if kept.transaction not in self._journal:
                raise JournalDamaged("The journal lacks transactions that the snapshot knows.")
            last = self._journal.find(kept.transaction)
            if last.head != kept.head:
                raise JournalDamaged("Snapshot and journal are of different histories.")
            self._machine = Machine(self.chain_id, kept.accounts)
        for entry in self._journal.entries(last):
            _replay(self._machine, entry)
            self._unsaved += 1
        if self._journal.newest:
            self._timestamp = self._journal.newest.message().timestamp

    def _save(self) -> None:
        newest = self._journal.newest
        if newest is None or not self._unsaved:
            return
        try:
            snapshot.write(
                self._snapshot, Snapshot(newest.transaction, newest.head, self._machine.accounts)
            )
        except OSError as error:
            # the journal has everything: only the next start takes longer
            _log.warning("the snapshot was not written: errno %s", error.errno)
        self._unsaved = 0

    def _check_usable(self) -> None:
        if self._failed:
            raise EngineUnavailable("The contracts have stopped: restart the ledger.")


def _receipt(
    transaction: Transaction, outcome: Outcome, block: int, timestamp: int
) -> ContractReceipt:
    return ContractReceipt(
        transaction.hash,
        block,
        timestamp,
        transaction.sender,
        outcome.contract,
        outcome.succeeded,
        outcome.gas_used,
        outcome.logs,
    )


def _replay(machine: Machine, entry: Entry) -> None:
    """Run a transaction of the journal; raises JournalDamaged if it does anything else now."""
    stored = entry.message()
    try:
        transaction = decoded(entry.raw)
        outcome = machine.run(transaction, stored.block, stored.timestamp)
    except TransactionInvalid:
        raise JournalDamaged("The journal holds a transaction that can't be run.") from None
    if _receipt(transaction, outcome, stored.block, stored.timestamp) != stored:
        raise JournalDamaged("A transaction of the journal does something else than before.")
    machine.keep(outcome)
