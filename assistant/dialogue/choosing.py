"""What a reply to «кто?» or «из какой больницы?» chooses.

While the assistant asks whom a request is about, only this utterance tells: a reply chooses, a
request of its own is about whom it names, and nobody is taken for being current.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from assistant.dialogue.asked import at_place, hospital_in, request_in
from assistant.dialogue.dictated import dictated
from assistant.dialogue.leaving import means_another
from assistant.dialogue.listed import listed, of_listed
from assistant.dialogue.picking import by_age, by_birthday, compares, denied, only_picks
from assistant.dialogue.plans import (
    AskMissing,
    AskPatient,
    Cancel,
    NeedPatient,
    NoSuchPatient,
    Plan,
    Read,
)
from assistant.dialogue.resolving import ABOUT_A_PATIENT, WRITES, go, resolve
from assistant.dialogue.somebody import speaks_of_other_sex
from assistant.dialogue.state import ChooseHospital, ChoosePatient, DialogueState, Request
from assistant.dialogue.valuing import with_value_beside, with_value_instead
from assistant.dialogue.whom import (
    ALMOST_EXACT,
    Roster,
    born_in_year,
    born_on_day,
    cards_meant,
    is_taken_back,
    kept_from,
    names_patient,
    places_said,
    rejections,
    takes_back,
    years_said,
)
from assistant.dialogue.yes import is_yes
from nlu.canon import canonical, folded_words
from nlu.declension import Part, name_kinds
from nlu.gazetteer import SHOWN
from nlu.messages import READINGS, Parse, PatientMention
from nlu.places import UNKNOWN_PLACE, numbered

_CLEAR: Final = 0.5
"""Confidence from which a reply is a request of its own; «у неё» is none."""
_PREPOSITION: Final = 3
"""Letters of «из», «про» and «вот»; «когда» has more."""


def chosen_patient(
    asked: ChoosePatient, state: DialogueState, parse: Parse, roster: Roster
) -> Plan:
    """The step while it is open whom ``asked.request`` is about."""
    cards = asked.cards
    asks = asks_itself(parse) and not only_picks(parse)
    request = _request_of(parse, asked.request) if asks else asked.request
    if not asks or request is asked.request:
        request = with_value_beside(parse, request, roster)
        valued = with_value_instead(cards, parse, request, roster)
        if valued is not None:
            return _ask(cards, valued)
    told_day = request.period != asked.request.period
    if not asks:
        if means_another(parse):
            others = [card for card in cards if card != state.patient]
            sure = len(others) == 1 < len(cards)
            return go(state, others[0], request) if sure else NeedPatient(request)
        if parse.intent == "deny" and not names_patient(parse):
            return NeedPatient(request) if len(cards) == 1 and not asked.aside else Cancel()
        if len(cards) == 1 and _agrees(parse, cards[0], roster):
            return go(state, cards[0], request)
    elif takes_back(parse):  # «какие аллергии не у Ольги» may have been «нет»
        return _ask(cards, request)
    if rejections(parse).unclear or _wavers(parse, asks=asks):
        return _ask(cards, request)
    if not cards:
        return _of_all(asks, told_day, state, parse, request, roster)
    meant = _may_be_meant(cards, parse, roster)
    told: list[Collection[str] | None] = [
        _by_number(meant, parse, roster),
        _by_name(meant, state, parse, roster),
    ]
    if takes_back(parse) and told[1] == ():
        return NeedPatient(request)
    if any(some is not None and not some for some in told):
        return _somebody_else(state, parse, request, roster)
    if not asks:
        if parse.get("patient_id") is None:
            told.append(by_age(cards if compares(parse) else meant, parse, roster))
        day = born_on_day if request.intent in WRITES else partial(by_birthday, meant)
        told += (None if told_day else day(parse, roster), _by_place(cards, parse))
    if all(some is None for some in told):
        if asks and len(cards) == 1 and state.patient not in (None, *cards):
            cards = (*cards, state.patient)  # who may never have been left
        return _ask(cards, request)
    left = set(meant).intersection(*(some for some in told if some is not None))
    left -= denied(meant, parse, roster)
    if not left:
        return _ask(cards, request)
    return _among(tuple(card for card in meant if card in left)[:SHOWN], state, request)


def _may_be_meant(cards: tuple[str, ...], parse: Parse, roster: Roster) -> tuple[str, ...]:
    """Whom the question was about: more than the ``cards`` that were offered, where these are as
    many as are offered at once. Of those, who is as old as was said, so that no namesake is
    overlooked.
    """
    if len(cards) < SHOWN:
        return cards
    alike = roster.alike(cards)
    aged = None if compares(parse) else by_age(alike, parse, roster)
    return tuple(card for card in alike if card in aged) if aged else alike


def _somebody_else(state: DialogueState, parse: Parse, request: Request, roster: Roster) -> Plan:
    """The step for somebody who was not asked about. Whose surname was not said is asked about
    first: the surname asked about may still have been meant.
    """
    step = resolve(state, parse, request, roster)
    name = parse.get("patient_name")
    number = parse.get("patient_id")
    if name is None or number is not None:
        return step
    kinds = [name_kinds(word) for word in folded_words(name.text)]
    match step:
        case Read(card=card) | AskMissing(card=card) if all(
            kind & {Part.FIRST, Part.MIDDLE} for kind in kinds
        ):
            return AskPatient((card,), request)
    return step


def chosen_hospital(
    asked: ChooseHospital, state: DialogueState, parse: Parse, roster: Roster
) -> Plan | None:
    """The step once the hospital is chosen; None if the talk moved on."""
    meant = listed(state, parse, roster)
    if meant:
        return Read(asked.card, of_listed(asked.request, meant))
    if names_patient(parse) or not _answers_where(asked, parse):
        return None
    said = request_in(state, parse)
    hospital = hospital_in(state, parse)
    if hospital is None and (parse.intent != "select_patient" or not places_said(parse)):
        return None
    number = numbered(canonical(parse.text))
    called = said.hospital_said
    if hospital is None and number and asked.request.intent == "get_hospital_visits":
        hospital, called = UNKNOWN_PLACE, f"из {number}й"  # «в пятой» after a list of two
    request = replace(
        asked.request,
        hospital=hospital,
        hospital_said=called,
        document_type=said.document_type or asked.request.document_type,
        period=said.period or asked.request.period,
    )
    return Read(asked.card, request)  # asks again where the place was none of the list


def _answers_where(asked: ChooseHospital, parse: Parse) -> bool:
    """Whether nothing is asked for but what was: «в первой городской» reads as asking for visits,
    «когда лежал в первой городской» does.
    """
    if parse.intent == asked.request.intent or not asks_itself(parse):
        return True
    place = parse.get("hospital")
    if place is None:
        return False
    beside = parse.text[: place.start] + parse.text[place.end :]
    return all(len(word) <= _PREPOSITION for word in re.findall(r"\w+", beside))


def asks_itself(parse: Parse) -> bool:
    """Whether the utterance asks for something, rather than only telling whom it is about."""
    asks = parse.intent in ABOUT_A_PATIENT and parse.intent != "select_patient"
    return asks and parse.confidence >= _CLEAR


def _request_of(parse: Parse, asked: Request) -> Request:
    """What ``parse`` asks for. «Запиши Громову» goes on with what was to be written.

    The lists at hand are another patient's: places in them count for nothing.
    """
    request = request_in(DialogueState(), parse)
    if request.intent == asked.intent == "record_measurement":
        return request if dictated(parse).named else asked
    both = {request.intent, asked.intent}
    same = len(both) == 1 or both == WRITES or (both == READINGS and names_patient(parse))
    says_no_more = replace(request, either=False) == Request(request.intent)
    return asked if same and says_no_more else request


def _agrees(parse: Parse, card: str, roster: Roster) -> bool:
    """Whether the patient with ``card`` is meant: «да, он», but not «да, она» of a man."""
    other = speaks_of_other_sex(parse, roster.sex(card), opened=False)
    return is_yes(parse, whom=True) and not other


def _wavers(parse: Parse, *, asks: bool) -> bool:
    """Whether one or another may be meant: «Мария или Ольга», «анализы Марии или Ольги»."""
    words = [item.text for item in canonical(parse.text).items]
    others = [word for before, word in pairwise(words) if before == "или"]
    return bool(others) and (not asks or any(map(name_kinds, others)))


def _by_number(cards: tuple[str, ...], parse: Parse, roster: Roster) -> Collection[str] | None:
    """Who of the offered ``cards`` has the number that was said; empty for somebody else.

    «1958» alone is a year of birth; where it is a card as well, it tells nothing.
    """
    entity = parse.get("patient_id")
    if entity is None:
        return None
    number = str(entity.value)
    if is_taken_back(parse, entity):
        return frozenset(cards) - {number} if number in cards else None
    is_year = int(number) in {part for year in years_said(parse) for part in (year, year % 100)}
    if number in cards or not is_year or "карт" in parse.text.lower():
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
    if is_taken_back(parse, name):
        fit = roster.match_patients(name.text, among=cards)
        back = {one.card for one in fit.candidates if one.score >= ALMOST_EXACT}
        if not back:
            return None
        kept = kept_from(parse, back, state.patient)
        return tuple(card for card in cards if card in kept or card not in back)
    if not name.value.ambiguous:
        return frozenset(cards) & set(cards_meant(name.value))
    fit = roster.match_patients(name.text, among=cards)
    if fit.candidates and fit.candidates[0].score >= ALMOST_EXACT:
        return cards_meant(fit)
    like = {candidate.card for candidate in name.value.candidates}
    return None if like & set(cards) else frozenset()


def _by_place(cards: tuple[str, ...], parse: Parse) -> Collection[str] | None:
    """Who stands at the place that was said, or at none of those rejected; None when no place
    was said, nobody when several were.
    """
    places = places_said(parse)
    if places is None:
        return None
    if not places:
        back = {at_place(cards, e.value) for e in parse.entities if isinstance(e.value, int)}
        return tuple(card for card in cards if card not in back)
    if len(places) > 1 or (len(cards) == 1 and places[0] != 1):  # one is no list
        return ()
    return tuple(card for card in (at_place(cards, places[0]),) if card)


def _ask(cards: tuple[str, ...], request: Request) -> Plan:
    return AskPatient(cards, request) if cards else NeedPatient(request)


def _among(left: tuple[str, ...], state: DialogueState, request: Request) -> Plan:
    """The step once only those ``left`` may be meant."""
    return go(state, left[0], request) if len(left) == 1 else AskPatient(left, request)


def _of_all(
    asks: bool, told_day: bool, state: DialogueState, parse: Parse, request: Request, roster: Roster
) -> Plan:
    """The step after «О каком пациенте речь?»."""
    if names_patient(parse):
        return NeedPatient(request) if takes_back(parse) else resolve(state, parse, request, roster)
    born = None if asks or told_day else born_on_day(parse, roster)
    if born is None:
        return NeedPatient(request)
    return _among(born, state, request) if born else NoSuchPatient(request)
