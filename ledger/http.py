"""HTTP around the endpoints: token, version header, problem documents, strict parameters."""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import re
import traceback
from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.errors import (
    BodyInvalid,
    BodyTooLarge,
    MethodNotAllowed,
    ParameterInvalid,
    PathUnknown,
    ServiceError,
    Unauthorized,
)
from ledger_client.wire import (
    API_VERSION,
    IDEMPOTENCY_HEADER,
    PROBLEM_TYPE,
    VERSION_HEADER,
    from_wire,
    to_wire,
)

_MAX_BODY: Final = 1 << 20
_MAX_KEY: Final = 200
_HEADERS: Final = {VERSION_HEADER: API_VERSION, "Cache-Control": "no-store"}
_log = logging.getLogger(__name__)

T = TypeVar("T")


class Parameters:
    """The query of one request: each parameter once, none that the endpoint does not know."""

    def __init__(self, request: Request, known: tuple[str, ...]) -> None:
        pairs = request.query_params.multi_items()
        names = [name for name, _ in pairs]
        if any(name not in known for name in names):
            raise ParameterInvalid(f"Unknown parameter; known are: {', '.join(known) or 'none'}.")
        if len(set(names)) < len(names):
            raise ParameterInvalid("A parameter is given twice.")
        self._values = dict(pairs)

    def text(self, name: str, pattern: str) -> str:
        """A required parameter."""
        value = self.optional(name, pattern)
        if value is None:
            raise ParameterInvalid("The parameter is missing.", name)
        return value

    def optional(self, name: str, pattern: str = ".{1,200}") -> str | None:
        """A parameter that may be missing."""
        value = self._values.get(name)
        if value is not None and not re.fullmatch(pattern, value, re.ASCII | re.DOTALL):
            raise ParameterInvalid("The parameter is ill-formed.", name)
        return value

    def card(self) -> str:
        """The patientId of the request."""
        return self.text("patientId", "[0-9]{1,16}")

    def day(self, name: str) -> date | None:
        """A date in ISO 8601, e.g. 2026-11-21."""
        value = self.optional(name, r"\d{4}-\d{2}-\d{2}")
        try:
            return None if value is None else date.fromisoformat(value)
        except ValueError:
            raise ParameterInvalid("The parameter is no date.", name) from None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = int(self.optional(name, r"\d{1,9}") or default)
        if not least <= value <= most:
            raise ParameterInvalid(f"The parameter is not within {least} and {most}.", name)
        return value


def reply(message: object, kind: Any = None, status: int = 200) -> Response:
    """A message as JSON."""
    return Response(to_wire(message, kind), status, _HEADERS, "application/json")


def read_route(
    path: str, parameters: tuple[str, ...], answer: Callable[[Parameters], Response]
) -> Route:
    """A GET endpoint that knows these parameters."""

    def endpoint(request: Request) -> Response:
        return answer(Parameters(request, parameters))

    return Route(path, endpoint, methods=["GET"])


def append_route(path: str, kind: type[T], answer: Callable[[T, str | None], Response]) -> Route:
    """A POST endpoint that takes one message, stored once for each idempotency key."""

    async def endpoint(request: Request) -> Response:
        Parameters(request, ())
        key = request.headers.get(IDEMPOTENCY_HEADER)
        if key is not None and not 1 <= len(key) <= _MAX_KEY:
            raise ParameterInvalid("The idempotency key is too long or empty.", IDEMPOTENCY_HEADER)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY:
                raise BodyTooLarge(f"A record has at most {_MAX_BODY} bytes.")
        try:
            message = from_wire(kind, bytes(body))
        except ValidationError as error:
            # its text quotes the values: only the names of the fields are passed on
            places = {".".join(str(part) for part in item["loc"]) for item in error.errors()}
            known = sorted(place for place in places if len(place) < 40)
            raise BodyInvalid("The body is no such record.", ", ".join(known) or None) from None
        return await run_in_threadpool(answer, message, key)

    return Route(path, endpoint, methods=["POST"])


def application(routes: list[BaseRoute], token: str, open_paths: tuple[str, ...]) -> ASGIApp:
    """The ASGI application; every answer carries the version, every refusal is a problem."""
    starlette = Starlette(
        routes=routes,
        exception_handlers={
            ServiceError: _refusal,
            HTTPException: _refusal,
            Exception: _unforeseen,
        },
    )

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in open_paths:
            given = Request(scope).headers.get("Authorization", "")
            # bytes: compare_digest takes no other characters than ASCII in str
            if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                response = _problem(Unauthorized("The bearer token is missing or wrong."))
                response.headers["WWW-Authenticate"] = "Bearer"
                await response(scope, receive, send)
                return
        # _unforeseen has answered and logged it; raised on, the server would log its text
        with contextlib.suppress(Exception):
            await starlette(scope, receive, send)

    return guarded


async def _refusal(_: Request, error: Exception) -> Response:
    if isinstance(error, ServiceError):
        if error.status >= 500:
            _log.error("refused: %s: %s", error.code, error.detail)
        return _problem(error)
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        return _problem(MethodNotAllowed("The endpoint has no such method."))
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
    return Response(json.dumps(content), error.status, _HEADERS, PROBLEM_TYPE)
