"""The package's error tree: each error has a stable code, a cause and what to do next."""

from __future__ import annotations

from typing import ClassVar


class ModelsError(Exception):
    """Base of every error this package raises on purpose."""

    code: ClassVar[str] = "models"

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.cause} {self.fix}"


class ModelUnknown(ModelsError):
    """The manifest names no such model."""

    code = "models.unknown"


class ModelMissing(ModelsError):
    """The model, or one of its files, is not on this box."""

    code = "models.missing"


class ModelCorrupt(ModelsError):
    """A file's size or SHA-256 is not the manifest's."""

    code = "models.corrupt"


class ModelUnpinned(ModelsError):
    """The manifest knows no checksum, and nobody has said that this one will do."""

    code = "models.unpinned"


class ModelUnavailable(ModelsError):
    """No source could give the model."""

    code = "models.unavailable"


class DiskFull(ModelsError):
    """The model does not fit on the disk."""

    code = "models.disk_full"
