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
from assistant.dialogue.counted import counted
from assistant.dialogue.ellipsis import continued
from assistant.dialogue.paging import opened
from assistant.dialogue.plans import Plan, Read, Repeat
from assistant.dialogue.resolving import resolve
from assistant.dialogue.state import DialogueState, Request
from assistant.dialogue.whom import Roster, names_patient
from nlu.canon import canonical, fold
from nlu.messages import Parse

_ABOUT: Final = re.compile(r"\b(?:у|про|о|об|для|по)\b")
"""Before a word for a person: «у неё», «про второго». Who «он так кричит» is, matters not."""
_AGAIN: Final = re.compile(
    r"\b(?:повтор\w+|еще раз\w*|снова|опять|скажи\w*|назови\w*|прочита\w+|пожалуйста)\b"
)
_LIST: Final = re.compile(r"\b(?:документы|список|перечень)\b")
_TIMES: Final = re.compile(r"\bраз\b")
"""«В третий раз» asks for nothing else."""
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
    if not whom and (one := _another_one(state, parse)) is not None:
        return one
    if request == state.asked and not parse.found:
        request = continued(request, _without_again(parse), roster) or request
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
    if what == asked.intent == "get_hospital_visits":
        asked = replace(asked, paper="")  # all of them, of which the oldest was read
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


def _another_one(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where one of a list is named, or the list from which one was opened: «повтори
    третью», «повтори список». «Последнее» is what was just heard.
    """
    asked, rest = state.asked, _without_again(parse)
    listed = asked is not None and asked.intent in _PAPERS and len(state.documents) > 1
    if listed and state.document is not None and state.patient and _LIST.search(rest.text):
        return Read(state.patient, asked) if asked is not None else None
    place = parse.get("ordinal")
    if place is None or place.value == -1 or len(parse.found) > 1 or _TIMES.search(rest.text):
        return None
    rest = _as(rest, "select_patient")
    return counted(state, rest) or opened(state, rest)


def _without_again(parse: Parse) -> Parse:
    """``parse`` less what asks to repeat; its entities stand where they stood in the whole."""
    return replace(parse, text=_AGAIN.sub(" ", fold(parse.text)).strip(" .?!,"))


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
