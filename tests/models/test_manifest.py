"""The manifest that ships: whole, pinned where it says so, and true for the file beside it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from models import manifest
from models.errors import ModelUnknown
from models.manifest import LocalSource, PypiSource, UrlSource, ZipSource
from models.store import sha256_of

MODELS = manifest.load()


def test_what_the_assistant_needs() -> None:
    assert [model.name for model in MODELS.values() if model.default] == [
        "whisper-base",
        "campplus",
    ]


@pytest.mark.parametrize("name", MODELS)
def test_entries_are_whole(name: str) -> None:
    model = MODELS[name]
    assert model.role in ("recognition", "speaker")
    assert model.licence
    assert model.page.startswith("https://")
    assert model.sources
    for file in model.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        assert not PurePosixPath(file.path).is_absolute()
        assert ".." not in PurePosixPath(file.path).parts


@pytest.mark.parametrize("name", MODELS)
def test_sources_give_every_file(name: str) -> None:
    model = MODELS[name]
    paths = {file.path for file in model.files}
    for source in model.sources:
        match source:
            case PypiSource(wheels=wheels, members=members):
                assert set(members) == paths
                assert all(re.fullmatch(r"[\w-]+==[\d.]+", wheel) for wheel in wheels)
            case UrlSource(base=base):
                assert re.search("/resolve/[0-9a-f]{40}/$", base), "not a moving branch"
            case LocalSource(folder=folder):
                for file in model.files:
                    assert (folder / file.path).stat().st_size == file.size
                    assert sha256_of(folder / file.path) == file.sha256
            case ZipSource():
                assert not model.pinned


def test_unpinned_models_are_never_default() -> None:
    assert all(model.pinned for model in MODELS.values() if model.default)


def test_unknown_name() -> None:
    with pytest.raises(ModelUnknown, match="models list"):
        manifest.get("whisper-huge")
