"""A patient named in torn or misheard words is never answered for by whoever is open."""

from __future__ import annotations

import pytest

from assistant.dialogue.plans import (
    AskPatient,
    Confirm,
    NeedPatient,
    NoSuchPatient,
    Phrase,
    Plan,
    Read,
    Say,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import ChoosePatient, DialogueState, Request
from nlu.parser import InProcessParser
from tests.assistant.test_choosing import GROMOV, HELDOUT_TODAY, ROSTER
from tests.assistant.test_open_questions import Talk, talk  # noqa: F401

OPEN = DialogueState(patient=GROMOV)


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(ROSTER.gazetteer, lambda: HELDOUT_TODAY)


def step(parser: InProcessParser, said: str, state: DialogueState = OPEN) -> Plan:
    return plan(state, parser.parse(said), ROSTER)


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("какие диагнозы у бондарен ко", "5005"),
        ("давление у пет ровой", "1240"),
        ("посещения попо вой", "3307"),
        ("запиши бондарен ко пульс семьдесят", "5005"),
        ("магоме дов", "4141"),
        ("за яц", "2003"),
    ],
)
def test_a_torn_surname_is_read_whole(parser: InProcessParser, said: str, card: str) -> None:
    told = step(parser, said)
    assert isinstance(told, Read | Confirm)
    assert told.card == card


@pytest.mark.parametrize(
    "said", ["орлов а давление", "лебедев а давление какое", "сидоров а диагнозы", "попов а"]
)
def test_a_whole_surname_and_a_filler_are_no_other_surname(
    parser: InProcessParser, said: str
) -> None:
    assert not isinstance(step(parser, said), Read)


def test_a_surname_torn_before_its_ending_is_still_read(parser: InProcessParser) -> None:
    told = step(parser, "давление у орлов ой")
    assert isinstance(told, Read)
    assert told.card == "2110"


def test_a_no_inside_a_torn_name_takes_nothing_back(parser: InProcessParser) -> None:
    assert isinstance(step(parser, "какие диагнозы у куз не цовой"), AskPatient)


def test_a_word_beside_a_whole_surname_is_no_piece_of_it(parser: InProcessParser) -> None:
    name = parser.parse("диагнозы Морозов а давление").get("patient_name")
    assert name is not None
    assert name.text == "Морозов"


@pytest.mark.parametrize(
    "said",
    [
        "у громко какие лекарства",
        "давление у белой",
        "какое у белой давление",
        "ковальчика лекарства",
        "островка сахар",
        "острова лекарства",
        "запиши островка сахар пять и восемь",
    ],
)
def test_what_may_be_a_misheard_name_is_asked_about(parser: InProcessParser, said: str) -> None:
    told = step(parser, said)
    assert isinstance(told, AskPatient)
    assert told.cards == (GROMOV,)


@pytest.mark.parametrize(
    "said",
    [
        "у него какие лекарства",
        "когда был у кардиолога",
        "у нашего больного какие диагнозы",
        "у последней экг какая дата",
        "у левой руки давление",
        "у быстро давление",
        "у покажи давление",
        "у щитовидки узи",
        "какие лекарства",
        "аллергия на никотиновую кислоту",
        "мрт шейного отдела",
        "узи сонной артерии",
        "левого лёгкого рентген",
        "рассеянного склероза нет",
        "препараты постоянного приёма",
        "экстренные госпитализации",
        "аллергия на спиртное есть",
        "диагнозы скоренько",
        "запиши пульс семьдесят неритмичный",
        "запиши сахар пять и восемь фоновое",
    ],
)
def test_what_is_no_name_is_not(parser: InProcessParser, said: str) -> None:
    assert isinstance(step(parser, said), Read | Confirm)


@pytest.mark.parametrize("said", ["у второго диагнозы", "у другого диагнозы", "у той давление"])
def test_another_one_is_not_the_current_patient(parser: InProcessParser, said: str) -> None:
    assert isinstance(step(parser, said), NeedPatient)


@pytest.mark.slow
def test_the_question_is_over_once_it_is_answered(talk: Talk) -> None:  # noqa: F811
    told = talk("Громов", "мрт у деда", "да", "диагнозы")
    assert "3 диагноза" in told


@pytest.mark.parametrize(
    "said",
    [
        "сорок пять шестьдесят семь восемьдесят девять",
        "двадцать двадцать один десять",
        "сто двадцать три четыреста пятьдесят шесть",
        "номер двенадцать тридцать четыре пятьдесят шесть",
        "номер сто сорок девяносто семьдесят шесть",
    ],
)
@pytest.mark.parametrize("state", [OPEN, DialogueState()])
def test_an_unknown_number_is_nobodys(
    parser: InProcessParser, said: str, state: DialogueState
) -> None:
    assert isinstance(step(parser, said, state), NoSuchPatient)


def test_readings_without_a_quantity_leave_it_open_who_is_meant(parser: InProcessParser) -> None:
    said = "сто сорок девяносто семьдесят шесть"
    assert step(parser, said) == Say(Phrase.OUT_OF_SCOPE, unsettles=True)
    assert isinstance(step(parser, said, DialogueState()), NoSuchPatient)


@pytest.mark.parametrize("said", ["группа крови орловой", "орлова вторая палата"])
def test_another_patient_in_what_is_refused_is_asked_about(
    parser: InProcessParser, said: str
) -> None:
    told = step(parser, said)
    assert isinstance(told, AskPatient)
    assert (told.cards, told.refuses) == (("2110",), True)


@pytest.mark.parametrize(
    "said",
    [
        "катя подай ларингоскоп",
        "позвони громову",
        "позвони орловой",
        "татьяна борисовна закройте дверь",
        "звонит орлова",
    ],
)
def test_staff_the_current_patient_and_whoever_is_spoken_to_are_not(
    parser: InProcessParser, said: str
) -> None:
    assert step(parser, said) == Say(Phrase.OUT_OF_SCOPE, unsettles=True)


@pytest.mark.slow
def test_a_bare_question_after_such_a_refusal_asks_about_whom(talk: Talk) -> None:  # noqa: F811
    asked = talk("Громов", "эпикриз", "группа крови лебедевой", "диагнозы")
    assert asked.startswith("Кого вы имеете в виду: Лебедева")
    assert "Громов" in asked


@pytest.mark.slow
def test_a_no_to_that_question_leaves_the_patient_open(talk: Talk) -> None:  # noqa: F811
    told = talk("Громов", "группа крови лебедевой", "вторая", "нет", "диагнозы")
    assert told.startswith("Громов")
    assert "3 диагноза" in told


@pytest.mark.slow
def test_words_to_a_bystander_leave_the_list_open(talk: Talk) -> None:  # noqa: F811
    told = talk("Громов", "документы из первой больницы", "анна михайловна отойдите", "третий")
    assert told.startswith("Громов")
    assert "Результаты анализов" in told


@pytest.mark.parametrize("place", ["третий", "вторая"])
def test_one_candidate_is_no_list(parser: InProcessParser, place: str) -> None:
    asked = AskPatient(("2110",), Request("get_medications"))
    waits = DialogueState(patient=GROMOV, pending=ChoosePatient(asked.cards, asked.request))
    assert step(parser, place, waits) == asked
    chosen = step(parser, "да", waits)
    assert isinstance(chosen, Read)
    assert chosen.card == "2110"


@pytest.mark.parametrize(
    "said", ["расскажи про орлову", "сейчас орлова", "далее орлова", "итак орлова"]
)
def test_talk_around_a_name_opens_the_patient(parser: InProcessParser, said: str) -> None:
    told = step(parser, said)
    assert isinstance(told, Read)
    assert told.card == "2110"


@pytest.mark.slow
def test_the_other_namesake_is_asked_the_same(talk: Talk) -> None:  # noqa: F811
    asked = talk("Кузнецова Ольга", "диагнозы", "а у другой Кузнецовой")
    assert asked.startswith("Кузнецова Мария Алексеевна")
    assert "диагноз" in asked


@pytest.mark.slow
def test_the_patient_before_is_remembered(talk: Talk) -> None:  # noqa: F811
    asked = talk("Громов", "Лебедева", "предыдущий пациент")
    assert asked.startswith("Имеется в виду Громов")
    carried = talk("Громов", "Лебедева", "у прошлого пациента какие диагнозы", "да")
    assert carried.startswith("Громов")
    assert "диагноз" in carried


@pytest.mark.parametrize("said", ["посещения в бурденко", "документы из бурденко за этот год"])
def test_a_place_named_after_somebody_is_no_patient(parser: InProcessParser, said: str) -> None:
    told = step(parser, said)
    assert isinstance(told, Read)
    assert told.request.hospital == "h17"
    name = parser.parse("выписка от бурденко").get("patient_name")
    assert name is not None


def test_a_paper_of_such_a_place_is_told_with_the_name(parser: InProcessParser) -> None:
    told = step(parser, "выписка бурденко")
    assert isinstance(told, Read)
    assert (told.request.hospital, told.request.say_whose) == ("h17", True)
    for said in ("давление бурденко", "документы бурденко", "бурденко"):
        assert isinstance(step(parser, said), NoSuchPatient)


@pytest.mark.parametrize("said", ["дивление", "девление", "девленье"])
def test_a_misheard_quantity_stops_nothing(parser: InProcessParser, said: str) -> None:
    assert parser.parse(said).intent != "stop"
    assert parser.parse("довольно").intent == "stop"


@pytest.mark.parametrize("given", ["дала капотен", "принял капотен", "утром капотен принимали"])
def test_a_drug_that_was_given_is_nobody(parser: InProcessParser, given: str) -> None:
    told = step(parser, f"запиши давление сто восемьдесят на сто {given}")
    assert isinstance(told, Confirm)
    other = parser.parse("запиши давление сто восемьдесят на сто принял сидоров")
    assert other.get("patient_name") is not None
