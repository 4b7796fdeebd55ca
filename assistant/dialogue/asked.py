"""What an utterance asks for: a request, with places in lists resolved."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from assistant.dialogue.dictated import Dictated, dictated
from assistant.dialogue.state import ChooseHospital, DialogueState, Request
from assistant.dialogue.whom import names_patient
from nlu.messages import Parse, Period
from nlu.parser import note_body
from nlu.spans import UNREAD_TIME

_PRONOUN = re.compile(
    r"\b(?:он|она|его|ему|ей|е[её]|н[её]м|не[йё]|него|нему|нее|ним|этого|этой|больн\w+|пациент\w*)\b",
    re.IGNORECASE,
)
"""What refers to the current patient for certain."""
_SUBSTANCE = re.compile(
    r"аллерги\w*\s+(?:\S+\s+){0,4}?на\s+(?!(?:что|чего|ч[её]м|как\w*|котор\w+|вс[её]|люб\w+)\b)([\w-]+)",
    re.IGNORECASE,
)
"""«аллергия на что» and «на какие лекарства» ask for all."""


def request_in(state: DialogueState, parse: Parse) -> Request:
    """What was asked, with ordinals resolved against what was last listed."""
    observation, kind = parse.get("observation"), parse.get("document_type")
    ordinal = parse.get("ordinal")
    other_patient = names_patient(parse)
    known = DialogueState() if other_patient else state
    number = ordinal.value if ordinal is not None and isinstance(ordinal.value, int) else None
    request = Request(
        intent=parse.intent,
        observation=str(observation.value) if observation else None,
        hospital=hospital_in(known, parse),
        document_type=str(kind.value) if kind else None,
        ordinal=number,
        say_whose=parse.unexplained and not other_patient and not _PRONOUN.search(parse.text),
    )
    time = _time_in(parse)
    if isinstance(time, Period):
        request = replace(request, period=time)
    elif time == UNREAD_TIME:
        request = replace(request, time_unread=True)
    if parse.intent == "record_measurement":
        return to_write(dictated(parse), request)
    if parse.intent in ("get_latest_vitals", "get_lab_result"):
        others = (str(e.value) for e in parse.entities if e.name == "observation")
        left = tuple(name for name in dict.fromkeys(others) if name != request.observation)
        request = replace(request, left=left)
    if parse.intent == "get_document" and number is not None:
        request = replace(request, document=_at(known.documents, number))
    if parse.intent == "get_allergies" and (substance := _SUBSTANCE.search(parse.text)):
        request = replace(request, substance=substance[1])
    if parse.intent == "add_note":
        request = replace(request, note=_note(parse))
    return request


def _time_in(parse: Parse) -> Period | str | None:
    """The days that were said: of several times the one that holds the others, if one does."""
    said = [entity.value for entity in parse.entities if entity.name in ("period", "date")]
    spans = [
        Period(time, time) if isinstance(time, date) else time
        for time in said
        if isinstance(time, date | Period)
    ]
    if len(spans) < len(said):
        return UNREAD_TIME
    if not spans:
        return None
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    widest = Period(first, last)
    return widest if widest in spans else UNREAD_TIME


def to_write(said: Dictated, request: Request) -> Request:
    """``request`` with the first value that was dictated and its own quantity; the other
    quantities are left. Without any value the first quantity that was named still lacks one.
    """
    observation, value = said.values[0] if said.values else (None, None)
    if observation is None and said.named:
        observation = said.named[0]
    return replace(
        request,
        observation=observation,
        measurement=None if said.unread else value,
        period=said.when,
        left=tuple(name for name in said.named if name != observation),
    )


def hospital_in(state: DialogueState, parse: Parse) -> str | None:
    """The hospital by name, or by its place in the last list of hospitals."""
    named, ordinal = parse.get("hospital"), parse.get("ordinal")
    if named is not None:
        return str(named.value)  # UNKNOWN_PLACE for one that is none of ours
    by_place = parse.intent == "get_documents_from_hospital" or isinstance(
        state.pending, ChooseHospital
    )
    if by_place and ordinal is not None and isinstance(ordinal.value, int):
        return _at(state.hospitals, ordinal.value)
    return None


def _at(items: tuple[str, ...], ordinal: int) -> str | None:
    """The item at a spoken place: 1 is the first, −1 the last."""
    index = ordinal - 1 if ordinal > 0 else ordinal
    return items[index] if -len(items) <= index < len(items) else None


def _note(parse: Parse) -> str | None:
    """The words of a dictated note; None when only the wish to dictate was said."""
    name = parse.get("patient_name")
    text = parse.text
    if name is not None:
        text = text[: name.start] + text[name.end :]
    words = note_body(text).strip(" .,:;—-")
    return words if len(words.split()) > 1 else None
