"""What is about to be written: the replies to «Записать …?» and to the question for what lacks.

Only a bare «да» writes, and it writes what was repeated last. Whatever else is said changes the
value, the day or the patient, and is repeated again; begins another request; or isn't understood.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.dialogue.asked import request_in, to_write
from assistant.dialogue.dictated import Dictated, dictated
from assistant.dialogue.plans import (
    AskIntent,
    AskMissing,
    AskPatient,
    Cancel,
    Confirm,
    NeedPatient,
    NoMore,
    NoSuchPatient,
    Phrase,
    Plan,
    Read,
    Say,
    Write,
)
from assistant.dialogue.resolving import ABOUT_A_PATIENT
from assistant.dialogue.state import ConfirmWrite, DialogueState, Pending, Request
from assistant.dialogue.whom import cards_meant, names_patient
from assistant.dialogue.yes import AROUND, is_yes
from nlu.canon import canonical
from nlu.measures import UNIT
from nlu.messages import Parse, PatientMention

Reply = Plan | Request | None
"""The next step; a request to go on with about whomever was named, else about the same patient;
None where the talk moved on."""


def confirmation(card: str, request: Request, parse: Parse) -> Reply:
    """What follows from what was said to «Записать …?»."""
    if is_yes(parse):
        return Write(card, request)
    request = replace(request, left=())  # that was said with the first question
    if request.intent == "record_measurement":
        return _redictated(card, request, parse)
    dictates = parse.intent == "record_measurement" and dictated(parse).named
    if dictates or (parse.intent in ABOUT_A_PATIENT and not _is_reply(parse)):
        return None
    if _names_another(parse, card):
        return request
    return Cancel() if parse.intent == "deny" else Confirm(card, request)


def filled(card: str, request: Request, parse: Parse) -> Reply:
    """What follows from what was said to the question for what lacks."""
    if request.intent == "record_measurement":
        return _redictated(card, request, parse)
    if names_patient(parse):
        return None
    if parse.intent == "deny":
        return Cancel()
    if request.intent == "add_note":
        return Confirm(card, replace(request, note=parse.text.strip()))
    observation = request_in(DialogueState(), parse).observation
    if observation is None:
        return None if parse.intent in ABOUT_A_PATIENT else AskMissing(card, request)
    return replace(request, observation=observation)


def _redictated(card: str, request: Request, parse: Parse) -> Reply:
    """The measurement with what ``parse`` says of it, or another one."""
    if parse.intent in ABOUT_A_PATIENT and not _is_reply(parse):
        return None
    said = dictated(parse, request.observation, request.measurement)
    value = said.value_of(request.observation)
    others = tuple(name for name in said.named if name != request.observation)
    if others and value is None:
        return to_write(said, Request("record_measurement"))
    changed = replace(
        request,
        measurement=None if said.unread else value or request.measurement,
        period=said.when or request.period,
        time_unread=False,
        left=others or request.left,
    )
    said_more = said != Dictated(named=said.named) or _names_another(parse, card)
    return Cancel() if parse.intent == "deny" and not said_more else changed


def _is_reply(parse: Parse) -> bool:
    """Whether an utterance that reads as a request by itself only answers the question.

    «Нижнее девяносто», «Орлова», «запиши семьдесят пять», but not «какое было давление».
    """
    if parse.intent == "record_measurement":
        return True
    canon = canonical(parse.text)
    inside = [any(e.start < i.end and i.start < e.end for e in parse.found) for i in canon.items]
    text = " ".join(
        "1" if of_entity else item.text for of_entity, item in zip(inside, canon.items, strict=True)
    )
    words = UNIT.sub("", text).split()
    tells = parse.intent == "select_patient" or any(item.is_number for item in canon.items)
    tells = tells or any(e.name in ("date", "period") for e in parse.found)
    return tells and all(not word[0].isalpha() or word in AROUND for word in words)


def _names_another(parse: Parse, card: str) -> bool:
    """Whether somebody else may be meant than the patient with ``card``."""
    number, name = parse.get("patient_id"), parse.get("patient_name")
    if number is not None and number.value != card:
        return True
    return (
        name is not None
        and isinstance(name.value, PatientMention)
        and cards_meant(name.value) != (card,)
    )


def gives_up(pending: Pending | None, plan: Plan) -> bool:
    """Whether ``plan`` leaves a write that waits for «да», so that it must be said.

    «Нет», «стоп» and wrong digits say so by themselves.
    """
    if not isinstance(pending, ConfirmWrite):
        return False
    match plan:
        case Read() | NoSuchPatient() | NoMore() | AskIntent() | Say(phrase=Phrase.GOODBYE):
            return True
        case Confirm(card=card, request=request) | AskMissing(card=card, request=request):
            return not _same_write(pending, (card,), request)
        case AskPatient(cards=cards, request=request):
            return not _same_write(pending, cards, request)
        case NeedPatient(request=request):
            return not _same_write(pending, (), request)
    return False


def _same_write(pending: ConfirmWrite, cards: tuple[str, ...], request: Request) -> bool:
    """Whether ``request`` is the pending one, of which either the patient or the value changed."""
    old = pending.request
    if (old.intent, old.observation) != (request.intent, request.observation):
        return False
    return cards == (pending.card,) or (old.measurement, old.note) == (
        request.measurement,
        request.note,
    )
