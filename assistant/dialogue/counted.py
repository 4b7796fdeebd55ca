"""A visit by its place among those read out, and the very first of the visits or values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.plans import Plan, Read
from assistant.dialogue.state import DialogueState
from nlu.canon import canonical
from nlu.messages import READINGS, Parse

_VISIT: Final = r"(?:посещени|визит|прием|госпитализаци)\w*|раз"
_AROUND: Final = "а|и|ну|какое|какой|какая|что|про|покажи|когда|где|у|него|нее|его|ее|это"
_COUNTED: Final = re.compile(
    rf"(?:(?:{_AROUND}) )*(?P<very>сам(?:ое|ый|ая|ую) )?(?:(?P<place>\d+й)|"
    rf"(?:ранн|стар|давн)[иыеяао]\w)(?: (?P<noun>{_VISIT}|значение|измерение))?"
    r"(?: (?:когда|где|как\w+|был[аои]?))*"
)
_NEUTER: Final = re.compile(r"(?:[оеь]|-)е\W*$")


def counted(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where right after visits or a value no more is said than which of all: «третье»,
    «второй визит», «самый первый».

    Visits are read out from the latest, which is told to be that: «первое» is none of it but the
    oldest, «третье» the third of those read. No hospital and no document is neuter.
    """
    asked, canon = state.asked, canonical(parse.text)
    said = _COUNTED.fullmatch(canon.text)
    if said is None or asked is None or state.patient is None or state.pending is not None:
        return None
    place = int(said["place"][:-1]) if said["place"] else 1
    oldest = replace(asked, paper="oldest")
    names_one = said["very"] or said["noun"]
    if asked.intent in READINGS and asked.observation is not None:
        return Read(state.patient, oldest) if place == 1 and names_one else None
    if asked.intent != "get_hospital_visits" or state.documents or place == 0:
        return None
    words = canon.surface(canon.items_of(*said.span("place"))) if said["place"] else ""
    if not (names_one or _NEUTER.search(words)):
        return None
    if place == 1:
        return Read(state.patient, oldest)
    return Read(state.patient, replace(asked, paper="", start=place - 1, ordinal=place))
