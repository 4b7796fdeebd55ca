"""Number words that were misheard or torn off: read where they can mean one thing, else asked."""

from __future__ import annotations

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.state import FillRequest
from nlu.canon import canonical


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("девяносто симь", "97"),
        ("девяносто восим", "98"),
        ("семьдесят пят", "75"),
        ("восемьдесят шест", "86"),
        ("двадцать тва", "22"),
        ("двадцать чтыре", "24"),
        ("сто двацать", "120"),
        ("сто пидисят", "150"),
        ("сто двадцать пят на восимьдесят", "125 на 80"),
        ("семдесят", "70"),
        ("трицать", "30"),
        ("шесдесят", "60"),
        ("тридцать семь и пят", "37 и 5"),
        ("тридцать семь и тре", "37 и 3"),
        ("тридцать семь и девить", "37 и 9"),
        ("шесть запятая деветь", "6 , 9"),
        ("90 симь", "90 7"),
        # words that only resemble a number, or of which no number can follow
        ("семьдесят да", "70 да"),
        ("семьдесят ритмичный", "70 ритмичный"),
        ("семьдесят шишка", "70 шишка"),
        ("семьдесят при ходьбе", "70 при ходьбе"),
        ("семьдесят пить хочет", "70 пить хочет"),
        ("семьдесят два симь", "72 симь"),
        ("шест и дева", "шест и дева"),
        ("двадцать апноэ нет", "20 апноэ нет"),
        ("восемьдесят адэ", "80 адэ"),
        ("семьдесят тро ицкой", "70 тро ицкой"),
        ("семьдесят сэс", "70 сэс"),
    ],
)
def test_what_a_word_after_a_number_is_read_as(said: str, heard: str) -> None:
    assert canonical(said).text == heard


@pytest.mark.parametrize(
    "said",
    [
        "температуру тридцать восемь и",
        "температуру тридцать восемь запятая",
        "температуру тридцать восемь целых",
        "температуру тридцать семь и дева",
        "сахар семь и тве",
        "сатурацию девяносто пет",
        "пульс семьдесят два симь",
        "пульс семьдесят тро ицкой",
        "сатурацию девяносто дева",
        "сатурацию девяносто пет процентов",
        "пульс шестьдесят в осемь",
        "пульс девяно сто два",
        "сахар один на дцать",
        "чдд шесть надцать",
        "пульс во семнадцать",
        "сатурацию девяносто в семь",
    ],
)
def test_what_was_not_heard_whole_is_asked_for(talk: Talk, said: str) -> None:  # noqa: F811
    assert "Не расслышал число. Какое значение записать" in talk.say(f"запиши {said}")
    pending = talk.state.pending
    assert isinstance(pending, FillRequest)
    assert pending.request.measurement is None


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("пульс семьдесят и температура тридцать семь", "пульс 70 уд/мин?"),
        ("пульс семьдесят и жалоб нет", "пульс 70 уд/мин?"),
        ("пульс семьдесят ритмичный", "пульс 70 уд/мин?"),
        ("давление сто двадцать на восемьдесят пят", "давление 120/85"),
        ("вес восемьдесят с половинкой", "вес 80,5 кг?"),
        ("чдд двадцать апноэ нет", "частоту дыхания 20 в минуту?"),
        ("температуру тридцать семь пить хочет", "температуру 37 °C?"),
        ("температуру тридцать семь и дай", "температуру 37 °C?"),
        ("чдд восемь раз", "частоту дыхания 8 в минуту?"),
        ("сатурацию девяносто в семь утра", "сатурацию 90 %, сегодня в 7:00?"),
        ("сатурацию девяносто шесть в семь", "сатурацию 96 %, сегодня в 7:00?"),
        ("температуру в семь тридцать шесть и шесть", "температуру 36,6 °C, сегодня в 7:00?"),
    ],
)
def test_what_was_heard_whole_is_offered(
    talk: Talk,  # noqa: F811
    said: str,
    repeated: str,
) -> None:
    assert repeated in talk.say(f"запиши {said}")


def test_a_fraction_that_was_torn_off_is_said_anew(talk: Talk) -> None:  # noqa: F811
    torn = "запиши температуру тридцать восемь и"
    assert "температуру 38,5 °C?" in talk.say(torn, "тридцать восемь и пять")


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("последние два сахара", "get_lab_result"),
        ("покажи последние два сахара", "get_lab_result"),
        ("сахар последние два", "get_lab_result"),
        ("два последних холестерина", "get_lab_result"),
        ("последние два веса", "get_latest_vitals"),
        ("последние три пульса", "get_latest_vitals"),
    ],
)
def test_how_many_are_asked_for_is_no_value(talk: Talk, said: str, intent: str) -> None:  # noqa: F811
    parse = talk.parser.parse(said)
    assert parse.intent == intent
    assert not [entity for entity in parse.found if entity.name == "value"]
    assert "Записать" not in talk.say(said)


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("сахар последний пять и восемь", "глюкозу 5,8 ммоль/л?"),
        ("последнее давление сто тридцать на восемьдесят", "давление 130/80"),
        ("запиши пульс восемьдесят раз в минуту", "пульс 80 уд/мин?"),
    ],
)
def test_a_value_beside_the_last_is_one(
    talk: Talk,  # noqa: F811
    said: str,
    repeated: str,
) -> None:
    assert repeated in talk.say(said)


@pytest.mark.parametrize(
    ("first", "then", "answer"),
    [
        ("вес восемьдесят", "два", "82 или 2?"),
        ("пульс сто", "двадцать", "120 или 20?"),
        ("давление сто", "двадцать", "120 или 100 на 20?"),
        ("сахар десять", "пять", "10,5 или 5?"),
        ("пульс восемьдесят", "два", "пульс 82 уд/мин?"),
        ("температуру тридцать шесть", "шесть", "температуру 36,6 °C?"),
        ("пульс восемьдесят", "девяносто", "пульс 90 уд/мин?"),
        ("вес восемьдесят два", "три", "вес 3 кг?"),
        ("давление сто", "шестьдесят", "артериальное давление 100/60"),
        ("давление сто двадцать", "восемьдесят", "артериальное давление 120/80"),
        ("сахар семь", "восемь", "глюкозу 8 ммоль/л?"),
    ],
)
def test_a_number_alone_may_go_on_with_the_one_before(
    talk: Talk,  # noqa: F811
    first: str,
    then: str,
    answer: str,
) -> None:
    assert answer in talk.say(f"запиши {first}", then)


def test_an_hour_may_have_the_tens_of_the_value(talk: Talk) -> None:  # noqa: F811
    assert "Слышу несколько чисел." in talk.say("запиши сахар в семь тридцать шесть и два")
