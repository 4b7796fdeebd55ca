"""The value that is said while it is asked whom it is of: beside a name, or instead of one."""

from __future__ import annotations

from typing import Final

from assistant.dialogue.confirming import with_value
from assistant.dialogue.dictated import Dictated, dictated, without_bare_number
from assistant.dialogue.measuredat import said_before, with_time
from assistant.dialogue.state import Request
from assistant.dialogue.whom import Roster, born_on_day, years_said
from nlu.canon import canonical
from nlu.extract import RECORDS_SINCE
from nlu.measures import UNIT
from nlu.messages import Parse, covered

_BESIDE_WORDS: Final = """
нет не ой а это был была было будет запиши запишите на и дробь с половиной целых целая
"""
_BESIDE_VALUE: Final = frozenset(_BESIDE_WORDS.split())
"""Words beside a value; with any other, as «которой» or «ей», the number is rather an age."""


def with_value_beside(parse: Parse, request: Request, roster: Roster) -> Request:
    """What is to be written, with the value and the time that were said beside a name or a place:
    «Громову 72», «вторая, вчера». A number without a name may be a card, a year or a place.
    """
    if request.intent != "record_measurement":
        return request
    said = dictated(parse, request.observation, request.measurement, said_before(request))
    if not _tells_birth(said, parse, roster):
        request = with_time(said.time, request)
    name = parse.get("patient_name")
    numbered = parse.get("patient_id") or parse.get("ordinal") or years_said(parse)
    if name is None or numbered:
        return request
    return with_value(said, request, anew=True)


def with_value_instead(
    cards: tuple[str, ...], parse: Parse, request: Request, roster: Roster
) -> Request | None:
    """What is to be written, with a value that was said instead of whom it is of; None where the
    number may tell that: a place among ``cards``, a card, an age or a year of birth.
    """
    if request.intent != "record_measurement" or request.observation is None:
        return None
    if parse.get("patient_name") is not None or years_said(parse):
        return None
    if not _BESIDE_VALUE.issuperset(_beside_value(parse)):
        return None
    card = parse.get("patient_id")
    numbers = [int(item.text) for item in canonical(parse.text).items if item.text.isdigit()]
    chooses = {*range(1, len(cards) + 1), *map(roster.age, cards)}
    chooses |= {roster.born(one).year % 100 for one in cards}
    if (card is not None and roster.has_card(str(card.value))) or any(
        number in chooses or roster.has_card(str(number)) for number in numbers
    ):
        return None
    said = dictated(without_bare_number(parse), request.observation, request.measurement)
    told = said.value_of(request.observation) is not None
    return with_value(said, request, anew=False) if told else None


def _beside_value(parse: Parse) -> list[str]:
    """The words that are no number, no unit and no entity."""
    canon = canonical(parse.text)
    inside = covered(canon, parse.found)
    words = ("1" if of else item.text for of, item in zip(inside, canon.items, strict=True))
    return [word for word in UNIT.sub("", " ".join(words)).split() if word[0].isalpha()]


def _tells_birth(said: Dictated, parse: Parse, roster: Roster) -> bool:
    """Whether the day that was said is one on which somebody was born, or before all records."""
    if said.time.day is None:
        return False
    return bool(born_on_day(parse, roster)) or said.time.day.start.year < RECORDS_SINCE
