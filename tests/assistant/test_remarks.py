"""What is said to the patient or to a bystander while a question waits changes nothing."""

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

from assistant.dialogue.state import ConfirmWrite, DialogueState, FillRequest

DOUBTED = "Не понял, исправить ли. "
PRESSURE = "запиши Громову давление 120 на 80"
NAMED = [
    "анна михайловна отойдите пожалуйста",
    "жена людмила григорьевна рядом",
    "я ольга владимировна ваша медсестра",
    "лебедева просила позвонить",
    "орлова подожди",
    "спасибо анна михайловна",
    "меня зовут анна викторовна",
    "мария принеси тонометр",
    "муж сергей где",
    "лебедева говорит",
    "лебедева смотрит",
    "морозов получил таблетки",
    "да анна михайловна",
    "не мешайте анна викторовна",
]
COUNTED = [
    "я приду через сорок минут",
    "отдохните десять минут",
    "принимайте по двадцать капель",
    "посчитайте до тридцати",
    "вчера вам капельницу ставили",
    "первого декабря к врачу",
    "таблетку в восемь утра приняли",
    "завтра приду",
    "вам сахар мерили",
    "сколько вам лет",
    "позвоните по номеру сорок",
    "поставьте градусник на десять минут",
    "аллергии нет",
    "таблетки пили",
    "что пили утром",
    "прекрасно",
]


@pytest.mark.parametrize("asked", [PRESSURE, PULSE])
@pytest.mark.parametrize("said", NAMED + COUNTED)
def test_a_remark_repeats_what_waits_for_a_yes(talk: Talk, asked: str, said: str) -> None:  # noqa: F811
    before = talk.say(asked)
    again = talk.say(said)
    assert again == DOUBTED + before if said in NAMED else again.removeprefix(DOUBTED) == before
    assert isinstance(talk.state.pending, ConfirmWrite)
    talk.say("да")
    assert talk.written()[0].card == "2002"


@pytest.mark.parametrize("said", [*NAMED, "дайте мне тридцать секунд", "через двадцать минут"])
def test_a_remark_is_no_value(talk: Talk, said: str) -> None:  # noqa: F811
    before = talk.say("запиши пульс")
    assert talk.say(said) == (DOUBTED + before if said in NAMED else before)
    assert isinstance(talk.state.pending, FillRequest)


@pytest.mark.parametrize("said", ["сергей позвони", "пётр васильевич подождите"])
@pytest.mark.parametrize("asked", ["запиши пульс семьдесят", "запиши иванову пульс семьдесят"])
def test_a_remark_chooses_nobody(talk: Talk, asked: str, said: str) -> None:  # noqa: F811
    talk.state = DialogueState()
    talk.say(asked)
    before = talk.state
    talk.say(said)
    assert (talk.state.pending, talk.state.patient) == (before.pending, before.patient)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("исправь на сто сорок на девяносто", "140/90"),
        ("это было вчера утром", "вчера утром"),
        ("мерили вчера в восемь", "вчера в 8:00"),
        ("полчаса назад намерила", "сегодня в 15:00"),
        ("ой это орловой", "Записать Орловой"),
        ("подожди это орлова", "Записать Орловой"),
        ("перепутала это лебедевой", "Записать Лебедевой"),
        ("это я лебедевой", "Записать Лебедевой"),
        ("я лебедевой диктую", "Лебедева"),
        ("я лебедеву имела в виду", "Лебедева"),
        ("пациента зовут лебедева екатерина", "Лебедева"),
        ("нет здесь лебедева", "Записать Лебедевой"),
        ("поставь лебедевой", "Записать Лебедевой"),
        ("прошу прощения лебедевой", "Записать Лебедевой"),
        ("нет, другому пациенту", "О каком пациенте речь?"),
        ("да другому пациенту", "О каком пациенте речь?"),
        ("поменяй на сто сорок на девяносто", "140/90"),
        ("поставь вчера", "вчера"),
        ("вчерашним числом", "вчера"),
        ("сегодня утром мерила медсестра", "сегодня утром"),
        ("запиши заметку болели ноги", "заметку: «болели ноги»"),
        ("значит сто сорок на девяносто", "140/90"),
    ],
)
def test_words_of_correction_still_correct(talk: Talk, said: str, heard: str) -> None:  # noqa: F811
    assert heard in talk.say(PRESSURE, said)


@pytest.mark.parametrize(
    "said",
    [
        "поставь восемьдесят пять",
        "может восемьдесят пять",
        "аппарат показал восемьдесят пять",
        "восемьдесят пять на мониторе",
        "на экране восемьдесят пять",
        "говорю же восемьдесят пять",
        "отметь восемьдесят пять",
        "чёрт восемьдесят пять",
        "нет на экране восемьдесят пять",
        "поставьте восемьдесят пять",
    ],
)
def test_a_possible_value_is_taken_in_whatever_words_it_stands(talk: Talk, said: str) -> None:  # noqa: F811
    assert "пульс 85 уд/мин?" in talk.say(PULSE, said)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("сейчас посчитаю семьдесят", "70"),
        ("семьдесят два слабого наполнения", "72"),
        ("восемьдесят дефицита нет", "80"),
        ("на мониторе было семьдесят", "70"),
    ],
)
def test_a_number_that_counts_nothing_is_the_value_that_is_asked_for(
    talk: Talk,  # noqa: F811
    said: str,
    value: str,
) -> None:
    assert f"пульс {value} уд/мин?" in talk.say("запиши пульс", said)


def test_a_value_that_is_not_taken_is_not_passed_over_in_silence(talk: Talk) -> None:  # noqa: F811
    before = talk.say(PRESSURE)
    assert talk.say("алло сто сорок") == DOUBTED + before


@pytest.mark.parametrize(
    "said",
    [
        "его зовут громов виктор",
        "я громову",
        "громов здесь",
        "добрый день громов",
        "поставь громову",
    ],
)
def test_asked_for_whom_a_name_is_the_answer(talk: Talk, said: str) -> None:  # noqa: F811
    talk.state = DialogueState()
    talk.say("запиши пульс семьдесят")
    assert talk.say(said).startswith("Записать Громову")


@pytest.mark.parametrize("said", ["меня зовут громов", "муж громов", "громов подождите"])
def test_who_speaks_or_is_spoken_to_is_not_the_answer(talk: Talk, said: str) -> None:  # noqa: F811
    talk.state = DialogueState()
    talk.say("запиши пульс семьдесят")
    assert talk.say(said).startswith("О ком речь?")


def test_what_was_taken_by_a_patient_may_be_added_to_a_note(talk: Talk) -> None:  # noqa: F811
    added = talk.say("запиши заметку болит голова", "добавь принимали каптоприл")
    assert "«болит голова, принимали каптоприл»" in added


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("да и закончим", ""),
        ("да, и пульс 72", "пульс"),
        ("верно, температура 37", "температура"),
        ("да и пульс", "пульс"),
    ],
)
def test_what_was_agreed_to_is_asked_once_more_before_all_else(
    talk: Talk,  # noqa: F811
    said: str,
    left: str,
) -> None:
    before = talk.say(PRESSURE)
    apart = f"? Отдельно продиктуйте: {left}." if left else "?"
    assert talk.say(said) == before.replace("?", apart)
    stored = talk.say("да")
    assert stored.startswith("Записано")
    assert not left or stored.endswith(f"Теперь продиктуйте: {left}.")


def test_a_quantity_named_with_a_yes_to_a_note_is_asked_for_after_it(talk: Talk) -> None:  # noqa: F811
    talk.say("запиши заметку болит голова", "да и пульс семьдесят")
    assert talk.say("да") == "Заметка записана. Теперь продиктуйте: пульс."


def test_another_patient_named_with_a_yes_is_not_passed_over_in_silence(talk: Talk) -> None:  # noqa: F811
    before = talk.say(PRESSURE)
    assert talk.say("да и открой лебедеву") == DOUBTED + before


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("да", "семьдесят два"), "пульс 72 уд/мин?"),
        (("да", "пульс"), "Какое значение записать: пульс?"),
        (("нет, 140 на 90", "да", "семьдесят два"), "пульс 72 уд/мин?"),
        (("да", "удали"), "Уже записано"),
        (("лебедевой", "да", "семьдесят два"), "Какой показатель?"),
    ],
)
def test_what_was_left_is_asked_for_once_the_first_is_stored(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    answer: str,
) -> None:
    talk.say("запиши Громову давление 130 на 85, пульс 72")
    assert answer in talk.say(*said)


def test_what_is_left_is_named_when_the_first_is_stored(talk: Talk) -> None:  # noqa: F811
    stored = talk.say("запиши Громову давление 130 на 85, пульс 72", "да")
    assert stored.endswith("Теперь продиктуйте: пульс.")


@pytest.mark.parametrize(
    ("said", "also"),
    [
        ("давление 130 на 85 и запиши заметку болит голова", True),
        ("давление 130 на 85 жалуется на головную боль", True),
        ("давление 130 на 85 жалоб нет", True),
        ("температура 38 и 5 сделала литическую смесь", True),
        ("запиши сахар 6 до еды", True),
        ("запиши давление 130 на 85 пожалуйста", False),
        ("пульс 70 ударов в минуту ритмичный", False),
        ("пульс семьдесят не орловой а громову", False),
    ],
)
def test_words_beside_a_value_are_not_lost_in_silence(talk: Talk, said: str, also: bool) -> None:  # noqa: F811
    answer = talk.say(said)
    assert answer.startswith("Записать Громову")
    assert "заметку: «" not in answer
    assert ("Отдельно продиктуйте: заметку." in answer) == also


def test_what_is_asked_for_beside_a_value_is_to_be_asked_apart(talk: Talk) -> None:  # noqa: F811
    answer = talk.say("запиши давление 130 на 85 и покажи лекарства")
    assert "85 мм рт. ст.? Спросите отдельно: лекарства. Скажите" in answer
    assert talk.say("да").endswith(" Спросите отдельно: лекарства.")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("запиши пульс семьдесят а лебедевой восемьдесят", "по одному пациенту"),
        ("пульс семьдесят у лебедевой восемьдесят", "по одному пациенту"),
        ("пульс семьдесят а лебедевой давление 120 на 80", "по одному пациенту"),
        ("запиши пульс семьдесят лебедевой", "Записать Лебедевой"),
        ("запиши пульс семьдесят лебедевой 98 года рождения", "Лебедева"),
        ("запиши пульс семьдесят не громову а лебедевой", "Записать Лебедевой"),
    ],
)
def test_no_value_goes_to_the_patient_named_after_it(talk: Talk, said: str, answer: str) -> None:  # noqa: F811
    assert answer in talk.say(said)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("новая заметка", "когда меняли повязку"),
        ("новая заметка", "операция когда"),
        ("новая заметка", "поднимите руку"),
        ("новая заметка", "сейчас подумаю"),
        ("повязка", "когда меняли"),
        ("запиши заметку болит голова", "и что ещё"),
        ("запиши заметку болит голова", "ещё что беспокоит"),
        ("запиши заметку болит голова", "таблетки пили"),
    ],
)
def test_a_question_to_the_patient_is_no_note(talk: Talk, asked: str, said: str) -> None:  # noqa: F811
    before = talk.say(asked)
    assert talk.say(said) == before


@pytest.mark.parametrize(
    "said", ["когда ходит болит нога", "не помнит когда упал", "запиши пейте больше воды"]
)
def test_a_note_may_hold_such_words(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say("новая заметка", said).startswith("Записать Громову")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("жалобы лебедевой", "Лебедева Екатерина Юрьевна, 1998 года рождения. Что записать"),
        ("жалобы лебедевой на боль в животе", "Кого вы имеете в виду: Громов"),
        ("шов сухой", "Записать Громову"),
        ("рана чистая", "Записать Громову"),
    ],
)
def test_whose_complaints_they_are_is_whose_note_it_is(talk: Talk, said: str, begins: str) -> None:  # noqa: F811
    assert talk.say(said).startswith(begins)


@pytest.mark.parametrize(
    "said",
    [
        "аспирин сто",
        "дали аспирин сто",
        "нет метопролол пятьдесят",
        "кровать девяносто",
        "девяносто палата",
        "следующему девяносто",
        "муж говорит девяносто",
        "у меня обычно девяносто",
    ],
)
def test_a_dose_a_place_and_what_others_have_are_no_value(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(PULSE, said) == DOUBTED + talk.say(PULSE)


def test_a_dose_beside_a_half_pressure_is_no_half(talk: Talk) -> None:  # noqa: F811
    half = "запиши Громову давление сто тридцать"
    assert talk.say(half, "каптоприл пятьдесят") == talk.say(half)


@pytest.mark.parametrize("said", ["я ошиблась лебедева", "имелась в виду лебедева"])
def test_whoever_was_meant_is_asked_about_after_a_slip(talk: Talk, said: str) -> None:  # noqa: F811
    assert "Лебедев" in talk.say(PULSE, said)


@pytest.mark.parametrize(
    ("more", "asked"),
    [("ещё сто сорок", "140 на сколько?"), ("ещё одно 75", "пульс 75")],
)
def test_one_number_more_is_of_what_was_left(talk: Talk, more: str, asked: str) -> None:  # noqa: F811
    both = "запиши Громову пульс 70 и давление 130 на 80"
    assert asked in talk.say(both, "да", more)
