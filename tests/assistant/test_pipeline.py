"""The pipeline with a real ledger, parser and decision; words and voices are scripted.

Only the recogniser and the speaker's embedding are stood in for: what they say is the fault
to provoke. Everything after them is the real thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from assistant.audit import Audit, Intact
from assistant.errors import SynthesisError
from assistant.messages import (
    NothingHeard,
    NothingHeardReason,
    Samples,
    SpeakerDecision,
    SpeakerOutcome,
    Transcript,
    Utterance,
)
from assistant.pipeline import Assistant, Turn
from assistant.roster import Roster
from assistant.session import SessionState
from assistant.speaker.decision import SpeakerState, VoiceEvidence, VoicePolicy, decide, touch
from assistant.speaker.risk import RiskTier
from assistant.staff import Role, StaffMember
from assistant.vault import Vault
from ledger_client import LedgerClient

OWNER, STRANGER = np.eye(2, dtype=np.float32)
DOCTOR = StaffMember("dr", Role.DOCTOR)
START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class ScriptedRecognizer:
    """Hears what the test says next."""

    name = "scripted"

    def __init__(self) -> None:
        self.next: Transcript | NothingHeard = NothingHeard(NothingHeardReason.NOISE)

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        return self.next


class ScriptedVoice:
    """The real decision over an embedding that the test gives."""

    def __init__(self) -> None:
        self.embedding = OWNER
        self.decision: SpeakerDecision | None = None

    def score(self, speaker_id: str, utterance: Utterance) -> VoiceEvidence:
        return VoiceEvidence(utterance.speech_s, self.embedding, OWNER[np.newaxis])

    def decide(
        self,
        evidence: VoiceEvidence,
        state: SpeakerState,
        *,
        now: float,
        tier: RiskTier,
        short_reply: bool,
    ) -> tuple[SpeakerDecision, SpeakerState]:
        self.decision, state = decide(
            evidence, state, VoicePolicy(), now=now, tier=tier, short_reply=short_reply
        )
        return self.decision, state

    def touch(self, state: SpeakerState, *, now: float, tier: RiskTier) -> SpeakerDecision:
        return touch(state, VoicePolicy(), now=now, tier=tier)


class Tone:
    """A voice engine that can be broken."""

    broken = False

    def synthesize(self, text: str) -> Samples:
        if self.broken:
            raise SynthesisError("broken", "mend it")
        assert not any(letter.isdigit() for letter in text)
        return np.full(1600, 0.1, np.float32)


class Bedside:
    """One conversation: says words in a voice, keeps the state."""

    def __init__(self, url: str, token: str, folder: Path, member: StaffMember = DOCTOR) -> None:
        self.words, self.voice, self.tone = ScriptedRecognizer(), ScriptedVoice(), Tone()
        self.ledger = LedgerClient(url, token, timeout=2.0)
        self.audit = Audit(folder / "audit.jsonl", Vault(bytes(32)))
        self.assistant = Assistant(
            recognizer=self.words,
            verifier=self.voice,
            roster=Roster(self.ledger),
            synthesizer=self.tone,
            audit=self.audit,
        )
        self.member, self.state, self.now = member, SessionState(member.id), START

    def say(self, text: str, *, voice: np.ndarray = OWNER, seconds: float = 3.0) -> Turn:
        """One utterance, five seconds after the one before."""
        self.now += timedelta(seconds=5)
        self.words.next, self.voice.embedding = Transcript(text), voice
        samples = np.zeros(int(16_000 * seconds), np.float32)
        utterance = Utterance(samples, samples, 0.0, seconds)
        turn, self.state = self.assistant.ask(utterance, self.member, self.state, self.now)
        return turn

    def close(self) -> None:
        self.assistant.close()
        self.ledger.close()


@pytest.fixture
def bedside(clinic: tuple[str, str], tmp_path: Path) -> Iterator[Bedside]:
    conversation = Bedside(*clinic, tmp_path)
    yield conversation
    conversation.close()


def digits_asked(turn: Turn) -> str:
    return " ".join(letter for letter in turn.answer.text if letter.isdigit())


def test_a_conversation_keeps_its_context(bedside: Bedside) -> None:
    asked = bedside.say("покажи посещения пациента иванова")
    assert asked.card is None
    assert "Пётр Сергеевич" in asked.answer.text
    assert "Сергей Петрович" in asked.answer.text
    chosen = bedside.say("петра сергеевича")
    assert chosen.card == "1236"
    assert chosen.answer.text.startswith("Иванов Пётр Сергеевич, 1958 года рождения")
    assert bedside.say("есть ли у него аллергия").card == "1236"
    other = bedside.say("а у кузнецовой ольги владимировны")
    assert other.card == "208"


def test_a_write_needs_yes_and_digits(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    before = bedside.ledger.observations("512", code="blood_pressure", limit=1)
    asked = bedside.say("запиши давление сто тридцать пять на восемьдесят")
    assert "135/80" in asked.answer.text
    assert "Смирнову" in asked.answer.text
    digits = digits_asked(bedside.say("да"))
    assert bedside.ledger.observations("512", code="blood_pressure", limit=1) == before
    written = bedside.say(digits)
    assert "135/80" in written.answer.text
    latest = bedside.ledger.observations("512", code="blood_pressure", limit=1)[0]
    assert [str(value) for value in latest.values] == ["135", "80"]
    # a fresh challenge covers the next write
    bedside.say("запиши температуру тридцать шесть и шесть")
    assert "Записано" in bedside.say("да").answer.text


def test_wrong_digits_write_nothing(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    bedside.say("запиши пульс семьдесят один")
    bedside.say("да")
    before = bedside.ledger.observations("512", code="heart_rate", limit=1)
    assert "не совпали" in bedside.say("один один один один").answer.text
    bedside.say("да")
    assert bedside.ledger.observations("512", code="heart_rate", limit=1) == before


def test_a_stranger_cannot_confirm_prove_or_cancel(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    bedside.say("запиши пульс семьдесят два")
    before = bedside.ledger.observations("512", code="heart_rate", limit=1)
    for words in ("да", "нет", "стоп", "отмена"):
        bedside.say(words, voice=STRANGER)
    digits = digits_asked(bedside.say("да"))
    assert not bedside.say(digits, voice=STRANGER).gate.allowed
    assert bedside.ledger.observations("512", code="heart_rate", limit=1) == before
    assert "Записано" in bedside.say(digits).answer.text


def test_a_nurse_reads_vitals_but_not_diagnoses(clinic: tuple[str, str], tmp_path: Path) -> None:
    nurse = StaffMember("nurse", Role.NURSE, frozenset({"512"}))
    conversation = Bedside(*clinic, tmp_path, nurse)
    vitals = conversation.say("последнее давление пациента смирнова")
    assert vitals.gate.allowed
    assert "/" in vitals.answer.text
    assert conversation.say("какие у него диагнозы").gate.reason == "role"
    assert conversation.say("давление пациентки кузнецовой ольги").gate.reason == "patient_access"
    conversation.close()


def test_a_ledger_that_is_down_is_said_and_stop_still_works(tmp_path: Path) -> None:
    conversation = Bedside("http://127.0.0.1:9", "token", tmp_path)
    turn = conversation.say("покажи посещения пациента иванова")
    assert turn.error == "ledger.unavailable"
    assert "недоступен" in turn.answer.text
    assert turn.card is None
    assert conversation.say("стоп").answer.text == "Остановлено."
    assert conversation.say("покажи посещения пациента иванова", voice=STRANGER).error is None
    conversation.close()


def test_an_unknown_patient_is_nobody_else(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    turn = bedside.say("покажи посещения пациента козлодоева")
    assert turn.card is None
    assert "не найден" in turn.answer.text


def test_an_unknown_hospital_is_no_other(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    turn = bedside.say("какие документы есть из больницы номер сорок восемь")
    assert "Такой больницы" in turn.answer.text


def test_a_broken_voice_still_shows_the_answer(bedside: Bedside) -> None:
    bedside.tone.broken = True
    turn = bedside.say("помощь")
    assert turn.speech is None
    assert turn.answer.text


def test_nothing_heard_asks_again_and_leaves_the_state(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    before = bedside.state
    samples = np.zeros(16_000, np.float32)
    bedside.words.next = NothingHeard(NothingHeardReason.NOISE)
    turn, after = bedside.assistant.ask(
        Utterance(samples, samples, 0.0, 1.0), DOCTOR, before, bedside.now
    )
    assert turn.parse is None
    assert turn.answer.text
    assert after == before


def test_the_audit_holds_every_turn_and_no_phi(bedside: Bedside) -> None:
    bedside.say("покажи посещения пациента иванова")
    bedside.say("петра сергеевича")
    bedside.say("его диагнозы", voice=STRANGER)
    assert bedside.audit.verify() == Intact(3)
    log = (bedside.audit._path).read_text(encoding="utf-8")
    events = [json.loads(line) for line in log.splitlines()]
    assert [event["allowed"] for event in events] == [True, True, False]
    assert not any("а" <= letter <= "я" for letter in log.casefold())
    assert not any(f'"{identifier}"' in log for identifier in ("1236", "1235", "dr"))


def tap(bedside: Bedside, phrase: str, *, after_s: float = 5.0) -> Turn:
    bedside.now += timedelta(seconds=after_s)
    turn, bedside.state = bedside.assistant.tap(phrase, bedside.member, bedside.state, bedside.now)
    return turn


def test_a_tap_does_what_the_spoken_choice_does(bedside: Bedside) -> None:
    def offered(turn: Turn) -> list[str]:
        return [choice.phrase for choice in bedside.assistant.choices(turn, bedside.state)]

    assert offered(bedside.say("покажи посещения пациента иванова")) == ["первый", "второй"]
    chosen = tap(bedside, "первый")
    assert chosen.card == "1236"
    assert "документы из второй" in offered(chosen)
    spoken = bedside.say("документы из второй")
    documents = tap(bedside, "документы из второй")
    assert documents.answer == spoken.answer
    assert offered(documents)[:2] == ["открой первый документ", "открой второй документ"]
    assert "Заключение" in tap(bedside, "открой второй документ").answer.text


def test_a_tap_needs_a_fresh_voice_and_writes_nothing(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    assert tap(bedside, "есть ли у него аллергия", after_s=29).gate.allowed
    stale = tap(bedside, "есть ли у него аллергия")
    assert not stale.gate.allowed, "taps must not prolong the voice"
    assert "голосом" in stale.answer.text
    bedside.say("запиши пульс семьдесят два")
    before = bedside.ledger.observations("512", code="heart_rate", limit=1)
    assert not tap(bedside, "да").gate.allowed
    bedside.say("его аллергии", voice=STRANGER)
    assert not tap(bedside, "есть ли у него аллергия").gate.allowed
    assert bedside.ledger.observations("512", code="heart_rate", limit=1) == before
    assert bedside.assistant.choices(stale, bedside.state) == ()
    assert bedside.assistant.patient(stale, bedside.state) is None


WORDS = (
    "покажи посещения пациента иванова",
    "петра сергеевича",
    "какие документы есть из второй",
    "открой первый документ",
    "прочитай полностью",
    "его диагнозы",
    "какие лекарства он принимает",
    "последнее давление",
    "есть ли аллергия у кузнецовой ольги владимировны",
    "карта номер двенадцать тридцать пять",
    "запиши давление сто тридцать на восемьдесят",
    "запиши заметку жалуется на головную боль",
    "да",
    "нет",
    "повтори",
    "дальше",
    "назад",
    "стоп",
    "помощь",
    "какая погода",
    "один два три четыре",
)


def secrets(ledger: LedgerClient) -> frozenset[str]:
    """Words of the clinic's patients that no fixed sentence holds."""
    words: set[str] = set()
    for patient in ledger.patients():
        words |= {patient.last, patient.first, patient.middle, str(patient.birth_date.year)}
    for card in ("1235", "1236", "208"):
        words |= {visit.hospital_name for visit in ledger.hospital_visits(card)}
        words |= {diagnosis.name for diagnosis in ledger.diagnoses(card)}
        words |= {medication.name for medication in ledger.medications(card)}
        words |= {allergy.substance for allergy in ledger.allergies(card)}
    return frozenset(word.casefold() for word in words if len(word) > 3)


@pytest.mark.slow
def test_no_phi_without_an_accepted_voice_in_any_order(bedside: Bedside) -> None:
    """Owner and stranger speak in any order, at any length: only the owner's turns tell."""
    hidden = secrets(bedside.ledger)

    class AnyOrder(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            bedside.state = SessionState(DOCTOR.id)
            bedside.now += timedelta(hours=1)

        @rule(
            text=st.sampled_from(WORDS),
            owner=st.booleans(),
            seconds=st.sampled_from([0.3, 0.6, 1.2, 2.5]),
        )
        def speak(self, text: str, owner: bool, seconds: float) -> None:
            before = bedside.state.dialogue
            turn = bedside.say(text, voice=OWNER if owner else STRANGER, seconds=seconds)
            decision = bedside.voice.decision
            assert decision is not None
            if not owner:
                assert decision.outcome is not SpeakerOutcome.ACCEPT
            if not decision.accepted:
                said = turn.answer.text.casefold()
                assert not [word for word in hidden if word in said]
                assert not turn.answer.items or (turn.parse and turn.parse.intent == "help")
                assert turn.card is None
                assert bedside.state.dialogue == before.at(bedside.now.timestamp())

    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
