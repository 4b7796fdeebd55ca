"""Diagnoses asked about by their usual names, and medicines that were cancelled or begun."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from assistant import answers
from assistant.answers.usualnames import is_illness
from ledger_client.messages import Diagnosis, Medication, Patient

IVANOV = Patient("1236", "Иванов", "Пётр", "Сергеевич", "m", date(1958, 5, 3))
DAY = date(2026, 3, 13)
RECORDED = [
    Diagnosis("J44.8", "Хроническая обструктивная болезнь лёгких", DAY, True),
    Diagnosis("I48.0", "Пароксизмальная фибрилляция предсердий", DAY, True),
    Diagnosis("I25.1", "Атеросклеротическая болезнь сердца", DAY, True),
    Diagnosis("N40", "Гиперплазия предстательной железы", DAY, True),
    Diagnosis("C50.4", "Злокачественное новообразование молочной железы", DAY, True),
    Diagnosis("I69.3", "Последствия инфаркта мозга", DAY, False),
]
TAKEN = Medication("Метформин", Decimal(1000), "мг", "", date(2024, 9, 2), True)
OVER = Medication("Варфарин", Decimal("2.5"), "мг", "", DAY, False)
OVER_SAID = "Отменено 1 назначение, когда — в карте нет. Варфарин 2,5 мг."


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("хобл", "Да: хроническая обструктивная болезнь лёгких, код J44.8. У пациента 5"),
        ("аритмию", "Да: пароксизмальная фибрилляция предсердий, код I48.0."),
        ("ибс", "Да: атеросклеротическая болезнь сердца, код I25.1."),
        ("ишемическая", "Да: атеросклеротическая болезнь сердца, код I25.1."),
        ("аденома", "Да: гиперплазия предстательной железы, код N40."),
        ("рак", "Да: злокачественное новообразование молочной железы, код C50.4."),
        ("инсульт", "Да: в прошлом последствия инфаркта мозга, код I69.3."),
        ("стенокардия", "С таким названием не найдено, вот все. У пациента 5 диагнозов."),
        ("порок", "Вот все диагнозы. У пациента 5 диагнозов."),
    ],
)
def test_an_illness_by_its_usual_name(asked: str, begins: str) -> None:
    assert answers.diagnoses(IVANOV, RECORDED, asked).text.startswith(begins)


@pytest.mark.parametrize(
    ("asked", "which", "begins"),
    [
        ("опухоль", ("злокачественная",), "Да: злокачественное новообразование молочной железы"),
        ("рак", ("молочной", "железы"), "Да: злокачественное новообразование молочной железы"),
        ("рак", ("легкого",), "Вот все диагнозы."),
        ("опухоль", ("доброкачественная",), "Вот все диагнозы."),
        ("аденома", ("простаты",), "Да: гиперплазия предстательной железы"),
        ("аденома", ("гипофиза",), "Вот все диагнозы."),
        ("инсульт", ("геморрагический",), "Вот все диагнозы."),
        ("инфаркт", ("мозга",), "Да: в прошлом последствия инфаркта мозга"),
        ("инфаркт", ("сердца",), "С таким названием не найдено"),
        ("аритмия", ("желудочковая",), "Вот все диагнозы."),
        ("аритмия", ("мерцательная",), "Да: пароксизмальная фибрилляция предсердий"),
        ("диабет", ("сахарный",), "С таким названием не найдено"),
        ("диабет", ("2", "типа"), "Вот все диагнозы."),
        ("бронхит", (), "Вот все диагнозы."),
        ("бронхит", ("хронический",), "Вот все диагнозы."),
    ],
)
def test_the_kind_of_an_illness(asked: str, which: tuple[str, ...], begins: str) -> None:
    assert answers.diagnoses(IVANOV, RECORDED, asked, which).text.startswith(begins)


@pytest.mark.parametrize(
    ("asked", "which", "begins"),
    [
        ("диабет", ("2й", "типа"), "Да: сахарный диабет второго типа"),
        ("диабет", ("2", "типа"), "Да: сахарный диабет второго типа"),
        ("диабет", ("сахарный",), "Да: сахарный диабет второго типа"),
        ("диабет", ("1й", "типа"), "Вот все диагнозы."),
        ("грыжа", (), "Вот все диагнозы."),
        ("опухоль", ("злокачественная",), "С таким названием не найдено"),
        ("опухоль", (), "Да: доброкачественное новообразование толстой кишки"),
    ],
)
def test_a_type_or_a_doubtful_code(asked: str, which: tuple[str, ...], begins: str) -> None:
    recorded = [
        Diagnosis("E11.9", "Сахарный диабет второго типа", DAY, True),
        Diagnosis("M51.1", "Поражение межпозвоночного диска с радикулопатией", DAY, True),
        Diagnosis("D12.6", "Доброкачественное новообразование толстой кишки", DAY, True),
    ]
    assert answers.diagnoses(IVANOV, recorded, asked, which).text.startswith(begins)


def test_where_a_code_is_missing_nothing_is_denied() -> None:
    unknown = Diagnosis("", "Стеноз венечной артерии", DAY, True)
    said = answers.diagnoses(IVANOV, [unknown], "стенокардия").text
    assert said.startswith("Вот все диагнозы.")


@pytest.mark.parametrize("word", ["хобл", "инсульта", "аденомой", "туберкулеза"])
def test_usual_names_in_any_case(word: str) -> None:
    assert is_illness(word)
    assert not is_illness("давление")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (None, OVER_SAID),
        ("варфарин", f"Отменено: варфарин 2,5 мг. {OVER_SAID}"),
        ("метформин", f"Действует: метформин 1000 мг. {OVER_SAID}"),
        ("аспирин", f"С таким названием не найдено. {OVER_SAID}"),
    ],
)
def test_cancelled_medicines_are_named(asked: str | None, said: str) -> None:
    assert answers.medications(IVANOV, [TAKEN, OVER], asked, "ended").text == said


def test_that_none_was_cancelled_is_said() -> None:
    assert answers.medications(IVANOV, [TAKEN], None, "ended").text == "Отменённых назначений нет."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("метформин", "Метформин 1000 мг, с 2 сентября 2024 года."),
        (None, "У пациента 1 назначение. Метформин 1000 мг, с 2 сентября 2024 года."),
        ("аспирин", "С таким названием не найдено, вот все. У пациента 1 назначение. Метформин"),
    ],
)
def test_since_when_a_medicine_is_taken(asked: str | None, said: str) -> None:
    assert answers.medications(IVANOV, [TAKEN], asked, "since").text.startswith(said)


@pytest.mark.parametrize(
    ("asked", "taken", "begins"),
    [
        ("аспирин", "Ацетилсалициловая кислота", "Да: ацетилсалициловая кислота 75 мг."),
        ("аспирин", "Кардиомагнил", "Да: кардиомагнил 75 мг."),
        ("йод", "Калия йодид", "Вот все назначения. У пациента 1 назначение."),
        ("сульфаниламид", "Бисептол", "Вот все назначения."),
        ("анальгин", "Ацетилсалициловая кислота", "С таким названием не найдено, вот все."),
        ("варфарин", "Ривароксабан", "С таким названием не найдено, вот все."),
    ],
)
def test_a_medicine_by_its_everyday_name(asked: str, taken: str, begins: str) -> None:
    found = [Medication(taken, Decimal(75), "mg", "", DAY, True)]
    assert answers.medications(IVANOV, found, asked).text.startswith(begins)
