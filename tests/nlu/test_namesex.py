"""Whose surname it is that both a man and a woman bear, where other words show the sex."""

import pytest

from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import PatientMention
from nlu.parser import InProcessParser


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)


def meant(parser: InProcessParser, said: str) -> PatientMention:
    name = parser.parse(said).get("patient_name")
    assert name is not None
    assert isinstance(name.value, PatientMention)
    return name.value


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("васильева в хирургии, что ей в итоге поставили", "4516"),
        ("найди женщину морозову", "1820"),
        ("запиши морозову пульс 80, у него тахикардия", "1818"),
        ("давление морозова, что ему назначили", "1818"),
        ("родилась шестого июня 1991-го, зайцева фамилия", "1919"),
        ("морозова, что она принимает", "1820"),
    ],
)
def test_a_word_of_one_sex_and_a_fitting_case(
    parser: InProcessParser, said: str, card: str
) -> None:
    mention = meant(parser, said)
    assert (mention.candidates[0].card, mention.ambiguous) == (card, False)


@pytest.mark.parametrize(
    "said",
    [
        "давление морозова, что ей назначили",  # a man's genitive
        "васильева мать, что ей поставили",
        "морозова, выписка нужна, когда она была",
        "морозова, что ей назначили и что ему",
        "васильева, дата какая, открой её",
        "васильева в хирургии, что поставили",
    ],
)
def test_what_may_be_said_of_another_leaves_it_open(parser: InProcessParser, said: str) -> None:
    assert meant(parser, said).ambiguous


@pytest.mark.parametrize("said", ["снова лебедева", "опять лебедева", "следующая лебедева"])
def test_who_is_next_or_again_is_in_the_nominative(parser: InProcessParser, said: str) -> None:
    mention = meant(parser, said)
    assert (mention.candidates[0].card, mention.ambiguous) == ("2001", False)


@pytest.mark.parametrize("said", ["снова громова", "следующая морозова", "спроси лебедева"])
def test_a_name_of_either_sex_is_asked_about_there_too(parser: InProcessParser, said: str) -> None:
    assert meant(parser, said).ambiguous
