"""The common language of service and client: codes, headers, and JSON to message and back."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

API_VERSION: Final = "1"
VERSION_HEADER: Final = "Ledger-Api-Version"
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
PROBLEM_TYPE: Final = "application/problem+json"

T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_wire(message: object, kind: Any = None) -> bytes:
    """``message`` as UTF-8 JSON; ``kind`` is its type where the class alone does not tell.

    Raises :class:`TypeError` when a field holds a value of another type than it says.
    """
    try:
        return _adapter(kind or type(message)).dump_json(message, by_alias=True, warnings="error")
    except PydanticSerializationError:
        # its text quotes the value, which may be PHI
        raise TypeError(f"A field of {type(message).__name__} has a wrong type.") from None


def from_wire(kind: type[T], body: bytes) -> T:
    """The message in ``body``, of exactly the type asked for; unknown fields are ignored.

    Raises :class:`pydantic.ValidationError`, whose text holds the values: never log it.
    """
    message: T = _adapter(kind).validate_json(body)
    return message
