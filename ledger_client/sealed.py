"""What the ledger hashes and signs: record headers, chain heads and blocks, and how they link.

All are canonical JSON (RFC 8785). A record's hash is that of its header; it stands as
``previous`` in the next header of the same chain. A block is what one commit sealed: it names
for each channel two Merkle trees (RFC 6962): ``log``, over all its records in the order they
were stored, which only grows; and ``heads``, over the newest record of each of its chains.
Nothing here is PHI: patients and authors are HMAC pseudonyms, payloads are hashed as
ciphertext, and ``content`` commits to the message under a key that dies with the patient's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import rfc8785

from ledger_client.algorithms import HASHES, PublicKey

FORMAT: Final = 2
GENESIS: Final = "0" * 64
"""``previous`` of a chain's first record and of the first block."""


class Malformed(ValueError):
    """Not a header or block as this format writes them."""


def canonical(value: Any) -> bytes:
    """RFC 8785; raises :class:`Malformed` for what has no canonical form."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError):
        raise Malformed("a value has no canonical form") from None


def content_digest(data: bytes) -> str:
    """SHA-256 as hex digits: how an author's statement names what was sent."""
    return hashlib.sha256(data).hexdigest()


def commitment(opening: bytes, message: Any) -> str:
    """What a header says of a message: HMAC-SHA256 under its 32-byte opening.

    A message in two parts (a document: ``header`` and the rest) is committed to so that its
    header can be checked in a list, where only the digest of the rest is known.
    """
    if isinstance(message, dict) and "header" in message:
        return header_commitment(opening, message["header"], body_digest(message))
    return hmac.new(opening, canonical(message), "sha256").hexdigest()


def header_commitment(opening: bytes, header: Any, body: str) -> str:
    """The commitment to a message of which only the header and :func:`body_digest` are known."""
    return hmac.new(opening, canonical({"body": body, "header": header}), "sha256").hexdigest()


def body_digest(message: dict[str, Any]) -> str:
    """The digest of all of a message but its header."""
    return content_digest(canonical({k: v for k, v in message.items() if k != "header"}))


@dataclass(frozen=True, slots=True)
class Header:
    """The readable part of a record. Hashes, pseudonyms and commitments are hex digits."""

    channel: str
    chain: str
    """HMAC pseudonym of the patient (of the registry for hospitals, accounts, channels)."""
    sequence: int
    """Place in the chain, from 1."""
    previous: str
    id: str
    kind: str
    time: str
    """When the node stored it: UTC, ISO 8601."""
    author: str
    """HMAC pseudonym of the account that made the record."""
    payload: str
    """Hash of the ciphertext."""
    content: str
    """Commitment to the message."""
    node: str
    """The node's key, which signs the header."""
    hash: str
    cipher: str
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return rfc8785.dumps(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes, linked: bool = False) -> Header:
        """The header in ``data``; raises :class:`Malformed`.

        Of one whose hash is ``linked`` to something signed the canonical form need not be
        checked again: its very bytes are what was signed.
        """
        try:
            values = json.loads(data)
            header = cls(**values)
        except (ValueError, TypeError, RecursionError):
            raise Malformed("a header is garbled") from None
        if any(
            not isinstance(values[f.name], int if f.type == "int" else str) for f in fields(cls)
        ):
            raise Malformed("a header has a wrong type")
        if header.format != FORMAT or header.hash not in HASHES:
            raise Malformed("a header names an unknown format or algorithm")
        if not linked and canonical(values) != data:
            raise Malformed("a header is not in canonical form")
        return header

    @property
    def context(self) -> str:
        """What the ciphertext is bound to."""
        return f"{self.chain}:{self.sequence}:{self.kind}:{self.id}"


def record_hash(header: bytes, algorithm: str) -> str:
    """The hash by which the next record, the head and receipts name this one."""
    return HASHES[algorithm](header)


def head_leaf(chain: str, sequence: int, newest: str) -> bytes:
    """A leaf of the ``heads`` tree: a chain's length and the hash of its newest record."""
    return canonical({"chain": chain, "sequence": sequence, "hash": newest})


@dataclass(frozen=True, slots=True)
class Root:
    """A Merkle tree at one moment; ``root`` is hex."""

    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Block:
    """What one commit sealed: the whole ledger after it."""

    number: int
    previous: str
    """SHA-256 of the block before."""
    time: str
    first: int
    """Position of the block's first record in the ledger, from 1."""
    records: int
    """Records in the ledger after this block."""
    channels: dict[str, dict[str, Root]]
    """For each channel its trees, ``log`` and ``heads``."""
    node: str
    """The key that signs the block."""
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return rfc8785.dumps(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Block:
        """The block in ``data``; raises :class:`Malformed`."""
        try:
            values = json.loads(data)
            channels = {
                name: {tree: Root(int(r["size"]), str(r["root"])) for tree, r in trees.items()}
                for name, trees in values["channels"].items()
            }
            block = cls(**{**values, "channels": channels})
            PublicKey.parse(block.node)
            good = block.format == FORMAT and rfc8785.dumps(asdict(block)) == data
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            RecursionError,
            rfc8785.CanonicalizationError,
        ):
            raise Malformed("a block is garbled") from None
        if not good:
            raise Malformed("a block is not in canonical form")
        return block


def checkpoint_statement(channel: str, root: Root) -> bytes:
    """What an organisation co-signs: a channel's log at one size."""
    return canonical({"channel": channel, "size": root.size, "root": root.root})
