"""A note or a measurement: what is dictated becomes what was meant, or is asked about."""

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

from assistant.dialogue.noting import denies_finding, drops
from assistant.dialogue.plans import AskMissing, Cancel, Phrase, Read, Say
from assistant.dialogue.state import ConfirmWrite
from nlu.notes import note_body

CHEST = "запиши заметку боль в груди"
EITHER = "Что записать: измерение или заметку?"


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        (("запиши Громову", "пульс", "80"), "пульс 80 уд/мин?"),
        (("запиши Громову", "пульс 80"), "пульс 80 уд/мин?"),
        (("запиши Громову", "заметку", "осмотрен"), "заметку: «осмотрен»?"),
        (("запиши Громову", "жалуется на кашель"), "заметку: «жалуется на кашель»?"),
        (("запиши", "пульс", "80"), "пульс 80 уд/мин?"),
        (("добавь измерение", "давление", "130 на 80"), "давление 130/80"),
        (("запиши заметку", "пульс", "80"), "пульс 80 уд/мин?"),
        (("запиши Громову заметку пульс 80 аритмичный",), "заметку: «пульс 80 аритмичный»?"),
        (("запиши заметку", "нет отёков"), "заметку: «нет отёков»?"),
        (("запиши заметку", "стоп препарат лизиноприл"), "«стоп препарат лизиноприл»?"),
        ((CHEST, "нет отёков"), "заметку: «боль в груди, нет отёков»?"),
        ((CHEST, "не в груди а в животе"), "заметку: «боль в животе»?"),
        (("запиши мне в заметки позвонить жене",), "заметку: «позвонить жене»?"),
    ],
)
def test_what_was_dictated_is_repeated(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    repeated: str,
) -> None:
    assert repeated in talk.say(*said)
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert pending.card == GROMOV


@pytest.mark.parametrize(
    "said",
    [
        "заметка по Орловой: рана чистая",
        "допиши по Орловой рана чистая",
        "внесите в заметки по пациентке Орловой рана чистая",
        "впиши в карту Орловой рана чистая",
        "пометочка про Орлову: рана чистая",
    ],
)
def test_whose_a_note_is_comes_before_its_words(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    assert talk.say(said).startswith("Записать Орловой Татьяне Борисовне, 1979 года рождения")
    assert isinstance(talk.state.pending, ConfirmWrite)
    assert talk.state.pending.request.note == "рана чистая"


@pytest.mark.parametrize("said", ["по утрам кашель", "по просьбе дочери Орловой звонил"])
def test_not_every_name_after_a_note_says_whose_it_is(
    talk: Talk,  # noqa: F811
    said: str,
) -> None:
    assert f"«{said}»" in talk.say(f"запиши заметку {said}")
    assert isinstance(talk.state.pending, ConfirmWrite)
    assert talk.state.pending.card == GROMOV


@pytest.mark.parametrize("verb", ["внесите", "несите"])
def test_what_tells_what_to_do_is_no_quantity(
    talk: Talk,  # noqa: F811
    verb: str,
) -> None:
    assert "Отдельно" not in talk.say(f"{verb} Громову давление 130 на 80")


def test_a_name_alone_does_not_say_what_to_write(talk: Talk) -> None:  # noqa: F811
    assert talk.say("запиши Громову") == EITHER
    assert talk.say("да") == EITHER
    assert talk.say("измерение") == "Какой показатель? Например, давление, пульс или температура."
    assert isinstance(talk.plans[-1], AskMissing)


@pytest.mark.parametrize("first", ["запиши Громову", "запиши заметку"])
def test_a_question_is_no_note(talk: Talk, first: str) -> None:  # noqa: F811
    talk.say(first, "какие у него аллергии")
    assert isinstance(talk.plans[-1], Read)


def test_the_note_moves_to_whom_it_is_for(talk: Talk) -> None:  # noqa: F811
    assert "заметку: «боль в груди»?" in talk.say(CHEST, "это для Орловой")
    assert isinstance(talk.state.pending, ConfirmWrite)
    assert talk.state.pending.card == ORLOVA


@pytest.mark.parametrize("words", ["нет", "убери", "нет, сотри эту запись", "нет, это неправильно"])
def test_a_note_is_dropped(talk: Talk, words: str) -> None:  # noqa: F811
    assert talk.say(CHEST, words) == "Отменено. Ничего не записано."
    assert isinstance(talk.plans[-1], Cancel)


@pytest.mark.parametrize("words", ["нет", "нет, не надо", "отмена", "стоп"])
def test_no_note_is_dictated(talk: Talk, words: str) -> None:  # noqa: F811
    talk.say("запиши заметку", words)
    assert isinstance(talk.plans[-1], Cancel) or talk.plans[-1] == Say(Phrase.STOPPED)
    assert talk.state.pending is None


def test_what_there_is_not_is_no_refusal() -> None:
    assert denies_finding("нет отёков") and denies_finding("нет острой боли")
    assert not denies_finding("нет, на боль") and not denies_finding("нет неправильно")
    assert drops("нет, не надо") and not drops("нет жалоб")


def test_for_whom_the_reminder_is_is_no_part_of_the_note() -> None:
    assert note_body("запиши себе в заметки: позвонить") == "позвонить"


@pytest.mark.parametrize(
    "words",
    [
        "не спал всю ночь",
        "ничего не болит",
        "сахар не мерили",
        "температура не поднималась",
        "давление в норме",
        "пульс слабый",
        "обычное давление 130 на 80",
        "целевое давление 130 на 80",
        "давление у него обычно 130 на 80",
        "максимальный пульс 100",
        "давление в прошлый раз 130 на 80",
        "если сатурация 90 дать кислород",
        "парацетамол при температуре 38 и 5",
    ],
)
def test_what_was_not_measured_is_a_note(talk: Talk, words: str) -> None:  # noqa: F811
    assert f"заметку: «{words}»?" in talk.say(f"запиши {words}")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("запиши давление", "Какое значение записать: артериальное давление?"),
        ("запиши давление новое", "Какое значение записать: артериальное давление?"),
        ("запиши его к хирургу", "Этого я не умею."),
        ("глюкометр показал шесть и два", "глюкозу 6,2 ммоль/л?"),
        ("градусник тридцать семь и три", "температуру 37,3 °C?"),
        ("эс по два девяносто шесть", "сатурацию 96 %?"),
        ("принеси градусник", "Этого я не умею."),
        ("сделала перевязку", "заметку: «сделала перевязку»?"),
        ("семьдесят пять", "Какой показатель?"),
        ("второй", "Списка сейчас нет."),
        ("шесть", "Списка сейчас нет."),
        ("с этим всё", "О каком пациенте речь?"),
        ("на этом всё", "Сеанс завершён."),
    ],
)
def test_what_is_made_of_a_nurses_words(talk: Talk, said: str, answer: str) -> None:  # noqa: F811
    assert answer in talk.say(said)


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("давление в норме 120 на 80", "артериальное давление 120/80 мм рт. ст.?"),
        ("давление раньше 130 на 80 сейчас 140 на 90", "Какое значение записать"),
        ("температуру 37 норма", "температуру 37 °C?"),
        ("температуру 39 укол сделали в 3 часа", "39 °C? Отдельно продиктуйте: заметку."),
        ("инсулин в 8 утра сахар 12", "глюкозу 12 ммоль/л? Отдельно продиктуйте: заметку."),
        ("давление 160 на 100 дали каптоприл 25", "160/100 мм рт. ст.? Отдельно"),
        ("температуру 38 болит голова со вчерашнего дня", "38 °C? Отдельно"),
        ("температуру 39 кашель ой 38", "Слышу несколько чисел."),
        ("температуру 38 дали парацетамол через час 37", "Слышу несколько чисел."),
        ("давление 160 на 100 дали каптоприл стало 140 на 90", "Слышу несколько чисел."),
        ("сахар 12 инсулин 8", "Слышу несколько чисел."),
        ("температуру 38 кашель вчера вечером", "38 °C, вчера вечером, 20 ноября 2026 года?"),
        ("давление 160 на 100 каптоприл 25 в 9 утра", "160/100 мм рт. ст.? Отдельно"),
        ("температуру 38 и кашель", "38 °C? Отдельно продиктуйте: заметку."),
        ("пульс 90 и сильная боль", "90 уд/мин? Отдельно продиктуйте: заметку."),
        ("давление 160 на 100 и головная боль", "160/100 мм рт. ст.? Отдельно"),
        ("пульс среднего наполнения 70", "70 уд/мин?"),
        ("давление 140 на 90 чтобы не забыть", "140/90 мм рт. ст.?"),
        ("температуру 38 при пульсе 90", "38 °C? Отдельно продиктуйте: пульс."),
        ("вчера в 9 утра в поликлинике давление 150 на 90", "150/90 мм рт. ст., вчера в 9:00"),
        ("обычным тонометром давление 120 на 80", "120/80 мм рт. ст.?"),
        ("давление не повышалось 120 на 80", "120/80 мм рт. ст.?"),
        ("температуру 38 после укола вчера", "38 °C, вчера, 20 ноября 2026 года?"),
        ("сатурацию 90 на кислороде вчера", "90 %, вчера, 20 ноября 2026 года?"),
        ("температуру 38 жалоб нет вчера", "38 °C, вчера, 20 ноября 2026 года?"),
    ],
)
def test_the_value_and_its_time_are_its_own(
    talk: Talk,  # noqa: F811
    said: str,
    repeated: str,
) -> None:
    assert repeated in talk.say(f"запиши {said}")


@pytest.mark.parametrize("said", ["давление и пульс вчера", "вчера давление и пульс"])
def test_the_values_of_named_quantities_are_asked_for(talk: Talk, said: str) -> None:  # noqa: F811
    assert "Какое значение записать: артериальное давление?" in talk.say(f"запиши {said}")
    asked = talk.say("110 на 70")
    assert "110/70 мм рт. ст., вчера, 20 ноября 2026 года? Отдельно продиктуйте: пульс." in asked


def test_a_question_without_its_quantity_stays_a_question(talk: Talk) -> None:  # noqa: F811
    assert "Какой показатель?" in talk.say("Громов", "печёночные")
    assert "Какое значение записать" not in talk.say("калий")
