"""The site's thresholds: read back whole, or refused; never mended with defaults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import settings
from assistant.box import opened
from assistant.config import Paths
from assistant.errors import ModelError
from assistant.messages import Samples
from assistant.speaker.calibration import VOICEPRINTS, calibrate, kept, operating_point, trials
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.engine import Embedding, unit
from assistant.speaker.engines import SpeakerEngine, open_engine, open_hearing
from assistant.speaker.errors import CalibrationError
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.site_policy import DEFAULTS_OF, dump_policy, load_policy, policy_path


def whole() -> dict[str, Any]:
    """The defaults as a file."""
    form: dict[str, Any] = json.loads(dump_policy(VoicePolicy(), DEFAULTS_OF, VoiceIdMode.ENROLLED))
    return form


def test_a_policy_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    defaults = load_policy(path, DEFAULTS_OF, VoiceIdMode.ENROLLED)
    assert (defaults.policy, defaults.calibrated) == (VoicePolicy(), False)
    path.write_text(json.dumps(whole()))
    kept = load_policy(path, DEFAULTS_OF, VoiceIdMode.ENROLLED)
    assert (kept.policy, kept.calibrated) == (VoicePolicy(), True)


@pytest.mark.parametrize(
    "damage",
    [
        {"thresholds": 1},
        {"thresholds": {"harmless": 0.4, "read": 0.5, "sensitive": 0.53}},
        {"thresholds": {"harmless": 0.4, "read": 0.6, "sensitive": 0.53, "write": 0.56}},
        {"thresholds": {"harmless": -5.0, "read": 0.5, "sensitive": 0.53, "write": 0.56}},
        {"thresholds": {"harmless": 0.4, "read": 0.5, "sensitive": 0.53, "write": float("nan")}},
        {"thresholds": {"harmless": 0.4, "read": "0.5", "sensitive": 0.53, "write": 0.56}},
        {"contradicts_below": float("inf")},
        {"contradicts_belov": 0.4},
        {"mode": "badge"},
    ],
)
def test_what_is_not_whole_is_refused(tmp_path: Path, damage: dict[str, Any]) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(whole() | damage))
    with pytest.raises(CalibrationError, match="not whole"):
        load_policy(path, DEFAULTS_OF, VoiceIdMode.ENROLLED)


@pytest.mark.parametrize("missing", [*whole(), None])
def test_nothing_that_is_missing_is_made_up(tmp_path: Path, missing: str | None) -> None:
    path = tmp_path / "policy.json"
    kept = {name: value for name, value in whole().items() if missing and name != missing}
    path.write_text(json.dumps(kept))
    with pytest.raises(CalibrationError, match="not whole"):
        load_policy(path, DEFAULTS_OF, VoiceIdMode.ENROLLED)


def test_thresholds_belong_to_the_engine_that_they_were_measured_with(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    with pytest.raises(CalibrationError, match="no thresholds for the voices of ecapa-1"):
        load_policy(path, "ecapa-1", VoiceIdMode.ENROLLED)
    path.write_bytes(dump_policy(VoicePolicy(), "ecapa-1", VoiceIdMode.ENROLLED))
    assert load_policy(path, "ecapa-1", VoiceIdMode.ENROLLED).calibrated
    for other in ("ecapa-2", DEFAULTS_OF):
        with pytest.raises(CalibrationError, match=f"with ecapa-1, but this box uses {other}"):
            load_policy(path, other, VoiceIdMode.ENROLLED)


@pytest.mark.slow
def test_thresholds_belong_to_the_mode_that_they_were_measured_for(paths: Paths) -> None:
    paths.speakers.mkdir(parents=True)
    policy_path(paths).write_bytes(dump_policy(VoicePolicy(), DEFAULTS_OF, VoiceIdMode.ENROLLED))
    assert open_hearing(SpeakerEngine.CAMPPLUS, VoiceIdMode.ENROLLED, paths).site.calibrated
    paths.settings.write_text('[voice]\nmode = "session"\n')
    with pytest.raises(CalibrationError, match="measured for mode enrolled"), opened(paths):
        pass
    policy_path(paths).write_bytes(dump_policy(VoicePolicy(), DEFAULTS_OF, VoiceIdMode.SESSION))
    assert open_hearing(SpeakerEngine.CAMPPLUS, VoiceIdMode.SESSION, paths).site.calibrated


@pytest.mark.slow
def test_a_box_does_not_open_with_damaged_thresholds(paths: Paths) -> None:
    paths.speakers.mkdir(parents=True)
    policy_path(paths).write_text("{}")
    with pytest.raises(CalibrationError), opened(paths):
        pass


@pytest.mark.slow
def test_the_settings_choose_the_engine(paths: Paths) -> None:
    chosen = settings.load(paths.settings).voice
    assert open_engine(chosen.engine, paths, chosen.speechbrain_model).name == DEFAULTS_OF
    paths.home.mkdir(parents=True)
    paths.settings.write_text('[voice]\nengine = "speechbrain"\nspeechbrain_model = "ecapa"\n')
    # without the model, or without the library, it says so and does not fall back to CAM++
    missing = f"no SpeechBrain model in {paths.home / 'ecapa'}"
    with pytest.raises(ModelError, match=missing), opened(paths):
        pass
    with pytest.raises(ModelError, match="models/speechbrain-ecapa"):
        open_engine(SpeakerEngine.SPEECHBRAIN, Paths(paths.home, paths.home / "models"))


class _Loud:
    """An engine for which a voice is its mean and its spread: quick, and not CAM++."""

    name = "loud"
    dimension = 2

    def embed(self, samples: Samples) -> Embedding:
        return unit(np.array([np.mean(samples), np.std(samples)]))


def loud_people(count: int) -> dict[str, list[Samples]]:
    """Nine recordings of 3 s each."""
    rng = np.random.default_rng(3)
    return {
        f"s{number}": [
            (np.cos(angle) + np.sin(angle) * rng.standard_normal(48_000)).astype(np.float32)
            for _ in range(9)
        ]
        for number in range(count)
        for angle in [number / 0.6 / count]
    }


def test_who_recorded_no_long_test_sentence_makes_no_promise() -> None:
    corpus = loud_people(18)
    asked = dict.fromkeys((RiskTier.READ, RiskTier.SENSITIVE, RiskTier.WRITE), 0.01)
    for person in range(3, 18):
        corpus[f"s{person}"] = [one[:20_000] for one in corpus[f"s{person}"]]
    with pytest.raises(CalibrationError, match=r"^3 people can't support.*one more holds 2 s"):
        calibrate(_Loud(), corpus, asked)


def test_who_has_no_trial_is_nobodys_claim() -> None:
    corpus = loud_people(4)
    corpus["s1"] = [one[:20_000] for one in corpus["s1"]]
    some = trials(_Loud(), corpus, 2.0)
    assert {*some.claimed} == {*some.spoke} == {0, 2, 3}
    corpus |= dict.fromkeys(("s0", "s3"), corpus["s1"])
    with pytest.raises(CalibrationError, match="Only 1 people have a test recording with 2 s"):
        trials(_Loud(), corpus, 2.0)


@pytest.mark.slow
def test_calibration_judges_by_as_many_voiceprints_as_the_mode_has() -> None:
    corpus = loud_people(10)
    for number, person in enumerate(corpus):  # the first two unlike the next four
        corpus[person][:2] = [np.full(48_000, number + 1, np.float32)] * 2
    fars = {RiskTier.READ: 0.2, RiskTier.SENSITIVE: 0.1, RiskTier.WRITE: 0.05}
    six, session = (
        calibrate(_Loud(), corpus, fars, VOICEPRINTS[mode])
        for mode in (VoiceIdMode.ENROLLED, VoiceIdMode.SESSION)
    )
    by_two = trials(_Loud(), corpus, 2.0, voiceprints=2)
    np.testing.assert_array_equal(session[2].scores, by_two.scores)
    assert len(six[2].scores) == len(by_two.scores)
    for tier in fars:
        assert session[0].thresholds[tier] == kept(operating_point(by_two, fars[tier]).threshold)
        assert session[0].thresholds[tier] != six[0].thresholds[tier]


def test_of_another_engine_no_default_cosine_is_taken_over() -> None:
    corpus = loud_people(10)
    fars = {RiskTier.READ: 0.2, RiskTier.SENSITIVE: 0.1, RiskTier.WRITE: 0.05}
    policy, points, _ = calibrate(_Loud(), corpus, fars)
    assert [points[tier].far.value <= far for tier, far in fars.items()] == [True] * 3
    defaults = VoicePolicy()
    for name in ("agree", "too_short_below", "stretch_below", "contradicts_below"):
        assert getattr(policy, name) != getattr(defaults, name)
    assert policy.agree == policy.contradicts_below <= policy.thresholds[RiskTier.READ]
