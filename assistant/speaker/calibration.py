"""Error rates from recordings, and thresholds that the number of trials can support.

A corpus is a folder of folders: ``SPEAKER/*.flac`` (or .wav, .ogg), one person each. The first
:data:`ENROL_FILES` recordings of a person make the voiceprints, or as many of them as a mode has
(:data:`VOICEPRINTS`); the others are cut into trials.

A false acceptance rate (FAR) is only claimed when its upper 95 % bound (Clopper and Pearson,
1934) holds it: with no error at all that takes 3/FAR trials, the "rule of 3". The same is asked of
pairs of people, for all trials of one pair are alike: n people make n(n - 1) of them. For any FAR
it takes :data:`MIN_PEOPLE`: a bootstrap over fewer sees too little variety. Only those count who
have voiceprints and trials: a voice that is only claimed has no trial of its owner.

In 40 simulated sites each, with a spread of 0.1 between pairs and as much within, a promised FAR of
1 % was broken with 3 people in 42 % of sites, with 10 in 10 %, with the 18 of the rule in none; of
5 % with 10 in 5 %. Where some people resemble everybody (persons, pairs and trials with a spread
of 0.07 each) it was broken in 60 %, 28 % and 20 %, with 18 people by 1.9 times at most: the
rule makes a promise likely, not certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.audio.files import find_utterance, read_audio
from assistant.messages import SAMPLE_RATE, NothingHeard, Samples
from assistant.speaker.decision import VoicePolicy, score
from assistant.speaker.engine import Embedding, EmbeddingEngine
from assistant.speaker.enrolment import MIN_SESSION_TAKES
from assistant.speaker.errors import CalibrationError
from assistant.speaker.rates import (
    OperatingPoint,
    Trials,
    clopper_pearson,
    interval,
    point_at,
    threshold_at_far,
)
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.site_policy import DEFAULTS_OF

ENROL_FILES: Final = 6
"""Of each person, set apart for voiceprints in all modes, so that the trials are the same."""
VOICEPRINTS: Final = {VoiceIdMode.ENROLLED: ENROL_FILES, VoiceIdMode.SESSION: MIN_SESSION_TAKES}
"""How many voiceprints a person has where each mode is measured: of fewer an owner scores lower."""
ENROL_S: Final = 5.0
"""Speech taken of each enrolment recording."""
CUTS: Final = 2
"""Trials cut from one recording at most."""
_SUFFIXES: Final = frozenset({".flac", ".wav", ".ogg"})
MIN_PEOPLE: Final = 10
_RULE_OF: Final = 3
FULL_S: Final = 2.0
"""Length of the trials, each judged by itself: pooling with earlier speech is not part of it."""
_SHORT_S: Final = 1.0
_PIECE_S: Final = 0.75
_PIECES_REFUSED: Final = 0.005

Corpus = Mapping[str, Sequence[Samples]]
"""Speaker → the speech of each recording, silence cut."""


def read_corpus(folder: Path) -> Corpus:
    """Raises :class:`CalibrationError` with fewer than two speakers of enough recordings."""
    corpus: dict[str, list[Samples]] = {}
    for speaker in sorted(path for path in folder.glob("*") if path.is_dir()):
        heard: list[Samples] = []
        for file in sorted(path for path in speaker.iterdir() if path.suffix in _SUFFIXES):
            utterance = find_utterance(read_audio(file))
            if not isinstance(utterance, NothingHeard):
                heard.append(utterance.speech)
        if len(heard) > ENROL_FILES:
            corpus[speaker.name] = heard
    if len(corpus) < 2:
        raise CalibrationError(
            f"Only {len(corpus)} speakers have more than {ENROL_FILES} recordings with speech.",
            "Lay the recordings out as FOLDER/SPEAKER/*.flac, at least two speakers.",
        )
    return corpus


def voiceprints_of(
    engine: EmbeddingEngine, recordings: Sequence[Samples], count: int = ENROL_FILES
) -> NDArray[np.float32]:
    """``count`` voiceprints, one of each of a person's first recordings: (count, dimension)."""
    length = int(ENROL_S * SAMPLE_RATE)
    return np.stack([engine.embed(one[:length]) for one in recordings[:count]])


def trials(
    engine: EmbeddingEngine,
    corpus: Corpus,
    seconds: float,
    alter: Callable[[Samples], Samples] | None = None,
    voiceprints: int = ENROL_FILES,
) -> Trials:
    """Everyone against everyone on cuts of ``seconds``; ``alter`` may add noise to a cut.

    They are scored against ``voiceprints`` of each person, :data:`ENROL_FILES` at most. People are
    numbered as in ``corpus``; who has no cut is nobody's claim either.

    Raises :class:`CalibrationError` when fewer than two have a recording long enough.
    """
    length = int(seconds * SAMPLE_RATE)
    heard = {
        number: recordings
        for number, recordings in enumerate(corpus.values())
        if _has_trial(recordings, seconds)
    }
    if len(heard) < 2:
        raise CalibrationError(
            f"Only {len(heard)} people have a test recording with {seconds:g} s of speech.",
            "Record longer sentences.",
        )
    everyone = {number: voiceprints_of(engine, one, voiceprints) for number, one in heard.items()}
    rows: list[tuple[float, int, int]] = []
    for speaker, recordings in heard.items():
        for embedding in _cuts(engine, recordings[ENROL_FILES:], length, alter):
            rows += [
                (score(embedding, prints), claimed, speaker) for claimed, prints in everyone.items()
            ]
    scores, claimed, spoke = (np.array(column) for column in zip(*rows, strict=True))
    return Trials(scores, claimed, spoke)


def _has_trial(recordings: Sequence[Samples], seconds: float) -> bool:
    return any(len(one) >= int(seconds * SAMPLE_RATE) for one in recordings[ENROL_FILES:])


def people_for(far: float) -> int:
    """How many people it takes to state a FAR: they make 3/FAR pairs, and are ten or more."""
    pairs = _RULE_OF / far
    return max(MIN_PEOPLE, int(np.ceil(0.5 + np.sqrt(0.25 + pairs) - 1e-9)))


def operating_point(some: Trials, far: float) -> OperatingPoint:
    """The lowest threshold whose FAR is ``far`` or less with 95 % confidence.

    Raises :class:`CalibrationError` when there are too few people or trials to say so.
    """
    _check_people(some.people, far)
    return point_at(some, lowest_threshold(some, far))


def _check_people(people: int, far: float) -> None:
    if people >= people_for(far):
        return
    possible = f": {people} people support {_RULE_OF / (people * (people - 1)):.2%}"
    raise CalibrationError(
        f"{people} people can't support a FAR of {far:.2%}: that takes at least "
        f"{people_for(far)}, for what one pair of voices scores says little of the next. Only "
        f"those count of whom, after {ENROL_FILES} recordings for the voiceprints, one more holds "
        f"{FULL_S:g} s of speech.",
        f"Record more people, or ask for a higher FAR{possible if people >= MIN_PEOPLE else ''}.",
    )


def lowest_threshold(some: Trials, far: float) -> float:
    """The threshold of :func:`operating_point`, of however few people: no promise for others.

    Confidence over trials as well as over people: a few who record much are no crowd.
    Raises :class:`CalibrationError` when there are too few impostor trials.
    """
    allowed = errors_allowed(len(some.impostor), far)
    by_trials = np.sort(some.impostor)[len(some.impostor) - allowed - 1]
    by_people = interval(some, lambda drawn: threshold_at_far(drawn, far)).high
    return max(float(np.nextafter(by_trials, np.inf)), by_people)


def errors_allowed(count: int, far: float) -> int:
    """How many of ``count`` impostors may pass so that the FAR is ``far`` or less with 95 %.

    Raises :class:`CalibrationError` when even none of so few would not say so.
    """
    # one-sided 95 %: the upper end of the two-sided 90 % interval
    allowed = -1
    while clopper_pearson(allowed + 1, count, 0.9).high <= far:
        allowed += 1
    if allowed < 0:
        raise CalibrationError(
            f"{count} impostor trials can't support a FAR of {far:.2%}: that takes at least "
            f"{int(np.ceil(_RULE_OF / far))} without an error.",
            "Record more sentences of each person, or ask for a higher FAR.",
        )
    return allowed


def calibrate(
    engine: EmbeddingEngine,
    corpus: Corpus,
    fars: Mapping[RiskTier, float],
    voiceprints: int = ENROL_FILES,
) -> tuple[VoicePolicy, dict[RiskTier, OperatingPoint], Trials]:
    """A site's policy for the asked FAR of each tier, on 2 s of speech, with its evidence.

    It holds for people with so many ``voiceprints`` each.
    The floor of short speech is where 1 s of it has the FAR of the read tier, or below. Of an
    engine without defaults, the floor of pieces is what hardly an owner's piece falls below.
    Raises :class:`CalibrationError`, also when a riskier tier is asked for a higher FAR.
    """
    asked = [fars[tier] for tier in (RiskTier.READ, RiskTier.SENSITIVE, RiskTier.WRITE)]
    if not (1 > asked[0] >= asked[1] >= asked[2] > 0):
        raise CalibrationError(
            f"The asked FARs are {', '.join(f'{far:g}' for far in asked)}.",
            "Give shares between 0 and 1 that do not rise: READ, SENSITIVE, WRITE.",
        )
    speaking = sum(_has_trial(recordings, FULL_S) for recordings in corpus.values())
    for far in asked:
        _check_people(speaking, far)  # before minutes of work
    full = trials(engine, corpus, FULL_S, voiceprints=voiceprints)
    points = {tier: operating_point(full, far) for tier, far in fars.items()}
    thresholds = {tier: kept(point.threshold) for tier, point in points.items()}
    policy = policy_of(engine, corpus, thresholds, fars[RiskTier.READ], voiceprints)
    return policy, points, full


def kept(threshold: float) -> float:
    """``threshold`` as it is kept and shown: to three places, never lower."""
    return float(np.ceil(threshold * 1000)) / 1000


def policy_of(
    engine: EmbeddingEngine,
    corpus: Corpus,
    thresholds: Mapping[RiskTier, float],
    far: float,
    voiceprints: int = ENROL_FILES,
) -> VoicePolicy:
    """A policy of these thresholds, with floors for less speech; ``far`` is that of 1 s of it.

    Raises :class:`CalibrationError` when the corpus has too few trials.
    """
    short = lowest_threshold(trials(engine, corpus, _SHORT_S, voiceprints=voiceprints), far)
    contradicts = min(kept(short), *thresholds.values())
    policy = replace(
        VoicePolicy(),
        thresholds={**thresholds, RiskTier.HARMLESS: contradicts},
        contradicts_below=contradicts,
    )
    if engine.name != DEFAULTS_OF:
        pieces = trials(engine, corpus, _PIECE_S, voiceprints=voiceprints).genuine
        floor = round(float(np.quantile(pieces, _PIECES_REFUSED)), 3)
        policy = replace(policy, agree=contradicts, too_short_below=floor, stretch_below=floor)
    return policy


def _cuts(
    engine: EmbeddingEngine,
    recordings: Sequence[Samples],
    length: int,
    alter: Callable[[Samples], Samples] | None,
) -> list[Embedding]:
    cuts = [
        one[start : start + length]
        for one in recordings
        for start in range(0, len(one) - length + 1, length)[:CUTS]
    ]
    return [engine.embed(alter(cut) if alter else cut) for cut in cuts]
