"""The thresholds in force: the site's own, as ``assistant calibrate --apply`` left them, or none.

The defaults belong to CAM++: of another engine's voices they say nothing, so it has to be
calibrated first. Nor do thresholds measured for one mode say anything of another, where people have
another number of voiceprints. A file that is not whole is refused, never mended with defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from assistant.config import Paths
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.decision import VoicePolicy
from assistant.speaker.errors import CalibrationError
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import VoiceIdMode

DEFAULTS_OF: Final = CampPlusEngine.name
"""The engine that the defaults of :class:`VoicePolicy` were measured with."""
_Cosine = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """What an engine's voices are judged by."""

    engine: str
    mode: VoiceIdMode
    policy: VoicePolicy
    calibrated: bool
    """Whether it was measured at this site."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What depends on the engine and the rooms; the rest of a policy does not."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)
    engine: str
    mode: VoiceIdMode
    thresholds: Mapping[RiskTier, _Cosine]
    contradicts_below: _Cosine
    agree: _Cosine
    too_short_below: _Cosine
    stretch_below: _Cosine


_KEPT: Final = TypeAdapter(_Kept)


def policy_path(paths: Paths) -> Path:
    """Where ``assistant calibrate --apply`` leaves the site's thresholds."""
    return paths.speakers / "policy.json"


def det_path(paths: Paths) -> Path:
    """The picture that ``assistant calibrate --apply`` leaves beside the thresholds."""
    return paths.speakers / "det.png"


def load_policy(path: Path, engine: str, mode: VoiceIdMode) -> SitePolicy:
    """The policy for the engine of this name and the voiceprints of ``mode``.

    Raises :class:`CalibrationError` when the file is damaged, measured with another engine or for
    another mode, or not there for an engine that has no defaults.
    """
    try:
        kept = _KEPT.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        if engine == DEFAULTS_OF:
            return SitePolicy(engine, mode, VoicePolicy(), calibrated=False)
        raise CalibrationError(
            f"There are no thresholds for the voices of {engine}: the defaults belong to "
            f"{DEFAULTS_OF}.",
            "Run assistant calibrate FOLDER --apply, or set [voice] engine to campplus.",
        ) from error
    except ValidationError as error:
        raise _damaged(path) from error
    if kept.engine != engine:
        raise CalibrationError(
            f"The site's voice thresholds were measured with {kept.engine}, "
            f"but this box uses {engine}.",
            f"Run assistant calibrate FOLDER --apply again, or remove {path}.",
        )
    if kept.mode is not mode:
        raise CalibrationError(
            f"The site's voice thresholds were measured for mode {kept.mode.value}: mode "
            f"{mode.value} has another number of voiceprints.",
            f"Run assistant calibrate FOLDER --apply again, or remove {path}.",
        )
    thresholds = dict(kept.thresholds)
    if any(tier not in thresholds for tier in RiskTier) or any(
        thresholds[lower] > thresholds[higher] for lower, higher in pairwise(RiskTier)
    ):
        raise _damaged(path)
    policy = replace(
        VoicePolicy(),
        thresholds=thresholds,
        contradicts_below=kept.contradicts_below,
        agree=kept.agree,
        too_short_below=kept.too_short_below,
        stretch_below=kept.stretch_below,
    )
    return SitePolicy(engine, mode, policy, calibrated=True)


def dump_policy(policy: VoicePolicy, engine: str, mode: VoiceIdMode) -> bytes:
    """``policy``, measured with ``engine`` for ``mode``, as :func:`load_policy` reads it."""
    kept = _Kept(
        engine,
        mode,
        policy.thresholds,
        policy.contradicts_below,
        policy.agree,
        policy.too_short_below,
        policy.stretch_below,
    )
    return _KEPT.dump_json(kept, indent=2)


def _damaged(path: Path) -> CalibrationError:
    return CalibrationError(
        f"The site's voice thresholds are not whole: {path}.",
        "Run assistant calibrate FOLDER --apply again, or remove the file to use the defaults.",
    )
