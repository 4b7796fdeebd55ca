"""Fetching over real HTTP, real pip and real files; faults on the way leave nothing wrong."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fileserver import FileServer, serving

from models import manifest, store
from models.errors import (
    DiskFull,
    ModelCorrupt,
    ModelMissing,
    ModelUnavailable,
    ModelUnpinned,
)
from models.fetch import fetch, path_of, verify
from models.store import State

CONTENT = {"a.bin": bytes(range(256)) * 8000, "deep/b.txt": b"words\n"}
FETCH = (
    "import sys, pathlib; from models import manifest, fetch; "
    "found = manifest.read(pathlib.Path(sys.argv[1])); manifest.load = lambda: found; "
    "fetch.fetch('toy', pathlib.Path(sys.argv[2]))"
)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving({f"/toy/{path}": content for path, content in CONTENT.items()}) as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


def write_manifest(folder: Path, *sources: str, pinned: bool = True) -> Path:
    lines = ["[toy]", 'role = "speaker"', 'licence = "MIT"', 'page = "https://example.org"']
    for path, content in CONTENT.items() if pinned else ():
        sha256 = hashlib.sha256(content).hexdigest()
        lines += ["[[toy.files]]", f'path = "{path}"', f"size = {len(content)}"]
        lines += [f'sha256 = "{sha256}"']
    path = folder / "manifest.toml"
    path.write_text("\n".join([*lines, *sources]), encoding="utf-8")
    return path


def url(base: str) -> str:
    return f'[[toy.sources]]\nkind = "url"\nbase = "{base}/toy/"\n'


def use(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    models = manifest.read(path)
    monkeypatch.setattr(manifest, "load", lambda: models)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: FileServer) -> Path:
    """The manifest of one model that lies on the loopback server."""
    path = write_manifest(tmp_path, url(server.url))
    use(monkeypatch, path)
    return path


def content_of(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in CONTENT}


def left_in(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()} - {".toy.lock"}


def test_a_fetched_model_is_whole_and_verified(toy: Path, root: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder = fetch("toy", root, lambda done, total: seen.append((done, total)))
    assert content_of(folder) == CONTENT
    assert left_in(root) == {"toy"}
    assert store.state(manifest.get("toy"), root) is State.VERIFIED
    size = sum(map(len, CONTENT.values()))
    assert seen[-1] == (size, size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_good_model_is_not_fetched_again(toy: Path, root: Path, server: FileServer) -> None:
    fetch("toy", root)
    server.requests.clear()
    fetch("toy", root)
    assert server.requests == []


def test_a_broken_connection_is_taken_up(toy: Path, root: Path, server: FileServer) -> None:
    server.stop_after = 1_000_000
    with pytest.raises(ModelUnavailable):
        fetch("toy", root)
    assert left_in(root) == {".toy.partial"}
    server.stop_after = None
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT
    (first, none), (again, wanted), *_ = server.requests
    assert first == again == "/toy/a.bin"
    assert none is None
    assert wanted is not None and int(wanted[6:-1]) > 500_000


def test_a_whole_file_left_by_a_crash_is_fetched_anew(toy: Path, root: Path) -> None:
    (root / ".toy.partial").mkdir(parents=True)
    (root / ".toy.partial" / "a.bin.partial").write_bytes(CONTENT["a.bin"])
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT


def test_a_folder_that_is_none_is_told(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailable, match="can't be kept"):
        fetch("toy", tmp_path / "file")


def test_a_server_without_ranges_starts_anew(toy: Path, root: Path, server: FileServer) -> None:
    server.stop_after = 1_000_000
    with pytest.raises(ModelUnavailable):
        fetch("toy", root)
    server.stop_after, server.ranges = None, False
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT


def test_kill_9_leaves_no_model_and_the_next_fetch_goes_on(
    toy: Path, root: Path, server: FileServer
) -> None:
    server.stall_after = 1_500_000
    process = subprocess.Popen([sys.executable, "-c", FETCH, str(toy), str(root)])
    assert server.stalled.wait(30)
    partial = root / ".toy.partial" / "a.bin.partial"
    while not (partial.exists() and partial.stat().st_size > 500_000):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    with pytest.raises(ModelMissing):
        path_of("toy", root)
    server.stall_after = None
    server.released.set()
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT
    wanted = server.requests[1][1]
    assert wanted is not None and int(wanted[6:-1]) > 500_000


def test_two_processes_at_once_fetch_once(toy: Path, root: Path, server: FileServer) -> None:
    server.stall_after = 1_000_000
    command = [sys.executable, "-c", FETCH, str(toy), str(root)]
    both = [subprocess.Popen(command), subprocess.Popen(command)]
    assert server.stalled.wait(30)
    server.released.set()
    assert [process.wait(30) for process in both] == [0, 0]
    assert sorted(path for path, _ in server.requests) == ["/toy/a.bin", "/toy/deep/b.txt"]
    assert content_of(root / "toy") == CONTENT


def test_a_wrong_checksum_is_refused_by_name(toy: Path, root: Path, server: FileServer) -> None:
    server.files["/toy/deep/b.txt"] = b"wards\n"
    with pytest.raises(ModelCorrupt, match=r"b\.txt") as caught:
        fetch("toy", root)
    assert "not to be trusted" in caught.value.fix
    assert left_in(root) == set()


def test_an_unreachable_source_falls_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path, server: FileServer
) -> None:
    nobody = "http://127.0.0.1:1"
    use(monkeypatch, write_manifest(tmp_path, url(nobody), url(server.url)))
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT


@pytest.mark.parametrize("status", [403, 404, 500])
def test_when_every_source_fails_each_reason_is_told(
    toy: Path, root: Path, server: FileServer, status: int
) -> None:
    server.status = status
    with pytest.raises(ModelUnavailable, match=f"HTTP {status}") as caught:
        fetch("toy", root)
    assert "ASSISTANT_MODELS_LOCAL" in caught.value.fix
    assert left_in(root) == set()


def test_a_local_folder_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path, toy: Path, server: FileServer
) -> None:
    for path, content in CONTENT.items():
        (tmp_path / "stick" / "toy" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stick" / "toy" / path).write_bytes(content)
    monkeypatch.setenv("ASSISTANT_MODELS_LOCAL", str(tmp_path / "stick"))
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT
    assert server.requests == []


def test_a_full_disk_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path, toy: Path
) -> None:
    stick = tmp_path / "stick" / "toy" / "a.bin"
    stick.parent.mkdir(parents=True)
    stick.write_bytes(CONTENT["a.bin"])
    monkeypatch.setenv("ASSISTANT_MODELS_LOCAL", str(tmp_path / "stick"))

    def full(origin: Path, target: Path) -> None:
        target.write_bytes(origin.read_bytes()[:1000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DiskFull, match="2 MB"):
        fetch("toy", root)
    assert left_in(root) == set()


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    """A wheel that pip takes for a package of version 1.0."""
    module = name.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-any.whl", "w") as archive:
        for path, content in members.items():
            archive.writestr(f"{module}/{path}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


PYPI = """
[[toy.sources]]
kind = "pypi"
wheels = ["toy-part1==1.0", "toy-part2==1.0"]
[toy.sources.members]
"a.bin" = ["toy_part1/a.1", "toy_part2/a.2"]
"deep/b.txt" = ["toy_part2/b.txt"]
"""


def test_wheels_are_joined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path) -> None:
    whole = CONTENT["a.bin"]
    wheel(tmp_path, "toy-part1", {"a.1": whole[:999_999]})
    wheel(tmp_path, "toy-part2", {"a.2": whole[999_999:], "b.txt": CONTENT["deep/b.txt"]})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    use(monkeypatch, write_manifest(tmp_path, PYPI))
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT
    assert {path.name for path in (root / "toy").iterdir()} == {"a.bin", "deep", ".verified.json"}


def test_what_pip_says_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    use(monkeypatch, write_manifest(tmp_path, PYPI))
    with pytest.raises(ModelUnavailable, match="PyPI: pip: ERROR"):
        fetch("toy", root)


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for path, content in members.items():
            opened.writestr(path, content)
    return buffer.getvalue()


def zip_source(server: FileServer) -> str:
    return f'[[toy.sources]]\nkind = "zip"\nurl = "{server.url}/toy.zip"\nfolder = "toy-0.1"\n'


def test_an_unpinned_model_needs_a_yes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path, server: FileServer
) -> None:
    packed = archive({f"toy-0.1/{path}": content for path, content in CONTENT.items()})
    server.files["/toy.zip"] = packed
    use(monkeypatch, write_manifest(tmp_path, zip_source(server), pinned=False))
    with pytest.raises(ModelUnpinned, match=hashlib.sha256(packed).hexdigest()):
        fetch("toy", root)
    with pytest.raises(ModelMissing):
        path_of("toy", root)
    fetch("toy", root, allow_unpinned=True)
    assert content_of(path_of("toy", root)) == CONTENT
    assert len(server.requests) == 1, "what was fetched for its checksum is not fetched again"
    (root / "toy" / "deep" / "b.txt").write_bytes(b"wards\n")
    with pytest.raises(ModelCorrupt):
        path_of("toy", root)


def test_an_archive_may_not_write_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path, server: FileServer
) -> None:
    server.files["/toy.zip"] = archive({"toy-0.1/../../../evil": b"x"})
    use(monkeypatch, write_manifest(tmp_path, zip_source(server), pinned=False))
    with pytest.raises(ModelUnavailable, match="outside"):
        fetch("toy", root, allow_unpinned=True)
    assert not list(tmp_path.rglob("evil"))


def test_files_put_there_by_hand_are_checked_once(
    toy: Path, root: Path, server: FileServer
) -> None:
    for path, content in CONTENT.items():
        (root / "toy" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "toy" / path).write_bytes(content)
    assert store.state(manifest.get("toy"), root) is State.PRESENT
    assert path_of("toy", root) == root / "toy"
    assert store.state(manifest.get("toy"), root) is State.VERIFIED


def test_damage_is_found(toy: Path, root: Path) -> None:
    fetch("toy", root)
    target = root / "toy" / "a.bin"
    damaged = bytearray(CONTENT["a.bin"])
    damaged[1_000_000] ^= 1
    stat = target.stat()
    target.write_bytes(damaged)
    assert store.state(manifest.get("toy"), root) is State.PRESENT
    with pytest.raises(ModelCorrupt, match=r"a\.bin"):
        path_of("toy", root)
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # hides it from all but verify
    with pytest.raises(ModelCorrupt, match=r"a\.bin"):
        verify("toy", root)
    target.unlink()
    assert store.state(manifest.get("toy"), root) is State.CORRUPT
    with pytest.raises(ModelMissing, match="models fetch toy"):
        path_of("toy", root)


def test_fetch_repairs_damage(toy: Path, root: Path) -> None:
    fetch("toy", root)
    (root / "toy" / "a.bin").write_bytes(b"short")
    fetch("toy", root)
    assert content_of(root / "toy") == CONTENT
