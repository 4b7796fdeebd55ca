"""Which of those read is meant: the n-th visit, the oldest value, what the last answer tells."""

from __future__ import annotations

import pytest
from test_reading import Talk, talk  # noqa: F401 - its fixture serves here too

from assistant.dialogue.state import DialogueState

VISITS, POTASSIUM = "посещения", "калий"


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ((VISITS, "третье"), "Третье с конца: 14 мая 2026 года"),
        ((VISITS, "дальше", "второе"), "Второе с конца: 24 июня 2026 года"),
        ((VISITS, "второй визит"), "Второе с конца: 24 июня 2026 года"),
        ((VISITS, "самое первое"), "Самое раннее: "),
        ((VISITS, "первое", "второе"), "Второе с конца: 24 июня 2026 года"),
        ((VISITS, "самое первое", "последнее"), "У пациента 8 посещений."),
        ((VISITS, "самое первое", "повтори посещения"), "У пациента 8 посещений."),
        ((VISITS, "самое первое", "повтори"), "Самое раннее: "),
        ((VISITS, "а первое когда было"), "Самое раннее: "),
        (("посещения в кардиоцентре", "самое первое"), "Самое раннее: 9 марта 2024 года"),
        ((VISITS, "двадцатое"), "Больше ничего нет."),
        ((VISITS, "третья"), "Городская больница №1: 5 документов."),
        ((VISITS, "документы из второй", "третий"), "Эхокардиография"),
        ((POTASSIUM, "а самый первый"), "Калий 4,2 ммоль/л, 9 августа 2024 года"),
        ((POTASSIUM, "самый ранний", "а до этого"), "Больше ничего нет."),
        ((POTASSIUM, "первый"), "Списка сейчас нет."),
    ],
)
def test_one_of_those_read_is_counted(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    begins: str,
) -> None:
    assert talk(*said).startswith(begins)


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (("последнее эхо", "от какого числа"), "Эхокардиография: "),
        (("последнее эхо", "из какой больницы"), "Эхокардиография: "),
        (("документы за сентябрь 2025 года", "какой больницы"), "Республиканский кардиоцентр: "),
        ((VISITS, "какие больницы"), "У пациента 8 посещений."),
        ((POTASSIUM, "вырос"), "Калий 4,3 "),
        ((POTASSIUM, "а у него сколько"), "Калий 4,3 "),
        ((POTASSIUM, "норма какая"), "Калий 4,3 "),
        (("пульс", "выше чем вчера"), "Пульс 69 уд/мин — "),
        (("пульс", "упал"), "Пульс 69 уд/мин — "),
        (("пульс", "он снизился"), "Пульс 69 уд/мин — "),
        (("пульс", "он вырос"), "Пульс 69 уд/мин — "),
        (("давление", "оно упало"), "Артериальное давление 147/78 "),
        (("документы за прошлый год", "самая свежая экг"), "Электрокардиограмма: гипертоническая"),
        (("документы за прошлый год", "самая новая экг"), "Электрокардиограмма: гипертоническая"),
        (("посещения за двадцать пятый", "а в двадцать четвёртом"), "У пациента 3 посещения."),
        (("документы за май двадцать четвёртого",), "За май 2024 года документов нет"),
        (("посещения у невролога", "а к эндокринологу"), "Эндокринология: посещений нет."),
        (("калий в августе", "а в прошлом августе"), "Калий: за август 2025 года "),
        (("документы из бурденко", "эхо"), "Военный госпиталь имени Бурденко, эхокардиография: "),
        (("документы из кардиоцентра", "эхо"), "Республиканский кардиоцентр. Какой документ?"),
        (("что было в кардиоцентре",), "Республиканский кардиоцентр: 4 посещения."),
    ],
)
def test_what_is_left_out_is_of_the_last_answer(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    begins: str,
) -> None:
    assert talk(*said).startswith(begins)


@pytest.mark.parametrize("said", ["он упал", "она упала", "упал", "снизил"])
def test_that_the_patient_fell_is_no_question_about_a_value(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk("давление", said).startswith("Этого я не умею")


def test_another_hospital_than_the_one_read_is_named_by_its_number(talk: Talk) -> None:  # noqa: F811
    start = DialogueState(patient="1235")
    first = talk("посещения в третьей", "а в первой", start=start)
    assert first.startswith("Городская больница №1: 2 посещения.")


def test_one_of_a_kind_is_told_by_its_hospital(talk: Talk) -> None:  # noqa: F811
    start = DialogueState(patient="2211")
    paper = talk("выписки", "та что из боткинской", start=start)
    assert paper.startswith("Выписка: старческая ядерная катаракта, 11 июня 2026 года")


def test_a_name_said_while_it_is_open_what_is_asked_is_not_dropped(talk: Talk) -> None:  # noqa: F811
    start = DialogueState(patient="652")
    asked = talk("диабет чем лечит", "а у маратовны", start=start)
    assert asked.startswith("Имеется в виду Ахметова Гульнара Маратовна, 1993 года рождения?")
    assert talk("диабет чем лечит", "а у маратовны", "да", start=start).startswith(
        "Ахметова Гульнара Маратовна"
    )
