"""What a reply to «кто?» or «из какой больницы?» chooses.

While the assistant asks whom a request is about, only this utterance tells: a reply chooses, a
request of its own is about whom it names, and nobody is taken for being current.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from assistant.dialogue.asked import hospital_in, request_in
from assistant.dialogue.plans import AskPatient, Cancel, NeedPatient, NoSuchPatient, Plan, Read
from assistant.dialogue.resolving import ABOUT_A_PATIENT, WRITES, go, resolve
from assistant.dialogue.state import ChooseHospital, ChoosePatient, DialogueState, Request
from assistant.dialogue.whom import (
    Roster,
    born_in_year,
    born_on_day,
    cards_meant,
    kept_from,
    means_another,
    names_patient,
    takes_back,
)
from assistant.dialogue.yes import is_yes
from nlu.messages import Parse, PatientMention

_CLEAR: Final = 0.5
"""Confidence from which a reply is a request of its own; «у неё» is none."""
_ALMOST_EXACT: Final = 0.9
"""Likeness from which a name means one of those offered, where it may mean others too."""
_PREPOSITION: Final = 3
"""Letters of «из», «про» and «вот»; «когда» has more."""


def chosen_patient(
    asked: ChoosePatient, state: DialogueState, parse: Parse, roster: Roster
) -> Plan:
    """The step while it is open whom ``asked.request`` is about."""
    cards, asks = asked.cards, _asks_itself(parse)
    request = _request_of(parse, asked.request) if asks else asked.request
    if not asks:
        if means_another(parse):
            others = [card for card in cards if card != state.patient]
            sure = len(others) == 1 < len(cards)
            return go(state, others[0], request) if sure else NeedPatient(request)
        if parse.intent == "deny" and not names_patient(parse):
            return NeedPatient(request) if len(cards) == 1 else Cancel()
        if len(cards) == 1 and is_yes(parse):
            return go(state, cards[0], request)
        if parse.intent == "out_of_scope" and parse.unexplained:
            return _ask(cards, request)
    elif takes_back(parse):  # «какие аллергии не у Ольги» may have been «нет»
        return _ask(cards, request)
    if not cards:
        return _of_all(asks, state, parse, request, roster)
    told: list[Collection[str] | None] = [
        _by_number(cards, parse, roster),
        _by_name(cards, state, parse, roster),
    ]
    if takes_back(parse) and told[1] == ():
        return NeedPatient(request)
    if any(some is not None and not some for some in told):  # somebody else
        return resolve(state, parse, request, roster)
    if not asks:
        if parse.get("patient_id") is None:
            told.append(born_in_year(parse, cards, roster))
        told += (born_on_day(parse, roster), _by_place(cards, parse))
    if all(some is None for some in told):
        return _ask(cards, request)
    left = set(cards).intersection(*(some for some in told if some is not None))
    return _among(tuple(card for card in cards if card in left) or cards, state, request)


def chosen_hospital(asked: ChooseHospital, state: DialogueState, parse: Parse) -> Plan | None:
    """The step once the hospital is chosen; None if the talk moved on."""
    if names_patient(parse) or not _answers_where(asked, parse):
        return None
    said = request_in(state, parse)
    hospital = hospital_in(state, parse)
    if hospital is None and (parse.intent != "select_patient" or parse.get("ordinal") is None):
        return None
    request = replace(
        asked.request,
        hospital=hospital,
        document_type=said.document_type or asked.request.document_type,
        period=said.period or asked.request.period,
    )
    return Read(asked.card, request)  # asks again where the place was none of the list


def _answers_where(asked: ChooseHospital, parse: Parse) -> bool:
    """Whether nothing is asked for but what was: «в первой городской» reads as asking for visits,
    «когда лежал в первой городской» does.
    """
    if parse.intent == asked.request.intent or not _asks_itself(parse):
        return True
    place = parse.get("hospital")
    if place is None:
        return False
    beside = parse.text[: place.start] + parse.text[place.end :]
    return all(len(word) <= _PREPOSITION for word in re.findall(r"\w+", beside))


def _asks_itself(parse: Parse) -> bool:
    """Whether the utterance asks for something, rather than only telling whom it is about."""
    asks = parse.intent in ABOUT_A_PATIENT and parse.intent != "select_patient"
    return asks and parse.confidence >= _CLEAR


def _request_of(parse: Parse, asked: Request) -> Request:
    """What ``parse`` asks for. «Запиши Громову» goes on with what was to be written.

    The lists at hand are another patient's: places in them count for nothing.
    """
    request = request_in(DialogueState(), parse)
    same = request.intent == asked.intent or {request.intent, asked.intent} <= WRITES
    return asked if same and request == Request(request.intent) else request


def _by_number(cards: tuple[str, ...], parse: Parse, roster: Roster) -> Collection[str] | None:
    """Who of the offered ``cards`` has the number that was said; empty for somebody else.

    «1958» alone is a year of birth; where it is a card as well, it tells nothing.
    """
    entity = parse.get("patient_id")
    if entity is None:
        return None
    number = str(entity.value)
    if number in cards or "карт" in parse.text.lower():
        return frozenset(cards) & {number}
    born: Collection[str] = born_in_year(parse, cards, roster) or ()
    return None if born and roster.has_card(number) else born


def _by_name(
    cards: tuple[str, ...], state: DialogueState, parse: Parse, roster: Roster
) -> Collection[str] | None:
    """Those of the offered ``cards`` whom the name may mean; empty for somebody else.

    A name that is only like some of theirs tells nothing. One that is taken back leaves the rest.
    """
    name = parse.get("patient_name")
    if name is None or not isinstance(name.value, PatientMention):
        return None
    if takes_back(parse):
        fit = roster.match_patients(name.text, among=cards)
        back = {one.card for one in fit.candidates if one.score >= _ALMOST_EXACT}
        if not back:
            return None
        kept = kept_from(parse, back, state.patient)
        return tuple(card for card in cards if card in kept or card not in back)
    if not name.value.ambiguous:
        return frozenset(cards) & set(cards_meant(name.value))
    fit = roster.match_patients(name.text, among=cards)
    if fit.candidates and fit.candidates[0].score >= _ALMOST_EXACT:
        return cards_meant(fit)
    like = {candidate.card for candidate in name.value.candidates}
    return None if like & set(cards) else frozenset()


def _by_place(cards: tuple[str, ...], parse: Parse) -> Collection[str] | None:
    """Who stands at the place that was said; None when none was."""
    ordinal = parse.get("ordinal")
    if ordinal is None or not isinstance(ordinal.value, int):
        return None
    index = ordinal.value - 1 if ordinal.value > 0 else ordinal.value
    return cards[index:][:1] if -len(cards) <= index else ()


def _ask(cards: tuple[str, ...], request: Request) -> Plan:
    return AskPatient(cards, request) if cards else NeedPatient(request)


def _among(left: tuple[str, ...], state: DialogueState, request: Request) -> Plan:
    """The step once only those ``left`` may be meant."""
    return go(state, left[0], request) if len(left) == 1 else AskPatient(left, request)


def _of_all(
    asks: bool, state: DialogueState, parse: Parse, request: Request, roster: Roster
) -> Plan:
    """The step after «О каком пациенте речь?»."""
    if names_patient(parse) and not takes_back(parse):
        return resolve(state, parse, request, roster)
    born = None if asks else born_on_day(parse, roster)
    if born is None:
        return NeedPatient(request)
    return _among(born, state, request) if born else NoSuchPatient()
