"""What the nodes read: certificates, and deploy/patroni with its variables filled in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

import trustme
import yaml

NODES: Final = ("n1", "n2", "n3")
_TEMPLATES: Final = Path(__file__).parents[2] / "deploy" / "patroni"
_SMALL: Final = {"shared_buffers": "32MB"}


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs, the newest one's where there are several."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def write(
    folder: Path, hosts: Mapping[str, str], passwords: Mapping[str, str], timing: Mapping[str, int]
) -> None:
    """Fill ``folder``: ``tls``, and for each node its configuration and room for its data."""
    tls = folder / "tls"
    tls.mkdir()
    authority = trustme.CA()
    # a node's connections come from the first loopback address
    node = authority.issue_cert("127.0.0.1", *hosts.values())
    authority.cert_pem.write_to_path(str(tls / "authority.pem"))
    node.private_key_pem.write_to_path(str(tls / "node.key"))
    (tls / "node.key").chmod(0o600)
    for number, part in enumerate(node.cert_chain_pems):
        part.write_to_path(str(tls / "node.pem"), append=number > 0)
    one, two, three = hosts.values()
    for name, host in hosts.items():
        data = folder / name
        (data / "postgresql").mkdir(parents=True)
        (data / "etcd").mkdir(mode=0o700)
        values = {
            "NAME": name,
            "HOST": host,
            "ONE": one,
            "TWO": two,
            "THREE": three,
            "NETWORK": "127.0.0.0/8",
            "DATA": str(data),
            "TLS": str(tls),
            "BIN": str(binaries()),
            "SUPERUSER_PASSWORD": passwords["admin"],
            "REPLICATION_PASSWORD": passwords["copy"],
        }
        patroni = _filled("patroni.yml", values)
        patroni["bootstrap"]["dcs"].update(timing)
        patroni["bootstrap"]["dcs"]["postgresql"]["parameters"].update(_SMALL)
        for file, content in (("etcd.yml", _filled("etcd.yml", values)), ("patroni.yml", patroni)):
            (data / file).write_text(yaml.safe_dump(content), encoding="utf-8")
            (data / file).chmod(0o600)


def _filled(file: str, values: Mapping[str, str]) -> Any:
    return yaml.safe_load(Template((_TEMPLATES / file).read_text("utf-8")).substitute(values))
