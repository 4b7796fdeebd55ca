"""The pipeline with a real ledger, parser and decision; words and voices are scripted.

Only the recogniser and the speaker's embedding are stood in for: what they say is the fault
to provoke. Everything after them is the real thing.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from rasa_stand_in import parsed, standing_in
from scripted_voice import ScriptedVoice

from assistant import answers
from assistant.ahead import Ahead
from assistant.answers import Answer
from assistant.audit import Audit, Intact
from assistant.commands.ask import show, turn_to_json
from assistant.config import Paths
from assistant.dialogue.choices import Choice
from assistant.dialogue.state import AnswerChallenge
from assistant.erasure import forget
from assistant.errors import SynthesisError
from assistant.login import LogIn
from assistant.messages import (
    NothingHeard,
    NothingHeardReason,
    Samples,
    SpeakerDecision,
    Transcript,
    Utterance,
)
from assistant.pipeline import Assistant
from assistant.roster import Roster
from assistant.session import SessionState, SessionStore
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.engine import Embedding
from assistant.speaker.errors import LoggedOutError, NotEnrolledError
from assistant.speaker.pins import PinStore
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import (
    SESSION_S,
    UNLOCKED_S,
    PinVerifier,
    SessionVoices,
    VoiceIdMode,
    unlocked,
)
from assistant.speaker.store import Consent, Voiceprints, VoiceprintStore
from assistant.speaker.verifier import SpeakerVerifier, Verifier
from assistant.staff import Role, StaffMember
from assistant.tuning.review import ReviewQueue
from assistant.turn import Turn
from assistant.vault import Vault
from ledger_client import LedgerClient
from nlu.rasa_client import RasaClient

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


class ScriptedEngine:
    """Every utterance is in the voice that the test gives."""

    name = "scripted"
    dimension = 2

    def __init__(self) -> None:
        self.embedding = OWNER

    def embed(self, samples: Samples) -> Embedding:
        return self.embedding


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

    def __init__(
        self,
        url: str,
        token: str,
        folder: Path,
        member: StaffMember = DOCTOR,
        *,
        voice: ScriptedVoice | ScriptedEngine | None = None,
        verifier: Verifier | None = None,
        log_out: Callable[[str], None] | None = None,
        rasa: RasaClient | None = None,
    ) -> None:
        scripted = ScriptedVoice(OWNER)
        self.words, self.voice, self.tone = ScriptedRecognizer(), voice or scripted, Tone()
        self.ledger = LedgerClient(url, token, timeout=2.0)
        self.audit = Audit(folder / "audit.jsonl", Vault(bytes(32)))
        self.review = ReviewQueue(folder / "review.sealed", Vault(bytes(32)), review=True)
        self.assistant = Assistant(
            recognizer=self.words,
            verifier=verifier or scripted,
            roster=Roster(self.ledger, rasa=rasa),
            synthesizer=self.tone,
            audit=self.audit,
            log_out=log_out,
            review=self.review,
        )
        self.member, self.state, self.now = member, SessionState(member.id), START
        self.awake = 0.0
        """Seconds that never run back."""
        self.ahead: Ahead | None = None
        """What the next utterance's beginning had read."""
        self.looked_ahead = False
        """Whether the last turn wanted it."""

    def begin(self, text: str, *, voice: np.ndarray = OWNER, seconds: float = 3.0) -> Ahead | None:
        """The beginning of an utterance, and what is read ahead for it."""
        heard = self.assistant.hear(self._utterance(text, voice, seconds), self.member)
        self.ahead = self.assistant.read_ahead(heard, self.member, self.state, self.now)
        return self.ahead

    def say(self, text: str, *, voice: np.ndarray = OWNER, seconds: float = 3.0) -> Turn:
        """One utterance, five seconds after the one before."""
        self.now += timedelta(seconds=5)
        self.awake += 5
        ahead, self.ahead, self.looked_ahead = self.ahead, None, False
        utterance = self._utterance(text, voice, seconds)
        if ahead is None:
            turn, self.state = self.assistant.ask(utterance, self.member, self.state, self.now)
            return turn

        def look() -> Ahead:
            self.looked_ahead = True
            return ahead

        heard = self.assistant.hear(utterance, self.member)
        turn, self.state = self.assistant.answer(heard, self.member, self.state, self.now, look)
        return turn

    def _utterance(self, text: str, voice: np.ndarray, seconds: float) -> Utterance:
        self.words.next, self.voice.embedding = Transcript(text), voice
        samples = np.zeros(int(16_000 * seconds), np.float32)
        return Utterance(samples, samples, 0.0, seconds)

    def close(self) -> None:
        self.assistant.close()
        self.ledger.close()


def test_repeating_asks_as_much_as_what_is_repeated(bedside: Bedside) -> None:
    """A voice that may read, but not what is sensitive, doesn't hear it by «повтори» either."""
    policy = VoicePolicy()
    between = (policy.thresholds[RiskTier.READ] + policy.thresholds[RiskTier.SENSITIVE]) / 2
    alike = np.array([between, np.sqrt(1 - between**2)], np.float32)
    bedside.say("найди пациента смирнова андрея")
    told = bedside.say("какие у него диагнозы").answer
    assert not bedside.say("повтори", voice=alike).gate.allowed
    assert bedside.say("повтори").answer.text == told.text
    bedside.say("найди пациента смирнова андрея")
    assert bedside.say("повтори", voice=alike).gate.allowed


def test_a_stranger_hears_no_repetition_and_leaves_no_trace(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    bedside.say("запиши пульс семьдесят")
    before = bedside.state.dialogue
    for words in ("повтори", "найди пациентку кузнецову ольгу владимировну", "дальше", "нет"):
        turn = bedside.say(words, voice=STRANGER)
        assert not turn.gate.allowed
        assert bedside.state.dialogue == before
    assert "Смирнову" in bedside.say("повтори").answer.text


def test_a_clock_set_back_forgets_the_patient(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    bedside.now -= timedelta(hours=1)
    turn = bedside.say("последнее давление")
    assert turn.card is None
    assert "О каком пациенте" in turn.answer.text


def test_what_an_open_microphone_heard_of_others_is_not_printed(
    bedside: Bedside, capsys: pytest.CaptureFixture[str]
) -> None:
    near = np.array([0.45, np.sqrt(1 - 0.45**2)], np.float32)
    harmless = "позвони смирнову андрею"
    for text, voice, seconds in (
        ("диагнозы пациента смирнова андрея", OWNER, 0.6),
        ("диагнозы пациента смирнова андрея", STRANGER, 3.0),
        ("диагнозы пациента смирнова андрея", near, 1.5),
        (harmless, near, 3.0),
    ):
        turn = bedside.say(text, voice=voice, seconds=seconds)
        assert turn.parse is not None and turn.parse.entities
        assert turn.gate.allowed is (text == harmless)
        for as_json in (False, True):
            seen = bedside.assistant.shown(turn, bedside.state)
            show(seen, None, as_json=as_json, one_line=True)
        printed = capsys.readouterr().out.casefold()
        assert turn.parse.intent in printed
        assert "смирнов" not in printed and "512" not in printed
    turn = bedside.say("диагнозы пациента смирнова андрея")
    assert bedside.assistant.shown(turn, bedside.state) is turn


def test_goodbye_forgets_voice_patient_and_challenge(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    bedside.say("запиши пульс семьдесят три")
    bedside.say(digits_asked(bedside.say("да")))
    assert bedside.state.speaker.challenge_passed_at is not None
    turn = bedside.say("закончить сеанс")
    assert turn.ended
    assert bedside.state == SessionState(DOCTOR.id)


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


def test_only_what_an_accepted_voice_said_unclearly_is_kept(bedside: Bedside) -> None:
    bedside.say("свари кофе громову виктору", voice=STRANGER)
    assert bedside.review.entries(bedside.now) == []
    bedside.say("найди пациента громова виктора")
    bedside.say("свари кофе громову виктору")
    bedside.say("добавь заметку")
    bedside.say("опять свари кофе")  # the words of the note
    assert [entry.text for entry in bedside.review.entries(bedside.now)] == ["свари кофе {patient}"]


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


def test_where_the_parsers_disagree_it_asks(clinic: tuple[str, str], tmp_path: Path) -> None:
    with standing_in() as server:
        server.answer = lambda words: parsed(words, "get_documents_from_hospital")
        rasa = RasaClient(lambda: server.endpoint, timeout_s=5)
        conversation = Bedside(*clinic, tmp_path, rasa=rasa)
        asked = conversation.say("где лежал смирнов андрей до этого")
        whose = "Смирнов Андрей Николаевич, 1971 года рождения. "
        assert asked.answer.text == f"{whose}Вы просите показать посещения или документы?"
        assert asked.card == "512"
        assert not conversation.say("да", voice=STRANGER).gate.allowed
        chosen = conversation.say("посещения")
        assert chosen.card == "512"
        assert chosen.answer.text.startswith("Смирнов Андрей")
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


def offered(bedside: Bedside, turn: Turn) -> list[str]:
    """What may be tapped after ``turn``."""
    found = bedside.assistant.choices(turn, bedside.state, bedside.now)
    return [choice.phrase for choice in found]


def test_a_tap_does_what_the_spoken_choice_does(bedside: Bedside) -> None:
    asked = bedside.say("покажи посещения пациента иванова")
    assert offered(bedside, asked) == ["первый", "второй"]
    chosen = tap(bedside, "первый")
    assert chosen.card == "1236"
    spoken = bedside.say("документы из второй")
    bedside.say("покажи его посещения")
    documents = tap(bedside, "документы из второй")
    assert documents.answer == spoken.answer
    again = bedside.say("документы из второй")
    assert offered(bedside, again)[:2] == ["открой первый документ", "открой второй документ"]
    assert "Заключение" in tap(bedside, "открой второй документ").answer.text


def test_an_accepted_voice_is_good_for_one_tap(bedside: Bedside) -> None:
    bedside.say("покажи посещения пациента иванова")
    chosen = tap(bedside, "первый", after_s=1)
    assert chosen.gate.allowed
    assert offered(bedside, chosen) == [], "what a tap got is not tapped on"
    second = tap(bedside, "документы из второй", after_s=1)
    assert (second.gate.allowed, second.card) == (False, None)
    assert second.speaker is not None and second.speaker.reason == "tapped_already"
    assert offered(bedside, bedside.say("покажи его посещения"))
    assert tap(bedside, "документы из второй", after_s=1).gate.allowed


def test_a_tap_needs_a_fresh_voice_and_writes_nothing(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    assert tap(bedside, "есть ли у него аллергия", after_s=29).gate.allowed
    bedside.say("найди пациента смирнова андрея")
    stale = tap(bedside, "есть ли у него аллергия", after_s=31)
    assert not stale.gate.allowed
    assert "голосом" in stale.answer.text
    bedside.say("запиши пульс семьдесят два")
    before = bedside.ledger.observations("512", code="heart_rate", limit=1)
    assert not tap(bedside, "да").gate.allowed
    bedside.say("его аллергии", voice=STRANGER)
    assert not tap(bedside, "есть ли у него аллергия").gate.allowed
    assert bedside.ledger.observations("512", code="heart_rate", limit=1) == before
    assert offered(bedside, stale) == []
    assert bedside.assistant.patient(stale, bedside.state) is None


@pytest.mark.parametrize("mode", [VoiceIdMode.ENROLLED, VoiceIdMode.SESSION, VoiceIdMode.NONE])
def test_who_is_forgotten_gets_no_answer_more_spoken_or_tapped(
    clinic: tuple[str, str], tmp_path: Path, mode: VoiceIdMode
) -> None:
    paths = Paths(tmp_path, tmp_path)
    vault, engine, voices = Vault.open_site(paths.site_key), ScriptedEngine(), SessionVoices()
    store, pins = VoiceprintStore(paths, vault), PinStore(paths, vault)
    login = LogIn(mode, pins, Audit(paths.audit, vault), voices)
    prints = Voiceprints("scripted", START, OWNER[np.newaxis].copy())
    verifier: Verifier = PinVerifier(pins.has)
    if mode is VoiceIdMode.ENROLLED:
        verifier = SpeakerVerifier(engine, store)
        with store.alone():
            store.save(DOCTOR.id, Consent("Тестов", START, "ru-1"), prints)
    else:
        pins.set(DOCTOR.id, "271828")
    if mode is VoiceIdMode.SESSION:
        verifier = SpeakerVerifier(engine, voices)
        voices.log_in(DOCTOR.id, prints)
    bedside = Bedside(*clinic, tmp_path, voice=engine, verifier=verifier)
    bedside.state = replace(
        bedside.state, speaker=unlocked(bedside.state.speaker, START.timestamp())
    )
    asked = bedside.say("покажи посещения пациента иванова")
    assert offered(bedside, asked) == ["первый", "второй"]
    heard = bedside.assistant.hear(
        bedside._utterance("какие диагнозы у смирнова андрея", OWNER, 3.0), DOCTOR
    )
    early = bedside.assistant.read_ahead(heard, DOCTOR, bedside.state, bedside.now)
    assert early is not None

    def meanwhile() -> Ahead:
        """What was read ahead is waited for, and then the member is unknown."""
        forget(DOCTOR.id, paths, vault, START)
        login.wipe_expired()
        return early

    before = bedside.state
    with pytest.raises(NotEnrolledError):
        bedside.assistant.answer(heard, DOCTOR, before, bedside.now, meanwhile)
    with pytest.raises(NotEnrolledError):
        bedside.assistant.read_ahead(heard, DOCTOR, before, bedside.now)
    recorded = bedside.audit.verify()
    with pytest.raises(NotEnrolledError):
        bedside.assistant.answer(heard, DOCTOR, before, bedside.now)
    with pytest.raises(NotEnrolledError):
        tap(bedside, "первый", after_s=1)
    with pytest.raises(NotEnrolledError):
        bedside.say("первый")
    assert bedside.state == before
    assert bedside.audit.verify() == recorded, "it was not even judged"
    bedside.close()


@pytest.mark.parametrize(
    "text",
    [
        "какое давление у его жены",
        "чем болел отец",
        "есть ли диабет у матери",
        "лекарства его дочери",
        "запиши соседу по палате температуру 38",
        "какое давление у жены смирнова",
    ],
)
def test_the_patient_s_kin_and_neighbours_are_somebody_else(bedside: Bedside, text: str) -> None:
    bedside.say("найди пациента смирнова андрея")
    turn = bedside.say(text)
    assert turn.card is None
    assert "О каком пациенте" in turn.answer.text or "Имеется в виду" in turn.answer.text


def test_what_the_kin_did_for_the_patient_is_the_patient_s(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    assert bedside.say("жена намерила давление 150 на 90").card == "512"
    assert bedside.say("какие документы привозила дочка").card == "512"


def test_what_was_asked_waits_until_the_name_is_understood(bedside: Bedside) -> None:
    assert bedside.say("найди пациента смирнова андрея").card == "512"
    unknown = bedside.say("какое давление у козлодоева")
    assert "не найден" in unknown.answer.text
    assert "О каком пациенте" in bedside.say("а температура").answer.text
    turn = bedside.say("громов виктор степанович")
    assert turn.card == "2002"
    assert "Температура" in turn.answer.text


@pytest.mark.parametrize("text", ["диагнозы козлодоева", "что пьёт фасхутдинов"])
def test_a_stranger_s_name_is_never_answered_about_the_current_patient(
    bedside: Bedside, text: str
) -> None:
    assert bedside.say("найди пациента смирнова андрея").card == "512"
    turn = bedside.say(text)
    assert turn.card is None
    assert "не найден" in turn.answer.text


@pytest.mark.parametrize(
    ("question", "dropped"),
    [
        ("какое давление у кузнецовой", "нет"),
        ("какое давление у кузнецовой", "стоп"),
        ("какое давление у хрюмкина", "нет"),
    ],
)
def test_after_a_dropped_question_about_another_the_answer_says_whose_it_is(
    bedside: Bedside, question: str, dropped: str
) -> None:
    bedside.say("найди пациента смирнова андрея")
    bedside.say(question)
    bedside.say(dropped)
    assert bedside.say("какие лекарства").answer.text.startswith("Смирнов Андрей Николаевич")
    assert "Смирнов" not in bedside.say("какие лекарства").answer.text


def test_a_word_that_may_be_a_name_makes_the_answer_say_whose_it_is(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    assert "Смирнов Андрей" in bedside.say("диагнозы пака").answer.text
    assert "Смирнов" not in bedside.say("какие у него диагнозы").answer.text
    assert "Смирнов" not in bedside.say("диагнозы").answer.text


@pytest.fixture
def ahead_of(bedside: Bedside) -> Callable[..., Ahead | None]:
    """What is read ahead of an utterance about Смирнов that begins so."""
    bedside.say("найди пациента смирнова андрея")
    return bedside.begin


def test_a_sure_read_is_made_ahead_and_taken_once_by_its_own_turn(
    bedside: Bedside, ahead_of: Callable[..., Ahead | None]
) -> None:
    ahead = ahead_of("какие у него диагнозы")
    assert ahead is not None
    turn = bedside.say("какие у него диагнозы")
    assert turn.answer is ahead.carried.answer
    again = bedside.say("какие у него диагнозы")
    assert again.answer == turn.answer
    assert again.answer is not turn.answer
    lines = bedside.audit._path.read_text(encoding="utf-8").splitlines()
    early, line = (json.loads(one) for one in lines[1:3])
    assert (early.pop("event"), line.pop("event")) == ("prefetch", "turn")
    for one in (early, line):
        one.pop("previous")
        one.pop("time")
    assert early == line, "it says as much as a turn's"


@pytest.mark.parametrize(
    ("begun", "ended", "voice"),
    [
        ("какие у него диагнозы", "какие у него диагнозы", STRANGER),
        ("какие у него диагнозы", "есть ли у него аллергия", OWNER),
        ("какие у него диагнозы", "какие диагнозы у кузнецовой ольги владимировны", OWNER),
        ("какие у него диагнозы", "стоп", OWNER),
    ],
)
def test_what_was_read_ahead_is_no_other_turns(
    bedside: Bedside,
    ahead_of: Callable[..., Ahead | None],
    begun: str,
    ended: str,
    voice: np.ndarray,
) -> None:
    ahead = ahead_of(begun)
    assert ahead is not None
    turn = bedside.say(ended, voice=voice)
    assert turn.answer is not ahead.carried.answer
    assert turn.gate.allowed or not bedside.looked_ahead


@pytest.mark.parametrize("seconds", [1, -60])
def test_what_was_read_a_while_ago_is_read_again(
    bedside: Bedside, ahead_of: Callable[..., Ahead | None], seconds: float
) -> None:
    ahead = ahead_of("какие диагнозы у смирнова андрея")
    assert ahead is not None
    bedside.now += timedelta(seconds=seconds)
    turn = bedside.say("какие диагнозы у смирнова андрея")
    assert turn.card == "512"
    assert turn.answer is not ahead.carried.answer


def test_what_was_read_for_another_is_read_again(
    bedside: Bedside, ahead_of: Callable[..., Ahead | None]
) -> None:
    ahead = ahead_of("какие у него диагнозы")
    assert ahead is not None
    bedside.member = replace(DOCTOR, id="other")
    turn = bedside.say("какие у него диагнозы")
    assert turn.card == "512"
    assert turn.answer is not ahead.carried.answer


@pytest.mark.parametrize(
    "text",
    [
        "диагнозы иванова",
        "диагнозы пациента козлодоева",
        "запиши пульс семьдесят",
        "повтори",
        "говори медленнее",
        "стоп",
        "какая погода",
    ],
)
def test_what_is_no_sure_read_is_not_made_ahead(
    bedside: Bedside, ahead_of: Callable[..., Ahead | None], text: str
) -> None:
    assert ahead_of(text) is None
    assert bedside.audit.verify() == Intact(1)


def test_a_voice_must_reach_the_tier_of_what_is_read_ahead(
    bedside: Bedside, ahead_of: Callable[..., Ahead | None]
) -> None:
    policy = VoicePolicy()
    between = (policy.thresholds[RiskTier.READ] + policy.thresholds[RiskTier.SENSITIVE]) / 2
    alike = np.array([between, np.sqrt(1 - between**2)], np.float32)
    assert ahead_of("какие у него диагнозы", voice=alike) is None
    assert ahead_of("есть ли у него аллергия", voice=alike) is not None
    assert ahead_of("есть ли у него аллергия", voice=STRANGER) is None
    assert bedside.state.speaker.accepted_at is not None, "nothing is remembered of it"


def test_nobody_reads_ahead_what_they_may_not_read(clinic: tuple[str, str], tmp_path: Path) -> None:
    nurse = StaffMember("nurse", Role.NURSE, frozenset({"512"}))
    conversation = Bedside(*clinic, tmp_path, nurse)
    assert conversation.begin("последнее давление пациента смирнова андрея") is not None
    assert conversation.begin("диагнозы пациента смирнова андрея") is None
    assert conversation.begin("последнее давление пациентки кузнецовой ольги") is None
    conversation.close()


def test_a_ledger_that_is_down_is_not_asked_ahead(tmp_path: Path) -> None:
    conversation = Bedside("http://127.0.0.1:9", "token", tmp_path)
    assert conversation.begin("есть ли аллергия у смирнова андрея") is None
    assert conversation.audit.verify() == Intact(0)
    conversation.close()


def test_help_from_a_voice_that_may_not_read_shows_no_patient(bedside: Bedside) -> None:
    bedside.say("найди пациента смирнова андрея")
    near = np.array([0.45, np.sqrt(1 - 0.45**2)], np.float32)
    for voice, shown in ((near, False), (OWNER, True)):
        turn = bedside.say("помощь", voice=voice)
        assert turn.speaker is not None and turn.speaker.accepted
        patient = bedside.assistant.patient(turn, bedside.state)
        assert (patient is not None) == shown


NEAR = np.array([0.45, np.sqrt(1 - 0.45**2)], np.float32)
"""A stranger who sounds a little like the owner."""


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        ("найди пациента смирнова андрея", "нет карта двести восемь"),
        ("найди пациента смирнова андрея", "нет, не его, а карту двенадцать тридцать пять"),
        ("покажи посещения пациента иванова", "да, петра сергеевича"),
        ("покажи посещения пациента иванова", "да, первый"),
        ("какие документы есть у карты двенадцать тридцать пять", "да, в областной больнице"),
        ("запиши пульс семьдесят", "да, семьдесят пять"),
        ("карта номер двенадцать тридцать пять", "повтори диагнозы кузнецовой"),
        ("карта номер двенадцать тридцать пять", "дальше, кузнецова"),
    ],
)
def test_a_reply_that_names_something_inherits_nothing(
    bedside: Bedside, asked: str, reply: str
) -> None:
    """Whatever it names, and however short it was."""
    bedside.say("найди пациента смирнова андрея")
    for seconds in (0.6, 1.4):
        assert bedside.say(asked).gate.allowed
        before = bedside.state.dialogue
        turn = bedside.say(reply, voice=NEAR, seconds=seconds)
        assert turn.speaker is not None and turn.speaker.reason != "inherited"
        assert turn.card is None
        assert bedside.state.dialogue.patient == before.patient


@pytest.mark.parametrize(
    "reply", ["да", "Да, всё верно!", "Нет, не надо.", "следующий документ", "говори медленнее"]
)
def test_a_bare_reply_inherits_while_it_is_short(bedside: Bedside, reply: str) -> None:
    for seconds, reason in ((0.6, "inherited"), (1.2, "inherited"), (1.3, "short_and_unsure")):
        bedside.state = SessionState(DOCTOR.id)
        bedside.say("карта номер двенадцать тридцать пять")
        bedside.say("запиши пульс семьдесят")
        turn = bedside.say(reply, voice=NEAR, seconds=seconds)
        assert turn.speaker is not None and turn.speaker.reason == reason


def test_what_is_harmless_asks_for_no_voice(bedside: Bedside) -> None:
    for words in ("стоп", "помощь"):
        for voice, seconds in ((NEAR, 0.6), (NEAR, 1.4), (STRANGER, 3.0)):
            assert bedside.say(words, voice=voice, seconds=seconds).gate.allowed


BARE = ("да", "нет", "повтори", "дальше", "назад", "стоп")
"""Replies that name nobody and nothing."""
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
    "нет карта двести восемь",
    "дальше петра сергеевича",
    "помощь",
    "какая погода",
    "один два три четыре",
    *BARE,
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


def voice_like(likeness: float) -> np.ndarray:
    """A voice whose score against the owner is ``likeness``."""
    return np.array([likeness, np.sqrt(1 - likeness**2)], np.float32)


VOICES = (1.0, 0.45, 0.3, 0.0)
"""The owner, and strangers: one may pass for the owner while little was said, two never."""


class AnyOrder(RuleBasedStateMachine):
    """Owner and strangers speak and tap, wait, log in and out, set the clock back, save and load.

    A subclass for each voice mode says who is entitled to an answer now.
    """

    bedside: Bedside
    hidden: frozenset[str]
    sessions: SessionStore
    logged: list[logging.LogRecord]
    """What was logged since it was looked at last."""
    told: ClassVar[int] = 0
    """Answers that held something about a patient; without any a run would prove nothing."""
    taken: ClassVar[int] = 0
    """Answers that were read ahead; likewise."""
    unanswered: ClassVar[int] = 0
    """Utterances of members who became unknown before the answer; likewise."""
    reasons: ClassVar[Counter[str]] = Counter()
    """Why voices and taps were accepted or not."""

    def __init__(self) -> None:
        super().__init__()
        self.bedside.state = SessionState(DOCTOR.id)
        self.bedside.now += timedelta(hours=1)
        self.offered: tuple[Choice, ...] = ()

    def entitled(self, owner: bool) -> bool:
        """Whether who speaks now may be told anything."""
        raise NotImplementedError

    def may_pass(
        self, likeness: float, decision: SpeakerDecision, text: str, seconds: float
    ) -> bool:
        """Whether a voice may have been accepted for ``text``.

        A stranger who sounds a little like the owner may pass for harmless words, answer for the
        owner with a bare «да», and go on where the owner had said too little to be known.
        """
        if decision.reason == "inherited" and (text not in BARE or seconds > 1.2):
            return False
        if self.entitled(likeness == 1.0):
            return True
        policy = VoicePolicy()
        helped = decision.reason in {"pooled", "inherited"}
        harmless = decision.threshold < policy.thresholds[RiskTier.READ]
        near = likeness >= policy.contradicts_below
        return near and self.entitled(True) and (helped or harmless)

    def since_answered(self, before: SessionState) -> float:
        """Seconds since a voice was accepted and its answer was over, a minute of it at most."""
        accepted, answered = before.speaker.accepted_at, before.speaker.answered_at
        assert accepted is not None
        over = accepted if answered is None else min(max(accepted, answered), accepted + 60)
        return self.bedside.now.timestamp() - over

    def leaves(self, turn: Turn) -> str:
        """All that a turn shows, says and prints."""
        bedside = self.bedside
        # the one fixed answer that names somebody, as an example
        answer = Answer("") if turn.answer == answers.help() else turn.answer
        self.offered = bedside.assistant.choices(turn, bedside.state, bedside.now)
        patient = bedside.assistant.patient(turn, bedside.state)
        printed = turn_to_json(bedside.assistant.shown(turn, bedside.state), None)
        shown = (patient, self.offered, answer, json.dumps(printed, ensure_ascii=False))
        return str(shown).casefold()

    def check(self, turn: Turn, before: SessionState) -> bool:
        """Nothing about a patient without an accepted voice; whether there was something."""
        assert turn.speaker is not None
        self.reasons[turn.speaker.reason] += 1
        left = self.leaves(turn)
        secret = turn.card is not None or any(word in left for word in self.hidden)
        secret |= bool(turn.answer.items) and (turn.parse is None or turn.parse.intent != "help")
        type(self).told += secret
        after = self.bedside.state
        if not turn.speaker.accepted:
            assert not secret
            assert not self.offered
            assert after.dialogue == before.dialogue.at(self.bedside.now.timestamp())
            passed = after.speaker.challenge_passed_at  # a clock that was set back takes it away
            assert passed in (None, before.speaker.challenge_passed_at)
        return secret

    def written(self) -> bool:
        """Whether a record was changed since this was asked last; reads log and audit on."""
        path = self.bedside.audit._path
        path.touch()  # nothing may have been recorded yet
        with path.open(encoding="utf-8") as file:
            file.seek(self.read_to)
            lines = [json.loads(line) for line in file]
            type(self).read_to = file.tell()
        kept = [json.dumps(line, ensure_ascii=False) for line in lines]
        kept += [f"{record.getMessage()} {record.exc_info}" for record in self.logged]
        self.logged.clear()
        names = [word for word in self.hidden if word.isalpha()]
        for line in kept:
            assert not any(word in line.casefold() for word in names)
        return any(line["allowed"] and line["step"] in {"Write", "Prove"} for line in lines)

    read_to: ClassVar[int] = 0
    """How much of the audit log has been looked at."""

    @rule(
        text=st.sampled_from(WORDS),
        likeness=st.sampled_from(VOICES),
        seconds=st.sampled_from([0.3, 0.6, 1.2, 1.4, 2.5]),
    )
    def speak(self, text: str, likeness: float, seconds: float) -> None:
        bedside, before, ahead = self.bedside, self.bedside.state, self.bedside.ahead
        voice = voice_like(likeness)
        try:
            turn = bedside.say(text, voice=voice, seconds=seconds)
        except LoggedOutError:
            assert not self.entitled(likeness == 1.0)
            assert bedside.state == before
            return
        secret = self.check(turn, before)
        assert turn.speaker is not None
        if turn.speaker.accepted:
            assert self.may_pass(likeness, turn.speaker, text, seconds)
            if turn.speaker.reason == "inherited":
                asked = before.dialogue
                assert turn.card in (None, asked.patient, getattr(asked.pending, "card", None))
                assert 0 <= self.since_answered(before) <= VoicePolicy().inherit_s
            if not self.entitled(likeness == 1.0):
                assert not secret or turn.speaker.reason in {"pooled", "inherited"}
        passed = bedside.state.speaker.challenge_passed_at
        proved = passed not in (None, before.speaker.challenge_passed_at)
        if self.written() or proved:
            assert self.entitled(likeness == 1.0), "a write needs the owner's own voice"
            assert turn.speaker.score >= turn.speaker.threshold
            assert not proved or turn.speaker.reason not in {"pooled", "inherited"}
        assert turn.gate.allowed or not bedside.looked_ahead
        if ahead is not None and turn.answer is ahead.carried.answer:
            type(self).taken += 1
            bedside.now -= timedelta(seconds=5)
            after, bedside.state = bedside.state, before
            again = bedside.say(text, voice=voice, seconds=seconds)
            assert (again.answer, again.card) == (turn.answer, turn.card)
            assert bedside.state == after, "as if nothing had been read ahead"

    @rule(phrase=st.sampled_from(WORDS), choice=st.integers(0, 2), seconds=st.sampled_from([1, 31]))
    def tap(self, phrase: str, choice: int, seconds: int) -> None:
        """What is offered, or, as a page that lies might, something else."""
        bedside, before = self.bedside, self.bedside.state
        if choice < len(self.offered):
            phrase = self.offered[choice].phrase
        bedside.awake += seconds
        try:
            turn = tap(bedside, phrase, after_s=seconds)
        except LoggedOutError:
            assert not self.entitled(True)
            assert bedside.state == before
            return
        self.check(turn, before)
        assert turn.speaker is not None
        if turn.speaker.accepted and turn.speaker.reason != "unlocked":
            assert 0 <= self.since_answered(before) <= VoicePolicy().touch_s
            assert bedside.state.speaker.tapped and not before.speaker.tapped
        assert not self.written(), "a finger writes nothing"

    @rule(
        begun=st.sampled_from(WORDS),
        ended=st.sampled_from(WORDS),
        same=st.booleans(),
        first=st.sampled_from(VOICES),
        last=st.sampled_from(VOICES),
        seconds=st.sampled_from([0.6, 2.5]),
    )
    def speak_on(
        self, begun: str, ended: str, same: bool, first: float, last: float, seconds: float
    ) -> None:
        """One utterance after whose beginning the ledger may be read."""
        before = self.bedside.state
        with suppress(LoggedOutError):
            ahead = self.bedside.begin(begun, voice=voice_like(first), seconds=seconds)
            assert ahead is None or self.may_pass(first, ahead.judged.speaker, begun, seconds)
            assert self.bedside.state == before
        self.speak(begun if same else ended, last, seconds=2.5)

    @rule(text=st.sampled_from(["карта номер двенадцать тридцать пять", "его диагнозы"]))
    def ask_as_the_owner(self, text: str) -> None:
        self.speak(text, 1.0, seconds=2.5)

    @rule(text=st.sampled_from([WORDS[8], "последнее давление пациента смирнова андрея"]))
    def ask_ahead_as_the_owner(self, text: str) -> None:
        self.speak_on(text, "", same=True, first=1.0, last=1.0, seconds=2.5)

    @rule(
        likeness=st.sampled_from(VOICES),
        reply=st.sampled_from(["повтори", "нет карта двести восемь", "дальше"]),
        seconds=st.sampled_from([0.6, 0.9, 1.5]),
    )
    def follow_the_owner(self, likeness: float, reply: str, seconds: float) -> None:
        """Right after the owner was told something, short enough to be pooled."""
        self.speak("карта номер двенадцать тридцать пять", 1.0, seconds=2.5)
        self.speak("его диагнозы", likeness, seconds)
        self.speak(reply, likeness, seconds)

    @rule(likeness=st.sampled_from(VOICES), digits=st.sampled_from(VOICES))
    def write(self, likeness: float, digits: float) -> None:
        """A whole write, of which others may say «да» and the digits."""
        self.speak("последнее давление пациента смирнова андрея", 1.0, seconds=2.5)
        self.speak("запиши пульс семьдесят", 1.0, seconds=2.5)
        self.speak("да", likeness, seconds=0.6)
        pending = self.bedside.state.dialogue.pending
        if isinstance(pending, AnswerChallenge):
            self.speak(" ".join(pending.challenge.digits), digits, seconds=1.5)

    @rule(likeness=st.sampled_from(VOICES))
    def end_the_session(self, likeness: float) -> None:
        with suppress(LoggedOutError):
            turn = self.bedside.say("закончить сеанс", voice=voice_like(likeness))
            assert turn.ended
            assert self.bedside.state == SessionState(DOCTOR.id)

    def become_unknown(self, timed_out: bool) -> None:
        """The member is forgotten, or the log-in ends: by itself, where it can."""
        raise NotImplementedError

    def come_back(self) -> None:
        """The member is known again, but not logged in by that."""

    @rule(text=st.sampled_from(WORDS), likeness=st.sampled_from(VOICES), timed_out=st.booleans())
    def become_unknown_once_heard(self, text: str, likeness: float, timed_out: bool) -> None:
        bedside, before = self.bedside, self.bedside.state
        utterance = bedside._utterance(text, voice_like(likeness), 2.5)
        try:
            heard = bedside.assistant.hear(utterance, DOCTOR)
        except LoggedOutError:
            return
        ahead = bedside.assistant.read_ahead(heard, DOCTOR, before, bedside.now)
        self.become_unknown(timed_out)
        try:
            with pytest.raises(NotEnrolledError):
                bedside.assistant.answer(heard, DOCTOR, before, bedside.now, lambda: ahead)
        finally:
            self.come_back()
        type(self).unanswered += 1
        assert not self.written()

    @rule(seconds=st.sampled_from([1.0, 15.0, 70.0, 400.0, 50_000.0]))
    def wait(self, seconds: float) -> None:
        self.bedside.now += timedelta(seconds=seconds)
        self.bedside.awake += seconds

    @rule(seconds=st.sampled_from([20.0, 100.0]))
    def hear_the_answer(self, seconds: float) -> None:
        """Our voice is heard so long."""
        self.wait(seconds)
        voice = self.bedside.state.speaker.while_answering(self.bedside.now.timestamp())
        self.bedside.state = replace(self.bedside.state, speaker=voice)

    @rule()
    def set_the_clock_back(self) -> None:
        self.bedside.now -= timedelta(hours=1)

    @rule()
    def save_and_load(self) -> None:
        for _ in range(2):
            with self.sessions.hold("s", DOCTOR.id) as session:
                session.state, self.bedside.state = self.bedside.state, session.state
        self.bedside.state = session.state


class Enrolled(AnyOrder):
    voice: ScriptedVoice

    def entitled(self, owner: bool) -> bool:
        return owner

    def become_unknown(self, timed_out: bool) -> None:
        self.voice.forgotten = True

    def come_back(self) -> None:
        self.voice.forgotten = False


class InSession(AnyOrder):
    voices: SessionVoices

    def __init__(self) -> None:
        super().__init__()
        self.until = -1.0
        self.voices.log_out(DOCTOR.id)

    def entitled(self, owner: bool) -> bool:
        return owner and self.bedside.awake < self.until

    @initialize()
    def start_logged_in(self) -> None:
        self.log_in()

    @rule()
    def log_in(self) -> None:
        prints = Voiceprints("scripted", START, OWNER[np.newaxis].copy())
        self.voices.log_in(DOCTOR.id, prints)
        self.until = self.bedside.awake + SESSION_S

    def become_unknown(self, timed_out: bool) -> None:
        if timed_out:
            self.bedside.awake = self.until
        else:
            self.voices.log_out(DOCTOR.id)
        self.until = -1.0

    @rule(likeness=st.sampled_from(VOICES))
    def end_the_session(self, likeness: float) -> None:
        super().end_the_session(likeness)
        self.until = -1.0


class WithPin(AnyOrder):
    pins: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.until = -1.0

    def entitled(self, owner: bool) -> bool:
        return self.bedside.now.timestamp() <= self.until

    @initialize()
    def start_with_the_pin(self) -> None:
        self.enter_the_pin()

    @rule()
    def enter_the_pin(self) -> None:
        now = self.bedside.now.timestamp()
        state = self.bedside.state
        self.bedside.state = replace(state, speaker=unlocked(state.speaker, now))
        self.until = now + UNLOCKED_S

    def become_unknown(self, timed_out: bool) -> None:
        self.pins.clear()

    def come_back(self) -> None:
        self.pins.add(DOCTOR.id)

    @rule(likeness=st.sampled_from(VOICES))
    def end_the_session(self, likeness: float) -> None:
        super().end_the_session(likeness)
        self.until = -1.0


class Kept(logging.Handler):
    """Keeps what is logged, at every level."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.mark.parametrize(
    ("machine", "examples"),
    [
        (Enrolled, 3),
        pytest.param(Enrolled, 150, marks=pytest.mark.slow),
        pytest.param(InSession, 150, marks=pytest.mark.slow),
        pytest.param(WithPin, 150, marks=pytest.mark.slow),
    ],
)
def test_no_phi_without_an_accepted_voice_in_any_order(
    machine: type[AnyOrder], examples: int, clinic: tuple[str, str], tmp_path: Path
) -> None:
    voices, engine = SessionVoices(lambda: bedside.awake), ScriptedEngine()
    if machine is InSession:
        verifier: Verifier = SpeakerVerifier(engine, voices)
        bedside = Bedside(
            *clinic, tmp_path, voice=engine, verifier=verifier, log_out=voices.log_out
        )
        InSession.voices = voices
    elif machine is WithPin:
        WithPin.pins = {DOCTOR.id}
        bedside = Bedside(*clinic, tmp_path, verifier=PinVerifier(WithPin.pins.__contains__))
    else:
        Enrolled.voice = ScriptedVoice(OWNER)
        bedside = Bedside(*clinic, tmp_path, voice=Enrolled.voice, verifier=Enrolled.voice)
    machine.bedside = bedside
    machine.hidden = secrets(bedside.ledger)
    machine.told = machine.taken = machine.unanswered = machine.read_to = 0
    machine.reasons = Counter()
    machine.sessions = SessionStore(
        tmp_path / "sessions", Vault(bytes(32)), keep_voices=machine is Enrolled
    )
    kept, root = Kept(), logging.getLogger()
    machine.logged, level = kept.records, root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=16,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        root.removeHandler(kept)
        root.setLevel(level)
        bedside.close()
    assert machine.told > 0
    if examples < 150:
        return
    assert machine.taken > 0
    assert machine.unanswered > 0
    wanted = {"above_threshold", "agrees_with_earlier", "below_threshold", "pooled", "inherited"}
    wanted.add("fresh_voice")
    assert machine is WithPin or wanted <= set(machine.reasons)
