from __future__ import annotations

import inspect
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from assistant import answers
from assistant.answers import Answer, fixed
from assistant.messages import NothingHeardReason
from assistant.speech.verbalise import verbalise
from ledger_client.messages import (
    Allergy,
    Diagnosis,
    Document,
    DocumentHeader,
    Medication,
    Observation,
    Patient,
    Visit,
)

NOW = datetime(2026, 3, 13, 12, 0, tzinfo=timezone(timedelta(hours=3)))
TODAY = NOW.date()
MORNING = datetime(2026, 3, 13, 7, 40, tzinfo=UTC)


def person(
    last: str, first: str, middle: str, sex: str = "m", year: int = 1958, card: str = "1236"
) -> Patient:
    return Patient(card, last, first, middle, sex, date(year, 5, 3))


IVANOV = person("Иванов", "Пётр", "Сергеевич")
AKHMETOVA = person("Ахметова", "Гульнара", "Маратовна", "f", 1993)


def visit(day: date, hospital: str = "h12", name: str = "Боткинская больница") -> Visit:
    return Visit(str(day), hospital, name, "кардиология", "осмотр", "", day, None)


VISITS = [
    visit(date(2025, 11, 2)),
    visit(date(2026, 3, 12), "h10", "Республиканский кардиоцентр"),
    visit(date(2026, 1, 15)),
    visit(date(2024, 5, 1), "h1", "Городская больница №1"),
    visit(date(2024, 1, 1), "h1", "Городская больница №1"),
]


def header(day: int, title: str) -> DocumentHeader:
    created = date(2026, 3, day)
    return DocumentHeader(str(day), "1236", "h12", "Боткинская больница", "ecg", title, created, "")


def observation(
    code: str,
    values: str,
    unit: str,
    taken: datetime = MORNING,
    low: str | None = None,
    high: str | None = None,
) -> Observation:
    return Observation(
        "o",
        code,
        "laboratory" if code in ("glucose", "troponin", "leukocytes") else "vital",
        tuple(Decimal(value) for value in values.split()),
        unit,
        taken,
        "монитор",
        Decimal(low) if low else None,
        Decimal(high) if high else None,
    )


def test_patient_line_says_name_and_year_of_birth() -> None:
    assert answers.patient_line(IVANOV) == "Иванов Пётр Сергеевич, 1958 года рождения"
    assert answers.patient_line(person("Ли", "Ян", "")) == "Ли Ян, 1958 года рождения"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "Посещений не найдено."),
        (1, "У пациента 1 посещение: "),
        (2, "У пациента 2 посещения. "),
        (4, "У пациента 4 посещения. "),
        (5, "У пациента 5 посещений. "),
        (11, "У пациента 11 посещений. "),
        (21, "У пациента 21 посещение. "),
        (101, "У пациента 101 посещение. "),
    ],
)
def test_counts_agree(number: int, said: str) -> None:
    found = [visit(date(2020, 1, 1) + timedelta(days=i)) for i in range(number)]
    assert answers.visits(IVANOV, found, TODAY).text.startswith(said)


def test_visits_lead_with_the_latest_and_number_the_hospitals() -> None:
    answer = answers.visits(IVANOV, VISITS, TODAY)
    assert answer.text == (
        "У пациента 5 посещений. "
        "Последнее — вчера, Республиканский кардиоцентр, кардиология: осмотр. "
        "Больницы: первая — Республиканский кардиоцентр; вторая — Боткинская больница; "
        "третья — Городская больница №1. Сказать дальше?"
    )
    assert [hospital for hospital, _ in answers.visited_hospitals(VISITS)] == ["h10", "h12", "h1"]
    assert len(answer.items) == 1


def test_visits_go_on_where_they_stopped() -> None:
    assert answers.visits(IVANOV, VISITS, TODAY, start=1).text == (
        "Ранее: 15 января 2026 года, Боткинская больница, кардиология: осмотр; "
        "2 ноября 2025 года, Боткинская больница, кардиология: осмотр; "
        "1 мая 2024 года, Городская больница №1, кардиология: осмотр. Сказать дальше?"
    )
    assert answers.visits(IVANOV, VISITS, TODAY, start=3).text == (
        "Ранее: 1 мая 2024 года, Городская больница №1, кардиология: осмотр; "
        "1 января 2024 года, Городская больница №1, кардиология: осмотр."
    )


def test_a_woman_s_visit() -> None:
    assert answers.visits(AKHMETOVA, VISITS[:1], TODAY).text == (
        "У пациентки 1 посещение: 2 ноября 2025 года, Боткинская больница, кардиология: осмотр."
    )


def test_documents_are_numbered_and_paged() -> None:
    headers = [
        header(1, "Выписной эпикриз"),
        header(2, "МРТ головного мозга"),
        header(3, "ЭКГ"),
        header(4, "Рецепт"),
    ]
    answer = answers.documents(IVANOV, "Боткинская больница", headers)
    assert answer.text == (
        "Боткинская больница: 4 документа. Первый — выписной эпикриз, 1 марта 2026 года; "
        "второй — МРТ головного мозга, 2 марта 2026 года; третий — ЭКГ, 3 марта 2026 года. "
        "Сказать дальше?"
    )
    assert answer.items[0] == "1. Выписной эпикриз, 1 марта 2026 года."
    rest = answers.documents(IVANOV, "Боткинская больница", headers, start=3)
    assert rest == Answer(
        "Четвёртый — рецепт, 4 марта 2026 года.",
        ("4. Рецепт, 4 марта 2026 года.",),
        "Боткинская больница: 4 документа.",
    )
    assert answers.documents(IVANOV, "Боткинская больница", headers[3:]).text == (
        "Боткинская больница: 1 документ. Рецепт, 4 марта 2026 года."
    )
    assert answers.documents(IVANOV, "Боткинская больница", []).text == (
        "Боткинская больница: документов нет."
    )


ALLERGIES = [
    Allergy("Пенициллин", "сыпь", "mild", TODAY),
    Allergy("Йод", "отёк", "severe", TODAY),
]
LISTS = (
    answers.visits(IVANOV, VISITS, TODAY),
    answers.visits(IVANOV, VISITS[:1], TODAY),
    answers.visits(IVANOV, VISITS, TODAY, start=1),
    answers.documents(IVANOV, "Боткинская больница", [header(1, "ЭКГ"), header(2, "Рецепт")]),
    answers.which_hospital(["Боткинская больница", "Городская больница №1"]),
    answers.which_document([header(1, "ЭКГ"), header(2, "Рецепт")]),
    answers.which_patient([IVANOV, person("Иванов", "Сергей", "Петрович", card="1237")]),
    answers.vitals(
        IVANOV,
        [
            observation("blood_pressure", "130 80", "mm[Hg]"),
            observation("temperature", "37.2", "Cel", MORNING - timedelta(hours=9)),
        ],
        NOW,
    ),
    answers.allergies(IVANOV, ALLERGIES, "йод"),
    answers.allergies(IVANOV, ALLERGIES, "аспирин"),
    answers.allergies(IVANOV, ALLERGIES),
    answers.diagnoses(
        IVANOV, [Diagnosis("J45", "Астма", TODAY, True), Diagnosis("J03", "Ангина", TODAY, False)]
    ),
)


@pytest.mark.parametrize("answer", LISTS, ids=lambda answer: answer.headline)
def test_the_screen_says_nothing_twice_and_leaves_nothing_out(answer: Answer) -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"[^\W\d_]{4,}|\d+", text.casefold()))

    assert answer.items
    for item in answer.items:
        assert not words(item) <= words(answer.headline)
    shown = words(" ".join((answer.headline, *answer.items)))
    led_in = {"первый", "второй", "первая", "вторая", "сказать", "дальше", "также", "отмечено"}
    assert words(answer.text) - shown <= led_in
    before = answer.after("По данным на 10:40.")
    assert before.text.startswith("По данным на 10:40. ")
    assert before.headline == f"По данным на 10:40. {answer.headline}"


def test_a_document_says_its_conclusion_and_offers_the_text() -> None:
    whole = Document(header(1, "Выписной эпикриз"), "Жалоб нет.", "Здоров")
    assert answers.document(whole, IVANOV).text == (
        "Выписной эпикриз, 1 марта 2026 года, Боткинская больница. Заключение: Здоров. "
        "Прочитать полностью?"
    )
    assert answers.document_text(whole).text == (
        "Выписной эпикриз, 1 марта 2026 года. Жалоб нет. Заключение: Здоров."
    )
    bare = Document(header(1, "ЭКГ"), "Ритм синусовый", "")
    assert answers.document(bare, IVANOV).text == (
        "ЭКГ, 1 марта 2026 года, Боткинская больница. Ритм синусовый."
    )


def test_vitals_say_when_and_what_is_old() -> None:
    answer = answers.vitals(
        IVANOV,
        [
            observation("temperature", "37.2", "Cel", MORNING - timedelta(days=3)),
            observation("heart_rate", "72", "/min"),
            observation("blood_pressure", "130 80", "mm[Hg]"),
            observation("spo2", "91", "%", MORNING - timedelta(hours=11), low="95"),
            observation("blood_pressure", "190 100", "mm[Hg]", MORNING - timedelta(days=1)),
        ],
        NOW,
    )
    assert answer.text == (
        "Артериальное давление 130/80 мм рт. ст., пульс 72 уд/мин — сегодня в 10:40. "
        "Сатурация 91 % (ниже нормы, норма от 95) — вчера в 23:40. "
        "Температура 37,2 °C — 10 марта 2026 года в 10:40, больше суток назад."
    )
    assert answers.vitals(IVANOV, [], NOW).text == "Измерений не найдено."


@pytest.mark.parametrize(
    ("days", "age"), [(3, "суток"), (10, "недели"), (45, "месяца"), (400, "года")]
)
def test_how_old_a_value_is_fits_its_date(days: int, age: str) -> None:
    found = [observation("temperature", "37.2", "Cel", MORNING - timedelta(days=days))]
    assert answers.vitals(IVANOV, found, NOW).text.endswith(f", больше {age} назад.")


def test_one_vital_sign_says_the_one_before() -> None:
    earlier = observation("blood_pressure", "150 95", "mm[Hg]", MORNING - timedelta(days=1))
    latest = observation("blood_pressure", "130 80", "mm[Hg]")
    assert answers.vitals(IVANOV, [earlier, latest], NOW).text == (
        "Артериальное давление 130/80 мм рт. ст. — сегодня в 10:40. "
        "Предыдущее значение — 150/95, вчера в 10:40."
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            [observation("glucose", "7.8", "mmol/L", low="3.3", high="5.5")],
            "Глюкоза 7,8 ммоль/л, сегодня: выше нормы, норма 3,3–5,5.",
        ),
        (
            [
                observation("glucose", "5.50", "mmol/L", low="3.3", high="5.5"),
                observation("glucose", "6.9", "mmol/L", MORNING - timedelta(days=40)),
            ],
            "Глюкоза 5,50 ммоль/л, сегодня: в норме. "
            "Предыдущее значение — 6,9, 1 февраля 2026 года: снижение.",
        ),
        (
            [
                observation("glucose", "6.9", "mmol/L"),
                observation("glucose", "6.90", "mmol/L", MORNING - timedelta(days=1)),
            ],
            "Глюкоза 6,9 ммоль/л, сегодня. Предыдущее значение — 6,90, вчера: без изменений.",
        ),
        ([], "Результата нет: глюкоза."),
    ],
)
def test_a_result_is_set_against_its_norm_and_the_one_before(
    found: list[Observation], said: str
) -> None:
    assert answers.lab(IVANOV, found, "glucose", NOW).text == said


def test_open_limits() -> None:
    troponin = observation("troponin", "12.5", "ng/L", high="11.6")
    assert answers.lab(IVANOV, [troponin], "troponin", NOW).text == (
        "Тропонин 12,5 нг/л, сегодня: выше нормы, норма до 11,6."
    )
    leukocytes = observation("leukocytes", "3.1", "10*9/L", low="4", high="9")
    assert answers.lab(IVANOV, [leukocytes], "leukocytes", NOW).text == (
        "Лейкоциты 3,1×10⁹/л, сегодня: ниже нормы, норма 4–9."
    )


PENICILLIN = Allergy("Пенициллин", "крапивница", "severe", date(2020, 1, 1))
IODINE = Allergy("Йод", "", "mild", date(2020, 1, 1))


def test_allergies() -> None:
    assert answers.allergies(IVANOV, []).text == "Аллергии в карте не отмечены."
    assert answers.allergies(AKHMETOVA, [PENICILLIN]).text == (
        "У пациентки отмечена 1 аллергия. Пенициллин: крапивница, тяжёлая реакция."
    )
    assert answers.allergies(IVANOV, [PENICILLIN, IODINE]).text == (
        "У пациента отмечены 2 аллергии. Пенициллин: крапивница, тяжёлая реакция. "
        "Йод: лёгкая реакция."
    )


@pytest.mark.parametrize("asked", ["пенициллин", "пенициллины", "Пенициллину", "пеницилин"])
def test_an_allergy_that_was_asked_for_comes_first_and_no_other_is_kept_back(asked: str) -> None:
    assert answers.allergies(IVANOV, [IODINE, PENICILLIN], asked).text == (
        "Да, аллергия отмечена: пенициллин: крапивница, тяжёлая реакция. "
        "Отмечено также: йод: лёгкая реакция."
    )


def test_an_allergy_without_a_record_is_not_denied() -> None:
    assert answers.allergies(IVANOV, [PENICILLIN], "новокаин").text == (
        "Записи об аллергии на новокаин нет. "
        "Отмечено другое: пенициллин: крапивница, тяжёлая реакция."
    )


@pytest.mark.parametrize("asked", ["антибиотики", "лекарства", "местные", "цефалоспорины", "еду"])
def test_of_a_class_no_allergy_is_denied(asked: str) -> None:
    """Penicillin is an antibiotic."""
    assert answers.allergies(IVANOV, [PENICILLIN], asked) == answers.allergies(IVANOV, [PENICILLIN])


def test_medications_and_diagnoses() -> None:
    found = [
        Medication("Бисопролол", Decimal(5), "mg", "1 раз в день утром", TODAY, True),
        Medication("Варфарин", Decimal("2.5"), "мг", "", TODAY, False),
    ]
    assert answers.medications(IVANOV, found).text == (
        "У пациента 1 назначение. Бисопролол 5 мг, 1 раз в день утром. Отменено 1 назначение."
    )
    assert answers.medications(IVANOV, found[1:]).text == (
        "Действующих назначений нет. Отменено 1 назначение."
    )
    assert answers.medications(IVANOV, []).text == "Назначений в карте нет."
    assert answers.diagnoses(
        AKHMETOVA,
        [
            Diagnosis("J18.9", "Пневмония", TODAY, False),
            Diagnosis("I11.9", "Гипертоническая болезнь II ст.", TODAY, True),
        ],
    ).text == (
        "У пациентки 1 диагноз. Гипертоническая болезнь II ст., код I11.9. "
        "В прошлом: пневмония, код J18.9."
    )
    assert answers.diagnoses(IVANOV, []).text == "Диагнозов в карте нет."


def test_which_patient_names_what_tells_them_apart() -> None:
    sergey = person("Иванов", "Сергей", "Петрович")
    assert answers.which_patient([sergey, IVANOV]).text == (
        "Кого вы имеете в виду: Иванов Сергей Петрович, 1958 года рождения, или "
        "Пётр Сергеевич, 1958 года?"
    )
    assert answers.which_patient([IVANOV, AKHMETOVA]).text == (
        "Кого вы имеете в виду: Иванов Пётр Сергеевич, 1958 года рождения, или "
        "Ахметова Гульнара Маратовна, 1993 года?"
    )
    younger = person("Иванов", "Пётр", "Сергеевич", year=1970)
    assert answers.which_patient([IVANOV, younger]).text == (
        "Кого вы имеете в виду: Иванов Пётр Сергеевич, 1958 года рождения, или "
        "Пётр Сергеевич, 1970 года?"
    )
    assert answers.which_patient([IVANOV, younger], again=True).text == (
        "Скажите номер, имя или год рождения: первый — Иванов Пётр Сергеевич, 1958 года рождения; "
        "второй — Пётр Сергеевич, 1970 года."
    )
    assert "номер карты" in answers.which_patient([IVANOV, IVANOV]).text
    many = answers.which_patient([IVANOV] * 5).text
    assert many == "Подходит 5 пациентов. Назовите номер карты или имя с отчеством."


def test_which_hospital_and_which_document() -> None:
    assert answers.which_hospital(["Боткинская больница", "Городская больница №1"]).text == (
        "Из какой больницы? Первая — Боткинская больница; вторая — Городская больница №1."
    )
    assert answers.which_document([header(i, "Рецепт") for i in range(1, 6)]).text == (
        "Какой документ? Первый — рецепт, 1 марта 2026 года; второй — рецепт, 2 марта 2026 года; "
        "третий — рецепт, 3 марта 2026 года. Всего 5 документов."
    )


@pytest.mark.parametrize(
    ("patient", "dative"),
    [
        (IVANOV, "Иванову Петру Сергеевичу"),
        (AKHMETOVA, "Ахметовой Гульнаре Маратовне"),
        (person("Шевченко", "Людмила", "Григорьевна", "f"), "Шевченко Людмиле Григорьевне"),
        (person("Шевченко", "Пётр", "Артёмович"), "Шевченко Петру Артёмовичу"),
        (person("Белых", "Наталья", "Павловна", "f"), "Белых Наталье Павловне"),
        (person("Черных", "Пётр", "Васильевич"), "Черных Петру Васильевичу"),
        (person("Жук", "Павел", "Антонович"), "Жуку Павлу Антоновичу"),
        (person("Жук", "Анна", "Ильинична", "f"), "Жук Анне Ильиничне"),
        (person("Ким", "Елена", "Владимировна", "f"), "Ким Елене Владимировне"),
        (person("Ким", "Сергей", "Ильич"), "Киму Сергею Ильичу"),
        (person("Соловьёв", "Лев", "Фёдорович"), "Соловьёву Льву Фёдоровичу"),
        (person("Фёдорова", "Любовь", "Ивановна", "f"), "Фёдоровой Любови Ивановне"),
        (
            person("Римский-Корсаков", "Николай", "Андреевич"),
            "Римскому-Корсакову Николаю Андреевичу",
        ),
        (
            person("Петрова-Водкина", "Алёна", "Семёновна", "f"),
            "Петровой-Водкиной Алёне Семёновне",
        ),
    ],
)
def test_names_in_the_dative(patient: Patient, dative: str) -> None:
    answer = answers.confirm_measurement(
        patient, "blood_pressure", [Decimal(130), Decimal(80)], "mm[Hg]", now=NOW
    )
    year = patient.birth_date.year
    assert answer.text == (
        f"Записать {dative}, {year} года рождения, артериальное давление 130/80 мм рт. ст.? "
        "Скажите «да» или «нет»."
    )


@pytest.mark.parametrize(
    ("code", "unit", "said"),
    [
        ("temperature", "Cel", "температуру 16 °C?"),
        ("heart_rate", "/min", "пульс 16 уд/мин?"),
        ("respiratory_rate", "/min", "частоту дыхания 16 в минуту?"),
        ("esr", "mm/h", "СОЭ 16 мм/ч?"),
        ("crp", "mg/L", "С-реактивный белок 16 мг/л?"),
        ("ejection_fraction", "%", "фракцию выброса 16 %?"),
        ("weight", "kg", "вес 16 кг?"),
    ],
)
def test_what_is_recorded_stands_in_the_accusative(code: str, unit: str, said: str) -> None:
    assert said in answers.confirm_measurement(IVANOV, code, [Decimal(16)], unit, now=NOW).text


def test_recording() -> None:
    values = [Decimal("37.2")]
    assert answers.recorded_measurement(IVANOV, "temperature", values, "Cel", now=NOW).text == (
        "Записано: температура 37,2 °C."
    )
    assert answers.confirm_note(AKHMETOVA, "жалоб нет").text == (
        "Записать Ахметовой Гульнаре Маратовне, 1993 года рождения, заметку: «жалоб нет»? "
        "Скажите «да» или «нет»."
    )
    assert answers.recorded_note(IVANOV).text == "Заметка записана."


def test_what_a_refused_speaker_hears_is_the_same_for_every_patient() -> None:
    # no argument can carry anything about a patient into these
    for refusal in (
        fixed.not_recognised_speaker,
        fixed.insufficient_speech,
        fixed.not_permitted,
    ):
        assert not inspect.signature(refusal).parameters
        assert refusal().text.endswith(".")
        assert refusal().items == ()


@pytest.mark.parametrize("reason", NothingHeardReason)
def test_every_reason_for_silence_has_a_sentence(reason: NothingHeardReason) -> None:
    assert answers.nothing_heard(reason).text.endswith(".")


def test_a_whole_answer_is_said_without_a_digit() -> None:
    answer = answers.vitals(IVANOV, [observation("blood_pressure", "130 80", "mm[Hg]")], NOW)
    assert verbalise(answer.text) == (
        "Артериальное давление сто тридцать на восемьдесят миллиметров ртутного столба — "
        "сегодня в десять часов сорок минут."
    )
