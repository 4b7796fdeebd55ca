"""One utterance's way: recognise beside verify, understand, decide, pass the gate, act, speak."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final

from assistant import answers
from assistant.ahead import Ahead
from assistant.answers import Answer
from assistant.audit import Audit
from assistant.dialogue.aftermath import worth_repeating
from assistant.dialogue.carried import Carried
from assistant.dialogue.choices import Choice, offered
from assistant.dialogue.plans import Adjust, Phrase, Read, Say, plan_card, risk_tier
from assistant.errors import SynthesisError
from assistant.gate import GateDecision
from assistant.judging import Judge, Judged
from assistant.messages import (
    NothingHeard,
    NothingHeardReason,
    Recognizer,
    RecognizerStream,
    Samples,
    SpeakerDecision,
    SpeakerOutcome,
    StreamingRecognizer,
    Synthesizer,
    Transcript,
    UntilHeard,
    Utterance,
)
from assistant.roster import Roster
from assistant.session import SessionState
from assistant.speaker.decision import VoiceEvidence
from assistant.speaker.risk import RiskTier
from assistant.speaker.verifier import Verifier
from assistant.speech.delivery import Delivery
from assistant.speech.synthesizer import split_clauses
from assistant.speech.verbalise import verbalise
from assistant.staff import StaffMember
from assistant.tuning.review import ReviewQueue
from assistant.turn import Heard, Stopwatch, Turn
from ledger_client.errors import LedgerError
from ledger_client.messages import Patient
from nlu.messages import Parse

_UNCLEAR: Final = frozenset((Phrase.OUT_OF_SCOPE, Phrase.NOT_UNDERSTOOD))


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
        self._judge = Judge(verifier, roster, audit)
        self._roster = roster
        self._synthesizer = synthesizer
        self._review = review
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="speaker")

    def close(self) -> None:
        """Let go of the worker thread."""
        self._beside.shutdown()

    @property
    def stream(self) -> Callable[[], RecognizerStream] | None:
        """Begins an utterance that is recognised while it is spoken; None where none can be."""
        recognizer = self._recognizer
        return recognizer.stream if isinstance(recognizer, StreamingRecognizer) else None

    def hear(
        self,
        utterance: Utterance | NothingHeard,
        member: StaffMember,
        transcribe: Callable[[Utterance], Transcript | NothingHeard] | None = None,
    ) -> Heard:
        """Recognise beside scoring the voice: the slow half, which changes nothing.

        So it may run before the end of the utterance is certain, and be thrown away.
        ``transcribe`` gives the words where a stream has heard them already.
        Raises :class:`assistant.errors.AssistantError` where the box itself is not in order.
        """
        watch = Stopwatch()
        if isinstance(utterance, NothingHeard):
            return Heard(utterance, None, {}, watch.started)
        evidence_later = self._beside.submit(self._score, member, utterance, watch)
        with watch.stage("recognise"):
            words = (transcribe or self._recognizer.transcribe)(utterance)
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
        return self._judge.voice_so_far(evidence, state, now)

    def overheard(self, heard: Heard, state: SessionState, now: float) -> SessionState | None:
        """The state after talk that is not for us, if another's voice is certain; else None.

        The words are not looked at and nothing is recorded.
        """
        if heard.voice is None or heard.ours or isinstance(heard.words, NothingHeard):
            return None
        voice = self._judge.another(heard.voice, state, now)
        return replace(state, speaker=voice) if voice is not None else None

    def read_ahead(
        self, heard: Heard, member: StaffMember, state: SessionState, now: datetime
    ) -> Ahead | None:
        """Read what an utterance that may still go on asks for, for :meth:`answer` to take.

        None where :meth:`assistant.judging.Judge.ahead` forbids it, and where the ledger fails:
        that is told by the turn, which then asks itself. May block, and raises, as :meth:`answer`.
        """
        if not isinstance(heard.words, Transcript) or heard.voice is None:
            return None
        judged = self._judge.ahead(heard.words, heard.voice, member, state, now)
        if judged is None:
            return None
        self._verifier.require(member.id)
        try:
            return Ahead(judged, member, now, self._carry_out(judged, member, now))
        except LedgerError:
            return None

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
        watch = Stopwatch()
        turn, after = self.answer(self.hear(utterance, member), member, state, now)
        watch.stages |= turn.timings_ms
        speech = self._speak(turn.answer, after.delivery, watch)
        return replace(turn, speech=speech, timings_ms=watch.done()), after

    def answer(
        self,
        utterance: Heard,
        member: StaffMember,
        state: SessionState,
        now: datetime,
        ahead: Callable[[], Ahead | None] = lambda: None,
    ) -> tuple[Turn, SessionState]:
        """As :meth:`ask`, for an utterance that was heard already; the answer is not spoken yet.

        Raises as :meth:`hear` where the member was forgotten, or the log-in ended, since then.
        ``ahead`` gives what :meth:`read_ahead` read for it. It is asked only when the gate has let
        a read pass, and taken only if it is that read.
        """
        watch = Stopwatch(stages=dict(utterance.timings_ms))
        heard, evidence = utterance.words, utterance.voice
        if isinstance(heard, NothingHeard) or evidence is None:
            reason = heard.reason if isinstance(heard, NothingHeard) else NothingHeardReason.SILENCE
            return self._unheard(NothingHeard(reason), watch), state
        return self._answer(heard, evidence, member, state, now, watch, ahead)

    def tap(
        self, phrase: str, member: StaffMember, state: SessionState, now: datetime
    ) -> tuple[Turn, SessionState]:
        """As :meth:`answer`, for a choice on the screen that stands for saying ``phrase``.

        :func:`assistant.speaker.decision.touch` says when a tap may pass. As for speech, there must
        still be something to know the speaker by: raises as :meth:`hear`.
        """
        return self._answer(Transcript(phrase), None, member, state, now, Stopwatch())

    def _answer(
        self,
        heard: Transcript,
        evidence: VoiceEvidence | None,
        member: StaffMember,
        state: SessionState,
        now: datetime,
        watch: Stopwatch,
        ahead: Callable[[], Ahead | None] = lambda: None,
    ) -> tuple[Turn, SessionState]:
        """The quick half; without ``evidence`` it was a tap."""
        self._verifier.require(member.id)  # who was heard may have been forgotten since
        judged = self._judge.judge(heard, evidence, member, state, now, watch)
        parse, dialogue, plan = judged.parse, judged.dialogue, judged.plan
        speaker, decision = judged.speaker, judged.gate
        unclear = isinstance(plan, Say) and plan.phrase in _UNCLEAR
        if self._review is not None and speaker.accepted and unclear:
            self._review.offer(parse, judged.snapshot.names.has_name, now)
        error = None
        if decision.allowed:
            with watch.stage("ledger"):
                try:
                    early = ahead() if isinstance(plan, Read) else None
                    self._verifier.require(member.id)
                    if early is not None and early.fits(judged, member, now):
                        carried = early.carried
                    else:
                        carried = self._carry_out(judged, member, now)
                    answer, after = carried.answer, carried.state
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
            if worth_repeating(plan):
                sensitive = risk_tier(plan) is RiskTier.SENSITIVE
                after = replace(after, last_answer=answer.text, sensitive=sensitive)
        else:
            after = dialogue
        state = replace(state, dialogue=after, speaker=judged.voice)
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

    @staticmethod
    def _carry_out(judged: Judged, member: StaffMember, now: datetime) -> Carried:
        """Do what passed the gate, alarms before its answer; raises LedgerError."""
        plan, actions = judged.plan, judged.snapshot.actions
        judged.snapshot.require_ledger(plan)
        carried = actions.carry_out(plan, judged.dialogue, now, member.id)
        # an alarm names a patient: the low threshold of «помощь» is not enough for it
        if not judged.speaker.accepted or risk_tier(plan) is RiskTier.HARMLESS:
            return carried
        return replace(carried, answer=actions.with_alarms(carried.answer, plan, member, now))

    def _score(self, member: StaffMember, utterance: Utterance, watch: Stopwatch) -> VoiceEvidence:
        with watch.stage("speaker"):
            return self._verifier.score(member.id, utterance)

    def _unheard(self, heard: NothingHeard, watch: Stopwatch) -> Turn:
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

    def speak(
        self, answer: Answer, delivery: Delivery | None = None
    ) -> Iterator[Samples | UntilHeard]:
        """The spoken answer clause by clause; raises SynthesisError.

        An alarm is recorded as heard when what follows the mark after it is asked for: one that
        was interrupted, or for which there was no voice, is told again at the next turn.
        """
        delivery, rest = delivery or Delivery(), answer.text
        for alarm in answer.alarms:
            yield from self._clauses(alarm.text, delivery)
            yield UntilHeard()
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
        card = state.dialogue.patient
        if card is None or turn.speaker is None or not self._may_read(turn.speaker, state):
            return None
        return self._roster.snapshot().patient(card)

    def shown(self, turn: Turn, state: SessionState) -> Turn:
        """``turn`` for a screen: without the words of a voice that may not read.

        A recogniser that knows the roster may turn a stranger's mumbling into one of its names.
        """
        known = turn.speaker is None or self._may_read(turn.speaker, state)
        return turn if known else turn.without_words

    def _may_read(self, speaker: SpeakerDecision, state: SessionState) -> bool:
        """A harmless request («помощь») is accepted from a lower score than a name is shown at."""
        reading, _ = self._verifier.touch(state.speaker, now=0.0, tier=RiskTier.READ)
        harmless = speaker.threshold < reading.threshold
        return speaker.accepted and not (harmless and speaker.score < reading.threshold)

    def handed_out(self, answer: Answer) -> None:
        """Record that the alarms of an answer were heard: it was given as a whole."""
        for alarm in answer.alarms:
            self._roster.snapshot().actions.told(alarm)

    def _clauses(self, text: str, delivery: Delivery) -> Iterator[Samples]:
        for clause in split_clauses(verbalise(text)):
            yield delivery.apply(self._synthesizer.synthesize(clause))

    def _speak(self, answer: Answer, delivery: Delivery, watch: Stopwatch) -> Samples | None:
        with watch.stage("synthesise"):
            try:
                speech = delivery.apply(self._synthesizer.synthesize(verbalise(answer.text)))
            except SynthesisError:
                return None
        self.handed_out(answer)
        return speech


def _refusal(decision: GateDecision) -> Answer:
    match decision.reason:
        case "speaker_insufficient":
            return answers.insufficient_speech()
        case "speaker_rejected":
            return answers.not_recognised_speaker()
        case "locked":
            return answers.locked()
    return answers.not_permitted()
