"""One transaction at a time on pyrevm, each as if in a block of its own on any other node.

pyrevm keeps one open transaction for ever: left alone, storage stays warm and each slot's
original value the oldest, so that gas would depend on what ran before since the last start.
So here each run happens inside a checkpoint that is always undone; what it wrote is read from
pyrevm's journal first and then put into its database, under an empty journal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from eth_utils.crypto import keccak
from pyrevm import EVM, AccountInfo, BlockEnv, CfgEnv, Env, JournalCheckpoint

from ledger.contracts.errors import CallReverted, ContractUnknown, TransactionInvalid
from ledger.contracts.transaction import BLOCK_GAS, Transaction
from ledger_client.contracts import Log

_ACCOUNT: Final = re.compile(
    r"(?P<address>0x[0-9a-f]{40}): Account \{ info: AccountInfo \{ balance: \d+, "
    r"nonce: (?P<nonce>\d+), code_hash: 0x(?P<code_hash>[0-9a-f]{64})"
)
_SLOT: Final = re.compile(
    r"(?P<slot>\d+): StorageSlot \{ previous_or_original_value: (?P<before>\d+), "
    r"present_value: (?P<after>\d+) \}"
)
_STATUS: Final = re.compile(r"status: AccountStatus\((?P<flags>[^)]*)\)")
_CODE_LENGTH: Final = re.compile(r"Analysed \{ len: (\d+)")
_REVERTED: Final = re.compile(r"^Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}$")


@dataclass(slots=True)
class Account:
    """An account's state; ``storage`` holds no zeros."""

    nonce: int = 0
    code: bytes = b""
    storage: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction does; nothing of it is in the state yet."""

    succeeded: bool
    gas_used: int
    contract: str | None
    logs: tuple[Log, ...]
    changes: dict[str, Account]
    """Accounts as they are to be, with only those slots that change (zeros too)."""


class Machine:
    """The state of all accounts, and the EVM on it. For one thread at a time."""

    def __init__(self, chain_id: int, accounts: dict[str, Account]) -> None:
        self.accounts = accounts
        self._evm = EVM(
            env=Env(cfg=CfgEnv(chain_id=chain_id)), gas_limit=BLOCK_GAS, spec_id="CANCUN"
        )
        for address, account in accounts.items():
            self._store(address, account, account.storage)

    def run(self, transaction: Transaction, block: int, timestamp: int) -> Outcome:
        """What the transaction would do now; raises TransactionInvalid if no block may hold it."""
        sender = self.accounts.get(transaction.sender, Account())
        if transaction.nonce != sender.nonce:
            raise TransactionInvalid(f"The account's next nonce is {sender.nonce}.", "nonce")
        if transaction.gas > BLOCK_GAS:
            raise TransactionInvalid(f"A block has {BLOCK_GAS} gas.", "gas")
        self._at(block, timestamp)
        contract = None
        checkpoint = self._evm.snapshot()
        try:
            try:
                if transaction.to is None:
                    contract = self._evm.deploy(
                        transaction.sender, transaction.data, gas=transaction.gas
                    )
                else:
                    self._evm.message_call(
                        transaction.sender, transaction.to, transaction.data, gas=transaction.gas
                    )
            except RuntimeError:
                # reverted, halted or refused beforehand: the result tells
                contract = None
            result = self._evm.result
            if result is None:
                raise TransactionInvalid("Too little gas, or too long a contract.", "gas")
            changes = self._written() if result.is_success else {}
            logs = [
                Log(
                    log.address.lower(),
                    tuple("0x" + bytes(topic).hex() for topic in log.data[0]),
                    "0x" + bytes(log.data[1]).hex(),
                )
                for log in (result.logs if result.is_success else ())
            ]
        finally:
            self._undo(checkpoint)
        changes[transaction.sender] = Account(sender.nonce + 1, sender.code)
        return Outcome(result.is_success, result.gas_used, contract, tuple(logs), changes)

    def keep(self, outcome: Outcome) -> None:
        """Put what a transaction did into the state."""
        for address, change in outcome.changes.items():
            account = self.accounts.setdefault(address, Account())
            account.nonce, account.code = change.nonce, change.code
            for slot, value in change.storage.items():
                if value:
                    account.storage[slot] = value
                else:
                    account.storage.pop(slot, None)
            self._store(address, account, change.storage)

    def call(self, sender: str, contract: str, data: bytes, block: int, timestamp: int) -> bytes:
        """What the contract answers; raises CallReverted, ContractUnknown."""
        if not self.accounts.get(contract, Account()).code:
            raise ContractUnknown("No contract has this address.")
        self._at(block, timestamp)
        checkpoint = self._evm.snapshot()
        try:
            return bytes(self._evm.message_call(sender, contract, data, gas=BLOCK_GAS))
        except RuntimeError as error:
            said = _REVERTED.match(str(error))
            reason = bytes.fromhex(said[1]) if said else b""
            raise CallReverted("The contract refuses the call.", reason) from None
        finally:
            self._undo(checkpoint)

    def _at(self, block: int, timestamp: int) -> None:
        self._evm.set_block_env(
            BlockEnv(
                number=block,
                timestamp=timestamp,
                basefee=0,
                gas_limit=BLOCK_GAS,
                prevrandao=bytes(32),
            )
        )

    def _undo(self, checkpoint: JournalCheckpoint) -> None:
        self._evm.revert(checkpoint)
        self._evm.reset_transient_storage()

    def _store(self, address: str, account: Account, slots: dict[int, int]) -> None:
        info = AccountInfo(nonce=account.nonce, code=account.code or None)
        self._evm.insert_account_info(address, info)
        for slot, value in slots.items():
            # a value goes to the database only while the journal has not the account, which
            # each insertion loads: so each is undone, and the database keeps the value
            checkpoint = self._evm.snapshot()
            self._evm.insert_account_storage(address, slot, value)
            self._evm.revert(checkpoint)

    def _written(self) -> dict[str, Account]:
        """The accounts that the open transaction changes, from pyrevm's journal.

        The journal has no other form than this text; the version of pyrevm is pinned, and the
        state is compared with another node's in the tests.
        """
        journal = self._evm.journal_str
        journal = journal[: journal.index(", transient_storage: ")]
        found = list(_ACCOUNT.finditer(journal))
        ends = [match.start() for match in found[1:]] + [len(journal)]
        changes = {}
        for match, end in zip(found, ends, strict=True):
            # the code comes first, long and full of digits: it is not searched for slots
            text, _, storage = journal[match.end() : end].rpartition("storage: {")
            address = match["address"]
            known = self.accounts.get(address, Account())
            flags = _found(_STATUS, storage)["flags"]
            if "SelfDestructed" in flags:
                # only an account made in this transaction goes (EIP-6780): it never was
                continue
            slots = {
                int(slot["slot"]): int(slot["after"])
                for slot in _SLOT.finditer(storage)
                if slot["before"] != slot["after"]
            }
            code = known.code
            if "Created" in flags:
                code = bytes(self._evm.get_code(address) or b"")
                if code:
                    code = code[: int(_found(_CODE_LENGTH, text)[1])]
                if keccak(code).hex() != match["code_hash"]:
                    raise AssertionError("pyrevm's journal is not in the form of version 0.3.7")
            nonce = int(match["nonce"])
            if slots or (nonce, code) != (known.nonce, known.code):
                changes[address] = Account(nonce, code, slots)
        return changes


def _found(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.search(text)
    if match is None:
        raise AssertionError("pyrevm's journal is not in the form of version 0.3.7")
    return match
