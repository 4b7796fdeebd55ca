"""Two parsers on one utterance: what is sent, what is disputed, what happens without Rasa."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rasa_stand_in import StandIn, parsed, standing_in

from nlu.combined import CombinedParser, disputed
from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_cases, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import Parse, PatientMention
from nlu.parser import InProcessParser
from nlu.rasa_client import Guess, RasaClient

VISITS = "посещения смирнова вкратце за прошлый год"


@pytest.fixture(scope="module")
def own() -> InProcessParser:
    return InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)


@pytest.fixture
def server() -> Iterator[StandIn]:
    with standing_in() as running:
        yield running


@pytest.fixture
def both(own: InProcessParser, server: StandIn) -> CombinedParser:
    return CombinedParser(own, RasaClient(lambda: server.endpoint, timeout_s=5))


def test_agreement_changes_nothing(
    own: InProcessParser, both: CombinedParser, server: StandIn
) -> None:
    server.answer = lambda words: parsed(words, "get_hospital_visits")
    assert both.parse(VISITS) == own.parse(VISITS)


def test_the_other_reading_has_its_own_entities(both: CombinedParser, server: StandIn) -> None:
    server.answer = lambda words: parsed(words, "get_allergies", 0.75)
    parse = both.parse(VISITS)
    assert parse.intent == "get_hospital_visits"
    assert {entity.name for entity in parse.entities} == {"patient_name", "period"}
    other = parse.disagreement
    assert other is not None
    assert (other.intent, other.confidence) == ("get_allergies", 0.75)
    assert {entity.name for entity in other.entities} == {"patient_name"}


@pytest.mark.parametrize("fault", [lambda words: b"{", lambda words: parsed(words, "dance")])
def test_a_wrong_server_changes_nothing(
    own: InProcessParser, both: CombinedParser, server: StandIn, fault: object
) -> None:
    server.answer = fault  # type: ignore[assignment]
    assert both.parse(VISITS) == own.parse(VISITS)


def test_no_server_changes_nothing(own: InProcessParser) -> None:
    alone = CombinedParser(own, RasaClient(lambda: None))
    for case in read_cases(HELDOUT)[::20]:
        assert alone.parse(case.text) == own.parse(case.text)


@pytest.mark.slow
def test_no_patient_number_or_date_is_sent(
    own: InProcessParser, both: CombinedParser, server: StandIn
) -> None:
    for case in read_cases(HELDOUT)[::3]:
        server.words.clear()
        both.parse(case.text)
        sent = server.words[0] if server.words else ""
        assert not any(letter.isdigit() for letter in sent), case.text
        for entity in own.parse(case.text).entities:
            if isinstance(entity.value, PatientMention):
                assert not set(entity.text.lower().split()) & set(sent.split()), case.text


@pytest.mark.parametrize(
    ("own_intent", "own_sure", "other", "other_sure", "asks"),
    [
        ("get_allergies", 0.9, "get_medications", 0.1, True),
        ("get_allergies", 0.9, "out_of_scope", 0.1, True),
        ("get_allergies", 0.9, "get_allergies", 0.1, False),
        ("get_allergies", 1.0, "get_medications", 1.0, False),
        ("affirm", 0.9, "deny", 0.5, True),
        ("out_of_scope", 0.6, "get_medications", 0.6, True),
        ("out_of_scope", 0.6, "get_medications", 0.4, False),
        ("out_of_scope", 1.0, "get_medications", 0.9, False),
        ("out_of_scope", 0.6, "help", 0.9, False),
        ("help", 0.6, "get_medications", 0.9, False),
    ],
)
def test_what_is_disputed(
    own_intent: str, own_sure: float, other: str, other_sure: float, asks: bool
) -> None:
    assert disputed(Parse("", own_intent, own_sure), Guess(other, other_sure)) is asks
