"""The real loading code on a small real ECAPA-TDNN with weights made here, sockets blocked."""

from __future__ import annotations

import argparse
import json
import re
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.audio.files import read_utterance
from assistant.commands import speaker
from assistant.config import Paths
from assistant.errors import ModelError
from assistant.messages import Utterance
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.engine import Embedding
from assistant.speaker.errors import CalibrationError, VoiceprintUnreadableError
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.site_policy import DEFAULTS_OF, dump_policy, policy_path
from assistant.speaker.speechbrain_engine import SpeechBrainEngine

DEMO = Path(__file__).parents[1] / "fixtures" / "speech" / "demo"
TAKES = [str(DEMO / f"enrol{number}_aleksandr.flac") for number in range(1, 6)]
PUBLISHED = Paths.from_environment().models / "speechbrain-ecapa"
HYPERPARAMS = """
pretrained_path: speechbrain/spkrec-ecapa-voxceleb
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 24
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: 24
    channels: [16, 16, 16, 16, 48]
    kernel_sizes: [5, 3, 3, 3, 1]
    dilations: [1, 2, 3, 4, 1]
    attention_channels: 8
    res2net_scale: 4
    se_channels: 8
    lin_neurons: 12
classifier: !new:speechbrain.lobes.models.ECAPA_TDNN.Classifier
    input_size: 12
    out_neurons: 3
modules:
    compute_features: !ref <compute_features>
    mean_var_norm: !ref <mean_var_norm>
    embedding_model: !ref <embedding_model>
    classifier: !ref <classifier>
label_encoder: !new:speechbrain.dataio.encoder.CategoricalEncoder
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
    loadables:
        embedding_model: !ref <embedding_model>
        classifier: !ref <classifier>
    paths:
        embedding_model: !ref <pretrained_path>/embedding_model.ckpt
        classifier: !ref <pretrained_path>/classifier.ckpt
"""
"""As published: the paths name a hub, and must be looked for in the directory all the same."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch = pytest.importorskip("torch", reason="the extra speechbrain is not installed")
    ecapa: Any = pytest.importorskip(
        "speechbrain.lobes.models.ECAPA_TDNN", reason="the extra speechbrain is not installed"
    )
    torch.manual_seed(5)
    network = ecapa.ECAPA_TDNN(
        24,
        channels=[16, 16, 16, 16, 48],
        attention_channels=8,
        res2net_scale=4,
        se_channels=8,
        lin_neurons=12,
    )
    directory = tmp_path / "ecapa"
    directory.mkdir()
    (directory / "hyperparams.yaml").write_text(HYPERPARAMS)
    torch.save(network.state_dict(), directory / "embedding_model.ckpt")
    torch.save(ecapa.Classifier(12, out_neurons=3).state_dict(), directory / "classifier.ckpt")
    return directory


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def settle(home: Path, voice: str) -> None:
    """Write the box's [voice] settings."""
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text(f"[voice]\n{voice}\n")


def run(*arguments: str) -> int:
    """A command as a person types it."""
    parser = argparse.ArgumentParser()
    speaker.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(arguments)
    return int(args.run(args))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the engine opened a network connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_it_embeds_with_the_weights_in_the_directory(model: Path) -> None:
    engine = SpeechBrainEngine(model)
    assert re.fullmatch("speechbrain-ecapa-[0-9a-f]{8}", engine.name)
    assert engine.dimension == 12
    rng = np.random.default_rng(1)
    one = rng.standard_normal(24_000).astype(np.float32)
    first, again = engine.embed(one), SpeechBrainEngine(model).embed(one)
    assert first.dtype == np.float32
    assert float(np.linalg.norm(first)) == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(first, again, atol=1e-5)
    other = engine.embed(np.sin(np.arange(24_000, dtype=np.float32)))
    assert float(first @ other) < 0.999


def test_other_weights_have_another_name(model: Path) -> None:
    import torch

    before = SpeechBrainEngine(model).name
    weights = torch.load(model / "embedding_model.ckpt")
    weights["fc.conv.bias"] += 0.1
    torch.save(weights, model / "embedding_model.ckpt")
    assert SpeechBrainEngine(model).name != before


def test_it_gates_nothing_with_thresholds_of_another_engine(model: Path, home: Path) -> None:
    settle(home, f'engine = "speechbrain"\nspeechbrain_model = "{model}"')
    with pytest.raises(CalibrationError, match="no thresholds for the voices of speechbrain-ecapa"):
        run("enroll", "dr-a", *TAKES, "--consent-by", "Тестов")
    (home / "speakers").mkdir()
    policy_path(Paths.from_environment()).write_bytes(
        dump_policy(VoicePolicy(), DEFAULTS_OF, VoiceIdMode.ENROLLED)
    )
    with pytest.raises(CalibrationError, match=f"measured with {DEFAULTS_OF}"):
        run("verify", "dr-a", str(DEMO / "turn01_aleksandr.flac"))
    assert not list(home.rglob("*.voice"))


@pytest.mark.skipif(
    not (PUBLISHED / "hyperparams.yaml").is_file(),
    reason="assistant models fetch speechbrain-ecapa",
)
def test_the_published_weights_tell_two_voices_apart() -> None:
    pytest.importorskip("speechbrain", reason="the extra speechbrain is not installed")
    engine = SpeechBrainEngine(PUBLISHED)
    assert engine.dimension == 192

    def voice(name: str) -> Embedding:
        utterance = read_utterance(DEMO / f"{name}.flac")
        assert isinstance(utterance, Utterance)
        return engine.embed(utterance.speech)

    enrolled = voice("enrol1_aleksandr")
    own, foreign = voice("enrol2_aleksandr"), voice("enrol2_anna")
    assert float(enrolled @ own) > 0.5 > float(enrolled @ foreign)


@pytest.mark.skipif(
    not (PUBLISHED / "hyperparams.yaml").is_file(),
    reason="assistant models fetch speechbrain-ecapa",
)
def test_enrolled_and_verified_by_ecapa_and_by_nothing_else(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("speechbrain", reason="the extra speechbrain is not installed")
    settle(home, 'engine = "speechbrain"')
    engine = SpeechBrainEngine(PUBLISHED)
    thresholds = dict(zip(RiskTier, (0.45, 0.5, 0.53, 0.56), strict=True))
    measured = replace(
        VoicePolicy(), thresholds=thresholds, contradicts_below=0.45, stretch_below=0.05
    )
    (home / "speakers").mkdir()
    policy_path(Paths.from_environment()).write_bytes(
        dump_policy(measured, engine.name, VoiceIdMode.ENROLLED)
    )
    assert run("enroll", "dr-a", *TAKES, "--consent-by", "Тестов", "--json") == 0
    decisions: dict[str, str] = {}
    for turn in ("turn01_aleksandr", "enrol2_anna"):
        capsys.readouterr()
        assert run("verify", "dr-a", str(DEMO / f"{turn}.flac"), "--json") == 0
        decisions[turn] = json.loads(capsys.readouterr().out)["decision"]
    assert decisions == {"turn01_aleksandr": "accept", "enrol2_anna": "reject"}

    settle(home, 'engine = "campplus"')
    policy_path(Paths.from_environment()).unlink()
    with pytest.raises(VoiceprintUnreadableError, match=f"made with {engine.name}"):
        run("verify", "dr-a", str(DEMO / "turn01_aleksandr.flac"))


def test_damaged_weights_are_refused(model: Path) -> None:
    (model / "embedding_model.ckpt").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="does not load"):
        SpeechBrainEngine(model)


def test_an_empty_directory_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"hyperparams\.yaml"):
        SpeechBrainEngine(tmp_path)


def test_without_the_extra_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hyperparams.yaml").write_text("")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match="pip install"):
        SpeechBrainEngine(tmp_path)
