"""One utterance's way: recognise beside verify, understand, decide, pass the gate, act, speak."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import SystemRandom

from assistant import answers, gate
from assistant.answers import Answer
from assistant.audit import Audit
from assistant.dialogue.plans import (
    AskDigits,
    Phrase,
    Plan,
    Prove,
    Say,
    Write,
    WrongDigits,
    plan_card,
    risk_tier,
)
from assistant.dialogue.policy import plan as plan_step
from assistant.errors import SynthesisError
from assistant.gate import GateDecision
from assistant.messages import (
    NothingHeard,
    Recognizer,
    Samples,
    SpeakerDecision,
    Synthesizer,
    Transcript,
    Utterance,
)
from assistant.roster import Roster
from assistant.session import SessionState
from assistant.speaker import challenge
from assistant.speaker.decision import SpeakerState, VoiceEvidence
from assistant.speaker.verifier import Verifier
from assistant.speech.verbalise import verbalise
from assistant.staff import StaffMember
from ledger_client.errors import LedgerError
from nlu.messages import Parse

_SHORT_REPLIES = frozenset({"affirm", "deny", "stop", "next", "previous", "repeat"})


@dataclass(frozen=True, slots=True)
class Turn:
    """What one utterance led to. All of it but the timings and decisions is PHI."""

    heard: Transcript | NothingHeard
    parse: Parse | None
    card: str | None
    """The patient the answer is about; None unless the gate let it pass."""
    speaker: SpeakerDecision | None
    gate: GateDecision
    answer: Answer
    speech: Samples | None
    """The spoken answer; None when the voice engine failed."""
    error: str | None
    """Code of the fault that kept the request from being answered."""
    timings_ms: dict[str, float]


@dataclass(slots=True)
class _Stopwatch:
    """Milliseconds by stage; stages may run beside one another."""

    started: float = field(default_factory=time.perf_counter)
    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = (time.perf_counter() - begin) * 1000

    def done(self) -> dict[str, float]:
        total = (time.perf_counter() - self.started) * 1000
        return {**self.stages, "total": total}


class Assistant:
    """The whole pipeline over engines that are already loaded."""

    def __init__(
        self,
        *,
        recognizer: Recognizer,
        verifier: Verifier,
        roster: Roster,
        synthesizer: Synthesizer,
        audit: Audit,
    ) -> None:
        self._recognizer = recognizer
        self._verifier = verifier
        self._roster = roster
        self._synthesizer = synthesizer
        self._audit = audit
        self._random = SystemRandom()
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="speaker")

    def close(self) -> None:
        """Let go of the worker thread."""
        self._beside.shutdown()

    def ask(
        self,
        utterance: Utterance | NothingHeard,
        member: StaffMember,
        state: SessionState,
        now: datetime,
    ) -> tuple[Turn, SessionState]:
        """Answer one utterance of ``member``'s session; returns the turn and the state after it.

        A refused, unheard or failed utterance leaves the dialogue as it was.
        Raises :class:`assistant.errors.AssistantError` where the box itself is not in order.
        """
        watch = _Stopwatch()
        if isinstance(utterance, NothingHeard):
            return self._unheard(utterance, watch), state
        evidence_later = self._beside.submit(self._score, member, utterance, watch)
        with watch.stage("recognise"):
            heard = self._recognizer.transcribe(utterance)
        evidence = evidence_later.result()
        if isinstance(heard, NothingHeard):
            return self._unheard(heard, watch), state
        with watch.stage("understand"):
            snapshot = self._roster.snapshot()
            parse = snapshot.parser.parse(heard.text, heard.alternatives)
            dialogue = state.dialogue.at(now.timestamp())
            plan = plan_step(dialogue, parse, snapshot.names)
        with watch.stage("gate"):
            speaker, voice_state = self._verifier.decide(
                evidence,
                state.speaker,
                now=now.timestamp(),
                tier=risk_tier(plan),
                short_reply=parse.intent in _SHORT_REPLIES,
            )
            plan = self._challenged(plan, heard, speaker, voice_state, now.timestamp())
            decision = gate.check(plan, member, speaker)
            self._record(member, plan, parse, speaker, decision, now)
            if isinstance(plan, Prove) and decision.allowed:
                voice_state = replace(voice_state, challenge_passed_at=now.timestamp())
        error = None
        if decision.allowed:
            with watch.stage("ledger"):
                try:
                    snapshot.require_ledger(plan)
                    carried = snapshot.actions.carry_out(plan, dialogue, now, member.id)
                    answer, after = carried.answer, carried.state
                    if speaker.accepted:
                        answer = snapshot.actions.with_alarms(answer, plan, member, now)
                except LedgerError as failure:
                    error = failure.code
                    answer, after = Answer(failure.spoken), dialogue
        else:
            answer, after = _refusal(decision), dialogue
        if speaker.accepted and error is None:
            said = dialogue.last_answer if plan == Say(Phrase.STOPPED) else answer.text
            after = replace(after, touched=now.timestamp(), last_answer=said)
        elif plan != Say(Phrase.GOODBYE):
            after = dialogue
        turn = Turn(
            heard=heard,
            parse=parse,
            card=plan_card(plan) if decision.allowed and error is None else None,
            speaker=speaker,
            gate=decision,
            answer=answer,
            speech=self._speak(answer, watch),
            error=error,
            timings_ms=watch.done(),
        )
        return turn, replace(state, dialogue=after, speaker=voice_state)

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

    def _score(self, member: StaffMember, utterance: Utterance, watch: _Stopwatch) -> VoiceEvidence:
        with watch.stage("speaker"):
            return self._verifier.score(member.id, utterance)

    def _unheard(self, heard: NothingHeard, watch: _Stopwatch) -> Turn:
        answer = answers.nothing_heard(heard.reason)
        return Turn(
            heard=heard,
            parse=None,
            card=None,
            speaker=None,
            gate=GateDecision(True, "nothing_heard"),
            answer=answer,
            speech=self._speak(answer, watch),
            error=None,
            timings_ms=watch.done(),
        )

    def _speak(self, answer: Answer, watch: _Stopwatch) -> Samples | None:
        with watch.stage("synthesise"):
            try:
                return self._synthesizer.synthesize(verbalise(answer.text))
            except SynthesisError:
                return None

    def _record(
        self,
        member: StaffMember,
        plan: Plan,
        parse: Parse,
        speaker: SpeakerDecision,
        decision: GateDecision,
        now: datetime,
    ) -> None:
        """Write the audit line before anything is done: no answer without its record."""
        card = plan_card(plan)
        self._audit.append(
            {
                "time": now.isoformat(timespec="milliseconds"),
                "event": "turn",
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


def _refusal(decision: GateDecision) -> Answer:
    match decision.reason:
        case "speaker_insufficient":
            return answers.insufficient_speech()
        case "speaker_rejected":
            return answers.not_recognised_speaker()
    return answers.not_permitted()
