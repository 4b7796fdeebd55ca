"""Polite words beside a request change nothing of what is understood."""

from __future__ import annotations

import pytest

from nlu.courtesy import without_courtesy
from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_roster
from nlu.gazetteer import Gazetteer
from nlu.parser import InProcessParser


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        (
            "уважаемый помощник, не будете ли вы так любезны сообщить мне, какие препараты "
            "принимает в настоящее время Татьяна Борисовна Орлова",
            "get_medications",
        ),
        (
            "дорогой мой, а вот скажите-ка, не было ли у Сидоровой Анны Михайловны "
            "в прошлом году повышения креатинина",
            "get_lab_result",
        ),
        ("я бы хотел попросить вас показать мне выписки Громова", "get_document"),
        ("здравствуйте покажите давление Орловой", "get_latest_vitals"),
        ("добрый день нужны анализы Орловой", "get_lab_result"),
        ("доброе утро давление Громова", "get_latest_vitals"),
        ("добрый вечер Громов", "select_patient"),
        ("это доктор Орлов давление Громова", "get_latest_vitals"),
        ("до свидания огромное вам спасибо", "end_session"),
        ("большое вам спасибо, дальше", "next"),
        ("спасибо, стоп", "stop"),
        ("запиши Громову заметку уважаемый доктор посмотрите снимок", "add_note"),
    ],
)
def test_a_long_polite_sentence_is_its_request(
    parser: InProcessParser, said: str, intent: str
) -> None:
    parse = parser.parse(said)
    assert (parse.intent, parse.disagreement) == (intent, None)


def test_a_courtesy_alone_stays() -> None:
    alone = ("будьте", "так", "добры")
    assert without_courtesy(alone) == alone
    assert without_courtesy(("не", "могли", "бы", "вы", "X", "P")) == ("X", "P")
    assert without_courtesy(("скажите", "давление", "P")) == ("скажите", "давление", "P")
