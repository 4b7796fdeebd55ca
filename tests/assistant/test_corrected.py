"""What is asked for and corrected in one breath, and in the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from test_confirming import GROMOV, ledger, parser, snapshot  # noqa: F401 - its fixtures serve here

from assistant.dialogue.plans import Phrase, Plan, Read, Say
from assistant.dialogue.policy import plan
from assistant.dialogue.state import DialogueState, Request
from assistant.roster import Snapshot
from nlu.messages import Period
from nlu.parser import InProcessParser

PRESSURE = Request("get_latest_vitals", "blood_pressure")
Step = Callable[..., Plan]


@pytest.fixture(scope="module")
def step(snapshot: Snapshot, parser: InProcessParser) -> Step:  # noqa: F811
    """What follows on a sentence with Громов current, of whom ``asked`` was asked."""

    def follows(said: str, asked: Request | None = None) -> Plan:
        state = DialogueState(patient=GROMOV, asked=asked)
        return plan(state, parser.parse(said), snapshot.names)

    return follows


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("не давление а пульс", Request("get_latest_vitals", "heart_rate")),
        ("нет, не давление, а пульс", Request("get_latest_vitals", "heart_rate")),
        ("давление не нужно, нужен пульс", Request("get_latest_vitals", "heart_rate")),
        ("пульс ой давление", PRESSURE),
        ("покажи пульс нет давление", PRESSURE),
        ("креатинин вернее калий", Request("get_lab_result", "potassium")),
        ("не аллергии а лекарства", Request("get_medications")),
        ("аллергии нет диагнозы", Request("get_diagnoses")),
        ("рентген ой экг", Request("get_document", document_type="ecg")),
        ("рентген нет выписка", Request("get_document", document_type="discharge_summary")),
        (
            "давление не вчера а позавчера",
            Request(
                "get_latest_vitals",
                "blood_pressure",
                period=Period(date(2026, 11, 19), date(2026, 11, 19)),
            ),
        ),
    ],
)
def test_what_is_said_instead_is_read(step: Step, said: str, meant: Request) -> None:
    assert step(said) == Read(GROMOV, meant)


def test_of_two_hospitals_the_later_one_is_read(parser: InProcessParser) -> None:  # noqa: F811
    both = parser.parse("документы из кардиоцентра, нет, из второй городской")
    assert [entity.value for entity in both.entities] == ["h2"]


@pytest.mark.parametrize(
    "said", ["давление не показывай", "документы не из кардиоцентра", "давление не за вчера"]
)
def test_what_is_rejected_is_not_read(step: Step, said: str) -> None:
    assert step(said) == Say(Phrase.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    "said", ["не было ли вчера давления", "нет ли аллергии", "не вчера ли был рентген"]
)
def test_a_question_rejects_nothing(parser: InProcessParser, said: str) -> None:  # noqa: F811
    parse = parser.parse(said)
    assert (parse.unsaid, parse.refused) == ((), False)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("нет пульс", Request("get_latest_vitals", "heart_rate")),
        ("я спрашивал пульс", Request("get_latest_vitals", "heart_rate")),
        (
            "нет, вчера",
            Request(
                "get_latest_vitals",
                "blood_pressure",
                period=Period(date(2026, 11, 20), date(2026, 11, 20)),
            ),
        ),
    ],
)
def test_the_next_turn_corrects_the_question(step: Step, said: str, meant: Request) -> None:
    match step(said, PRESSURE):
        case Read(card=card, request=request):
            assert card == GROMOV
            assert (request.observation, request.period) == (meant.observation, meant.period)
        case other:
            pytest.fail(f"{other}")


def test_a_note_keeps_every_word(parser: InProcessParser) -> None:  # noqa: F811
    said = "запиши заметку жалобы не на давление а на пульс"
    assert parser.parse(said).text == said
