"""The compiled contracts: what to sign to deploy or call them, and what their answers mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple
from eth_utils.crypto import keccak

NAMES: Final = ("Council", "Consent", "Visits", "Documents")
_BUILD: Final = Path(__file__).parent / "build"


@dataclass(frozen=True)
class Artifact:
    """One compiled contract."""

    abi: tuple[dict[str, Any], ...]
    bytecode: bytes

    def deployment(self, *arguments: object) -> bytes:
        """The data of a transaction that makes the contract."""
        types = self._types(self._entry("constructor", None), "inputs")
        return self.bytecode + encode(types, arguments)

    def call(self, function: str, *arguments: object) -> bytes:
        """The data of a transaction or read that calls ``function``."""
        entry = self._entry("function", function)
        return _selector(entry) + encode(self._types(entry, "inputs"), arguments)

    def answer(self, function: str, data: bytes) -> tuple[Any, ...]:
        """What ``function`` gives: its values, structs as tuples."""
        return decode(self._types(self._entry("function", function), "outputs"), data)

    def error(self, data: bytes) -> str:
        """The name of the custom error in ``data``, or an empty text."""
        for entry in self.abi:
            if entry["type"] == "error" and _selector(entry) == data[:4]:
                return str(entry["name"])
        return ""

    def question(self, data: bytes) -> str:
        """The function that ``data`` calls, with its arguments, or an empty text."""
        for entry in self.abi:
            if entry["type"] == "function" and _selector(entry) == data[:4]:
                try:
                    given = decode(self._types(entry, "inputs"), data[4:])
                except (DecodingError, ValueError):
                    return f"{entry['name']}(?)"
                shown = ("0x" + a.hex() if isinstance(a, bytes) else str(a) for a in given)
                return f"{entry['name']}({', '.join(shown)})"
        return ""

    def _entry(self, kind: str, name: str | None) -> dict[str, Any]:
        for entry in self.abi:
            if entry["type"] == kind and entry.get("name") == name:
                return entry
        raise KeyError(name)

    @staticmethod
    def _types(entry: dict[str, Any], side: str) -> list[str]:
        return [collapse_if_tuple(item) for item in entry[side]]


@cache
def artifact(name: str) -> Artifact:
    """The contract ``name``, one of :data:`NAMES`."""
    content = json.loads((_BUILD / f"{name}.json").read_text("utf-8"))
    return Artifact(tuple(content["abi"]), bytes.fromhex(content["bytecode"][2:]))


def _signature(entry: dict[str, Any]) -> str:
    types = ",".join(collapse_if_tuple(item) for item in entry["inputs"])
    return f"{entry['name']}({types})"


def _selector(entry: dict[str, Any]) -> bytes:
    return keccak(text=_signature(entry))[:4]
