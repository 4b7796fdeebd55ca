"""An alarm counts as heard when the screen has played it, not when it was made or sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from scripted_bedside import DOCTOR, Bedside

from assistant.live import Conversation, events
from assistant.messages import Samples
from assistant.roster import Roster
from ledger_client import LedgerClient
from ledger_client.appends import NewAlert

pytestmark = pytest.mark.slow

ASKED = "найди пациента иванова петра сергеевича"


class Noted:
    """A voice engine that keeps what it was asked to say; each clause takes 0.1 s."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def synthesize(self, text: str) -> Samples:
        self.said.append(text)
        return np.full(1600, 0.5, np.float32)


class Ward(Bedside):
    """A bedside whose doctor has one alarm waiting."""

    def __init__(self, ledger: LedgerClient, roster: Roster, folder: Path) -> None:
        super().__init__(roster, folder)
        self.voice = Noted()
        self.assistant._synthesizer = self.voice
        self._ledger = ledger
        ledger.put_in_charge("512", DOCTOR.id)
        taken = datetime(2026, 11, 21, 11, 57, tzinfo=UTC)
        limits = (Decimal(50), Decimal(120))
        values = (Decimal(151),)
        ledger.append_together(
            [NewAlert("512", "heart_rate", values, "/min", *limits, taken, "monitor-1")]
        )

    @property
    def waiting(self) -> bool:
        return bool(self._ledger.acting_for(DOCTOR.id).alerts())

    async def settle(self) -> None:
        """Let what was begun go as far as it goes without the screen."""
        before = -1
        while before != len(self.events):
            before = len(self.events)
            await asyncio.sleep(0.3)

    async def asks(self, conversation: Conversation) -> events.Answered:
        answered = await self.hears(conversation, ASKED)
        await self.settle()
        return answered


@pytest.fixture
def ward(clinic: tuple[str, str], tmp_path: Path) -> Iterator[Ward]:
    with LedgerClient(*clinic) as ledger:
        roster = Roster(ledger)
        roster.snapshot()
        one = Ward(ledger, roster, tmp_path)
        yield one
        one.assistant.close()
        for alert in ledger.acting_for(DOCTOR.id).alerts():
            ledger.acting_for(DOCTOR.id).alert_heard(alert)


def test_an_alarm_that_was_interrupted_is_told_again(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await ward.asks(conversation)
        conversation.played(True)
        await ward.settle()
        assert "Теперь ответ" not in " ".join(ward.voice.said), "nothing after it was asked for"
        assert ward.waiting, "all of it was sent, and is sounding"
        conversation.silence()
        conversation.played(False)
        await ward.settle()
        assert ward.waiting
        again = await ward.asks(conversation)
        assert "Тревога" in again.turn.answer.text

    ward.run(scene)


def test_an_alarm_that_was_played_is_heard_and_the_answer_follows(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await ward.asks(conversation)
        conversation.played(True)
        conversation.played(False)
        while not any(isinstance(one, events.Clause) and one.last for one in ward.events):
            await asyncio.sleep(0.005)
        assert "Теперь ответ" in " ".join(ward.voice.said)
        assert not ward.waiting
        again = await ward.asks(conversation)
        assert "Тревога" not in again.turn.answer.text

    ward.run(scene)


def test_a_screen_that_plays_nothing_has_told_no_alarm(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.live.voice._BEGINS_S", 0.05)

    async def scene(b: Bedside, conversation: Conversation) -> None:
        await ward.asks(conversation)
        await ward.until(events.VoiceFailed)
        await ward.idle(conversation)
        assert ward.waiting

    ward.run(scene)
