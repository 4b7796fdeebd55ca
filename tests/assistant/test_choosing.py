"""«Кто?» with the real parser and roster: a reply chooses, anything else chooses nobody."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from num2words import num2words

from assistant.dialogue.plans import AskIntent, AskPatient, Confirm, NeedPatient, Plan, Read
from assistant.dialogue.policy import plan
from assistant.dialogue.state import ChoosePatient, DialogueState, Request
from assistant.speech.numerals import counted
from nlu.declension import Part, decline
from nlu.evaluate import (
    BLIND_SETS,
    FORMER_SETS,
    HELDOUT,
    HELDOUT_TODAY,
    TUNED_SETS,
    read_cases,
    read_roster,
)
from nlu.gazetteer import Gazetteer
from nlu.messages import Parse, PatientMention, Person
from nlu.parser import InProcessParser

PEOPLE, PLACES = read_roster(HELDOUT.parent)
BY_CARD = {person.card: person for person in PEOPLE}
PRESSURE = Request("get_latest_vitals", observation="blood_pressure")
NAMESAKES = (
    ("1235", "1236"),
    ("207", "208"),
    ("650", "652"),
    ("4516", "4517"),
    ("1818", "1820"),
    ("1021", "1022"),
)
GROMOV = "2002"


class Roster:
    """The roster of the held-out sets."""

    def __init__(self) -> None:
        self.gazetteer = Gazetteer(PEOPLE, PLACES)
        with (HELDOUT.parent / "patients.csv").open(encoding="utf-8", newline="") as file:
            self.births = {
                row["card"]: date.fromisoformat(row["birth_date"]) for row in csv.DictReader(file)
            }

    def match_patients(self, text: str, among: object = None) -> PatientMention:
        return self.gazetteer.match_patients(text, among)

    def alike(self, cards: Collection[str]) -> tuple[str, ...]:
        return self.gazetteer.alike(cards)

    def hospitals_called(self, text: str, among: Collection[str]) -> tuple[str, ...]:
        return self.gazetteer.hospitals_called(text, among)

    def has_card(self, card: str) -> bool:
        return card in BY_CARD

    def sex(self, card: str) -> str:
        return BY_CARD[card].sex

    def born(self, card: str) -> date:
        return self.births[card]

    def age(self, card: str) -> int:
        born = self.births[card]
        had = (HELDOUT_TODAY.month, HELDOUT_TODAY.day) >= (born.month, born.day)
        return HELDOUT_TODAY.year - born.year - (not had)

    def today(self) -> date:
        return HELDOUT_TODAY

    def born_on(self, day: date) -> tuple[str, ...]:
        return tuple(card for card, born in self.births.items() if born == day)

    def born_in(self, year: int) -> tuple[str, ...]:
        return tuple(card for card, born in self.births.items() if born.year == year)


ROSTER = Roster()


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(ROSTER.gazetteer, lambda: HELDOUT_TODAY)


def questions(parser: InProcessParser) -> list[Parse]:
    """The questions of the test sets that name nobody."""
    texts = {
        case.text
        for path in (TUNED_SETS | FORMER_SETS | BLIND_SETS).values()
        for case in read_cases(path)
        if case.kind == "clean" and not case.patient and case.intent.startswith("get_")
    }
    parses = [parser.parse(text) for text in sorted(texts)]
    return [
        parse
        for parse in parses
        if parse.get("patient_name") is None and parse.get("patient_id") is None
    ]


def waiting() -> Iterator[DialogueState]:
    """«О каком пациенте?» and «Кого вы имеете в виду?», before and after another patient."""
    for current, cards in product((None, GROMOV), ((), *NAMESAKES)):
        yield DialogueState(patient=current, pending=ChoosePatient(cards, PRESSURE))


def replies(person: Person, born: date) -> Iterator[str]:
    """What a doctor answers to «кто?», each true of ``person``."""
    last, first, middle = (
        decline(name, part, person.sex)
        for part, name in zip(Part, (person.last, person.first, person.middle), strict=True)
    )
    which = "та что" if person.sex == "f" else "тот что"
    yield from (f"{first[0]}", f"{middle[0]}", f"{first[0]} {middle[0]}", f"{last[0]} {first[0]}")
    yield from (f"{last[0]} {first[0]} {middle[0]}", f"это {first[0]}", f"{which} {first[0]}")
    for case in (1, 2, 3):
        yield from (first[case], middle[case], f"{first[case]} {middle[case]}")
    yield from (f"у {first[1]}", f"про {first[3]}", f"нет, {first[0]}", f"{first[3]} пожалуйста")
    yield from (f"карта {person.card}", f"{last[1]} {first[1]}")
    ordinal = str(num2words(born.year, lang="ru", to="ordinal", case="g"))
    yield from (f"{born.year} года рождения", f"{born.year} года", ordinal, f"{ordinal} года")
    yield from (str(num2words(born.year, lang="ru", to="ordinal")), f"{which} {born.year}-го")
    yield f"{born.day:02}.{born.month:02}.{born.year}"
    age = ROSTER.age(person.card)
    yield f"{age} {counted('год', age).replace('годов', 'лет')}"
    if born.year < 2000:
        short = ordinal.split("девятьсот ")[1]
        yield from (f"{born.year % 100} года", f"{short} года", f"{short} года рождения")
        yield from (f"которая {born.year % 100}-го", f"{which} {short} года", short)


def offers() -> Iterator[tuple[str, ...]]:
    """Namesakes, and every patient beside the next one of the roster."""
    yield from NAMESAKES
    cards = [person.card for person in PEOPLE]
    yield from zip(cards, [*cards[1:], cards[0]], strict=True)


def read_of(found: Plan) -> tuple[str, Request] | None:
    """Card and request of what is read at once."""
    match found:
        case Read(card=card, request=request):
            return card, replace(request, say_whose=False)
    return None


def choose(parser: InProcessParser, cards: tuple[str, ...], said: str) -> Plan:
    return plan(DialogueState(pending=ChoosePatient(cards, PRESSURE)), parser.parse(said), ROSTER)


@pytest.mark.slow
def test_a_question_that_names_nobody_takes_nobody(parser: InProcessParser) -> None:
    """Not one of the offered, nor whoever was current: the assistant asks again."""
    asked = questions(parser)
    assert len(asked) > 350
    for state, parse in product(waiting(), asked):
        assert isinstance(state.pending, ChoosePatient)
        match plan(state, parse, ROSTER):
            case AskPatient(cards=cards, request=request):
                assert cards == state.pending.cards, parse.text
            case NeedPatient(request=request):
                assert not state.pending.cards, parse.text
            case AskIntent():
                continue
            case other:
                pytest.fail(f"{parse.text}: {type(other).__name__} {state.pending.cards}")
        if parse.intent == "out_of_scope" or (parse.confidence < 0.5 and request == PRESSURE):
            assert request == PRESSURE, parse.text
        else:
            assert request.intent == parse.intent, parse.text


@pytest.mark.slow
def test_a_reply_chooses_whom_it_is_true_of(parser: InProcessParser) -> None:
    parses: dict[str, Parse] = {}
    for cards in offers():
        true_of = {card: list(replies(BY_CARD[card], ROSTER.births[card])) for card in cards}
        places = [("первый", "первая", "номер один"), ("второй", "вторая", "номер два")]
        for card, others, place in zip(cards, reversed(cards), places, strict=True):
            for reply in [*true_of[card], *place]:
                if reply in true_of[others]:
                    continue
                parse = parses.setdefault(reply, parser.parse(reply))
                state = DialogueState(pending=ChoosePatient(cards, PRESSURE))
                assert read_of(plan(state, parse, ROSTER)) == (card, PRESSURE), (reply, cards)


@pytest.mark.parametrize(
    "said",
    ["Гульнара", "ахметова", "1983 года", "семьдесят два года", "третья", "да", "ну эта"],
)
def test_what_tells_none_of_them_apart_is_asked_again(parser: InProcessParser, said: str) -> None:
    assert choose(parser, ("650", "652"), said) == AskPatient(("650", "652"), PRESSURE)


@pytest.mark.parametrize(
    ("said", "card", "request_"),
    [
        ("какие аллергии у Ольги", "208", Request("get_allergies")),
        ("какие лекарства у Громова", "2002", Request("get_medications")),
        ("у Ольги какое", "208", PRESSURE),
        ("Громов", "2002", PRESSURE),
        ("нет, Громов", "2002", PRESSURE),
        ("карта 2002", "2002", PRESSURE),
    ],
)
def test_a_name_is_whom_the_request_is_about(
    parser: InProcessParser, said: str, card: str, request_: Request
) -> None:
    assert read_of(choose(parser, ("207", "208"), said)) == (card, request_)


def test_what_was_to_be_written_goes_on_about_whom_is_named(parser: InProcessParser) -> None:
    measured = parser.parse("запиши давление 130 на 80")
    asked = plan(DialogueState(), measured, ROSTER)
    assert isinstance(asked, NeedPatient)
    state = DialogueState(pending=ChoosePatient((), asked.request))
    found = plan(state, parser.parse("запиши Громову"), ROSTER)
    assert found == Confirm(GROMOV, asked.request)


@pytest.mark.parametrize(("said", "card"), [("1971", None), ("карта 1971", "1971")])
def test_a_number_that_is_a_year_and_a_card_is_asked_about(
    parser: InProcessParser, monkeypatch: pytest.MonkeyPatch, said: str, card: str | None
) -> None:
    monkeypatch.setitem(BY_CARD, "1971", BY_CARD[GROMOV])
    found = choose(parser, ("512", "1717"), said)  # of whom one was born in 1971
    if card is None:
        assert found == AskPatient(("512", "1717"), PRESSURE)
    else:
        assert read_of(found) == (card, PRESSURE)


@pytest.mark.parametrize(
    ("cards", "said", "card"),
    [
        (("207", "208"), "не Ольга", "207"),
        (("207", "208"), "только не Ольга", "207"),
        (("207", "208"), "та что не Мария", "208"),
        (("207", "208"), "не у Ольги", "207"),
        (("207", "208"), "Мария, а не Ольга", "207"),
        (("650", "652"), "не Рашидовна", "650"),
        (("1235", "1236"), "нет, не Сергей", "1236"),
        (("1235", "1236"), "не Сергей, а Пётр", "1236"),
    ],
)
def test_a_name_that_is_taken_back_chooses_the_other(
    parser: InProcessParser, cards: tuple[str, ...], said: str, card: str
) -> None:
    assert read_of(choose(parser, cards, said)) == (card, PRESSURE)


def test_what_a_name_taken_back_leaves_open_is_asked(parser: InProcessParser) -> None:
    three = ("207", "208", "4516")
    assert choose(parser, three, "не Мария") == AskPatient(("208", "4516"), PRESSURE)
    assert choose(parser, ("207", "208"), "не Кузнецова") == NeedPatient(PRESSURE)
    allergies = AskPatient(("207", "208"), Request("get_allergies"))
    assert choose(parser, ("207", "208"), "какие аллергии не у Ольги") == allergies


@pytest.mark.parametrize(
    "said", ["нет, другая", "другая", "не она", "нет, не та", "другой пациент", "давление не Ольги"]
)
def test_who_is_rejected_is_current_no_longer(parser: InProcessParser, said: str) -> None:
    found = plan(DialogueState(patient="208"), parser.parse(said), ROSTER)
    assert isinstance(found, NeedPatient)
    assert found.forget


def test_another_is_the_other_of_those_offered(parser: InProcessParser) -> None:
    asked = ChoosePatient(("207", "208"), PRESSURE)
    another = parser.parse("нет, другая")
    of_two = plan(DialogueState(patient="208", pending=asked), another, ROSTER)
    assert read_of(of_two) == ("207", PRESSURE)
    neither = plan(DialogueState(patient=GROMOV, pending=asked), another, ROSTER)
    assert neither == NeedPatient(PRESSURE)
    that = parser.parse("нет, не та Кузнецова")
    namesake = plan(DialogueState(patient="208"), that, ROSTER)
    assert read_of(namesake) == ("207", Request("select_patient"))
