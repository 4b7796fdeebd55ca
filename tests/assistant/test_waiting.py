"""What is said beside a note or a value that waits, by the real parser: nothing of it is lost."""

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

from assistant.dialogue.state import ConfirmWrite, FillRequest

PAIN = "запиши заметку боль в груди"
PULSE = "запиши пульс семьдесят"
DOUBT = "Не понял, исправить ли. "


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("нет, в животе", "боль в животе"),
        ("нет отёков", "боль в груди, нет отёков"),
        ("слева", "боль в груди, слева"),
        ("тошнота", "боль в груди, тошнота"),
        ("да ещё тошнота", "боль в груди, тошнота"),
        ("верно и кашель", "боль в груди, кашель"),
        ("верно но тошноты нет", "боль в груди, тошноты нет"),
        ("да но одышки нет", "боль в груди, одышки нет"),
        ("точка тошноты нет", "боль в груди, тошноты нет"),
        ("температуры нет", "боль в груди, температуры нет"),
        ("заметка верна", "боль в груди"),
        ("сохрани эту заметку", "боль в груди"),
        ("заметку сохрани", "боль в груди"),
        ("заново упал", "упал"),
        ("перепиши болит спина", "болит спина"),
        ("заново боль в спине", "боль в спине"),
        ("давай сначала болит спина", "болит спина"),
        ("запиши заметку кашель", "кашель"),
    ],
)
def test_what_is_said_to_a_note_is_repeated_with_it(
    talk: Talk,  # noqa: F811
    said: str,
    note: str,
) -> None:
    answer = talk.say(PAIN, said)
    assert f"заметку: «{note}»?" in answer
    assert answer.startswith("Предыдущее не записано.") == (not note.startswith("боль в груди"))


@pytest.mark.parametrize(
    "said",
    [
        "нет, с утра",
        "нет, за грудиной",
        "давай заново",
        "перепиши",
        "сначала",
        "перепиши лекарства",
    ],
)
def test_a_note_that_is_denied_is_dictated_anew(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(PAIN, said) == "Предыдущее не записано. Продиктуйте заметку целиком."
    assert "заметку: «болит спина»?" in talk.say("болит спина")


@pytest.mark.parametrize(
    "said", ["перепиши на Орлову", "перепиши Орловой", "переделай на Орлову", "нет на Орлову"]
)
def test_who_is_named_beside_a_word_of_beginning_anew_gets_the_note(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    answer = talk.say(PAIN, said)
    assert answer.startswith("Записать Орловой")
    assert "заметку: «боль в груди»?" in answer


@pytest.mark.parametrize("said", ["заново Орловой", "сначала Орловой", "перепиши в карту Орловой"])
def test_who_is_named_first_is_the_patient(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(PAIN, said, "да")
    assert talk.written() == []
    assert talk.state.patient == ORLOVA


@pytest.mark.parametrize(
    "said", ["перепиши на другого пациента", "нет на другого пациента", "нет под другой фамилией"]
)
def test_another_patient_without_a_name_is_asked_for(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(PAIN, said).startswith("О каком пациенте речь?")


@pytest.mark.parametrize("said", ["сначала покажи лекарства", "заново покажи анализы"])
def test_a_request_beside_a_word_of_beginning_anew_is_one(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(PAIN, said).startswith("Предыдущее не записано.")
    assert not isinstance(talk.state.pending, ConfirmWrite)


@pytest.mark.parametrize(
    "said",
    ["сначала болел живот", "возражений нет", "без ошибок", "без изменений", "замечаний нет"],
)
def test_what_is_no_part_of_a_note_leaves_it_as_it_was(talk: Talk, said: str) -> None:  # noqa: F811
    asked = talk.say(PAIN)
    assert talk.say(said) == DOUBT + asked


@pytest.mark.parametrize(
    "said", ["наверное нет", "отставить", "достаточно", "закрой", "отказываюсь", "нет у неё"]
)
def test_what_drops_a_note(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(PAIN, said) == "Отменено. Ничего не записано."


def test_of_a_stored_note_that_is_denied_it_is_said_that_it_stays(talk: Talk) -> None:  # noqa: F811
    assert "стереть голосом нельзя" in talk.say(PAIN, "да", "заметка неверная")


@pytest.mark.parametrize("said", ["отдаёт под лопатку", "с утра", "парацетамол дали", "да три дня"])
def test_words_that_may_belong_to_a_note_are_not_passed_over(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    asked = talk.say(PAIN)
    assert talk.say(said) == DOUBT + asked


def test_a_courtesy_belongs_to_no_note(talk: Talk) -> None:  # noqa: F811
    asked = talk.say(PAIN)
    assert talk.say("спасибо") == asked


@pytest.mark.parametrize(
    "note",
    [
        "больной Громов упал",
        "спасибо сказал",
        "до свидания сказал и ушёл",
        "помощь не нужна",
    ],
)
def test_a_note_that_is_asked_for_may_read_as_a_command(
    talk: Talk,  # noqa: F811
    note: str,
) -> None:
    assert f"заметку: «{note}»?" in talk.say("запиши заметку", note)


@pytest.mark.parametrize(
    ("said", "answer"), [("помощь", "Что записать в заметку"), ("стоп", "Остановлено")]
)
def test_a_command_is_no_note(talk: Talk, said: str, answer: str) -> None:  # noqa: F811
    assert answer in talk.say("запиши заметку", said)


@pytest.mark.parametrize(
    "said",
    [
        "повтори пожалуйста не расслышала",
        "повтори что ты сказала",
        "ещё раз не поняла",
        "помоги продиктовать",
        "что можно говорить",
        "не знаю что писать",
        "да я поняла",
        "да слышу",
        "да надо записать",
        "всё я закончила",
        "до свидания я ушла",
    ],
)
def test_what_who_dictates_says_of_herself_is_no_note(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("запиши заметку", said)
    assert not isinstance(talk.state.pending, ConfirmWrite)


@pytest.mark.parametrize("said", ["натощак", "ставь", "пусть", "по пульсоксиметру", "на кислороде"])
def test_what_only_sounds_like_a_command_drops_no_value(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    assert talk.say(PULSE, said).endswith("пульс 70 уд/мин? Скажите «да» или «нет».")


def test_what_sounds_like_a_denial_is_not_passed_over(talk: Talk) -> None:  # noqa: F811
    asked = talk.say(PULSE)
    assert talk.say("натощак") == DOUBT + asked


@pytest.mark.parametrize("said", ["закрой", "никакой", "неважно"])
def test_a_value_that_is_asked_for_is_given_up(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("запиши пульс", said)
    assert talk.state.pending is None


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("всё верно кроме времени", "За какой день записать?"),
        ("верно только не время", "За какой день записать?"),
        ("да кроме даты", "За какой день записать?"),
        ("всё верно кроме значения", "Какое значение записать: пульс?"),
        ("верно кроме цифры", "Какое значение записать: пульс?"),
        ("всё верно кроме фамилии", "О каком пациенте речь?"),
    ],
)
def test_what_is_excepted_from_a_yes_is_asked_for(talk: Talk, said: str, asked: str) -> None:  # noqa: F811
    assert talk.say(PULSE, said).startswith(asked)
    talk.say("да")
    assert talk.written() == []


@pytest.mark.parametrize(
    "said",
    [
        "смотрите не тому записали",
        "проверьте не то записали",
        "сотрите не ему",
        "удалите неправильно",
        "вы не тому записали",
    ],
)
def test_a_correction_told_a_second_person_is_one(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(PULSE, "да", said).startswith("Уже записано, стереть голосом нельзя.")
    assert "пульс 80 уд/мин?" in talk.say("восемьдесят")


@pytest.mark.parametrize("said", ["не вставайте", "не волнуйтесь", "не двигайтесь пожалуйста"])
def test_what_a_patient_is_forbidden_denies_nothing(talk: Talk, said: str) -> None:  # noqa: F811
    assert "стереть голосом нельзя" not in talk.say(PULSE, "да", said)


@pytest.mark.parametrize(
    "said",
    [
        "нет",
        "стоп",
        "неправильно",
        "потом",
        "отменяется",
        "отставить",
        "закрой",
        "закрой карту",
        "отказываюсь",
        "достаточно",
        "брось",
        "хорош",
        "никак",
        "неважно",
    ],
)
def test_what_drops_a_value_still_does(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(PULSE, said)
    assert not isinstance(talk.state.pending, ConfirmWrite)


@pytest.mark.parametrize("said", ["озноб", "аритмичный"])
def test_a_word_beside_a_value_is_to_be_dictated_apart(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    answer = talk.say(PULSE, said)
    assert "пульс 70 уд/мин? Отдельно продиктуйте: заметку." in answer


@pytest.mark.parametrize(
    ("said", "value"),
    [("это не пульс а сатурация", "сатурацию 70 %"), ("то есть вес", "вес 70 кг")],
)
def test_the_quantity_is_changed_and_nothing_is_read(
    talk: Talk,  # noqa: F811
    said: str,
    value: str,
) -> None:
    assert f"{value}?" in talk.say(PULSE, said)


@pytest.mark.parametrize("said", ["да можно", "да конечно можете", "да вы правы"])
def test_a_yes_to_the_patient_writes_nothing(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(PULSE, said)
    assert isinstance(talk.state.pending, ConfirmWrite)


@pytest.mark.parametrize("said", ["это был Орловой пульс", "это Орловой пульс"])
def test_whose_a_stored_value_was_is_asked_for_a_yes(talk: Talk, said: str) -> None:  # noqa: F811
    answer = talk.say(PULSE, "да", said)
    assert answer.startswith("Прежняя запись остаётся. Записать Орловой")
    assert "пульс 70 уд/мин?" in answer


@pytest.mark.parametrize("said", ["не мешайте", "подождите градусник ещё держит", "на"])
def test_a_value_is_waited_for(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("запиши температуру", said)
    assert isinstance(talk.state.pending, FillRequest)
    assert "температуру 37,2 °C?" in talk.say("тридцать семь и два")


@pytest.mark.parametrize("said", ["жалобы какие", "жалобы при поступлении"])
def test_a_question_about_complaints_is_no_note(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say(said)
    assert not isinstance(talk.state.pending, ConfirmWrite)
    assert talk.state.patient == GROMOV


@pytest.mark.parametrize("said", ["по лекарствам", "по аллергии", "при давлении каком"])
def test_what_is_asked_for_while_a_value_waits_is_read(talk: Talk, said: str) -> None:  # noqa: F811
    assert "Записать" not in talk.say(PULSE, said)
