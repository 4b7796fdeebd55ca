"""What an operation of the API is: its parameters, its body, its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, Literal

from ledger.accounts import Caller
from ledger.errors import ParameterInvalid


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query or the path; given once and of this form, or refused."""

    name: str
    about: str
    pattern: str = ".{1,200}"
    kind: Literal["text", "date", "number"] = "text"
    required: bool = False
    least: int = 0
    most: int = 10**9
    default: int | None = None

    def value(self, text: str) -> Any:
        """The parameter in ``text``; raises ParameterInvalid."""
        pattern = {"text": self.pattern, "date": r"\d{4}-\d{2}-\d{2}", "number": r"\d{1,10}"}
        if not re.fullmatch(pattern[self.kind], text, re.ASCII):
            raise ParameterInvalid("The parameter is ill-formed.", self.name)
        if self.kind == "text":
            return text
        if self.kind == "date":
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise ParameterInvalid("The parameter is no date.", self.name) from None
        if not self.least <= int(text) <= self.most:
            raise ParameterInvalid(
                f"The parameter is not within {self.least} and {self.most}.", self.name
            )
        return int(text)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, proved and parsed."""

    caller: Caller
    values: Mapping[str, Any]
    """Parameters of query and path by name; None where one was left out."""
    body: Any = None
    given: tuple[bytes, ...] = ()
    """The records of the body in canonical form, as the caller signed them."""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the API: what it takes, what it gives, who may call it."""

    method: Literal["GET", "POST"]
    path: str
    summary: str
    answer: Callable[[Call], object]
    reply: Any
    queries: tuple[Query, ...] = ()
    body: type | None = None
    roles: tuple[str, ...] = field(default=())
    """Roles that may call it; empty for every active account."""
    about: str = ""
    upload: bool = False
    """Takes a document's content instead of JSON; the call's body is an :class:`Upload`."""
    download: bool = False
    """Gives a document's content: ``answer`` returns a Response."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Content that came in: a temporary file, its start, its SHA-256."""

    file: BinaryIO
    start: bytes
    sha256: str
    media_type: str
