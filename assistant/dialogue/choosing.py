"""What a reply to «кто?» or «из какой больницы?» chooses."""

from __future__ import annotations

from dataclasses import replace

from assistant.dialogue.asked import hospital_in
from assistant.dialogue.plans import AskPatient, Cancel, NeedPatient, NoSuchPatient, Plan, Read
from assistant.dialogue.resolving import ABOUT_A_PATIENT, go, resolve
from assistant.dialogue.state import ChooseHospital, DialogueState, Request
from assistant.dialogue.whom import Roster, born_in_year, born_on_day, cards_meant, names_patient
from nlu.messages import Parse, PatientMention


def chosen_patient(
    cards: tuple[str, ...],
    request: Request,
    state: DialogueState,
    parse: Parse,
    roster: Roster,
) -> Plan | None:
    """The step once one of the offered patients is chosen; None if the talk moved on."""
    if parse.intent == "deny" and not names_patient(parse):
        return Cancel()
    number = parse.get("patient_id")
    if number is not None and (str(number.value) in cards or not cards):
        card = str(number.value)
        return go(state, card, request) if roster.has_card(card) else NoSuchPatient()
    named = parse.get("patient_name")
    if (
        cards
        and named is not None
        and isinstance(named.value, PatientMention)
        and not set(cards_meant(named.value)) & set(cards)
    ):  # somebody else than those offered
        other = parse.intent in ABOUT_A_PATIENT and parse.intent != "select_patient"
        return None if other else resolve(state, parse, request, roster)
    born = born_on_day(parse, roster)
    if born is None and cards:
        born = born_in_year(parse, roster)
    if born is not None:
        fitting = tuple(card for card in born if card in cards or not cards)
        if len(fitting) == 1:
            return go(state, fitting[0], request)
    mention = roster.match_patients(parse.text, among=cards or None)
    if mention.candidates:
        near = cards_meant(mention)
        if len(near) == 1:
            return go(state, near[0], request)
        return AskPatient(near, request)
    ordinal = parse.get("ordinal")
    if ordinal is not None and isinstance(ordinal.value, int) and cards:
        index = ordinal.value - 1 if ordinal.value > 0 else ordinal.value
        if -len(cards) <= index < len(cards):
            return go(state, cards[index], request)
    if parse.intent in ABOUT_A_PATIENT and parse.intent != "select_patient":
        return None
    if not cards:
        return NoSuchPatient() if names_patient(parse) else NeedPatient(request)
    return AskPatient(cards, request)


def chosen_hospital(asked: ChooseHospital, state: DialogueState, parse: Parse) -> Plan | None:
    """The step once the hospital is chosen; None if the talk moved on."""
    hospital = hospital_in(state, parse)
    return Read(asked.card, replace(asked.request, hospital=hospital)) if hospital else None
