"""Conversations over real audio and the real pipeline; words and voices are scripted."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from scripted_bedside import DOCTOR, OURS, OWNER, SPEECH, STRANGER, Bedside, silence

from assistant.attention import Attention, AttentionSettings
from assistant.live import Conversation, events
from assistant.live.voice import without_lead
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    NothingHeardReason,
    Samples,
    SpeakerOutcome,
    Transcript,
    Utterance,
)
from assistant.speaker.decision import VoiceEvidence


def test_an_utterance_is_heard_once_and_answered_in_order(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.push(SPEECH)
        conversation.push(silence(0.3))
        await b.until(events.Partial)
        assert "Thinking" not in b.kinds(), "the pause may still go on"
        conversation.push(silence(1.0))
        await b.until(events.Timed)

    bedside.run(scene)
    assert bedside.kinds()[:6] == [
        "SpeechBegan",
        "Partial",
        "Thinking",
        "Answered",
        "Clause",
        "Timed",
    ]
    assert len(bedside.words.heard) == 1, "what was heard at the pause is the answer's"


def test_what_was_heard_at_a_pause_is_thrown_away_when_speech_goes_on(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.words.next = Transcript("покажи посещения пациента")
        conversation.push(SPEECH)
        conversation.push(silence(0.3))
        await b.until(events.Partial)
        b.words.next = Transcript("помощь")
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.Answered)

    bedside.run(scene)
    first, *_, last = bedside.words.heard
    assert last.speech_s > 1.8 * first.speech_s
    (answered,) = bedside.of(events.Answered)
    assert isinstance(answered, events.Answered)
    assert answered.turn.heard == Transcript("помощь")


def test_words_say_how_long_a_pause_may_last(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        for text, seconds in (("стоп", 0.55), ("запиши давление сто тридцать", 0.9)):
            b.words.next = Transcript(text)
            before = len(b.of(events.Partial)), len(b.of(events.Thinking))
            conversation.push(SPEECH)
            conversation.push(silence(0.2))
            await b.until(events.Partial, before[0] + 1)
            conversation.push(silence(seconds - 0.2))
            ended = len(b.of(events.Thinking)) - before[1]
            assert ended == (1 if text == "стоп" else 0), text
            conversation.push(silence(1.0))
            await b.until(events.Answered, before[1] + 1)

    bedside.run(scene)


def test_a_refused_voice_clears_the_screen_and_shows_no_words(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        accepted = await b.hears(conversation, "найди пациента смирнова андрея")
        assert accepted.patient is not None
        await b.idle(conversation)
        b.events.clear()
        refused = await b.hears(conversation, "его диагнозы", STRANGER)
        assert refused.patient is None
        assert refused.choices == ()
        assert b.kinds().index("Cleared") < b.kinds().index("Answered")
        await b.idle(conversation)
        await b.hears(conversation, "помощь", OWNER)
        assert "Partial" not in b.kinds(), "nor those of the next voice before it is accepted"
        await b.idle(conversation)
        await b.hears(conversation, "помощь", OWNER)
        assert "Partial" in b.kinds()

    bedside.run(scene)


@pytest.mark.parametrize(
    ("likeness", "seconds"), [(0.45, 1.5), (0.3, 0.8), (1.0, 0.8)], ids=["unlike", "both", "short"]
)
def test_a_voice_that_is_not_accepted_yet_shows_no_words(
    bedside: Bedside, likeness: float, seconds: float
) -> None:
    voice = likeness * OWNER + np.sqrt(1 - likeness**2) * STRANGER

    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.voices.seconds = seconds
        unsure = await b.hears(conversation, "найди пациента смирнова андрея", voice)
        assert unsure.turn.speaker is not None
        assert unsure.turn.speaker.outcome is SpeakerOutcome.INSUFFICIENT
        assert b.kinds()[:3] == ["SpeechBegan", "Thinking", "Answered"]
        await b.idle(conversation)
        b.voices.seconds = 3.0
        await b.hears(conversation, "помощь", OWNER)
        assert "Partial" in b.kinds()

    bedside.run(scene)


def test_our_own_voice_is_nobody_while_it_sounds(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.idle(conversation)
        conversation.played(True)
        b.events.clear()
        b.words.next, b.voices.embedding = Transcript("его диагнозы"), OURS
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.Ignored)
        assert set(b.kinds()) == {"SpeechBegan", "Thinking", "Ignored"}
        assert conversation.voice.sounding

    bedside.run(scene)


@pytest.mark.parametrize("attention", [None, Attention()])
def test_our_own_voice_from_another_tablet_is_nobody(
    bedside: Bedside, attention: Attention | None, tmp_path: Path
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "ассистент, найди пациента смирнова андрея")
        await b.idle(conversation)
        audited = (tmp_path / "audit.jsonl").read_bytes()
        b.voices.embedding = OURS
        for text in ("голос не распознан, доступ закрыт", "стоп", "ассистент"):
            kinds = await overheard(b, conversation, text)
            assert kinds == ["SpeechBegan", "Thinking", "Ignored"]
        assert (tmp_path / "audit.jsonl").read_bytes() == audited

    bedside.run(scene, attention)


@pytest.mark.parametrize("text", ["стоп", "последнее давление"])
def test_an_accepted_voice_stops_ours_before_it_has_finished(bedside: Bedside, text: str) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.played(True)
        b.words.next = Transcript(text)
        conversation.push(SPEECH[: int(1.3 * SAMPLE_RATE)])
        await b.until(events.VoiceStopped)
        assert "Thinking" not in b.kinds()
        assert not conversation.voice.sounding

    bedside.run(scene)


def test_an_unsure_stop_after_a_stranger_is_answered_on_the_cleared_screen(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.idle(conversation)
        conversation.played(True)
        await ignored(b, conversation, "покажи его диагнозы")
        b.events.clear()
        short = VoiceEvidence(0.2, OWNER, OWNER[np.newaxis])
        monkeypatch.setattr(b.voices, "score", lambda *_: short)
        b.words.next = Transcript("стоп")
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.Answered)
        conversation.played(False)
        (answered,) = b.of(events.Answered)
        assert isinstance(answered, events.Answered)
        assert answered.turn.speaker is not None
        assert answered.turn.speaker.outcome is SpeakerOutcome.INSUFFICIENT
        assert [one for one in b.kinds() if one in ("VoiceStopped", "Cleared", "Answered")] == [
            "VoiceStopped",
            "Cleared",
            "Answered",
        ]

    bedside.run(scene)


def test_a_strangers_stop_stops_the_voice_and_nothing_else(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.played(True)
        answered = await b.hears(conversation, "стоп", STRANGER)
        assert "VoiceStopped" in b.kinds()
        assert not answered.speaks, "silence is the answer"

    bedside.run(scene)


@pytest.mark.parametrize("text", ["его диагнозы", "помощь"])
def test_a_strangers_question_lets_the_voice_go_on_and_the_screen_is_cleared_after_it(
    bedside: Bedside, text: str
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.idle(conversation)
        conversation.played(True)
        b.events.clear()
        await ignored(b, conversation, text)
        assert set(b.kinds()) == {"SpeechBegan", "Thinking", "Ignored", "Timed"}
        assert b.of(events.Ignored) == [events.Ignored(refused=True)]
        assert conversation.voice.sounding
        conversation.played(False)
        assert b.events[-1] == events.Cleared(events.ClearReason.SPEAKER_LOST)

    bedside.run(scene)


def test_the_screen_stays_if_the_owner_spoke_after_the_stranger(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.played(True)
        await ignored(b, conversation, "его диагнозы")
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.idle(conversation)
        conversation.played(False)
        assert "Cleared" not in b.kinds()

    bedside.run(scene)


def test_the_voice_pauses_before_speech_is_certain_and_a_click_lets_it_go_on(
    bedside: Bedside,
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.played(True)
        voiced = SPEECH[2000:]
        conversation.push(voiced[: int(0.1 * SAMPLE_RATE)])
        assert b.kinds() == ["SpeechBegan"]
        conversation.push(silence(0.5))
        assert b.kinds() == ["SpeechBegan", "Ignored"]
        assert not b.words.heard, "too short to be recognised"
        for start in range(0, len(voiced), 512):
            conversation.push(voiced[start : start + 512])
        assert b.kinds()[2:] == ["SpeechBegan", "SpeechBegan"]

    bedside.run(scene)


def test_what_was_not_for_us_does_not_drown_who_speaks_next(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.words.next = NothingHeard(NothingHeardReason.NOISE)
        conversation.played(True)
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        conversation.push(SPEECH)
        await b.until(events.Ignored)
        assert b.kinds()[-1] == "SpeechBegan", "pause again"

    bedside.run(scene)


async def ignored(b: Bedside, conversation: Conversation, text: str) -> None:
    """A stranger's utterance that is not answered."""
    b.words.next, b.voices.embedding = Transcript(text), STRANGER
    conversation.push(SPEECH)
    conversation.push(silence(1.5))
    await b.until(events.Ignored)


def test_noise_over_our_voice_changes_nothing(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.words.next = NothingHeard(NothingHeardReason.NOISE)
        conversation.played(True)
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.Ignored)
        conversation.played(False)
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.NothingSaid)
        assert not b.of(events.Answered)

    bedside.run(scene)


def test_a_locked_screen_gets_no_answer_to_what_was_asked_before(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.words.next = Transcript("найди пациента смирнова андрея")
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        assert b.kinds()[-1] == "Thinking"
        conversation.lock()
        conversation.tap("второй")
        conversation.lock()
        await b.idle(conversation)
        assert not b.of(events.Answered)

    bedside.run(scene)


def test_the_state_is_kept_for_the_next_connection_and_ends_with_the_session(
    bedside: Bedside,
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.idle(conversation)
        assert (await conversation._engine.load("ward3", DOCTOR)).dialogue.patient == "512"
        await b.hears(conversation, "заверши сеанс")
        await b.idle(conversation)
        assert "Cleared" in b.kinds()
        assert (await conversation._engine.load("ward3", DOCTOR)).dialogue.patient is None

    bedside.run(scene)


def test_five_minutes_without_a_question_clear_the_screen(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.live.conversation.PATIENT_TIMEOUT_S", 0.05)

    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.until(events.Cleared)

    bedside.run(scene)
    assert events.Cleared(events.ClearReason.TIMEOUT) in bedside.events


def test_endless_speech_is_cut_and_answered(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        for _ in range(20):
            conversation.push(SPEECH)
        await b.until(events.Answered)

    bedside.run(scene)
    assert max(one.duration_s for one in bedside.words.heard) < 21


def test_a_held_button_ends_nothing_until_it_is_let_go(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.hold()
        conversation.push(SPEECH)
        conversation.push(silence(3.0))
        await b.until(events.Partial)
        conversation.push(silence(1.0))
        assert "Thinking" not in b.kinds()
        conversation.release()
        await b.until(events.Answered)
        conversation.hold()
        conversation.push(silence(1.0))
        conversation.release()
        assert b.kinds()[-1] == "NothingSaid"

    bedside.run(scene)


def test_silence_after_a_pause_is_not_listened_to_again(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.hold()
        conversation.push(SPEECH)
        conversation.push(silence(0.3))
        while not conversation._engine.idle:
            await asyncio.sleep(0.005)
        for _ in range(10):
            conversation.push(silence(0.5))
        conversation.release()
        await b.until(events.Answered)

    bedside.run(scene)
    assert len(bedside.words.heard) == 1


def test_a_muted_half_sentence_is_forgotten(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.push(SPEECH)
        conversation.mute()
        conversation.push(silence(2.0))
        await b.idle(conversation)
        assert not b.of(events.Thinking)

    bedside.run(scene)


async def overheard(b: Bedside, conversation: Conversation, text: str) -> list[str]:
    """The kinds of events that one utterance leads to."""
    b.events.clear()
    b.words.next = Transcript(text)
    conversation.push(SPEECH)
    conversation.push(silence(0.3))
    while not conversation._engine.idle:
        await asyncio.sleep(0.005)
    conversation.push(silence(1.2))
    await b.idle(conversation)
    return b.kinds()


def test_what_is_not_meant_for_us_leaves_no_trace(bedside: Bedside, tmp_path: Path) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        quiet = await overheard(b, conversation, "у иванова аллергия на пенициллин")
        assert quiet == ["SpeechBegan", "Ignored"]
        assert not (tmp_path / "audit.jsonl").exists()
        assert "Answered" in await overheard(b, conversation, "ассистент, помощь")
        assert "Answered" in await overheard(b, conversation, "последнее давление"), "follow-up"

    bedside.run(scene, Attention())


@pytest.mark.parametrize(("voice", "cleared"), [(STRANGER, True), (OURS, False), (OWNER, False)])
def test_anothers_talk_clears_the_screen_and_leaves_no_other_trace(
    bedside: Bedside, tmp_path: Path, voice: Samples, cleared: bool
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await overheard(b, conversation, "ассистент, найди пациента смирнова андрея")
        audited = (tmp_path / "audit.jsonl").read_bytes()
        b.voices.embedding = voice
        clears = ["Cleared"] if cleared else []
        kinds = await overheard(b, conversation, "а что это у вас на экране написано")
        assert kinds == ["SpeechBegan", *clears, "Ignored"]
        taps = conversation.state.speaker.accepted_at is not None
        assert taps is not cleared
        again = await overheard(b, conversation, "и почём нынче картошка")
        assert again == ["SpeechBegan", "Ignored"], "there is nothing to clear"
        assert (tmp_path / "audit.jsonl").read_bytes() == audited

    bedside.run(scene, Attention(AttentionSettings(follow_up_s=0.0)))


def test_the_wake_word_alone_is_answered_and_opens_the_ear(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        called = await overheard(b, conversation, "ассистент")
        assert "Called" in called
        assert "Answered" not in called
        assert "Answered" in await overheard(b, conversation, "найди пациента смирнова")

    bedside.run(scene, Attention())


def test_without_a_follow_up_each_question_needs_the_wake_word(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        assert "Answered" in await overheard(b, conversation, "ассистент, помощь")
        await asyncio.sleep(0.05)
        assert "Answered" not in await overheard(b, conversation, "последнее давление")
        conversation.hold()
        b.events.clear()
        conversation.push(SPEECH)
        conversation.release()
        await b.until(events.Answered)

    bedside.run(scene, Attention(AttentionSettings(follow_up_s=0.0)))


def test_a_bare_stop_stops_the_voice_and_is_nothing_in_silence(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        assert await overheard(b, conversation, "стоп") == ["SpeechBegan", "Ignored"]
        await overheard(b, conversation, "ассистент, помощь")
        conversation.played(True)
        b.events.clear()
        b.words.next = Transcript("стоп")
        conversation.push(SPEECH)
        conversation.push(silence(1.0))
        await b.until(events.VoiceStopped)

    bedside.run(scene, Attention(AttentionSettings(follow_up_s=0.0)))


NEAR = 0.45 * OWNER + np.sqrt(1 - 0.45**2) * STRANGER


@pytest.mark.parametrize(
    ("sounds_s", "then_s", "reason"),
    [
        (0, 8, "inherited"),
        (0, 11, "short_and_unsure"),
        (15, 8, "inherited"),
        (15, 11, "short_and_unsure"),
        (None, 65, "inherited"),
        (None, 71, "short_and_unsure"),  # a page that says "playing" for ever
    ],
)
def test_a_reply_has_time_from_the_end_of_our_voice(
    bedside: Bedside, sounds_s: int | None, then_s: int, reason: str
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.idle(conversation)
        await b.hears(conversation, "запиши пульс семьдесят")
        await b.idle(conversation)
        if sounds_s != 0:
            conversation.played(True)
        if sounds_s:
            b.now += timedelta(seconds=sounds_s)
            conversation.played(False)
        b.now += timedelta(seconds=then_s)
        b.voices.seconds = 0.6
        turn = (await b.hears(conversation, "да", NEAR)).turn
        assert turn.speaker is not None and turn.speaker.reason == reason

    bedside.run(scene)


@pytest.mark.parametrize(("then_s", "allowed"), [(28, True), (32, False)])
def test_a_tap_has_time_from_the_end_of_our_voice(
    bedside: Bedside, then_s: int, allowed: bool
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "покажи посещения пациента иванова")
        await b.idle(conversation)
        conversation.played(True)
        b.now += timedelta(seconds=37)
        conversation.played(False)
        b.now += timedelta(seconds=then_s)
        conversation.tap("первый")
        await b.until(events.Answered, 2)
        tapped = b.of(events.Answered)[-1]
        assert isinstance(tapped, events.Answered)
        assert tapped.turn.gate.allowed is allowed

    bedside.run(scene)


def test_a_refused_voice_ends_the_time_for_replies_while_ours_goes_on(bedside: Bedside) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "покажи посещения пациента иванова")
        await b.idle(conversation)
        conversation.played(True)
        await ignored(b, conversation, "его диагнозы")
        conversation.played(False)
        assert conversation.state.speaker.answered_at is None
        conversation.tap("первый")
        await b.until(events.Answered, 2)
        tapped = b.of(events.Answered)[-1]
        assert isinstance(tapped, events.Answered)
        assert not tapped.turn.gate.allowed

    bedside.run(scene)


@pytest.mark.parametrize("words", ["последнее давление", "Ассистент"])
def test_what_else_we_say_gives_nobody_time(bedside: Bedside, words: str) -> None:
    """That there was too little speech, or that we listen."""

    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "Ассистент, найди пациента смирнова андрея")
        await b.idle(conversation)
        b.voices.seconds, b.voices.embedding = 0.6, NEAR
        await overheard(b, conversation, words)
        conversation.played(True)
        b.now += timedelta(seconds=5)
        conversation.played(False)
        assert conversation.state.speaker.accepted_at is not None
        assert conversation.state.speaker.answered_at is None

    bedside.run(scene, Attention())


def test_a_fault_is_one_russian_sentence_without_details(
    bedside: Bedside, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(utterance: Utterance) -> Transcript:
        raise RuntimeError("Иванов")

    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.words.transcribe = broken  # type: ignore[method-assign]
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.Failed)

    bedside.run(scene)
    (failed,) = bedside.of(events.Failed)
    assert isinstance(failed, events.Failed)
    assert "Повторите" in failed.spoken
    assert "Иванов" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_the_silence_before_the_first_clause_is_cut() -> None:
    spoken = np.concatenate([silence(0.2), np.full(160, 0.5, np.float32)])
    assert len(without_lead(spoken)) == 160 + int(0.02 * SAMPLE_RATE)
    assert len(without_lead(silence(0.1))) == int(0.1 * SAMPLE_RATE)
