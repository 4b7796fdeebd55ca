"""One HTTP exchange with the ledger: addresses, time limits, retries."""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, BinaryIO, Final, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader, InvalidURL
from urllib3.exceptions import HTTPError, ReadTimeoutError

from ledger_client import errors
from ledger_client.breaker import Breaker
from ledger_client.responses import RESTART, UPGRADE, checked, no_answer, too_slow, whole_body
from ledger_client.signing import Credential, SignedRequests

_CONNECT_S: Final = 2.0
_ATTEMPTS: Final = 3
_BACKOFF_S: Final = 0.1
_SLOWEST: Final = 1_000_000
"""Bytes a second that a document may take at least."""


@dataclass(frozen=True, slots=True)
class Content:
    """A document to send: an open file with its size in bytes and SHA-256 in hex."""

    file: BinaryIO
    size: int
    sha256: str
    media_type: str


class Transport:
    """Sends requests to one ledger. Several threads may share it.

    ``pin`` is the SHA-256 of the one TLS certificate that is accepted (hex). ``timeout`` is the
    time in seconds for one call with its retries. A server that keeps sending a little can
    stretch it to about twice that, and one that drips headers further.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        timeout: float,
        pin: str | None = None,
    ) -> None:
        self._base_url = _checked_url(base_url)
        self._breaker = Breaker()
        self._timeout = timeout
        self._session = requests.Session()
        # reads name the patient in the address, and urllib3 logs addresses when debugging
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
        # no proxy, no .netrc: either could carry patients' data or the token elsewhere
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if pin is not None:
            self._session.mount("https://", _Pinned(pin))
            self._session.verify = False  # the pinned certificate itself is what is checked
        self._session.headers.update({"Accept-Encoding": "identity", "Accept": "application/json"})
        self._credential: Credential | None = None
        with contextlib.suppress(ValueError):
            # without a credential requests go out unsigned, and the ledger says what is wrong
            self._credential = Credential.parse(token)
        self._actor = ""

    def acting_for(self, actor: str) -> Self:
        """The same transport, asking on behalf of a person; it shares the connections."""
        other = copy(self)
        other._actor = actor
        return other

    @property
    def asker(self) -> tuple[str, str, str]:
        """Which ledger is asked, by which account, on whose behalf."""
        account = self._credential.account if self._credential else ""
        return self._base_url, account, self._actor

    def get(self, path: str, parameters: Mapping[str, str]) -> bytes:
        """The body of a successful read; raises :class:`LedgerError`."""
        return self._send("GET", path, parameters, {}, None)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The body of a successful append. The headers must hold an idempotency key."""
        return self._send("POST", path, {}, {**headers, "Content-Type": "application/json"}, body)

    def upload(self, path: str, parameters: Mapping[str, str], content: Content, key: str) -> bytes:
        """Send a document's content; the time limit grows with its size."""
        headers = {"Content-Type": content.media_type, "Idempotency-Key": key}
        return self._send("POST", path, parameters, headers, content)

    def download(self, path: str, write: Callable[[bytes], object], size: int) -> None:
        """Hand a document's content of ``size`` bytes to ``write`` as it comes."""
        deadline = time.monotonic() + self._timeout + size / _SLOWEST
        response = self._request("GET", path, {}, {}, None, deadline)
        try:
            with response:
                if response.status_code != 200:
                    checked(response, whole_body(response, deadline))
                left = size
                while left and (chunk := response.raw.read1(65_536)):
                    if time.monotonic() > deadline:
                        raise too_slow()
                    left -= len(chunk)
                    if left < 0:
                        raise errors.LedgerProtocolError("The document has no end.", UPGRADE)
                    write(chunk)
        except (requests.Timeout, ReadTimeoutError):
            raise too_slow() from None
        except (requests.RequestException, HTTPError):
            raise errors.LedgerUnavailable("The document broke off.", RESTART) from None
        if left:
            raise errors.LedgerUnavailable("The document broke off.", RESTART)

    def close(self) -> None:
        """Drop the open connections."""
        self._session.close()

    def _send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | Content | None,
    ) -> bytes:
        deadline = time.monotonic() + self._timeout
        if isinstance(body, Content):
            deadline += body.size / _SLOWEST
        if not self._breaker.allows(time.monotonic()):
            raise errors.LedgerUnavailable(
                "The ledger failed repeatedly and is left alone.", RESTART
            )
        try:
            answer = self._tried(method, path, parameters, headers, body, deadline)
        except errors.LedgerUnavailable:
            self._breaker.failed(time.monotonic())
            raise
        except errors.LedgerError:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return answer

    def _tried(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | Content | None,
        deadline: float,
    ) -> bytes:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._once(method, path, parameters, headers, body, deadline)
            except errors.LedgerTimeout:
                raise
            except errors.LedgerUnavailable:
                pause = _BACKOFF_S * 2**attempt * random.uniform(0.5, 1.0)
                if attempt == _ATTEMPTS or time.monotonic() + pause >= deadline:
                    raise
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | Content | None,
        deadline: float,
    ) -> bytes:
        response = self._request(method, path, parameters, headers, body, deadline)
        # the libraries' messages hold the URL with its parameters: they are not passed on
        try:
            with response:
                content = whole_body(response, deadline)
        except (requests.Timeout, ReadTimeoutError):
            raise too_slow() from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise no_answer(error) from None
        return checked(response, content)

    def _request(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | Content | None,
        deadline: float,
    ) -> requests.Response:
        remaining = max(0.01, deadline - time.monotonic())
        sha256: str | None = None
        data: bytes | BinaryIO | None = None
        if isinstance(body, Content):
            body.file.seek(0)
            sha256, data = body.sha256, body.file
        else:
            data = body
        signed = None
        if self._credential:
            signed = SignedRequests(self._credential, self._actor, sha256)
        try:
            return self._session.request(
                method,
                self._base_url + path,
                params=dict(parameters),
                headers=dict(headers),
                data=data,
                auth=signed,
                timeout=(min(_CONNECT_S, remaining), remaining),
                allow_redirects=False,
                stream=True,
            )
        except (InvalidHeader, InvalidURL):
            raise errors.LedgerConfigurationError(
                "The ledger's address or token can't be sent.", "Correct the configuration."
            ) from None
        except requests.exceptions.SSLError:
            raise errors.LedgerCertificateError(
                "The ledger's TLS certificate is not the one that is trusted.",
                "Compare the certificate's SHA-256 with the pin, and give the right one.",
            ) from None
        except (requests.Timeout, ReadTimeoutError):
            raise too_slow() from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise no_answer(error) from None


class _Pinned(HTTPAdapter):
    """Accepts one certificate, by its SHA-256, whoever signed it."""

    def __init__(self, pin: str) -> None:
        self._pin = pin
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """The pool that checks the pin on each connection."""
        super().init_poolmanager(*args, **options, assert_fingerprint=self._pin)


def _checked_url(base_url: str) -> str:
    """Patients' data and the token go in clear only inside this machine."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.username:
        raise errors.LedgerConfigurationError(
            "The ledger's address is not an http or https URL.", "Write e.g. http://127.0.0.1:8800."
        )
    if parts.scheme == "http" and not _loopback(host):
        raise errors.LedgerConfigurationError(
            "The ledger's address is on another machine and not encrypted.", "Use https."
        )
    return base_url.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
