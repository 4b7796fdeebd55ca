"""Reads measured values: of a time, of the moment nearest to it, and those without a document."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from assistant import answers
from assistant.answers import Answer
from assistant.answers.wording import in_zone_of, is_day
from assistant.dialogue.daytimes import is_in
from assistant.dialogue.state import Request
from ledger_client import LedgerClient
from ledger_client.messages import Observation
from nlu.messages import Period

_TREND: Final = 3
"""How many results of one laboratory code are fetched to tell a trend."""
_DAY: Final = timedelta(days=1)
_OF_BLOOD: Final = frozenset(("laboratory_report", "blood_test"))
"""Documents whose results the ledger may hold without them."""
_NOT_OF_BLOOD: Final = frozenset(("ejection_fraction",))


class Values:
    """The observations of one ledger. All methods raise ledger_client.errors.LedgerError."""

    def __init__(self, ledger: LedgerClient) -> None:
        self._ledger = ledger

    def asked(self, card: str, request: Request, category: str) -> tuple[Observation, ...]:
        """Newest first; the latest of each code of ``category`` unless a period was asked for.

        An observation that was named is read whatever its category, from the ``request.start``-th
        latest on, or the oldest alone.
        """
        period, oldest = request.period, request.paper == "oldest"
        found = self._ledger.observations(
            card,
            code=request.observation,
            category=category if request.observation is None else None,
            since=period.start if period else None,
            until=period.end if period else None,
            limit=None
            if oldest or request.part or not request.observation
            else _TREND + request.start,
        )
        return found[-1:][request.start :] if oldest else found[request.start :]

    def of_part(
        self, found: tuple[Observation, ...], request: Request, now: datetime
    ) -> tuple[Observation, ...]:
        """Those of ``found`` that were taken in the part of the day that was said, if one was."""
        part = request.part
        if part is None:
            return found
        taken = ((one, in_zone_of(one.taken, now)) for one in found)
        return tuple(one for one, at in taken if is_day(at, now) or is_in(at.time(), part))

    def none(
        self, card: str, request: Request, period: Period, category: str, now: datetime
    ) -> Answer:
        """The answer where ``period`` holds nothing of what was asked for."""
        near = self._nearest(card, request.observation, category, period)
        laboratory = category == "laboratory"
        return answers.no_results(request.observation, laboratory, period, near, now)

    def without_document(self, card: str, request: Request, now: datetime) -> Answer | None:
        """Results of the kind of document asked for, which is not there; None where none are."""
        if request.hospital is not None or request.document_type not in _OF_BLOOD:
            return None
        found = self.asked(card, request, "laboratory")
        found = tuple(one for one in found if one.code not in _NOT_OF_BLOOD)
        return answers.results(found, now) if found else None

    def _nearest(
        self, card: str, code: str | None, category: str, period: Period
    ) -> tuple[Observation, ...]:
        """What was taken at the moment that is nearest to ``period``, which holds nothing."""
        kept = None if code is not None else category
        before, after = period.start - _DAY, period.end + _DAY
        earlier = self._ledger.observations(card, code=code, category=kept, until=before)
        until = after + (before - earlier[0].taken.date()) if earlier else None
        later = self._ledger.observations(card, code=code, category=kept, since=after, until=until)
        found = later[::-1] or earlier
        return tuple(one for one in found if one.taken == found[0].taken)
