"""What is corrected before it is written: the day is kept, nothing denied is offered, and whoever
else may be meant is asked for; by the real parser."""

from __future__ import annotations

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.plans import AskMissing, Confirm, NeedPatient, Read
from assistant.dialogue.state import DialogueState

PULSE = "запиши Громову пульс 80 "
WHOSE = "О каком пациенте речь?"
WHICH_DAY = "За какой день записать? Назовите день и час"
WHICH_HOUR = "Назовите час, например"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (("позавчера в три дня", "нет в одиннадцать"), WHICH_HOUR),
        (("позавчера в три дня", "нет в одиннадцать", "в одиннадцать"), "19 ноября 2026 года в 11"),
        (("позавчера в три ночи", "нет в пять", "в пять утра"), "19 ноября 2026 года в 5:00?"),
        (("позавчера вечером", "в час", "в десять"), "19 ноября 2026 года в 22:00?"),
        (("позавчера", "в час", "в час дня"), "19 ноября 2026 года в 13:00?"),
        (("позавчера", "полвосьмого", "в половине восьмого утра"), "19 ноября 2026 года в 7:30?"),
        (("позавчера", "перед сном", "в десять"), WHICH_DAY),
        (("позавчера", "перед сном", "в десять", "вчера"), "вчера в 10:00"),
        (("вчера вечером", "не вчера", "в девять"), WHICH_DAY),
        (("вчера вечером", "не вчера", "в девять", "позавчера"), "19 ноября 2026 года в 9:00?"),
        (("вчера вечером", "не вчера", "сегодня в девять"), "сегодня в 9:00?"),
        (("позавчера в двенадцать", "ночью"), WHICH_HOUR),
        (("в двенадцать", "вчера", "ночью"), WHICH_HOUR),
        (("в двенадцать", "ночи"), "сегодня в 0:00?"),
        (("вчера вечером", "нет сегодня в шесть"), "сегодня в 6:00?"),
        (("вчера вечером", "вчера в шесть"), "вчера в 18:00"),
        (("вечером", "вчера в девять"), "вчера в 21:00"),
        (("вчера вечером", "до обеда"), WHICH_DAY),
        (("вчера вечером", "да до обеда"), WHICH_DAY),
        (("вчера вечером", "вчера до обеда"), WHICH_HOUR),
        (("вчера", "после ночной смены"), WHICH_DAY),
        (("вчера утром", "после обеда"), "вчера днём"),
        (("вчера вечером", "не вечером а утром"), "вчера утром"),
        (("вчера вечером", "не вчера а позавчера"), "19 ноября 2026 года вечером?"),
    ],
)
def test_a_day_is_neither_dropped_nor_replaced_by_an_hour(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    heard: str,
) -> None:
    first, *others = said
    assert heard in talk.say(PULSE + first, *others)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("лейкоциты полторы тысячи", "Какое значение записать: лейкоциты?"),
        ("лейкоциты пол тысячи", "Какое значение записать: лейкоциты?"),
        ("лейкоциты около полутора тысяч", "Какое значение записать: лейкоциты?"),
        ("лейкоциты девять с половиной тысяч", "лейкоциты 9,5×10⁹/л?"),
        ("температуру ближе к тридцати девяти", "Нужно точное значение."),
        ("пульс сто или около того", "Нужно точное значение."),
    ],
)
def test_no_part_of_a_number_and_no_guess_is_offered(
    talk: Talk,  # noqa: F811
    said: str,
    heard: str,
) -> None:
    assert heard in talk.say(f"запиши {said}")


@pytest.mark.parametrize(
    "said",
    ["сахар девяносто", "гемоглобин 13 г/дл", "калий сорок пять", "креатинин ноль девять",
     "у Орловой гемоглобин тысяча двести", "сахар у него сто двадцать", "сахар утром девяносто"],
)  # fmt: skip
def test_an_impossible_value_is_asked_for_again_and_reads_nothing(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    talk.say(said)
    assert isinstance(talk.plans[-1], AskMissing)


@pytest.mark.parametrize("said", ["какой был сахар", "гемоглобин за 2025 год", "сахар"])
def test_a_question_about_a_result_reads_it(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(said)
    assert isinstance(talk.plans[-1], Read)


@pytest.mark.parametrize("denied", ["это не сатурация", "нет это не сатурация"])
def test_a_denied_quantity_is_not_offered(talk: Talk, denied: str) -> None:  # noqa: F811
    assert "пульс 98" in talk.say("пульс девяносто восемь", denied)
    assert "сатурацию 98" in talk.say("нет это сатурация")


@pytest.mark.parametrize(
    "said",
    ["да она", "верно больная", "да это она", "да ей", "да пациентка"],
)
def test_a_yes_to_somebody_of_the_other_sex_asks_whom(talk: Talk, said: str) -> None:  # noqa: F811
    for begun in ("запиши пульс 70", "запиши заметку болит голова"):
        talk.state = DialogueState(patient=GROMOV)
        assert WHOSE in talk.say(begun, said)
    assert talk.written() == []


def test_a_yes_to_him_repeats_the_question(talk: Talk) -> None:  # noqa: F811
    talk.say("запиши пульс 70", "да он")
    assert isinstance(talk.plans[-1], Confirm)


@pytest.mark.parametrize("said", ["её экг", "экг её", "давление её", "диагнозы её"])
def test_records_of_hers_are_not_his(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(said)
    assert isinstance(talk.plans[-1], NeedPatient)
    talk.state = DialogueState(patient=GROMOV)
    talk.say(said.replace("её", "его"))
    assert isinstance(talk.plans[-1], Read)
