"""Card numbers said beside what is asked for: never passed over in silence."""

import pytest

from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_roster
from nlu.gazetteer import Gazetteer
from nlu.parser import InProcessParser


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("1235, лекарства", "1235"),
        ("тысяча двести тридцать пять давление", "1235"),
        ("диагнозы двенадцать тридцать пять пожалуйста", "1235"),
        ("у 1717 аллергия на что", "1717"),
        ("207 аллергия", "207"),
        ("1299 лекарства", "1299"),
        ("запиши 1235 пульс 80", "1235"),
    ],
)
def test_a_number_beside_what_is_asked_for_is_a_card(
    parser: InProcessParser, said: str, card: str
) -> None:
    named = parser.parse(said).get("patient_id")
    assert named is not None
    assert named.value == card


@pytest.mark.parametrize(
    "said",
    [
        "140 пульс",
        "давление 120 80",
        "гемоглобин 1235",
        "глюкоза 207",
        "документы 2024",
        "15 посещений было",
        "200 документов",
        "назначения по 1000",
        "назначения по 1250 миллиграмм",
        "500 парацетамола дала",
        "8 30 анализ крови",
        "лекарства за 2024 год",
    ],
)
def test_other_numbers_are_no_cards(parser: InProcessParser, said: str) -> None:
    assert "patient_id" not in {e.name for e in parser.parse(said).found}


def test_whose_paper_a_doctor_wrote_is_a_patients_name(parser: InProcessParser) -> None:
    assert parser.parse("прочитай заключение кардиолога у Любови Ивановны").get("patient_name")
    assert not parser.parse("прочитай заключение кардиолога Любови Ивановны").get("patient_name")
