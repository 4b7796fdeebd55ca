"""Up to the gate: what the words mean, whose voice it was, whether the plan may be carried out.

:meth:`Judge.judge` decides on an utterance that is over, :meth:`Judge.ahead` on one that may go
on. Both write the audit line before anything is done: no answer, and no read, without its record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from random import SystemRandom
from typing import Literal

from assistant import gate
from assistant.audit import Audit
from assistant.dialogue.bare_reply import is_bare_reply
from assistant.dialogue.plans import (
    Adjust,
    AskDigits,
    Plan,
    Prove,
    Read,
    Write,
    WrongDigits,
    plan_card,
    risk_tier,
)
from assistant.dialogue.policy import plan as plan_step
from assistant.dialogue.state import DialogueState
from assistant.dialogue.voice_control import voice_change
from assistant.gate import GateDecision
from assistant.messages import SpeakerDecision, SpeakerOutcome, Transcript
from assistant.roster import Roster, Snapshot
from assistant.session import SessionState
from assistant.speaker import challenge
from assistant.speaker.decision import SpeakerState, VoiceEvidence
from assistant.speaker.risk import RiskTier
from assistant.speaker.verifier import Verifier
from assistant.staff import StaffMember
from assistant.turn import Stopwatch
from nlu.messages import Parse


@dataclass(frozen=True, slots=True)
class Judged:
    """What an utterance wants and whether it may have it. PHI."""

    snapshot: Snapshot
    parse: Parse
    dialogue: DialogueState
    """The context that it was understood in."""
    plan: Plan
    speaker: SpeakerDecision
    voice: SpeakerState
    """What is remembered of the voice from now on."""
    gate: GateDecision


class Judge:
    """Decides on the utterances of all conversations; threads may share it."""

    def __init__(self, verifier: Verifier, roster: Roster, audit: Audit) -> None:
        self._verifier = verifier
        self._roster = roster
        self._audit = audit
        self._random = SystemRandom()

    def judge(
        self,
        heard: Transcript,
        evidence: VoiceEvidence | None,
        member: StaffMember,
        state: SessionState,
        now: datetime,
        watch: Stopwatch,
    ) -> Judged:
        """Decide on an utterance; without ``evidence`` it was a tap."""
        with watch.stage("understand"):
            snapshot, parse, dialogue, plan = self._understood(heard, state, now)
        with watch.stage("gate"):
            speaker, voice = self._decided(evidence, parse, plan, state, now)
            plan = self._challenged(plan, heard, speaker, voice, now.timestamp())
            decision = gate.check(plan, member, speaker)
            self._record("turn", member, plan, parse, speaker, decision, now)
            if isinstance(plan, Prove) and decision.allowed:
                voice = replace(voice, challenge_passed_at=now.timestamp())
        return Judged(snapshot, parse, dialogue, plan, speaker, voice, decision)

    def ahead(
        self,
        heard: Transcript,
        evidence: VoiceEvidence,
        member: StaffMember,
        state: SessionState,
        now: datetime,
    ) -> Judged | None:
        """What may be read before the utterance is over; None unless all of it is certain.

        That is: a read, about one patient, with nothing to ask back, in a voice that is accepted
        for just this read already, by somebody who may have it. Anything less waits for the end.
        """
        snapshot, parse, dialogue, plan = self._understood(heard, state, now)
        if not isinstance(plan, Read) or snapshot.failure is not None:
            return None
        speaker, voice = self._decided(evidence, parse, plan, state, now)
        decision = gate.check(plan, member, speaker)
        if not decision.allowed:
            return None
        self._record("prefetch", member, plan, parse, speaker, decision, now)
        return Judged(snapshot, parse, dialogue, plan, speaker, voice, decision)

    def voice_so_far(
        self, evidence: VoiceEvidence, state: SessionState, now: float
    ) -> SpeakerDecision:
        """What the voice would be worth for a read; nothing is remembered of it."""
        decision, _ = self._verifier.decide(
            evidence, state.speaker, now=now, tier=RiskTier.READ, short_reply=False
        )
        return decision

    def another(
        self, evidence: VoiceEvidence, state: SessionState, now: float
    ) -> SpeakerState | None:
        """What is remembered once another's voice asked nothing; None if it may be the owner's."""
        decision, voice = self._verifier.decide(
            evidence, state.speaker, now=now, tier=RiskTier.READ, short_reply=False
        )
        return voice if decision.outcome is SpeakerOutcome.REJECT else None

    def _understood(
        self, heard: Transcript, state: SessionState, now: datetime
    ) -> tuple[Snapshot, Parse, DialogueState, Plan]:
        snapshot = self._roster.snapshot()
        parse = snapshot.parser.parse(heard.text, heard.alternatives)
        dialogue = state.dialogue.at(now.timestamp())
        change = voice_change(heard.text)
        plan = Adjust(change) if change else plan_step(dialogue, parse, snapshot.names)
        return snapshot, parse, dialogue, plan

    def _decided(
        self,
        evidence: VoiceEvidence | None,
        parse: Parse,
        plan: Plan,
        state: SessionState,
        now: datetime,
    ) -> tuple[SpeakerDecision, SpeakerState]:
        at, tier = now.timestamp(), risk_tier(plan)
        if evidence is None:
            return self._verifier.touch(state.speaker, now=at, tier=tier)
        short = is_bare_reply(parse) or isinstance(plan, Adjust)
        return self._verifier.decide(evidence, state.speaker, now=at, tier=tier, short_reply=short)

    def _challenged(
        self,
        plan: Plan,
        heard: Transcript,
        speaker: SpeakerDecision,
        voice: SpeakerState,
        now: float,
    ) -> Plan:
        """``plan``, less a write that still needs the digits or did not get them."""
        if isinstance(plan, Prove):
            proved = speaker.accepted and challenge.passed(plan.challenge, heard.text, speaker, now)
            return plan if proved else WrongDigits()
        if isinstance(plan, Write) and challenge.needed(risk_tier(plan), speaker, voice, now):
            return AskDigits(plan.card, plan.request, challenge.new(self._random, now))
        return plan

    def _record(
        self,
        event: Literal["turn", "prefetch"],
        member: StaffMember,
        plan: Plan,
        parse: Parse,
        speaker: SpeakerDecision,
        decision: GateDecision,
        now: datetime,
    ) -> None:
        card = plan_card(plan)
        self._audit.append(
            {
                "time": now.isoformat(timespec="milliseconds"),
                "event": event,
                "member": self._audit.pseudonym("member", member.id),
                "patient": self._audit.pseudonym("patient", card) if card else None,
                "intent": parse.intent,
                "step": type(plan).__name__,
                "writes": isinstance(plan, Write | Prove),
                "tier": risk_tier(plan).value,
                "speaker": speaker.outcome.value,
                "score": round(speaker.score, 3),
                "threshold": round(speaker.threshold, 3),
                "speaker_reason": speaker.reason,
                "allowed": decision.allowed,
                "reason": decision.reason,
            }
        )
