"""Reading a request strictly: body, signature, record, parameters."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, Final
from urllib.parse import unquote

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from ledger.accounts import Signed
from ledger.errors import BodyInvalid, BodyTooLarge, LedgerFull, ParameterInvalid, Unauthorized
from ledger.objects import MAX_BYTES
from ledger.operations import Query, Upload
from ledger_client import signing
from ledger_client.wire import IDEMPOTENCY_HEADER, from_wire

MAX_BODY: Final = 1 << 20
MAX_KEY: Final = 200
_START: Final = 4096
"""Bytes of a document by which its type is told."""


def idempotency_key(request: Request) -> str | None:
    """The key under which a record is stored once; raises ParameterInvalid."""
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise ParameterInvalid("The idempotency key is too long or empty.", IDEMPOTENCY_HEADER)
    return key


async def uploaded(request: Request, file: BinaryIO) -> Upload:
    """Write the body to ``file`` as it comes, and hash it."""
    found, start, size = hashlib.sha256(), b"", 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BYTES:
                raise BodyTooLarge(f"A document has at most {MAX_BYTES} bytes.")
            found.update(chunk)
            start = (start + chunk)[:_START] if len(start) < _START else start
            await run_in_threadpool(file.write, chunk)
    except ClientDisconnect:
        raise BodyInvalid("The body broke off.") from None
    except OSError:
        raise LedgerFull("No room for another document; nothing was stored.") from None
    file.seek(0)
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Upload(file, start, found.hexdigest(), media_type)


async def whole_body(request: Request) -> bytes:
    """The body, at most :data:`MAX_BODY` bytes; raises BodyTooLarge, BodyInvalid."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise BodyTooLarge(f"A body has at most {MAX_BODY} bytes.")
    except ClientDisconnect:
        raise BodyInvalid("The body broke off.") from None
    return bytes(body)


def signed(request: Request, content: list[str] | bytes) -> Signed:
    """Who signed what, still to be proved; raises Unauthorized where nobody did."""
    headers = request.headers
    try:
        account, time = headers[signing.ACCOUNT], headers[signing.TIME]
        nonce, signature = headers[signing.NONCE], headers[signing.SIGNATURE]
    except KeyError:
        raise Unauthorized("The request is not signed.") from None
    path = request.scope["raw_path"].decode("latin-1")
    return Signed(
        account,
        unquote(headers.get(signing.ACTOR, account)),
        request.method,
        (path, request.scope["query_string"].decode("latin-1")),
        signing.content_of(path, content) if isinstance(content, bytes) else content,
        headers.get(IDEMPOTENCY_HEADER, ""),
        time,
        nonce,
        signature,
    )


def parsed(path: str, kind: type, body: bytes) -> tuple[tuple[bytes, ...], Any]:
    """The records of a body in canonical form, and the message; raises BodyInvalid."""
    try:
        given = tuple(signing.records_in(path, body))
        whole = given[0] if path != signing.TRANSACTIONS else _joined(given)
        return given, from_wire(kind, whole)
    except ValidationError as error:
        # its text quotes the values: only the names of the fields are passed on
        places = {".".join(str(part) for part in item["loc"]) for item in error.errors()}
        known = sorted(place for place in places if len(place) < 40)
        raise BodyInvalid("The body is no such record.", ", ".join(known) or None) from None
    except (ValueError, RecursionError):
        raise BodyInvalid("The body is not JSON with a canonical form.") from None


def _joined(records: tuple[bytes, ...]) -> bytes:
    return b'{"records":[' + b",".join(records) + b"]}"


def values_of(request: Request, known: tuple[Query, ...]) -> dict[str, Any]:
    """Parameters of query and path by name, no others taken; raises ParameterInvalid."""
    pairs = request.query_params.multi_items()
    names = [name for name, _ in pairs]
    here = {query.name for query in known} - request.path_params.keys()
    if any(name not in here for name in names):
        listed = ", ".join(sorted(here)) or "none"
        raise ParameterInvalid(f"Unknown parameter; known are: {listed}.")
    if len(set(names)) < len(names):
        raise ParameterInvalid("A parameter is given twice.")
    given = {**dict(pairs), **request.path_params}
    values: dict[str, Any] = {}
    for query in known:
        if query.name in given:
            values[query.name] = query.value(given[query.name])
        elif query.required:
            raise ParameterInvalid("The parameter is missing.", query.name)
        else:
            values[query.name] = query.default
    return values
