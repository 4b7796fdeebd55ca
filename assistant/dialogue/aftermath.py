"""What the next turn must know of the step that was taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from assistant.dialogue.ellipsis import to_continue
from assistant.dialogue.plans import (
    Adjust,
    AskDigits,
    AskIntent,
    AskMissing,
    AskPatient,
    Confirm,
    GiveUp,
    NeedPatient,
    NoMore,
    NoSuchPatient,
    Phrase,
    Plan,
    Prove,
    Read,
    Repeat,
    Retell,
    Say,
    Write,
)
from assistant.dialogue.state import ChoosePatient, DialogueState, Request

_NOT_UNDERSTOOD: Final = (Phrase.OUT_OF_SCOPE, Phrase.NOT_UNDERSTOOD, Phrase.NO_LIST)


def marked(plan: Plan, before: DialogueState, after: DialogueState) -> DialogueState:
    """``after`` with what the next turn must know of this one."""
    unsettled = after.patient is not None and _unsettles(plan, before)
    kept = isinstance(plan, Write | Prove | Repeat | Retell | Adjust) or plan == Say(Phrase.HELP)
    idle = isinstance(plan, Say) and plan.phrase in (Phrase.LISTENING, *_NOT_UNDERSTOOD)
    dictates = after.written is not None and bool(after.written.request.left)
    written = after.written if kept or (idle and dictates) else None
    return replace(
        after,
        failures=_failures(plan, before, after),
        unsettled=unsettled,
        stopped=plan == Say(Phrase.STOPPED) and before.pending is None,
        former=_former(plan, before, after),
        lapsed=False,
        written=written,
        stored=None if plan == Say(Phrase.GOODBYE) else written or before.stored,
        asked=_asked(plan, after),
        chosen=_chosen(plan, before),
        onward=(
            plan.request.onward
            if isinstance(plan, Read) and plan.request.document != before.document
            else before.onward
        ),
    )


def worth_repeating(plan: Plan) -> bool:
    """Whether «повтори» after ``plan`` says its answer again, rather than the one before."""
    empty = isinstance(plan, Say) and plan.phrase in (Phrase.STOPPED, *_NOT_UNDERSTOOD)
    return not empty and not isinstance(plan, Adjust | NoMore | GiveUp)


def _former(plan: Plan, before: DialogueState, after: DialogueState) -> str | None:
    """Who was current before whoever is so now (``DialogueState.former``)."""
    if plan == Say(Phrase.GOODBYE):
        return None
    return before.former if before.patient in (None, after.patient) else before.patient


def _failures(plan: Plan, before: DialogueState, after: DialogueState) -> int:
    """How many turns in a row led nowhere (``DialogueState.failures``)."""
    if isinstance(plan, Repeat | Retell | Adjust) or plan == Say(Phrase.LISTENING):
        return before.failures
    again = not isinstance(plan, Say) and after.pending is not None
    fails = (isinstance(plan, Say) and plan.phrase in _NOT_UNDERSTOOD) or (
        again and after.pending == before.pending
    )
    return before.failures + 1 if fails else 0


def _asked(plan: Plan, after: DialogueState) -> Request | None:
    """The question that an «а вчера» said next asks again (``DialogueState.asked``)."""
    match plan:
        case Read(request=request) if request.intent == "get_document":
            opened = request.document is not None or request.ordinal is not None
            return after.asked if opened else to_continue(request)
        case Read(request=request) if request.intent != "select_patient":
            return to_continue(request)
        case Confirm() | Write() | Prove() | AskDigits() | AskMissing():
            return None
    return after.asked


def _chosen(plan: Plan, before: DialogueState) -> ChoosePatient | None:
    """Whom a «нет, первый» said next chooses among (``DialogueState.chosen``)."""
    match plan:
        case (
            Read(card=card, request=request)
            | AskMissing(card=card, request=request)
            | Confirm(card=card, request=request)
        ):
            if isinstance(before.pending, ChoosePatient):
                asked: ChoosePatient | None = before.pending
            else:
                same = before.chosen is not None and before.chosen.request == request
                asked = before.chosen if same else None
            return ChoosePatient(asked.cards, request) if asked and card in asked.cards else None
        case Repeat() | Adjust() | Say(phrase=Phrase.HELP | Phrase.LISTENING):
            return before.chosen
    return None


def _unsettles(plan: Plan, state: DialogueState) -> bool:
    """Whether after ``plan`` it is open whom the talk is about (``DialogueState.unsettled``)."""
    match plan:
        case (
            NoSuchPatient()
            | NeedPatient()
            | AskPatient()
            | Say(unsettles=True)
            | Read(unsettles=True)
        ):
            return True
        case AskIntent(aims=aims):
            return state.unsettled or any(aim.cards != (state.patient,) for aim in aims)
        case Retell(card=card) if card != state.patient:
            return True
        case Read() | Retell() | AskMissing() | Confirm() | Write() | Prove():
            return False
    return state.unsettled
