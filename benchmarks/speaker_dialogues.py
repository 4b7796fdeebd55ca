"""What the decision with its default policy makes of whole dialogues: takeovers and lockouts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.messages import SAMPLE_RATE, Samples, Utterance
from assistant.speaker.calibration import (
    ENROL_FILES,
    Corpus,
    Rate,
    clopper_pearson,
    voiceprints_of,
)
from assistant.speaker.decision import SpeakerState, VoiceEvidence
from assistant.speaker.engine import Embedding, EmbeddingEngine, PartsEngine
from assistant.speaker.risk import RiskTier
from assistant.speaker.store import Voiceprints
from assistant.speaker.verifier import SpeakerVerifier

_GAP_S: Final = 8.0
"""Between the utterances of a simulated dialogue."""
_OWNER_UTTERANCES: Final = 30
_OWNER_S: Final = 3.0
"""Length of the owner's utterances that a stranger follows or breaks into."""
_ADDED_S: Final = (0.5, 0.75, 1.0, 1.5, 2.0)
_PLACES: Final = {"before": 0.0, "in the middle of": 0.5, "after": 1.0}
"""Where a stranger breaks in, as a share of the owner's speech."""
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Dialogues:
    """Utterances of one length at the read tier."""

    seconds: float
    caught_by: tuple[Rate, Rate, Rate]
    """Share of takeovers in which utterance 1, or one of the first 2, or 3, was not accepted."""
    refused: Rate
    """Owner's utterances that were not accepted."""
    taken_for_two: Rate
    """Those of which a stretch was taken for a second voice."""
    lockouts_per_hour: float
    """Two refusals in a row, per 60 utterances."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A stranger beside the owner: how often it is not accepted, at the read tier."""

    kind: str
    seconds: float
    """Of the stranger's speech."""
    caught: Rate


class Remembering:
    """An engine that embeds each piece of speech once."""

    def __init__(self, engine: EmbeddingEngine) -> None:
        self.name, self.dimension = engine.name, engine.dimension
        self._engine = engine
        self._known: dict[bytes, Embedding] = {}

    def embed(self, samples: Samples) -> Embedding:
        """As the engine does."""
        key = samples.tobytes()
        if key not in self._known:
            self._known[key] = self._engine.embed(samples)
        return self._known[key]


class RememberingParts(Remembering):
    """The same for an engine that hears parts of an utterance."""

    def __init__(self, engine: PartsEngine) -> None:
        super().__init__(engine)
        self._parts_engine = engine
        self._known_parts: dict[tuple[bytes, bytes], NDArray[np.float32]] = {}

    def ticks(self, samples: int) -> int:
        """As the engine does."""
        return self._parts_engine.ticks(samples)

    def embed_parts(self, samples: Samples, parts: NDArray[np.bool_]) -> NDArray[np.float32]:
        """As the engine does."""
        key = samples.tobytes(), parts.tobytes()
        if key not in self._known_parts:
            self._known_parts[key] = self._parts_engine.embed_parts(samples, parts)
        return self._known_parts[key]


def remembering(engine: EmbeddingEngine) -> EmbeddingEngine:
    """``engine``, for a run that asks for the same again and again."""
    return RememberingParts(engine) if isinstance(engine, PartsEngine) else Remembering(engine)


class _Fixed:
    """Voiceprints that are at hand."""

    def __init__(self, prints: dict[str, Voiceprints]) -> None:
        self._prints = prints

    def load(self, speaker_id: str) -> Voiceprints:
        return self._prints[speaker_id]


def verifier_of(engine: EmbeddingEngine, corpus: Corpus) -> SpeakerVerifier:
    """A verifier that knows everyone in ``corpus``, with the default policy."""
    return SpeakerVerifier(
        engine,
        _Fixed(
            {
                name: Voiceprints(engine.name, _EPOCH, voiceprints_of(engine, recordings))
                for name, recordings in corpus.items()
            }
        ),
    )


def dialogues(verifier: SpeakerVerifier, corpus: Corpus, seconds: float) -> Dialogues:
    """Owners talking alone, and owners whose session every other person continues."""
    said = {name: _utterances(recordings, seconds) for name, recordings in corpus.items()}
    caught = [0, 0, 0]
    sessions = refused = spoken = lockouts = two = 0
    for owner in corpus:
        own = [verifier.score(owner, one) for one in said[owner][:_OWNER_UTTERANCES]]
        if len(own) < 2:
            continue
        answers, _ = _run(verifier, own)
        refused += answers.count(False)
        two += sum(_reason(verifier, one) == "second_voice" for one in own)
        spoken += len(answers)
        lockouts += sum(not a and not b for a, b in itertools.pairwise(answers))
        for intruder in corpus:
            if intruder == owner or len(said[intruder]) < 3:
                continue
            foreign = [verifier.score(owner, one) for one in said[intruder][:3]]
            accepted, _ = _run(verifier, [*own[:2], *foreign])
            sessions += 1
            for first in range(3):
                caught[first] += not all(accepted[2 : 3 + first])
    shares = [clopper_pearson(count, sessions) for count in caught]
    return Dialogues(
        seconds,
        (shares[0], shares[1], shares[2]),
        clopper_pearson(refused, spoken),
        clopper_pearson(two, spoken),
        60 * lockouts / spoken,
    )


def slips(verifier: SpeakerVerifier, corpus: Corpus) -> list[Slip]:
    """A short reply right after the owner, and words added to the owner's utterance."""
    return [
        *(_replies(verifier, corpus, seconds) for seconds in (0.4, 0.6, 0.9)),
        *_added(verifier, corpus),
    ]


def _replies(verifier: SpeakerVerifier, corpus: Corpus, seconds: float) -> Slip:
    """«Да» by a stranger, eight seconds after a question that the owner was accepted for."""
    caught = count = 0
    for owner, utterance in _accepted_owners(verifier, corpus):
        for stranger in _strangers(corpus, owner, seconds):
            evidence = [verifier.score(owner, one) for one in (utterance, _utterance(stranger))]
            accepted, _ = _run(verifier, evidence, short_reply=True)
            count += 1
            caught += not accepted[-1]
    return Slip("reply after the owner", seconds, clopper_pearson(caught, count))


def _added(verifier: SpeakerVerifier, corpus: Corpus) -> list[Slip]:
    """Strangers' words put before, into and after the owner's 3 s, as loud as the owner's."""
    found: dict[tuple[str, float], list[bool]] = {}
    for owner, utterance in _accepted_owners(verifier, corpus):
        speech = utterance.speech
        for seconds in _ADDED_S:
            strangers = itertools.islice(_strangers(corpus, owner, seconds), 2 * len(_PLACES))
            for stranger, (place, share) in zip(strangers, itertools.cycle(_PLACES.items())):
                cut = int(share * len(speech))
                added = stranger * (_level(speech) / _level(stranger))
                both = np.concatenate([speech[:cut], added, speech[cut:]])
                accepted, _ = _run(verifier, [verifier.score(owner, _utterance(both))])
                found.setdefault((place, seconds), []).append(not accepted[0])
    for seconds in _ADDED_S:
        found["anywhere in", seconds] = [
            one for place in _PLACES for one in found.get((place, seconds), [])
        ]
    return [
        Slip(f"{place} the owner's 3 s", seconds, clopper_pearson(sum(caught), len(caught)))
        for (place, seconds), caught in found.items()
        if caught
    ]


def _level(speech: Samples) -> float:
    return float(np.sqrt(np.mean(speech**2)))


def _reason(verifier: SpeakerVerifier, evidence: VoiceEvidence) -> str:
    """Of the decision on one utterance alone."""
    decision, _ = verifier.decide(
        evidence, SpeakerState(), now=0.0, tier=RiskTier.READ, short_reply=False
    )
    return decision.reason


def _accepted_owners(verifier: SpeakerVerifier, corpus: Corpus) -> Iterable[tuple[str, Utterance]]:
    """Everyone's first long utterance that is accepted by itself."""
    for owner, recordings in corpus.items():
        for utterance in _utterances(recordings, _OWNER_S):
            accepted, _ = _run(verifier, [verifier.score(owner, utterance)])
            if accepted[0]:
                yield owner, utterance
                break


def _strangers(corpus: Corpus, owner: str, seconds: float) -> Iterable[Samples]:
    """One piece of speech of everybody else, those who follow the owner in the list first."""
    names = list(corpus)
    place = names.index(owner)
    for name in names[place + 1 :] + names[:place]:
        yield from (one.speech for one in _utterances(corpus[name], seconds)[:1])


def _run(
    verifier: SpeakerVerifier, evidence: Sequence[VoiceEvidence], short_reply: bool = False
) -> tuple[list[bool], SpeakerState]:
    state, accepted = SpeakerState(), []
    for number, one in enumerate(evidence):
        decision, state = verifier.decide(
            one, state, now=number * _GAP_S, tier=RiskTier.READ, short_reply=short_reply
        )
        accepted.append(decision.accepted)
    return accepted, state


def _utterances(recordings: Sequence[Samples], seconds: float) -> list[Utterance]:
    length = int(seconds * SAMPLE_RATE)
    return [_utterance(one[:length]) for one in recordings[ENROL_FILES:] if len(one) >= length]


def _utterance(speech: Samples) -> Utterance:
    return Utterance(speech, speech, 0.0, len(speech) / SAMPLE_RATE)
