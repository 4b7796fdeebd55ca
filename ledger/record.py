"""Records, heads and the checkpoint: what is hashed, what is signed, and how it links.

A header is canonical JSON (RFC 8785); its SHA-256 is the record's hash and stands as
``previous`` in the next header of the same chain. ``payload`` is the SHA-256 of the
ciphertext, so a hash tells nothing about a patient.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Final, NamedTuple

import rfc8785

from ledger.errors import RecordUnverified
from ledger.keys import FORMAT, DataKey, Keys, digest

GENESIS: Final = "0" * 64
"""``previous`` of a chain's first record, and the root of an empty ledger."""


@dataclass(frozen=True, slots=True)
class Header:
    """The readable part of a record; no PHI. Hashes and pseudonyms are hex digits."""

    chain: str
    """HMAC pseudonym of the patient (of the registry for hospitals)."""
    sequence: int
    """Place in the chain, from 1."""
    previous: str
    id: str
    kind: str
    time: str
    """When the node stored it: UTC, ISO 8601."""
    author: str
    """HMAC pseudonym of who or what made the record."""
    payload: str
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return rfc8785.dumps(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Header:
        """The header in ``data``; raises :class:`RecordUnverified`."""
        try:
            values = json.loads(data)
            header = cls(**values)
            canonical = header.to_bytes()
        except (ValueError, TypeError, RecursionError, rfc8785.CanonicalizationError):
            raise RecordUnverified("A record's header is garbled.") from None
        if canonical != data or any(
            not isinstance(values[f.name], int if f.type == "int" else str) for f in fields(cls)
        ):
            raise RecordUnverified("A record's header is not in canonical form.")
        return header

    @property
    def context(self) -> str:
        """What the ciphertext is bound to."""
        return f"{self.chain}:{self.sequence}:{self.kind}:{self.id}"


class Row(NamedTuple):
    """A record as the database holds it; the columns before ``header`` repeat it for look-up."""

    position: int
    chain: str
    sequence: int
    id: str
    kind: str
    header: bytes
    signature: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """A verified and decrypted record; ``payload`` is PHI."""

    header: Header
    payload: bytes


def opened(row: Row, key: DataKey) -> Record:
    """The record in ``row``, its columns and ciphertext checked against its header."""
    header = Header.from_bytes(row.header)
    if (header.chain, header.sequence, header.id, header.kind) != row[1:5]:
        raise RecordUnverified("A record's columns do not match its header.")
    if digest(row.ciphertext) != header.payload:
        raise RecordUnverified("A record's ciphertext does not match its header.")
    return Record(header, key.open(row.ciphertext, header.context))


def signed_row(row: Row, keys: Keys) -> bool:
    """Whether this node signed the header of ``row``."""
    return keys.signed("record", row.header, row.signature)


def head_statement(chain: str, sequence: int, newest: str) -> bytes:
    """What the node signs of a chain's end: its length and the newest record's hash."""
    return rfc8785.dumps({"chain": chain, "sequence": sequence, "hash": newest})


def signed_head(keys: Keys, chain: str, sequence: int, newest: str, signature: bytes) -> bool:
    """Whether this node signed this end of a chain."""
    try:
        statement = head_statement(chain, sequence, newest)
    except rfc8785.CanonicalizationError:
        return False
    return keys.signed("head", statement, signature)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the node signs of the whole ledger: the number of records and their running root."""

    records: int = 0
    root: str = GENESIS

    def extended(self, record_hash: str) -> Checkpoint:
        """The checkpoint after one more record: root' = SHA-256(root || record hash)."""
        root = digest(bytes.fromhex(self.root) + bytes.fromhex(record_hash))
        return Checkpoint(self.records + 1, root)

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return rfc8785.dumps(asdict(self))

    @classmethod
    def from_signed(cls, statement: bytes, signature: bytes, keys: Keys) -> Checkpoint:
        """The checkpoint that this node signed; raises :class:`RecordUnverified`."""
        if not keys.signed("checkpoint", statement, signature):
            raise RecordUnverified("The ledger's checkpoint is not signed by this node.")
        return cls(**json.loads(statement))
