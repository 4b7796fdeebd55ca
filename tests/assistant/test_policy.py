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
from assistant.dialogue.yes import begins_with_yes
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

    def hospitals_called(self, text: str, among: Collection[str]) -> tuple[str, ...]:
        return ()

    def alike(self, cards: Collection[str]) -> tuple[str, ...]:
        return tuple(cards)

    def has_card(self, card: str) -> bool:
        return card in NAMES

    def sex(self, card: str) -> str:
        return "f" if card == "207" else "m"

    def born(self, card: str) -> date:
        return {"1235": date(1971, 2, 1), "1236": date(1958, 5, 3), "207": date(1990, 7, 9)}[card]

    def age(self, card: str) -> int:
        return 2026 - self.born(card).year

    def today(self) -> date:
        return date(2026, 11, 21)

    def born_on(self, day: date) -> tuple[str, ...]:
        return ("1236",) if day == date(1958, 5, 3) else ()

    def born_in(self, year: int) -> tuple[str, ...]:
        return ("1236",) if year == 1958 else ()


def said(intent: str, text: str = "", **values: EntityValue) -> Parse:
    """A parse with the given entities; a patient_name may be given as its text."""
    entities = []
    for name, value in values.items():
        if name == "patient_name" and isinstance(value, str):
            start = max(text.find(value), 0)
            mention = Names().match_patients(value)
            entities.append(Entity(name, value, mention, start, start + len(value)))
            text = text or value
        else:
            start = text.find(str(value))
            where = (start, start + len(str(value))) if start >= 0 else (0, len(text))
            entities.append(Entity(name, str(value), value, *where))
    return Parse(text, intent, 1.0, tuple(entities))


def step(state: DialogueState, parse: Parse) -> Plan:
    return plan(state, parse, Names())


PETR = DialogueState(patient="1236")
VISITS = Request("get_hospital_visits")
WHICH_IVANOV = DialogueState(pending=ChoosePatient(("1235", "1236"), VISITS))
PAPERS = Request("get_documents_from_hospital")
WHICH_PLACE = replace(PETR, hospitals=("h1", "h10"), pending=ChooseHospital("1236", PAPERS))
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
            WHICH_IVANOV,
            said("select_patient", patient_name="пётр"),
            Read("1236", VISITS),
            id="choice by name",
        ),
        pytest.param(
            WHICH_IVANOV,
            said("out_of_scope", "пётр"),
            AskPatient(("1235", "1236"), VISITS),
            id="a word that the parser takes for no name chooses nobody",
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
            NoSuchPatient(VISITS),
            id="nobody is called so",
        ),
        pytest.param(
            PETR,
            said("get_allergies", patient_id="9999"),
            NoSuchPatient(Request("get_allergies")),
            id="an unknown card is not the current patient",
        ),
        pytest.param(
            PETR,
            said("get_allergies", patient_name="кузнецова", patient_id="1235"),
            AskPatient(("1235", "207"), Request("get_allergies")),
            id="name and card disagree: ask",
        ),
        pytest.param(
            WHICH_IVANOV,
            said("select_patient", "9999 1958 года", patient_id="9999"),
            NoSuchPatient(VISITS),
            id="an unknown card beside a year of birth",
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
            WHICH_PLACE,
            said("out_of_scope", "первая", ordinal=1),
            Read("1236", replace(PAPERS, hospital="h1")),
            id="which hospital: the first",
        ),
        pytest.param(
            WHICH_PLACE,
            said("get_hospital_visits", "в h1", hospital="h1"),
            Read("1236", replace(PAPERS, hospital="h1")),
            id="which hospital: a place and nothing else",
        ),
        pytest.param(
            WHICH_PLACE,
            said("get_hospital_visits", "когда лежал в h1", hospital="h1"),
            Read("1236", replace(VISITS, hospital="h1")),
            id="which hospital: another question",
        ),
        pytest.param(
            WHICH_PLACE,
            said("get_documents_from_hospital", patient_name="кузнецова", hospital="h1"),
            Read("207", replace(PAPERS, hospital="h1")),
            id="which hospital: the same of another patient",
        ),
        pytest.param(
            WHICH_PLACE,
            said("select_patient", "пятая", ordinal=5),
            Read("1236", PAPERS),
            id="which hospital: none of the list, so ask again",
        ),
        pytest.param(
            replace(PETR, unsettled=True),
            said("get_allergies"),
            Read("1236", Request("get_allergies", say_whose=True)),
            id="the answer after a dropped question about another says whose it is",
        ),
        pytest.param(
            replace(PETR, unsettled=True),
            said("add_note", "добавь заметку"),
            AskMissing("1236", Request("add_note", say_whose=True)),
            id="so does a question",
        ),
        pytest.param(
            replace(WHICH_IVANOV, patient="207"),
            said("get_allergies"),
            AskPatient(("1235", "1236"), Request("get_allergies")),
            id="while it is asked who, a new question is not about who was current",
        ),
        pytest.param(
            replace(WHICH_IVANOV, patient="207"),
            said("get_allergies", patient_name="пётр"),
            Read("1236", Request("get_allergies")),
            id="a new question about one of those offered",
        ),
        pytest.param(
            replace(PETR, documents=("d1", "d2")),
            said("get_document", ordinal=-1),
            Read("1236", Request("get_document", document="d2", ordinal=-1)),
            id="the last document",
        ),
        pytest.param(
            replace(PETR, hospitals=("h1", "h10"), documents=("d1", "d2")),
            said("select_patient", "второй", ordinal=2),
            Read("1236", Request("get_document", document="d2", ordinal=2)),
            id="«второй» after a list of documents",
        ),
        pytest.param(
            replace(PETR, hospitals=("h1", "h10")),
            said("select_patient", "вторая", ordinal=2),
            Read("1236", replace(PAPERS, hospital="h10", ordinal=2)),
            id="«вторая» after a list of hospitals",
        ),
        pytest.param(
            PETR,
            said("select_patient", "второй", ordinal=2),
            Say(Phrase.NO_LIST),
            id="«второй» of nothing",
        ),
        pytest.param(
            replace(PETR, documents=("d1", "d2"), document="d1"),
            said("next", "следующий документ"),
            Read("1236", Request("get_document", document="d2", onward=True)),
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
            replace(PETR, page=replace(VISITS, start=4), more=replace(VISITS, start=7)),
            said("previous", "назад"),
            Read("1236", replace(VISITS, start=1)),
            id="page before",
        ),
        pytest.param(
            replace(PETR, page=replace(VISITS, start=1)),
            said("previous", "назад"),
            Read("1236", VISITS),
            id="page before the last",
        ),
        pytest.param(
            replace(PETR, page=VISITS, more=replace(VISITS, start=1)),
            said("previous", "назад"),
            NoMore(),
            id="nothing before the first page",
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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("когда она лежала в больнице", NeedPatient(VISITS)),
        ("когда он лежал в больнице", Read("1236", VISITS)),
        ("у него она есть", Read("1236", VISITS)),
        ("покажи его визиты", Read("1236", VISITS)),
        ("покажи её визиты", NeedPatient(VISITS)),
    ],
)
def test_a_pronoun_of_the_other_sex_means_somebody_else(text: str, found: Plan) -> None:
    assert step(PETR, said("get_hospital_visits", text)) == found


MAYBE = PatientMention((PatientCandidate("1236", 0.8),), True)
MAYBE_PETR = DialogueState(patient="207", pending=ChoosePatient(("1236",), VISITS))


def test_who_is_not_certain_is_asked_about_though_nobody_else_comes_near() -> None:
    found = step(PETR, said("get_hospital_visits", patient_name=MAYBE))
    assert found == AskPatient(("1236",), VISITS)


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (said("affirm", "да"), Read("1236", VISITS)),
        (said("affirm", "да, но не сейчас"), AskPatient(("1236",), VISITS)),
        (said("out_of_scope", "что вы сказали"), AskPatient(("1236",), VISITS)),
        (said("deny", "нет"), NeedPatient(VISITS)),
        (said("select_patient", ordinal=1), Read("1236", VISITS)),
        (said("get_allergies"), AskPatient(("1236", "207"), Request("get_allergies"))),
        (said("get_hospital_visits", patient_name="кузнецова ольга"), Read("207", VISITS)),
    ],
)
def test_the_only_one_who_may_be_meant_is_taken_by_yes_alone(reply: Parse, found: Plan) -> None:
    assert step(MAYBE_PETR, reply) == found


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
WISHES = ("record_measurement", "add_note")
BARE = ["да", "да верно", "Записывай."]
NOT_BARE = ["", "да но", "нет да", "да 75", "верно только давление", "да подожди", "сто процентов"]
"""No «кроме»: an entity that isn't in the text stands for all of it, and would be rejected."""


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
        current=st.sampled_from([None, "1236", "207"]),
        cards=st.sampled_from([(), ("1235", "1236")]),
    )
    def be_asked_who(self, current: str | None, cards: tuple[str, ...]) -> None:
        self.state = DialogueState(patient=current, pending=ChoosePatient(cards, VISITS))

    @rule(
        intent=st.sampled_from(["affirm", *INTENTS]),
        text=st.sampled_from(BARE + NOT_BARE),
        entities=st.dictionaries(st.sampled_from(sorted(ENTITY_VALUES)), st.booleans(), max_size=3),
        data=st.data(),
    )
    def say(self, intent: str, text: str, entities: dict[str, bool], data: st.DataObject) -> None:
        """``entities`` are those that were found, each with whether the intent can use it."""
        values = {name: data.draw(ENTITY_VALUES[name]) for name in entities}
        name = values.get("patient_name", "")
        if intent != "affirm":
            text = data.draw(st.sampled_from([text, "", "1958 года", "другая", f"не {name}"]))
        if text.startswith("не ") and not name:
            text = ""
        # the place first: «1» is in «1235» too
        numbers = [str(values[n]) for n in ("ordinal", "patient_id") if n in values]
        parse = said(intent, ", ".join([*numbers, text]) if text else "", **values)
        beside = tuple(e for e in parse.entities if not entities[e.name])
        parse = replace(
            parse, entities=tuple(e for e in parse.entities if entities[e.name]), beside=beside
        )
        found = step(self.state, parse)
        if isinstance(found, Write):
            confirmed = (
                self.repeated == Confirm(found.card, found.request)
                and (entities, text in BARE) == ({}, True)
                and (intent == "affirm" or (intent in WISHES and text == "Записывай."))
            )
            self.writes_without_confirmation += not confirmed
        card = getattr(found, "card", None)
        doubted = getattr(found, "doubted", False)  # the old question, and that it is in doubt
        if card is not None and not doubted and not self._founded(card, parse):
            self.unfounded_patients.append(card)
        self._advance(found)

    def _founded(self, card: str, parse: Parse) -> bool:
        """Whether ``card`` was named or chosen just now, or nobody else was in question."""
        pending, number, name = (
            self.state.pending,
            parse.get("patient_id"),
            parse.get("patient_name"),
        )
        asked = pending.cards if isinstance(pending, ChoosePatient) else ()
        place = parse.get("ordinal")
        at = place.value if place is not None and isinstance(place.value, int) else 0
        if number is not None and number.value == card:
            return True
        if isinstance(pending, ConfirmWrite) and card == pending.card and begins_with_yes(parse):
            return True  # what was agreed to is asked once more
        if isinstance(pending, FillRequest) and (parse.intent, card) == (
            "out_of_scope",
            pending.card,
        ):
            return True  # a note may tell of anybody
        if parse.text == "другая" and {*asked} - {self.state.patient} == {card}:
            return True
        if parse.intent == "affirm" and parse.text in BARE and asked == (card,):
            return True  # the only one who may be meant
        if name is not None and isinstance(name.value, PatientMention):
            mentioned = {candidate.card for candidate in name.value.candidates}
            back = f"не {name.text}" in parse.text
            if back and not asked:
                return card not in mentioned
            left = {*asked} - mentioned if back else mentioned & {*asked}
            if "1958" in parse.text:
                left &= {*Names().born_in(1958)}
            if parse.get("date") is not None:
                left &= {*Names().born_on(date(1958, 5, 3))}
            if asked and at:
                left &= {asked[at - 1 if at > 0 else at]}
            if back:
                return left == {card}
            return {card} in (mentioned, mentioned & {*asked}, left)
        if parse.get("date") is not None and card in Names().born_on(date(1958, 5, 3)):
            return True
        if not isinstance(pending, ChoosePatient):
            return card == self.state.patient
        asks = parse.intent.startswith("get_") or parse.intent in ("add_note", "record_measurement")
        if asks and not (at and parse.text == f"{at}, да"):  # which says nothing but the place
            return False
        if "1958" in parse.text:
            return card in Names().born_in(1958)
        if not at:
            return False
        return card == asked[at - 1 if at > 0 else at]

    def _advance(self, found: Plan) -> None:
        match found:
            case Read(card=card, request=request):
                lists = {"hospitals": ("h1", "h10"), "documents": ("d1", "d2")}
                more = replace(request, start=request.start + 3)
                self.state = DialogueState(patient=card, more=more, **lists)
            case AskPatient(cards=cards, request=request):
                self.state = replace(self.state, pending=ChoosePatient(cards, request))
            case NeedPatient(request=request, forget=forget):
                before = DialogueState() if forget else self.state
                self.state = replace(before, pending=ChoosePatient((), request))
            case AskMissing(card=card, request=request):
                self.state = DialogueState(patient=card, pending=FillRequest(card, request))
            case Confirm(card=card, request=request):
                self.repeated = replace(found, doubted=False)
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
