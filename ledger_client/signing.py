"""Signed requests: who asks, on whose behalf, exactly what, when, and only once.

The account signs canonical JSON of method, path, query, content digests, idempotency key, time
and a nonce that is never used twice. ``content`` names each record of an append by itself (the
SHA-256 of its canonical JSON), so the ledger can keep the statement beside every record as its
author's signature.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from ledger_client.algorithms import SEED_BYTES, SIGNATURES, Signer
from ledger_client.sealed import canonical, content_digest
from ledger_client.wire import IDEMPOTENCY_HEADER

ACCOUNT: Final = "Ledger-Account"
ACTOR: Final = "Ledger-Actor"
TIME: Final = "Ledger-Time"
NONCE: Final = "Ledger-Nonce"
SIGNATURE: Final = "Ledger-Signature"
TRANSACTIONS: Final = "/transactions"


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """An account's name and secret key; as text ``box:ed25519:<hex of the seed>``."""

    account: str
    signer: Signer

    @classmethod
    def parse(cls, text: str) -> Credential:
        """The credential in ``text``; raises ValueError."""
        account, algorithm, seed = text.strip().split(":")
        signer = Signer(algorithm, bytes.fromhex(seed))
        if algorithm not in SIGNATURES or len(signer.seed) != SEED_BYTES or not account.isascii():
            raise ValueError("not a credential")
        return cls(account, signer)

    @classmethod
    def new(cls, account: str, algorithm: str = "ed25519") -> Credential:
        """A fresh key for ``account``."""
        return cls(account, Signer(algorithm, secrets.token_bytes(SEED_BYTES)))

    def text(self) -> str:
        """What :meth:`parse` reads; a secret."""
        return f"{self.account}:{self.signer.algorithm}:{self.signer.seed.hex()}"


def records_in(path: str, body: bytes) -> list[bytes]:
    """The records of a JSON body in canonical form; raises ValueError."""
    document: Any = json.loads(body)
    if path == TRANSACTIONS:
        document = document.get("records") if isinstance(document, dict) else None
        if not isinstance(document, list):
            raise ValueError("no list of records")
        return [canonical(record) for record in document]
    return [canonical(document)]


def content_of(path: str, body: bytes | None) -> list[str]:
    """The digests by which a statement names a body."""
    if not body:
        return []
    try:
        return [content_digest(record) for record in records_in(path, body)]
    except (ValueError, RecursionError):
        return [content_digest(body)]


def statement(
    account: str,
    actor: str,
    method: str,
    target: tuple[str, str],
    content: list[str],
    key: str,
    time: str,
    nonce: str,
) -> bytes:
    """What is signed; ``target`` is the path and the query string as they are sent."""
    return canonical(
        {
            "account": account,
            "actor": actor,
            "method": method,
            "path": target[0],
            "query": target[1],
            "content": content,
            "key": key,
            "time": time,
            "nonce": nonce,
        }
    )


def content_of_object(sha256: str) -> list[str]:
    """How a statement names a document's content by its SHA-256 (hex)."""
    return [content_digest(canonical(sha256))]


class SignedRequests(AuthBase):
    """Signs each request that `requests` sends, a repeated one anew.

    ``sha256`` is that of a document's content, which is sent but not looked at here.
    """

    def __init__(
        self,
        credential: Credential,
        actor: str = "",
        sha256: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._credential = credential
        self._actor = actor or credential.account
        self._sha256 = sha256
        self._clock = clock

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the headers that carry the signature."""
        parts = urlsplit(str(request.url))
        if self._sha256:
            content = content_of_object(self._sha256)
        else:
            body = request.body.encode() if isinstance(request.body, str) else request.body
            content = content_of(parts.path, body)
        time = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        nonce = secrets.token_hex(16)
        signed = statement(
            self._credential.account,
            self._actor,
            str(request.method),
            (parts.path, parts.query),
            content,
            str(request.headers.get(IDEMPOTENCY_HEADER, "")),
            time,
            nonce,
        )
        request.headers[ACCOUNT] = self._credential.account
        request.headers[ACTOR] = quote(self._actor)
        request.headers[TIME] = time
        request.headers[NONCE] = nonce
        request.headers[SIGNATURE] = self._credential.signer.sign("request", signed).hex()
        return request
