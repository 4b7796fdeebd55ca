"""Moving through what was read: «дальше», «назад», «а до этого», «полностью», «второй»."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.answers.charts import PAGE
from assistant.dialogue.asked import request_in
from assistant.dialogue.plans import NoMore, Phrase, Plan, Read, Say
from assistant.dialogue.state import DialogueState, Request
from nlu.canon import canonical
from nlu.messages import Parse

_NEXT_ONE: Final = re.compile("документ|следующ")
"""«Дальше» alone reads on in the document that lies open."""
_IN_FULL: Final = frozenset(("полностью", "целиком", "весь"))
_OF_READING: Final = frozenset(
    ("да", "давай", "давайте", "читай", "читайте", "прочитай", "прочитайте", "прочти", "зачитай",
     "открой", "покажи", "документ", "текст", "его", "ее", "пожалуйста", "ну", "можно")
)  # fmt: skip
_EARLIER: Final = re.compile(r"до этого|перед этим|раньше|ранее|предыдущ\w+\b(?! страниц)")
"""Earlier in time, where «назад» is back in the list: all lists begin with the latest."""
_LAST_BUT_ONE: Final = re.compile(
    r"(?:(?:а|и|ну|какое|какой|что|про) )*предпоследн\w+(?: (?:было|был|посещение|визит|прием))?"
)
_ONE_BY_ONE: Final = frozenset({"get_latest_vitals", "get_lab_result", "get_document"})
"""Of these a page is one value or one document."""


def read_in_full(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where no more is said than that the open document is to be read in full."""
    if state.patient is None or state.more is None or not state.more.full:
        return None
    words = {item.text for item in canonical(parse.text).items}
    asked = bool(words & _IN_FULL) and words <= _IN_FULL | _OF_READING
    return Read(state.patient, state.more) if asked else None


def moved(state: DialogueState, parse: Parse) -> Plan:
    """«Дальше», «назад», «следующий документ»."""
    if state.patient is None:
        return NoMore()
    step = 1 if parse.intent == "next" else -1
    through_list = step < 0 or state.more is None or _NEXT_ONE.search(parse.text.lower())
    if state.document in state.documents and through_list:
        index = state.documents.index(state.document) + step
        if not 0 <= index < len(state.documents):
            return NoMore()
        return Read(state.patient, Request("get_document", document=state.documents[index]))
    if step < 0 and state.page is not None and _EARLIER.search(parse.text.lower()):
        if state.page.intent in _ONE_BY_ONE:
            return Read(state.patient, replace(state.page, start=state.page.start + 1))
        step = 1
    if step == 1:
        return Read(state.patient, state.more) if state.more is not None else NoMore()
    if state.page is None or state.page.start == 0:
        return NoMore()
    size = 1 if state.page.intent in _ONE_BY_ONE else PAGE
    return Read(state.patient, replace(state.page, start=max(0, state.page.start - size)))


def visit_before(state: DialogueState, parse: Parse) -> Plan | None:
    """The step after a list of visits where no more is said than that the last but one is meant."""
    asked = state.asked
    if state.patient is None or asked is None or asked.intent != "get_hospital_visits":
        return None
    meant = not state.documents and _LAST_BUT_ONE.fullmatch(canonical(parse.text).text)
    return Read(state.patient, replace(asked, start=1)) if meant else None


def opened(state: DialogueState, parse: Parse) -> Plan:
    """«Второй» opens the second of the documents, or the second hospital's, as last listed."""
    if state.patient is None or not (state.documents or state.hospitals):
        return Say(Phrase.NO_LIST)
    intent = "get_document" if state.documents else "get_documents_from_hospital"
    return Read(state.patient, request_in(state, replace(parse, intent=intent)))
