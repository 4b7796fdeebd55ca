"""The broker of the feeds' tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from mosquitto_broker import MOSQUITTO, Mosquitto

USERS = ("ledger-relay", "monitor-1", "monitor-2", "monitor-3")


def _installed() -> None:
    if MOSQUITTO is None or shutil.which("mosquitto_passwd") is None:
        pytest.skip("no mosquitto: apt-get install mosquitto")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker with three devices and the relay as users."""
    _installed()
    broker = Mosquitto(tmp_path, USERS)
    yield broker
    broker.stop()


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Mosquitto]:
    """The same over TLS; ``authority.pem`` in the folder is who signed its certificate."""
    _installed()
    broker = Mosquitto(tmp_path, USERS, trustme.CA())
    yield broker
    broker.stop()
