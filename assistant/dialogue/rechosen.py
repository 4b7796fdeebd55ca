"""«Нет, первый» right after a choice among namesakes: the same question about another of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.choosing import chosen_patient
from assistant.dialogue.ellipsis import only_names
from assistant.dialogue.picking import only_picks
from assistant.dialogue.plans import AskMissing, AskPatient, Confirm, Plan, Read
from assistant.dialogue.state import ConfirmWrite, DialogueState, FillRequest
from assistant.dialogue.whom import Roster
from nlu.messages import Parse

_DENIAL: Final = re.compile(
    r"\W*(?:(?:нет|ой|вернее|точнее|извини(?:те)?|прости(?:те)?|не (?:эт|т)\w{1,3})\b\W*)+",
    re.IGNORECASE,
)


def chosen_anew(state: DialogueState, parse: Parse, roster: Roster) -> Plan | None:
    """The step where all that is said is who else of those offered is meant; None otherwise.

    A place is one of the list that was read since, if one was.
    """
    denial = _DENIAL.match(parse.text)
    waits = isinstance(state.pending, ConfirmWrite | FillRequest | None)
    if state.chosen is None or denial is None or not waits:
        return None
    text = "_" * denial.end() + parse.text[denial.end() :]  # no word, and nothing moves
    reply = replace(parse, text=text, intent="select_patient", entities=parse.found, beside=())
    by_place = only_picks(reply) and not (state.documents or state.hospitals)
    if not by_place and not only_names(reply):
        return None
    step = chosen_patient(state.chosen, state, reply, roster)
    cards = state.chosen.cards
    match step:
        case Read(card=card) | AskMissing(card=card) | Confirm(card=card):
            return step if card in cards and card != state.patient else None
        case AskPatient(cards=asked):
            return step if set(asked) <= set(cards) else None
    return None
