"""HTTP around the endpoints: signatures, version header, problem documents, strict parameters."""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.accounts import Accounts
from ledger.errors import (
    AccessDenied,
    BodyInvalid,
    MethodNotAllowed,
    NotAcceptable,
    PathUnknown,
    ServiceError,
)
from ledger.incoming import idempotency_key, parsed, signed, uploaded, values_of, whole_body
from ledger.operations import Call, Endpoint, Upload
from ledger_client import signing
from ledger_client.messages import Page, current
from ledger_client.sealed import canonical
from ledger_client.wire import API_VERSION, PROBLEM_TYPE, VERSION_HEADER, to_wire

_FHIR: Final = "application/fhir+json"
Release = Literal["R4B", "R5"]
HEADERS: Final = {VERSION_HEADER: API_VERSION, "Cache-Control": "no-store"}
_log = logging.getLogger(__name__)


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
                upload = await uploaded(request, file)
                return await run_in_threadpool(_take, endpoint, request, upload, accounts)
        body = await whole_body(request)
        return await run_in_threadpool(_answer, endpoint, request, body, accounts)

    return handle


def _answer(endpoint: Endpoint, request: Request, body: bytes, accounts: Accounts) -> Response:
    caller = accounts.caller(signed(request, body))
    if endpoint.roles and caller.account.role not in endpoint.roles:
        raise AccessDenied("This role may not do that.")
    values = values_of(request, endpoint.queries)
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
    key = idempotency_key(request)
    given, message = parsed(endpoint.path, endpoint.body, body)
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


def _take(endpoint: Endpoint, request: Request, upload: Upload, accounts: Accounts) -> Response:
    caller = accounts.caller(signed(request, signing.content_of_object(upload.sha256)))
    values = values_of(request, endpoint.queries)
    call = Call(caller, values, upload, (canonical(upload.sha256),), idempotency_key(request))
    return reply(endpoint.answer(call), endpoint.reply, 201)


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
