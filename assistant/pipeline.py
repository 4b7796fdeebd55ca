"""One utterance's way: recognise beside verify, understand, decide, pass the gate, act, speak."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import SystemRandom

from assistant import answers, gate
from assistant.answers import Answer
from assistant.audit import Audit
from assistant.dialogue.choices import Choice, offered
from assistant.dialogue.plans import (
    Adjust,
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
from assistant.dialogue.voice_control import voice_change
from assistant.errors import SynthesisError
from assistant.gate import GateDecision
from assistant.messages import (
    NothingHeard,
    NothingHeardReason,
    Recognizer,
    Samples,
    SpeakerDecision,
    SpeakerOutcome,
    Synthesizer,
    Transcript,
    Utterance,
)
from assistant.roster import Roster
from assistant.session import SessionState
from assistant.speaker import challenge
from assistant.speaker.decision import SpeakerState, VoiceEvidence
from assistant.speaker.risk import RiskTier
from assistant.speaker.verifier import Verifier
from assistant.speech.delivery import Delivery
from assistant.speech.synthesizer import split_clauses
from assistant.speech.verbalise import verbalise
from assistant.staff import StaffMember
from assistant.tuning.review import ReviewQueue
from ledger_client.errors import LedgerError
from ledger_client.messages import Patient
from nlu.messages import Parse

_SHORT_REPLIES = frozenset({"affirm", "deny", "stop", "next", "previous", "repeat"})
_UNCLEAR = (Say(Phrase.OUT_OF_SCOPE), Say(Phrase.NOT_UNDERSTOOD))


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
    """The spoken answer; None when the voice engine failed, or before it is spoken."""
    error: str | None
    """Code of the fault that kept the request from being answered."""
    timings_ms: dict[str, float]

    @property
    def ended(self) -> bool:
        """Whether the session is over and its log-in, where there was one, is spent."""
        said_goodbye = self.parse is not None and self.parse.intent == "end_session"
        return said_goodbye or self.gate.reason == "locked"


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What one utterance says and in whose voice, before it is known whether it may be answered."""

    words: Transcript | NothingHeard
    voice: VoiceEvidence | None
    """None when there was no speech to look at."""
    timings_ms: dict[str, float]
    began: float
    """When it began to be heard, by :func:`time.perf_counter`."""


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
        log_out: Callable[[str], None] | None = None,
        review: ReviewQueue | None = None,
    ) -> None:
        """``log_out`` is called with the id of a member whose session ends."""
        self._log_out = log_out
        self._recognizer = recognizer
        self._verifier = verifier
        self._roster = roster
        self._synthesizer = synthesizer
        self._audit = audit
        self._review = review
        self._random = SystemRandom()
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="speaker")

    def close(self) -> None:
        """Let go of the worker thread."""
        self._beside.shutdown()

    def hear(self, utterance: Utterance | NothingHeard, member: StaffMember) -> Heard:
        """Recognise beside scoring the voice: the slow half, which changes nothing.

        So it may run before the end of the utterance is certain, and be thrown away.
        Raises :class:`assistant.errors.AssistantError` where the box itself is not in order.
        """
        watch = _Stopwatch()
        if isinstance(utterance, NothingHeard):
            return Heard(utterance, None, {}, watch.started)
        evidence_later = self._beside.submit(self._score, member, utterance, watch)
        with watch.stage("recognise"):
            words = self._recognizer.transcribe(utterance)
        return Heard(words, evidence_later.result(), watch.stages, watch.started)

    def parse_so_far(self, words: Transcript | NothingHeard) -> Parse | None:
        """What an utterance that may still go on means; None without words."""
        if isinstance(words, NothingHeard):
            return None
        return self._roster.snapshot().parser.parse(words.text, words.alternatives)

    def voice_so_far(
        self, evidence: VoiceEvidence, state: SessionState, now: float
    ) -> SpeakerDecision:
        """What the voice would be worth for a read; nothing is remembered of it."""
        decision, _ = self._verifier.decide(
            evidence, state.speaker, now=now, tier=RiskTier.READ, short_reply=False
        )
        return decision

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
        turn, after = self.answer(self.hear(utterance, member), member, state, now)
        watch.stages |= turn.timings_ms
        speech = self._speak(turn.answer, after.delivery, watch)
        return replace(turn, speech=speech, timings_ms=watch.done()), after

    def answer(
        self, utterance: Heard, member: StaffMember, state: SessionState, now: datetime
    ) -> tuple[Turn, SessionState]:
        """As :meth:`ask`, for an utterance that was heard already; the answer is not spoken yet."""
        watch = _Stopwatch(stages=dict(utterance.timings_ms))
        heard, evidence = utterance.words, utterance.voice
        if isinstance(heard, NothingHeard) or evidence is None:
            reason = heard.reason if isinstance(heard, NothingHeard) else NothingHeardReason.SILENCE
            return self._unheard(NothingHeard(reason), watch), state
        return self._answer(heard, evidence, member, state, now, watch)

    def tap(
        self, phrase: str, member: StaffMember, state: SessionState, now: datetime
    ) -> tuple[Turn, SessionState]:
        """As :meth:`answer`, for a choice on the screen that stands for saying ``phrase``.

        :func:`assistant.speaker.decision.touch` says when a tap may pass.
        """
        return self._answer(Transcript(phrase), None, member, state, now, _Stopwatch())

    def _answer(
        self,
        heard: Transcript,
        evidence: VoiceEvidence | None,
        member: StaffMember,
        state: SessionState,
        now: datetime,
        watch: _Stopwatch,
    ) -> tuple[Turn, SessionState]:
        """The quick half; without ``evidence`` it was a tap."""
        with watch.stage("understand"):
            snapshot = self._roster.snapshot()
            parse = snapshot.parser.parse(heard.text, heard.alternatives)
            dialogue = state.dialogue.at(now.timestamp())
            change = voice_change(heard.text)
            plan = Adjust(change) if change else plan_step(dialogue, parse, snapshot.names)
        with watch.stage("gate"):
            if evidence is None:
                speaker, voice_state = self._verifier.touch(
                    state.speaker, now=now.timestamp(), tier=risk_tier(plan)
                )
            else:
                speaker, voice_state = self._verifier.decide(
                    evidence,
                    state.speaker,
                    now=now.timestamp(),
                    tier=risk_tier(plan),
                    short_reply=parse.intent in _SHORT_REPLIES or isinstance(plan, Adjust),
                )
            plan = self._challenged(plan, heard, speaker, voice_state, now.timestamp())
            decision = gate.check(plan, member, speaker)
            self._record(member, plan, parse, speaker, decision, now)
            if isinstance(plan, Prove) and decision.allowed:
                voice_state = replace(voice_state, challenge_passed_at=now.timestamp())
        if self._review is not None and speaker.accepted and plan in _UNCLEAR:
            self._review.offer(parse, snapshot.names.has_name, now)
        error = None
        if decision.allowed:
            with watch.stage("ledger"):
                try:
                    snapshot.require_ledger(plan)
                    carried = snapshot.actions.carry_out(plan, dialogue, now, member.id)
                    answer, after = carried.answer, carried.state
                    # an alarm names a patient: the low threshold of «помощь» is not enough for it
                    if speaker.accepted and risk_tier(plan) is not RiskTier.HARMLESS:
                        answer = snapshot.actions.with_alarms(answer, plan, member, now)
                except LedgerError as failure:
                    error = failure.code
                    answer, after = Answer(failure.spoken), dialogue
        else:
            refusal = _refusal(decision)
            if evidence is None and speaker.outcome is SpeakerOutcome.INSUFFICIENT:
                refusal = answers.say_it_aloud()
            answer, after = refusal, dialogue
        if isinstance(plan, Adjust) and decision.allowed and error is None:
            state = replace(state, delivery=state.delivery.changed(plan.change))
        if speaker.accepted and error is None:
            after = replace(after, touched=now.timestamp())
            # «повтори» says what was stopped, or sounded otherwise
            if plan != Say(Phrase.STOPPED) and not isinstance(plan, Adjust):
                sensitive = risk_tier(plan) is RiskTier.SENSITIVE
                after = replace(after, last_answer=answer.text, sensitive=sensitive)
        else:
            after = dialogue
        state = replace(state, dialogue=after, speaker=voice_state)
        if plan == Say(Phrase.GOODBYE):
            # whoever says it: ending a session harms nobody, keeping it open may
            state = SessionState(member.id)
            if self._log_out is not None:
                self._log_out(member.id)
        turn = Turn(
            heard=heard,
            parse=parse,
            card=plan_card(plan) if decision.allowed and error is None else None,
            speaker=speaker,
            gate=decision,
            answer=answer,
            speech=None,
            error=error,
            timings_ms=watch.stages,
        )
        return turn, state

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
            speech=None,
            error=None,
            timings_ms=watch.stages,
        )

    def speak(self, answer: Answer, delivery: Delivery | None = None) -> Iterator[Samples]:
        """The spoken answer clause by clause; raises SynthesisError.

        An alarm is recorded as heard when the clause after it is asked for: one that was
        interrupted, or for which there was no voice, is told again at the next turn.
        """
        delivery, rest = delivery or Delivery(), answer.text
        for alarm in answer.alarms:
            yield from self._clauses(alarm.text, delivery)
            self._roster.snapshot().actions.told(alarm)
            rest = rest.removeprefix(alarm.text).lstrip()
        yield from self._clauses(rest, delivery)

    def choices(self, turn: Turn, state: SessionState, now: datetime) -> tuple[Choice, ...]:
        """What of the answer may be tapped: nothing unless it, and then the tap, pass the gate."""
        if turn.speaker is None or not turn.speaker.accepted or turn.error is not None:
            return ()
        tap, _ = self._verifier.touch(state.speaker, now=now.timestamp(), tier=RiskTier.READ)
        if not tap.accepted:
            return ()
        return offered(state.dialogue, turn.answer, self._roster.snapshot().hospital_name)

    def patient(self, turn: Turn, state: SessionState) -> Patient | None:
        """Whom the dialogue is about now, for the banner; None unless the turn's voice may read."""
        card, speaker = state.dialogue.patient, turn.speaker
        if card is None or speaker is None or not speaker.accepted:
            return None
        # a harmless request («помощь») is accepted from a lower score than a name is shown at
        reading, _ = self._verifier.touch(state.speaker, now=0.0, tier=RiskTier.READ)
        if speaker.threshold < reading.threshold > speaker.score:
            return None
        return self._roster.snapshot().patient(card)

    def handed_out(self, answer: Answer) -> None:
        """Record that the alarms of an answer were heard: it was given as a whole."""
        for alarm in answer.alarms:
            self._roster.snapshot().actions.told(alarm)

    def _clauses(self, text: str, delivery: Delivery) -> Iterator[Samples]:
        for clause in split_clauses(verbalise(text)):
            yield delivery.apply(self._synthesizer.synthesize(clause))

    def _speak(self, answer: Answer, delivery: Delivery, watch: _Stopwatch) -> Samples | None:
        with watch.stage("synthesise"):
            try:
                speech = delivery.apply(self._synthesizer.synthesize(verbalise(answer.text)))
            except SynthesisError:
                return None
        self.handed_out(answer)
        return speech

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
        case "locked":
            return answers.locked()
    return answers.not_permitted()
