"""Leaving the current patient, and whoever is spoken of without a name: never the one before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from assistant.dialogue.plans import (
    AskPatient,
    Cancel,
    Confirm,
    NeedPatient,
    NoMore,
    NoSuchPatient,
    Phrase,
    Plan,
    Read,
    Say,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    AnswerChallenge,
    ChooseHospital,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from assistant.speaker.challenge import Challenge
from nlu.messages import Measurement
from nlu.parser import InProcessParser
from tests.assistant.test_choosing import ROSTER, parser

__all__ = ["parser"]
GROMOV, ORLOVA, MARIA, OLGA = "2002", "2110", "207", "208"
CHOOSE = Request("select_patient")
LEFT = NeedPatient(CHOOSE, forget=True)
PULSE = Request(
    "record_measurement", observation="pulse", measurement=Measurement((Decimal(80),), None)
)


def step(parser: InProcessParser, said: str, state: DialogueState | str = GROMOV) -> Plan:
    if isinstance(state, str):
        state = DialogueState(patient=state)
    return plan(state, parser.parse(said), ROSTER)


@pytest.mark.parametrize(
    "said",
    [
        "ой это не тот пациент",
        "ошибка не тот человек",
        "это не его",
        "я не про него",
        "я другого имел в виду",
        "у меня другой пациент",
        "ты перепутал пациента",
        "новый пациент",
        "вошла пациентка",
        "он ушёл",
        "следующий",
        "следующего",
        "вернись к предыдущему",
        "давление у предыдущей",
        "забудь его",
        "стоп не он",
        "стоп не тому",
        "сбрось пациента",
        "закрой пациента",
        "всё с этим пациентом",
        "хватит про него",
        "это не мой пациент",
        "стой не он",
        "этот ушёл, пришла другая",
    ],
)
def test_whoever_is_done_with_is_current_no_longer(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == LEFT


@pytest.mark.parametrize("said", ["хватит на этом", "этого достаточно", "за прошлый", "закрой"])
def test_what_ends_no_patient_s_turn(parser: InProcessParser, said: str) -> None:
    assert not isinstance(step(parser, said), NeedPatient)


def test_in_a_list_the_next_is_the_next_of_the_list(parser: InProcessParser) -> None:
    listed = DialogueState(patient=GROMOV, documents=("d1", "d2"), document="d1")
    on = Request("get_document", document="d2", onward=True)
    assert step(parser, "следующий", listed) == Read(GROMOV, on)
    assert step(parser, "следующий", replace(listed, document="d2")) == NoMore()
    assert step(parser, "закрой его", listed) == Say(Phrase.STOPPED)
    assert step(parser, "следующий пациент", listed) == LEFT


@pytest.mark.parametrize("said", ["неправильно", "вы ошиблись", "ты перепутал", "нет"])
def test_after_a_denial_the_next_answer_says_whose(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == Say(Phrase.WHAT_IS_WRONG, unsettles=True)


def test_only_a_record_can_be_deleted(parser: InProcessParser) -> None:
    assert step(parser, "нет, сотри") == Cancel()


def test_a_write_to_the_wrong_one_is_left(parser: InProcessParser) -> None:
    confirming = DialogueState(patient=GROMOV, pending=ConfirmWrite(GROMOV, PULSE))
    assert step(parser, "стоп, не тому", confirming) == NeedPatient(PULSE, forget=True)
    assert step(parser, "забудь его", confirming) == LEFT
    missing = Request("record_measurement", observation="pulse")
    filling = DialogueState(patient=GROMOV, pending=FillRequest(GROMOV, missing))
    assert step(parser, "ой, не он", filling) == NeedPatient(missing, forget=True)
    proving = replace(confirming, pending=AnswerChallenge(GROMOV, PULSE, Challenge("4711", 0.0)))
    assert step(parser, "не тот пациент", proving) == LEFT


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("нет двести восемь", Read(OLGA, CHOOSE)),
        ("нет карта двести восемь", Read(OLGA, CHOOSE)),
        ("нет номер 2110", Read(ORLOVA, CHOOSE)),
        ("ой двести восемь", Read(OLGA, CHOOSE)),
        ("не двести семь а двести восемь", Read(OLGA, CHOOSE)),
        ("нет карта 999999", NoSuchPatient(CHOOSE)),
        ("нет тридцать шесть", NeedPatient(CHOOSE)),
        ("нет 1979 года рождения", NeedPatient(CHOOSE)),
    ],
)
def test_another_number_is_another_patient(parser: InProcessParser, said: str, found: Plan) -> None:
    assert step(parser, said, MARIA) == found


@pytest.mark.parametrize(
    ("said", "current"),
    [
        ("давление у мальчика", GROMOV),
        ("давление рака", GROMOV),
        ("запиши раку пульс 80", GROMOV),
        ("пульс у бабушки", GROMOV),
        ("давление молодой роженицы", ORLOVA),
        ("давление у пациента из первой палаты", GROMOV),
        ("давление больного справа", GROMOV),
        ("у второго пациента пульс", GROMOV),
        ("давление у первого", ORLOVA),
        ("запиши деду пульс 80", GROMOV),
        ("запиши тёще пульс 80", GROMOV),
        ("запиши второму пульс 80", GROMOV),
        ("запиши себе пульс 80", GROMOV),
        ("запиши мне пульс 80", GROMOV),
        ("запиши сердцебиение плода 140", ORLOVA),
        ("запиши вес ребёнка 3 и 5", ORLOVA),
    ],
)
def test_somebody_without_a_name_is_asked_about(
    parser: InProcessParser, said: str, current: str
) -> None:
    assert isinstance(step(parser, said, current), NeedPatient | AskPatient)


@pytest.mark.parametrize(
    ("said", "current"),
    [
        ("давление у той больной", GROMOV),
        ("аллергии нашей больной", GROMOV),
        ("давление пациентки", GROMOV),
        ("давление больной", GROMOV),
        ("её лекарства", GROMOV),
        ("какие у неё аллергии", GROMOV),
        ("его лекарства", ORLOVA),
        ("её последний документ", GROMOV),
        ("запиши ей пульс 80", GROMOV),
        ("запиши пациентке пульс 80", GROMOV),
        ("запиши больной пульс 80", GROMOV),
        ("запиши больному пульс 80", ORLOVA),
        ("запиши мужчине пульс 80", ORLOVA),
    ],
)
def test_nobody_of_the_other_sex_is_proposed(
    parser: InProcessParser, said: str, current: str
) -> None:
    found = step(parser, said, current)
    assert isinstance(found, NeedPatient)
    again = DialogueState(patient=current, pending=ChoosePatient((), found.request))
    assert step(parser, "да", again) == NeedPatient(found.request)


@pytest.mark.parametrize(
    ("said", "current", "found"),
    [
        ("Виктор", GROMOV, Read(GROMOV, replace(CHOOSE, say_whose=True))),
        ("аллергии Виктора", GROMOV, Read(GROMOV, Request("get_allergies", say_whose=True))),
        ("аллергии жены Виктора", GROMOV, AskPatient((GROMOV,), Request("get_allergies"))),
        ("Виктор", ORLOVA, AskPatient((GROMOV,), CHOOSE)),
        ("Татьяна", ORLOVA, AskPatient(("1820", ORLOVA), CHOOSE)),
        ("аллергии Вити", GROMOV, Read(GROMOV, Request("get_allergies", say_whose=True))),
        ("у Виктории аллергии", GROMOV, AskPatient((GROMOV,), Request("get_allergies"))),
        ("Виктория", GROMOV, AskPatient((GROMOV,), CHOOSE)),
    ],
)
def test_the_given_name_of_who_is_open_is_enough_where_nobody_else_has_it(
    parser: InProcessParser, said: str, current: str, found: Plan
) -> None:
    met = step(parser, said, current)
    if isinstance(met, AskPatient) and isinstance(found, AskPatient):
        assert (set(met.cards), met.request) == (set(found.cards), found.request)
    else:
        assert met == found


def test_in_a_note_somebody_else_may_be_spoken_of(parser: InProcessParser) -> None:
    asked = step(parser, "запиши заметку звонила жена она против")
    assert isinstance(asked, AskPatient)
    assert asked.cards == (GROMOV,)


@pytest.mark.parametrize(
    "said", ["не ему", "стой не ему", "стой, не ей", "погоди не тому", "минутку это не ему"]
)
def test_what_waits_for_a_yes_is_for_another(parser: InProcessParser, said: str) -> None:
    waits = DialogueState(patient=GROMOV, pending=ConfirmWrite(GROMOV, PULSE))
    assert step(parser, said, waits) == NeedPatient(PULSE, forget=True)


@pytest.mark.parametrize(
    ("said", "current"),
    [
        ("давление больного", GROMOV),
        ("у больной аллергии", ORLOVA),
        ("давление больной", ORLOVA),
        ("какие лекарства больной принимает", GROMOV),
        ("её лекарства", ORLOVA),
        ("запиши пациентке пульс 80", ORLOVA),
        ("запиши больному пульс 80", GROMOV),
        ("заключение кардиолога", GROMOV),
        ("узи плода", ORLOVA),
        ("аллергия на укус пчелы", GROMOV),
        ("пса в этом году", GROMOV),
        ("покажи врачу давление", GROMOV),
        ("мне нужно записать пульс 80", GROMOV),
    ],
)
def test_what_is_said_of_the_current_patient(
    parser: InProcessParser, said: str, current: str
) -> None:
    assert isinstance(step(parser, said, current), Read | Confirm)


def test_of_an_open_document_the_possessive_may_be(parser: InProcessParser) -> None:
    opened = DialogueState(patient=GROMOV, documents=("d1",), document="d1")
    assert isinstance(step(parser, "прочитай её заключение", opened), Read)


@pytest.mark.parametrize("said", ["Орловой вместо Громова", "вместо Громова Орлова"])
def test_the_one_instead_of_the_other(parser: InProcessParser, said: str) -> None:
    found = step(parser, said)
    assert isinstance(found, Read | AskPatient)
    assert (found.card if isinstance(found, Read) else found.cards[0]) == ORLOVA


@pytest.mark.parametrize(
    "said",
    [
        "закрой Громова открой Орлову",
        "с Громовым всё, переходим к Орловой",
        "с Громовым Виктором закончили, давай Орлову",
    ],
)
def test_from_one_to_the_other(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == Read(ORLOVA, CHOOSE)


@pytest.mark.parametrize("said", ["закрой Громова", "забудь Громова", "закрой карту Громова"])
def test_the_current_patient_is_closed_by_name(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == LEFT


def test_stop_and_a_name_is_about_whom_it_names(parser: InProcessParser) -> None:
    assert step(parser, "стоп, Орлова") == AskPatient((ORLOVA,), CHOOSE)


def test_all_reads_on_in_a_list_and_ends_nothing(parser: InProcessParser) -> None:
    more = Request("get_hospital_visits", start=3)
    assert step(parser, "Все.", DialogueState(patient=GROMOV, more=more)) == Read(GROMOV, more)
    assert step(parser, "всё", DialogueState(patient=GROMOV, more=more)) == Say(Phrase.STOPPED)


@pytest.mark.parametrize("said", ["спасибо", "ну", "кхм", "так"])
def test_what_says_nothing_is_no_request(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == Say(Phrase.LISTENING)


def test_a_name_in_what_is_out_of_scope_leaves_it_open_who_is_meant(
    parser: InProcessParser,
) -> None:
    other = AskPatient(("2110",), Request("select_patient"), refuses=True)
    assert step(parser, "сколько лет сыну Орловой") == other
    assert step(parser, "позвони сыну Орловой") == Say(Phrase.OUT_OF_SCOPE, unsettles=True)
    assert step(parser, "позвони сыну Громова") == Say(Phrase.OUT_OF_SCOPE, unsettles=True)
    assert step(parser, "пациентку увезли") == Say(Phrase.OUT_OF_SCOPE, unsettles=True)
    assert step(parser, "какая погода завтра") == Say(Phrase.OUT_OF_SCOPE)


@pytest.mark.parametrize(
    "said",
    [
        "не надо Громова",
        "не хочу Громова",
        "хватит о Громове",
        "убери Громова",
        "с Громовым всё",
        "Громова закрой",
        "закончили с Громовым",
    ],
)
def test_who_is_done_with_by_name_is_current_no_longer(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == LEFT


@pytest.mark.parametrize("said", ["нет всё-таки Громов", "всё, Громов"])
def test_who_is_meant_after_all_is_chosen(parser: InProcessParser, said: str) -> None:
    assert step(parser, said, ORLOVA) == Read(GROMOV, CHOOSE)


def test_while_it_is_asked_whom_a_name_that_is_done_with_leaves_the_other(
    parser: InProcessParser,
) -> None:
    asked = ChoosePatient((GROMOV, ORLOVA), PULSE)
    found = step(parser, "не надо Громова", DialogueState(patient=GROMOV, pending=asked))
    assert not (isinstance(found, NeedPatient) and found.forget)


@pytest.mark.parametrize("said", ["другой документ", "другой показатель", "другой день"])
def test_another_thing_is_no_other_patient(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == Say(Phrase.WHAT_IS_WRONG, unsettles=True)


def test_with_a_document_open_another_one_is_listed(parser: InProcessParser) -> None:
    opened = DialogueState(patient=GROMOV, document="d1", documents=("d1",))
    papers = Request("get_documents_from_hospital")
    assert step(parser, "другой документ", opened) == Read(GROMOV, papers)
    assert step(parser, "другая", opened) == Read(GROMOV, replace(papers, say_whose=True))
    assert step(parser, "другой пациент", opened) == LEFT
    where = replace(opened, pending=ChooseHospital(GROMOV, papers))
    assert step(parser, "другая больница", where) == Read(GROMOV, papers)


@pytest.mark.parametrize(
    ("said", "current", "keeps"),
    [
        ("мать спрашивает какие у него аллергии", GROMOV, True),
        ("дочь спрашивает какие лекарства он принимает", GROMOV, True),
        ("муж спрашивает что она принимает", ORLOVA, True),
        ("мать спрашивает какие у неё аллергии", ORLOVA, False),
        ("мать спрашивает какие у него аллергии", ORLOVA, False),
        ("жена спрашивает какие у неё аллергии", GROMOV, False),
        ("мать спрашивает какие лекарства пьёт отец и он сам", GROMOV, False),
    ],
)
def test_a_relative_who_asks_is_not_the_patient(
    parser: InProcessParser, said: str, current: str, keeps: bool
) -> None:
    found = step(parser, said, current)
    assert isinstance(found, Read) == keeps
    assert keeps or isinstance(found, NeedPatient | AskPatient)


def test_a_dative_in_a_confirmation_asks_whom(parser: InProcessParser) -> None:
    waits = DialogueState(patient=GROMOV, pending=ConfirmWrite(GROMOV, PULSE))
    assert isinstance(step(parser, "ребёнку", waits), AskPatient)
