"""What two parsers that disagree are each after, and which of it a reply names."""

from __future__ import annotations

import re
from typing import Final

from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.plans import AskMissing, AskPatient, Confirm, NeedPatient, Plan, Read
from assistant.dialogue.state import Aim

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


def echoed(aims: tuple[Aim, ...], text: str) -> list[Aim]:
    """The aim whose words of the question are repeated in the reply, if it is one."""
    said = {word[:_STEM] for word in re.findall(r"\w+", text.lower())}
    echoes = [
        sum(word[:_STEM] in said for word in ASKED_FOR[aim.request.intent].split()) for aim in aims
    ]
    best = max(echoes)
    return [aims[echoes.index(best)]] if best and echoes.count(best) == 1 else []
