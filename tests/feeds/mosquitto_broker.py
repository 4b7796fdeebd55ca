"""A real Mosquitto that tests may kill."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from pathlib import Path

from ledger.feeds.relay import Broker

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
ACL = Path(__file__).parents[2] / "deploy" / "mosquitto" / "acl"


class Mosquitto:
    """A broker process on a port of its own; it keeps its files when it is killed."""

    def __init__(self, folder: Path, users: tuple[str, ...]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._passwords = {user: f"secret of {user}" for user in users}
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        for user, password in self._passwords.items():
            subprocess.run(["mosquitto_passwd", "-b", str(passwords), user, password], check=True)
        acl = folder / "acl"
        shutil.copy(ACL, acl)
        acl.chmod(0o600)
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            # as root it would become another user, who may not read the test's files
            f"user {getpass.getuser()}\n"
            f"listener {self.port} 127.0.0.1\n"
            "allow_anonymous false\n"
            f"password_file {passwords}\n"
            f"acl_file {acl}\n"
            "persistence true\n"
            f"persistence_location {folder}/\n"
            "max_inflight_messages 20\n"
            "log_type error\n"
        )
        self.process = self._started()

    def broker(self, user: str) -> Broker:
        """How ``user`` connects."""
        return Broker("127.0.0.1", self.port, user, self._passwords[user])

    def kill(self) -> None:
        """kill -9, and start again."""
        self.process.kill()
        self.process.wait()
        self.process = self._started()

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        assert MOSQUITTO is not None
        process = subprocess.Popen([MOSQUITTO, "-c", str(self._configuration)])
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return process
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, "no broker"
                time.sleep(0.02)
