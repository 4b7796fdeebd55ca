"""Dictating a note, and paging through a list of documents, by the real parser."""

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

from assistant.dialogue.plans import AskMissing, NoMore, Phrase, Read, Say
from assistant.dialogue.state import ConfirmWrite, DialogueState, FillRequest

NOTE = "запиши заметку: жалуется на головную боль"


@pytest.mark.parametrize(
    ("said", "note"),
    [
        (("запиши Громову заметку осмотрен",), "осмотрен"),
        (("запиши заметку", "осмотрен"), "осмотрен"),
        (("запиши заметку", "запиши, что болит голова"), "болит голова"),
        (("запомни что просил позвонить сыну",), "просил позвонить сыну"),
        (("продиктую осмотр живот мягкий",), "осмотр живот мягкий"),
        (("запиши позвонить дочери маше",), "позвонить дочери маше"),
        (("запиши капельница двести миллилитров",), "капельница двести миллилитров"),
        (("надиктую заметку", "доктор Орлова осмотрела"), "доктор Орлова осмотрела"),
        (("надиктую заметку", "Громов отказался"), "Громов отказался"),
        (("запиши заметку Громов отказался",), "Громов отказался"),
        ((NOTE, "добавь ещё тошноту"), "жалуется на головную боль, тошноту"),
        ((NOTE, "допиши в заметку тошноту"), "жалуется на головную боль, тошноту"),
        ((NOTE, "ещё тошноту", "ещё слабость"), "жалуется на головную боль, тошноту, слабость"),
        ((NOTE, "и тошноту"), "жалуется на головную боль, тошноту"),
        ((NOTE, "нет, на боль в животе"), "жалуется на боль в животе"),
        ((NOTE, "нет, жалуется на кашель"), "жалуется на кашель"),
        ((NOTE, "запиши заметку спал хорошо"), "спал хорошо"),
    ],
)
def test_the_note_is_repeated_as_it_stands(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
    note: str,
) -> None:
    answer = talk.say(*said)
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert (pending.card, pending.request.note) == (GROMOV, note)
    assert f"заметку: «{note}»?" in answer
    begun_anew = said[0] == NOTE and not note.startswith("жалуется на головную боль")
    assert answer.startswith("Предыдущее не записано.") == begun_anew


@pytest.mark.parametrize(
    ("said", "card", "note"),
    [
        ("запиши Громову заметку боли нет Орлова приходила", GROMOV, "боли нет Орлова приходила"),
        ("запиши Громову заметку ой Петров мешает спать", GROMOV, "ой Петров мешает спать"),
        ("запиши заметку больной Орлов мешает спать", GROMOV, "больной Орлов мешает спать"),
        ("запиши заметку приходила Орлова", GROMOV, "приходила Орлова"),
        ("запиши заметку белых прожилок нет", GROMOV, "белых прожилок нет"),
        ("запиши Громову боли нет Орлова приходила", GROMOV, "боли нет Орлова приходила"),
        ("запиши заметку не Громову а Орловой болит рука", ORLOVA, "болит рука"),
        ("запиши не Громову а Орловой заметку болит рука", ORLOVA, "болит рука"),
        ("запиши заметку не Орловой а ему стало хуже", GROMOV, "ему стало хуже"),
        ("запиши что у Орловой болит рука", ORLOVA, "у Орловой болит рука"),
        ("у мамы диабет запиши в заметку", GROMOV, "у мамы диабет"),
        ("рана чистая запиши Орловой", ORLOVA, "рана чистая"),
    ],
)
def test_a_name_in_a_note_is_one_of_its_words(
    talk: Talk,  # noqa: F811
    said: str,
    card: str,
    note: str,
) -> None:
    talk.say(said)
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert (pending.card, pending.request.note) == (card, note)


def test_who_is_only_named_in_the_note_is_asked_about(talk: Talk) -> None:  # noqa: F811
    talk.state = DialogueState()
    assert "Имеется в виду Орлова" in talk.say("запиши заметку Орлова приходила")
    assert "заметку: «Орлова приходила»?" in talk.say("да")


@pytest.mark.parametrize(
    "said",
    [
        ("запиши заметку Орлова жалуется на боль",),
        ("запиши заметку пациентка Орлова жалуется на боль",),
        ("надиктую заметку", "Орлова жалуется на боль"),
        ("надиктую заметку", "у Орловой болит голова"),
        ("надиктую заметку", "Орловой дали парацетамол"),
    ],
)
def test_a_note_that_begins_with_somebody_else_may_be_hers(
    talk: Talk,  # noqa: F811
    said: tuple[str, ...],
) -> None:
    asked = talk.say(*said)
    assert asked.startswith("Кого вы имеете в виду: Громов Виктор Степанович")
    assert "Орлова Татьяна Борисовна" in asked
    assert talk.say("Орловой").startswith("Записать Орловой Татьяне Борисовне")
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert pending.request.note == said[-1].removeprefix("запиши заметку ")


@pytest.mark.parametrize(
    "whom", ["Орлова", "нет Орловой", "это для Орловой", "пациенту Орловой", "карта 2110"]
)
def test_a_name_for_an_answer_keeps_the_note(talk: Talk, whom: str) -> None:  # noqa: F811
    asked = talk.say("надиктую заметку", whom)
    assert asked == "Орлова Татьяна Борисовна, 1979 года рождения. Что записать в заметку?"
    talk.say("болит спина")
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert (pending.card, pending.request.note) == (ORLOVA, "болит спина")


@pytest.mark.parametrize("said", ["открой карту Орловой", "какие аллергии у Орловой"])
def test_another_request_leaves_the_note(talk: Talk, said: str) -> None:  # noqa: F811
    talk.say("надиктую заметку", said)
    assert isinstance(talk.plans[-1], Read)
    assert talk.plans[-1].card == ORLOVA


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("болит голова", "не болит голова"),
        ("болит голова", "голова не болит"),
        ("болит голова", "исправь на болит спина"),
        ("болит голова", "замени голова на спина"),
        ("болит голова", "стоп болит спина"),
        ("болит голова", "вернее спина"),
        ("болит голова и спина", "не спина"),
        ("болит голова и спина", "нет только спина"),
        ("пьёт аспирин нет ибупрофен", "нет парацетамол"),
        ("доктор Орлов просил повторить экг", "нет доктор Смирнов"),
    ],
)
def test_a_note_that_is_contradicted_is_dictated_anew(
    talk: Talk,  # noqa: F811
    note: str,
    said: str,
) -> None:
    answer = talk.say(f"запиши заметку {note}", said)
    assert answer.endswith("Продиктуйте заметку целиком.")
    talk.say("да")
    assert talk.written() == []
    assert "заметку: «болит спина»?" in talk.say("болит спина")


def test_a_note_begun_anew_is_not_called_one(talk: Talk) -> None:  # noqa: F811
    answer = talk.say("запиши заметку болит голова", "нет заметку болит спина")
    assert "заметку: «болит спина»?" in answer


@pytest.mark.parametrize("said", ["доброе утро", "алло", "отлично", "здравствуйте", "спасибо"])
def test_a_greeting_is_answered(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk.say(said) == "Слушаю."


@pytest.mark.parametrize(
    "said",
    [
        ("запиши заметку Громову", "да"),
        ("запиши заметку Громову", "запиши заметку"),
        ("надиктую заметку",),
        ("хочу надиктовать заметку",),
    ],
)
def test_what_is_no_text_is_no_note(talk: Talk, said: tuple[str, ...]) -> None:  # noqa: F811
    talk.say(*said)
    assert isinstance(talk.plans[-1], AskMissing)
    assert isinstance(talk.state.pending, FillRequest)
    talk.say("да")
    assert talk.written() == []


def test_while_a_note_is_asked_for_another_request_is_one(talk: Talk) -> None:  # noqa: F811
    assert "пульс 80" in talk.say("запиши заметку", "запиши Орловой пульс 80")


def test_back_and_on_through_the_documents_of_a_list(talk: Talk) -> None:  # noqa: F811
    talk.say("документы Громова из кардиоцентра", "второй")
    first, second, third = talk.state.documents[:3]
    assert talk.state.document == second
    talk.say("назад")
    assert talk.state.document == first
    talk.say("назад")
    assert isinstance(talk.plans[-1], NoMore)
    talk.say("следующий", "следующий")
    assert talk.state.document == third
    talk.say("дальше")
    step = talk.plans[-1]
    assert isinstance(step, Read)
    assert (step.request.document, step.request.full) == (third, True)
    talk.say("предыдущий", "предыдущий")
    assert talk.state.document == first


@pytest.mark.parametrize("words", ["закрой", "закройте", "закрой документ", "закрой его"])
def test_closing_a_document_does_not_end_the_session(talk: Talk, words: str) -> None:  # noqa: F811
    talk.say("документы Громова из кардиоцентра", "второй", words)
    assert talk.plans[-1] == Say(Phrase.STOPPED)
    assert talk.state.patient == GROMOV


def test_of_whom_it_is_told_after_that_is_whose_note_it_is(talk: Talk) -> None:  # noqa: F811
    talk.say("пациент Орлова")
    asked = talk.say("запиши, что Громов отказался от перевязки")
    assert asked.startswith("Записать Громову")
    assert "«отказался от перевязки»" in asked
