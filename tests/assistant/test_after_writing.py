"""What is stored stays: the doctor is told so, and asked for what is right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_confirming import (  # noqa: F401 - its fixtures serve here too
    GROMOV,
    ORLOVA,
    PRESSURE,
    PULSE,
    Talk,
    ledger,
    parser,
    snapshot,
    talk,
)

from assistant.dialogue.plans import Read
from assistant.dialogue.state import (
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)

STAYS = "Уже записано, стереть голосом нельзя."


@pytest.mark.parametrize(
    "words",
    ["нет", "нет, отмени", "неверно", "не записывай", "ошибка", "удали", "отмена", "нет, подожди"],
)
def test_a_denial_after_the_write_is_told_that_it_stays(talk: Talk, words: str) -> None:  # noqa: F811
    talk.say(PULSE, "да")
    assert talk.say(words).startswith(STAYS)
    assert isinstance(talk.state.pending, FillRequest)
    assert talk.say("90").startswith("Прежняя запись остаётся. Записать Громову")
    assert len(talk.written()) == 1
    assert talk.say("да") == "Записано: пульс 90 уд/мин."


@pytest.mark.parametrize(
    ("words", "card", "repeated"),
    [
        ("ошибка, 90", GROMOV, "пульс 90"),
        ("неверно, пульс 90", GROMOV, "пульс 90"),
        ("нет, не 80, а 90", GROMOV, "пульс 90"),
        ("нет, это Орловой", ORLOVA, "пульс 80"),
        ("не Громову, а Орловой", ORLOVA, "пульс 80"),
        ("нет, вчера", GROMOV, "вчера, 20 ноября 2026 года?"),
    ],
)
def test_what_is_right_goes_into_a_new_confirmation(
    talk: Talk,  # noqa: F811
    words: str,
    card: str,
    repeated: str,
) -> None:
    asked = talk.say(PULSE, "да", words)
    assert asked.startswith("Прежняя запись остаётся. Записать ")
    assert repeated in asked
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert pending.card == card
    assert talk.say("нет") == "Новое не записано. Прежняя запись остаётся."
    assert len(talk.written()) == 1


def test_moving_on_from_the_new_value_never_sounds_as_if_the_old_were_gone(talk: Talk) -> None:  # noqa: F811
    answer = talk.say(PULSE, "да", "ошибка, 90", "какие у него аллергии")
    assert answer.startswith("Новое не записано. Прежняя запись остаётся. ")


def test_a_note_is_dictated_anew(talk: Talk) -> None:  # noqa: F811
    answer = talk.say("запиши заметку: жалуется на кашель", "да", "нет, сотри")
    assert answer == "Заметка уже записана, стереть голосом нельзя. Продиктуйте верную."
    assert "«жалуется на насморк»" in talk.say("жалуется на насморк")


def test_the_write_is_remembered_only_until_the_next_turn(talk: Talk) -> None:  # noqa: F811
    assert talk.say(PULSE, "да", "повтори", "нет").startswith(STAYS)
    answer = talk.say("нет", PULSE, "да", "какие у него аллергии", "нет")
    assert answer == "Что не так? Назовите пациента или спросите иначе."


def test_a_request_after_the_write_is_answered(talk: Talk) -> None:  # noqa: F811
    assert "аллерг" in talk.say(PULSE, "да", "нет, покажи аллергии")


def test_a_note_is_begun_anew_from_where_it_was_wrong(talk: Talk) -> None:  # noqa: F811
    answer = talk.say("запиши заметку: жалуется на кашель", "да", "нет, на боль в животе")
    assert answer.startswith("Прежняя запись остаётся. Записать Громову")
    assert "заметку: «жалуется на боль в животе»?" in answer


@pytest.mark.parametrize(
    ("first", "then", "card", "repeated"),
    [
        (PULSE, "Орловой 90", ORLOVA, "пульс 90 уд/мин?"),
        (PULSE, "теперь Орловой 90", ORLOVA, "пульс 90 уд/мин?"),
        (PULSE, "то же самое Орловой", ORLOVA, "пульс 80 уд/мин?"),
        ("запиши температуру 37 и 2", "Орловой 36 и 6", ORLOVA, "температуру 36,6 °C?"),
        (PRESSURE, "Орловой 120 на 70", ORLOVA, "давление 120/70 мм рт. ст.?"),
        (PULSE, "Орловой сатурация 95", ORLOVA, "сатурацию 95 %?"),
        (PULSE, "Орловой 90 нет 95", ORLOVA, "пульс 95 уд/мин?"),
        (PULSE, "Громову, ой, Орловой 90", ORLOVA, "пульс 90 уд/мин?"),
        (PULSE, "вчера", GROMOV, "вчера, 20 ноября 2026 года?"),
        (PULSE, "в 8 утра", GROMOV, "сегодня в 8:00?"),
        (PULSE, "это было у Орловой", ORLOVA, "пульс 80 уд/мин?"),
    ],
)
def test_the_next_patient_after_the_write(
    talk: Talk,  # noqa: F811
    first: str,
    then: str,
    card: str,
    repeated: str,
) -> None:
    asked = talk.say(first, "да", then)
    assert repeated in asked
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert pending.card == card
    amends = card == GROMOV or then.startswith("это")
    assert asked.startswith("Прежняя запись остаётся.") == amends
    assert len(talk.written()) == 1


def test_a_value_of_the_next_patient_that_is_none_is_asked_for(talk: Talk) -> None:  # noqa: F811
    assert "800 уд/мин — так не бывает." in talk.say(PULSE, "да", "Орловой 800")


@pytest.mark.parametrize(
    "words",
    [
        "Орлова",
        "что принимает Орлова",
        "Орлова 2110",
        "Орлова 1979 года рождения",
        "Орлова 79",
        "Орловой сорок семь",
        "покажи Орлову 60",
    ],
)
def test_whoever_is_only_named_after_the_write_is_opened(talk: Talk, words: str) -> None:  # noqa: F811
    talk.say(PULSE, "да", words)
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert step.card == ORLOVA


@pytest.mark.parametrize(
    "words",
    [
        "Орлова из 70 палаты",
        "палата 70 Орлова",
        "Орловой назначить 50 мг",
        "Орлова кабинет 60",
        "на 70 выписана Орлова",
    ],
)
def test_a_number_among_other_words_is_no_value_of_the_next_patient(
    talk: Talk,  # noqa: F811
    words: str,
) -> None:
    talk.say(PULSE, "да", words)
    asked = ChoosePatient(("2110",), Request("select_patient"))
    assert talk.state.pending in (None, asked, replace(asked, aside=True))


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (PULSE, "Орловой 36 и 6"),
        (PRESSURE, "Орловой 36 и 6"),
        ("запиши рост 180", "Орлова 70 килограмм"),
    ],
)
def test_what_can_only_be_another_quantity_is_asked_about(
    talk: Talk,  # noqa: F811
    first: str,
    words: str,
) -> None:
    assert "Какой показатель?" in talk.say(first, "да", words)


@pytest.mark.parametrize(
    "words",
    [
        "запиши Громову давление 130 на 80 и Орловой 120 на 70",
        "запиши Громову пульс 80 и Орловой 90",
        "запиши Орловой сатурацию 95 и Громову 97",
    ],
)
def test_two_patients_are_dictated_one_by_one(talk: Talk, words: str) -> None:  # noqa: F811
    assert talk.say(words) == "Ничего не записано. Диктуйте, пожалуйста, по одному пациенту."
    talk.say("да")
    assert talk.written() == []


BOTH = "запиши Громову вчера в 9 вечера давление 110 на 70 пульс 70"


def test_what_is_left_was_measured_when_the_first_was(talk: Talk) -> None:  # noqa: F811
    talk.state = DialogueState()
    assert "пульс 70 уд/мин, вчера в 21:00" in talk.say(BOTH, "да", "70")
    assert "пульс 70 уд/мин?" in talk.say("сейчас")


@pytest.mark.parametrize("words", ["спасибо", "угу", "понятно", "не вставайте"])
def test_idle_words_leave_what_is_to_be_dictated(talk: Talk, words: str) -> None:  # noqa: F811
    talk.state = DialogueState()
    assert "пульс 70 уд/мин" in talk.say(BOTH, "да", words, "70")


def test_idle_words_end_what_was_written_whole(talk: Talk) -> None:  # noqa: F811
    assert "Записать" not in talk.say(PULSE, "да", "спасибо", "ещё 70")


def test_a_time_between_two_quantities_is_asked_for(talk: Talk) -> None:  # noqa: F811
    said = "запиши Громову пульс сто температура вчера тридцать восемь"
    assert "За какой день записать?" in talk.say(said)
