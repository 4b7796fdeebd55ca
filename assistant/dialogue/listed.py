"""A hospital of those that were read out last, called by its place or by a part of its name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.asked import at_place
from assistant.dialogue.hospitals import OF_PLACES
from assistant.dialogue.plans import Plan, Read
from assistant.dialogue.state import DialogueState, Request
from assistant.dialogue.whom import Roster
from nlu.canon import canonical
from nlu.messages import Entity, Parse, PatientMention
from nlu.places import BESIDE, KINDS, PAPERS, UNKNOWN_PLACE, numbered

_PLACE: Final = re.compile(r"\d+й")
_FROM: Final = frozenset(("из", "с", "со", "от"))
_IN: Final = frozenset(("в", "во"))


def listed(state: DialogueState, parse: Parse, roster: Roster) -> tuple[str, ...]:
    """Which of the hospitals read out last a reply may mean that says nothing else.

    «Первая больница» is the first one, and one that is called so. The name of a patient is none.
    """
    if any(_may_be_patient(parse, one) for one in parse.found):
        return ()
    called = roster.hospitals_called(parse.text, state.hospitals)
    place, kinds = _place(parse)
    at = at_place(state.hospitals, place) if place else None
    if at is None:
        return called
    if not kinds:
        return (at,)
    named = parse.get("hospital")
    so_called = named is not None and named.value in state.hospitals
    fits = at in roster.hospitals_called(kinds, state.hospitals) or (
        kinds.startswith("больниц") and not so_called
    )
    return tuple(dict.fromkeys((*((at,) if fits else ()), *called)))


def _may_be_patient(parse: Parse, said: Entity) -> bool:
    """Whether a name is like a patient's, or stands where no hospital's does: «а Бурденко»."""
    if not isinstance(said.value, PatientMention):
        return False
    before = [item.text for item in canonical(parse.text[: said.start]).items]
    where = not before or before[-1] in _IN | _FROM or before[-1].startswith(KINDS)
    return bool(said.value.candidates) or not where


def _place(parse: Parse) -> tuple[int, str]:
    """The place in a list that is all that was said, 0 if it isn't; and the words for a kind."""
    said = [item.text for item in canonical(parse.text).items if item.text not in BESIDE]
    places = [word for word in said if _PLACE.fullmatch(word)]
    kinds = [word for word in said if word.startswith(KINDS)]
    whole = len(places) == 1 and len(kinds) + 1 == len(said)
    return int(places[0].rstrip("й")) if whole else 0, " ".join(kinds)


def of_listed(request: Request, meant: tuple[str, ...]) -> Request:
    """``request`` about the hospital that is ``meant``, or to ask which of those that are."""
    one = meant[0] if len(meant) == 1 else None
    return replace(request, hospital=one, hospital_said="", offered=() if one else meant)


def at_listed(state: DialogueState, parse: Parse, roster: Roster) -> Plan | None:
    """The step where right after a list of hospitals nothing but one of them is named.

    «В первой» goes on with what was asked, «из первой» and «документы» ask for its documents.
    A place alone may be a document's.
    """
    asked = state.asked
    if state.patient is None or asked is None or asked.intent not in OF_PLACES:
        return None
    said = {item.text for item in canonical(parse.text).items}
    place, kinds = _place(parse)
    elsewhere = not kinds and asked.hospital is not None
    elsewhere = elsewhere and numbered(canonical(parse.text)) == place > 0
    if place and not elsewhere and (state.documents or not (kinds or said & (_IN | _FROM))):
        return None
    meant = listed(state, parse, roster)
    if elsewhere:
        called = roster.hospitals_called(parse.text, state.hospitals)
        told = state.page.hospital if state.page is not None else asked.hospital
        others = (one for one in (*meant, *called) if one != told)
        meant = tuple(dict.fromkeys(others))
    if elsewhere and not meant:
        text = canonical(parse.text).text
        return Read(state.patient, replace(asked, hospital=UNKNOWN_PLACE, hospital_said=text))
    named = parse.get("hospital")
    if not meant or (named is not None and meant == (named.value,)):
        return None
    if said & (_FROM | PAPERS):
        asked = replace(Request("get_documents_from_hospital"), period=asked.period)
    return Read(state.patient, of_listed(asked, meant))
