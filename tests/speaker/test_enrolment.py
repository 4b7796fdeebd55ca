"""Enrolment on real recordings: what is refused, why, and that nothing is stored then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from assistant import cli
from assistant.config import Paths
from assistant.messages import SAMPLE_RATE, NothingHeard, NothingHeardReason, Utterance
from assistant.speaker import consent as consent_text
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.engine import Embedding
from assistant.speaker.enrolment import Enrolment, Take, enrol, is_aged
from assistant.speaker.errors import RecordingQualityError, VoiceprintUnreadableError
from assistant.speaker.quality import faults, measure
from assistant.speaker.store import Consent, Voiceprints, VoiceprintStore
from assistant.vault import Vault

Heard = Callable[[str], Utterance]
Try = Callable[..., Enrolment]


@pytest.fixture
def store(paths: Paths) -> VoiceprintStore:
    return VoiceprintStore(paths, Vault.open_site(paths.site_key))


@pytest.fixture
def attempt(store: VoiceprintStore, engine: CampPlusEngine, consent: Consent) -> Try:
    def run(name: str, takes: list[Take], never: tuple[Embedding, ...] = ()) -> Enrolment:
        return enrol(
            name,
            takes,
            consent,
            store=store,
            engine=engine,
            policy=VoicePolicy(),
            never_accept=never,
        )

    return run


@pytest.fixture
def takes(heard: Heard) -> Callable[[str], list[Take]]:
    """Five short takes: 2.2 s are enough to compare voices, and quick."""

    def of(who: str) -> list[Take]:
        made = []
        for number in range(1, 6):
            whole = heard(f"enrol{number}_{who}")
            speech = whole.speech[: int(2.2 * SAMPLE_RATE)]
            made.append(Take(f"{number}.flac", replace(whole, speech=speech)))
        return made

    return of


@pytest.mark.slow
def test_two_people_enrol_and_one_enrols_again(
    attempt: Try, takes: Callable[[str], list[Take]], store: VoiceprintStore, consent: Consent
) -> None:
    enrolment = attempt("dr-a", takes("aleksandr"))
    assert [take.name for take in enrolment.takes] == [f"{n}.flac" for n in range(1, 6)]
    assert min(take.agreement for take in enrolment.takes) > 0.6
    attempt("dr-b", takes("anna"))
    attempt("dr-a", takes("aleksandr"))
    assert store.enrolled() == ("dr-a", "dr-b")
    loaded = store.load("dr-a")
    assert loaded.vectors.shape == (5, 192)
    assert not is_aged(loaded, consent.at + timedelta(days=365))
    assert is_aged(loaded, consent.at + timedelta(days=366))
    with pytest.raises(RecordingQualityError, match="too near"):
        attempt("dr-c", takes("anna"))
    with pytest.raises(RecordingQualityError, match="not the voice"):
        attempt("dr-a", takes("anna"))
    assert store.enrolled() == ("dr-a", "dr-b")


@pytest.mark.slow
def test_a_voice_whose_key_is_gone_keeps_nobody_from_enrolling(
    attempt: Try,
    takes: Callable[[str], list[Take]],
    store: VoiceprintStore,
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    attempt("dr-a", takes("aleksandr"))
    (paths.site_key.parent / "speakers" / "dr-a.key").unlink()
    assert attempt("dr-b", takes("anna")).unreadable == 1
    monkeypatch.setenv("ASSISTANT_HOME", str(paths.home))
    assert cli.main(["speakers", "--json"]) == 0
    listed = {row["speaker"]: row["note"] for row in json.loads(capsys.readouterr().out)}
    assert listed == {"dr-a": VoiceprintUnreadableError.code, "dr-b": ""}
    assert attempt("dr-a", takes("aleksandr")).unreadable == 0
    assert len(store.load("dr-a").vectors) == 5


def test_bad_takes_are_named_with_what_to_do_and_nothing_is_stored(
    attempt: Try, takes: Callable[[str], list[Take]], store: VoiceprintStore, heard: Heard
) -> None:
    good = takes("aleksandr")
    first = good[0].utterance
    assert isinstance(first, Utterance)
    rng = np.random.default_rng(1)
    hiss = 0.05 * rng.standard_normal(len(first.samples)).astype(np.float32)
    loud = np.clip(12 * first.samples, -1, 1).astype(np.float32)
    bad = [
        Take("silent.wav", NothingHeard(NothingHeardReason.SILENCE)),
        Take("short.wav", heard("turn08_aleksandr")),
        Take("noisy.wav", replace(first, samples=first.samples + hiss)),
        Take("clipped.wav", replace(first, samples=loud)),
    ]
    with pytest.raises(RecordingQualityError) as refused:
        attempt("dr-a", [*good, *bad])
    for name in ("silent", "short", "noisy", "clipped"):
        assert f"{name}.wav" in refused.value.cause
        assert f"{name}.wav" in refused.value.fix
    assert "1.flac" not in refused.value.cause
    assert store.enrolled() == ()


def test_another_persons_take_is_found(
    attempt: Try, takes: Callable[[str], list[Take]], store: VoiceprintStore
) -> None:
    mixed = [*takes("aleksandr"), replace(takes("anna")[0], name="other.wav")]
    with pytest.raises(RecordingQualityError, match=r"other\.wav: it agrees") as refused:
        attempt("dr-a", mixed)
    assert "1.flac" not in refused.value.cause
    assert store.enrolled() == ()


@pytest.mark.slow
def test_the_assistants_own_voice_does_not_enrol(
    attempt: Try, takes: Callable[[str], list[Take]], embedded: Callable[[str], Embedding]
) -> None:
    own = tuple(embedded(f"enrol{number}_anna") for number in range(1, 7))
    with pytest.raises(RecordingQualityError, match="assistant's own voice"):
        attempt("dr-b", takes("anna"), own)
    attempt("dr-a", takes("aleksandr"), own)


def test_four_takes_are_too_few(attempt: Try, takes: Callable[[str], list[Take]]) -> None:
    with pytest.raises(RecordingQualityError, match="at least 5"):
        attempt("dr-a", takes("aleksandr")[:4])


def test_the_measured_noise_is_the_noise_that_was_added(heard: Heard) -> None:
    clean = heard("enrol1_aleksandr")
    assert faults(measure(clean)) == ()
    rng = np.random.default_rng(2)
    level = float(np.sqrt(np.mean(clean.speech**2)))
    for wanted in (10, 20):
        noise = level / 10 ** (wanted / 20) * rng.standard_normal(len(clean.samples))
        noisy = replace(clean, samples=(clean.samples + noise).astype(np.float32))
        assert measure(noisy).snr_db == pytest.approx(wanted, abs=2.0)


@pytest.mark.slow
def test_templates_of_another_engine_are_counted_as_not_compared(
    attempt: Try, takes: Callable[[str], list[Take]], store: VoiceprintStore, consent: Consent
) -> None:
    others = Voiceprints("ecapa", consent.at, np.eye(5, 192, dtype=np.float32))
    for name in ("dr-a", "dr-b"):
        with store.alone():
            store.save(name, consent, others)
    assert attempt("dr-a", takes("aleksandr")).unreadable == 1
    assert store.load("dr-a").engine != "ecapa"


def test_a_changed_consent_text_needs_a_new_version() -> None:
    digest = hashlib.sha256(consent_text.text().encode()).hexdigest()[:16]
    assert (consent_text.TEXT_VERSION, digest) == ("ru-3", "51591b8d99d63e51")


def test_the_text_to_sign_is_the_text_on_record() -> None:
    document = (Path(__file__).parents[2] / "docs" / "voice-id.ru.md").read_text()
    assert consent_text.text() in document
    assert f"Редакция {consent_text.TEXT_VERSION}:" in document


def test_the_text_has_what_a_written_consent_must_have() -> None:
    text = consent_text.text("ГБУЗ «Больница № 1», Тверь, ул. Мира, 1")
    assert "ГБУЗ «Больница № 1», Тверь, ул. Мира, 1 (наименование, адрес)" in text
    # 152-ФЗ, art. 9, part 4
    for part in ("адрес:", "документ, удостоверяющий личность", "Цель:", "Данные:", "Действия:",
                 "Срок:", "Отзыв:", "Подпись:"):  # fmt: skip
        assert part in text
    assert text.count("____") > 0 and "{" not in text
