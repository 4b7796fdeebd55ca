"""The question back where the parsers disagree, and how a doctor answers it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from assistant import answers
from assistant.answers.fixed import ASKED_FOR
from assistant.dialogue.plans import (
    AskIntent,
    AskPatient,
    Cancel,
    Confirm,
    NeedPatient,
    Phrase,
    Plan,
    Read,
    Say,
    Write,
    risk_tier,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    STATE_ADAPTER,
    Aim,
    ChooseIntent,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    Request,
)
from assistant.speaker.risk import RiskTier
from assistant.speech.verbalise import verbalise
from nlu.messages import INTENTS, Entity, Parse, PatientCandidate, PatientMention

VISITS, DOCUMENTS = Request("get_hospital_visits"), Request("get_documents_from_hospital")
ALLERGIES, NOTE = Request("get_allergies"), Request("add_note", note="спал хорошо")
PETR = DialogueState(patient="1236")
BOTH = (Aim(("1236",), VISITS), Aim(("1236",), DOCUMENTS))
ASKED = replace(PETR, pending=ChooseIntent(BOTH))


class Nobody:
    """A roster whose names nobody says."""

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        return PatientMention((), False)

    def hospitals_called(self, text: str, among: Collection[str]) -> tuple[str, ...]:
        return ()

    def alike(self, cards: Collection[str]) -> tuple[str, ...]:
        return tuple(cards)

    def has_card(self, card: str) -> bool:
        return card in ("1235", "1236")

    def sex(self, card: str) -> str:
        return "m"

    def born_on(self, day: object) -> tuple[str, ...]:
        return ()


def said(intent: str, text: str = "", other: Parse | None = None, *entities: Entity) -> Parse:
    return Parse(text, intent, 0.8, entities, other)


def step(state: DialogueState, parse: Parse) -> Plan:
    return plan(state, parse, Nobody())


ivanovs = tuple(PatientCandidate(card, 0.9) for card in ("1235", "1236"))
IVANOV = Entity("patient_name", "иванов", PatientMention(ivanovs, True), 0, 6)
NAMED = Entity("patient_name", "иванов", PatientMention(ivanovs[:1], False), 0, 6)


@pytest.mark.parametrize(
    ("state", "parse", "expected"),
    [
        pytest.param(
            PETR,
            said("get_hospital_visits", "", said("get_documents_from_hospital")),
            AskIntent(BOTH),
            id="two readings",
        ),
        pytest.param(
            PETR,
            said("get_hospital_visits", "", said("out_of_scope")),
            AskIntent(BOTH[:1]),
            id="one would not act",
        ),
        pytest.param(
            PETR,
            said("out_of_scope", "", said("get_hospital_visits")),
            AskIntent(BOTH[:1]),
            id="one would refuse",
        ),
        pytest.param(
            PETR,
            said("out_of_scope", "", said("affirm")),
            Say(Phrase.OUT_OF_SCOPE),
            id="nothing to offer",
        ),
        pytest.param(
            DialogueState(),
            said("get_hospital_visits", "", said("get_allergies")),
            AskIntent((Aim((), VISITS), Aim((), ALLERGIES))),
            id="nobody is named",
        ),
        pytest.param(
            PETR,
            said("get_hospital_visits", "", said("get_allergies", "", None, IVANOV), IVANOV),
            AskIntent((Aim(("1235", "1236"), VISITS), Aim(("1235", "1236"), ALLERGIES))),
            id="several are named alike",
        ),
        pytest.param(
            PETR,
            said("add_note", "запиши спал хорошо", said("get_allergies")),
            Confirm("1236", NOTE),
            id="a write asks anyway",
        ),
        pytest.param(
            replace(PETR, pending=ConfirmWrite("1236", NOTE)),
            said("affirm", "ну да", said("deny")),
            Confirm("1236", NOTE),
            id="an unsure yes writes nothing",
        ),
        pytest.param(
            PETR,
            said("stop", "", said("get_hospital_visits")),
            Say(Phrase.STOPPED),
            id="stop is stop",
        ),
        pytest.param(
            replace(PETR, pending=ChoosePatient(("1235", "1236"), VISITS)),
            said(
                "select_patient",
                "второй",
                said("out_of_scope", "э"),
                Entity("ordinal", "второй", 2, 0, 6),
            ),
            Read("1236", VISITS),
            id="no two ways to one thing",
        ),
        pytest.param(ASKED, said("affirm", "да"), AskIntent(BOTH), id="yes to two: again"),
        pytest.param(
            replace(ASKED, pending=ChooseIntent(BOTH[:1])),
            said("affirm", "да"),
            Read("1236", VISITS),
            id="yes to one",
        ),
        pytest.param(
            ASKED,
            said("select_patient", "второе", None, Entity("ordinal", "второе", 2, 0, 6)),
            Read("1236", DOCUMENTS),
            id="by place",
        ),
        pytest.param(
            ASKED,
            said("select_patient", "пятое", None, Entity("ordinal", "пятое", 5, 0, 5)),
            AskIntent(BOTH),
            id="no such place: again",
        ),
        pytest.param(ASKED, said("out_of_scope", "посещения"), Read("1236", VISITS), id="by word"),
        pytest.param(
            ASKED, said("get_document", "Документы!"), Read("1236", DOCUMENTS), id="by word, unsure"
        ),
        pytest.param(
            ASKED,
            said("get_hospital_visits", "визиты", said("get_allergies")),
            Read("1236", VISITS),
            id="by another word for it; nothing more is asked",
        ),
        pytest.param(ASKED, said("deny", "нет"), Cancel(), id="neither"),
        pytest.param(ASKED, said("out_of_scope", "не знаю"), AskIntent(BOTH), id="unclear: again"),
        pytest.param(ASKED, said("out_of_scope", "э"), Say(Phrase.LISTENING), id="a hem: wait"),
        pytest.param(
            ASKED, said("get_allergies", "аллергии"), Read("1236", ALLERGIES), id="something else"
        ),
        pytest.param(
            ASKED,
            said("get_hospital_visits", "посещения иванова", None, NAMED),
            Read("1235", VISITS),
            id="somebody else",
        ),
        pytest.param(ASKED, said("stop", "стоп"), Say(Phrase.STOPPED), id="stop"),
        pytest.param(
            DialogueState(pending=ChooseIntent((Aim((), VISITS),))),
            said("affirm", "да"),
            NeedPatient(VISITS),
            id="now for the patient",
        ),
        pytest.param(
            DialogueState(pending=ChooseIntent((Aim(("1235", "1236"), VISITS),))),
            said("affirm", "да"),
            AskPatient(("1235", "1236"), VISITS),
            id="now for which patient",
        ),
        pytest.param(
            replace(PETR, pending=ChooseIntent((Aim(("1236",), ALLERGIES), Aim(("1236",), NOTE)))),
            said("out_of_scope", "записать"),
            Confirm("1236", NOTE),
            id="a write that was chosen is confirmed all the same",
        ),
    ],
)
def test_next_step(state: DialogueState, parse: Parse, expected: Plan) -> None:
    assert step(state, parse) == expected


@pytest.mark.parametrize("first", INTENTS)
def test_what_is_disputed_reads_and_writes_nothing(first: str) -> None:
    for second in set(INTENTS) - {first}:
        for state in (PETR, replace(PETR, pending=ConfirmWrite("1236", NOTE), more=VISITS)):
            if step(state, said(first)) != step(state, said(second)):
                done = step(state, said(first, "", said(second)))
                harmless = step(state, said(first)) if first in ("next", "previous") else None
                assert not isinstance(done, Read | Write) or done == harmless, second


def test_the_question_in_russian() -> None:
    asked = answers.which_intent(("get_hospital_visits", "get_documents_from_hospital"))
    assert asked.text == "Вы просите показать посещения или документы?"
    asked = answers.which_intent(("get_latest_vitals", "record_measurement"))
    assert asked.text == "Вы просите показать измерения или записать измерение?"
    assert answers.which_intent(("get_allergies",)).text == "Вы просите показать аллергии?"
    assert verbalise(asked.text) == asked.text


@pytest.mark.parametrize("first", ASKED_FOR)
def test_each_intent_is_chosen_by_the_words_of_the_question(first: str) -> None:
    for second in set(ASKED_FOR) - {first}:
        aims = tuple(Aim((), Request(intent)) for intent in (second, first))
        chosen = step(
            DialogueState(pending=ChooseIntent(aims)), said("out_of_scope", ASKED_FOR[first])
        )
        assert chosen == NeedPatient(Request(first)), second


def test_the_question_says_nothing_of_a_patient_but_needs_the_voice() -> None:
    assert risk_tier(AskIntent(BOTH)) is RiskTier.READ


def test_the_question_survives_json() -> None:
    assert STATE_ADAPTER.validate_json(STATE_ADAPTER.dump_json(ASKED)) == ASKED
