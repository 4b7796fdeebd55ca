"""A question that stays open: what answers it, how it is helped with, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.dialogue.aftermath import worth_repeating
from assistant.dialogue.plans import (
    AskIntent,
    AskMissing,
    AskPatient,
    GiveUp,
    NeedPatient,
    NoMore,
    Phrase,
    Plan,
    Read,
    Say,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    Aim,
    ChooseIntent,
    ChoosePatient,
    DialogueState,
    FillRequest,
    Request,
)
from assistant.roster import Roster as LedgerRoster
from ledger_client import LedgerClient
from nlu.parser import InProcessParser
from tests.assistant.test_choosing import BY_CARD, HELDOUT_TODAY, PRESSURE, ROSTER, choose, read_of

MARIA, OLGA = "207", "208"  # born in January 1990 and in June 1966
PULSE = Request("record_measurement", observation="heart_rate")
Talk = Callable[..., str]


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(ROSTER.gazetteer, lambda: HELDOUT_TODAY)


@pytest.fixture(scope="module")
def talk(clinic: tuple[str, str]) -> Iterator[Talk]:
    """Says sentences one after the other, and returns the last answer."""
    with LedgerClient(*clinic) as ledger:
        snapshot = LedgerRoster(ledger).snapshot()

        def say(*sentences: str) -> str:
            state, text = DialogueState(), ""
            for sentence in sentences:
                step = plan(state, snapshot.parser.parse(sentence), snapshot.names)
                carried = snapshot.actions.carry_out(step, state, datetime.now(UTC), "dr")
                text, state = carried.answer.text, carried.state
                if worth_repeating(step):
                    state = replace(state, last_answer=text)
            return text

        yield say


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("которая моложе", MARIA),
        ("младшую", MARIA),
        ("та что помладше", MARIA),
        ("старшая", OLGA),
        ("мне нужна старшая", OLGA),
        (f"та которой {ROSTER.age(OLGA)}", OLGA),
        (f"{ROSTER.age(MARIA)} лет", MARIA),
        ("родилась семнадцатого июня", OLGA),
        ("25 января", MARIA),
        ("первую, нет, вторую", OLGA),
        ("вторая ой первая", MARIA),
        ("вторую открой", OLGA),
        ("покажи вторую", OLGA),
    ],
)
def test_age_birthday_and_place_choose(parser: InProcessParser, said: str, card: str) -> None:
    assert read_of(choose(parser, (MARIA, OLGA), said)) == (card, PRESSURE)


@pytest.mark.parametrize(
    "said",
    ["любая", "обе", "у обеих", "ей сто лет", "не старшая", "старше или младше"],
)
def test_what_chooses_nobody_is_asked_again(parser: InProcessParser, said: str) -> None:
    assert choose(parser, (MARIA, OLGA), said) == AskPatient((MARIA, OLGA), PRESSURE)


def test_an_age_in_words_is_no_year_of_birth(
    parser: InProcessParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BY_CARD["652"].birth_year == 1972
    again = AskPatient(("650", "652"), PRESSURE)
    assert choose(parser, ("650", "652"), "семьдесят два года") == again
    assert read_of(choose(parser, ("650", "652"), "72 года")) == ("652", PRESSURE)
    monkeypatch.setattr(ROSTER, "age", lambda card: 72 if card == "650" else 54)
    assert read_of(choose(parser, ("650", "652"), "семьдесят два года")) == ("650", PRESSURE)
    assert choose(parser, ("650", "652"), "72 года") == again


def test_the_day_of_a_value_is_no_birthday(parser: InProcessParser) -> None:
    state = DialogueState(pending=ChoosePatient((MARIA, OLGA), PULSE))
    assert isinstance(plan(state, parser.parse("двадцать пятого января"), ROSTER), AskPatient)
    assert isinstance(choose(parser, (MARIA, OLGA), "за 25 января"), AskPatient)


@pytest.mark.parametrize(
    ("pending", "asked"),
    [
        (ChoosePatient((MARIA, OLGA), PRESSURE), AskPatient((MARIA, OLGA), PRESSURE)),
        (ChoosePatient((), PRESSURE), NeedPatient(PRESSURE)),
        (FillRequest(OLGA, PULSE), AskMissing(OLGA, PULSE)),
    ],
)
def test_the_third_failure_ends_the_question(
    parser: InProcessParser, pending: ChoosePatient | FillRequest, asked: Plan
) -> None:
    parse = parser.parse("не знаю")
    for failures in (0, 1):
        state = DialogueState(pending=pending, failures=failures)
        assert plan(state, parse, ROSTER) == asked
    assert plan(DialogueState(pending=pending, failures=2), parse, ROSTER) == GiveUp()


def test_an_answer_after_failures_counts(parser: InProcessParser) -> None:
    state = DialogueState(pending=ChoosePatient((MARIA, OLGA), PRESSURE), failures=2)
    assert read_of(plan(state, parser.parse("вторая"), ROSTER)) == (OLGA, PRESSURE)


def test_failures_without_a_question_end_none(parser: InProcessParser) -> None:
    state = DialogueState(patient=OLGA, failures=5)
    assert plan(state, parser.parse("включи музыку"), ROSTER) == Say(Phrase.OUT_OF_SCOPE)


@pytest.mark.slow
def test_a_question_that_is_not_answered_is_helped_with_and_given_up(talk: Talk) -> None:
    asked = ["давление Кузнецовой", "любой", "с диабетом", "сколько их", "давление"]
    assert "1990 года рождения, или Ольга Владимировна, 1966 года?" in talk(*asked[:1])
    assert talk(*asked[:2]).startswith("Скажите номер, имя или год рождения: первая — ")
    assert talk(*asked[:3]).startswith("Скажите номер")
    assert talk(*asked[:4]).startswith("Не понял, о чём речь")
    assert talk(*asked).startswith("О каком пациенте речь?")
    assert "карта двенадцать тридцать пять" in talk("давление", "помощь")
    unwritten = talk("запиши пульс 80", "не знаю", "не знаю", "не знаю")
    assert unwritten.startswith("Не понял и ничего не записал")


@pytest.mark.slow
def test_a_third_refusal_offers_help_and_the_answer_before_is_repeated(talk: Talk) -> None:
    asked = ["давление Громова", "абракадабра", "сделай кофе", "включи музыку"]
    assert talk(*asked[:3]).startswith("Этого я не умею.")
    assert "«помощь»" in talk(*asked)
    assert talk(*asked, "повтори") == talk(*asked[:1])


def test_what_is_worth_repeating() -> None:
    useless = (Say(Phrase.OUT_OF_SCOPE), Say(Phrase.NOT_UNDERSTOOD), NoMore(), GiveUp())
    assert not any(map(worth_repeating, useless))
    assert worth_repeating(Read(OLGA, PRESSURE))
    assert worth_repeating(Say(Phrase.HELP))


@pytest.mark.slow
@pytest.mark.parametrize("said", ["полностью", "да, полностью", "прочитай целиком"])
def test_to_read_in_full_is_what_was_offered(talk: Talk, said: str) -> None:
    assert "Прочитать полностью?" in talk("выписка Громова")
    assert "Находился в отделении" in talk("выписка Громова", said)


@pytest.mark.parametrize("said", ["Орловой", "по Орловой", "карта 2110"])
def test_a_name_keeps_the_question_what_is_asked(parser: InProcessParser, said: str) -> None:
    visits, lab = Request("get_hospital_visits"), Request("get_lab_result", observation="glucose")
    pending = ChooseIntent((Aim((OLGA,), visits), Aim((OLGA,), lab)))
    orlova = ("2110",)
    found = plan(DialogueState(pending=pending), parser.parse(said), ROSTER)
    assert found == AskIntent((Aim(orlova, visits), Aim(orlova, lab)))
    state = DialogueState(pending=ChooseIntent(found.aims))
    assert read_of(plan(state, parser.parse("первое"), ROSTER)) == ("2110", visits)


@pytest.mark.slow
def test_who_is_chosen_is_named_once(talk: Talk) -> None:
    chosen = talk("давление Кузнецовой Марии", "Кузнецова", "первая")
    assert chosen == "Кузнецова Мария Алексеевна, 1990 года рождения."


def test_a_name_answers_the_question_whether_one_thing_is_asked(parser: InProcessParser) -> None:
    visits = Request("get_hospital_visits")
    state = DialogueState(patient=OLGA, pending=ChooseIntent((Aim((OLGA,), visits),)))
    assert read_of(plan(state, parser.parse("Орлова"), ROSTER)) == ("2110", visits)
    two = plan(state, parser.parse("Кузнецова"), ROSTER)
    assert isinstance(two, AskPatient) and two.request == visits


@pytest.mark.slow
def test_whom_an_open_question_is_about_is_current(talk: Talk) -> None:
    asked = ["Громов", "лабораторный документ", "Орлова"]
    assert talk(*asked[:2]) == "Вы просите показать анализы или открыть документ?"
    assert talk(*asked).startswith("Орлова Татьяна Борисовна, 1979 года рождения. Вы просите")
    assert talk(*asked, "запиши пульс 80").startswith("Записать Орловой")
    assert talk(*asked[:2], "Кузнецова", "запиши пульс 80").startswith("О каком пациенте речь?")


@pytest.mark.slow
def test_who_thinks_or_asks_again_has_not_failed_to_answer(talk: Talk) -> None:
    hems = ["хм", "подождите", "эм", "секунду", "ну"]
    assert talk("запиши Кузнецовой пульс 80", *hems, "Ольге").startswith("Записать Кузнецовой О")
    assert talk("Громов", "запиши пульс", *hems, "80", "да").startswith("Записано")
    assert "Записано" not in talk("Громов", "запиши пульс 80", "подожди", "да")
    assert talk(*["давление"] * 5).startswith("О ком речь?")
    useless = ["не знаю", "хм", "не знаю", "хм", "не знаю"]
    assert talk("запиши пульс 80", *useless).startswith("Не понял и ничего не записал")


@pytest.mark.slow
def test_what_was_refused_does_not_stick(talk: Talk) -> None:
    asked = ["Громов", "калий", "нет натрий", "нет креатинин"]
    assert "натрий" in talk(*asked[:3])
    assert talk(*asked).startswith("Креатинин")


@pytest.mark.slow
def test_another_kind_of_document_is_asked_for_instead(talk: Talk) -> None:
    other = talk("рентген Громова", "нет экг")
    assert other == talk("Громов", "экг")


@pytest.mark.parametrize("said", ["громов и бондаренко давление", "открой карты громова и орловой"])
def test_two_patients_are_asked_about_one_by_one(talk: Talk, said: str) -> None:
    assert talk(said) == "Спрашивайте, пожалуйста, по одному пациенту."
