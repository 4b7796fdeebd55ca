"""Running the ledger: as a process of its own, or on a thread of another program."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import uvicorn

from ledger.api import create_app
from ledger.errors import SetupError
from ledger.keys import secret_file
from ledger.store import Store

__all__ = ["create_app", "read_token", "running", "serve"]

_BACKLOG: Final = 128
_START_S: Final = 10.0


def read_token(path: Path) -> str:
    """The bearer token in ``path``, made on first use; raises :class:`SetupError`."""
    try:
        token = secret_file(path, secrets.token_urlsafe(32).encode()).decode("ascii").strip()
    except UnicodeDecodeError:
        token = ""
    if len(token) < 32:
        raise SetupError(f"{path.name} holds no token of 32 or more characters: delete it.")
    return token


def serve(home: Path, port: int, host: str = "127.0.0.1", token_file: Path | None = None) -> None:
    """Serve the ledger in ``home`` until a signal stops it.

    Prints one line with the URL when it is ready; ``port`` 0 takes a free one. Raises
    :class:`SetupError`, e.g. for a ``host`` that other machines could reach: the service
    has no TLS of its own.
    """
    token = read_token(token_file or home / "token")
    with _listening(host, port) as (listener, url), _opened(home) as store:
        server = _server(store, token)

        async def run() -> None:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.01)
            if server.started:
                print(f"Ledger ready at {url}", flush=True)
            await serving

        asyncio.run(run())


@contextmanager
def running(home: Path) -> Iterator[tuple[str, str]]:
    """The ledger in ``home`` on a thread and a free port: its URL and token."""
    token = read_token(home / "token")
    with _listening("127.0.0.1", 0) as (listener, url), _opened(home) as store:
        server = _server(store, token)
        thread = threading.Thread(target=server.run, args=([listener],), name="ledger", daemon=True)
        thread.start()
        try:
            # the socket listens already: requests that come before the start just wait
            yield url, token
        finally:
            server.should_exit = True
            thread.join(_START_S)


def _server(store: Store, token: str) -> uvicorn.Server:
    # the access log would hold patients' cards
    return uvicorn.Server(
        uvicorn.Config(
            create_app(store, token),
            access_log=False,
            log_level="warning",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )


@contextmanager
def _opened(home: Path) -> Iterator[Store]:
    store = Store(home)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _listening(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        local = ip_address(address).is_loopback
    except ValueError:
        local = False
    if not local:
        raise SetupError(
            "The ledger serves without TLS and so only on this machine: bind 127.0.0.1 and put "
            "a TLS proxy in front for others."
        )
    six = ":" in address
    family = socket.AF_INET6 if six else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol: without
    # it every answer waits 40 ms for the client's delayed acknowledgement
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError as error:
            raise SetupError(f"Port {port} can't be bound: {error.strerror}.") from None
        listener.listen(_BACKLOG)
        shown = f"[{address}]" if six else address
        yield listener, f"http://{shown}:{listener.getsockname()[1]}"
