"""What is answered for a place or a time that holds nothing, or that chooses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant import answers
from assistant.dialogue.policy import plan
from assistant.dialogue.state import Aim, ChooseIntent, DialogueState, Request
from assistant.roster import Roster
from ledger_client import LedgerClient

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
Talk = Callable[..., str]


@pytest.fixture(scope="module")
def talk(clinic: tuple[str, str]) -> Iterator[Talk]:
    """Says sentences one after the other with Громов current, and returns the last answer."""
    with LedgerClient(*clinic) as ledger:
        snapshot = Roster(ledger).snapshot()

        def say(*sentences: str, start: DialogueState | None = None) -> str:
            state, text = start or DialogueState(patient="2002"), ""
            for sentence in sentences:
                step = plan(state, snapshot.parser.parse(sentence), snapshot.names)
                carried = snapshot.actions.carry_out(step, state, NOW, "dr")
                text, state = carried.answer.text, carried.state
                state = replace(state, last_answer=text)
            return text

        yield say


@pytest.mark.parametrize("said", ["был ли он в онкодиспансере", "посещения в онкодиспансере"])
def test_no_visit_to_a_hospital_is_said_so(talk: Talk, said: str) -> None:
    assert talk(said).startswith(
        "Онкологический диспансер: посещений нет. Всего 8 посещений, последнее — 2 августа 2026"
    )


def test_visits_to_one_hospital_are_counted_and_told_apart_from_the_others(talk: Talk) -> None:
    first = "сколько раз лежал в кардиоцентре"
    assert talk(first).startswith(
        "Республиканский кардиоцентр: 4 посещения. Последнее — 24 июня 2026 года, кардиология"
    )
    earlier = talk(first, "дальше")
    assert earlier.startswith("Ранее: 29 сентября 2025 года")
    assert "госпиталь" not in earlier
    assert talk("посещения кардиоцентра за 2024 год").startswith(
        "Республиканский кардиоцентр: 1 посещение, 9 марта 2024 года"
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (
            "какие лекарства назначили в кардиоцентре",
            "По больницам не отбираю, вот нынешние назначения. У пациента 5 назначений.",
        ),
        (
            "какие лекарства принимал в 2020 году",
            "По датам не отбираю, вот нынешние назначения. У пациента 5 назначений.",
        ),
        (
            "диагнозы в кардиоцентре за 2024 год",
            "По больницам и датам не отбираю, вот все диагнозы. У пациента 3 диагноза.",
        ),
        ("аллергии за 2024 год", "По датам не отбираю, вот все аллергии. У пациента отмечена"),
        ("какие лекарства он принимает", "У пациента 5 назначений."),
    ],
)
def test_what_has_no_place_or_time_of_its_own_is_told_as_all(
    talk: Talk, said: str, answer: str
) -> None:
    assert talk(said).startswith(answer)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (
            "посещения за 1999 год",
            "За 1999 год посещений нет, ближайшее — 9 марта 2024 года, Республиканский "
            "кардиоцентр, кардиология.",
        ),
        (
            "посещения кардиоцентра за 2023 год",
            "Республиканский кардиоцентр: за 2023 год посещений нет, ближайшее — 9 марта 2024 "
            "года, кардиология.",
        ),
        (
            "давление 14 ноября 2026 года",
            "Артериальное давление: за 14 ноября измерений нет, ближайшее — 16 ноября: "
            "152/87 мм рт. ст.",
        ),
        (
            "глюкоза за 2025 год",
            "Глюкоза: за 2025 год результатов нет, ближайший — 9 августа 2024 года: 5,0 ммоль/л.",
        ),
        (
            "выписка за 1999 год",
            "Выписка: за 1999 год документов нет, ближайший — 14 марта 2024 года, "
            "Республиканский кардиоцентр.",
        ),
        (
            "документы из кардиоцентра за 1999 год",
            "Республиканский кардиоцентр: за 1999 год документов нет, ближайший — 9 марта 2024 "
            "года: эхокардиография: перенесённый в прошлом инфаркт миокарда.",
        ),
        (
            "выписка из онкодиспансера",
            "Онкологический диспансер, выписка: документов нет, из другой больницы последний — "
            "14 марта 2024 года, Республиканский кардиоцентр.",
        ),
        ("общий анализ мочи", "Анализ мочи: документов нет."),
    ],
)
def test_nothing_is_on_record_for_that_time_or_place_but_nearby(
    talk: Talk, said: str, answer: str
) -> None:
    assert talk(said) == answer


def test_results_without_a_document_are_told(talk: Talk) -> None:
    assert talk("анализы от 24 июня 2026 года") == (
        "Документа нет, есть отдельные результаты. Тропонин 12 нг/л (в норме), холестерин "
        "4,9 ммоль/л (в норме), креатинин 90 мкмоль/л (в норме) — 24 июня 2026 года."
    )
    assert talk("биохимия").startswith("Документа нет, есть отдельные результаты. Калий")


XRAY = "Рентген: идиопатическая подагра, 3 июня 2024 года"
NEWEST = "Рецепт: гипертоническая болезнь, 2 августа 2026 года"
LIST = "документы из кардиоцентра"
ECHO = "эхокардиография"
INFARCTION = "Эхокардиография: перенесённый в прошлом инфаркт миокарда"


@pytest.mark.parametrize("said", ["холтер", "спирометрия", "гистология"])
def test_an_unknown_kind_of_document_is_not_the_open_one(talk: Talk, said: str) -> None:
    assert talk("рентген", said) == answers.unknown_document().text
    assert talk(said) == answers.unknown_document().text


@pytest.mark.parametrize("said", ["прочитай его", "открой документ", "покажи этот документ"])
def test_the_open_document_is_meant_where_no_other_is_said(talk: Talk, said: str) -> None:
    assert talk("рентген", said).startswith(XRAY)


def test_the_whole_of_the_open_document(talk: Talk) -> None:
    assert "сужение щели" in talk("рентген", "прочитай полностью")


@pytest.mark.parametrize("said", ["самый свежий документ", "последний документ"])
def test_the_newest_document_is_neither_the_open_one_nor_the_oldest(talk: Talk, said: str) -> None:
    assert talk("рентген", said).startswith(NEWEST)
    assert talk(LIST, said).startswith(
        "Эхокардиография: перенесённый в прошлом инфаркт миокарда, 2"
    )
    assert "24 июня 2026 года" in talk(LIST, said)


def test_the_last_of_the_list_is_the_oldest(talk: Talk) -> None:
    assert "9 марта 2024 года" in talk(LIST, "последний документ в списке")
    assert talk(LIST, "третий", "открой предпоследний из списка").startswith("Протокол операции")


@pytest.mark.parametrize("listed", [LIST, ECHO])
@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("последнее", "24 июня 2026 года"),
        ("самое последнее", "24 июня 2026 года"),
        ("самое свежее", "24 июня 2026 года"),
        ("открой предпоследнее", "29 сентября 2025 года"),
        ("второе", "29 сентября 2025 года"),
        ("последнее из списка", "9 марта 2024 года"),
    ],
)
def test_the_last_one_is_the_newest_of_what_was_listed(
    talk: Talk, listed: str, said: str, day: str
) -> None:
    assert f"{INFARCTION}, {day}, Респ" in talk(listed, said)


def test_the_documents_that_are_asked_which_of_are_read_on(talk: Talk) -> None:
    first = talk(ECHO)
    assert first.startswith("Какой документ? Первый — ")
    assert first.endswith("Всего 4 документа.")
    rest = f"Четвёртый — э{INFARCTION[1:]}, 9 марта 2024 года."
    for said in ("дальше", "какие ещё", "остальные", "а раньше", "подробнее"):
        assert talk(ECHO, said) == rest
    assert talk(ECHO, "дальше", "дальше") == answers.no_more().text
    assert talk(ECHO, "дальше", "назад") == first
    assert talk(ECHO, "дальше", "второе").startswith(f"{INFARCTION}, 29 сентября 2025 года")
    assert talk("рецепты", "дальше").startswith("Четвёртый — рецепт")
    assert talk("первый документ Громова", "дальше").startswith("Четвёртый — ")


@pytest.mark.parametrize("said", ["а раньше", "дальше"])
def test_a_value_before_the_period_that_was_asked_for(talk: Talk, said: str) -> None:
    assert "10 октября 2026 года" in talk("давление за октябрь 2026 года")
    assert "10 сентября 2026 года" in talk("давление за октябрь 2026 года", said)


def test_what_lies_before_a_period(talk: Talk) -> None:
    year = "посещения за 2025 год"
    assert talk(year, "дальше", "а раньше").startswith("У пациента 3 посещения. Последнее — 9 авг")
    assert talk(year, "дальше", "дальше") == answers.no_more().text
    assert talk("экг за 2024 год", "а раньше").startswith(
        "Электрокардиограмма: до 2024 года документов нет, ближайший — 9 августа 2024 года"
    )
    assert talk("давление за 1999 год", "а раньше").startswith(
        "Артериальное давление: до 1999 года измерений нет, ближайшее — "
    )


def test_the_value_before_the_one_that_was_read(talk: Talk) -> None:
    assert talk("креатинин", "дальше") == talk("креатинин", "а до этого")
    assert talk("креатинин", "следующий") == answers.no_more().text


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("за девятое марта", "9 марта 2024 года"),
        ("девятого марта", "9 марта 2024 года"),
        ("та, которая в сентябре", "29 сентября 2025 года"),
        ("июньское", "24 июня 2026 года"),
        ("двадцать четвёртого года", "9 марта 2024 года"),
        ("за 2024 год", "9 марта 2024 года"),
    ],
)
def test_of_those_listed_one_is_chosen_by_its_date(talk: Talk, said: str, day: str) -> None:
    assert talk(ECHO, said).startswith(f"{INFARCTION}, {day}")


def test_a_day_that_none_of_those_listed_has(talk: Talk) -> None:
    assert talk(ECHO, "за девятое апреля").startswith(
        "Эхокардиография: за 9 апреля документов нет, ближайший — 24 июня, Респ"
    )
    assert talk("эхокардиография за девятое марта").startswith(f"{INFARCTION}, 9 марта 2024 года")
    assert talk(ECHO, "двадцать пятого года").startswith("Какой документ? Первый — эхокардио")
    assert talk(ECHO, "двадцать пятого года", "в марте").startswith(
        f"{INFARCTION}, 3 марта 2025 года"
    )


@pytest.mark.parametrize(
    "said", ["прочитай", "прочти", "прочитай его", "подробнее", "расскажи подробнее", "да"]
)
def test_what_was_offered_is_read_in_full(talk: Talk, said: str) -> None:
    assert "сужение щели" in talk("рентген", said)


@pytest.mark.parametrize("said", ["подробнее", "а поподробнее", "можно подробнее"])
def test_in_detail_reads_on_where_there_is_more(talk: Talk, said: str) -> None:
    assert talk("посещения", said).startswith("Ранее: 24 июня 2026 года")
    assert talk("рентген", "прочитай", said) == answers.no_more().text
    assert talk("рентген", "аллергии", said) == answers.no_more().text


def test_the_next_one_leaves_no_patient_whose_document_lies_open(talk: Talk) -> None:
    assert talk("рентген", "прочитай", "следующий") == answers.no_more().text
    assert talk("рентген", "прочитай", "следующий", "пульс").startswith("Пульс")
    assert talk("рентген", "следующий пациент") == answers.no_patient_selected().text


@pytest.mark.parametrize("said", ["все", "из всех", "любая", "покажи все документы"])
def test_the_documents_of_all_hospitals(talk: Talk, said: str) -> None:
    assert talk("документы", said).startswith("Какой документ? Первый — рецепт")
    of_year = talk("документы за 2026 год", said)
    assert "2026 года" in of_year and "2025 года" not in of_year
    assert talk("документы", "всё") == answers.stopped().text


def test_a_place_in_the_list_with_the_current_patients_name(talk: Talk) -> None:
    assert talk("покажи последний документ Громова").startswith(NEWEST)
    assert talk("первый документ Громова").startswith("Какой документ? Первый — рецепт")
    assert "29 сентября 2025 года" in talk(LIST, "второй документ Громова")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("рентген лёгких", "Есть только рентген: идиопатическая подагра"),
        ("флюорография", "Есть только рентген: идиопатическая подагра"),
        ("консультация невролога", "Есть только заключение консультанта: гипертоническая"),
        ("заключение хирурга", "Есть только заключение консультанта: гипертоническая"),
        ("открой осмотр окулиста", "Есть только заключение консультанта: гипертоническая"),
        ("рентген сустава", XRAY),
        ("рентген", XRAY),
    ],
)
def test_what_a_document_does_not_tell_of_is_not_claimed(
    talk: Talk, said: str, begins: str
) -> None:
    assert talk(said).startswith(begins)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("когда был у ревматолога", "Ревматология: 2 посещения. Последнее — 14 мая 2026 года"),
        ("лежал ли в ревматологии", "Ревматология: 2 посещения."),
        ("посещения терапевта за 2024 год", "Терапия: 1 посещение, 9 августа 2024 года"),
        ("посещения нефролога", "Нефрология: посещений нет. Всего 8 посещений, последнее — "),
        ("был у кардиолога в онкодиспансере", "Онкологический диспансер, кардиология: посещений"),
    ],
)
def test_visits_to_one_specialist(talk: Talk, said: str, part: str) -> None:
    assert part in talk(said)


def test_what_is_read_on_is_of_the_same_specialist(talk: Talk) -> None:
    assert "ревматология" in talk("когда был у ревматолога", "дальше")
    assert "кардиология" not in talk("когда был у ревматолога", "дальше")


@pytest.mark.parametrize("said", ["креатинин в кардиоцентре", "давление в военном госпитале"])
def test_values_are_not_told_as_those_of_a_hospital(talk: Talk, said: str) -> None:
    assert talk(said).startswith("По больницам не отбираю, вот результаты из всех. ")


def test_a_value_of_a_discharge_is_not_claimed(talk: Talk) -> None:
    assert talk("креатинин при выписке").startswith(answers.only_latest())


@pytest.mark.parametrize(
    "said",
    [
        *("а до этого", "а до него", "а до неё", "а перед этим", "а перед ним", "а перед ней"),
        *("а перед тем", "а что было раньше", "предыдущее"),
    ],
)
def test_earlier_goes_on_in_what_begins_with_the_latest(talk: Talk, said: str) -> None:
    assert talk("посещения", said).startswith("Ранее: 24 июня 2026 года")
    first, second = talk("креатинин"), talk("креатинин", said)
    assert "Предыдущее значение — 90, 24 июня 2026 года" in first
    assert second.startswith("Креатинин 90 мкмоль/л, 24 июня 2026 года")
    assert talk("креатинин", said, "назад") == first


def test_the_previous_ones_go_back_where_the_list_has_come_to_its_end(talk: Talk) -> None:
    first = talk(ECHO)
    assert talk(ECHO, "дальше", "предыдущие") == first
    assert talk(ECHO, "дальше", "а раньше") == answers.no_more().text
    assert talk(ECHO, "предыдущие") == talk(ECHO, "дальше")


def test_the_document_before_the_newest_and_before_the_only_one(talk: Talk) -> None:
    for said in ("а предыдущий", "а до него", "а до неё", "а перед ней"):
        assert talk("последний документ", said).startswith("Результаты анализов")
    assert talk("рентген", "а предыдущий") == answers.no_more().text


@pytest.mark.parametrize(
    ("opened", "said", "day"),
    [
        ("второй", "а раньше", "3 марта 2025 года"),
        ("последнее", "предыдущее", "29 сентября 2025 года"),
        ("второй", "предыдущий документ", "24 июня 2026 года"),
        ("второй", "предыдущее", "3 марта 2025 года"),
        ("второй", "предыдущая", "3 марта 2025 года"),
        ("второй", "предыдущее эхо", "3 марта 2025 года"),
        ("второй", "а перед ней", "3 марта 2025 года"),
        ("второй", "назад", "24 июня 2026 года"),
    ],
)
def test_earlier_than_an_opened_document_is_further_down_its_list(
    talk: Talk, opened: str, said: str, day: str
) -> None:
    assert talk(ECHO, opened, said).startswith(f"{INFARCTION}, {day}")


def test_the_one_before_goes_back_where_the_next_one_went_on(talk: Talk) -> None:
    second = talk(ECHO, "второй")
    for said in ("предыдущая", "предыдущую", "предыдущее", "предыдущий"):
        assert talk(ECHO, "второй", "следующая", said) == second


def test_the_one_before_goes_on_into_the_past(talk: Talk) -> None:
    third = talk(ECHO, "третий")
    assert talk(ECHO, "первый", "предыдущее", "предыдущее") == third
    assert talk(ECHO, "второй", "а до этого") == third
    assert talk(ECHO, "первый", "следующее", "следующее", "предыдущее", "предыдущее") == talk(
        ECHO, "первый"
    )


def test_a_document_that_alone_was_found_is_the_list(talk: Talk) -> None:
    found = talk("эхограмма за прошлый год", "а за этот год")
    assert found.startswith(f"{INFARCTION}, 24 июня 2026 года")
    assert talk("эхограмма за прошлый год", "а за этот год", "последнее") == found


def test_of_what_was_not_read_it_is_not_said_that_there_is_no_more(talk: Talk) -> None:
    assert talk("громов", "подробнее") != answers.no_more().text
    assert talk("аллергии", "подробнее") == answers.no_more().text


@pytest.mark.parametrize("said", ["самый старый документ", "самый первый документ"])
def test_the_oldest_document_is_not_the_newest(talk: Talk, said: str) -> None:
    oldest = "Эхокардиография: перенесённый в прошлом инфаркт миокарда, 9 марта 2024 года"
    assert talk(said).startswith(oldest)
    assert talk(said, "а предыдущий") == answers.no_more().text
    assert not talk(LIST, "самый первый из списка").startswith(oldest)


def test_a_document_before_the_last_is_asked_for_where_there_is_one(talk: Talk) -> None:
    assert answers.no_more().text in talk("предпоследняя экг")
    assert "29 сентября 2025 года" in talk("предпоследняя эхокардиография")


@pytest.mark.parametrize("said", ["что сказал кардиолог", "что написал хирург"])
def test_what_a_specialist_said_is_not_the_last_answer(talk: Talk, said: str) -> None:
    assert talk("пульс", said).startswith("Есть только заключение консультанта")


@pytest.mark.parametrize("said", ["онкология есть", "есть ли у него онкология"])
def test_an_illness_is_no_hospital(talk: Talk, said: str) -> None:
    assert "У пациента 3 диагноза" in talk(said)
    assert talk("документы из онкологии").startswith("Онкологический диспансер")


@pytest.mark.parametrize(
    ("said", "not_said"), [("сколько ей лет", "Вес"), ("в какой больнице второе", "№2: посещений")]
)
def test_words_near_a_quantity_or_a_place_are_neither(talk: Talk, said: str, not_said: str) -> None:
    assert not_said not in talk("посещения", said)


def test_of_hospitals_called_by_their_kind_the_patients_own_is_meant(talk: Talk) -> None:
    own = "Военный госпиталь имени Бурденко: 6 документов"
    assert talk("документы из госпиталя").startswith(own)
    assert talk("покажи документы", "госпиталь").startswith(own)
    assert talk("документы из госпиталя ветеранов").startswith("Госпиталь ветеранов: документов")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("есть ли подагра", "Да: идиопатическая подагра, код M10.0. У пациента 3 диагноза."),
        ("есть ли гипертония", "Да: гипертоническая болезнь, код I10."),
        ("был ли инфаркт", "Да: перенесённый в прошлом инфаркт миокарда"),
        ("есть ли диабет", "С таким названием не найдено, вот все. У пациента 3 диагноза."),
        ("принимает ли амлодипин", "Да: амлодипин 5 мг, один раз в день вечером. У пациента 5"),
        ("принимает ли метформин", "С таким названием не найдено, вот все. У пациента 5 назнач"),
        ("какие диагнозы", "У пациента 3 диагноза."),
        ("есть ли ибс", "Да: перенесённый в прошлом инфаркт миокарда, код I25.2."),
        ("а инсульт", "С таким названием не найдено, вот все. У пациента 3 диагноза."),
        ("есть ли порок сердца", "Вот все диагнозы. У пациента 3 диагноза."),
        ("есть ли почечная недостаточность", "Вот все диагнозы. У пациента 3 диагноза."),
        ("есть ли гипертония второй степени", "Вот все диагнозы. У пациента 3 диагноза."),
        ("есть ли сахарный диабет", "С таким названием не найдено, вот все. У пациента 3"),
        ("есть ли подагра в анамнезе", "Да: идиопатическая подагра, код M10.0."),
        ("был ли инфаркт мозга", "С таким названием не найдено, вот все. У пациента 3 диагноза."),
    ],
)
def test_the_one_asked_about_comes_first(talk: Talk, said: str, begins: str) -> None:
    assert talk(said).startswith(begins)


def test_another_illness_that_is_named_is_the_one_asked_about(talk: Talk) -> None:
    asked = Aim(("2002",), Request("get_diagnoses", substance="гипертония"))
    doubted = DialogueState(patient="2002", pending=ChooseIntent((asked,)))
    assert "Да: гипертоническая болезнь, код I10." in talk("да", start=doubted)
    assert "Да: " not in talk("есть ли почечная недостаточность", start=doubted)


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (("когда поставили подагру",), "Идиопатическая подагра, код M10.0, отмечено 3 июня 2024"),
        (("гипертония с какого года",), "Гипертоническая болезнь, код I10, отмечено 9 августа 202"),
        (
            ("дата диагноза",),
            "I10, отмечено 9 августа 2024 года. Идиопатическая подагра, код M10.0, о",
        ),
        (("давно ли диабет первого типа",), "Вот все диагнозы. У пациента 3 диагноза. Гипертони"),
        (("есть ли подагра", "а когда поставили"), "Идиопатическая подагра, код M10.0, отмечено 3"),
        (("диагнозы", "с какого года"), "код I10, отмечено 9 августа 2024 года. Идиопатическая"),
        (("диагнозы",), "Гипертоническая болезнь, код I10. Идиопатическая подагра, код M10.0. Пер"),
        (("есть ли подагра",), "Да: идиопатическая подагра, код M10.0. У пациента 3 диагноза."),
        (("лекарства", "когда"), "Этого я не умею."),
    ],
)
def test_since_when_an_illness_is_on_record(talk: Talk, said: tuple[str, ...], begins: str) -> None:
    assert begins in talk(*said)


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (("что отменили",), "Отменённых назначений нет."),
        (("лекарства", "отменённые"), "Громов Виктор Степанович, 1963 года рождения. Отменённых"),
        (("какие лекарства отменены",), "Отменённых назначений нет."),
        (("с какого числа принимает амлодипин",), "Амлодипин 5 мг, один раз в день вечером, с 9 а"),
        (("лекарства", "с какого числа"), "У пациента 5 назначений. Амлодипин 5 мг, один раз в де"),
        (("что отменили", "с какого числа"), "Отменённых назначений нет."),
        (("лекарства", "с какого числа лежит"), "У пациента 8 посещений."),
        (("лекарства", "отмени"), "Остановлено."),
    ],
)
def test_medicines_that_are_over_or_since_when_they_are_taken(
    talk: Talk, said: tuple[str, ...], begins: str
) -> None:
    assert begins in talk(*said)


def test_since_when_tells_the_day(talk: Talk) -> None:
    assert ", с 9 августа 2024 года. " in talk("лекарства", "с какого числа")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("маммография", "Такого вида документов не знаю."),
        ("маммограмма", "Такого вида документов не знаю."),
        ("томограмма", "КТ: документов нет."),
        ("тамография", "КТ: документов нет."),
    ],
)
def test_an_examination_is_no_other_that_ends_alike(talk: Talk, said: str, answer: str) -> None:
    assert answer in talk(said)


@pytest.mark.parametrize(
    ("said", "apart"),
    [
        (("диагнозы и лекарства",), "лекарства"),
        (("давление и лекарства",), "артериальное давление"),
        (("диагнозы, лекарства, аллергии",), "диагнозы, лекарства"),
        (("экг и диагнозы",), "электрокардиограмма"),
        (("анализы и экг",), "электрокардиограмма"),
        (("эхо и экг",), "электрокардиограмма"),
        (("рентген и мрт",), "МРТ"),
        (("выписка рецепт",), "рецепт"),
        (("давление пульс и диагнозы",), "артериальное давление, пульс"),
        (("назначение врача и диагноз",), "диагнозы"),
        (("что назначил кардиолог и диагноз",), "диагнозы"),
        (("лекарственная аллергия есть",), None),
        (("когда назначили амлодипин",), None),
        (("давление, пульс и экг",), "пульс, электрокардиограмма"),
        (("диагнозы, а также лекарства",), "лекарства"),
        (("посещения и выписки",), "выписка"),
        (("посещения и выписки", "дальше"), None),
        (("давление и пульс", "дальше"), None),
        (("аллергия на лекарства",), None),
        (("аллергия на пищу и лекарства",), None),
        (("анализ крови гемоглобин",), None),
        (("документы и выписки",), None),
        (("пульс на экг",), None),
        (("какой диагноз при выписке",), None),
        (("не лекарства, а диагнозы",), None),
        (("какие лекарства от давления",), None),
        (("посещения с диагнозом подагра",), None),
    ],
)
def test_what_else_was_asked_in_one_breath_is_to_be_asked_apart(
    talk: Talk, said: tuple[str, ...], apart: str | None
) -> None:
    answer = talk(*said)
    assert f"Спросите отдельно: {apart}. " in answer if apart else "отдельно" not in answer


def test_the_department_that_was_asked_for_is_not_said_again(talk: Talk) -> None:
    answer = talk("посещения кардиологии")
    assert answer.startswith("Кардиология: 4 посещения. Последнее — 24 июня 2026 года, Республ")
    assert "кардиология" not in answer


def test_growth_is_no_word_for_a_height_or_a_weight(talk: Talk) -> None:
    assert "рост" not in talk("рост").removeprefix("Рост")
    assert talk("вес").endswith(": прибавка.")
