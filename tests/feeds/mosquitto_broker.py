"""A real Mosquitto that tests may kill."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from pathlib import Path

import trustme

from ledger.feeds.relay import Broker

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
ACL = Path(__file__).parents[2] / "deploy" / "mosquitto" / "acl"


class Mosquitto:
    """A broker process on a port of its own; it keeps its files when it is killed."""

    def __init__(
        self, folder: Path, users: tuple[str, ...], authority: trustme.CA | None = None
    ) -> None:
        """With ``authority`` it speaks TLS only, by a certificate that this authority signed."""
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
            "log_type error\n" + ("" if authority is None else _tls(folder, authority))
        )
        self.process = self._started()

    def broker(self, user: str, authority: Path | None = None, host: str = "127.0.0.1") -> Broker:
        """How ``user`` connects."""
        return Broker(host, self.port, user, self._passwords[user], authority)

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


def _tls(folder: Path, authority: trustme.CA) -> str:
    """The lines of the configuration for TLS, as in deploy/mosquitto."""
    issued = authority.issue_cert("127.0.0.1")
    certificate, key = folder / "broker.pem", folder / "broker.key"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return f"cafile {folder}/authority.pem\ncertfile {certificate}\nkeyfile {key}\n"
