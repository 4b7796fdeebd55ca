"""What is said of the answer just given: the list again, another hospital, what came before."""

from __future__ import annotations

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    PULSE,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.plans import (
    AskMissing,
    Confirm,
    NeedPatient,
    NoMore,
    Phrase,
    Read,
    Repeat,
    Say,
)

LISTED = "Какой документ? Первый — электрокардиограмма"
MAGOMEDOV = ("магомедов", "последняя экг")
SIDOROVA = ("сидорова анна", "выписки", "первая")


@pytest.mark.parametrize(
    "said", ["есть ещё экг", "остальные экг", "ещё какие", "другая экг", "вернись к списку"]
)
def test_what_else_there_is_is_the_list_of_that_kind(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(*MAGOMEDOV, said).startswith(LISTED)
    assert "4 декабря 2025" in talk.say("вторая")


@pytest.mark.parametrize("said", ["прочитай полностью", "открой", "покажи", "открой документ"])
def test_none_of_a_list_is_opened_before_it_is_chosen(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say("магомедов", "экг", said).startswith(LISTED)


def test_of_the_only_one_there_is_no_more(talk: Talk) -> None:  # noqa: F811
    assert talk.say("эпикриз", "есть ещё") == "Больше ничего нет."
    assert talk.say("ещё").startswith("Эпикриз: ")


@pytest.mark.parametrize("said", ["не тот", "не этот", "не того"])
def test_what_fits_the_man_and_not_his_paper_is_the_man(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(*MAGOMEDOV, said)
    assert isinstance(talk.plans[-1], NeedPatient)
    assert talk.state.patient is None


def test_after_a_paper_is_denied_it_is_open_who_is_meant(talk: Talk) -> None:  # noqa: F811
    assert LISTED in talk.say(*MAGOMEDOV, "не та")
    assert talk.say("лекарства").startswith("Магомедов")
    assert talk.say("диагнозы").startswith("У пациента")


def test_where_there_is_no_other_paper_it_is_asked_what_is_wrong(talk: Talk) -> None:  # noqa: F811
    assert "Что не так?" in talk.say("зайцева светлана", "последняя выписка", "не та")
    assert talk.say("лекарства").startswith("Зайцева")


@pytest.mark.parametrize("said", ["не та", "не этот"])
def test_not_this_one_right_after_a_document_is_the_list(talk: Talk, said: str) -> None:  # noqa: F811
    answer = talk.say(*SIDOROVA, said)
    assert answer.startswith("Сидорова Анна Михайловна, 1949 года рождения. Какой документ?")


@pytest.mark.parametrize(
    "said",
    [
        (*SIDOROVA, "не тот пациент"),
        (*SIDOROVA, "не она"),
        (*SIDOROVA, "нет, другой"),
        (*SIDOROVA, "не та фамилия"),
        (*SIDOROVA, "давление", "не та"),
        ("магомедов", "не та"),
    ],
)
def test_a_person_who_is_denied_is_left(talk: Talk, said: tuple[str, ...]) -> None:  # noqa: F811
    talk.say(*said)
    assert isinstance(talk.plans[-1], NeedPatient)
    assert talk.state.patient is None


def test_a_correction_of_the_place_is_of_the_same_list(talk: Talk) -> None:  # noqa: F811
    assert "24 апреля 2024" in talk.say(*SIDOROVA, "нет, вторая")
    assert talk.say("не та выписка").startswith("Какой документ? Первый — выписка")
    talk.say("документы", "вторая")
    assert talk.say("не та больница").startswith("Из какой больницы? Первая — Гор")
    assert talk.say("вторая", "нет, третья").startswith("Областная клиническая больница: ")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (("петрова", "документы из третьей больницы", "а из пятой"), "Поликлиника №5: 7 док"),
        (("сидорова анна", "документы", "вторая", "а из третьей"), "Областная клиническая"),
        (("документы из первой больницы", "а из второй"), "Городская больница №2: документов нет"),
        (("петрова", "посещения в третьей больнице", "а в пятой"), "Поликлиника №5: 2 посещения"),
        (("ким", "документы из пятой"), "Из какой больницы? Первая — Поликлиника №5; вторая — Г"),
        (("петрова", "документы из третьей больницы", "а из второго"), "Протокол операции: "),
        (("петрова", "документы из третьей больницы", "вторая"), "Протокол операции: "),
        (("магомедов", "экг", "а из третьей"), "Электрокардиограмма: "),
    ],
)
def test_from_a_feminine_number_is_a_hospital(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    begins: str,
) -> None:
    answer = talk.say(*said)
    assert begins in answer[: len(begins) + 60]


@pytest.mark.parametrize(
    ("said", "tells"),
    [
        ((*MAGOMEDOV, "третья"), "9 февраля 2025"),
        ((*MAGOMEDOV, "предпоследняя"), "4 декабря 2025"),
        (("последнее эхо", "а предпоследнее"), "29 сентября 2025"),
        (("последний документ", "а до него"), "Результаты анализов"),
        ((*MAGOMEDOV, "девятая"), "Больше ничего нет."),
        (("эпикриз", "вторая"), "Больше ничего нет."),
    ],
)
def test_others_of_the_kind_that_was_opened_are_counted(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    tells: str,
) -> None:
    assert tells in talk.say(*said)


@pytest.mark.parametrize("said", ["предыдущее давление", "какое было предыдущее давление"])
def test_the_previous_value_of_a_quantity_is_the_one_before(talk: Talk, said: str) -> None:  # noqa: F811
    latest = talk.say("давление")
    talk.state = type(talk.state)(patient=GROMOV)
    assert talk.say(said)[:40] != latest[:40]
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert (step.request.observation, step.request.start) == ("blood_pressure", 1)


def test_the_previous_of_nothing_is_not_denied(talk: Talk) -> None:  # noqa: F811
    talk.say("предыдущие измерения")
    assert isinstance(talk.plans[-1], AskMissing)
    talk.state = type(talk.state)(patient=GROMOV)
    talk.say("дальше")
    assert talk.plans[-1] == Say(Phrase.NO_LIST)


def test_what_was_cut_off_is_read_again(talk: Talk) -> None:  # noqa: F811
    talk.say("лекарства", "стоп", "продолжай")
    assert isinstance(talk.plans[-1], Repeat)
    talk.say("продолжай")
    assert isinstance(talk.plans[-1], NoMore)
    talk.say(PULSE, "стоп", "продолжай")
    assert not isinstance(talk.plans[-1], Repeat)


def test_an_hour_ago_is_dictated(talk: Talk) -> None:  # noqa: F811
    assert "140/90" in talk.say("давление сто сорок на девяносто час назад")
    assert isinstance(talk.plans[-1], Confirm)


@pytest.mark.parametrize("said", ["ещё одно семьдесят пять", "и ещё семьдесят пять в восемь утра"])
def test_one_more_right_after_a_write_is_confirmed(talk: Talk, said: str) -> None:  # noqa: F811
    assert "пульс 75 уд/мин" in talk.say(PULSE, "да", said)
    assert isinstance(talk.plans[-1], Confirm)
    assert len(talk.written()) == 1


@pytest.mark.parametrize("said", ["а какое было вчера", "а вчера сколько было"])
def test_an_elliptic_question_at_a_confirmation_is_of_its_quantity(talk: Talk, said: str) -> None:  # noqa: F811
    answer = talk.say(PULSE, said)
    assert answer.startswith("Предыдущее не записано. Пульс")
    assert "Температура" not in answer


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (("креатинин", "а средний"), "Выбрать или усреднить значения не умею, говорю последнее. К"),
        (("давление", "самое высокое за месяц"), "Выбрать или усреднить значения не умею, говорю"),
        (("какая была температура вчера вечером",), "Вечером измерений нет. Температура "),
        (("какая была температура вчера утром",), "Температура "),
    ],
)
def test_one_value_among_many_is_of_what_was_read(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    begins: str,
) -> None:
    answer = talk.say(*said)
    assert answer.startswith(begins)
    assert "Частота дыхания" not in answer


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("посещения", "когда"),
        ("посещения", "а где"),
        ("эпикриз", "где это было"),
        ("креатинин", "когда сдавала"),
    ],
)
def test_when_and_where_are_told_again(talk: Talk, first: str, said: str) -> None:  # noqa: F811
    assert talk.say(first) == talk.say(said)


@pytest.mark.parametrize("said", ["а у кардиолога", "а кардиолог"])
def test_another_specialist_goes_on_with_visits(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say("когда был у эндокринолога", said).startswith("Кардиология: ")
    assert talk.say("а окулиста").startswith("Офтальмология: посещений нет.")


def test_a_whole_request_replaces_the_question(talk: Talk) -> None:  # noqa: F811
    talk.say("белых", "что в онкологии нашли")
    assert talk.say("колоноскопия").startswith("Такого вида документов не знаю.")


@pytest.mark.parametrize("first", ["давление", "сахар", "последнее эхо", "выписка"])
@pytest.mark.parametrize("said", ["когда он лежал", "где лежал", "когда был"])
def test_when_somebody_lay_is_asked_of_visits(talk: Talk, first: str, said: str) -> None:  # noqa: F811
    assert talk.say("громов", first, said).startswith("У пациента 8 посещений.")


@pytest.mark.parametrize(
    ("said", "day"),
    [
        (("вторая", "первая"), "13 сентября 2026"),
        (("третья экг", "первая экг"), "13 сентября 2026"),
        (("предпоследняя", "последняя"), "13 сентября 2026"),
        (("третья", "вторая"), "4 декабря 2025"),
        (("вторая", "предыдущая"), "9 февраля 2025"),
        (("вторая", "предыдущая экг"), "9 февраля 2025"),
        (("третья экг", "первое эхо"), "29 марта 2024"),
    ],
)
def test_places_count_from_the_newest_until_a_list_is_read(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    day: str,
) -> None:
    assert day in talk.say(*MAGOMEDOV, *said)


def test_places_of_a_list_that_was_read_stay(talk: Talk) -> None:  # noqa: F811
    talk.say("магомедов", "документы из кардиоцентра", "последняя экг")
    assert talk.say("первая") == talk.say("документы из кардиоцентра", "первый")


@pytest.mark.parametrize(
    ("said", "day"),
    [
        (("предыдущее эхо",), "29 сентября 2025"),
        (("предыдущее эхо", "предыдущее эхо"), "3 марта 2025"),
        (("выписка", "предыдущее эхо"), "29 сентября 2025"),
    ],
)
def test_the_paper_before_the_latest(talk: Talk, said: tuple[str, ...], day: str) -> None:  # noqa: F811
    assert day in talk.say("громов", *said)


def test_the_value_before_the_latest_is_no_question_of_its_kind(talk: Talk) -> None:  # noqa: F811
    latest = talk.say("громов", "сахар")
    before = talk.say("а предыдущий сахар")
    assert before.startswith("Глюкоза")
    assert before != latest
    assert talk.say("карта 2002", "предыдущий сахар") == before


@pytest.mark.parametrize(
    ("first", "said", "day"),
    [
        ("давление", "а пятого", 5),
        ("давление", "второго", 2),
        ("пульс", "на пятое", 5),
        ("посещения", "а четырнадцатого", 14),
    ],
)
def test_a_bare_day_goes_on_with_what_has_days(
    talk: Talk,  # noqa: F811
    first: str,
    said: str,
    day: int,
) -> None:
    talk.say("громов", first, said)
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert step.request.period is not None
    assert step.request.period.start.day == day


@pytest.mark.parametrize("said", ["второго", "двадцатый", "а у двадцатого"])
def test_a_place_is_no_day(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("громов", "документы из кардиоцентра", said)
    step = talk.plans[-1]
    assert not (isinstance(step, Read) and step.request.period)


@pytest.mark.parametrize(
    "said", ["выписка четырнадцатого марта", "выписка от четырнадцатого", "выписка четырнадцатого"]
)
def test_a_paper_of_a_day_may_be_of_any_month_or_year(talk: Talk, said: str) -> None:  # noqa: F811
    assert "14 марта 2024 года" in talk.say("громов", said)
    assert "Заключение" in talk.say(said)
    assert "документов нет" in talk.say("выписка 14 марта 2025 года")


def test_back_to_the_list_of_documents(talk: Talk) -> None:  # noqa: F811
    listed = talk.say("громов", "документы из первой больницы")
    assert talk.say("первый", "вернись к списку документов") == listed


def test_no_but_another_hospital_right_after_visits(talk: Talk) -> None:  # noqa: F811
    answer = talk.say("громов", "посещения", "нет вторая")
    assert answer.startswith("Республиканский кардиоцентр: 4 посещения.")
