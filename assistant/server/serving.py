"""Running the web server: on loopback over HTTP, or on the network over HTTPS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import InvalidState

from assistant import settings, staff
from assistant.attention import Attention
from assistant.box import Box
from assistant.config import Paths
from assistant.server import admin, tracing
from assistant.server.app import create_app
from assistant.server.devices import Devices
from assistant.server.metrics import Metrics
from assistant.server.tls import Certificate, certificate_for, local_names

DEFAULT_PORT: Final = 8470
_BACKLOG: Final = 128
_START_S: Final = 20.0
_MOST_MESSAGE: Final = 65_536
_MOST_CONNECTIONS: Final = 200

# InvalidState is suppressed around the server: uvicorn 0.54 raises it out of its shutdown when a
# tablet is just closing its connection. The process ends either way.


def serve(
    box: Box,
    paths: Paths,
    port: int,
    *,
    lan: bool,
    wake_word: bool,
    ready: Callable[[str, str | None], None],
) -> None:
    """Serve until a signal; ``ready`` gets each URL, and the certificate's fingerprint.

    Without ``wake_word`` all that is heard is meant for the assistant.
    """
    names = local_names() if lan else ["127.0.0.1", "localhost"]
    certificate = certificate_for(paths.tls, names) if lan else None
    with listening("0.0.0.0" if lan else "127.0.0.1", port) as listener:
        server = _server(_app(box, paths, names, wake_word=wake_word), certificate)
        port = listener.getsockname()[1]

        async def run() -> None:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.01)
            if server.started:
                for name in names if lan else names[:1]:
                    scheme = "https" if lan else "http"
                    ready(f"{scheme}://{name}:{port}/", certificate.sha256 if certificate else None)
            await serving

        with contextlib.suppress(InvalidState):
            asyncio.run(run())


@contextmanager
def running(box: Box, paths: Paths, *, tls: bool = False, wake_word: bool = False) -> Iterator[str]:
    """The server on loopback, on a free port and a thread of its own: its URL."""
    names = ["127.0.0.1", "localhost"]
    certificate = certificate_for(paths.tls, names) if tls else None
    with listening("127.0.0.1", 0) as listener:
        server = _server(_app(box, paths, names, wake_word=wake_word), certificate)

        def run() -> None:
            with contextlib.suppress(InvalidState):
                server.run([listener])

        thread = threading.Thread(target=run, name="web", daemon=True)
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(_START_S)


def _app(box: Box, paths: Paths, names: list[str], *, wake_word: bool) -> Starlette:
    chosen = settings.load(paths.settings).attention
    provider = tracing.provider()
    metrics = Metrics(tracing.recorder(provider) if provider is not None else None)
    return create_app(
        box,
        Devices(paths.devices),
        lambda: staff.load(paths.staff),
        names,
        metrics,
        lambda: Attention(chosen) if wake_word else None,
        admin.routes(paths, metrics, box.thresholds, box.login),
    )


def _server(app: Starlette, certificate: Certificate | None) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            server_header=False,
            ws="websockets-sansio",
            ws_max_size=_MOST_MESSAGE,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=3,
            ssl_keyfile=certificate.key if certificate else None,
            ssl_certfile=certificate.certificate if certificate else None,
        )
    )


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that names its protocol: only then asyncio turns Nagle's algorithm off."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        yield listener
