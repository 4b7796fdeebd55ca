"""The web application: the page's files, the WebSocket, and what keeps others out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from assistant.attention import Attention
from assistant.box import Box
from assistant.live import Engine
from assistant.login import LogIn
from assistant.server.connection import BAD_MESSAGE, NOT_PAIRED, TAKEN_OVER, Connection
from assistant.server.devices import Device, Devices
from assistant.server.metrics import Metrics
from assistant.server.protocol import Hello, ProtocolError, read_message
from assistant.staff import StaffMember

STATIC: Final = Path(__file__).parent / "static"
_HELLO_S: Final = 10.0
_MOST_BODY: Final = 65_536
_WIPE_S: Final = 2.0
"""How often log-ins whose time is over are looked for."""
_LOG: Final = logging.getLogger(__name__)


class Bedsides:
    """The WebSocket endpoint: at most one connection for each tablet."""

    def __init__(
        self,
        devices: Devices,
        staff: Callable[[], Mapping[str, StaffMember]],
        metrics: Metrics,
        attention: Callable[[], Attention | None],
        login: LogIn,
    ) -> None:
        """``attention`` makes that of one microphone; None where no wake word is needed."""
        self._login = login
        self._attention = attention
        self._devices = devices
        self._staff = staff
        self._metrics = metrics
        self._connections: dict[str, Connection] = {}
        self.engine: Engine | None = None
        """Set while the application runs."""

    async def meet(self, socket: WebSocket) -> None:
        """Let a paired tablet in; pages of other origins are turned away before that."""
        scheme = "https" if socket.url.scheme == "wss" else "http"
        if socket.headers.get("origin") != f"{scheme}://{socket.headers.get('host')}":
            await socket.close(1008)
            return
        await socket.accept()
        engine = self.engine
        assert engine is not None
        paired = await self._paired(socket, engine)
        if paired is None:
            return
        device, member, locked = paired
        connection = Connection(
            socket,
            engine,
            self._metrics,
            device,
            member,
            lambda: self._devices.has(device.id),
            self._attention(),
            self._login,
            locked=locked,
        )
        before = self._connections.get(device.id)
        self._connections[device.id] = connection
        if before is not None:
            await before.close(TAKEN_OVER)
        try:
            await connection.serve()
        finally:
            if self._connections.get(device.id) is connection:
                del self._connections[device.id]

    async def _paired(
        self, socket: WebSocket, engine: Engine
    ) -> tuple[Device, StaffMember, bool] | None:
        """Whose tablet it is, and whether it was locked; None when it was closed instead."""
        try:
            async with asyncio.timeout(_HELLO_S):
                message = read_message(await socket.receive_text())
        except (ProtocolError, TimeoutError, KeyError):
            await socket.close(BAD_MESSAGE)
            return None
        except WebSocketDisconnect:
            return None
        if isinstance(message, Hello):
            device = await engine.run(lambda: self._devices.find(message.token))
            member = (await engine.run(self._staff)).get(device.member) if device else None
            if device is not None and member is not None:
                return device, member, message.locked
        self._metrics.closed.labels(str(NOT_PAIRED)).inc()
        await socket.close(NOT_PAIRED)
        return None


def create_app(
    box: Box,
    devices: Devices,
    staff: Callable[[], Mapping[str, StaffMember]],
    names: Sequence[str],
    metrics: Metrics,
    attention: Callable[[], Attention | None],
    more: Sequence[BaseRoute] = (),
) -> Starlette:
    """The application; ``names`` are the host names it answers to, ``more`` its other routes."""
    bedsides = Bedsides(devices, staff, metrics, attention, box.login)

    async def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def exposition(_: Request) -> Response:
        return PlainTextResponse(metrics.text(), media_type="text/plain; version=0.0.4")

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        bedsides.engine = Engine(box.assistant, box.sessions)
        wiping = asyncio.create_task(_wiping(box.login))
        yield
        wiping.cancel()
        bedsides.engine.close()

    return Starlette(
        routes=[
            Route("/", page),
            Route("/metrics", exposition),
            WebSocketRoute("/bedside", bedsides.meet),
            *more,
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(names)),
            Middleware(Hardened),
        ],
        lifespan=lifespan,
    )


async def _wiping(login: LogIn) -> None:
    """End log-ins whose time is over also while no tablet is connected; never returns."""
    while True:
        await asyncio.sleep(_WIPE_S)
        try:
            await asyncio.to_thread(login.wipe_expired)
        except Exception as error:  # the log may be full: what is left is wiped the next time
            _LOG.error("wiping failed: %s", type(error).__name__)


class Hardened:
    """Security headers on every response, and no large bodies.

    The policy allows nothing from elsewhere and nothing inline: a name from the ledger that
    held markup could run nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        length = request.headers.get("content-length", "0")
        chunked = "transfer-encoding" in request.headers
        if chunked or not length.isdigit() or int(length) > _MOST_BODY:
            await PlainTextResponse("too large", 413)(scope, receive, send)
            return
        socket = f"{'wss' if scope['scheme'] == 'https' else 'ws'}://{request.headers.get('host')}"
        added = {
            "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src 'self' blob:; connect-src 'self' {socket};"
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "microphone=(self), screen-wake-lock=(self), camera=()",
        }
        if scope["scheme"] == "https":
            added["strict-transport-security"] = "max-age=31536000"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(k, v) for k, v in message["headers"] if k.decode().lower() not in added]
                message["headers"] = kept + [
                    (name.encode(), value.encode()) for name, value in added.items()
                ]
            await send(message)

        await self._app(scope, receive, with_headers)
