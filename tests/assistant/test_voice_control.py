"""«Медленнее», «громче»: for the session, through the gate, and never by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_pipeline import STRANGER, Bedside

from assistant.dialogue.voice_control import voice_change
from assistant.messages import SpeakerOutcome
from assistant.session import SessionState, SessionStore
from assistant.speech.delivery import Delivery, VoiceChange
from assistant.vault import Vault
from nlu.evaluate import HELDOUT, read_cases


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Медленнее.", VoiceChange.SLOWER),
        ("говори медленнее", VoiceChange.SLOWER),
        ("Говорите помедленнее, пожалуйста!", VoiceChange.SLOWER),
        ("быстрее", VoiceChange.FASTER),
        ("Говори громче.", VoiceChange.LOUDER),
        ("ещё громче", VoiceChange.LOUDER),
        ("чуть тише", VoiceChange.QUIETER),
        ("Обычная скорость", VoiceChange.NORMAL),
    ],
)
def test_it_is_understood(text: str, change: VoiceChange) -> None:
    assert voice_change(text) is change


@pytest.mark.parametrize(
    "text",
    [
        "давление громче",
        "тише хватит",
        "пульс стал быстрее",
        "дышит тише",
        "тихо",
        "скорость оседания эритроцитов",
        "обычная диета",
        "ещё раз медленно",
        "повтори",
        "",
    ],
)
def test_it_does_not_misfire(text: str) -> None:
    assert voice_change(text) is None


def test_no_other_request_is_taken_for_one() -> None:
    for case in read_cases(HELDOUT):
        if voice_change(case.text) is not None:
            assert case.intent in ("out_of_scope", "repeat"), case.text  # «читай помедленнее»


@pytest.fixture(scope="module")
def room(clinic: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bedside]:
    made = Bedside(*clinic, tmp_path_factory.mktemp("room"))
    yield made
    made.close()


@pytest.fixture
def bedside(room: Bedside) -> Bedside:
    """A new session in the same room."""
    room.state = SessionState(room.member.id)
    return room


def test_slower_says_the_last_answer_again_and_stays_slow(bedside: Bedside) -> None:
    asked = bedside.say("последнее давление пациента с номером карты 1236")
    assert asked.speech is not None
    again = bedside.say("медленнее", seconds=0.6)
    assert again.answer.text == asked.answer.text
    assert again.speech is not None
    assert len(again.speech) > 1.1 * len(asked.speech)
    assert bedside.say("последний пульс").speech is not None
    assert bedside.state.delivery == Delivery(speed=0.85)
    assert bedside.say("обычная скорость").answer.text == "Говорю как обычно."
    assert bedside.state.delivery == Delivery()


def test_what_was_said_of_the_voice_is_no_answer_to_repeat(bedside: Bedside) -> None:
    asked = bedside.say("последнее давление пациента с номером карты 1236")
    assert bedside.say("громче").answer.text == "Говорю громче."
    assert bedside.say("повтори").answer.text == asked.answer.text


def test_slower_before_any_answer(bedside: Bedside) -> None:
    assert bedside.say("говори медленнее").answer.text == "Говорю медленнее."


def test_a_stranger_hears_nothing_again_and_changes_nothing(bedside: Bedside) -> None:
    asked = bedside.say("последнее давление пациента с номером карты 1236")
    for words in ("медленнее", "громче", "обычная скорость"):
        turn = bedside.say(words, voice=STRANGER)
        assert turn.speaker is not None
        assert turn.speaker.outcome is SpeakerOutcome.REJECT
        assert not turn.gate.allowed
        assert asked.answer.text not in turn.answer.text
    assert bedside.state.delivery == Delivery()


def test_a_question_that_waits_still_waits(bedside: Bedside) -> None:
    bedside.say("открой карту номер 1236")
    bedside.say("запиши давление 130 на 80")
    waiting = bedside.state.dialogue.pending
    assert waiting is not None
    bedside.say("помедленнее")
    assert bedside.state.dialogue.pending == waiting


def test_it_is_kept_with_the_session(tmp_path: Path) -> None:
    store = SessionStore(tmp_path, Vault(bytes(32)))
    with store.hold("ward", "dr") as session:
        session.state = SessionState("dr", delivery=Delivery(0.7, 2.0))
    with store.hold("ward", "dr") as session:
        assert session.state.delivery == Delivery(0.7, 2.0)
