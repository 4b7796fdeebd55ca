"""What the decision makes of whole dialogues: takeovers, lockouts, and strangers' short words.

Trials of one owner are alike: all rates are of counts by owner, which their intervals redraw.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.messages import SAMPLE_RATE, Samples, Utterance
from assistant.speaker.calibration import ENROL_FILES, Corpus, voiceprints_of
from assistant.speaker.decision import SpeakerState, VoiceEvidence, VoicePolicy
from assistant.speaker.engine import Embedding, EmbeddingEngine, PartsEngine
from assistant.speaker.rates import Rate, pooled
from assistant.speaker.risk import RiskTier
from assistant.speaker.store import Voiceprints
from assistant.speaker.verifier import SpeakerVerifier

_GAP_S: Final = 8.0
"""Between the utterances of a simulated dialogue."""
_RIGHT_AFTER_S: Final = 2.0
_LEAD_IN: Final = 3
"""Utterances of the owner that a stranger goes on from, all accepted but for the first: it may be
too short to be known by."""
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
    kept_out: tuple[Rate, Rate, Rate]
    """Share of takeovers in which none of the stranger's first 1, 2 or 3 utterances passed."""
    owners: int
    """Whose session was taken over: those of whom a second and third utterance were accepted."""
    refused: Rate
    """Owner's utterances that were not accepted."""
    taken_for_two: Rate
    """Those of which a stretch was taken for a second voice."""
    lockouts_per_hour: Rate
    """Two refusals in a row, per 60 utterances."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A stranger beside the owner: how often it is not accepted, at the read tier."""

    kind: str
    seconds: float
    """Of the stranger's speech."""
    caught: Rate


class Remembering:
    """An engine that embeds each piece of speech once: also the next run finds it in a file."""

    def __init__(
        self, engine: EmbeddingEngine, folder: Path, heard: Callable[[int], None] = lambda _: None
    ) -> None:
        """``heard`` is told how many pieces were embedded so far."""
        self.name, self.dimension = engine.name, engine.dimension
        self._engine = engine
        self._file = folder / f"{engine.name}.npz"
        self._heard = heard
        self.embedded = 0
        self._known: dict[bytes, Embedding] = {}
        if self._file.exists():
            kept = np.load(self._file)
            self._known = dict(zip(map(bytes, kept["keys"]), kept["vectors"], strict=True))

    def embed(self, samples: Samples) -> Embedding:
        """As the engine does."""
        key = hashlib.sha256(samples.tobytes()).digest()
        if key not in self._known:
            self._known[key] = self._engine.embed(samples)
            self.count()
        return self._known[key]

    def count(self) -> None:
        """One more piece was embedded."""
        self.embedded += 1
        self._heard(self.embedded)

    def save(self) -> None:
        """Keep what is known for the next run."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        keys = np.array([list(key) for key in self._known], np.uint8)
        np.savez(self._file, keys=keys, vectors=np.array(list(self._known.values())))


class RememberingParts(Remembering):
    """The same for an engine that hears parts of an utterance; parts are kept for this run only."""

    def __init__(
        self, engine: PartsEngine, folder: Path, heard: Callable[[int], None] = lambda _: None
    ) -> None:
        super().__init__(engine, folder, heard)
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
            self.count()
        return self._known_parts[key]


def remembering(engine: EmbeddingEngine, folder: Path, heard: Callable[[int], None]) -> Remembering:
    """``engine``, for runs that ask for the same again and again; ``folder`` keeps it."""
    if isinstance(engine, PartsEngine):
        return RememberingParts(engine, folder, heard)
    return Remembering(engine, folder, heard)


class _Fixed:
    """Voiceprints that are at hand."""

    def __init__(self, prints: dict[str, Voiceprints]) -> None:
        self._prints = prints

    def load(self, speaker_id: str) -> Voiceprints:
        return self._prints[speaker_id]


def verifier_of(engine: EmbeddingEngine, corpus: Corpus, policy: VoicePolicy) -> SpeakerVerifier:
    """A verifier that knows everyone in ``corpus``."""
    return SpeakerVerifier(
        engine,
        _Fixed(
            {
                name: Voiceprints(engine.name, _EPOCH, voiceprints_of(engine, recordings))
                for name, recordings in corpus.items()
            }
        ),
        policy,
    )


def dialogues(verifier: SpeakerVerifier, corpus: Corpus, seconds: float) -> Dialogues:
    """Owners talking alone, and owners whose session every other person continues."""
    said = {name: _utterances(recordings, seconds) for name, recordings in corpus.items()}
    kept_out: list[list[tuple[int, int]]] = [[], [], []]
    refused: list[tuple[int, int]] = []
    lockouts: list[tuple[int, int]] = []
    two: list[tuple[int, int]] = []
    for owner in corpus:
        own = [verifier.score(owner, one) for one in said[owner][:_OWNER_UTTERANCES]]
        if len(own) < 2:
            continue
        answers, _ = _run(verifier, own)
        spoken = len(answers)
        refused.append((answers.count(False), spoken))
        two.append((sum(_reason(verifier, one) == "second_voice" for one in own), spoken))
        lockouts.append((sum(not a and not b for a, b in itertools.pairwise(answers)), spoken))
        lead_in = _accepted_in_a_row(verifier, own)
        if lead_in is None:
            continue
        first_passed = [
            _first_passed(verifier, lead_in, [verifier.score(owner, one) for one in words[:3]])
            for intruder, words in said.items()
            if intruder != owner and len(words) >= 3
        ]
        for number, rows in enumerate(kept_out):
            rows.append((sum(first > number for first in first_passed), len(first_passed)))
    by_one, by_two, by_three = map(pooled, kept_out)
    per_utterance = pooled(lockouts)
    return Dialogues(
        seconds,
        (by_one, by_two, by_three),
        len(kept_out[0]),
        pooled(refused),
        pooled(two),
        Rate(60 * per_utterance.value, 60 * per_utterance.low, 60 * per_utterance.high),
    )


def _first_passed(
    verifier: SpeakerVerifier, lead_in: Sequence[VoiceEvidence], foreign: Sequence[VoiceEvidence]
) -> int:
    """Which of a stranger's utterances after the owner's is the first to pass, from 0 on."""
    accepted, _ = _run(verifier, [*lead_in, *foreign])
    return [*accepted[_LEAD_IN:], True].index(True)


def slips(verifier: SpeakerVerifier, corpus: Corpus) -> list[Slip]:
    """A short reply or question after the owner, and words added to the owner's utterance."""
    return [
        *(
            _after(verifier, corpus, "reply after the owner", s, gap_s=_GAP_S, short_reply=True)
            for s in (0.4, 0.6, 0.9)
        ),
        *(
            _after(
                verifier,
                corpus,
                "question right after the owner's 3 s",
                s,
                gap_s=_RIGHT_AFTER_S,
                short_reply=False,
            )
            for s in (0.9, 1.2, 1.6)
        ),
        *_added(verifier, corpus),
    ]


def _after(
    verifier: SpeakerVerifier,
    corpus: Corpus,
    kind: str,
    seconds: float,
    *,
    gap_s: float,
    short_reply: bool,
) -> Slip:
    """A stranger's ``seconds`` of speech, ``gap_s`` after what the owner was accepted for."""
    counts: list[tuple[int, int]] = []
    for owner, utterance in _accepted_owners(verifier, corpus):
        caught: list[bool] = []
        for stranger in _strangers(corpus, owner, seconds):
            evidence = [verifier.score(owner, one) for one in (utterance, _utterance(stranger))]
            accepted, _ = _run(verifier, evidence, short_reply, gap_s)
            caught.append(not accepted[-1])
        counts.append((sum(caught), len(caught)))
    return Slip(kind, seconds, pooled(counts))


def _added(verifier: SpeakerVerifier, corpus: Corpus) -> list[Slip]:
    """Strangers' words put before, into and after the owner's 3 s, as loud as the owner's."""
    found: dict[tuple[str, float], dict[str, list[bool]]] = {}
    for owner, utterance in _accepted_owners(verifier, corpus):
        speech = utterance.speech
        for seconds in _ADDED_S:
            strangers = itertools.islice(_strangers(corpus, owner, seconds), 2 * len(_PLACES))
            for stranger, (place, share) in zip(strangers, itertools.cycle(_PLACES.items())):
                cut = int(share * len(speech))
                added = stranger * (_level(speech) / _level(stranger))
                both = np.concatenate([speech[:cut], added, speech[cut:]])
                accepted, _ = _run(verifier, [verifier.score(owner, _utterance(both))])
                for where in (place, "anywhere in"):
                    by_owner = found.setdefault((where, seconds), {})
                    by_owner.setdefault(owner, []).append(not accepted[0])
    return [
        Slip(
            f"{place} the owner's 3 s",
            seconds,
            pooled([(sum(caught), len(caught)) for caught in by_owner.values()]),
        )
        for (place, seconds), by_owner in found.items()
    ]


def _level(speech: Samples) -> float:
    return float(np.sqrt(np.mean(speech**2)))


def _reason(verifier: SpeakerVerifier, evidence: VoiceEvidence) -> str:
    """Of the decision on one utterance alone."""
    decision, _ = verifier.decide(
        evidence, SpeakerState(), now=0.0, tier=RiskTier.READ, short_reply=False
    )
    return decision.reason


def _accepted_in_a_row(
    verifier: SpeakerVerifier, own: Sequence[VoiceEvidence]
) -> Sequence[VoiceEvidence] | None:
    """The first of ``own`` from which a session begins."""
    for first in range(len(own) - _LEAD_IN + 1):
        lead_in = own[first : first + _LEAD_IN]
        if all(_run(verifier, lead_in)[0][1:]):
            return lead_in
    return None


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
    verifier: SpeakerVerifier,
    evidence: Sequence[VoiceEvidence],
    short_reply: bool = False,
    gap_s: float = _GAP_S,
) -> tuple[list[bool], SpeakerState]:
    state, accepted = SpeakerState(), []
    for number, one in enumerate(evidence):
        decision, state = verifier.decide(
            one, state, now=number * gap_s, tier=RiskTier.READ, short_reply=short_reply
        )
        accepted.append(decision.accepted)
    return accepted, state


def _utterances(recordings: Sequence[Samples], seconds: float) -> list[Utterance]:
    length = int(seconds * SAMPLE_RATE)
    return [_utterance(one[:length]) for one in recordings[ENROL_FILES:] if len(one) >= length]


def _utterance(speech: Samples) -> Utterance:
    return Utterance(speech, speech, 0.0, len(speech) / SAMPLE_RATE)
