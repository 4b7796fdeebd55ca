"""The gate: nothing about a patient passes unless this utterance's speaker is accepted.

Harmless steps (help, stop) pass for anybody and say nothing about a patient. All else needs
an accepted voice, a role that may do it, and access to the patient it concerns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assistant.dialogue.plans import (
    AskDigits,
    AskIntent,
    AskMissing,
    AskPatient,
    Confirm,
    Plan,
    Prove,
    Read,
    Retell,
    Write,
    plan_card,
    risk_tier,
)
from assistant.messages import SpeakerDecision, SpeakerOutcome
from assistant.speaker.risk import RiskTier
from assistant.staff import Role, StaffMember

_NURSE_INTENTS: Final = frozenset(
    {
        "select_patient",
        "get_hospital_visits",
        "get_latest_vitals",
        "get_lab_result",
        "get_allergies",
        "get_medications",
        "add_note",
        "record_measurement",
    }
)


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether a plan may be carried out, and why, as a stable code."""

    allowed: bool
    reason: str


def check(plan: Plan, member: StaffMember, speaker: SpeakerDecision) -> GateDecision:
    """Decide on one plan of one utterance."""
    if risk_tier(plan) is RiskTier.HARMLESS:
        return GateDecision(True, "harmless")
    if speaker.outcome is SpeakerOutcome.INSUFFICIENT:
        return GateDecision(False, "speaker_insufficient")
    if not speaker.accepted:
        reason = "locked" if speaker.reason == "locked" else "speaker_rejected"
        return GateDecision(False, reason)
    intent = _intent(plan)
    if intent is not None and member.role is Role.NURSE and intent not in _NURSE_INTENTS:
        return GateDecision(False, "role")
    if not all(member.may_see(card) for card in _cards(plan)):
        return GateDecision(False, "patient_access")
    return GateDecision(True, "speaker_accepted")


def _intent(plan: Plan) -> str | None:
    match plan:
        case AskPatient(request=request) | AskMissing(request=request):
            return request.intent
        case Read(request=request) | Confirm(request=request) | Write(request=request):
            return request.intent
        case Prove(request=request) | AskDigits(request=request) | Retell(request=request):
            return request.intent
    return None


def _cards(plan: Plan) -> tuple[str, ...]:
    match plan:
        case AskPatient(cards=cards):
            return cards
        case AskIntent(aims=aims):
            return tuple(card for aim in aims for card in aim.cards)
    card = plan_card(plan)
    return () if card is None else (card,)
