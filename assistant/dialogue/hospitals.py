"""A hospital that was called by its kind alone: «госпиталь», where the patient knows another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from assistant import answers
from assistant.dialogue.state import Request
from ledger_client.messages import Visit
from nlu.canon import fold
from nlu.concepts import lemma
from nlu.messages import Entity

_KINDS: Final = ("госпиталь", "больница", "поликлиника", "диспансер", "клиника", "роддом")


def kind_alone(hospital: Entity | None) -> str:
    """The word for a kind of hospital, if that is all that was said: «госпиталь»."""
    words = fold(hospital.text).split() if hospital is not None else []
    return kind if len(words) == 1 and (kind := lemma(words[0])) in _KINDS else ""


def of_the_patient(request: Request, visits: Sequence[Visit]) -> Request:
    """``request`` about the one hospital of the kind at which the patient has been."""
    visited = answers.visited_hospitals(visits)
    if not request.hospital_kind or request.hospital in dict(visited):
        return request
    own = [id_ for id_, name in visited if request.hospital_kind in fold(name).split()]
    return replace(request, hospital=own[0]) if len(own) == 1 else request
