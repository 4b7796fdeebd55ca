"""What two parsers that disagree are each after, and which of it a reply names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.asked import request_in
from assistant.dialogue.plans import (
    AskIntent,
    AskMissing,
    AskPatient,
    Cancel,
    Confirm,
    NeedPatient,
    Plan,
    Read,
)
from assistant.dialogue.resolving import go
from assistant.dialogue.state import Aim, DialogueState, Request
from assistant.dialogue.whom import places_said
from assistant.dialogue.yes import is_yes
from nlu.messages import Parse

_STEM: Final = 4
"""Letters by which a word of the question is known again: «документы», «документ»."""


def aim_of(step: Plan) -> Aim | None:
    """What a step is after, if it concerns a patient's record."""
    match step:
        case Read(card=card, request=request) | Confirm(card=card, request=request):
            return Aim((card,), request)
        case AskMissing(card=card, request=request):
            return Aim((card,), request)
        case AskPatient(cards=cards, request=request):
            return Aim(cards if len(cards) > 1 else (), request)
        case NeedPatient(request=request):
            return Aim((), request)
    return None


def _echoed(aims: tuple[Aim, ...], text: str) -> list[Aim]:
    """The aim whose words of the question are repeated in the reply, if it is one.

    «Покажи» alone tells what is asked for only where the other choice begins otherwise.
    """
    said = {word[:_STEM] for word in re.findall(r"\w+", text.lower())}
    words = [ASKED_FOR[aim.request.intent].split()[len(aims) == 1 :] for aim in aims]
    echoes = [sum(word[:_STEM] in said for word in of_aim) for of_aim in words]
    best = max(echoes)
    return [aims[echoes.index(best)]] if best and echoes.count(best) == 1 else []


def chosen_intent(aims: tuple[Aim, ...], state: DialogueState, parse: Parse) -> Plan | None:
    """The step once one of the readings is chosen; None if the talk moved on.

    The only one is chosen by a «да» or by asking for it again; what is then said of it, a kind of
    document, an illness or a substance, is what is asked about.
    """
    if any(entity.name not in ("ordinal", "document_type") for entity in parse.entities):
        return None
    chosen = _echoed(aims, parse.text)
    if not chosen:
        chosen = [aim for aim in aims if aim.request.intent == parse.intent]
    places = places_said(parse)
    if not chosen and places is not None and len(aims) > 1:
        chosen = [aims[places[0] - 1]] if len(places) == 1 and 0 < places[0] <= len(aims) else []
    if not chosen and is_yes(parse) and len(aims) == 1:
        chosen = [aims[0]]
    if chosen:
        cards, request = chosen[0].cards, chosen[0].request
        said = request_in(state, parse)
        bare = replace(said, ordinal=None, document=None, say_whose=False)
        if said.intent == request.intent and bare != Request(said.intent):
            request = said
        if len(cards) == 1:
            return go(state, cards[0], request)
        return AskPatient(cards, request) if cards else NeedPatient(request)
    if parse.intent == "deny":
        return Cancel()
    unclear = parse.intent in ("affirm", "select_patient", "out_of_scope")
    return AskIntent(aims) if unclear else None
