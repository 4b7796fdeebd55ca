"""Hospitals that are called by a part of their name, by their place in a list or by «оттуда»."""

from __future__ import annotations

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    ORLOVA,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.plans import AskPatient, NoSuchPatient, Read, Say
from assistant.dialogue.state import ChooseHospital

CENTRE, BURDENKO, FIRST = "h10", "h17", "h1"
PAPERS, VISITS = "get_documents_from_hospital", "get_hospital_visits"
AT_CENTRE = "громов в кардиоцентре когда был"


@pytest.mark.parametrize(
    ("asked", "said", "intent", "hospital"),
    [
        ("документы громова", "бурденко", PAPERS, BURDENKO),
        ("документы громова", "военный", PAPERS, BURDENKO),
        ("документы громова", "кардио", PAPERS, CENTRE),
        ("документы громова", "в первой", PAPERS, BURDENKO),
        ("документы громова", "из второй больницы", PAPERS, CENTRE),
        ("документы громова", "городская", PAPERS, FIRST),
        ("документы громова", "номер один", PAPERS, BURDENKO),
        ("посещения громова", "один", PAPERS, BURDENKO),
        ("документы бондаренко", "георгия", PAPERS, "h18"),
        ("документы бондаренко", "ветеранов", PAPERS, "h11"),
        ("документы зайца", "детская", PAPERS, "h8"),
        ("документы зайца", "давай в детской", PAPERS, "h8"),
        ("документы лебедевой", "перинатальный", PAPERS, "h16"),
        ("документы лебедевой", "документы из поликлиники", PAPERS, "h9"),
        ("документы лебедевой", "здоровье", PAPERS, "h14"),
        ("документы белых", "онкологический", PAPERS, "h15"),
        ("посещения громова", "в первой", VISITS, BURDENKO),
        ("посещения громова", "из первой", PAPERS, BURDENKO),
        ("посещения громова", "бурденко", VISITS, BURDENKO),
        ("посещения громова", "вторая больница", VISITS, CENTRE),
        ("посещения громова", "вторая", PAPERS, CENTRE),
        ("посещения громова", "в первой документы", PAPERS, BURDENKO),
        ("посещения громова", "документы из бурденко", PAPERS, BURDENKO),
        ("посещения бондаренко", "покажи документы ветеранов", PAPERS, "h11"),
        ("посещения бондаренко", "в георгия", VISITS, "h18"),
        ("документы сидоровой анны", "вторая больница", PAPERS, "h2"),
        ("посещения громова", "кардиологические документы", PAPERS, None),
    ],
)
def test_a_part_of_the_name_or_the_place_chooses_of_the_hospitals_that_were_listed(
    talk: Talk,  # noqa: F811
    asked: str,
    said: str,
    intent: str,
    hospital: str | None,
) -> None:
    talk.say(asked)
    current = talk.state.patient
    talk.say(said)
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert (step.card, step.request.intent) == (current, intent)
    assert step.request.hospital == hospital


def test_each_place_of_the_list_can_be_asked_for_in_turn(talk: Talk) -> None:  # noqa: F811
    assert talk.say("посещения", "в первой").startswith("Военный госпиталь имени Бурденко: ")
    assert talk.say("во второй").startswith("Республиканский кардиоцентр: ")


@pytest.mark.parametrize(
    ("asked", "said", "offered"),
    [
        ("документы сидоровой анны", "городская", "Городская больница №2; вторая — Городская"),
        ("документы громова", "первая больница", "Военный госпиталь имени Бурденко; вторая — Гор"),
        ("посещения громова", "первая больница", "Военный госпиталь имени Бурденко; вторая — Гор"),
        ("сидорова анна", "посещения в городской больнице", "Городская больница №2; вторая — Го"),
    ],
)
def test_of_several_that_fit_it_is_asked(
    talk: Talk,  # noqa: F811
    asked: str,
    said: str,
    offered: str,
) -> None:
    assert talk.say(asked, said).startswith(f"Из какой больницы? Первая — {offered}")
    assert isinstance(talk.state.pending, ChooseHospital)
    assert talk.say("вторая").startswith("Городская больница №")


@pytest.mark.parametrize("said", ["орлова", "какое давление", "аллергии", "что он принимает"])
def test_another_patient_or_request_leaves_the_list(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("документы громова", said)
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert step.request.intent != PAPERS
    assert step.card == (ORLOVA if said == "орлова" else GROMOV)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("документы громова", "пациент Бурмистров"),
        ("посещения бондаренко", "у георгия"),
        ("документы бондаренко", "георгию"),
        ("посещения сидоровой анны", "а у боткиной"),
        ("посещения сидоровой анны", "боткина"),
        ("посещения громова", "а бурденко"),
        ("посещения громова", "документы бурденко"),
    ],
)
def test_a_name_of_nobody_is_still_nobody(
    talk: Talk,  # noqa: F811
    asked: str,
    said: str,
) -> None:
    talk.say(asked, said)
    assert isinstance(talk.plans[-1], NoSuchPatient)


@pytest.mark.parametrize("asked", ["посещения", "документы"])
@pytest.mark.parametrize("said", ["здорова", "а у здоровой", "у здоровой"])
def test_a_word_that_is_like_a_patients_name_is_no_hospital(
    talk: Talk,  # noqa: F811
    asked: str,
    said: str,
) -> None:
    talk.say("лебедева", asked, said)
    assert isinstance(talk.plans[-1], AskPatient)


def test_a_word_of_praise_is_no_hospital(talk: Talk) -> None:  # noqa: F811
    talk.say("посещения лебедевой", "вот и здоровье")
    assert isinstance(talk.plans[-1], Say)


def test_earlier_than_a_time_is_of_all_hospitals(talk: Talk) -> None:  # noqa: F811
    talk.say("громов")
    for year in ("за прошлый год", "за сентябрь"):
        assert talk.say(f"документы {year}", "а раньше").startswith("Из какой больницы? Первая — ")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("первая больница", "Городская больница №1: 2 посещения."),
        ("документы из первой больницы", "Городская больница №1: 5 документов."),
        ("документы из городской больницы", "Городская больница №1: 5 документов."),
        ("документы из больницы номер девять", "Такой больницы в реестре нет."),
    ],
)
def test_without_a_list_the_patients_own_hospital_is_meant(
    talk: Talk,  # noqa: F811
    said: str,
    begins: str,
) -> None:
    assert talk.say(said).startswith(begins)


@pytest.mark.parametrize(
    ("said", "hospital"),
    [
        ((AT_CENTRE, "документы"), CENTRE),
        ((AT_CENTRE, "документы оттуда"), CENTRE),
        ((AT_CENTRE, "какие там документы"), CENTRE),
        ((AT_CENTRE, "что там делали"), CENTRE),
        ((AT_CENTRE, "рецепты оттуда"), CENTRE),
        ((AT_CENTRE, "а документы покажи"), CENTRE),
        ((AT_CENTRE, "документы оттуда за прошлый год"), CENTRE),
        ((AT_CENTRE, "документы за прошлый год"), None),
        ((AT_CENTRE, "документы из других больниц"), None),
        ((AT_CENTRE, "другие документы"), None),
        ((AT_CENTRE, "все документы"), None),
        ((AT_CENTRE, "документы за всё время"), None),
        ((AT_CENTRE, "его документы"), None),
        ((AT_CENTRE, "документы", "документы оттуда"), CENTRE),
        ((AT_CENTRE, "документы", "документы"), None),
        ((AT_CENTRE, "рецепты"), CENTRE),
        ((AT_CENTRE, "документы", "экг"), CENTRE),
        ((AT_CENTRE, "давление", "экг"), None),
        ((AT_CENTRE, "давление", "документы"), None),
        ((AT_CENTRE, "орлова", "документы"), None),
        ((AT_CENTRE, "документы орловой"), None),
        (("посещения", "документы"), None),
    ],
)
def test_documents_right_after_one_hospital_are_its_own(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    hospital: str | None,
) -> None:
    talk.say(*said)
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert step.request.hospital == hospital


def test_what_was_done_there_is_told_of_that_hospital(talk: Talk) -> None:  # noqa: F811
    answer = talk.say(AT_CENTRE, "что там делали")
    assert answer.startswith("Республиканский кардиоцентр: 7 документов.")
    assert talk.say("первый", "что там написано").startswith("Эхокардиография")


def test_only_hospitals_with_documents_of_the_time_are_offered(talk: Talk) -> None:  # noqa: F811
    offered = talk.say("сидорова анна", "документы за прошлый год")
    assert "Из какой больницы? Первая — Поликлиника №5; вторая — Обл" in offered
    assert "Боткинская" not in offered
    assert talk.say("вторая").startswith("Областная клиническая больница: 3 документа.")
    assert talk.say("документы за сентябрь").startswith("Городская больница №2: 2 документа.")
    assert talk.say("документы за 2010 год").startswith("За 2010 год документов нет, ближайший")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("флюорография", "Какой документ? Первый — рентген"),
        ("рентген лёгких", "Какой документ? Первый — рентген"),
        ("рентген", "Какой документ? Первый — рентген"),
        ("рентген колена", "Рентген: артроз коленных суставов, "),
    ],
)
def test_a_part_of_the_body_chooses_among_pictures_and_denies_none(
    talk: Talk,  # noqa: F811
    said: str,
    begins: str,
) -> None:
    talk.say("сидорова анна")
    assert talk.say(said).startswith(begins)


def test_the_last_right_after_visits_is_a_visit(talk: Talk) -> None:  # noqa: F811
    visits = talk.say("фёдоров сергей", "посещения")
    assert talk.say("последнее") == visits


def test_the_last_but_one_right_after_visits_is_a_visit(talk: Talk) -> None:  # noqa: F811
    talk.say("фёдоров сергей")
    assert talk.say("последнее посещение", "а предпоследнее").startswith("Ранее: 20 мая 2026 года")


def test_where_there_was_one_visit_there_is_none_before(talk: Talk) -> None:  # noqa: F811
    talk.say("хасанов в первой градской когда был")
    assert talk.say("а предпоследнее") == "Больше ничего нет."


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (("лебедева", "документы из перинатального", "с третьей"), "Анализ мочи"),
        (("лебедева", "документы с первой беременности"), "Из какой больницы?"),
        (("магомедов", "документы с третьей недели"), "Из какой больницы?"),
        (("магомедов", "документы из первой и второй"), "Из какой больницы?"),
        (("громов", "посещения в первой"), "Городская больница №1: 2 посещения."),
        (("громов", "посещения во второй"), "Городская больница №2: посещений нет."),
        (("громов", "посещения в первой половине года"), "посещени"),
        (("магомедов", "в пятой лежал"), "Из какой больницы? Первая — Городская больница №5"),
        (
            ("петрова анна", "посещения в третьей больнице", "а в первой"),
            "Из какой больницы? Первая — Городская больница №1",
        ),
    ],
)
def test_a_number_alone_is_of_a_hospital_only_after_from_or_in(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    begins: str,
) -> None:
    talk.say(*said[:-1])
    assert begins in talk.say(said[-1])


def test_a_hospital_without_records_leaves_the_list(talk: Talk) -> None:  # noqa: F811
    talk.say("громов", "документы из первой больницы")
    assert "документов нет" in talk.say("а из второй")
    assert talk.say("первый").startswith("Результаты анализов")
    talk.say("лебедева", "посещения в перинатальном")
    assert "посещений нет" in talk.say("в третьей")
    assert talk.say("дальше").startswith("Ранее: ")
