"""The append-only file of signed transactions and their receipts.

File: magic, chain id, CRC-32 of both. Record: length of the body and that length's CRC-32;
body: transaction hash, length of the receipt, receipt (canonical JSON), signed transaction,
head after it; CRC-32 of the body. A record is on disk before its transaction is acknowledged.
What a crash left half-written at the end was never acknowledged and is left out; a bad record
before the end is damage.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.contracts.errors import EngineUnavailable, JournalDamaged, TransactionUnknown
from ledger.contracts.messages import Head
from ledger.errors import SetupError
from ledger_client.contracts import ContractReceipt
from ledger_client.wire import from_wire

_MAGIC: Final = b"LEDGERJ1"
_START: Final = struct.Struct(">8sQI")
_HEADER: Final = struct.Struct(">II")
_BODY: Final = struct.Struct(">32sI")
_CRC: Final = struct.Struct(">I")
_HEAD_BYTES: Final = 32
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction as the journal holds it."""

    offset: int
    transaction: str
    receipt: bytes
    raw: bytes
    head: str
    end: int
    """Where the next record begins."""

    def message(self) -> ContractReceipt:
        """The receipt."""
        return from_wire(ContractReceipt, self.receipt)


class Journal:
    """The journal of one chain, open in one process only. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal; raises SetupError, JournalDamaged."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SetupError("Another process runs the contracts of this ledger.") from None
            self.chain_id = self._opened(path)
            self._index: dict[str, int] = {}
            self.head = Head()
            self.newest: Entry | None = None
            self._end = _START.size
            self._failed = False
            self._torn = False
            self._scan()
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Close the file and let other processes open it."""
        os.close(self._file)

    def append(self, transaction: str, receipt: bytes, raw: bytes) -> Entry:
        """Store one record; on disk when it returns. Raises EngineUnavailable, then nothing is."""
        if self._torn:
            self._cut(self._end)
            self._torn = False
        if self._failed:
            raise EngineUnavailable("The journal could not be written: restart the ledger.")
        head = self.head.extended(receipt)
        body = (
            _BODY.pack(bytes.fromhex(transaction[2:]), len(receipt))
            + receipt
            + raw
            + bytes.fromhex(head.hash[2:])
        )
        length = struct.pack(">I", len(body))
        record = _HEADER.pack(len(body), zlib.crc32(length)) + body + _CRC.pack(zlib.crc32(body))
        offset = self._end
        try:
            written = os.pwrite(self._file, record, offset)
            if written < len(record):
                raise OSError("short write")
        except OSError:
            self._cut(offset)
            raise EngineUnavailable("No room for another transaction; none was stored.") from None
        try:
            os.fdatasync(self._file)
        except OSError:
            # what is on disk now is unknown until the file is read anew
            self._failed = True
            raise EngineUnavailable("The disk failed; restart the ledger.") from None
        self._end = offset + len(record)
        self.newest = Entry(offset, transaction, receipt, raw, head.hash, self._end)
        self._index[transaction] = offset
        self.head = head
        return self.newest

    def __contains__(self, transaction: str) -> bool:
        """Whether the transaction with this hash is stored."""
        return transaction in self._index

    def find(self, transaction: str) -> Entry:
        """The record of a transaction; raises TransactionUnknown."""
        offset = self._index.get(transaction)
        if offset is None:
            raise TransactionUnknown("No transaction has this hash.")
        entry = self._entry(offset)
        if entry is None:
            raise JournalDamaged("A record of the journal is damaged.")
        return entry

    def entries(self, after: Entry | None = None) -> Iterator[Entry]:
        """All records, or those that come ``after`` one."""
        offset = after.end if after else _START.size
        while offset < self._end:
            entry = self._entry(offset)
            if entry is None:
                raise JournalDamaged("A record of the journal is damaged.")
            yield entry
            offset = entry.end

    def _opened(self, path: Path) -> int:
        start = os.pread(self._file, _START.size, 0)
        if len(start) < _START.size:
            # new, or a crash came before the first transaction; a random id keeps one chain's
            # transactions from being valid on another
            chain_id = 2**31 + secrets.randbelow(2**31)
            fields = struct.pack(">8sQ", _MAGIC, chain_id)
            os.pwrite(self._file, fields + _CRC.pack(zlib.crc32(fields)), 0)
            os.fsync(self._file)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            return chain_id
        magic, chain_id, crc = _START.unpack(start)
        if magic != _MAGIC or crc != zlib.crc32(start[: -_CRC.size]):
            raise JournalDamaged("The journal's first bytes are damaged.")
        return int(chain_id)

    def _scan(self) -> None:
        size = os.fstat(self._file).st_size
        while self._end < size:
            entry = self._entry(self._end)
            if entry is None:
                self._check_torn(size)
                return
            head = self.head.extended(entry.receipt)
            if head.hash != entry.head:
                raise JournalDamaged("The journal's records do not follow from each other.")
            self._index[entry.transaction] = entry.offset
            self.head, self.newest, self._end = head, entry, entry.end

    def _entry(self, offset: int) -> Entry | None:
        """The record at ``offset``, or None when it is not whole."""
        header = os.pread(self._file, _HEADER.size, offset)
        length = self._length(header)
        if length is None:
            return None
        start = offset + _HEADER.size
        data = os.pread(self._file, length + _CRC.size, start)
        body, crc = data[:length], data[length:]
        if len(crc) < _CRC.size or zlib.crc32(body) != _CRC.unpack(crc)[0]:
            return None
        transaction, receipt_length = _BODY.unpack_from(body)
        split = _BODY.size + receipt_length
        return Entry(
            offset,
            "0x" + transaction.hex(),
            body[_BODY.size : split],
            body[split:-_HEAD_BYTES],
            "0x" + body[-_HEAD_BYTES:].hex(),
            start + len(data),
        )

    @staticmethod
    def _length(header: bytes) -> int | None:
        if len(header) < _HEADER.size:
            return None
        length, crc = _HEADER.unpack(header)
        return int(length) if zlib.crc32(header[: _CRC.size]) == crc else None

    def _check_torn(self, size: int) -> None:
        """Leave out the end of the file, if it is what a crash leaves of one record.

        It is cut when the next record is written, and not before: whoever opens the journal
        only to verify it changes nothing.
        """
        rest = os.pread(self._file, size - self._end, self._end)
        length = self._length(rest[: _HEADER.size])
        if length is not None:
            torn = size <= self._end + _HEADER.size + length + _CRC.size
        else:
            torn = len(rest) < _HEADER.size or not any(rest)
        if not torn:
            raise JournalDamaged(
                "A record before the journal's end is damaged: restore the journal from a backup."
            )
        _log.warning("the journal's last %d bytes are half a record", len(rest))
        self._torn = True

    def _cut(self, offset: int) -> None:
        try:
            os.ftruncate(self._file, offset)
        except OSError:
            self._failed = True
