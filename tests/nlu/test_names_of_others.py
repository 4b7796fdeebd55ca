"""Names of doctors and of strangers beside those of patients: never taken for one another."""

import pytest

from assistant.dialogue.asked import request_in
from assistant.dialogue.state import DialogueState
from assistant.dialogue.whom import ALMOST_EXACT
from nlu.canon import canonical
from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import PatientMention, Person
from nlu.parser import InProcessParser


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(*read_roster(HELDOUT.parent))


@pytest.fixture(scope="module")
def parser(gazetteer: Gazetteer) -> InProcessParser:
    return InProcessParser.load(gazetteer, lambda: HELDOUT_TODAY)


def cards(gazetteer: Gazetteer, said: str) -> str:
    mention = gazetteer.match_patients(said)
    return ("?" if mention.ambiguous else "") + ",".join(c.card for c in mention.candidates)


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("что прописал доктор петров сидоровой", "2211"),
        ("давление у пациентки доктора смирнова орловой", "2110"),
        ("что назначил доктор орлов громову", "2002"),
        ("лекарства от врача анны петровны сидоровой орловой", "2110"),
        ("что ставили в хирургии орловой", "2110"),
        ("что назначил доктор виктор степанович громов", ""),
        ("у врача татьяны орловой", ""),
        ("кто лечащий врач бандаренко", ""),
    ],
)
def test_a_patient_named_after_a_doctor(gazetteer: Gazetteer, said: str, card: str) -> None:
    assert cards(gazetteer, said) == card


def test_a_doctor_s_name_may_be_the_patient_s(parser: InProcessParser) -> None:
    said = parser.parse("что назначил доктор Орлов")
    assert said.get("patient_name") is None
    assert said.unexplained
    assert not parser.parse("что назначил доктор").unexplained


@pytest.mark.parametrize(
    "said",
    [
        "громова-орловского",
        "пациента громов-орловский",
        "запиши петрову-водкину",
        "орловой-чесменской",
        "николая василева",
        "дмитрия соловья",
        "мороза игоря павловича",
        "иванкова сергея петровича",
        "васильевой-орловой",
    ],
)
def test_a_surname_of_its_own_is_no_patient_s(gazetteer: Gazetteer, said: str) -> None:
    assert gazetteer.match_patients(said).ambiguous


@pytest.mark.parametrize("said", ["пациента громова-то", "давление - громова", "гро-мову"])
def test_a_hyphen_that_joins_no_two_surnames(gazetteer: Gazetteer, said: str) -> None:
    assert cards(gazetteer, said) == "2002"


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("громова-орловского", "1"),
        ("громову орловскому виктору", "?1,2"),
        ("громовой-орловской", "?1"),
        ("громова виктора петровича", "2"),
        ("анны салтыковой-щедриной", "3"),
        ("салтыкову-щедрину анну", "3"),
    ],
)
def test_a_patient_with_a_double_surname(said: str, card: str) -> None:
    people = [
        Person("1", "Громов-Орловский", "Виктор", "Степанович", "m", 1950),
        Person("2", "Громов", "Виктор", "Петрович", "m", 1960),
        Person("3", "Салтыкова-Щедрина", "Анна", "Петровна", "f", 1970),
    ]
    assert cards(Gazetteer(people, ()), said) == card


def test_a_first_name_with_a_stranger_s_surname_chooses_nobody(gazetteer: Gazetteer) -> None:
    offered = {"207", "208"}
    assert gazetteer.match_patients("марии", among=offered).candidates[0].score > ALMOST_EXACT
    stranger = gazetteer.match_patients("марии кузнецкой", among=offered)
    assert stranger.ambiguous
    assert stranger.candidates[0].score < ALMOST_EXACT


@pytest.mark.parametrize(
    "text", ["запиши Борисову пульс 80", "запиши петровскому пульс 80", "покажи михайлову рецепты"]
)
def test_a_stranger_to_whom_something_is_written(parser: InProcessParser, text: str) -> None:
    name = parser.parse(text).get("patient_name")
    assert name is not None
    assert name.value == PatientMention((), False)


@pytest.mark.parametrize(
    "text",
    ["давление Больнова", "давление Рака", "аллергии температурова", "диагнозы Ли", "диагнозы ли"],
)
def test_what_may_be_a_stranger_has_the_patient_named(parser: InProcessParser, text: str) -> None:
    assert request_in(DialogueState(patient="2002"), parser.parse(text)).say_whose


@pytest.mark.parametrize(
    "text", ["давление больного", "Аллергии пациентки", "Давление. ЭКГ", "рост что ли"]
)
def test_who_is_certain_is_not_named(parser: InProcessParser, text: str) -> None:
    assert not request_in(DialogueState(patient="2002"), parser.parse(text)).say_whose


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("люды шевченко", "1500"),
        ("островского лёвы", "1717"),
        ("иры гаврилюк", "42"),
        ("танечки орловой", "2110"),
        ("игорька морозова", "1818"),
        ("верочке бондаренко", "5005"),
        ("серёги фёдорова", "1022"),
        ("катюшей лебедевой", "2001"),
    ],
)
def test_a_tender_first_name(gazetteer: Gazetteer, said: str, card: str) -> None:
    assert cards(gazetteer, said) == card


@pytest.mark.parametrize("said", ["люды", "левы", "люды говорят о шевченко"])
def test_a_word_that_may_be_a_first_name_is_none_alone(gazetteer: Gazetteer, said: str) -> None:
    canon = canonical(said)
    named = gazetteer.find_patient(canon, range(len(canon.items)))
    assert named is None or canon.surface(named.where) == "шевченко"


def test_a_surname_that_was_torn(parser: InProcessParser) -> None:
    name = parser.parse("лекарства сидорен ко").get("patient_name")
    assert name is not None
    assert isinstance(name.value, PatientMention)
    assert (name.value.candidates[0].card, name.value.ambiguous) == ("3045", False)


def test_a_first_name_that_was_heard_otherwise(gazetteer: Gazetteer) -> None:
    assert cards(gazetteer, "кимли лену") == "88"
