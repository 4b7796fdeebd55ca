"""Whom a write, a number or a remark is about, where nobody is called by a surname."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assistant.dialogue.plans import (
    AskMissing,
    AskPatient,
    Confirm,
    NeedPatient,
    NoSuchPatient,
    Plan,
    Read,
    Say,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Pending,
    Request,
)
from nlu.messages import Measurement
from nlu.parser import InProcessParser
from tests.assistant.test_choosing import GROMOV, HELDOUT_TODAY, ROSTER

LEBEDEVA = "2001"
IVANOVS = ("1236", "1235")


def measured(number: int) -> Measurement:
    return Measurement((Decimal(number),), None)


PULSE = Request("record_measurement", observation="heart_rate", measurement=measured(70))


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(ROSTER.gazetteer, lambda: HELDOUT_TODAY)


def step(
    parser: InProcessParser, said: str, pending: Pending | None = None, card: str | None = GROMOV
) -> Plan:
    return plan(DialogueState(patient=card, pending=pending), parser.parse(said), ROSTER)


@pytest.mark.parametrize(
    "said",
    [
        "запиши следующему пульс семьдесят",
        "запиши другой давление сто сорок на девяносто",
        "запиши предыдущему пульс семьдесят",
        "запиши последней пульс семьдесят",
        "запиши той у окна пульс семьдесят",
        "запиши всем температуру тридцать шесть и шесть",
        "у обоих сатурация девяносто восемь",
        "запиши им пульс восемьдесят",
        "этой пульс семьдесят",
        "запиши мой пульс семьдесят",
        "запиши моему соседу пульс семьдесят",
        "мне померь давление сто двадцать на восемьдесят",
        "у окна пульс семьдесят",
        "запиши следующему заметку болит голова",
    ],
)
def test_a_word_that_points_at_somebody_is_asked_about(parser: InProcessParser, said: str) -> None:
    assert isinstance(step(parser, said), NeedPatient)


@pytest.mark.parametrize(
    "said",
    [
        "запиши медсестре давление сто сорок на девяносто",
        "врачу померили пульс семьдесят",
        "запиши второй пульс семьдесят",
        "следующая температура тридцать семь",
    ],
)
def test_what_may_be_somebody_else_s_is_asked_about(parser: InProcessParser, said: str) -> None:
    told = step(parser, said)
    assert isinstance(told, AskPatient)
    assert told.cards == (GROMOV,)


@pytest.mark.parametrize(
    "said",
    [
        "запиши по последнему измерению пульс семьдесят",
        "прошлой ночью пульс был семьдесят запиши",
        "мне нужно записать пульс семьдесят",
        "запиши следующий показатель пульс семьдесят",
        "второй раз пульс семьдесят",
        "час тому назад пульс семьдесят",
        "на второй день температура тридцать семь",
        "запиши на правой сто двадцать на восемьдесят",
        "запиши пульс семьдесят доложено дежурному врачу",
        "запиши другой препарат не помогает",
        "запиши новую заметку болит голова",
        "этому пульс семьдесят",
        "дома мерил давление сто сорок на девяносто",
        "запиши моему пациенту пульс семьдесят",
        "мой пациент пульс семьдесят",
        "моё измерение пульс семьдесят",
        "запиши пульс семьдесят по словам медсестры",
        "мерил сахар шесть",
        "запиши дав лене сто двадцать на семьдесят",
    ],
)
def test_words_that_point_at_nobody_leave_the_patient(parser: InProcessParser, said: str) -> None:
    told = step(parser, said)
    assert isinstance(told, Confirm)
    assert told.card == GROMOV


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("поправила восемьдесят", 80),
        ("восемьдесят пять поправила", 85),
        ("поправим восемьдесят", 80),
        ("морозит его", 70),
    ],
)
def test_a_verb_at_a_confirmation_is_no_surname(
    parser: InProcessParser, said: str, value: int
) -> None:
    request = step(parser, said, ConfirmWrite(GROMOV, PULSE))
    assert isinstance(request, Confirm)
    assert (request.card, request.request.measurement) == (GROMOV, measured(value))


@pytest.mark.parametrize(
    ("said", "card"), [("алла", "45678"), ("вера да", "5005"), ("наталья павловна", "318")]
)
def test_who_is_called_by_a_first_name_gets_no_write_without_a_question(
    parser: InProcessParser, said: str, card: str
) -> None:
    told = step(parser, said, ConfirmWrite(LEBEDEVA, PULSE), LEBEDEVA)
    assert isinstance(told, AskPatient)
    assert told.cards == (card,)


@pytest.mark.parametrize(
    ("said", "card"),
    [("да громову", GROMOV), ("громов виктор степанович", GROMOV), ("нет вере", "5005")],
)
def test_a_surname_or_to_whom_readdresses_a_write(
    parser: InProcessParser, said: str, card: str
) -> None:
    told = step(parser, said, ConfirmWrite(LEBEDEVA, PULSE), LEBEDEVA)
    assert isinstance(told, Confirm)
    assert told.card == card


@pytest.mark.parametrize(
    ("cards", "said", "value"),
    [
        (IVANOVS, "восемьдесят", 80),
        (IVANOVS, "ой восемьдесят", 80),
        (IVANOVS, "не семьдесят а восемьдесят", 80),
        ((), "восемьдесят", 80),
        ((), "восемьдесят восемь", 70),  # somebody's card
        (IVANOVS, "шестьдесят восемь", 70),  # the age of one
        (IVANOVS, "пятьдесят восемь", 70),  # his year of birth
        (IVANOVS, "которому шестьдесят", 70),  # almost the age of one
        (IVANOVS, "ему восемьдесят", 70),
        (IVANOVS, "это восемьдесят", 80),
    ],
)
def test_a_value_said_instead_of_whom_it_is_of_is_kept(
    parser: InProcessParser, cards: tuple[str, ...], said: str, value: int
) -> None:
    told = step(parser, said, ChoosePatient(cards, PULSE), None)
    assert isinstance(told, AskPatient | NeedPatient)
    assert told.request.measurement == measured(value)


@pytest.mark.parametrize("said", ["второй", "карта тысяча двести тридцать пять"])
def test_a_place_or_a_card_still_chooses(parser: InProcessParser, said: str) -> None:
    told = step(parser, said, ChoosePatient(IVANOVS, PULSE), None)
    assert isinstance(told, Confirm)
    assert (told.card, told.request) == ("1235", PULSE)


@pytest.mark.parametrize(
    "said",
    [
        "всё верно кроме пациента",
        "верно кроме фамилии",
        "пациент не тот",
        "фамилия не та",
        "неверный пациент",
        "ошиблась пациентом",
        "не та карта",
    ],
)
def test_a_denied_patient_leaves_the_value(parser: InProcessParser, said: str) -> None:
    told = step(parser, said, ConfirmWrite(GROMOV, PULSE))
    assert isinstance(told, NeedPatient)
    assert told.request == PULSE
    assert told.forget


def test_a_yes_with_a_reservation_is_doubted(parser: InProcessParser) -> None:
    told = step(parser, "верно кроме подписи", ConfirmWrite(GROMOV, PULSE))
    assert told == Confirm(GROMOV, PULSE, doubted=True)


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        (("208", "207"), "мария или ольга"),
        (IVANOVS, "сергей или пётр"),
        (("650", "652"), "рашидовна или маратовна"),
        (IVANOVS, "пётр или как его там"),
        (("208", "207"), "лекарства марии или ольги"),
    ],
)
def test_naming_both_chooses_nobody(
    parser: InProcessParser, cards: tuple[str, ...], said: str
) -> None:
    told = step(parser, said, ChoosePatient(cards, Request("get_allergies")), None)
    assert isinstance(told, AskPatient)
    assert told.cards == cards


def test_a_question_with_or_about_one_chooses_her(parser: InProcessParser) -> None:
    said = "у марии есть аллергия или непереносимость"
    told = step(parser, said, ChoosePatient(("208", "207"), Request("get_allergies")), None)
    assert isinstance(told, Read)
    assert told.card == "207"


@pytest.mark.parametrize("said", ["а у дочки", "а у мальчика", "а у бабушки", "а у его жены"])
def test_a_question_about_somebody_else_is_no_longer_about_the_patient_for_sure(
    parser: InProcessParser, said: str
) -> None:
    told = step(parser, said)
    assert isinstance(told, Say | NeedPatient)
    assert not isinstance(told, Say) or told.unsettles


def test_a_question_that_lacks_its_quantity_stays_a_question(parser: InProcessParser) -> None:
    told = step(parser, "калий", FillRequest(GROMOV, Request("get_lab_result")))
    assert told == Read(GROMOV, Request("get_lab_result", observation="potassium"))
    told = step(parser, "калий", FillRequest(GROMOV, Request("record_measurement")))
    assert isinstance(told, AskMissing)
    assert told.request.observation == "potassium"


@pytest.mark.parametrize("said", ["документы из георгия", "выписка из георгия"])
def test_a_hospital_is_called_by_the_first_name_in_its_own(
    parser: InProcessParser, said: str
) -> None:
    told = step(parser, said)
    assert isinstance(told, Read)
    assert told.request.hospital == "h18"


@pytest.mark.parametrize(
    "said",
    ["фурадонин можно", "фурадонин переносит", "натрийуретический пептид", "капотен можно",
     "аспирин можно", "можно ли ему фурадонин", "можно рыбу"],
)  # fmt: skip
def test_a_drug_and_a_quantity_are_no_strangers(parser: InProcessParser, said: str) -> None:
    assert parser.parse(said).get("patient_name") is None


@pytest.mark.parametrize(
    "said",
    ["козлодоев переносит пенициллин", "аллергия у георгия", "шмидт можно", "можно ли штейн",
     "штейн переносит", "можно гуревича", "можно тимохину", "можно карлсона", "дали гуревичу"],
)  # fmt: skip
def test_a_stranger_is_still_one(parser: InProcessParser, said: str) -> None:
    assert isinstance(step(parser, said), NoSuchPatient)
