"""The way to a written measurement through the real parser: only a bare «да» writes, and exactly
what was repeated last.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.dialogue.plans import AskDigits, Confirm, Phrase, Plan, Prove, Say, Write
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    AnswerChallenge,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from assistant.dialogue.yes import is_yes, tells_to_write
from assistant.roster import Names, Roster, Snapshot
from assistant.speaker.challenge import Challenge
from ledger.server import running
from ledger_client import LedgerClient
from nlu.evaluate import HELDOUT, read_roster
from nlu.gazetteer import Gazetteer
from nlu.measures import read_value
from nlu.parser import InProcessParser

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=timezone(timedelta(hours=3)))
GROMOV, ORLOVA = "2002", "2110"
GAZETTEER = Gazetteer(*read_roster(HELDOUT.parent))


class Talk:
    """One conversation past the gate: real parser, policy and actions."""

    def __init__(self, ledger: LedgerClient, snapshot: Snapshot, parser: InProcessParser) -> None:
        self.ledger, self.snapshot, self.parser = ledger, snapshot, parser
        self.names = Names(snapshot.patients.values(), GAZETTEER)
        self.state = DialogueState(patient=GROMOV)
        self.plans: list[Plan] = []

    def say(self, *utterances: str) -> str:
        """Say them one after the other; the last answer comes back."""
        text = ""
        for utterance in utterances:
            step = plan(self.state, self.parser.parse(utterance), self.names)
            carried = self.snapshot.actions.carry_out(step, self.state, NOW, "dr")
            self.state, text = carried.state, carried.answer.text
            self.plans.append(step)
        return text

    def written(self) -> list[Write]:
        """What was written so far."""
        return [step for step in self.plans if isinstance(step, Write)]


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(GAZETTEER, NOW.date)


@pytest.fixture(scope="module")
def ledger(demo_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerClient]:
    home = tmp_path_factory.mktemp("own") / "home"
    shutil.copytree(demo_ledger, home)
    with running(home) as (url, token), closing(LedgerClient(url, token, timeout=5.0)) as client:
        yield client


@pytest.fixture(scope="module")
def snapshot(ledger: LedgerClient) -> Snapshot:
    return Roster(ledger).snapshot()


@pytest.fixture
def talk(ledger: LedgerClient, snapshot: Snapshot, parser: InProcessParser) -> Talk:
    return Talk(ledger, snapshot, parser)


YES = [
    "да",
    "да да",
    "ага",
    "угу",
    "верно",
    "да, верно",
    "всё верно",
    "всё правильно, записывай",
    "правильно",
    "так точно",
    "да, подтверждаю",
    "хорошо, записывайте",
    "ладно",
    "конечно",
    "сохраняй",
    "окей",
    "согласна",
    "Да. Записывай.",
    "угадал",
    "согласен",
    "хорошо",
    "ну да",
    "да, хорошо",
    "всё так",
    "так и есть",
    "так, верно",
    "да, так и запиши",
]
NO_YES = [
    "да, он",
    "он самый, да",
    "да, она",
    "верно больная",
    "так",
    "ну так",
    "да ладно",
    "да уж",
    "да так",
    "да всё",
    "да будет",
    "да как так",
    "он сказал да",
    "сказал да",
    "он сказал хорошо",
    "пациент согласен",
    "он согласен",
    "да она согласна",
    "больной согласен да",
    "он пойдёт",
    "она права",
    "всё хорошо",
    "всё ладно",
    "всё, давай",
    "можно",
    "ладно так",
]
"""What is said of others, or may be disbelief or a filler."""
MORE = [
    "но у Орловой",
    "это Орлова",
    "Громов",
    "но нижнее девяносто",
    "только верхнее 140",
    "но не сейчас",
    "нет подожди",
    "подожди",
    "вчера",
    "кроме давления",
    "сто процентов",
    "девяносто шесть",
    "на прошлой неделе",
    "пульс 80",
    "из кардиоцентра",
    "а карта 207",
    "у соседа",
    "второй",
]


def test_every_bare_yes_is_one(parser: InProcessParser) -> None:
    assert [text for text in YES if not is_yes(parser.parse(text))] == []


def test_a_filler_or_a_report_is_no_yes(parser: InProcessParser) -> None:
    parses = [replace(parser.parse(text), intent="affirm") for text in NO_YES]
    assert [parse.text for parse in parses if is_yes(parse)] == []


def test_a_filler_or_a_report_writes_nothing(talk: Talk) -> None:
    for said in NO_YES:
        talk.state = DialogueState(patient=GROMOV)
        talk.say(PULSE, said)
    assert talk.written() == []


@pytest.mark.parametrize("said", ["запиши", "Запишите, пожалуйста."])
def test_to_write_is_what_was_asked(parser: InProcessParser, said: str) -> None:
    parse = parser.parse(said)
    assert tells_to_write(parse)
    assert not is_yes(parse)  # to «Имеется в виду …?» it is no answer


def test_to_write_something_else_is_no_yes(parser: InProcessParser) -> None:
    said = [f"{wish} {more}" for wish, more in product(("запиши", "пиши"), MORE)] + ["не пиши"]
    assert [text for text in said if tells_to_write(parser.parse(text))] == []


@pytest.mark.slow
def test_a_yes_with_anything_more_is_none(parser: InProcessParser) -> None:
    said = [f"{yes}, {more}" for yes, more in product(YES, MORE)] + MORE
    assert [text for text in said if is_yes(parser.parse(text))] == []


PRESSURE = "запиши давление 130 на 80"
PULSE = "запиши пульс 80"


@pytest.mark.parametrize(
    ("first", "reply", "card", "repeated"),
    [
        (PRESSURE, "да, но у Орловой", ORLOVA, "Орловой Татьяне Борисовне"),
        (PRESSURE, "да, это Орлова", ORLOVA, "давление 130/80"),
        (PRESSURE, "нет, Орловой", ORLOVA, "давление 130/80"),
        (PRESSURE, "Орлова", ORLOVA, "давление 130/80"),
        (PRESSURE, "да, но у Орловой 140 на 90", ORLOVA, "давление 140/90"),
        (PRESSURE, "верно, но нижнее девяносто", GROMOV, "давление 130/90"),
        (PRESSURE, "верно, только верхнее 140", GROMOV, "давление 140/80"),
        (PRESSURE, "верхнее сто сорок, нижнее девяносто", GROMOV, "давление 140/90"),
        (PRESSURE, "нет, сто сорок на девяносто", GROMOV, "давление 140/90"),
        (PRESSURE, "не 130 на 80, а 140 на 90", GROMOV, "давление 140/90"),
        (PRESSURE, "нижнее не восемьдесят, а девяносто", GROMOV, "давление 130/90"),
        (PRESSURE, "140/90", GROMOV, "давление 140/90"),
        (PRESSURE, "правильно, но не сейчас", GROMOV, "давление 130/80"),
        (PRESSURE, "да записывай, нет подожди", GROMOV, "давление 130/80"),
        (PRESSURE, "всё верно кроме давления", GROMOV, "давление 130/80"),
        (PRESSURE, "да, вчера", GROMOV, "вчера, 20 ноября 2026 года?"),
        (PRESSURE, "нет, 12 марта", GROMOV, "130/80 мм рт. ст., 12 марта 2026 года?"),
        (PRESSURE, "да, и пульс 80", GROMOV, "давление 130/80"),
        (PRESSURE, "140 на 90, пульс 72", GROMOV, "140/90 мм рт. ст.? Отдельно продиктуйте: пульс"),
        (PRESSURE, "запиши Орловой давление 140 на 90", ORLOVA, "Предыдущее не записано"),
        (PRESSURE, "и Орловой тоже", ORLOVA, "Предыдущее не записано. Записать Орловой"),
        (PRESSURE, "добавь Орловой", ORLOVA, "Предыдущее не записано. Записать Орловой"),
        ("запиши температуру 38", "Орловой тоже", ORLOVA, "Предыдущее не записано. Записать"),
        (PULSE, "81 нет 85 вчера", GROMOV, "пульс 85 уд/мин, вчера"),
        (PULSE, "ой нет 85 то есть 86", GROMOV, "пульс 86 уд/мин?"),
        ("запиши сатурацию 95", "девяносто шесть процентов", GROMOV, "сатурацию 96 %?"),
        ("запиши сатурацию 95", "96", GROMOV, "сатурацию 96 %?"),
        ("запиши сатурацию 95", "сто процентов", GROMOV, "сатурацию 100 %?"),
        ("запиши температуру 38", "тридцать восемь и пять", GROMOV, "температуру 38,5"),
        (PULSE, "нет, семьдесят пять", GROMOV, "пульс 75"),
        (PULSE, "не восемьдесят, а семьдесят", GROMOV, "пульс 70"),
        (PULSE, "семьдесят, а не восемьдесят", GROMOV, "пульс 70"),
        (PULSE, "207", GROMOV, "пульс 207"),
        (PULSE, "запиши семьдесят пять", GROMOV, "пульс 75"),
        (PULSE, "сатурация 95", GROMOV, "Предыдущее не записано. Записать Громову"),
        (PULSE, "130 на 80", GROMOV, "артериальное давление 130/80"),
        (PULSE, "не пульс, а сатурация 95", GROMOV, "сатурацию 95 %?"),
        ("запиши пульс", "семьдесят два", GROMOV, "пульс 72"),
        ("запиши пульс", "207", GROMOV, "пульс 207"),
        ("запиши пульс", "72 удара в минуту", GROMOV, "пульс 72"),
        ("запиши давление", "верхнее 130 нижнее 80", GROMOV, "давление 130/80"),
        ("запиши давление", "130/80", GROMOV, "давление 130/80"),
        ("запиши температуру", "тридцать шесть и шесть", GROMOV, "температуру 36,6"),
        ("запиши вес", "восемьдесят килограммов", GROMOV, "вес 80 кг"),
        ("запиши давление и пульс", "130 на 80", GROMOV, "Отдельно продиктуйте: пульс"),
        ("запиши сахар", "пять и шесть", GROMOV, "глюкозу 5,6 ммоль/л"),
        ("запиши креатинин", "207", GROMOV, "креатинин 207"),
        ("запиши пульс 80", "кроме давления", GROMOV, "пульс 80"),
        ("запиши заметку: жалоб нет", "запиши пульс 80", GROMOV, "не записано. Записать Громову"),
        ("запиши заметку", "207", GROMOV, "заметку: «207»"),
        ("запиши заметку: жалоб нет", "да, но у Орловой", ORLOVA, "заметку: «жалоб нет»"),
        ("на прошлой неделе давление было 150 на 90", "вчера", GROMOV, "вчера, 20 ноября"),
    ],
)
def test_what_is_said_more_is_repeated_and_not_written(
    talk: Talk, first: str, reply: str, card: str, repeated: str
) -> None:
    assert repeated in talk.say(first, reply)
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite)
    assert pending.card == card
    assert talk.written() == []


@pytest.mark.parametrize(
    ("first", "reply", "asked"),
    [
        (PULSE, "не восемьдесят", "Какое значение записать: пульс?"),
        (PULSE, "нет, девяносто килограммов", "Какое значение записать: пульс?"),
        (PULSE, "нет, сатурация", "Предыдущее не записано. Какое значение записать: сатурация?"),
        (PULSE, "семьдесят или восемьдесят", "Какое значение записать: пульс?"),
        (PRESSURE, "сто сорок", "140 на сколько?"),
        (PRESSURE, "да, на прошлой неделе", "За какой день записать?"),
        (PRESSURE, "не вчера", "За какой день записать?"),
        (PRESSURE, "вчера или позавчера", "За какой день записать?"),
        ("запиши давление", "130", "130 на сколько?"),
        ("запиши пульс", "да", "Какое значение записать: пульс?"),
        ("запиши пульс", "Орлова", "Орлова Татьяна Борисовна"),
        ("запиши Громову", "80", "Какой показатель?"),
        ("да", "запиши Громову пульс вчера в 9 утра", "Какое значение записать: пульс?"),
    ],
)
def test_in_doubt_the_value_is_asked_for_and_the_old_one_is_gone(
    talk: Talk, first: str, reply: str, asked: str
) -> None:
    assert asked in talk.say(first, reply)
    assert isinstance(talk.state.pending, FillRequest)
    talk.say("да")
    assert talk.written() == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("нет", "Ничего не записано"),
        ("нет, не надо", "Ничего не записано"),
        ("стоп", "Ничего не записано"),
        ("подожди", "Ничего не записано"),
        ("потом", "Ничего не записано"),
        ("какие у него аллергии", "Предыдущее не записано"),
        ("открой карту Орловой", "Предыдущее не записано"),
        ("какие аллергии у Сидорчука", "Предыдущее не записано"),
        ("да, но у Сидорчука", "Такой пациент не найден"),
        ("давление Кузнецовой", "Предыдущее не записано"),
    ],
)
def test_after_something_else_a_yes_writes_nothing(talk: Talk, reply: str, said: str) -> None:
    assert said in talk.say(PULSE, reply)
    talk.say("да")
    assert talk.written() == []


def test_a_yes_to_what_has_lapsed_hears_that_nothing_was_written(talk: Talk) -> None:
    talk.say(PULSE)
    talk.state = talk.state.at(NOW.timestamp())
    assert talk.say("да").startswith("Вы долго молчали, этим «да» ничего не записано.")
    assert talk.say("да").startswith("Не удалось понять")
    talk.state = DialogueState(patient=GROMOV).at(NOW.timestamp())
    assert talk.say("да").startswith("Не удалось понять")
    assert talk.written() == []


@pytest.mark.parametrize(
    ("said", "observation", "value", "left"),
    [
        ("запиши температуру и сатурацию 95", "spo2", "95", ("temperature",)),
        ("температура нормальная, сатурация 95 процентов", "spo2", "95", ("temperature",)),
        ("запиши пульс 64 давление 110 на 70", "heart_rate", "64", ("blood_pressure",)),
        ("запиши давление и пульс 80", "heart_rate", "80", ("blood_pressure",)),
        ("95 сатурация 72 пульс", "spo2", None, ("heart_rate",)),
        ("сатурация и пульс 95 и 72", "spo2", None, ("heart_rate",)),
        ("запиши пульс не 80 а 70", "heart_rate", "70", ()),
    ],
)
def test_of_several_quantities_none_gets_the_value_of_another(
    talk: Talk, said: str, observation: str, value: str | None, left: tuple[str, ...]
) -> None:
    talk.say(said)
    pending = talk.state.pending
    assert isinstance(pending, ConfirmWrite | FillRequest)
    measured = pending.request.measurement
    assert pending.request.observation == observation
    assert (measured and str(measured.numbers[0])) == value
    assert pending.request.left == left


def test_of_two_questions_the_second_is_named(talk: Talk) -> None:
    assert talk.say("какое давление и пульс").startswith("Спросите отдельно: пульс. Артериальное")


def test_a_past_day_is_the_time_of_the_record(talk: Talk) -> None:
    asked = talk.say("вчера давление было 153 на 94")
    assert "153/94 мм рт. ст., вчера, 20 ноября 2026 года?" in asked
    written = talk.say("да")
    assert "20 ноября 2026 года" in written
    day = NOW.date() - timedelta(days=1)
    stored = talk.ledger.observations(GROMOV, code="blood_pressure", since=day, until=day)
    (mine,) = [o for o in stored if [str(v) for v in o.values] == ["153", "94"]]
    assert mine.taken == datetime(2026, 11, 20, tzinfo=NOW.tzinfo)
    answer = talk.say("какое давление было вчера")
    assert "153/94" in answer and " в 0:00" not in answer


def test_now_is_the_time_of_a_value_without_a_day(talk: Talk) -> None:
    talk.say("сегодня пульс 83", "да")
    newest = talk.ledger.observations(GROMOV, code="heart_rate", until=NOW.date())
    assert NOW in {o.taken for o in newest if [str(v) for v in o.values] == ["83"]}


@pytest.mark.parametrize("words", ["нет 4 8 2 1", "4 8 2 1, но у Орловой", "4 8 2 1 подожди"])
def test_digits_with_a_reservation_prove_nothing(talk: Talk, words: str) -> None:
    value = read_value("80", "heart_rate")
    request = Request("record_measurement", observation="heart_rate", measurement=value)
    asked = AskDigits(GROMOV, request, Challenge("4821", NOW.timestamp()))
    talk.state = talk.snapshot.actions.carry_out(asked, talk.state, NOW, "dr").state
    assert isinstance(talk.state.pending, AnswerChallenge)
    proved = plan(talk.state, talk.parser.parse("4 8 2 1"), talk.names)
    assert isinstance(proved, Prove)
    assert not isinstance(plan(talk.state, talk.parser.parse(words), talk.names), Prove)


SPOKEN = [
    *YES[:4],
    *(f"да, {more}" for more in MORE),
    *MORE,
    *("нет", "запиши", "72", "207", "130 на 80", "нет, 75", "не 80, а 70", "первый", "Ольга"),
    *(PULSE, PRESSURE, "запиши пульс", "запиши давление и пульс 80", "сатурация 95"),
    *("запиши Орловой температуру 37 и 2", "запиши заметку: жалоб нет", "у Кузнецовой"),
    *("какое давление", "какие аллергии у Орловой", "дальше", "стоп", "помощь", "Орлова"),
]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(SPOKEN), min_size=2, max_size=8))
def test_whatever_is_said_a_write_is_what_was_just_repeated(
    ledger: LedgerClient, snapshot: Snapshot, parser: InProcessParser, utterances: list[str]
) -> None:
    talk, before = Talk(ledger, snapshot, parser), ""
    for utterance in (PULSE, *utterances):
        said = talk.say(utterance)
        step = talk.plans[-1]
        if isinstance(step, Write):
            assert utterance in (*YES, "запиши")
            earlier = [step for step in talk.plans[:-1] if step != Say(Phrase.HELP)]
            assert earlier[-1] == Confirm(step.card, step.request)
            assert all(number in before for number in re.findall(r"\d[\d/,]*", said))
        if step != Say(Phrase.HELP):
            before = said
