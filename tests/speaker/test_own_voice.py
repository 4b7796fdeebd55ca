"""The assistant's own voices: learnt when they appear, made again when the file is lost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from assistant.config import Paths
from assistant.messages import Utterance
from assistant.speaker import own_voice
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.decision import SpeakerState
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import SessionVoices
from assistant.speaker.store import Voiceprints
from assistant.speaker.verifier import SpeakerVerifier
from assistant.speech.synthesizer import EngineSynthesizer, VoiceSettings, open_synthesizer


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Voices that were asked to speak. Festival is stood in for by a quicker espeak-ng."""
    asked: list[str] = []

    def open_any(settings: VoiceSettings) -> EngineSynthesizer:
        asked.append(settings.voice)
        speed = {"espeak": 150, "festival": 210}[settings.voice]
        return open_synthesizer(VoiceSettings("espeak", words_per_minute=speed))

    monkeypatch.setattr(own_voice, "open_synthesizer", open_any)
    return asked


@pytest.mark.slow
def test_a_voice_that_is_installed_later_is_learnt_then(
    opened: list[str], paths: Paths, engine: CampPlusEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own_voice.path_in(paths)
    monkeypatch.setattr(own_voice, "installed", lambda: ("espeak",))
    first = own_voice.current(path, engine)
    again = own_voice.current(path, engine)
    assert opened == ["espeak"]
    np.testing.assert_array_equal(first, again)
    monkeypatch.setattr(own_voice, "installed", lambda: ("espeak", "festival"))
    later = own_voice.current(path, engine)
    assert opened == ["espeak", "festival"]
    assert len(later) == 2 * len(first)
    path.write_bytes(b"{")
    assert len(own_voice.current(path, engine)) == len(later)
    assert opened == ["espeak", "festival"] * 2


def test_a_voice_that_does_not_speak_is_left_for_the_next_time(
    paths: Paths,
    engine: CampPlusEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_: VoiceSettings) -> EngineSynthesizer:
        return open_synthesizer(VoiceSettings("espeak", words_per_minute=150, volume=0.0))

    monkeypatch.setattr(own_voice, "installed", lambda: ("espeak",))
    monkeypatch.setattr(own_voice, "open_synthesizer", broken)
    assert own_voice.current(own_voice.path_in(paths), engine) == ()
    assert not own_voice.path_in(paths).exists()
    assert "own voice could not be learnt" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("words_per_minute", [110, 150, 220])
def test_the_own_voice_is_known_at_any_speed_and_never_passes(
    words_per_minute: int,
    paths: Paths,
    engine: CampPlusEngine,
    voice: Callable[[str], Voiceprints],
) -> None:
    own = own_voice.current(own_voice.path_in(paths), engine)
    with open_synthesizer(VoiceSettings("espeak", words_per_minute=words_per_minute)) as speaks:
        said = speaks.synthesize("Давление сто двадцать на восемьдесят, пульс семьдесят.")
    voices = SessionVoices()
    voices.log_in("dr", voice("aleksandr"))
    verifier = SpeakerVerifier(engine, voices, never_accept=own)
    decision, _ = verifier.decide(
        verifier.score("dr", Utterance(said, said, 0.0, len(said) / 16_000)),
        SpeakerState(),
        now=0.0,
        tier=RiskTier.HARMLESS,
        short_reply=True,
    )
    assert decision.reason == "assistant_voice"
