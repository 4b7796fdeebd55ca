"""What is offered to be written is what was said: no half, hour or note in another's place."""

from __future__ import annotations

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    PULSE,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.state import ConfirmWrite, FillRequest

HALF = "запиши Громову давление сто тридцать"
WHOLE = "запиши Громову давление сто тридцать на восемьдесят"
BREATHS = "запиши Громову чдд шестнадцать вчера утром"
NOTE = "запиши Громову заметку"
TWO = "давление сто тридцать на восемьдесят жалуется на головную боль"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("исправь на сто двадцать", "120 на сколько?"),
        ("измени на сто десять", "110 на сколько?"),
        ("нет на сто двадцать", "120 на сколько?"),
        ("лучше на сто двадцать", "120 на сколько?"),
        ("на восемьдесят", "давление 130/80"),
        ("нижнее сто двадцать", "давление 130/120"),
    ],
)
def test_the_upper_pressure_said_anew_is_no_lower_one(
    talk: Talk,  # noqa: F811
    said: str,
    answer: str,
) -> None:
    assert answer in talk.say(HALF, said)


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("не на восемьдесят а на девяносто", "130/90"),
        ("на девяносто а не на восемьдесят", "130/90"),
        ("не сто тридцать а сто сорок не восемьдесят а девяносто", "140/90"),
        ("восемьдесят пять нижнее", "130/85"),
        ("сто сорок верхнее девяносто нижнее", "140/90"),
        ("исправь на девяносто", "130/90"),
        ("верхнее сто сорок нижнее девяносто", "140/90"),
    ],
)
def test_a_part_of_the_pressure_is_said_anew(
    talk: Talk,  # noqa: F811
    said: str,
    repeated: str,
) -> None:
    assert f"давление {repeated}" in talk.say(WHOLE, said)


def test_the_upper_one_can_only_be_of_a_blood_pressure(talk: Talk) -> None:  # noqa: F811
    assert talk.say("Громов", "верхнее сто двадцать") == "120 на сколько?"
    assert "давление 120/70" in talk.say("нижнее семьдесят")


@pytest.mark.parametrize(
    ("said", "value", "hour"),
    [
        ("восемнадцать", 18, None),
        ("это двадцать", 20, None),
        ("да восемнадцать", 18, None),
        ("это восемь", 8, None),
        ("восемь", 16, 8),
        ("восемь часов", 16, 8),
        ("время восемь", 16, 8),
    ],
)
def test_an_hour_of_another_part_of_the_day_is_the_value(
    talk: Talk,  # noqa: F811
    said: str,
    value: int,
    hour: int | None,
) -> None:
    talk.say(BREATHS, said)
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    request = pending.request
    assert request.measurement is not None
    assert request.measurement.numbers == (value,)
    assert (request.hour.hour if request.hour else None) == hour


@pytest.mark.parametrize(
    "said",
    [
        "назначу анальгин",
        "осмотрю завтра",
        "контролируйте давление утром",
        "пейте больше воды",
        "не помнит принимал ли таблетки",
        "жена спрашивает можно ли вставать",
        "упал не помнит где",
        "сознание терял неизвестно когда",
        "когда ходит одышка",
        "сколько мочи неизвестно",
    ],
)
def test_an_order_and_what_is_not_known_are_notes(talk: Talk, said: str) -> None:  # noqa: F811
    assert f"заметку: «{said}»?" in talk.say(NOTE, said)


@pytest.mark.parametrize(
    "said",
    ["поднимите руку", "дышите глубже", "сейчас подумаю", "где болит", "давно ли болит",
     "операция когда", "когда меняли"],
)  # fmt: skip
def test_a_question_and_an_examination_are_no_notes(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(NOTE, said).endswith("Что записать в заметку?")


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("добавь упал не помнит когда", "болит голова, упал не помнит когда"),
        ("и что-то в спине", "болит голова, что-то в спине"),
        ("и что ещё", "болит голова"),
    ],
)
def test_what_is_added_to_a_note(talk: Talk, said: str, note: str) -> None:  # noqa: F811
    assert f"заметку: «{note}»?" in talk.say(f"{NOTE} болит голова", said)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("давление сто тридцать на восемьдесят точка", False),
        ("давление сто тридцать на восемьдесят стабильно", False),
        ("чдд десять раз в минуту", False),
        ("пульс семьдесят уд", False),
        ("сатурацию девяносто без кислорода", True),
        ("давление сто тридцать на восемьдесят жалоб нет", True),
    ],
)
def test_a_note_is_asked_for_where_one_was_said(
    talk: Talk,  # noqa: F811
    said: str,
    left: bool,
) -> None:
    assert ("Отдельно продиктуйте: заметку." in talk.say(f"запиши Громову {said}")) is left


@pytest.mark.parametrize("said", ["болит голова", "голова не болит", "дала каптоприл"])
def test_the_note_that_was_asked_for_is_taken(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say("Громов", TWO, "да").endswith("Теперь продиктуйте: заметку.")
    assert f"заметку: «{said}»?" in talk.say(said)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("не так", "Уже записано"),
        ("нет, сто сорок на девяносто", "давление 140/90"),
        ("спасибо", "Слушаю."),
        ("какой пульс", "Пульс"),
        ("пишите не спешите", "Этого я не умею"),
    ],
)
def test_what_is_no_note_is_none(talk: Talk, said: str, answer: str) -> None:  # noqa: F811
    talk.say("Громов", TWO, "да")
    told = talk.say(said)
    assert answer in told
    assert "заметку" not in told


def test_one_more_is_of_what_was_stored(talk: Talk) -> None:  # noqa: F811
    talk.say(f"{WHOLE} пульс семьдесят", "да")
    assert "давление 140/90" in talk.say("ещё одно сто сорок на девяносто")
    assert talk.say("да").endswith("Теперь продиктуйте: пульс.")
    assert "пульс 75" in talk.say("ещё семьдесят пять")


def test_one_more_alone_is_no_value(talk: Talk) -> None:  # noqa: F811
    assert "не бывает" not in talk.say(PULSE, "да", "ещё один")


@pytest.mark.parametrize("said", ["дала капотен", "дала анальгин", "Лебедевой вколола ношпу"])
def test_a_drug_that_was_given_is_a_note(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.parser.parse(said).intent == "add_note"


@pytest.mark.parametrize(
    "said", ["что дала колоноскопия", "дала ли она согласие", "дала согласие на операцию"]
)
def test_what_else_was_given_is_no_note(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.parser.parse(said).intent != "add_note"


@pytest.mark.parametrize("said", ["минутку", "одну секунду", "покажи заметки", "прекрасно"])
def test_what_waits_for_a_yes_waits_on(talk: Talk, said: str) -> None:  # noqa: F811
    asked = talk.say(PULSE)
    assert talk.say(said) == asked


@pytest.mark.parametrize("said", ["стопэ", "отменяется", "отмена", "хватит"])
def test_what_waits_for_a_yes_is_dropped(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(PULSE, said) == "Отменено. Ничего не записано."


def test_a_year_of_birth_after_the_name_is_no_second_patient(talk: Talk) -> None:  # noqa: F811
    assert "по одному" not in talk.say("Громов", "запиши пульс семьдесят Громову 1963")
    assert isinstance(talk.state.pending, FillRequest | ConfirmWrite)
