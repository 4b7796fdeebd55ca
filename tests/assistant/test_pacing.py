"""How long a pause may last, from what was said before it."""

from __future__ import annotations

import pytest

from assistant.dialogue.pacing import COMPLETE_S, OPEN_S, REPLY_S, UNSURE_S, silence_after
from assistant.roster import Roster
from ledger_client import LedgerClient
from nlu.messages import Parser


@pytest.fixture(scope="module")
def parser(clinic: tuple[str, str]) -> Parser:
    with LedgerClient(*clinic) as ledger:
        return Roster(ledger).snapshot().parser


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Да.", REPLY_S),
        ("Стоп.", REPLY_S),
        ("Да, верно.", REPLY_S),
        ("Последнее давление.", COMPLETE_S),
        ("Открой второй документ.", COMPLETE_S),
        ("Какие документы есть из второй?", COMPLETE_S),
        ("Найди пациента Смирнова", COMPLETE_S),
        ("Запиши давление 130 на 80.", COMPLETE_S),
        ("Запиши давление сто тридцать", OPEN_S),
        ("Запиши давление 130 на", OPEN_S),
        ("Запиши", OPEN_S),
        ("Карта номер двенадцать", OPEN_S),
        ("Покажи посещения пациента", OPEN_S),
        ("Покажи посещения пациента Иванова", UNSURE_S),
        ("Покажи посещения пациента Иванова Петра", COMPLETE_S),
        ("какая завтра погода", UNSURE_S),
        ("", UNSURE_S),
    ],
)
def test_short_after_a_reply_long_inside_a_number_or_a_name(
    parser: Parser, text: str, seconds: float
) -> None:
    assert silence_after(parser.parse(text)) == seconds
