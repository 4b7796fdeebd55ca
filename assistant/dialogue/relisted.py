"""Back to the list that an opened document is of: «остальные ЭКГ», «не та», «нет, вторая».

Each answer begins with a list to choose from again. What may be said of a person as well, «не
та», is answered with the patient's name before it, and it stays open who is meant; what is said of
the patient only, «не тот» after a man's ECG, is none of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.asked import at_place, request_in
from assistant.dialogue.hospitals import OF_PLACES
from assistant.dialogue.leaving import denied_thing
from assistant.dialogue.plans import Plan, Read
from assistant.dialogue.state import DialogueState, Request
from assistant.dialogue.whom import Roster
from nlu.canon import canonical
from nlu.dictionary import reading
from nlu.messages import Parse, covered
from nlu.places import BESIDE, KINDS, PAPERS
from nlu.vocabulary import DOCUMENT_TYPES

_OF_PAPERS: Final = frozenset({"get_document", "get_documents_from_hospital"})
_OTHERS: Final = re.compile(
    r"(?:остальн\w+|друг(?:ие|их)|еще (?:как\w+|есть|был[аио]?)"
    r"|(?:как\w+|есть|был[аио]?|нет ли) еще|(?:к )?списк[уа](?: документов)?)"
    r"(?: (?:есть|был[аио]?))?"
)
_ANOTHER: Final = re.compile(r"друг(?:ая|ую|ой)")
_AROUND: Final = BESIDE | frozenset(
    ("и", "ну", "нет", "у", "него", "нее", "вернись", "вернемся", "назад", "обратно")
)
_TALK: Final = frozenset({"next", "previous", "deny", "out_of_scope", "repeat"})
_DENIES: Final = frozenset(("нет", "ой", "вернее", "точнее"))
_SAID: Final = re.compile(r"\bне (?:эт|т)(?:(?P<man>от|ого)|а|у|ой)\b")
_GENDERS: Final = {"masc": "m", "femn": "f"}
_PLACE: Final = re.compile(r"\d+й")
_FEMININE: Final = re.compile(r"(?:ая|ую|ой|ей|ья|ью)\W*$")


def listed_again(state: DialogueState, parse: Parse, roster: Roster) -> Plan | None:
    """The step where another thing than the one just read is meant, of the same list; None where
    more is said than that, or the talk was of something else.
    """
    asked = state.asked
    if state.pending or state.written or state.chosen or asked is None or state.patient is None:
        return None
    if asked.intent not in OF_PLACES:
        return None
    denied = denied_thing(parse)
    if denied is not None:
        of_patient = not denied and _fits_patient(parse, asked, roster.sex(state.patient))
        return None if of_patient else _instead(state, asked, denied, parse)
    if _other_place(parse):
        return _at_other_place(state, asked, parse)
    if state.document is None or asked.intent not in _OF_PAPERS or not _asks_for_others(parse):
        return None
    kind = next(iter(parse.found), None)
    if kind is not None:
        return Read(
            state.patient, Request("get_document", document_type=str(kind.value), paper="others")
        )
    return Read(state.patient, _all_of(asked))


def _instead(state: DialogueState, asked: Request, denied: str, parse: Parse) -> Plan | None:
    """The list from which not the thing ``denied`` is wanted: of hospitals or of documents."""
    if state.patient is None:
        return None
    if denied.startswith(KINDS):
        return Read(state.patient, replace(asked, hospital=None, hospital_said=""))
    paper = state.document is not None and asked.intent in _OF_PAPERS
    named = denied in PAPERS or any(e.name == "document_type" for e in parse.found)
    if not paper or (denied and not named):
        return None
    return Read(state.patient, replace(_all_of(asked), say_whose=not denied), unsettles=not denied)


def _fits_patient(parse: Parse, asked: Request, sex: str) -> bool:
    """Whether «тот» or «та» fits the patient's ``sex``, and not the kind of document read."""
    said = _SAID.search(canonical(parse.text).text)
    kind = DOCUMENT_TYPES.get(asked.document_type or "")
    if said is None or kind is None:
        return False
    gender = reading(kind.split()[0].lower()).tag.gender or "femn"  # «МРТ»
    of_kind = _GENDERS.get(gender)
    own = "m" if said["man"] else "f"
    return own == sex and own != of_kind


def _all_of(asked: Request) -> Request:
    """All documents that ``asked`` was about."""
    return replace(asked, paper="others") if asked.intent == "get_document" else asked


def _asks_for_others(parse: Parse) -> bool:
    """Whether nothing is asked for but what else there is, and maybe of what kind."""
    if parse.intent not in _TALK or {e.name for e in parse.found} - {"document_type"}:
        return False
    canon = canonical(parse.text)
    inside = covered(canon, parse.found)
    words = (i.text for i, kind in zip(canon.items, inside, strict=True) if not kind)
    others = " ".join(word for word in words if word not in _AROUND)
    another = bool(parse.found) and _ANOTHER.fullmatch(others)  # «другой» alone is a person
    return bool(another or _OTHERS.fullmatch(others))


def _other_place(parse: Parse) -> bool:
    """Whether no more is said than «нет» and a place in a list: «нет, вторая»."""
    said = [item.text for item in canonical(parse.text).items]
    places = [word for word in said if _PLACE.fullmatch(word)]
    rest = [word for word in said if word not in places and word not in BESIDE]
    return len(places) == 1 and bool(rest) and _DENIES.issuperset(rest)


def _at_other_place(state: DialogueState, asked: Request, parse: Parse) -> Plan | None:
    """The document at the place, or where none lies open of one hospital's list, the hospital."""
    place = next(e.value for e in parse.found if e.name == "ordinal")
    if state.patient is None or not isinstance(place, int):
        return None
    whole = replace(parse, intent="get_document", entities=parse.found, beside=())
    at = at_place(state.hospitals, place)
    feminine = _FEMININE.search(parse.text) is not None
    of_places = asked.hospital is not None or not state.documents
    if state.document is None and feminine and at is not None and of_places:
        return Read(state.patient, replace(asked, hospital=at, hospital_said=""))
    return Read(state.patient, request_in(state, whole)) if state.documents else None
