"""Asking the ledger: each answer checked, proved, and kept for when the ledger is away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any, Final, Self, TypeVar

from pydantic import ValidationError

from ledger_client.cache import ReadCache
from ledger_client.errors import (
    LedgerError,
    LedgerProofError,
    LedgerProtocolError,
    LedgerUnavailable,
)
from ledger_client.messages import ChainProof, Page
from ledger_client.transport import Transport
from ledger_client.trust import Trust, Verifier
from ledger_client.wire import from_wire

_READS: Final = 2
_ASKED: Final = 4
_UPGRADE = "Check that this is the ledger, and that it belongs to this version of the assistant."

T = TypeVar("T")


class Asker:
    """What every read goes through. Threads may share it."""

    def __init__(self, transport: Transport, trust: Trust | None, cache: ReadCache | None) -> None:
        self._transport = transport
        self._verifier = Verifier(trust) if trust else None
        self._cache = cache
        self._as_of: datetime | None = None

    def acting_for(self, actor: str) -> Self:
        """The same client, asking on behalf of a person of the account's organisation."""
        other = copy(self)
        other._transport = self._transport.acting_for(actor)
        other._as_of = None
        return other

    @property
    def as_of(self) -> datetime | None:
        """When the oldest of this client's answers was given, None while all are fresh."""
        return self._as_of

    def _listed(self, kind: type[T], name: str, path: str, card: str) -> tuple[T, ...]:
        """All of a patient's records of one kind, proved to be all."""

        def checked(body: bytes, fresh: bool) -> tuple[T, ...] | None:
            items = self._message(page_of(kind), body).items
            proved = not fresh or self._prove(name, card, _items(body), whole=True)
            return items if proved else None

        for _ in range(_READS):
            found = self._get(path, {"patientId": card}, checked)
            if found is not None:
                return found
            # one more may have come in between the answer and its proof
        raise LedgerProofError("The ledger leaves out records of the patient's chain.")

    def _some(self, kind: type[T], name: str, path: str, asked: Mapping[str, str]) -> tuple[T, ...]:
        """Some of a patient's records, each proved to be one."""

        def checked(body: bytes, fresh: bool) -> tuple[T, ...]:
            items = self._message(page_of(kind), body).items
            if fresh:
                self._prove(name, asked["patientId"], _items(body))
            return items

        return self._get(path, asked, checked)

    def _get(self, path: str, asked: Mapping[str, str], checked: Callable[[bytes, bool], T]) -> T:
        """What ``checked`` makes of the answer, or of the last one while the ledger is away.

        It is told whether the answer is fresh, and so must be proved.
        """
        question = (*self._transport.asker, path, *(f"{k}={v}" for k, v in asked.items()))
        now = datetime.now(UTC)
        try:
            body = self._transport.get(path, asked)
            found = checked(body, True)
        except LedgerUnavailable:
            kept = self._cache.get(question, now) if self._cache else None
            if kept is None:
                raise
            self._as_of = min(self._as_of or kept.taken, kept.taken)
            return checked(kept.body, False)  # it was proved before it was kept
        except LedgerError:
            if self._cache:
                self._cache.drop(question)
            raise
        if self._cache:
            self._cache.put(question, body, now)
        return found

    def _prove(self, kind: str, card: str, items: list[Any], whole: bool = False) -> bool:
        """Whether ``items`` are records of the patient's chain; False when some are missing.

        Raises LedgerProofError.
        """
        if self._verifier is None:
            return True
        channel = None
        for _ in range(_ASKED):
            known = self._verifier.known(card, channel)
            parameters = {
                "patientId": card,
                "knownSequence": str(known[0]),
                "knownSize": str(known[1]),
            }
            proof = self._message(ChainProof, self._transport.get("/chain/proof", parameters))
            view = self._verifier.take(card, proof, known)
            if view is not None:
                return view.check(kind, items, whole)
            channel = proof.channel
        raise LedgerUnavailable("The ledger grows faster than it proves.", "Try again.")

    def _page(self, kind: type[T], path: str, **parameters: str | None) -> Page[T]:
        given: Mapping[str, str] = {k: v for k, v in parameters.items() if v is not None}
        return self._get(path, given, lambda body, _: self._message(page_of(kind), body))

    @staticmethod
    def _message(kind: type[T], body: bytes) -> T:
        try:
            return from_wire(kind, body)
        except (ValidationError, RecursionError):
            # the validation error quotes the answer: it stays here
            raise LedgerProtocolError(
                "The ledger's answer has not the promised shape.", _UPGRADE
            ) from None


def _items(body: bytes) -> list[Any]:
    """The items of a page as they came, to be compared with what the ledger committed to."""
    items: list[Any] = json.loads(body)["items"]
    return items


def page_of(kind: type[T]) -> type[Page[T]]:
    return Page[kind]  # type: ignore[valid-type]


def promised(kept: object) -> None:
    """Refuse an answer to another question than the one asked."""
    if not (all(kept) if isinstance(kept, Iterable) else kept):
        raise LedgerProtocolError("The ledger's answer does not fit the question.", _UPGRADE)
