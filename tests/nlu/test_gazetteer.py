"""Names and places by sound: the right one, or a question, never a wrong one."""

from itertools import product

import pytest

from nlu.canon import canonical, fold
from nlu.declension import CASES, Part, decline
from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import PatientMention, Person
from nlu.parser import InProcessParser

PEOPLE, PLACES = read_roster(HELDOUT.parent)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(PEOPLE, PLACES)


def cards(gazetteer: Gazetteer, said: str) -> str:
    mention = gazetteer.match_patients(said)
    return ("?" if mention.ambiguous else "") + ",".join(c.card for c in mention.candidates)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (0, 1)])
def test_every_patient_in_every_case(gazetteer: Gazetteer, order: tuple[int, ...]) -> None:
    namesakes = {("Ахметова", "Гульнара")} if len(order) == 2 else set()
    for person, at in product(PEOPLE, range(len(CASES))):
        parts = (person.last, person.first, person.middle)
        spelt = [decline(n, part, person.sex)[at] for part, n in zip(Part, parts, strict=True)]
        said = " ".join(spelt[i] for i in order)
        mention = gazetteer.match_patients(said)
        found = [c.card for c in mention.candidates]
        assert person.card in found, said
        if (person.last, person.first) in namesakes:
            assert mention.ambiguous, said
        else:
            assert (found[0], mention.ambiguous) == (person.card, False), said


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("пациент смернов", "512"),
        ("петра сергеевича", "1236"),
        ("Сидоровуанну Михайловну.", "2211"),
        ("найди пациент и сидор ванну Михайловну", "2211"),
        ("мым аразовой Татьяны и Гаривны", "1820"),
        ("Пациентка Ахметова Гульнара Шидовна-1972 года рождения.", "652"),
        ("пациентки поповой", "3307"),
        ("пациента зайца", "2003"),
    ],
)
def test_misheard(gazetteer: Gazetteer, said: str, card: str) -> None:
    mention = gazetteer.match_patients(said)
    assert (mention.candidates[0].card, mention.ambiguous) == (card, False)


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("температура кузнецовой алгеблодимирована за неделю", "208"),
        ("что принимает гузнецова ольга", "208"),
        ("ахметова гульнара та которая рашидовна", "652"),
        ("кузнецова мария нужна а не ольга", "207"),
        ("иванов который пятьдесят восьмого года", "1236"),
        ("у иванова пятьдесят восьмого года рождения", "1236"),
    ],
)
def test_what_tells_namesakes_apart(gazetteer: Gazetteer, said: str, card: str) -> None:
    mention = gazetteer.match_patients(said)
    assert (mention.candidates[0].card, mention.ambiguous) == (card, False)


@pytest.mark.parametrize(
    "said",
    ["аллергии иванова сеюргзю", "давление кузнецовой чарбии", "нюжвм федорова принимает"],
)
def test_a_first_name_that_is_lost_leaves_namesakes_to_be_asked_about(
    gazetteer: Gazetteer, said: str
) -> None:
    assert gazetteer.match_patients(said).ambiguous


STRANGERS = """
    Сидорчук Ивановский Петренко Кузьмин Петров Попов Орлов Никитенко Громыко Смирницкий
    Морозенко Фёдорченко Соколова Лебединский Гавриленко Жуков Белов Зайченко Островой
"""


@pytest.mark.parametrize("name", STRANGERS.split())
def test_a_name_not_on_the_roster_is_never_taken_for_another(
    gazetteer: Gazetteer, name: str
) -> None:
    sex = "f" if name.endswith("а") else "m"
    for form in decline(name, Part.LAST, sex):
        if gazetteer.has_surname_form(fold(form)):
            continue  # «найди пациента Попову» is a Попова we have
        for said in (form, f"пациент {form}", f"найди пациента {form}"):
            mention = gazetteer.match_patients(said)
            assert mention.ambiguous or not mention.candidates, said


def test_a_name_after_not_gives_way_to_another(gazetteer: Gazetteer) -> None:
    assert cards(gazetteer, "не громова, а орлову") == "2110"
    assert cards(gazetteer, "ой не григорьева мне ахметова гульнара рашидовна нужна") == "652"
    assert cards(gazetteer, "не громова") == "?2002"


def test_namesakes_are_asked_about(gazetteer: Gazetteer) -> None:
    assert cards(gazetteer, "иванов") == "?1235,1236"
    assert set(cards(gazetteer, "ахметова гульнара").strip("?").split(",")) == {"650", "652"}


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("аллергии у кати лебедевой", "2001"),
        ("диагнозы оли кузнецовой", "208"),
        ("пульс кузнецовой маши", "207"),
        ("серёжи иванова температура", "1235"),
        ("найди олю васильеву", "4516"),
    ],
)
def test_a_short_first_name(gazetteer: Gazetteer, said: str, card: str) -> None:
    assert cards(gazetteer, said) == card


@pytest.mark.parametrize("said", ["саша васильев", "катя", "любой фёдоровой"])
def test_a_short_first_name_of_another_or_alone_is_not_enough(
    gazetteer: Gazetteer, said: str
) -> None:
    mention = gazetteer.match_patients(said)
    assert mention.ambiguous or not mention.candidates


@pytest.mark.parametrize("said", ["морозова", "васильева", "пациента попова", "смирнова"])
def test_a_form_of_both_sexes_is_asked_about(gazetteer: Gazetteer, said: str) -> None:
    assert gazetteer.match_patients(said).ambiguous


@pytest.mark.parametrize(
    ("said", "card"),
    [
        ("ттг у ахметовой семьдесят второго года", "652"),
        ("посещения кузнецовой девяностого года рождения", "207"),
    ],
)
def test_a_year_of_birth_beside_the_name_is_no_period(
    gazetteer: Gazetteer, said: str, card: str
) -> None:
    parse = InProcessParser.load(gazetteer, lambda: HELDOUT_TODAY).parse(said)
    (name,) = (entity for entity in parse.found if entity.name != "observation")
    assert isinstance(name.value, PatientMention)
    assert not name.value.ambiguous
    assert name.value.candidates[0].card == card


@pytest.mark.parametrize(("said", "card"), [("попова", "3307"), ("громову", "2002")])
def test_a_form_of_both_sexes_is_sure_where_one_patient_has_it(
    gazetteer: Gazetteer, said: str, card: str
) -> None:
    assert cards(gazetteer, said) == card


@pytest.mark.parametrize(
    "said", ["иванов николай", "пациентка смирнова", "иванов пётр петрович", "анна петровна"]
)
def test_what_contradicts_is_asked_about(gazetteer: Gazetteer, said: str) -> None:
    mention = gazetteer.match_patients(said)
    assert mention.ambiguous or not mention.candidates


def test_a_list_read_out_narrows_the_choice(gazetteer: Gazetteer) -> None:
    mention = gazetteer.match_patients("пётр", among={"1235", "1236"})
    assert ([c.card for c in mention.candidates], mention.ambiguous) == (["1236"], False)


def test_a_wrong_year_of_birth_asks(gazetteer: Gazetteer) -> None:
    assert gazetteer.match_patients("иванов пётр сергеевич 1960 года рождения").ambiguous


def test_a_year_of_birth_tells_whose_surname_it_is(gazetteer: Gazetteer) -> None:
    assert cards(gazetteer, "морозова которая девяносто четвёртого года") == "1820"
    assert gazetteer.match_patients("морозова которая семидесятого года").ambiguous


def test_a_doctor_is_no_patient(gazetteer: Gazetteer) -> None:
    assert cards(gazetteer, "что назначил доктор григорьев") == ""


def test_two_people_of_one_name() -> None:
    twins = [
        Person(c, "Иванов", "Пётр", "Сергеевич", "m", y) for c, y in (("1", 1950), ("2", 1980))
    ]
    gazetteer = Gazetteer(twins, ())
    assert gazetteer.match_patients("иванов пётр сергеевич").ambiguous
    mention = gazetteer.match_patients("иванов пётр сергеевич 1980 года рождения")
    assert (mention.candidates[0].card, mention.ambiguous) == ("2", False)


def test_no_patients_at_all() -> None:
    assert Gazetteer((), ()).match_patients("иванов").candidates == ()


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ("из первой городской больницы", ("h1",)),
        ("первая градская", ("h13",)),
        ("из больницы №3", ("h3",)),
        ("из военного госпителя и мини-бурденко", ("h17",)),
        ("в республиканском кардиоцентре", ("h10",)),
        ("пятая поликлиника", ("h9",)),
        ("из второй", ()),
        ("в третьей городской поликлинике", ()),
        ("из больницы номер девять", ()),
    ],
)
def test_hospitals(gazetteer: Gazetteer, said: str, ids: tuple[str, ...]) -> None:
    assert gazetteer.match_hospitals(said) == ids


@pytest.mark.parametrize(
    "said", ["диагнозы козлодоева", "что пьёт фасхутдинов", "давление у толстопятовой"]
)
def test_an_unknown_surname_is_a_name_without_any_cue(gazetteer: Gazetteer, said: str) -> None:
    canon = canonical(said)
    named = gazetteer.find_patient(canon, range(len(canon.items)))
    assert named is not None
    assert not named.mention.candidates


@pytest.mark.parametrize(
    "said",
    [
        "мне нужна анна викторовна сомова",
        "мингазов рустам ильдарович",
        "сомовой анны михайловны",
        "русакова игоря павловича",
        "мельника игоря павловича",
        "мельник анны михайловны",
        "пака петра сергеевича",
    ],
)
def test_a_stranger_with_a_patient_s_first_names_is_asked_about(
    gazetteer: Gazetteer, said: str
) -> None:
    assert gazetteer.match_patients(said).ambiguous


@pytest.mark.parametrize("said", ["чё по листу назначений", "отметить скользкий пол"])
def test_a_short_word_is_no_name(gazetteer: Gazetteer, said: str) -> None:
    canon = canonical(said)
    assert gazetteer.find_patient(canon, range(len(canon.items))) is None
