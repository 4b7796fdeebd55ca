"""Which patient an utterance means, as far as it says."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from itertools import pairwise
from typing import Final, Protocol

from nlu.canon import Canon, canonical, fold
from nlu.declension import name_kinds
from nlu.dictionary import known
from nlu.messages import Entity, Parse, PatientMention, covered
from nlu.notes import without_note
from nlu.rejected import Rejected, rejected

_YEAR: Final = re.compile(
    r"(?<!\bза )(?<!\bв )(?<!\bс )(?<!\bпо )(?<!\bдо )\b"
    r"(?:((?:19|20)\d\d)й?|(\d\d)й?(?= года?\b)|(\d\d)й)(?!\S)"
)
"""Four digits, two before «год», two of an ordinal; in a canonical text."""


_BACK: Final = re.compile(
    r"\bне\s+(?:(?:у|про|об?|для|к|с|за|пациент\w*)\s+)?(?P<that>(?:эт|т)\w{1,3}\s+)?$",
    re.IGNORECASE,
)
"""What stands right before a name that is taken back: «не», «не у», «не та»."""
ALMOST_EXACT: Final = 0.9
"""Likeness from which a name means one of those offered, where it may mean others too."""
_CHOOSES: Final = frozenset(("patient_name", "patient_id", "ordinal"))
_CORRECTS: Final = re.compile(
    r"\W+(?:(?:нет|ой|вернее|точнее|то есть|извини(?:те)?|прости(?:те)?)\W+)+(?:лучше\W+)?"
)
"""Stands between what was said by mistake and what was meant."""
_OTHER_BEFORE: Final = re.compile(
    r"\bдруг(?:ой|ая|ую|ого|ому)(?: (?:пациент\w*|больн\w+))?\s+$", re.IGNORECASE
)


class Roster(Protocol):
    """Names of patients, as far as the policy needs them."""

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        """Whom a spoken name may mean."""
        ...

    def alike(self, cards: Collection[str]) -> tuple[str, ...]:
        """Everybody of whom is true what all of ``cards`` have in common of name and year."""
        ...

    def hospitals_called(self, text: str, among: Collection[str]) -> tuple[str, ...]:
        """Which hospitals of ``among`` a part of the name may mean that is all that was said."""
        ...

    def has_card(self, card: str) -> bool:
        """Whether a card number is on the roster."""
        ...

    def sex(self, card: str) -> str:
        """``m`` or ``f``, of a card on the roster."""
        ...

    def born(self, card: str) -> date:
        """The day of birth, of a card on the roster."""
        ...

    def age(self, card: str) -> int:
        """Whole years today, of a card on the roster."""
        ...

    def today(self) -> date:
        """The day to count from."""
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


def rejections(parse: Parse) -> Rejected:
    """What ``parse`` says that it is not: names, card numbers and places in a list."""
    canon = of_whom(parse)
    inside = covered(canon, [e for e in parse.found if e.name in _CHOOSES])

    def is_named(i: int) -> bool:
        if (
            canon.items[i].text == "не"
        ):  # a piece of «куз не цовой», but not in «Попова, но не Анна»
            return inside[i] and not known(canon.items[i - 1].text)
        return inside[i] or bool(name_kinds(canon.items[i].text))

    return rejected(canon, is_named)


def of_whom(parse: Parse) -> Canon:
    """The words that may say whom it is about: none of a note's."""
    return canonical(without_note(parse.text) if parse.intent == "add_note" else parse.text)


def is_taken_back(parse: Parse, entity: Entity) -> bool:
    """Whether a name, card number or place in a list is what it is not about."""
    items = of_whom(parse).items
    back = (items[i] for i in rejections(parse).items)
    return any(entity.overlaps(item.start, item.end) for item in back)


def places_said(parse: Parse) -> tuple[int, ...] | None:
    """The places in a list that are meant, in the order of speech; None when none was said.

    «Не первая, а вторая» and «первая, нет, вторая» mean one place, «не вторая» none.
    """
    said = [e for e in parse.entities if e.name == "ordinal" and isinstance(e.value, int)]
    if not said:
        return None
    kept = [e for e in said if not is_taken_back(parse, e)]
    for first, second in pairwise(kept):
        if _CORRECTS.fullmatch(fold(parse.text[first.end : second.start])):
            kept.remove(first)
    return tuple(dict.fromkeys(e.value for e in kept if isinstance(e.value, int)))


def takes_back(parse: Parse) -> bool:
    """Whether it says only whom it is not about: «не Ольга», «Марию не надо», «не карта 207»."""
    said = [one for one in map(parse.get, ("patient_name", "patient_id")) if one is not None]
    return bool(said) and all(is_taken_back(parse, one) for one in said)


def kept_from(parse: Parse, cards: Collection[str], current: str | None) -> set[str]:
    """Who of ``cards``, which are those of a name that was taken back, may be meant still.

    «Не Ольга» leaves none; «не та Кузнецова» all but the current patient.
    """
    name = parse.get("patient_name")
    back = _BACK.search(parse.text[: name.start]) if name is not None else None
    that = back is not None and back["that"] is not None
    return set(cards) - {current} if that and current in cards else set()


def means_other_bearer(parse: Parse) -> bool:
    """Whether a namesake of the current patient is meant: «у другой Ахметовой»."""
    name = parse.get("patient_name")
    return name is not None and _OTHER_BEFORE.search(parse.text[: name.start]) is not None


def cards_meant(mention: PatientMention) -> tuple[str, ...]:
    """The cards that the mention may mean: one when it is clear, several when it is not."""
    cards = tuple(candidate.card for candidate in mention.candidates)
    return cards if mention.ambiguous else cards[:1]


def born_on_day(parse: Parse, roster: Roster) -> tuple[str, ...] | None:
    """Who was born on the day that was said; None when no day was said."""
    day = parse.get("date")
    return roster.born_on(day.value) if day is not None and isinstance(day.value, date) else None


def born_in_year(parse: Parse, cards: Collection[str], roster: Roster) -> set[str] | None:
    """Which of ``cards`` were born in the year that a reply says; None when it says none."""
    years = years_said(parse)
    if not years:
        return None
    return {card for year in years for card in roster.born_in(year)}.intersection(cards)


def years_said(parse: Parse) -> set[int]:
    """The years that a reply may say: «1958 года рождения», «58 года», «которая 66-го».

    A cardinal alone may be an age; «семьдесят два года» is one.
    """
    placed = parse.get("ordinal") or parse.get("date")
    years: set[int] = set()
    canon = canonical(parse.text)
    for match in _YEAR.finditer(canon.text):
        four, of_year, alone = match.groups()
        spelt = canon.surface(canon.items_of(*match.span())).split()[0].isalpha()
        if of_year and spelt and not match[0].endswith("й") and "рожд" not in canon.text:
            continue
        if four:
            years.add(int(four))
        elif of_year or not placed:
            years |= {1900 + int(of_year or alone), 2000 + int(of_year or alone)}
    return years
