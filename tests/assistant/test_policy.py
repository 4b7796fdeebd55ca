"""The dialogue policy: never a guessed patient, never an unconfirmed write."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from assistant.dialogue.plans import (
    AskMissing,
    AskPatient,
    Cancel,
    Confirm,
    NeedPatient,
    NoMore,
    NoSuchPatient,
    Phrase,
    Plan,
    Read,
    Repeat,
    Say,
    Write,
    risk_tier,
)
from assistant.dialogue.policy import plan
from assistant.dialogue.state import (
    PATIENT_TIMEOUT_S,
    STATE_ADAPTER,
    ChooseHospital,
    ChoosePatient,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from assistant.speaker.risk import RiskTier
from nlu.messages import (
    INTENTS,
    Entity,
    EntityValue,
    Measurement,
    Parse,
    PatientCandidate,
    PatientMention,
    Period,
)

NAMES = {"1235": "иванов сергей", "1236": "иванов пётр", "207": "кузнецова мария"}
PRESSURE = Measurement((Decimal(130), Decimal(80)), "mm[Hg]")


class Names:
    """A roster of three whose names match by whole words."""

    def match_patients(self, text: str, among: Collection[str] | None = None) -> PatientMention:
        words = set(text.split())
        scores = {
            card: len(words & set(name.split()))
            for card, name in NAMES.items()
            if (among is None or card in among) and words & set(name.split())
        }
        best = max(scores.values(), default=0)
        cards = [card for card, score in scores.items() if score == best]
        return PatientMention(
            tuple(PatientCandidate(card, 1.0) for card in cards), ambiguous=len(cards) > 1
        )

    def has_card(self, card: str) -> bool:
        return card in NAMES

    def born_on(self, day: date) -> tuple[str, ...]:
        return ("1236",) if day == date(1958, 5, 3) else ()


def said(intent: str, text: str = "", **values: EntityValue) -> Parse:
    """A parse with the given entities; a patient_name may be given as its text."""
    entities = []
    for name, value in values.items():
        if name == "patient_name" and isinstance(value, str):
            entities.append(Entity(name, value, Names().match_patients(value), 0, len(value)))
            text = text or value
        else:
            entities.append(Entity(name, str(value), value, 0, len(text)))
    return Parse(text, intent, 1.0, tuple(entities))


def step(state: DialogueState, parse: Parse) -> Plan:
    return plan(state, parse, Names())


PETR = DialogueState(patient="1236")
VISITS = Request("get_hospital_visits")
WHICH_IVANOV = DialogueState(pending=ChoosePatient(("1235", "1236"), VISITS))
TO_WRITE = Request("record_measurement", observation="blood_pressure", measurement=PRESSURE)
CONFIRMING = replace(PETR, pending=ConfirmWrite("1236", TO_WRITE))


@pytest.mark.parametrize(
    ("state", "parse", "expected"),
    [
        pytest.param(
            DialogueState(),
            said("get_hospital_visits", patient_name="иванов"),
            AskPatient(("1235", "1236"), VISITS),
            id="two patients: ask",
        ),
        pytest.param(
            WHICH_IVANOV, said("out_of_scope", "пётр"), Read("1236", VISITS), id="choice by name"
        ),
        pytest.param(
            WHICH_IVANOV,
            said("select_patient", "второй", ordinal=2),
            Read("1236", VISITS),
            id="choice by place",
        ),
        pytest.param(
            WHICH_IVANOV,
            said("select_patient", "карта", patient_id="1235"),
            Read("1235", VISITS),
            id="choice by card",
        ),
        pytest.param(
            WHICH_IVANOV,
            said("select_patient", "третье мая", date=date(1958, 5, 3)),
            Read("1236", VISITS),
            id="choice by birth date",
        ),
        pytest.param(
            WHICH_IVANOV,
            said("select_patient", "третий", ordinal=3),
            AskPatient(("1235", "1236"), VISITS),
            id="no such place: ask again",
        ),
        pytest.param(WHICH_IVANOV, said("deny", "нет"), Cancel(), id="neither of the two"),
        pytest.param(
            WHICH_IVANOV,
            said("deny", patient_name="кузнецова"),
            Read("207", VISITS),
            id="«нет, Кузнецова»: the question goes on about her",
        ),
        pytest.param(
            WHICH_IVANOV,
            said("get_allergies", patient_name="кузнецова"),
            Read("207", Request("get_allergies")),
            id="another question about another patient",
        ),
        pytest.param(
            DialogueState(),
            said("get_hospital_visits", patient_name="сидоров"),
            NoSuchPatient(),
            id="nobody is called so",
        ),
        pytest.param(
            PETR,
            said("get_allergies", patient_id="9999"),
            NoSuchPatient(),
            id="an unknown card is not the current patient",
        ),
        pytest.param(
            PETR,
            said("get_allergies", patient_name="кузнецова", patient_id="1235"),
            AskPatient(("1235", "207"), Request("get_allergies")),
            id="name and card disagree: ask",
        ),
        pytest.param(
            DialogueState(),
            said("get_allergies"),
            NeedPatient(Request("get_allergies")),
            id="whose allergies?",
        ),
        pytest.param(PETR, said("get_allergies"), Read("1236", Request("get_allergies")), id="his"),
        pytest.param(
            DialogueState(),
            said("select_patient", "третье мая 1958", date=date(1958, 5, 3)),
            Read("1236", Request("select_patient")),
            id="by birth date",
        ),
        pytest.param(
            replace(PETR, hospitals=("h1", "h10")),
            said("get_documents_from_hospital", ordinal=2),
            Read("1236", Request("get_documents_from_hospital", hospital="h10", ordinal=2)),
            id="from the second hospital just listed",
        ),
        pytest.param(
            replace(PETR, hospitals=("h1", "h10")),
            said("get_documents_from_hospital", patient_name="кузнецова", ordinal=2),
            Read("207", Request("get_documents_from_hospital", ordinal=2)),
            id="a list of one patient says nothing about another",
        ),
        pytest.param(
            replace(
                PETR,
                hospitals=("h1", "h10"),
                pending=ChooseHospital("1236", Request("get_documents_from_hospital")),
            ),
            said("out_of_scope", "первая", ordinal=1),
            Read("1236", Request("get_documents_from_hospital", hospital="h1")),
            id="which hospital: the first",
        ),
        pytest.param(
            replace(PETR, documents=("d1", "d2")),
            said("get_document", ordinal=-1),
            Read("1236", Request("get_document", document="d2", ordinal=-1)),
            id="the last document",
        ),
        pytest.param(
            replace(PETR, documents=("d1", "d2"), document="d1"),
            said("next", "следующий документ"),
            Read("1236", Request("get_document", document="d2")),
            id="next document",
        ),
        pytest.param(
            replace(PETR, documents=("d1", "d2"), document="d1"),
            said("previous", "предыдущий документ"),
            NoMore(),
            id="nothing before the first",
        ),
        pytest.param(
            replace(PETR, more=replace(VISITS, start=3)),
            said("next", "дальше"),
            Read("1236", replace(VISITS, start=3)),
            id="next page",
        ),
        pytest.param(
            replace(PETR, more=replace(VISITS, start=6)),
            said("previous", "назад"),
            Read("1236", VISITS),
            id="page before",
        ),
        pytest.param(
            PETR,
            said("record_measurement", observation="blood_pressure", value=PRESSURE),
            Confirm("1236", TO_WRITE),
            id="a write is confirmed first",
        ),
        pytest.param(
            PETR,
            said("record_measurement", observation="blood_pressure"),
            AskMissing("1236", Request("record_measurement", observation="blood_pressure")),
            id="which value?",
        ),
        pytest.param(
            replace(
                PETR,
                pending=FillRequest(
                    "1236", Request("record_measurement", observation="blood_pressure")
                ),
            ),
            said("out_of_scope", "сто тридцать на восемьдесят", value=PRESSURE),
            Confirm("1236", TO_WRITE),
            id="the value that was missing",
        ),
        pytest.param(CONFIRMING, said("affirm", "да"), Write("1236", TO_WRITE), id="confirmed"),
        pytest.param(CONFIRMING, said("deny"), Cancel(), id="not confirmed"),
        pytest.param(
            CONFIRMING, said("out_of_scope", "мм"), Confirm("1236", TO_WRITE), id="unclear: again"
        ),
        pytest.param(PETR, said("affirm"), Say(Phrase.NOT_UNDERSTOOD), id="yes to nothing"),
        pytest.param(PETR, said("repeat"), Repeat(), id="repeat"),
        pytest.param(
            PETR,
            said("add_note", "запиши заметку жалуется на головную боль"),
            Confirm("1236", Request("add_note", note="жалуется на головную боль")),
            id="a note",
        ),
        pytest.param(
            PETR,
            said("add_note", "добавь заметку"),
            AskMissing("1236", Request("add_note")),
            id="which words?",
        ),
        pytest.param(
            PETR,
            said("get_allergies", "есть ли у него аллергия на пенициллин"),
            Read("1236", Request("get_allergies", substance="пенициллин")),
            id="allergy to what",
        ),
        pytest.param(
            PETR,
            said("get_lab_result", observation="glucose", date=date(2026, 3, 12)),
            Read(
                "1236",
                Request(
                    "get_lab_result",
                    observation="glucose",
                    period=Period(date(2026, 3, 12), date(2026, 3, 12)),
                ),
            ),
            id="a day is a period of one day",
        ),
    ],
)
def test_next_step(state: DialogueState, parse: Parse, expected: Plan) -> None:
    assert step(state, parse) == expected


@pytest.mark.parametrize("intent", sorted(set(INTENTS) - {"affirm"}))
def test_only_yes_confirms(intent: str) -> None:
    assert not isinstance(step(CONFIRMING, said(intent)), Write)
    assert not isinstance(step(CONFIRMING, said(intent, value=PRESSURE)), Write)


def test_a_dictated_correction_is_confirmed_anew() -> None:
    corrected = Measurement((Decimal(140), Decimal(90)), "mm[Hg]")
    found = step(CONFIRMING, said("deny", "нет сто сорок на девяносто", value=corrected))
    assert found == Confirm("1236", replace(TO_WRITE, measurement=corrected))


def test_the_patient_is_forgotten_after_a_while() -> None:
    state = replace(PETR, touched=1000.0)
    assert state.at(1000.0 + PATIENT_TIMEOUT_S) is state
    assert state.at(1001.0 + PATIENT_TIMEOUT_S) == DialogueState()


def test_tiers() -> None:
    assert risk_tier(Say(Phrase.HELP)) is RiskTier.HARMLESS
    assert risk_tier(Read("1", VISITS)) is RiskTier.READ
    assert risk_tier(Read("1", Request("get_diagnoses"))) is RiskTier.SENSITIVE
    assert risk_tier(Write("1", TO_WRITE)) is RiskTier.WRITE
    assert risk_tier(Repeat()) is RiskTier.READ


@pytest.mark.parametrize("state", [DialogueState(), WHICH_IVANOV, CONFIRMING])
def test_a_state_survives_json(state: DialogueState) -> None:
    assert STATE_ADAPTER.validate_json(STATE_ADAPTER.dump_json(state)) == state


ENTITY_VALUES: dict[str, st.SearchStrategy[EntityValue]] = {
    "patient_name": st.sampled_from(["иванов", "пётр", "кузнецова", "сидоров"]),
    "patient_id": st.sampled_from(["1235", "1236", "207", "9999"]),
    "ordinal": st.sampled_from([1, 2, -1]),
    "hospital": st.sampled_from(["h1", "h10"]),
    "observation": st.sampled_from(["blood_pressure", "glucose"]),
    "value": st.just(PRESSURE),
    "date": st.just(date(1958, 5, 3)),
}
BARE = ["да", "да верно", "Записывай."]
NOT_BARE = ["", "да но", "нет да", "да 75", "верно кроме давления", "да подожди", "сто процентов"]


class AnyConversation(RuleBasedStateMachine):
    """Whatever is said in whatever order, the two promises hold."""

    def __init__(self) -> None:
        super().__init__()
        self.state = DialogueState()
        self.repeated: Confirm | None = None
        self.writes_without_confirmation = 0
        self.unfounded_patients: list[str] = []

    @rule()
    def dictate(self) -> None:
        self.state, self.repeated = CONFIRMING, Confirm("1236", TO_WRITE)

    @rule(
        intent=st.sampled_from(["affirm", *INTENTS]),
        text=st.sampled_from(BARE + NOT_BARE),
        entities=st.dictionaries(st.sampled_from(sorted(ENTITY_VALUES)), st.booleans(), max_size=3),
        data=st.data(),
    )
    def say(self, intent: str, text: str, entities: dict[str, bool], data: st.DataObject) -> None:
        """``entities`` are those that were found, each with whether the intent can use it."""
        values = {name: data.draw(ENTITY_VALUES[name]) for name in entities}
        parse = said(intent, text, **values)
        beside = tuple(e for e in parse.entities if not entities[e.name])
        parse = replace(
            parse, entities=tuple(e for e in parse.entities if entities[e.name]), beside=beside
        )
        found = step(self.state, parse)
        if isinstance(found, Write):
            confirmed = (
                self.repeated == Confirm(found.card, found.request)
                and (intent, entities) == ("affirm", {})
                and text in BARE
            )
            self.writes_without_confirmation += not confirmed
        card = getattr(found, "card", None)
        if card is not None and not self._founded(card, parse):
            self.unfounded_patients.append(card)
        self._advance(found)

    def _founded(self, card: str, parse: Parse) -> bool:
        """Whether ``card`` is the current patient, was asked about, or was named just now."""
        pending = self.state.pending
        asked = (*getattr(pending, "cards", ()), getattr(pending, "card", None))
        number, name, day = parse.get("patient_id"), parse.get("patient_name"), parse.get("date")
        if number is not None and number.value == card:
            return True
        if name is not None and isinstance(name.value, PatientMention):
            mentioned = [candidate.card for candidate in name.value.candidates]
            if card in mentioned and (len(mentioned) == 1 or card in asked):
                return True
        born = day is not None and card in Names().born_on(date(1958, 5, 3))
        return born or card == self.state.patient or card in asked

    def _advance(self, found: Plan) -> None:
        match found:
            case Read(card=card, request=request):
                lists = {"hospitals": ("h1", "h10"), "documents": ("d1", "d2")}
                more = replace(request, start=request.start + 3)
                self.state = DialogueState(patient=card, more=more, **lists)
            case AskPatient(cards=cards, request=request):
                self.state = replace(self.state, pending=ChoosePatient(cards, request))
            case NeedPatient(request=request):
                self.state = replace(self.state, pending=ChoosePatient((), request))
            case AskMissing(card=card, request=request):
                self.state = DialogueState(patient=card, pending=FillRequest(card, request))
            case Confirm(card=card, request=request):
                self.repeated = found
                self.state = DialogueState(patient=card, pending=ConfirmWrite(card, request))
            case Write(card=card):
                self.state = DialogueState(patient=card)
            case Cancel():
                self.state = replace(self.state, pending=None, more=None)

    @invariant()
    def nothing_is_written_unconfirmed(self) -> None:
        assert self.writes_without_confirmation == 0

    @invariant()
    def no_patient_is_guessed(self) -> None:
        assert self.unfounded_patients == []


AnyConversation.TestCase.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
TestAnyConversation = AnyConversation.TestCase
