"""The ledger is read before an utterance is over, and nothing of it is told before its gate.

The ledger is a real one with somebody between it and us, who writes down what is asked and may
hold an answer back: what came first is told by the order of events.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from between import Between
from scripted_bedside import DOCTOR, OWNER, SPEECH, STRANGER, Bedside, silence

from assistant import answers
from assistant.ahead import Ahead
from assistant.attention import Attention
from assistant.live import Conversation, events
from assistant.messages import Transcript
from assistant.roster import Roster
from ledger_client import LedgerClient

QUESTION = "есть ли аллергия у смирнова андрея"
READ = "/allergies?patientId=512"


class Ward:
    """A bedside whose ledger is watched."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.between = Between(url)
        self.client = LedgerClient(self.between.url, token, timeout=30.0)
        roster = Roster(self.client)
        roster.snapshot()
        self.bedside = Bedside(roster, folder)
        self.reads: list[str] = []
        """What was asked about patients."""
        self.recorded: list[list[str]] = []
        """The audit lines that each of those reads found written."""
        self.free = threading.Event()
        self.free.set()
        self._audit = folder / "audit.jsonl"
        self.between.lie = self._pass

    def close(self) -> None:
        self.free.set()
        self.bedside.assistant.close()
        self.client.close()
        self.between.close()

    def audit(self) -> list[str]:
        """Kinds of the lines so far."""
        if not self._audit.exists():
            return []
        lines = self._audit.read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["event"] for line in lines]

    def run(
        self,
        scene: Callable[[Bedside, Conversation], Awaitable[None]],
        attention: Attention | None = None,
    ) -> None:
        self.bedside.run(scene, attention)

    def _pass(self, path: str, body: bytes) -> bytes:
        if "patientId" in path:
            self.recorded.append(self.audit())
            self.reads.append(path)
            assert self.free.wait(20)
        return body


@pytest.fixture
def ward(clinic: tuple[str, str], tmp_path: Path) -> Iterator[Ward]:
    with closing(Ward(*clinic, tmp_path)) as one:
        yield one


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


async def begin(b: Bedside, conversation: Conversation, text: str, voice: object = OWNER) -> None:
    """Say ``text`` and pause; it has been recognised when this returns."""
    b.words.next, b.voices.embedding = Transcript(text), voice  # type: ignore[assignment]
    conversation.push(SPEECH)
    conversation.push(silence(0.3))
    await until(lambda: conversation._engine.idle)


async def read(conversation: Conversation) -> Ahead | None:
    """What was read ahead; None when nothing was."""
    reading = conversation._reading._reading
    return None if reading is None else await asyncio.wrap_future(reading.result)


@pytest.mark.parametrize("slow", [False, True], ids=["read before the end", "still being read"])
def test_the_ledger_is_asked_at_the_pause_and_once(ward: Ward, slow: bool) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        ward.free.clear()
        await begin(b, conversation, QUESTION)
        await until(lambda: ward.reads)
        assert b.kinds() == ["SpeechBegan", "Partial"], "it is asked while the pause may go on"
        if not slow:
            ward.free.set()
            assert await read(conversation) is not None
            assert b.kinds() == ["SpeechBegan", "Partial"], "and nothing of it is told"
        conversation.push(silence(1.0))
        await b.until(events.Thinking)
        if slow:
            await until(lambda: "turn" in ward.audit())
            assert not b.of(events.Answered)
            ward.free.set()
        await b.until(events.Answered)

    ward.run(scene)
    assert ward.reads == [READ]
    assert ward.recorded == [["prefetch"]], "no read without its record"
    assert ward.audit() == ["prefetch", "turn"]
    (answered,) = ward.bedside.of(events.Answered)
    assert isinstance(answered, events.Answered)
    assert answered.patient is not None
    assert answered.patient.card == "512"
    assert answered.turn.answer.text.startswith("Смирнов Андрей")


def test_a_refused_end_shows_nothing_of_what_an_accepted_beginning_read(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await begin(b, conversation, QUESTION)
        assert await read(conversation) is not None
        b.events.clear()
        b.voices.embedding = STRANGER
        conversation.push(SPEECH)
        conversation.push(silence(1.5))
        await b.until(events.Answered)
        assert await read(conversation) is None, "it is dropped"

    ward.run(scene)
    (answered,) = ward.bedside.of(events.Answered)
    assert isinstance(answered, events.Answered)
    assert not answered.turn.gate.allowed
    assert (answered.patient, answered.turn.card) == (None, None)
    assert answered.turn.answer == answers.not_recognised_speaker()
    assert not ward.bedside.of(events.Partial)
    assert ward.reads == [READ]


def test_an_utterance_that_goes_on_to_another_patient_never_gets_the_first_ones_data(
    ward: Ward,
) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await begin(b, conversation, QUESTION)
        first = await read(conversation)
        assert first is not None
        await begin(b, conversation, "есть ли аллергия у кузнецовой ольги владимировны")
        second = await read(conversation)
        assert second is not None
        assert second is not first
        conversation.push(silence(1.0))
        await b.until(events.Answered)

    ward.run(scene)
    (answered,) = ward.bedside.of(events.Answered)
    assert isinstance(answered, events.Answered)
    assert answered.turn.card == "208"
    assert "Смирнов" not in answered.turn.answer.text
    assert ward.reads == [READ, "/allergies?patientId=208"]


def test_what_was_read_at_a_pause_is_not_taken_for_what_was_said_after_it(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await begin(b, conversation, QUESTION)
        assert await read(conversation) is not None
        conversation.push(SPEECH)
        conversation.push(silence(1.5))  # at once, so that no pass is done before the end
        await b.until(events.Answered)

    ward.run(scene)
    assert ward.reads == [READ, READ], "the turn asks itself"


def test_a_lock_forgets_what_was_read(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await begin(b, conversation, QUESTION)
        assert await read(conversation) is not None
        conversation.lock()
        assert await read(conversation) is None
        conversation.push(silence(1.0))
        await b.idle(conversation)

    ward.run(scene)
    assert not ward.bedside.of(events.Answered)


def test_a_read_that_fails_is_the_turns_to_make(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Иванов")

    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.assistant.read_ahead = broken  # type: ignore[method-assign,assignment]
        await begin(b, conversation, QUESTION)
        conversation.push(silence(1.0))
        await b.until(events.Answered)

    ward.run(scene)
    assert ward.reads == [READ]
    assert not ward.bedside.of(events.Failed)
    assert "RuntimeError" in caplog.text
    assert "Иванов" not in caplog.text


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        (QUESTION, STRANGER),
        ("есть ли аллергия у иванова", OWNER),
        ("запиши смирнову андрею давление сто тридцать на восемьдесят", OWNER),
        ("есть ли аллергия у смирнова карта пять", OWNER),
        ("есть ли аллергия", OWNER),
        ("помощь", OWNER),
    ],
)
def test_nothing_uncertain_is_read_ahead(ward: Ward, text: str, voice: object) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await begin(b, conversation, text, voice)
        assert await read(conversation) is None
        assert not ward.audit()

    ward.run(scene)
    assert not ward.reads


def test_nothing_is_read_ahead_in_the_middle_of_speech(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        b.words.next = Transcript(QUESTION)
        for _ in range(2):
            conversation.push(SPEECH)
        await b.until(events.Partial)
        assert await read(conversation) is None

    ward.run(scene)


def test_nothing_is_read_ahead_while_a_turn_is_under_way(ward: Ward) -> None:
    """It may change whom «у неё» means."""

    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, "найди пациента смирнова андрея")
        await b.idle(conversation)
        ward.free.clear()
        await begin(b, conversation, "есть ли аллергия у кузнецовой ольги владимировны")
        conversation.push(silence(1.0))
        await until(lambda: ward.reads)
        await begin(b, conversation, "какие у неё диагнозы")
        assert await read(conversation) is None
        ward.free.set()
        conversation.push(silence(1.0))
        await b.until(events.Answered, 3)

    ward.run(scene)
    assert ward.reads == ["/allergies?patientId=208", "/diagnoses?patientId=208"]


def test_it_is_read_ahead_while_the_talk_button_is_held(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        conversation.hold()
        await begin(b, conversation, QUESTION)
        assert await read(conversation) is not None
        for _ in range(4):
            conversation.push(silence(0.5))
        conversation.release()
        await b.until(events.Answered)

    ward.run(scene)
    assert ward.reads == [READ]


def test_only_what_is_meant_for_us_is_read_ahead(ward: Ward) -> None:
    async def scene(b: Bedside, conversation: Conversation) -> None:
        await begin(b, conversation, QUESTION)
        assert await read(conversation) is None
        conversation.push(silence(1.0))
        await b.idle(conversation)
        assert not ward.audit()
        await begin(b, conversation, f"ассистент, {QUESTION}")
        assert await read(conversation) is not None
        conversation.push(silence(1.0))
        await b.until(events.Answered)

    ward.run(scene, Attention())
    assert ward.reads == [READ]


def test_the_ledger_records_one_access_of_an_ordinary_turn(
    ward: Ward, clinic: tuple[str, str]
) -> None:
    def accesses() -> int:
        with LedgerClient(*clinic) as ledger:
            return sum(one.actor == DOCTOR.id for one in ledger.accesses("512"))

    before = accesses()

    async def scene(b: Bedside, conversation: Conversation) -> None:
        await b.hears(conversation, QUESTION)

    ward.run(scene)
    assert accesses() == before + 1
