"""«А у Орловой», «а вчера», «а пульс»: the last question again, with one part of it replaced."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from assistant.dialogue.asked import asks_since, request_in
from assistant.dialogue.state import DialogueState, Request
from assistant.dialogue.whom import Roster, born_in_year, cards_meant, names_patient, takes_back
from nlu.canon import canonical, fold
from nlu.messages import Parse, PatientMention

_WORDS: Final = """
а и ну у за в во с со по про об о для до от как насчет же тогда теперь еще тоже там был была было
были какой какая какое какие сколько него нее ней нем ним пожалуйста карта карты карте пациент
пациента пациентки больного больной нет я спрашивал спрашивала просил просила
"""
_FILLER: Final = frozenset(_WORDS.split())
"""Words beside a name, a time or a quantity that ask for nothing by themselves."""
_INSTEAD: Final = frozenset(("а", "нет", "спрашивал", "спрашивала", "просил", "просила"))
"""«А пульс», «нет, вчера», «я просил вес»: what is said is to replace what was asked."""
_WHO: Final = frozenset({"patient_name", "patient_id"})
_WHEN: Final = frozenset({"period", "date"})
_MEASURED: Final = frozenset({"get_latest_vitals", "get_lab_result"})
_OF_PAPERS: Final = frozenset({"get_document", "get_documents_from_hospital"})
_TO_WHAT: Final = re.compile(
    r"(?:(?:а|и|нет|есть|ли|или|еще) )*на (?:(?:что|чего|как\w+)\b.*|([\w-]+(?: [\w-]+)?))"
)
"""«А на арахис», «на какие лекарства», right after allergies."""
_OF_WHAT: Final = re.compile(r"(?:поза)*прошл\w+")
"""«За позапрошлый»: of a year, a month or a week isn't said."""


def continued(asked: Request | None, parse: Parse, roster: Roster) -> Request | None:
    """``asked`` with what ``parse`` says instead; None where it says more than that, or less.

    A name needs an «а» or «у» before it: alone it chooses the patient. A quantity without «а» or
    «нет» is a question of its own.
    """
    kinds = {entity.name for entity in parse.found}
    substance = _TO_WHAT.fullmatch(fold(parse.text).strip(" ?."))
    # «кислота» is like «кислород», which is measured
    if asked and asked.intent == "get_allergies" and substance and kinds <= {"observation"}:
        return replace(asked, substance=substance[1])
    if asked and asked.intent == "get_medications" and not kinds and asks_since(parse.text):
        return replace(asked, medicines="since", period=None)
    words = _words_beside(parse)
    papers = asked is not None and asked.intent in _OF_PAPERS and kinds == {"document_type"}
    if papers and parse.intent == "deny" and _FILLER.issuperset(words):
        whole = replace(parse, intent="get_document", entities=parse.found, beside=())
        return request_in(DialogueState(), whole)
    said = {item.text for item in canonical(parse.text).items}
    half_said = [word for word in words if _OF_WHAT.fullmatch(word)]
    of_measured = asked is not None and asked.intent in _MEASURED
    if (
        asked is None
        or not (kinds or half_said)
        or not kinds <= _WHO | _WHEN | {"observation"}
        or not _FILLER.issuperset(word for word in words if word not in half_said)
        or (kinds & _WHO and not ("а" in said or "у" in words))
        or ("observation" in kinds and not (said & _INSTEAD and of_measured))
        or parse.intent == "record_measurement"
        or takes_back(parse)
        or _tells_birth(parse, roster)
    ):
        return None
    whole = replace(parse, intent=asked.intent, entities=parse.found, beside=())
    new = request_in(DialogueState(), whole)
    if kinds & _WHEN or half_said:
        unread = new.time_unread or bool(half_said)
        asked = replace(asked, period=None if unread else new.period, time_unread=unread)
    if new.observation is not None:
        asked = replace(
            asked,
            observation=new.observation,
            document_type=None,
            left=new.left,
            unlisted=new.unlisted,
        )
        if parse.intent in _MEASURED:
            asked = replace(asked, intent=parse.intent)
    return asked


def is_bare_time(parse: Parse, roster: Roster) -> bool:
    """Whether only a time was said, on which nobody was born: it chooses no patient."""
    kinds = {entity.name for entity in parse.found}
    only = bool(kinds) and kinds <= _WHEN and _FILLER.issuperset(_words_beside(parse))
    return only and not _tells_birth(parse, roster)


def only_names(parse: Parse) -> bool:
    """Whether only a patient was named: «Орловой», «по Громову»."""
    kinds = {entity.name for entity in parse.found}
    named = bool(kinds) and kinds <= _WHO and not takes_back(parse)
    return named and _FILLER.issuperset(_words_beside(parse))


def to_continue(request: Request) -> Request:
    """What is remembered of a question: not how far its answer was read."""
    return replace(
        request,
        offered=(),
        document=None,
        ordinal=None,
        time_unread=False,
        start=0,
        full=False,
        say_whose=False,
        left=(),
    )


def _words_beside(parse: Parse) -> list[str]:
    """The words that belong to no entity and were not taken back."""
    spans = [*((e.start, e.end) for e in parse.found), *parse.unsaid]
    items = canonical(parse.text).items
    return [
        i.text for i in items if not any(i.start < end and start < i.end for start, end in spans)
    ]


def _tells_birth(parse: Parse, roster: Roster) -> bool:
    """Whether the time is a patient's birth: of whoever is named, or of anybody on that day."""
    name = next((e.value for e in parse.found if isinstance(e.value, PatientMention)), None)
    if name is not None:
        return bool(born_in_year(parse, cards_meant(name), roster))
    day = next((e for e in parse.found if e.name == "date"), None)
    if names_patient(parse) or day is None:
        return False
    return bool(roster.born_on(day.value)) if isinstance(day.value, date) else False
