"""What the specification names word for word: numbers, periods, pronouns, nicknames, commands."""

from __future__ import annotations

import pytest

from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_roster, written
from nlu.gazetteer import Gazetteer
from nlu.messages import Parse, PatientMention
from nlu.parser import InProcessParser


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)


def who(parse: Parse) -> str:
    """The card that would be acted on, with «?» where the assistant asks."""
    entity = parse.get("patient_name")
    if entity is None or not isinstance(entity.value, PatientMention):
        return ""
    cards = ",".join(candidate.card for candidate in entity.value.candidates)
    return f"?{cards}" if entity.value.ambiguous else cards


@pytest.mark.parametrize(
    ("said", "intent", "card", "entities"),
    [
        ("карта двенадцать тридцать пять", "select_patient", "", "patient_id=1235"),
        ("карта 12 35", "select_patient", "", "patient_id=1235"),
        ("карта двенадцать 35", "select_patient", "", "patient_id=1235"),
        ("1-2-3-4", "select_patient", "", "patient_id=1234"),
        ("карта один два три четыре", "select_patient", "", "patient_id=1234"),
        ("открой экг от 12-й марта", "get_document", "", "document_type=ecg date=2026-03-12"),
        (
            "открой экг от двенадцатого марта",
            "get_document",
            "",
            "document_type=ecg date=2026-03-12",
        ),
        (
            "визиты за последние полгода",
            "get_hospital_visits",
            "",
            "period=2026-05-21..2026-11-21",
        ),
        (
            "где он лечился прошлой осенью",
            "get_hospital_visits",
            "",
            "period=2025-09-01..2025-11-30",
        ),
        ("его документы", "get_documents_from_hospital", "", ""),
        ("её диагнозы", "get_diagnoses", "", ""),
        ("второй", "select_patient", "", "ordinal=2"),
        ("вторая", "select_patient", "", "ordinal=2"),
        ("предыдущий", "previous", "", ""),
        ("следующий", "next", "", ""),
        ("нет, другой", "deny", "", ""),
        ("нет, другой, Громов", "select_patient", "2002", ""),
        ("назад", "previous", "", ""),
        ("На зад.", "previous", "", ""),
        ("повтори", "repeat", "", ""),
        ("дальше", "next", "", ""),
        ("медленнее", "repeat", "", ""),
        ("помоги", "help", "", ""),
        ("документы из районной", "get_documents_from_hospital", "", "hospital=h7"),
        ("лежал ли он в районной", "get_hospital_visits", "", "hospital=h7"),
        ("документы из военного", "get_documents_from_hospital", "", "hospital=h17"),
        (
            "документы из районной поликлиники",
            "get_documents_from_hospital",
            "",
            "hospital=unknown",
        ),
        ("документы из больницы номер два", "get_documents_from_hospital", "", "hospital=h2"),
        ("документы из второй городской", "get_documents_from_hospital", "", "hospital=h2"),
        (
            "давление сто тридцать на восемьдесят",
            "record_measurement",
            "",
            "observation=blood_pressure value=130/80",
        ),
        ("диагнозы больного Смирнова", "get_diagnoses", "512", ""),
        ("аллергии пациентки Поповой", "get_allergies", "3307", ""),
        ("Андрей Николаевич Смирнов", "select_patient", "512", ""),
        ("смернов", "select_patient", "512", ""),
        ("найди пациенту сидор ванну", "select_patient", "2211", ""),
        ("аллергия у меня на кошек", "out_of_scope", "", ""),
        ("мне позавчера давление мерили сто девяносто было", "out_of_scope", "", ""),
        ("я в областной больнице прошлой зимой лежала", "out_of_scope", "", ""),
        ("заметка Иванову Петру, тьфу, Сергею Иванову: болит спина", "add_note", "1235", ""),
        ("орлова ест как птичка и спит плохо, занеси", "add_note", "2110", ""),
        ("в карту орловой: дома принимает магний", "add_note", "2110", ""),
        ("в карту орловой зайди и покажи диагнозы", "get_diagnoses", "2110", ""),
        ("распечатай документ", "out_of_scope", "", ""),
        ("добавь диагноз гипертония", "out_of_scope", "", ""),
        ("допиши ему диагноз стенокардия", "out_of_scope", "", ""),
        ("добавь заметку жалоб нет", "add_note", "", ""),
    ],
)
def test_named(parser: InProcessParser, said: str, intent: str, card: str, entities: str) -> None:
    parse = parser.parse(said)
    found = {written(e).replace(" ", "_") for e in parse.entities if e.name != "patient_name"}
    assert (parse.intent, who(parse), found) == (intent, card, set(entities.split()))


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Орлова лежала у нас", "2110"),
        ("когда Васильев лежал в больнице", "4517"),
        ("когда Васильева лежала в больнице", "4516"),
        ("у Васильева поднялась температура", "?4516,4517"),
        ("сатурация Васильева упала", "?4516,4517"),
        ("Морозова", "?1818,1820"),
        ("Морозов", "?1818"),
        ("Морозов аллергик?", "?1818"),
        ("Морозов лежал у нас", "1818"),
        ("Морозов Игорь", "1818"),
        ("Громов", "2002"),
    ],
)
def test_the_verb_tells_the_sex(parser: InProcessParser, said: str, asked: str) -> None:
    assert who(parser.parse(said)) == asked


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("есть аллергия на никотинку", ""),
        ("аллергия на дротаверин", ""),
        ("непереносимость баралгина есть", ""),
        ("аллергия у громова на никотинку", "2002"),
        ("давно он пьёт никотинку", ""),
        ("какая доза никотинки", ""),
        ("что принимает громав", "2002"),
        ("аллергия на никотинку у громова", "2002"),
        ("аллергии на никитина", "1020"),
    ],
)
def test_a_drug_is_no_patient(parser: InProcessParser, said: str, card: str) -> None:
    """Никитин is on the roster."""
    assert who(parser.parse(said)).lstrip("?") == card
    assert bool(parser.parse(said).get("patient_name")) == bool(card)


def test_a_year_of_birth_alone(parser: InProcessParser) -> None:
    parse = parser.parse("тот, что пятьдесят восьмого года рождения")
    assert [written(e) for e in parse.entities] == ["period=1958-01-01..1958-12-31"]
    parse = parser.parse("две тысячи десятого года рождения")
    assert [written(e) for e in parse.entities] == ["period=2010-01-01..2010-12-31"]
