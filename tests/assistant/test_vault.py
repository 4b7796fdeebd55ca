import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import VaultError
from assistant.vault import Vault, write_atomically

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.text(max_size=20))
def test_opens_what_it_sealed(data: bytes, context: str) -> None:
    vault = Vault(KEY)
    assert vault.open(vault.seal(data, context), context) == data


@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_changed_byte_is_refused(data: bytes, draw: st.DataObject) -> None:
    vault = Vault(KEY)
    sealed = bytearray(vault.seal(data, "a"))
    sealed[draw.draw(st.integers(0, len(sealed) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(VaultError):
        vault.open(bytes(sealed), "a")


def test_context_and_key_bind() -> None:
    sealed = Vault(KEY).seal(b"x", "speaker:a")
    with pytest.raises(VaultError):
        Vault(KEY).open(sealed, "speaker:b")
    with pytest.raises(VaultError):
        Vault(bytes(32)).open(sealed, "speaker:a")
    with pytest.raises(VaultError):
        Vault(KEY).open(b"", "speaker:a")


def test_derived_keys_differ_by_purpose_and_never_equal_the_key() -> None:
    vault = Vault(KEY)
    assert vault.derive("a") == Vault(KEY).derive("a")
    assert len({vault.derive("a"), vault.derive("b"), KEY}) == 3


def test_site_key_is_made_once_private_even_by_racing_processes(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "site.key"
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: Vault.open_site(path), range(8)))
    sealed = vaults[0].seal(b"x", "c")
    assert all(vault.open(sealed, "c") == b"x" for vault in vaults)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["site.key"]


def test_open_or_short_site_key_is_refused_with_the_fix(tmp_path: Path) -> None:
    path = tmp_path / "site.key"
    Vault.open_site(path)
    path.chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        Vault.open_site(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(VaultError, match="5 bytes"):
        Vault.open_site(path)


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def no_space(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
