"""The demo conversation with the real model: the doctor's turns pass, the intruder's does not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from assistant.errors import ModelError
from assistant.messages import SAMPLE_RATE, SpeakerOutcome, Utterance
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.decision import SpeakerState, VoicePolicy, score
from assistant.speaker.engine import Embedding
from assistant.speaker.errors import VoiceprintUnreadableError
from assistant.speaker.risk import RiskTier
from assistant.speaker.second_voice import look_inside, starts
from assistant.speaker.session_voice import SessionVoices
from assistant.speaker.store import Voiceprints
from assistant.speaker.verifier import SpeakerVerifier

Voice = Callable[[str], Voiceprints]

TURNS = (
    ("turn01_aleksandr", RiskTier.READ, False),
    ("turn02_aleksandr", RiskTier.READ, False),
    ("turn03_aleksandr", RiskTier.READ, False),
    ("turn04_aleksandr", RiskTier.SENSITIVE, False),
    ("turn06_aleksandr", RiskTier.READ, False),
    ("turn05_anna", RiskTier.SENSITIVE, False),
    ("turn07_aleksandr", RiskTier.READ, False),
    ("turn08_aleksandr", RiskTier.WRITE, True),
    ("turn09_aleksandr", RiskTier.READ, False),
    ("turn10_aleksandr", RiskTier.READ, False),
    ("turn11_aleksandr", RiskTier.READ, True),
)


@pytest.fixture
def verifier(engine: CampPlusEngine, voice: Voice) -> SpeakerVerifier:
    voices = SessionVoices(lambda: 0.0)
    for who in ("aleksandr", "anna"):
        voices.log_in(who, voice(who))
    return SpeakerVerifier(engine, voices)


def converse(
    verifier: SpeakerVerifier,
    claimed: str,
    turns: list[tuple[Utterance, RiskTier, bool]],
    gap_s: float = 6.0,
) -> list[tuple[SpeakerOutcome, str]]:
    state, said = SpeakerState(), []
    for number, (utterance, tier, short_reply) in enumerate(turns):
        decision, state = verifier.decide(
            verifier.score(claimed, utterance),
            state,
            now=number * gap_s,
            tier=tier,
            short_reply=short_reply,
        )
        said.append((decision.outcome, decision.reason))
    return said


@pytest.mark.slow
def test_the_doctor_passes_every_turn_and_the_intruder_none(
    verifier: SpeakerVerifier, heard: Callable[[str], Utterance]
) -> None:
    turns = [(heard(name), tier, short) for name, tier, short in TURNS]
    outcomes = dict(
        zip((name for name, *_ in TURNS), converse(verifier, "aleksandr", turns), strict=True)
    )
    assert outcomes.pop("turn05_anna")[0] is SpeakerOutcome.REJECT
    assert {outcome for outcome, _ in outcomes.values()} == {SpeakerOutcome.ACCEPT}
    assert outcomes["turn08_aleksandr"][1] in {"pooled", "inherited"}
    assert outcomes["turn11_aleksandr"][1] in {"pooled", "inherited"}


@pytest.mark.slow
def test_the_doctors_turns_are_a_strangers_under_another_name(
    verifier: SpeakerVerifier, heard: Callable[[str], Utterance]
) -> None:
    turns = [(heard(name), tier, short) for name, tier, short in TURNS if "anna" not in name]
    outcomes = [outcome for outcome, _ in converse(verifier, "anna", turns)]
    assert SpeakerOutcome.ACCEPT not in outcomes
    for (utterance, *_), outcome in zip(turns, outcomes, strict=True):
        if utterance.speech_s >= 1.0:
            assert outcome is SpeakerOutcome.REJECT


@pytest.mark.parametrize("seconds", [0.35, 0.6, 0.8, 1.0, 1.5, 2.0])
def test_an_intruder_of_any_length_never_passes_in_a_live_dialogue(
    verifier: SpeakerVerifier, heard: Callable[[str], Utterance], seconds: float
) -> None:
    owner = heard("turn06_aleksandr")
    for number in (1, 2):
        speech = heard(f"enrol{number}_anna").speech[: int(seconds * SAMPLE_RATE)]
        intruder = Utterance(speech, speech, 0.0, seconds)
        turns = [(owner, RiskTier.READ, False), (intruder, RiskTier.READ, True)]
        outcome, _ = converse(verifier, "aleksandr", turns)[-1]
        assert outcome is not SpeakerOutcome.ACCEPT
        if seconds >= 1.0:
            assert outcome is SpeakerOutcome.REJECT


class OnlyWhole:
    """An engine that can't tell parts: SpeechBrain's."""

    def __init__(self, engine: CampPlusEngine) -> None:
        self.name, self.dimension = engine.name, engine.dimension
        self.embed = engine.embed


def test_an_engine_that_tells_no_parts_hears_windows_one_by_one(
    engine: CampPlusEngine, voice: Voice, heard: Callable[[str], Utterance]
) -> None:
    owner, other = heard("turn07_aleksandr").speech, heard("turn05_anna").speech
    prints = voice("aleksandr").vectors
    lowest = [
        look_inside(OnlyWhole(engine), speech, prints).lowest_window
        for speech in (owner, np.concatenate((owner, other)))
    ]
    assert lowest[0] > 0.5 > 0.3 > lowest[1]


def test_a_second_voice_inside_the_owners_utterance_is_refused(
    verifier: SpeakerVerifier, heard: Callable[[str], Utterance]
) -> None:
    owner, other = heard("turn07_aleksandr").speech, heard("turn05_anna").speech
    for parts in itertools.permutations((owner, other)):
        both = np.concatenate(parts)
        utterance = Utterance(both, both, 0.0, len(both) / SAMPLE_RATE)
        outcome, reason = converse(verifier, "aleksandr", [(utterance, RiskTier.READ, False)])[0]
        assert (outcome, reason) == (SpeakerOutcome.REJECT, "second_voice")


def test_the_assistants_own_voice_never_passes(
    engine: CampPlusEngine,
    voice: Voice,
    heard: Callable[[str], Utterance],
    embedded: Callable[[str], Embedding],
) -> None:
    voices = SessionVoices(lambda: 0.0)
    voices.log_in("aleksandr", voice("aleksandr"))
    # as if the assistant spoke with the very voice that is enrolled
    own = [embedded("turn09_aleksandr")]
    verifier = SpeakerVerifier(engine, voices, VoicePolicy(), own)
    turn = (heard("turn09_aleksandr"), RiskTier.READ, False)
    assert converse(verifier, "aleksandr", [turn]) == [(SpeakerOutcome.REJECT, "assistant_voice")]


def test_voiceprints_of_another_model_are_not_compared(
    engine: CampPlusEngine, voice: Voice, heard: Callable[[str], Utterance]
) -> None:
    voices = SessionVoices(lambda: 0.0)
    voices.log_in("aleksandr", replace(voice("aleksandr"), engine="another"))
    with pytest.raises(VoiceprintUnreadableError):
        SpeakerVerifier(engine, voices).score("aleksandr", heard("turn01_aleksandr"))


def test_embeddings_are_unit_vectors_and_do_not_depend_on_level(
    engine: CampPlusEngine, heard: Callable[[str], Utterance]
) -> None:
    speech = heard("turn03_aleksandr").speech
    loud = engine.embed(speech)
    assert loud.shape == (engine.dimension,)
    assert float(np.linalg.norm(loud)) == pytest.approx(1.0, abs=1e-5)
    assert score(engine.embed(0.2 * speech), loud[np.newaxis]) > 0.95


def test_windows_cover_all_of_the_speech() -> None:
    samples, window = int(4.3 * SAMPLE_RATE), int(0.75 * SAMPLE_RATE)
    begins = starts(samples)
    assert begins[0] == 0 and begins[-1] + window == samples
    assert all(right <= left + window for left, right in itertools.pairwise(begins))
    assert starts(window) == []


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_a_stranger_of_one_second_is_found_anywhere_in_the_owners_utterance(
    verifier: SpeakerVerifier, heard: Callable[[str], Utterance], place: float
) -> None:
    owner, other = heard("turn07_aleksandr").speech, heard("turn05_anna").speech[:SAMPLE_RATE]
    cut = int(place * len(owner))
    for speech, reason in (
        (owner, "above_threshold"),
        (np.concatenate((owner[:cut], other, owner[cut:])), "second_voice"),
    ):
        utterance = Utterance(speech, speech, 0.0, len(speech) / SAMPLE_RATE)
        turn = (utterance, RiskTier.READ, False)
        assert converse(verifier, "aleksandr", [turn])[0][1] == reason


def test_parts_of_an_utterance_have_voices_of_their_own(
    engine: CampPlusEngine, heard: Callable[[str], Utterance], voice: Voice
) -> None:
    first, second = heard("turn07_aleksandr").speech, heard("turn05_anna").speech
    both = np.concatenate((first, second))
    ticks = engine.ticks(len(both))
    of_first = np.arange(ticks) < engine.ticks(len(first))
    whole, one, other = engine.embed_parts(
        both, np.stack((of_first | ~of_first, of_first, ~of_first))
    )
    np.testing.assert_allclose(whole, engine.embed(both), atol=1e-5)
    prints = voice("aleksandr").vectors
    assert score(one, prints) > score(whole, prints) > score(other, prints)


def test_a_model_of_another_version_is_told_when_it_loads(tmp_path: Path) -> None:
    other = Path(onnxruntime.__file__).parent / "datasets" / "sigmoid.onnx"
    with pytest.raises(ModelError, match="another version") as told:
        CampPlusEngine(other)
    assert told.value.fix == "Run: assistant models fetch"
    (tmp_path / "cut.onnx").write_bytes(other.read_bytes()[:50])
    with pytest.raises(ModelError, match="does not load"):
        CampPlusEngine(tmp_path / "cut.onnx")
