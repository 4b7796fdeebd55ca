"""Which models there are: files, checksums, licences and sources, from ``manifest.toml``."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import ModelUnknown

MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file, by its path below the model's folder, with its pinned content."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class UrlSource:
    """Each file lies at ``base`` + its path."""

    base: str

    def __str__(self) -> str:
        return self.base.split("/")[2]


@dataclass(frozen=True, slots=True)
class PypiSource:
    """Files are members of wheels; a file's members are joined in order."""

    wheels: tuple[str, ...]
    """Requirements, ``name==version``."""
    members: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return "PyPI"


@dataclass(frozen=True, slots=True)
class LocalSource:
    """The files lie in a folder of this box."""

    folder: Path

    def __str__(self) -> str:
        return "local"


@dataclass(frozen=True, slots=True)
class ZipSource:
    """One archive of files that the manifest does not list; ``folder`` inside is the model."""

    url: str
    folder: str

    def __str__(self) -> str:
        return self.url.split("/")[2]


Source = UrlSource | PypiSource | LocalSource | ZipSource


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the manifest."""

    name: str
    role: str
    """``recognition`` or ``speaker``."""
    default: bool
    """Whether the assistant needs it as installed."""
    licence: str
    page: str
    files: tuple[ModelFile, ...]
    """Empty when nobody has told the checksums: the model is unpinned."""
    sources: tuple[Source, ...]

    @property
    def pinned(self) -> bool:
        """Whether the content is known beforehand."""
        return bool(self.files)

    @property
    def size(self) -> int:
        """Bytes of all files; 0 when unpinned."""
        return sum(file.size for file in self.files)


@functools.cache
def load() -> Mapping[str, Model]:
    """All models of this package by name."""
    return read(MANIFEST)


def read(path: Path) -> Mapping[str, Model]:
    """The models that a manifest file names."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _model(name, table) for name, table in tables.items()}


def get(name: str) -> Model:
    """The model called ``name``; raises :class:`ModelUnknown`."""
    try:
        return load()[name]
    except KeyError:
        raise ModelUnknown(
            f"There is no model called {name!r}.", "See the names with: assistant models list"
        ) from None


def _model(name: str, table: dict[str, Any]) -> Model:
    return Model(
        name=name,
        role=table["role"],
        default=table.get("default", False),
        licence=table["licence"],
        page=table["page"],
        files=tuple(ModelFile(**file) for file in table.get("files", ())),
        sources=tuple(_source(source) for source in table["sources"]),
    )


def _source(table: dict[str, Any]) -> Source:
    match table:
        case {"kind": "url", "base": base}:
            return UrlSource(base)
        case {"kind": "pypi", "wheels": wheels, "members": members}:
            return PypiSource(
                tuple(wheels), {path: tuple(parts) for path, parts in members.items()}
            )
        case {"kind": "local", "folder": folder}:
            return LocalSource(MANIFEST.parent / folder)
        case {"kind": "zip", "url": url, "folder": folder}:
            return ZipSource(url, folder)
        case _:
            raise ValueError(f"manifest.toml: a source is not understood: {table}")
