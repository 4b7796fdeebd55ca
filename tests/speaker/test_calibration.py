"""Thresholds: only what the trials support, and what they promise on other trials."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.stats import norm

from assistant.messages import SAMPLE_RATE, Utterance
from assistant.speaker.calibration import (
    MIN_PEOPLE,
    calibrate,
    kept,
    lowest_threshold,
    operating_point,
    people_for,
    read_corpus,
    trials,
)
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.errors import CalibrationError
from assistant.speaker.plot import title, write_plot
from assistant.speaker.rates import (
    Rate,
    Trials,
    clopper_pearson,
    eer,
    far_at,
    frr_at,
    interval,
    threshold_at_far,
)
from assistant.speaker.risk import RiskTier
from benchmarks.speaker import accuracy

pytestmark = pytest.mark.slow


def made(speakers: int, each: int, seed: int = 1, pairs: float = 0.0) -> Trials:
    """Trials of known distributions: own N(0.7, 0.1), foreign N(0.2, 0.1).

    ``pairs`` is how far pairs of people lie apart beyond that, the same both ways.
    """
    rng = np.random.default_rng(seed)
    spoke = np.repeat(np.arange(speakers), each * speakers)
    claimed = np.tile(np.arange(speakers), each * speakers)
    alike = pairs * rng.standard_normal((speakers, speakers))
    alike = (alike + alike.T) / np.sqrt(2)
    centre = np.where(spoke == claimed, 0.7, 0.2 + alike[claimed, spoke])
    return Trials(centre + 0.1 * rng.standard_normal(len(spoke)), claimed, spoke)


def test_the_equal_error_rate_of_known_distributions() -> None:
    # both tails beyond 2.5 standard deviations: 0.62 %
    assert eer(made(20, 100)) == pytest.approx(0.0062, abs=0.003)


def test_rates_at_the_ends() -> None:
    some = made(3, 10)
    low, high = float(some.scores.min()), float(some.scores.max()) + 1
    assert (float(far_at(some, low)), float(frr_at(some, low))) == (1.0, 0.0)
    assert (float(far_at(some, high)), float(frr_at(some, high))) == (0.0, 1.0)


def test_intervals_match_published_values() -> None:
    # Clopper and Pearson, 10 of 100: 4.90 % to 17.62 %; none of 100: 0 to 3.62 %
    ten, none = clopper_pearson(10, 100), clopper_pearson(0, 100)
    assert (ten.low, ten.high) == pytest.approx((0.0490, 0.1762), abs=1e-4)
    assert (none.low, none.high) == pytest.approx((0.0, 0.0362), abs=1e-4)
    assert clopper_pearson(5, 5).high == 1.0


def test_the_rule_of_three_over_trials() -> None:
    # 3 speakers × 2 others × 49 = 294 foreign trials; 1 % takes 299
    with pytest.raises(CalibrationError, match="294 impostor trials can't support"):
        lowest_threshold(made(3, 49), 0.01)
    some = made(3, 50)
    assert lowest_threshold(some, 0.01) > some.impostor.max()


@pytest.mark.parametrize(("far", "people"), [(0.3, 10), (0.05, 10), (0.01, 18), (0.001, 56)])
def test_the_rule_of_three_over_pairs_of_people(far: float, people: int) -> None:
    assert people_for(far) == people
    with pytest.raises(CalibrationError, match=f"that takes at least {people}") as error:
        operating_point(made(people - 1, 2), far)
    assert ("support" in error.value.fix) == (people - 1 >= MIN_PEOPLE)


def test_only_who_was_claimed_and_spoke_is_counted() -> None:
    some = made(18, 60)
    three = some.spoke < 3  # 18 have voiceprints
    heard = Trials(some.scores[three], some.claimed[three], some.spoke[three])
    assert (some.people, heard.people) == (18, 3)
    with pytest.raises(CalibrationError, match=r"^3 people can't support a FAR of 1"):
        operating_point(heard, 0.01)


def test_the_benchmarks_frr_is_where_the_measured_far_is_and_not_its_upper_bound() -> None:
    some = made(12, 50, seed=2, pairs=0.05)
    row = accuracy(some, "all voices", 2.0, None)
    impostor = np.sort(some.impostor)[::-1]
    for far in (0.01, 0.001):
        rate = row.frr_at_far[f"{far:.1%}"]
        assert isinstance(rate, Rate)
        # of 6,600 foreign trials 66, and 6, pass just above the next one's score
        highest_refused = impostor[int(far * 6600)]
        assert rate.value == float(np.mean(some.genuine <= highest_refused)) > 0
        assert rate.low <= rate.value <= rate.high
    few = accuracy(made(3, 49), "few", 2.0, None).frr_at_far["1.0%"]
    assert str(few).startswith("294 impostor trials can't support")


@pytest.mark.parametrize(
    ("count", "far", "passing"), [(3000, 0.001, 3), (264, 0.01, 2), (5, 0.1, 0)]
)
def test_a_measured_far_is_never_above_the_one_asked_for(
    count: int, far: float, passing: int
) -> None:
    claimed = np.arange(count + 2) % 2
    spoke = np.where(np.arange(count + 2) < count, 1 - claimed, claimed)
    some = Trials(np.linspace(0, 1, count + 2), claimed, spoke)
    assert int(np.sum(some.impostor >= threshold_at_far(some, far))) == passing


def broken(people: int, far: float) -> int:
    """In how many of twenty sites the true FAR of all pairs there could be exceeds ``far``."""
    each = 1 + int(3 / far) // (people * (people - 1)) + 8
    thresholds = [lowest_threshold(made(people, each, seed, pairs=0.1), far) for seed in range(20)]
    true = [float(norm.sf((one - 0.2) / np.hypot(0.1, 0.1))) for one in thresholds]
    return sum(value > far for value in true)


def test_so_many_people_hold_a_promise_about_others_and_three_do_not() -> None:
    # 95 % confidence: of twenty one may break, and another by chance
    assert broken(people_for(0.01), 0.01) <= 2
    assert broken(3, 0.01) >= 5


@pytest.mark.parametrize("far", [0.05, 0.03])
def test_a_threshold_holds_its_promise_on_the_whole_distribution(far: float) -> None:
    points = [operating_point(made(11, 20, seed), far) for seed in range(10)]
    # 95 % confidence each: of ten, two may miss, and by little
    true = [float(norm.sf((point.threshold - 0.2) / 0.1)) for point in points]
    assert sum(value <= far for value in true) >= 8
    assert max(true) < 1.3 * far
    for point in points:
        assert point.far.low <= point.far.value <= min(far, point.far.high)
        assert point.frr.low <= point.frr.value <= point.frr.high


def test_a_threshold_is_never_kept_lower_than_it_was_found() -> None:
    assert (kept(0.4612), kept(0.4618), kept(0.5)) == (0.462, 0.462, 0.5)


def test_a_pair_that_sounds_alike_raises_the_threshold_though_its_trials_are_few() -> None:
    some = made(12, 100)
    sisters = (some.claimed == 0) & (some.spoke == 1)
    alike = Trials(np.where(sisters, 0.6, some.scores), some.claimed, some.spoke)
    far = 1.5 * float(sisters.sum()) / len(alike.impostor)  # many trials say that 0.6 is rare
    assert lowest_threshold(some, far) < 0.6 < lowest_threshold(alike, far)


def test_an_interval_over_people_knows_that_trials_of_one_are_alike() -> None:
    some = made(6, 50)
    # one person whose own scores all fail: on trials alone that would look certain
    bad = (some.spoke == 0) & (some.claimed == 0)
    scores = np.where(bad, 0.0, some.scores)
    altered = Trials(scores, some.claimed, some.spoke)
    rate = interval(altered, lambda drawn: float(frr_at(drawn, 0.4)))
    trials_only = clopper_pearson(int(np.sum(altered.genuine < 0.4)), len(altered.genuine))
    assert rate.value == pytest.approx(1 / 6, abs=0.01)
    assert rate.high - rate.low > 2 * (trials_only.high - trials_only.low)


@pytest.fixture
def folder(tmp_path: Path, heard: Callable[[str], Utterance]) -> Path:
    """Two speakers of eight recordings, and one with too few."""
    for who, count in (("aleksandr", 8), ("anna", 8), ("few", 2)):
        (tmp_path / "voices" / who).mkdir(parents=True)
        for number in range(1, count + 1):
            source = heard(f"enrol{number}_{'anna' if who == 'few' else who}")
            cut = source.samples[: int(3.0 * SAMPLE_RATE)]
            soundfile.write(tmp_path / "voices" / who / f"{number}.flac", cut, SAMPLE_RATE)
    return tmp_path / "voices"


def test_real_voices_from_folder_to_threshold(folder: Path, engine: CampPlusEngine) -> None:
    corpus = read_corpus(folder)
    assert {name: len(recordings) for name, recordings in corpus.items()} == {
        "aleksandr": 8,
        "anna": 8,
    }
    some = trials(engine, corpus, 1.0)
    assert (len(some.genuine), len(some.impostor)) == (8, 8)
    assert some.impostor.max() < lowest_threshold(some, 0.4) < some.genuine.min()
    fars = {RiskTier.READ: 0.4, RiskTier.SENSITIVE: 0.4, RiskTier.WRITE: 0.4}
    with pytest.raises(CalibrationError, match="2 people can't support"):
        calibrate(engine, corpus, fars)


@pytest.mark.parametrize(
    "asked", [(0.01, 0.02, 0.001), (0.01, 0.003, 0.004), (0.01, 0.003, 0.0), (1.0, 0.1, 0.1)]
)
def test_what_harms_more_is_not_promised_less(
    asked: tuple[float, float, float], engine: CampPlusEngine
) -> None:
    tiers = (RiskTier.READ, RiskTier.SENSITIVE, RiskTier.WRITE)
    with pytest.raises(CalibrationError, match="asked FARs"):
        calibrate(engine, {}, dict(zip(tiers, asked, strict=True)))


def test_too_few_speakers_are_refused(folder: Path) -> None:
    for file in (folder / "anna").iterdir():
        file.unlink()
    with pytest.raises(CalibrationError, match="Only 1 speakers"):
        read_corpus(folder)


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    some = made(18, 8)
    write_plot(tmp_path / "det.png", some, {RiskTier.READ: operating_point(some, 0.01)})
    assert title(some) == "Scores of 18 people: 2 s utterances, without pooling"
    assert (tmp_path / "det.png").read_bytes().startswith(b"\x89PNG")
