"""The broker of the feeds' tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mosquitto_broker import MOSQUITTO, Mosquitto


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker with three devices and the relay as users."""
    if MOSQUITTO is None or shutil.which("mosquitto_passwd") is None:
        pytest.skip("no mosquitto: apt-get install mosquitto")
    broker = Mosquitto(tmp_path, ("ledger-relay", "monitor-1", "monitor-2", "monitor-3"))
    yield broker
    broker.stop()
