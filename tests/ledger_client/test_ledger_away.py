"""The client while the ledger is away, slow to come back, or not the one whose key is pinned."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import answers
from assistant.answers import Answer
from ledger.server import running
from ledger_client import LedgerClient
from ledger_client.algorithms import PublicKey
from ledger_client.breaker import COOL_DOWN_S, FAILURES, Breaker
from ledger_client.cache import MAX_AGE, ReadCache
from ledger_client.errors import (
    LedgerCertificateError,
    LedgerProofError,
    LedgerUnavailable,
    NotFound,
)
from ledger_client.trust import Trust

pytestmark = pytest.mark.slow

CARD = "1236"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_ledger_that_went_away_is_answered_for_from_the_sealed_cache(
    home: Path, tmp_path: Path
) -> None:
    cache = ReadCache(tmp_path / "cache", bytes(32))
    with running(home) as (url, token):
        trust = Trust((PublicKey.parse((home / "node.pub").read_text().strip()),))
        client = LedgerClient(url, token, timeout=1, cache=cache, trust=trust)
        doctor = client.acting_for("ivanova")
        fresh = doctor.hospital_visits(CARD)
        assert doctor.as_of is None
        with pytest.raises(NotFound):
            doctor.hospital_visits("99999999")
    before = datetime.now(UTC)
    again = client.acting_for("ivanova")
    assert again.hospital_visits(CARD) == fresh
    assert again.as_of is not None
    assert before - timedelta(minutes=1) < again.as_of <= before
    for other, card in (("petrov", CARD), ("ivanova", "1235"), ("ivanova", "99999999")):
        with pytest.raises(LedgerUnavailable):
            client.acting_for(other).hospital_visits(card)
    with pytest.raises(LedgerUnavailable):
        again.append_note(CARD, "Осмотр.", "Ершова", NOW)
    for file in (tmp_path / "cache").iterdir():
        assert CARD.encode() not in file.read_bytes() + file.name.encode()
        assert "терап" not in file.read_bytes().decode("utf-8", "ignore").casefold()
        assert file.stat().st_mode & 0o077 == 0
    client.close()


def test_a_lie_is_not_kept_for_later(home: Path, tmp_path: Path) -> None:
    cache = ReadCache(tmp_path / "cache", bytes(32))
    strange = Trust((PublicKey("ed25519", bytes(32)),))
    with running(home) as (url, token):
        client = LedgerClient(url, token, timeout=1, cache=cache, trust=strange)
        with pytest.raises(LedgerProofError):
            client.hospital_visits(CARD)
    with pytest.raises(LedgerUnavailable):
        client.hospital_visits(CARD)
    client.close()


@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=200), age=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_the_cache_gives_what_it_got_while_it_is_young(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, age: timedelta
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    cache = ReadCache(folder, b"k" * 32)
    cache.put(("a", "b"), body, NOW)
    kept = cache.get(("a", "b"), NOW + age)
    assert (kept is not None) is (age <= MAX_AGE)
    assert kept is None or (kept.body, kept.taken) == (body, NOW)
    assert cache.get(("a", "c"), NOW) is None
    assert ReadCache(folder, b"x" * 32).get(("a", "b"), NOW) is None
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"?" * 2)
    assert cache.get(("a", "b"), NOW) is None
    cache.prune(datetime.now(UTC) + MAX_AGE + timedelta(seconds=5))
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (datetime(2026, 11, 21, 7, 40, tzinfo=UTC), "По данным на 10:40. Посещений нет."),
        (
            datetime(2026, 11, 20, 7, 5, tzinfo=UTC),
            "По данным на 20 ноября 2026 года, 10:05. Посещений нет.",
        ),
    ],
)
def test_the_age_of_what_is_said_is_said(taken: datetime, said: str) -> None:
    now = datetime.fromisoformat("2026-11-21T12:00:00+03:00")
    assert answers.as_of(Answer("Посещений нет."), taken, now).text == said


def test_the_breaker_opens_after_failures_and_lets_one_probe_through() -> None:
    breaker = Breaker()
    for number in range(FAILURES):
        assert breaker.allows(float(number))
        breaker.failed(float(number))
    end = FAILURES - 1 + COOL_DOWN_S
    assert not breaker.allows(end - 0.01)
    assert breaker.allows(end)
    assert not breaker.allows(end)
    breaker.failed(end)
    assert not breaker.allows(end + COOL_DOWN_S - 0.01)
    assert breaker.allows(end + COOL_DOWN_S)
    breaker.succeeded()
    assert breaker.allows(end + COOL_DOWN_S)


def test_an_open_circuit_asks_nobody() -> None:
    with LedgerClient("http://127.0.0.1:9", "", timeout=0.5) as client:
        causes = []
        for _ in range(FAILURES + 1):
            with pytest.raises(LedgerUnavailable) as caught:
                client.health()
            causes.append(caught.value.cause)
    assert "left alone" in causes[-1]
    assert not any("left alone" in cause for cause in causes[:-1])


def test_only_the_pinned_certificate_is_accepted(home: Path, tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("localhost", "127.0.0.1")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)
    pin = hashlib.sha256(der).hexdigest()
    with running(home, tls=(certificate, key)) as (url, token):
        assert url.startswith("https://")
        with LedgerClient(url, token, pin=pin) as client:
            assert client.hospital_visits(CARD)
        for wrong in (None, "00" * 32):
            with (
                LedgerClient(url, token, pin=wrong) as client,
                pytest.raises(LedgerCertificateError),
            ):
                client.health()
