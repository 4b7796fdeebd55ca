"""A conversation over real audio and the real pipeline; words and voices are scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from scripted_voice import ScriptedVoice

from assistant.attention import Attention
from assistant.audio.files import read_audio
from assistant.audio.vad import VoiceActivity
from assistant.audit import Audit
from assistant.live import Conversation, Engine, events
from assistant.messages import (
    SAMPLE_RATE,
    NothingHeard,
    Recognizer,
    Samples,
    Transcript,
    Utterance,
)
from assistant.pipeline import Assistant
from assistant.roster import Roster
from assistant.session import SessionStore
from assistant.speaker.decision import VoiceEvidence
from assistant.staff import Role, StaffMember
from assistant.vault import Vault

DEMO = Path(__file__).parents[1] / "fixtures" / "speech" / "demo"
DOCTOR = StaffMember("dr", Role.DOCTOR)
OWNER, STRANGER, OURS = np.eye(3, dtype=np.float32)
SPEECH: Final = read_audio(DEMO / "turn01_aleksandr.flac")[7000:30000]
"""1.4 s, loud from its first to its last sample."""


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


class Words:
    """Hears what the test says; counts how often it was asked, and of how much speech."""

    name = "scripted"

    def __init__(self) -> None:
        self.next: Transcript | NothingHeard = Transcript("помощь")
        self.heard: list[Utterance] = []

    def transcribe(self, utterance: Utterance) -> Transcript | NothingHeard:
        self.heard.append(utterance)
        return self.next


class Voices(ScriptedVoice):
    """Speech that may be our own, long unless the test says otherwise."""

    seconds = 3.0

    def score(self, speaker_id: str, utterance: Utterance) -> VoiceEvidence:
        own = float(self.embedding @ OURS)
        return VoiceEvidence(self.seconds, self.embedding, OWNER[np.newaxis], own_voice=own)


class Tone:
    def synthesize(self, text: str) -> Samples:
        return np.concatenate([silence(0.2), np.full(1600, 0.5, np.float32)])


class Bedside:
    """A conversation whose events are collected."""

    def __init__(self, roster: Roster, folder: Path, recognizer: Recognizer | None = None) -> None:
        """``recognizer`` hears instead of the script."""
        vault = Vault(bytes(32))
        self.words, self.voices = Words(), Voices(OWNER)
        self.sessions = SessionStore(folder / "sessions", vault)
        self.assistant = Assistant(
            recognizer=recognizer or self.words,
            verifier=self.voices,
            roster=roster,
            synthesizer=Tone(),
            audit=Audit(folder / "audit.jsonl", vault),
        )
        self.events: list[events.Event] = []
        self.now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def run(
        self,
        scene: Callable[[Bedside, Conversation], Awaitable[None]],
        attention: Attention | None = None,
    ) -> None:
        async def run() -> None:
            engine = Engine(self.assistant, self.sessions)
            state = await engine.load("ward3", DOCTOR)
            conversation = Conversation(
                engine,
                "ward3",
                state,
                DOCTOR,
                self.events.append,
                VoiceActivity(),
                attention,
                lambda: self.now,
            )
            try:
                await asyncio.wait_for(scene(self, conversation), 30)
            finally:
                conversation.close()
                await asyncio.get_running_loop().run_in_executor(None, engine.close)

        asyncio.run(run())

    async def until(self, kind: type, count: int = 1) -> None:
        """Wait for that many events of a kind."""
        while len(self.of(kind)) < count:
            await asyncio.sleep(0.005)

    def of(self, kind: type) -> list[events.Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    async def idle(self, conversation: Conversation) -> None:
        """Let everything that was begun come to its end."""
        while conversation._beside.busy or conversation.voice.sounding:
            await asyncio.sleep(0.005)

    async def hears(
        self, conversation: Conversation, text: str, voice: Samples = OWNER
    ) -> events.Answered:
        """One whole utterance and its answer."""
        self.words.next, self.voices.embedding = Transcript(text), voice
        before = len(self.of(events.Answered))
        conversation.push(SPEECH)
        conversation.push(silence(0.3))
        while not conversation._engine.idle:
            await asyncio.sleep(0.005)
        conversation.push(silence(1.2))
        await self.until(events.Answered, before + 1)
        answered = self.of(events.Answered)[-1]
        assert isinstance(answered, events.Answered)
        return answered
