"""A self-made certificate for tablets on the same network, and the names it stands for."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from assistant.vault import write_atomically

_DAYS: Final = 397
"""Browsers refuse certificates that live longer."""
_RENEW: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where key and certificate lie, and the fingerprint to compare on the tablet."""

    key: Path
    certificate: Path
    sha256: str


def local_names() -> list[str]:
    """The names and addresses under which other machines reach this one, and loopback's."""
    names = ["localhost", "127.0.0.1"]
    host = socket.gethostname()
    with contextlib.suppress(OSError):
        names += [str(info[4][0]) for info in socket.getaddrinfo(host, None, socket.AF_INET)]
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
    ):
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the way out
        names.append(probe.getsockname()[0])
    return list(dict.fromkeys([*names, host]))


def certificate_for(folder: Path, names: list[str], now: datetime | None = None) -> Certificate:
    """The kept certificate, or a new one if it is missing, ageing or for other names."""
    now = now or datetime.now(UTC)
    key_path, path = folder / "server.key", folder / "server.crt"
    with contextlib.suppress(FileNotFoundError, ValueError):
        kept = x509.load_pem_x509_certificate(path.read_bytes())
        fresh = kept.not_valid_after_utc - now > _RENEW and key_path.exists()
        if fresh and set(names) <= _names_in(kept):
            return Certificate(key_path, path, _fingerprint(kept))
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "voice assistant")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    write_atomically(
        key_path,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    write_atomically(path, made.public_bytes(serialization.Encoding.PEM))
    return Certificate(key_path, path, _fingerprint(made))


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names_in(certificate: x509.Certificate) -> set[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    }


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()
