"""A write whose answer was lost on its way: the ledger has it, and the doctor says it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from test_pipeline import Bedside, digits_asked

from assistant.session import SessionState, SessionStore
from assistant.vault import Vault
from ledger_client import LedgerClient
from ledger_client.errors import LedgerTimeout
from ledger_client.messages import Receipt

CARD = "512"
"""Смирнов Андрей."""


@pytest.fixture
def bedside(clinic: tuple[str, str], tmp_path: Path) -> Iterator[Bedside]:
    conversation = Bedside(*clinic, tmp_path)
    yield conversation
    conversation.close()


def pulses(bedside: Bedside) -> int:
    return len(bedside.ledger.observations(CARD, code="heart_rate", limit=200))


def confirmed(bedside: Bedside, value: str = "семьдесят один") -> str:
    """Asked, confirmed; gives the digits that are wanted."""
    bedside.say("найди пациента смирнова андрея")
    bedside.say(f"запиши пульс {value}")
    return digits_asked(bedside.say("да"))


def kept(state: SessionState, folder: Path) -> SessionState:
    """The state as another connection finds it."""
    store = SessionStore(folder / "sessions", Vault(bytes(32)))
    with store.hold("ward3", state.member) as session:
        session.state = state
    with store.hold("ward3", state.member) as session:
        return session.state


def test_a_connection_lost_in_a_write_leaves_one_record(bedside: Bedside, tmp_path: Path) -> None:
    digits = confirmed(bedside)
    before, state = pulses(bedside), bedside.state
    assert "Записано" in bedside.say(digits).answer.text
    bedside.state = kept(state, tmp_path)
    assert "Записано" in bedside.say(digits).answer.text
    assert pulses(bedside) == before + 1


def test_nor_does_saying_all_of_it_again_when_the_digits_are_too_late(bedside: Bedside) -> None:
    digits = confirmed(bedside)
    before, state = pulses(bedside), bedside.state
    bedside.say(digits)
    bedside.state = state
    bedside.now += timedelta(seconds=60)
    assert "не совпали" in bedside.say(digits).answer.text
    bedside.say("запиши пульс семьдесят один")
    assert "Записано" in bedside.say(digits_asked(bedside.say("да"))).answer.text
    assert pulses(bedside) == before + 1


@pytest.mark.parametrize("words", ["запиши пульс семьдесят один", "добавь заметку жалоб нет"])
def test_an_answer_that_the_ledger_lost_leaves_one_record(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    append = LedgerClient._append
    receipts: list[Receipt] = []

    def lost(self: LedgerClient, path: str, new: object, key: str | None) -> Receipt:
        receipts.append(append(self, path, new, key))
        if len(receipts) == 1:
            raise LedgerTimeout("lost", "say it again")
        return receipts[-1]

    monkeypatch.setattr(LedgerClient, "_append", lost)
    bedside.say("найди пациента смирнова андрея")
    bedside.say(words)
    digits = digits_asked(bedside.say("да"))
    assert bedside.say(digits).error == LedgerTimeout.code
    assert bedside.say(digits).error is None
    assert receipts[0] == receipts[1]


def test_the_same_value_once_more_is_another_record(bedside: Bedside) -> None:
    before = pulses(bedside)
    bedside.say(confirmed(bedside))
    confirmed_again = ("запиши пульс семьдесят один", "нет", "запиши пульс семьдесят один", "да")
    *_, last = [bedside.say(words) for words in confirmed_again]
    assert "Записано" in last.answer.text
    assert pulses(bedside) == before + 2
    newest = bedside.ledger.observations(CARD, code="heart_rate", limit=1)[0]
    assert newest.taken == bedside.now - timedelta(seconds=5), "when it was said the second time"
