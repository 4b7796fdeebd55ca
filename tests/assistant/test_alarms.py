"""Alarms of devices in the conversation: for whom, when, and once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from test_pipeline import DOCTOR, OWNER, START, STRANGER, Bedside

from assistant.answers import Answer
from assistant.messages import Transcript, UntilHeard, Utterance
from ledger_client.appends import NewAlert

CARD = "512"
"""Смирнов Андрей."""


@pytest.fixture
def bedside(clinic: tuple[str, str], tmp_path: Path) -> Iterator[Bedside]:
    conversation = Bedside(*clinic, tmp_path)
    conversation.ledger.put_in_charge(CARD, DOCTOR.id)
    yield conversation
    conversation.close()


def raise_alarm(bedside: Bedside, pulse: int = 151) -> None:
    """A monitor reports a pulse above 120 and its limit."""
    taken = START - timedelta(minutes=3)
    limits = (Decimal(50), Decimal(120))
    alert = NewAlert(CARD, "heart_rate", (Decimal(pulse),), "/min", *limits, taken, "monitor-1")
    bedside.ledger.append_together([alert])


def test_an_alarm_comes_before_the_next_answer_and_once(bedside: Bedside) -> None:
    bedside.say("найди пациента иванова петра сергеевича")
    raise_alarm(bedside)
    turn = bedside.say("есть ли у него аллергия")
    alarm, _, answer = turn.answer.text.partition(" Теперь ответ. ")
    assert alarm.startswith("Тревога: Смирнов Андрей")
    assert "года рождения" in alarm
    assert "пульс 151 уд/мин, выше предела 120" in alarm
    assert answer
    assert turn.speech is not None
    again = bedside.say("есть ли у него аллергия")
    assert "Тревога" not in again.answer.text
    assert again.answer.text == answer


def test_a_stranger_hears_no_alarm(bedside: Bedside) -> None:
    raise_alarm(bedside, 49)
    for words in ("помощь", "стоп", "найди пациента иванова петра сергеевича"):
        assert "Тревога" not in bedside.say(words, voice=STRANGER).answer.text
    said = bedside.say("найди пациента иванова петра сергеевича").answer.text
    assert "пульс 49 уд/мин, ниже предела 50" in said


def test_a_voice_that_is_enough_for_help_only_hears_no_alarm(bedside: Bedside) -> None:
    raise_alarm(bedside, 155)
    similar = np.array([0.45, np.sqrt(1 - 0.45**2)], np.float32)
    turn = bedside.say("помощь", voice=similar)
    assert turn.speaker is not None and turn.speaker.accepted
    assert "Тревога" not in turn.answer.text
    assert "Тревога" in bedside.say("найди пациента иванова петра сергеевича").answer.text


def test_an_alarm_waits_through_stop_and_a_write(bedside: Bedside) -> None:
    bedside.say("найди пациента иванова петра сергеевича")
    raise_alarm(bedside, 160)
    assert "Тревога" not in bedside.say("стоп").answer.text
    assert "Тревога" not in bedside.say("запиши пульс семьдесят один").answer.text
    digits = bedside.say("да").answer.text
    assert "Тревога" not in digits
    said = " ".join(letter for letter in digits if letter.isdigit())
    written = bedside.say(said).answer.text
    assert written.startswith("Тревога") and "Записано" in written


def test_another_doctors_alarm_is_not_given(bedside: Bedside) -> None:
    bedside.ledger.put_in_charge(CARD, "somebody-else")
    raise_alarm(bedside, 170)
    assert "Тревога" not in bedside.say("найди пациента иванова петра сергеевича").answer.text


def test_an_alarm_is_heard_once_all_of_it_was_said(bedside: Bedside) -> None:
    bedside.say("найди пациента иванова петра сергеевича")
    raise_alarm(bedside, 180)
    answer = composed(bedside)
    assert [alarm.doctor for alarm in answer.alarms] == [DOCTOR.id]
    waiting = bedside.ledger.acting_for(DOCTOR.id).alerts
    clauses = bedside.assistant.speak(answer)
    assert len(waiting()) == 1, "composed, and not said"
    clauses.close()
    assert "180" in composed(bedside).text

    spoken: list[str] = []
    bedside.tone.synthesize = lambda text: spoken.append(text) or np.zeros(9, np.float32)  # type: ignore[method-assign, func-returns-value]
    clauses = bedside.assistant.speak(composed(bedside))
    while not isinstance(next(clauses), UntilHeard):
        pass
    assert "сто восемьдесят" in "".join(spoken)
    assert len(waiting()) == 1, "all of it was made, and may not have been heard"
    next(clauses)
    assert waiting() == ()
    assert "".join(spoken).count("Тревога") == 1
    assert composed(bedside).alarms == ()


def test_an_alarm_for_which_there_was_no_voice_is_told_again(bedside: Bedside) -> None:
    raise_alarm(bedside, 190)
    bedside.tone.broken = True
    assert bedside.say("найди пациента иванова петра сергеевича").speech is None
    bedside.tone.broken = False
    assert "190" in bedside.say("есть ли у него аллергия").answer.text
    assert "190" not in bedside.say("есть ли у него аллергия").answer.text


def composed(bedside: Bedside) -> Answer:
    """The answer to a request, before it is spoken."""
    bedside.now += timedelta(seconds=5)
    bedside.words.next, bedside.voice.embedding = (
        Transcript("найди пациента иванова петра сергеевича"),
        OWNER,
    )
    samples = np.zeros(48_000, np.float32)
    heard = bedside.assistant.hear(Utterance(samples, samples, 0.0, 3.0), bedside.member)
    turn, bedside.state = bedside.assistant.answer(
        heard, bedside.member, bedside.state, bedside.now
    )
    return turn.answer
