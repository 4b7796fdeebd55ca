"""From recordings to voiceprints: every check names the recording and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.messages import NothingHeard, Utterance
from assistant.speaker.decision import VoicePolicy, score
from assistant.speaker.engine import Embedding, EmbeddingEngine, unit
from assistant.speaker.errors import RecordingQualityError, VoiceprintUnreadableError
from assistant.speaker.quality import Fault, Quality, faults, measure
from assistant.speaker.risk import RiskTier
from assistant.speaker.store import Consent, Voiceprints, VoiceprintStore, check_speaker_id

MIN_TAKES: Final = 5
MIN_SESSION_TAKES: Final = 2
"""For a voiceprint that lives for one session only."""
MIN_AGREEMENT: Final = 0.5
"""Mean cosine of a take to the other takes of the same person."""
AGEING: Final = timedelta(days=365)
"""After this long a voice should be enrolled anew: voices change, and so do rooms."""

PROMPTS: Final = (
    ("обычным голосом", "Сегодня на обходе я осмотрю восемь пациентов и проверю все назначения."),
    ("обычным голосом", "Температура нормальная, давление стабильное, жалоб на боли нет."),
    ("тихо, как у постели спящего", "Ночь прошла спокойно, пациент спал, дыхание ровное."),
    ("быстро", "Необходимо повторить электрокардиограмму и сделать рентген лёгких."),
    ("в маске", "Больной переведён из реанимации в терапевтическое отделение."),
    ("с двух метров", "Пожалуйста, подготовьте результаты анализов до десяти часов утра."),
)
"""How to speak and what to read."""

SILENT: Final = Fault(
    "silent", "no speech is heard", "record it again", "Ничего не слышно. Прочитайте ещё раз."
)


@dataclass(frozen=True, slots=True)
class Take:
    """One recording under the name its owner knows it by (a file name)."""

    name: str
    utterance: Utterance | NothingHeard


@dataclass(frozen=True, slots=True)
class TakeReport:
    """What was measured on one accepted take."""

    name: str
    quality: Quality
    agreement: float
    """Mean cosine to the other takes."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An enrolment that was stored."""

    speaker_id: str
    takes: tuple[TakeReport, ...]
    unreadable: int
    """Other people's voiceprints that did not open or are another engine's, so that nearness to
    them is unknown."""


def make_voiceprints(
    takes: Sequence[Take],
    engine: EmbeddingEngine,
    never_accept: Sequence[Embedding],
    now: datetime,
    min_takes: int = MIN_TAKES,
) -> tuple[Voiceprints, tuple[TakeReport, ...]]:
    """One voiceprint a take. Raises :class:`RecordingQualityError` with all that is wrong."""
    if len(takes) < min_takes:
        raise RecordingQualityError(
            f"There are {len(takes)} recordings; at least {min_takes} are needed.",
            "Record more sentences, in varied ways: "
            + ", ".join(dict.fromkeys(style for style, _ in PROMPTS))
            + ".",
        )
    bad: list[tuple[str, Fault]] = []
    good: list[tuple[str, Quality, Embedding]] = []
    for take in takes:
        if isinstance(take.utterance, NothingHeard):
            bad.append((take.name, SILENT))
            continue
        quality = measure(take.utterance)
        found = faults(quality)
        bad += [(take.name, fault) for fault in found]
        if not found:
            good.append((take.name, quality, engine.embed(take.utterance.speech)))
    _refuse(bad)
    vectors = np.stack([embedding for _, _, embedding in good])
    agreement = (vectors @ vectors.T - np.eye(len(vectors))).sum(axis=1) / (len(vectors) - 1)
    reports = tuple(
        TakeReport(name, quality, float(value))
        for (name, quality, _), value in zip(good, agreement, strict=True)
    )
    _refuse(_strangers(reports, vectors, never_accept))
    return Voiceprints(engine.name, now, vectors), reports


def enrol(
    speaker_id: str,
    takes: Sequence[Take],
    consent: Consent,
    *,
    store: VoiceprintStore,
    engine: EmbeddingEngine,
    policy: VoicePolicy,
    never_accept: Sequence[Embedding] = (),
) -> Enrolment:
    """Enrol or re-enrol; nothing is stored unless every check passes.

    Raises RecordingQualityError, also when the voice is too near to someone else's, or is not
    the voice that is enrolled under this id.
    """
    check_speaker_id(speaker_id)
    voiceprints, reports = make_voiceprints(takes, engine, never_accept, consent.at)
    limit = policy.thresholds[RiskTier.READ]
    centre = unit(voiceprints.vectors.mean(axis=0))
    unreadable = 0
    with store.alone():
        for other in store.enrolled():
            try:
                theirs = store.load(other)
            except VoiceprintUnreadableError:
                unreadable += other != speaker_id
                continue
            if theirs.engine != engine.name:
                unreadable += other != speaker_id
                continue
            near = score(centre, theirs.vectors) >= limit
            if other == speaker_id and not near:
                raise RecordingQualityError(
                    "This is not the voice that is enrolled under this id.",
                    "If the person changed, first run: assistant forget SPEAKER",
                )
            if other != speaker_id and near:
                raise RecordingQualityError(
                    "This voice is too near to someone who is already enrolled.",
                    "Check that nobody is enrolled twice. If they are two people, let one of them "
                    "use voice_id none (PIN).",
                )
        store.save(speaker_id, consent, voiceprints)
    return Enrolment(speaker_id, reports, unreadable)


def is_aged(voiceprints: Voiceprints, now: datetime) -> bool:
    """Whether the speaker should be asked to enrol anew."""
    return now - voiceprints.enrolled_at > AGEING


def stranger(
    agreement: float, vector: Embedding, never_accept: Sequence[Embedding]
) -> Fault | None:
    """What speaks against one take's voice; ``agreement`` is its mean cosine to the other takes."""
    own = max((float(one @ vector) for one in never_accept), default=-1.0)
    if own >= agreement:
        return Fault(
            "assistant_voice",
            "it is the assistant's own voice",
            "speak yourself",
            "Это голос помощника. Прочитайте предложение сами.",
        )
    if agreement < MIN_AGREEMENT:
        return Fault(
            "disagrees",
            f"it agrees with the other takes by {agreement:.2f} only",
            "let the same person record it again, alone and without background voices",
            "Голос не похож на прежние записи. Прочитайте ещё раз, чтобы рядом никто не говорил.",
        )
    return None


def _strangers(
    reports: Iterable[TakeReport],
    vectors: NDArray[np.float32],
    never_accept: Sequence[Embedding],
) -> list[tuple[str, Fault]]:
    """Takes that are another's voice, or the assistant's own."""
    found: list[tuple[str, Fault]] = []
    for report, vector in zip(reports, vectors, strict=True):
        fault = stranger(report.agreement, vector, never_accept)
        if fault is not None:
            found.append((report.name, fault))
    return found


def _refuse(bad: Sequence[tuple[str, Fault]]) -> None:
    if not bad:
        return
    raise RecordingQualityError(
        "These recordings can't be used: "
        + "; ".join(f"{name}: {fault.cause}" for name, fault in bad)
        + ".",
        "; ".join(dict.fromkeys(f"{name}: {fault.fix}" for name, fault in bad)) + ".",
    )
