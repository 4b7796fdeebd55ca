"""Tokens are kept as hashes only; the certificate stands for what it is asked for."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.server.devices import DeviceError, Devices
from assistant.server.protocol import ProtocolError, read_frame, read_message
from assistant.server.tls import certificate_for

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_token_is_found_and_kept_nowhere(tmp_path: Path) -> None:
    devices = Devices(tmp_path / "tablets.json")
    first, token = devices.pair("dr-a", NOW)
    second, other = devices.pair("dr-b", NOW)
    assert devices.find(token) == first
    assert devices.find(other) == second
    assert devices.find(token + "x") is None
    assert token not in (tmp_path / "tablets.json").read_text()
    assert stat.S_IMODE((tmp_path / "tablets.json").stat().st_mode) == 0o600


def test_a_forgotten_tablet_is_let_in_no_more(tmp_path: Path) -> None:
    devices = Devices(tmp_path / "tablets.json")
    device, token = devices.pair("dr-a", NOW)
    devices.forget(device.id)
    assert devices.find(token) is None
    assert not devices.has(device.id)
    with pytest.raises(DeviceError):
        devices.forget(device.id)


def test_a_damaged_list_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "tablets.json").write_text("[{}]")
    with pytest.raises(DeviceError, match="pair"):
        Devices(tmp_path / "tablets.json").find("token")


def test_the_certificate_is_kept_and_renewed_in_time(tmp_path: Path) -> None:
    names = ["localhost", "127.0.0.1", "ward3"]
    made = certificate_for(tmp_path, names, NOW)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert certificate_for(tmp_path, names[:2], NOW) == made
    assert certificate_for(tmp_path, [*names, "10.0.0.7"], NOW).sha256 != made.sha256
    kept = certificate_for(tmp_path, names, NOW)
    assert certificate_for(tmp_path, names, NOW + timedelta(days=360)) == kept
    assert certificate_for(tmp_path, names, NOW + timedelta(days=370)) != kept
    ssl.create_default_context(cafile=str(made.certificate))


@given(st.binary(max_size=40))
@settings(max_examples=60)
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    try:
        frame = read_frame(data)
    except ProtocolError:
        assert len(data) <= 4 or len(data) % 2
    else:
        assert len(frame.samples) == (len(data) - 4) // 2
        assert abs(frame.samples).max() <= 1


@given(st.text(max_size=60))
@settings(max_examples=40)
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        read_message(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "lock", "extra": 1}',
        '{"type": "tap", "turn": "one", "choice": 0}',
        '{"type": "unlock"}',
        '{"type": "hello", "token": "' + "x" * 201 + '"}',
    ],
)
def test_messages_that_no_page_of_ours_sends_are_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        read_message(text)
