"""«Повтори»: the last answer again, or the last question with what is said beside in its place.

«Повтори у Лебедевой», «ещё раз лекарства», «ещё раз за этот год» ask for another thing than what
was just heard: that answer, in which no name may be, is never given for it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.apart import intent_of, named_first
from assistant.dialogue.asked import request_in
from assistant.dialogue.plans import Plan, Read, Repeat
from assistant.dialogue.resolving import resolve
from assistant.dialogue.state import DialogueState, Request
from assistant.dialogue.whom import Roster, names_patient
from nlu.canon import canonical
from nlu.messages import Parse

_ABOUT: Final = re.compile(r"\b(?:у|про|о|об|для|по)\b")
"""Before a word for a person: «у неё», «про второго». Who «он так кричит» is, matters not."""
_PAPERS: Final = frozenset({"get_document", "get_documents_from_hospital"})


def repeated(state: DialogueState, parse: Parse, roster: Roster) -> Plan:
    """The step after «повтори»; a question that waits for an answer is asked again."""
    if state.pending is not None:
        return Repeat(state.sensitive)
    request = _asked_again(state, parse)
    named = names_patient(parse)
    if request is None and named:
        request = Request("select_patient")
    whom = named or _ABOUT.search(canonical(parse.text).text) is not None
    same = request is None or request == state.asked
    if request is None or (same and not whom):
        return Repeat(state.sensitive)
    step = resolve(state, _as(parse, request.intent), request, roster)
    match step:
        case Read(card=card) if same and card == state.patient:
            return Repeat(state.sensitive)
    return step


def _asked_again(state: DialogueState, parse: Parse) -> Request | None:
    """The last question, or another where another part of the record is named, with the time and
    the hospital that are said; None where nothing was asked.
    """
    what = named_first(parse)
    if what is not None and not _is_of(state, what):
        return request_in(state, _as(parse, intent_of(what)))
    asked = state.asked
    if asked is None:
        return None
    new = request_in(DialogueState(), _as(parse, asked.intent))
    if new.period is not None or new.time_unread:
        asked = replace(
            asked,
            period=new.period,
            yearless=new.yearless,
            monthless=new.monthless,
            time_unread=new.time_unread,
        )
    if new.hospital is not None:
        asked = replace(asked, hospital=new.hospital, hospital_said=new.hospital_said)
    return asked


def _is_of(state: DialogueState, what: str) -> bool:
    """Whether the last question was for ``what``, or a document lies open that may be it."""
    asked = state.asked
    if asked is None:
        return False
    kind = asked.observation or asked.document_type
    if asked.intent in _PAPERS and intent_of(what) in _PAPERS and state.document is not None:
        return kind in (None, what) or what in _PAPERS
    return what == (kind or asked.intent)


def _as(parse: Parse, intent: str) -> Parse:
    return replace(parse, intent=intent, entities=parse.found, beside=())
