"""Which patient an utterance means, as far as it says."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Final, Protocol

from nlu.canon import canonical, fold
from nlu.messages import Parse, PatientMention

_YEAR: Final = re.compile(
    r"(?<!\bза )(?<!\bв )(?<!\bс )(?<!\bпо )(?<!\bдо )\b"
    r"(?:((?:19|20)\d\d)й?|(\d\d)й?(?= года?\b)|(\d\d)й)(?!\S)"
)
"""Four digits, two before «год», two of an ordinal; in a canonical text."""


_BACK: Final = re.compile(
    r"\bне\s+(?:(?:у|про|об?|для|к|с|за|пациент\w*)\s+)?(?P<that>(?:эт|т)\w{1,3}\s+)?$",
    re.IGNORECASE,
)
"""What stands before a name that is taken back: «не», «не у», «не та»."""
_PATIENT: Final = r"(?: (?:пациент\w*|больн\w+))?"
_OTHER: Final = rf"друг(?:ой|ая|ую|ого|ому){_PATIENT}"
_THAT: Final = rf"(?:(?:эт|т)(?:от|а|у|ого|ой|ому|ом){_PATIENT}|он|она|не[её]|него|ней|нем)"
_ANOTHER: Final = re.compile(
    rf"(?:нет )*(?:это )?(?:не (?:у |про |об? |к )?{_THAT}(?: (?:а )?{_OTHER})?|{_OTHER})"
)


_PRONOUN_OF: Final = {
    "m": re.compile(r"\b(?:он|ему|у него|этого пациента|этому пациенту)\b", re.IGNORECASE),
    "f": re.compile(r"\b(?:она|ей|у не[её]|этой пациентк\w)\b", re.IGNORECASE),
}
"""Of «его» and «её» a document may be meant."""


class Roster(Protocol):
    """Names of patients, as far as the policy needs them."""

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        """Whom a spoken name may mean."""
        ...

    def has_card(self, card: str) -> bool:
        """Whether a card number is on the roster."""
        ...

    def sex(self, card: str) -> str:
        """``m`` or ``f``, of a card on the roster."""
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


def takes_back(parse: Parse) -> bool:
    """Whether the name is whom it is not about: «не Ольга», «не та Кузнецова»."""
    name = parse.get("patient_name")
    return name is not None and _BACK.search(parse.text[: name.start]) is not None


def kept_from(parse: Parse, cards: Collection[str], current: str | None) -> set[str]:
    """Who of ``cards``, which are those of a name that was taken back, may be meant still.

    «Не Ольга» leaves none; «не та Кузнецова» all but the current patient.
    """
    name = parse.get("patient_name")
    back = _BACK.search(parse.text[: name.start]) if name is not None else None
    that = back is not None and back["that"] is not None
    return set(cards) - {current} if that and current in cards else set()


def means_another(parse: Parse) -> bool:
    """Whether all that is said is that somebody else is meant: «нет, другая», «не она»."""
    return _ANOTHER.fullmatch(" ".join(re.findall(r"\w+", fold(parse.text)))) is not None


def speaks_of_another(parse: Parse, sex: str) -> bool:
    """Whether a pronoun is of the other sex than the patient: «у него» said of a woman."""
    other = "f" if sex == "m" else "m"
    said = {one: bool(words.search(parse.text)) for one, words in _PRONOUN_OF.items()}
    return said[other] and not said[sex]


def cards_meant(mention: PatientMention) -> tuple[str, ...]:
    """The cards that the mention may mean: one when it is clear, several when it is not."""
    cards = tuple(candidate.card for candidate in mention.candidates)
    return cards if mention.ambiguous else cards[:1]


def born_on_day(parse: Parse, roster: Roster) -> tuple[str, ...] | None:
    """Who was born on the day that was said; None when no day was said."""
    day = parse.get("date")
    return roster.born_on(day.value) if day is not None and isinstance(day.value, date) else None


def born_in_year(parse: Parse, cards: Collection[str], roster: Roster) -> set[str] | None:
    """Which of ``cards`` were born in the year that a reply says; None when it says none.

    «1958 года рождения», «58 года», «которая 66-го»; a cardinal alone may be an age.
    """
    placed = parse.get("ordinal") or parse.get("date")
    years: set[int] = set()
    for four, of_year, alone in _YEAR.findall(canonical(parse.text).text):
        if four:
            years.add(int(four))
        elif of_year or not placed:
            years |= {1900 + int(of_year or alone), 2000 + int(of_year or alone)}
    if not years:
        return None
    return {card for year in years for card in roster.born_in(year) if card in cards}
