"""HTTP around the endpoints: signatures, version header, problem documents, strict parameters."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal
from urllib.parse import unquote

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.accounts import Accounts, Caller, Signed
from ledger.errors import (
    AccessDenied,
    BodyInvalid,
    BodyTooLarge,
    LedgerFull,
    MethodNotAllowed,
    NotAcceptable,
    ParameterInvalid,
    PathUnknown,
    ServiceError,
    Unauthorized,
)
from ledger.objects import MAX_BYTES
from ledger_client import signing
from ledger_client.messages import Page, current
from ledger_client.sealed import canonical
from ledger_client.wire import (
    API_VERSION,
    IDEMPOTENCY_HEADER,
    PROBLEM_TYPE,
    VERSION_HEADER,
    from_wire,
    to_wire,
)

MAX_BODY: Final = 1 << 20
MAX_KEY: Final = 200
_FHIR: Final = "application/fhir+json"
Release = Literal["R4B", "R5"]
_START: Final = 4096
"""Bytes of a document by which its type is told."""
HEADERS: Final = {VERSION_HEADER: API_VERSION, "Cache-Control": "no-store"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query or the path; given once and of this form, or refused."""

    name: str
    about: str
    pattern: str = ".{1,200}"
    kind: Literal["text", "date", "number"] = "text"
    required: bool = False
    least: int = 0
    most: int = 10**9
    default: int | None = None

    def value(self, text: str) -> Any:
        """The parameter in ``text``; raises ParameterInvalid."""
        pattern = {"text": self.pattern, "date": r"\d{4}-\d{2}-\d{2}", "number": r"\d{1,10}"}
        if not re.fullmatch(pattern[self.kind], text, re.ASCII | re.DOTALL):
            raise ParameterInvalid("The parameter is ill-formed.", self.name)
        if self.kind == "text":
            return text
        if self.kind == "date":
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise ParameterInvalid("The parameter is no date.", self.name) from None
        if not self.least <= int(text) <= self.most:
            raise ParameterInvalid(
                f"The parameter is not within {self.least} and {self.most}.", self.name
            )
        return int(text)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, proved and parsed."""

    caller: Caller
    values: Mapping[str, Any]
    """Parameters of query and path by name; None where one was left out."""
    body: Any = None
    given: tuple[bytes, ...] = ()
    """The records of the body in canonical form, as the caller signed them."""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the API: what it takes, what it gives, who may call it."""

    method: Literal["GET", "POST"]
    path: str
    summary: str
    answer: Callable[[Call], object]
    reply: Any
    queries: tuple[Query, ...] = ()
    body: type | None = None
    roles: tuple[str, ...] = field(default=())
    """Roles that may call it; empty for every active account."""
    about: str = ""
    upload: bool = False
    """Takes a document's content instead of JSON; the call's body is an :class:`Upload`."""
    download: bool = False
    """Gives a document's content: ``answer`` returns a Response."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Content that came in: a temporary file, its start, its SHA-256."""

    file: BinaryIO
    start: bytes
    sha256: str
    media_type: str


def application(
    endpoints: tuple[Endpoint, ...],
    opened: Mapping[str, Response],
    accounts: Accounts,
    spool: Path,
) -> ASGIApp:
    """The ASGI application; every answer carries the version, every refusal is a problem.

    ``opened`` are the answers of the paths that need no signature; uploads wait for their
    signature as nameless files in ``spool``.
    """
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    routes = [
        Route(path, _dispatcher(by_method, accounts, spool), methods=list(by_method))
        for path, by_method in by_path.items()
    ]
    routes += [Route(path, _fixed(response)) for path, response in opened.items()]
    starlette = Starlette(
        routes=routes,
        exception_handlers={
            ServiceError: _refusal,
            HTTPException: _refusal,
            Exception: _unforeseen,
        },
    )

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        # _unforeseen has answered and logged it; raised on, the server would log its text
        with contextlib.suppress(Exception):
            await starlette(scope, receive, send)

    return guarded


def reply(message: object, kind: Any = None, status: int = 200) -> Response:
    """A message as JSON."""
    return Response(to_wire(message, kind), status, HEADERS, "application/json")


def _fixed(response: Response) -> Callable[[Request], Response]:
    return lambda request: response


def _dispatcher(by_method: Mapping[str, Endpoint], accounts: Accounts, spool: Path) -> Any:
    async def handle(request: Request) -> Response:
        endpoint = by_method["GET" if request.method == "HEAD" else request.method]
        if endpoint.upload:
            with tempfile.TemporaryFile(dir=spool) as file:
                upload = await _uploaded(request, file)
                return await run_in_threadpool(_take, endpoint, request, upload, accounts)
        body = await _body(request)
        return await run_in_threadpool(_answer, endpoint, request, body, accounts)

    return handle


def _answer(endpoint: Endpoint, request: Request, body: bytes, accounts: Accounts) -> Response:
    caller = accounts.caller(_signed(request, body))
    if endpoint.roles and caller.account.role not in endpoint.roles:
        raise AccessDenied("This role may not do that.")
    values = _values(request, endpoint.queries)
    if endpoint.body is None:
        if body:
            raise BodyInvalid("This request takes no body.")
        answer = endpoint.answer(Call(caller, values))
        if isinstance(answer, Response):
            return answer
        release = _fhir_release(request.headers.get("Accept", ""))
        if release is not None:
            return _as_fhir(answer, str(values.get("patientId", "")), release)
        return reply(answer, endpoint.reply)
    key = _key(request)
    given, message = _parsed(endpoint.path, endpoint.body, body)
    call = Call(caller, values, message, given, key)
    return reply(endpoint.answer(call), endpoint.reply, 201)


def _fhir_release(accept: str) -> Release | None:
    """Which FHIR release is asked for by ``application/fhir+json; fhirVersion=4.3`` or ``5.0``."""
    for wanted in accept.split(","):
        media, *parameters = (part.strip() for part in wanted.split(";"))
        if media.lower() == _FHIR:
            return "R5" if "fhirVersion=5.0" in parameters else "R4B"
    return None


def _as_fhir(answer: object, card: str, release: Release) -> Response:
    try:
        # an optional extra: a ledger without FHIR starts without it
        from ledger_client import fhir

        if isinstance(answer, Page):
            body = fhir.bundle(
                [fhir.resource(item, card) for item in current(answer.items)], release
            )
        else:
            body = fhir.one(fhir.resource(answer, card), release)
    except (ImportError, ValueError):
        raise NotAcceptable("This answer has no FHIR form here.") from None
    version = "5.0" if release == "R5" else "4.3"
    return Response(body, 200, HEADERS, f"{_FHIR}; fhirVersion={version}; charset=utf-8")


def _key(request: Request) -> str | None:
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise ParameterInvalid("The idempotency key is too long or empty.", IDEMPOTENCY_HEADER)
    return key


def _take(endpoint: Endpoint, request: Request, upload: Upload, accounts: Accounts) -> Response:
    caller = accounts.caller(_signed(request, signing.content_of_object(upload.sha256)))
    values = _values(request, endpoint.queries)
    call = Call(caller, values, upload, (canonical(upload.sha256),), _key(request))
    return reply(endpoint.answer(call), endpoint.reply, 201)


async def _uploaded(request: Request, file: BinaryIO) -> Upload:
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


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise BodyTooLarge(f"A body has at most {MAX_BODY} bytes.")
    except ClientDisconnect:
        raise BodyInvalid("The body broke off.") from None
    return bytes(body)


def _signed(request: Request, content: list[str] | bytes) -> Signed:
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


def _parsed(path: str, kind: type, body: bytes) -> tuple[tuple[bytes, ...], Any]:
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


def _values(request: Request, known: tuple[Query, ...]) -> dict[str, Any]:
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


async def _refusal(_: Request, error: Exception) -> Response:
    if isinstance(error, ServiceError):
        if error.status >= 500:
            _log.error("refused: %s: %s", error.code, error.detail)
        response = _problem(error)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = "Ledger-Signature"
        return response
    if isinstance(error, HTTPException) and error.status_code == 405:
        response = _problem(MethodNotAllowed("The endpoint has no such method."))
        response.headers.update(error.headers or {})
        return response
    return _problem(PathUnknown("No such endpoint."))


async def _unforeseen(_: Request, error: Exception) -> Response:
    """Log where it happened; the text of the error may hold PHI and is dropped."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("unforeseen %s at %s:%s", type(error).__name__, place.filename, place.lineno)
    return _problem(ServiceError("Unforeseen error; the service's log says where."))


def _problem(error: ServiceError) -> Response:
    """A problem document (RFC 9457)."""
    content = {
        "type": f"urn:clinic-ledger:problem:{error.code}",
        "title": type(error).__name__,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.parameter:
        content["parameter"] = error.parameter
    return Response(json.dumps(content), error.status, HEADERS, PROBLEM_TYPE)
