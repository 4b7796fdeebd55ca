"""A hospital that was not called by a name of its own: «госпиталь», «оттуда», «документы»."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from assistant import answers
from assistant.dialogue.state import DialogueState, Request
from ledger_client.messages import Hospital, Visit
from nlu.canon import canonical, fold
from nlu.concepts import lemma
from nlu.messages import Entity, Place
from nlu.places import BESIDE, UNKNOWN_PLACE, called

_KINDS: Final = ("госпиталь", "больница", "поликлиника", "диспансер", "клиника", "роддом")
OF_PLACES: Final = frozenset({"get_hospital_visits", "get_documents_from_hospital", "get_document"})
"""Intents of what is sorted by hospital."""
_BY_HOSPITAL: Final = frozenset({"get_documents_from_hospital", "get_hospital_visits"})
_KIND_OF_PAPER: Final = frozenset({"get_document", "get_lab_result"})
_ANYWHERE: Final = re.compile(
    r"\b(?:вообще|вс[ея]|всех|весь|люб\w+|везде|где|когда|еще|(?:последн|нов|свеж)(?:ий|ый|яя|ая|ую|юю|ее|ое|ие|ые))\b"
)
"""What asks for more than the list at hand."""
_ONE_FROM: Final = re.compile(r"(?:а |и |нет )*(?:та|ту|тот|то|те) ")
"""«Та, что из Боткинской» is one of the documents that were listed."""
_THERE: Final = re.compile(
    r"\b(?:оттуда|отсюда|туда|там|(?:из|в|с) (?:этой|этого|этом|той|того|том)(?: же)?"
    r" (?:больниц|поликлиник|госпитал|диспансер|клиник|центр|роддом)\w*)\b"
)


def called_loosely(hospital: Entity | None) -> str:
    """What was said of a hospital, if others may be called so as well: «госпиталь», where the
    patient knows another, or «первая больница».
    """
    if hospital is None:
        return ""
    words = fold(hospital.text).split()
    kind_alone = len(words) == 1 and lemma(words[0]) in _KINDS
    return hospital.text if kind_alone or hospital.value == UNKNOWN_PLACE else ""


def of_the_patient(
    request: Request, visits: Sequence[Visit], hospitals: Collection[Hospital]
) -> Request:
    """``request`` about the hospital that is called so and at which the patient has been; where
    the patient knows none, about any that is.
    """
    visited = [id_ for id_, _ in answers.visited_hospitals(visits)]
    if request.hospital in visited:
        return request
    said = canonical(request.hospital_said)
    fit = called(said, (Place(one.id, one.name, one.aliases) for one in hospitals))
    meant = tuple(id_ for id_ in visited if id_ in fit) or (() if request.hospital else fit)
    if len(meant) > 1:
        return replace(request, offered=meant)
    return replace(request, hospital=meant[0]) if meant else request


def as_before(request: Request, state: DialogueState, text: str) -> Request:
    """``request`` about the one hospital of which was told last: «документы оттуда», or
    «документы» alone right after its visits.
    """
    before = state.asked
    listed = before is not None and before.intent == "get_document" and state.document is None
    if before is not None and listed and before.document_type and _ONE_FROM.match(fold(text)):
        if request.intent == "get_documents_from_hospital" and request.document_type is None:
            return replace(
                before, hospital=request.hospital, hospital_said=request.hospital_said, paper=""
            )
        return request
    if before is None or before.hospital is None or request.hospital is not None:
        return request
    there = _THERE.search(fold(text))
    alone = all(item.text in BESIDE for item in canonical(text).items)
    of_document = request.intent == "get_document" and state.document is not None
    papers_of = request.intent, before.intent
    if (there and request.intent in OF_PLACES and not (of_document and there[0] == "там")) or (
        papers_of == ("get_documents_from_hospital", "get_hospital_visits") and alone
    ):
        if replace(request, say_whose=False) == Request("get_document"):
            request = replace(request, intent="get_documents_from_hospital")  # «что там делали»
        return replace(request, hospital=before.hospital, hospital_said=before.hospital_said)
    return request


def of_the_list(request: Request, state: DialogueState, text: str) -> Request:
    """``request`` for a kind of document as one of the hospital and the time whose documents or
    visits were listed last, where no other is named: «ЭКГ» right after «документы из госпиталя».
    """
    before = state.asked
    if before is None or before.intent not in _BY_HOSPITAL or request.ordinal is not None:
        return request
    kind_alone = request.document_type is not None and request.observation is None
    if request.intent not in _KIND_OF_PAPER or not kind_alone or _ANYWHERE.search(fold(text)):
        return request
    if request.hospital is not None or request.period is not None or request.time_unread:
        return request
    return replace(
        request,
        hospital=before.hospital,
        hospital_said=before.hospital_said,
        period=before.period,
        yearless=before.yearless,
        monthless=before.monthless,
    )
