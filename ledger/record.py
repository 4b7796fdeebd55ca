"""Sealing and opening records: the message with its author's signature, under a chain's key.

A payload is the message as JSON and the author's evidence, compressed and encrypted. The
evidence is the statement that the author signed (see :mod:`ledger_client.signing`) and what
they sent; inside the ciphertext it tells outsiders nothing and dies with the patient's key.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from ledger.backend import Row, SealedBlock
from ledger.errors import RecordUnverified
from ledger.keys import DataKey, Keys
from ledger_client.algorithms import HASHES, PublicKey
from ledger_client.sealed import Block, Header, Malformed, canonical, content_digest

_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who signed for a record; PHI. ``given`` is canonical JSON of what they sent."""

    key: str
    statement: bytes
    signature: bytes
    given: bytes

    def holds(self) -> bool:
        """Whether the key's holder signed a statement that names ``given``."""
        try:
            key = PublicKey.parse(self.key)
            named = json.loads(self.statement)["content"]
        except (ValueError, KeyError, TypeError):
            return False
        return content_digest(self.given) in named and key.signed(
            "request", self.statement, self.signature
        )


class Record:
    """A verified record; it is decrypted when its content is first asked for."""

    __slots__ = ("_content", "_key", "_row", "header")

    def __init__(self, row: Row, header: Header, key: DataKey) -> None:
        """Raises RecordUnverified unless the ciphertext is the one that the header names."""
        if row.ciphertext is None:
            raise RecordUnverified("A record's ciphertext is missing.")
        if HASHES[header.hash](row.ciphertext) != header.payload:
            raise RecordUnverified("A record's ciphertext does not match its header.")
        self.header = header
        self._row = row
        self._key = key
        self._content: tuple[bytes, Evidence] | None = None

    @property
    def payload(self) -> bytes:
        """The message as JSON, PHI; raises RecordUnverified."""
        return self._open()[0]

    @property
    def evidence(self) -> Evidence:
        """The author's signature, PHI; raises RecordUnverified."""
        return self._open()[1]

    def _open(self) -> tuple[bytes, Evidence]:
        if self._content is None:
            assert self._row.ciphertext is not None
            self._content = _unsealed(self._key.open(self._row.ciphertext, self.header.context))
        return self._content


def sealed_payload(message: bytes, evidence: Evidence) -> bytes:
    """Message and evidence as one compressed plaintext."""
    signed = canonical(
        {
            "key": evidence.key,
            "statement": evidence.statement.decode(),
            "signature": evidence.signature.hex(),
            "given": evidence.given.decode(),
        }
    )
    return zlib.compress(len(message).to_bytes(_LENGTH_BYTES, "big") + message + signed, 1)


def _unsealed(plain: bytes) -> tuple[bytes, Evidence]:
    """Message and evidence in a plaintext of :func:`sealed_payload`; raises RecordUnverified."""
    try:
        content = zlib.decompress(plain)
        length = int.from_bytes(content[:_LENGTH_BYTES], "big")
        message = content[_LENGTH_BYTES : _LENGTH_BYTES + length]
        signed: dict[str, Any] = json.loads(content[_LENGTH_BYTES + length :])
        evidence = Evidence(
            signed["key"],
            signed["statement"].encode(),
            bytes.fromhex(signed["signature"]),
            signed["given"].encode(),
        )
    except (zlib.error, ValueError, KeyError, TypeError):
        raise RecordUnverified("A record's payload is garbled.") from None
    return message, evidence


def header_of(row: Row, linked: bool = False) -> Header:
    """The header of ``row``, its columns checked against it; raises RecordUnverified.

    ``linked`` is that of :meth:`Header.from_bytes`.
    """
    try:
        header = Header.from_bytes(row.header, linked)
    except Malformed:
        raise RecordUnverified("A record's header is garbled.") from None
    named = (header.channel, header.chain, header.sequence, header.id, header.kind)
    if named != (row.channel, row.chain, row.sequence, row.id, row.kind):
        raise RecordUnverified("A record's columns do not match its header.")
    return header


def signed_header(row: Row, header: Header, keys: Keys) -> bool:
    """Whether this node signed the header of ``row``."""
    return keys.signed("record", row.header, row.signature, header.node)


def signed_block(sealed: SealedBlock, keys: Keys) -> Block:
    """The block that this node signed; raises RecordUnverified."""
    try:
        block = Block.from_bytes(sealed.statement)
    except Malformed:
        raise RecordUnverified("A block is garbled.") from None
    if (block.number, block.first) != (sealed.number, sealed.first):
        raise RecordUnverified("A block's columns do not match it.")
    if not keys.signed("block", sealed.statement, sealed.signature, block.node):
        raise RecordUnverified("A block is not signed by this node.")
    return block
