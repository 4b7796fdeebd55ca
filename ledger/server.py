"""Running the ledger: as a process of its own, or on a thread of another program."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from ledger.accounts import Accounts
from ledger.api import create_app
from ledger.charts import Charts
from ledger.contracts.embedded import EmbeddedEngine
from ledger.contracts.messages import Engine
from ledger.contracts.rpc import RpcEngine
from ledger.contracts.service import Contracts
from ledger.demo import ORGANISATION
from ledger.erasure import finish
from ledger.errors import SetupError
from ledger.keys import secret_file
from ledger.reads import ReadJournal
from ledger.store import Store
from ledger_client.messages import Account
from ledger_client.signing import Credential

__all__ = ["create_app", "credential", "running", "serve"]

FILES: Final = {"box": "token", "admin": "admin-token"}
NODE_KEY: Final = "node.pub"
"""The node's public key, for the clients of this machine."""
_BACKLOG: Final = 128
_START_S: Final = 10.0


def credential(home: Path, name: str) -> Credential:
    """A credential of the ledger's own machine, made on first use; raises :class:`SetupError`.

    ``box`` (file ``token``) is what the assistant on this machine asks with, ``admin`` (file
    ``admin-token``) what administers the ledger.
    """
    path = home / FILES[name]
    text = secret_file(path, Credential.new(name).text().encode())
    try:
        return Credential.parse(text.decode("ascii"))
    except ValueError:
        raise SetupError(
            f"{path.name} holds no credential of this version: delete it, and a new one is made."
        ) from None


def serve(
    home: Path,
    port: int,
    host: str = "127.0.0.1",
    tls: tuple[Path, Path] | None = None,
    node: str | None = None,
) -> None:
    """Serve the ledger in ``home`` until a signal stops it.

    Prints one line with the URL when it is ready; ``port`` 0 takes a free one. ``tls`` names
    certificate and key; without it only this machine is served: raises :class:`SetupError`.
    ``node`` is the URL of the Ethereum node that runs the contracts, instead of this process.
    """
    with _listening(host, port, tls) as (listener, url), _opened(home, node) as app:
        server = _server(app, tls)

        async def run() -> None:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.01)
            if server.started:
                print(f"Ledger ready at {url}", flush=True)
            await serving

        asyncio.run(run())


@contextmanager
def running(home: Path, tls: tuple[Path, Path] | None = None) -> Iterator[tuple[str, str]]:
    """The ledger in ``home`` on a thread and a free port: its URL and the box's credential."""
    with _listening("127.0.0.1", 0, tls) as (listener, url), _opened(home) as app:
        server = _server(app, tls)
        thread = threading.Thread(target=server.run, args=([listener],), name="ledger", daemon=True)
        thread.start()
        try:
            # the socket listens already: requests that come before the start just wait
            yield url, credential(home, "box").text()
        finally:
            server.should_exit = True
            thread.join(_START_S)


def _server(app: ASGIApp, tls: tuple[Path, Path] | None) -> uvicorn.Server:
    certificate, key = tls or (None, None)
    # the access log would hold patients' cards
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=5,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
    )


@contextmanager
def _opened(home: Path, node: str | None = None) -> Iterator[ASGIApp]:
    with closing(Store(home)) as store, _alone(home):
        finish(store)
        accounts = Accounts(store, Charts(store))
        for name, role in (("box", "organisation"), ("admin", "admin")):
            key = str(credential(home, name).signer.public)
            accounts.ensure(Account(name, name, role, ORGANISATION, key))  # type: ignore[arg-type]
        (home / NODE_KEY).write_text(f"{store.keys.public}\n")
        with closing(ReadJournal(store)) as journal, closing(_engine(home, node)) as engine:
            yield create_app(store, journal, Contracts(engine))


def _engine(home: Path, node: str | None) -> Engine:
    return RpcEngine(node) if node else EmbeddedEngine(home / "contracts")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One service for a folder: two would chain each other's reads."""
    with (home / "service.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError("Another service has this ledger open: stop it first.") from None
        yield


@contextmanager
def _listening(
    host: str, port: int, tls: tuple[Path, Path] | None
) -> Iterator[tuple[socket.socket, str]]:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        local = ip_address(address).is_loopback
    except ValueError:
        local = False
    if not local and tls is None:
        raise SetupError(
            "Without TLS the ledger serves this machine only: give --tls-cert and --tls-key, or "
            "bind 127.0.0.1."
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
        scheme = "http" if tls is None else "https"
        yield listener, f"{scheme}://{shown}:{listener.getsockname()[1]}"
