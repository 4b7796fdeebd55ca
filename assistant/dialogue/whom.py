"""Which patient an utterance means, as far as it says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol

from nlu.messages import Parse, PatientMention, Period


class Roster(Protocol):
    """Names of patients, as far as the policy needs them."""

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        """Whom a spoken name may mean."""
        ...

    def has_card(self, card: str) -> bool:
        """Whether a card number is on the roster."""
        ...

    def born_on(self, day: date) -> tuple[str, ...]:
        """Cards of the patients born on that day."""
        ...

    def born_in(self, year: int) -> tuple[str, ...]:
        """Cards of the patients born in that year."""
        ...


def names_patient(parse: Parse) -> bool:
    """Whether a name or a card number was said."""
    return parse.get("patient_name") is not None or parse.get("patient_id") is not None


def cards_meant(mention: PatientMention) -> tuple[str, ...]:
    """The cards that the mention may mean: one when it is clear, several when it is not."""
    cards = tuple(candidate.card for candidate in mention.candidates)
    return cards if mention.ambiguous else cards[:1]


def born_on_day(parse: Parse, roster: Roster) -> tuple[str, ...] | None:
    """Who was born on the day that was said; None when no day was said."""
    day = parse.get("date")
    return roster.born_on(day.value) if day is not None and isinstance(day.value, date) else None


def born_in_year(parse: Parse, roster: Roster) -> tuple[str, ...] | None:
    """Who was born in the year that was said: it tells apart those who were offered."""
    period = parse.get("period")
    if period is None or not isinstance(period.value, Period) or "рожд" not in parse.text.lower():
        return None
    return roster.born_in(period.value.start.year)
