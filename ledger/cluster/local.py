"""The nodes' processes: started, asked, killed, ended."""

from __future__ import annotations

import os
import pwd
import random
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, Self, TypeVar
from uuid import uuid4

import psycopg
import requests

from ledger.cluster import files
from ledger.errors import SetupError

QUICK: Final = {"ttl": 12, "loop_wait": 1, "retry_timeout": 5}
"""Seconds for tests and trying out; deploy/patroni has those for a site."""
_PACKAGES: Final = "patroni etcd-server postgresql"
_PATIENCE_S: Final = 180.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """A node as Patroni sees it; ``role`` is leader, sync_standby or replica."""

    name: str
    host: str
    role: str
    state: str


def missing() -> str | None:
    """Why no cluster can be started here, or None."""
    if shutil.which("patroni") and shutil.which("etcd") and files.binaries() is not None:
        return None
    return f"no cluster: apt-get install {_PACKAGES}"


class Cluster:
    """A running cluster; ``timing`` replaces values of deploy/patroni's ``bootstrap.dcs``.

    Raises SetupError when packages are missing or the nodes do not find each other.
    """

    def __init__(self, timing: Mapping[str, int] | None = None) -> None:
        lack = missing()
        if lack is not None:
            raise SetupError(f"{lack[0].upper()}{lack[1:]}.")
        # PostgreSQL and Patroni do not run as root
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        net = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}"
        self.hosts = {name: f"{net}.{number}" for number, name in enumerate(files.NODES, start=1)}
        self._passwords = {name: secrets.token_urlsafe(16) for name in ("admin", "copy", "ledger")}
        self._processes: dict[str, list[subprocess.Popen[bytes]]] = {}
        self.folder = Path(mkdtemp(prefix="ledger-cluster-"))
        self._authority = self.folder / "tls" / "authority.pem"
        files.write(self.folder, self.hosts, self._passwords, timing or {})
        self._give(self.folder, *self.folder.rglob("*"))
        try:
            for name in self.hosts:
                self.start(name)
            self.wait()
            self._make_database()
        except SetupError:
            self._end()  # the logs stay: they say why
            raise
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """The ledger's database on whichever node takes writes, in libpq's form."""
        return self._address("ledger", self._passwords["ledger"])

    def new_address(self) -> str:
        """Room for another ledger, a schema and a user of its own, and its address."""
        name = f"ledger_{uuid4().hex}"
        with psycopg.connect(self._admin("ledger"), autocommit=True) as connection:
            connection.execute(
                f"CREATE ROLE {name} LOGIN PASSWORD '{self._passwords['ledger']}'".encode()
            )
            connection.execute(f"CREATE SCHEMA {name} AUTHORIZATION {name}".encode())
        return self._address(name, self._passwords["ledger"])

    def members(self) -> list[Member]:
        """The nodes as the first one that answers sees them; empty when none answers."""
        for host in self.hosts.values():
            with suppress(requests.RequestException, ValueError):
                answer = requests.get(
                    f"https://{host}:8008/cluster",
                    verify=str(self._authority),
                    timeout=2,
                ).json()
                return [
                    Member(m["name"], m["host"], m["role"], m["state"]) for m in answer["members"]
                ]
        return []

    def leader(self) -> str:
        """The name of the node that takes writes; waits for one."""
        return _awaited(
            lambda: next((m.name for m in self.members() if m.role == "leader"), None),
            "no leader",
        )

    def wait(self) -> None:
        """Wait until every started node runs, with a leader and a synchronous standby."""
        _awaited(self._complete, f"the nodes did not find each other, see {self.folder}")

    def start(self, name: str) -> None:
        """Start a node, also one that was killed."""
        node = self.folder / name
        commands = {"etcd": f"--config-file={node}/etcd.yml", "patroni": f"{node}/patroni.yml"}
        running = []
        for program, config in commands.items():
            with (node / f"{program}.log").open("ab") as log:
                running.append(
                    subprocess.Popen(
                        [str(shutil.which(program)), config],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
                        start_new_session=True,
                        **self._as_user(),
                    )
                )
        self._processes[name] = running

    def kill(self, name: str) -> None:
        """kill -9 of all that runs on a node, as a power cut ends it."""
        postmaster = self._postmaster(name)
        servers = [] if postmaster is None else [postmaster, *_children(postmaster)]
        etcd, patroni = self._processes.pop(name)
        _kill(patroni)
        for pid in servers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _kill(etcd)
        # while its number is taken, even by what is left of it, PostgreSQL would not start again
        number = Path(f"/proc/{postmaster}")
        _awaited(lambda: None if number.exists() else True, f"{name} lives on")

    def stop(self) -> None:
        """End every node at once and drop its files."""
        self._end()
        shutil.rmtree(self.folder)

    def _end(self) -> None:
        for etcd, patroni in self._processes.values():
            _kill(patroni)
            _kill(etcd)
        for name in self._processes:
            while (postmaster := self._postmaster(name)) is not None:
                with suppress(ProcessLookupError):
                    os.kill(postmaster, signal.SIGQUIT)
                time.sleep(0.1)
        self._processes.clear()

    def _address(self, user: str, password: str, database: str = "ledger") -> str:
        return (
            f"host={','.join(self.hosts.values())} port=5432 dbname={database} user={user} "
            f"password={password} sslmode=verify-full sslrootcert={self._authority} "
            "target_session_attrs=read-write"
        )

    def _admin(self, database: str) -> str:
        return self._address("postgres", self._passwords["admin"], database)

    def _complete(self) -> bool | None:
        for name, running in self._processes.items():
            if any(process.poll() is not None for process in running):
                raise SetupError(f"A program of {name} has ended, see {self.folder}/{name}/*.log.")
        members = [member for member in self.members() if member.name in self._processes]
        settled = all(member.state in ("running", "streaming") for member in members)
        roles = {member.role for member in members}
        whole = len(members) == len(self._processes) and roles >= {"leader", "sync_standby"}
        return True if settled and whole else None

    def _make_database(self) -> None:
        with psycopg.connect(self._admin("postgres"), autocommit=True) as connection:
            connection.execute(
                f"CREATE ROLE ledger LOGIN PASSWORD '{self._passwords['ledger']}'".encode()
            )
            connection.execute(b"CREATE DATABASE ledger OWNER ledger")

    def _postmaster(self, name: str) -> int | None:
        data = self.folder / name / "postgresql" / "data"
        try:
            pid = int((data / "postmaster.pid").read_text().split()[0])
            # the file may be of a dead one, and the number another program's by now
            return pid if str(data) in Path(f"/proc/{pid}/cmdline").read_text() else None
        except (OSError, ValueError, IndexError):
            return None

    def _give(self, *paths: Path) -> None:
        if self._user is not None:
            for path in paths:
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {"cwd": "/"}
        return {
            "user": self._user.pw_uid,
            "group": self._user.pw_gid,
            "extra_groups": [],
            "cwd": "/",
        }


def _kill(leader: subprocess.Popen[bytes]) -> None:
    """kill -9 of a program with its helpers; Patroni's PostgreSQL is no helper."""
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _awaited(ask: Callable[[], T | None], lack: str) -> T:
    """What ``ask`` gives once it gives something; raises SetupError after long."""
    end = time.monotonic() + _PATIENCE_S
    while (found := ask()) is None:
        if time.monotonic() > end:
            raise SetupError(f"The cluster is not as it should be: {lack}.")
        time.sleep(0.2)
    return found
