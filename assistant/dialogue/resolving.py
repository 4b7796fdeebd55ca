"""The step for a request, once it is known whom it is about."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.noting import told_of
from assistant.dialogue.picking import told_apart
from assistant.dialogue.plans import (
    AskMissing,
    AskPatient,
    Confirm,
    NeedPatient,
    NoSuchPatient,
    Phrase,
    Plan,
    Read,
    Say,
)
from assistant.dialogue.somebody import may_mean_another, speaks_of_other_sex, speaks_of_somebody
from assistant.dialogue.state import DialogueState, Request
from assistant.dialogue.whom import (
    ALMOST_EXACT,
    Roster,
    born_on_day,
    cards_meant,
    is_taken_back,
    kept_from,
    means_other_bearer,
    rejections,
    takes_back,
)
from nlu.canon import canonical, folded_words
from nlu.declension import Part, name_kinds
from nlu.messages import Entity, Parse, PatientMention, covered
from nlu.namesex import given_sexes

ABOUT_A_PATIENT: Final = frozenset(ASKED_FOR)
"""The intents of requests: what is asked or written about one patient."""
WRITES: Final = frozenset({"add_note", "record_measurement"})

_TWO_VALUES: Final = re.compile(
    r"\d .*?(?:\bа (?:у )?… .*\d|… (?!(?:19|20)\d\d\b)\d+\b(?! (?:год|года|лет)\b))"
)
"""In a canonical text, a name as «…»: the number right after it is no year of birth and no age."""


def resolve(state: DialogueState, parse: Parse, request: Request, roster: Roster) -> Plan:
    """The step for ``request`` about whomever ``parse`` names, else the current patient."""
    if takes_back(parse):
        return _without(state, parse, request)
    number, name = (
        said if said is None or not is_taken_back(parse, said) else None
        for said in map(parse.get, ("patient_id", "patient_name"))
    )
    card = str(number.value) if number is not None else None
    if card is not None and not roster.has_card(card):
        return NoSuchPatient(request)
    if name is not None and isinstance(name.value, PatientMention):
        named = tuple(candidate.card for candidate in name.value.candidates)
        if not named:
            return NoSuchPatient(request)
        if card is None:
            near = cards_meant(name.value)
            if means_other_bearer(parse) and state.patient in near:
                near = tuple(card for card in near if card != state.patient)
                if not near:
                    return NeedPatient(request, forget=True)
                if len(near) == 1:
                    return go(state, near[0], request)
            if _tells_of_two(parse, request, name, near, roster) or _goes_on_with(parse, name):
                return Say(Phrase.ONE_PATIENT)
            if name.value.ambiguous or speaks_of_somebody(parse):
                one = _told(state.patient, name, parse, roster)
                if one is not None:
                    return go(state, one, replace(request, say_whose=True))
                if request.measurement is not None and not _is_one(name, near, roster):
                    request = replace(request, measurement=None, left=())  # whose value is it?
                return AskPatient(near, request)
            card = near[0]
        elif card not in named:
            return AskPatient((card, *cards_meant(name.value)), request)
    if card is None:
        born = born_on_day(parse, roster) if request.intent == "select_patient" else None
        if born is not None:
            request = replace(request, period=None)
            if len(born) != 1:
                return AskPatient(born, request) if born else NoSuchPatient(request)
            card = born[0]
        elif (
            request.intent == "select_patient" or state.patient is None or speaks_of_somebody(parse)
        ):
            return _whose_note(parse, request)
        elif others := _note_of_others(state.patient, parse, request):
            return AskPatient((state.patient, *others), request)
        elif speaks_of_other_sex(
            parse, roster.sex(state.patient), opened=state.document is not None
        ):
            return NeedPatient(request)
        elif (parse.like_surname and request.say_whose and request.intent != "add_note") or (
            may_mean_another(parse, roster.sex(state.patient))
        ):
            return AskPatient((state.patient,), request)
        else:
            card = state.patient
    return go(state, card, request)


def _whose_note(parse: Parse, request: Request) -> Plan:
    """The question whom ``request`` is about; who is named in a note's words may be meant."""
    said = [
        e.value for e in parse.beside if isinstance(e.value, PatientMention) and e.value.candidates
    ]
    if parse.intent == "add_note" and request.note is not None and said:
        return AskPatient(cards_meant(said[0]), request)
    return NeedPatient(request)


def _note_of_others(card: str, parse: Parse, request: Request) -> tuple[str, ...]:
    """Who else than the patient with ``card`` is named where the words of a note begin."""
    told = told_of(parse) if parse.intent == "add_note" and request.note is not None else None
    others = cards_meant(told) if told is not None else ()
    return () if card in others else others


def _tells_of_two(
    parse: Parse, request: Request, name: Entity, cards: Collection[str], roster: Roster
) -> bool:
    """Whether values of two patients are dictated: «Громову пульс 80 и Орловой 90»."""
    if request.intent != "record_measurement" or len(cards) < 2:
        return False
    canon = canonical(parse.text)
    beside = [i.text for i in canon.items if not name.overlaps(i.start, i.end)]
    if sum(word.isdigit() for word in beside) < 2:
        return False
    mine = {one.card for one in roster.match_patients(name.text, among=cards).candidates}
    return any(
        one.score >= ALMOST_EXACT and one.card not in mine
        for word in beside
        if name_kinds(word)
        for one in roster.match_patients(word, among=cards).candidates
    )


def _goes_on_with(parse: Parse, name: Entity) -> bool:
    """Whether a value stands before ``name`` and begins another's: «пульс 70, а Лебедевой 80»."""
    if parse.intent != "record_measurement" or rejections(parse).items:
        return False
    canon = canonical(parse.text)
    apart = covered(canon, [e for e in parse.found if e.name not in ("value", "observation")])
    words = [
        "…" if name.overlaps(item.start, item.end) else "-" if inside else item.text
        for item, inside in zip(canon.items, apart, strict=True)
    ]
    return _TWO_VALUES.search(" ".join(words)) is not None


def names_two(parse: Parse, roster: Roster) -> bool:
    """Whether two patients are named together: «Громов и Орлова»."""
    name = parse.get("patient_name")
    if name is None or not isinstance(name.value, PatientMention):
        return False
    cards = cards_meant(name.value)
    joined = any(item.text == "и" for item in canonical(parse.text).items)
    return joined and len(cards) > 1 and not _is_one(name, cards, roster)


def _told(current: str | None, name: Entity, parse: Parse, roster: Roster) -> str | None:
    """Whom an ambiguous ``name`` means for all that: one of namesakes by what is said beside it,
    or the ``current`` patient, called by a given name that nobody else has, and nobody of the
    other sex may have.
    """
    if speaks_of_somebody(parse) or not isinstance(name.value, PatientMention):
        return None
    words = folded_words(name.text)
    given = all((kinds := name_kinds(word)) and Part.LAST not in kinds for word in words)
    match name.value.candidates:
        case [one] if given and one.card == current and one.score == 1:
            own = {roster.sex(one.card)}
            return one.card if all(given_sexes(word) == own for word in words) else None
    return told_apart(name, parse, roster)


def _is_one(name: Entity, cards: Collection[str], roster: Roster) -> bool:
    """Whether the one name may mean all the ``cards``: else another was said elsewhere."""
    fit = roster.match_patients(name.text, among=cards)
    return {candidate.card for candidate in fit.candidates} >= set(cards)


def _without(state: DialogueState, parse: Parse, request: Request) -> Plan:
    """The step for ``request`` about somebody else than whom ``parse`` names."""
    number, name = parse.get("patient_id"), parse.get("patient_name")
    cards: tuple[str, ...] = (str(number.value),) if number is not None else ()
    if name is not None and isinstance(name.value, PatientMention):
        cards += tuple(candidate.card for candidate in name.value.candidates)
    kept = kept_from(parse, cards, state.patient)
    left = tuple(card for card in cards if card in kept)
    if left:
        return go(state, left[0], request) if len(left) == 1 else AskPatient(left, request)
    if state.patient is None or state.patient in cards:
        return NeedPatient(request, forget=state.patient is not None)
    if request.intent == "select_patient":
        return NeedPatient(request)
    return go(state, state.patient, replace(request, say_whose=True))


def go(state: DialogueState, card: str, request: Request) -> Plan:
    """The step once the patient is known; what was said of another patient doesn't carry over."""
    if card != state.patient and request.document is not None:
        request = replace(request, document=None)
    return complete(card, request)


def complete(card: str, request: Request) -> Plan:
    """The step for a request about ``card``: what it lacks is asked for, a write confirmed."""
    match request:
        case Request(intent="record_measurement", observation=None, unlisted=(_, *_)):
            return Read(card, request)
        case (
            Request(intent="record_measurement", observation=None)
            | Request(intent="record_measurement", measurement=None)
        ):
            return AskMissing(card, request)
        case Request(intent="record_measurement", time_unread=True):
            return AskMissing(card, request)
        case Request(intent="record_measurement", period=when) if when and when.start != when.end:
            return AskMissing(card, request)
        case Request(intent="add_note", note=None):
            return AskMissing(card, request)
        case Request(intent="get_lab_result", observation=None, document_type=None, unlisted=()):
            return AskMissing(card, request)
        case Request(intent=intent) if intent in WRITES:
            return Confirm(card, request)
    return Read(card, request)
