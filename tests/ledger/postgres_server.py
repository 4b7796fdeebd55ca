"""A real PostgreSQL that tests may kill."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import psycopg

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
BIN = _FOLDERS[0] if _FOLDERS else None
SETTINGS = {
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "max_connections": "30",
    "shared_buffers": "32MB",
    "fsync": "on",
    "log_min_messages": "panic",
}


class PostgresServer:
    """A server on a port of its own; its files survive its being killed."""

    def __init__(self) -> None:
        assert BIN is not None
        # not in pytest's folder, which other sessions close to everybody but root
        folder = Path(mkdtemp(prefix="ledger-postgres-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._data = folder / "data"
        # PostgreSQL does not run as root
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self._run([str(BIN / "initdb"), "-D", str(self._data), "-A", "trust", "-U", "ledger"])
        self.process = self._started()

    def database(self) -> str:
        """Room for one ledger: a schema and a user of its own; gives the address."""
        name = f"ledger_{uuid4().hex}"
        with psycopg.connect(self._address("ledger"), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {name} LOGIN".encode())
            connection.execute(f"CREATE SCHEMA {name} AUTHORIZATION {name}".encode())
        return self._address(name)

    def configure(self, setting: str, value: str) -> None:
        """Change a setting of the running server, for good."""
        with psycopg.connect(self._address("ledger"), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {setting} = '{value}'".encode())
            connection.execute("SELECT pg_reload_conf()")

    def wait_for_a_commit_that_waits(self) -> None:
        """Until one waits for its standby."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        end = time.monotonic() + 60
        with psycopg.connect(self._address("ledger"), autocommit=True) as connection:
            while connection.execute(waiting).fetchone() == (0,):
                assert time.monotonic() < end, "no commit waits"
                time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 of the whole server, and start again."""
        self.process.kill()
        self.process.wait()
        self.process = self._started()

    def stop(self) -> None:
        """End the server, and drop its files."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        shutil.rmtree(self._data.parent)

    def _address(self, user: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={user} dbname=postgres"

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_user())

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {
            "user": self._user.pw_uid,
            "group": self._user.pw_gid,
            "extra_groups": [],
            "cwd": "/",
        }

    def _started(self) -> subprocess.Popen[bytes]:
        assert BIN is not None
        options = [part for item in SETTINGS.items() for part in ("-c", "=".join(item))]
        command = [str(BIN / "postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        deadline = time.monotonic() + 40
        process = subprocess.Popen(command, **self._as_user())
        while True:
            try:
                psycopg.connect(self._address("ledger"), connect_timeout=2).close()
                return process
            except psycopg.OperationalError:
                if process.poll() is not None:
                    # children of a killed server hold its memory for a moment
                    process = subprocess.Popen(command, **self._as_user())
                assert time.monotonic() < deadline, "no PostgreSQL"
                time.sleep(0.2)
