"""A patient named in torn or misheard words is never answered for by whoever is open."""

from __future__ import annotations

import pytest

from assistant.dialogue.plans import AskPatient, Confirm, Phrase, Plan, Read, Say
from assistant.dialogue.policy import plan
from assistant.dialogue.state import DialogueState
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


def test_a_no_inside_a_torn_name_takes_nothing_back(parser: InProcessParser) -> None:
    assert isinstance(step(parser, "какие диагнозы у куз не цовой"), AskPatient)


def test_a_word_beside_a_whole_surname_is_no_piece_of_it(parser: InProcessParser) -> None:
    name = parser.parse("диагнозы Морозов а давление").get("patient_name")
    assert name is not None
    assert name.text == "Морозов"


@pytest.mark.parametrize(
    "said",
    ["у громко какие лекарства", "давление у белой", "ковальчика лекарства", "островка сахар"],
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
        "какие лекарства",
    ],
)
def test_what_is_no_name_is_not(parser: InProcessParser, said: str) -> None:
    assert isinstance(step(parser, said), Read)


@pytest.mark.parametrize("said", ["позвони орловой", "орлова вторая палата"])
def test_another_patient_in_what_is_refused_is_asked_about(
    parser: InProcessParser, said: str
) -> None:
    told = step(parser, said)
    assert isinstance(told, AskPatient)
    assert (told.cards, told.refuses) == (("2110",), True)


@pytest.mark.parametrize("said", ["катя подай ларингоскоп", "позвони громову"])
def test_staff_and_the_current_patient_are_not(parser: InProcessParser, said: str) -> None:
    assert step(parser, said) == Say(Phrase.OUT_OF_SCOPE, unsettles=True)


@pytest.mark.slow
def test_a_bare_question_after_such_a_refusal_asks_about_whom(talk: Talk) -> None:  # noqa: F811
    asked = talk("Громов", "эпикриз", "позвони лебедевой", "диагнозы")
    assert asked.startswith("Кого вы имеете в виду: Лебедева")
    assert "Громов" in asked


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
