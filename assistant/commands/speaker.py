"""`assistant verify`, `forget`, `speakers`, `pin` and `calibrate`: people's voices."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from assistant import settings
from assistant.audio.files import read_utterance
from assistant.audit import Audit
from assistant.commands import enrol
from assistant.config import Paths
from assistant.erasure import forget, receipt_to_json
from assistant.messages import NothingHeard
from assistant.speaker.calibration import FULL_S, VOICEPRINTS, calibrate, kept, read_corpus
from assistant.speaker.consent import TEXT_VERSION
from assistant.speaker.decision import SpeakerState
from assistant.speaker.engines import open_engine, open_hearing
from assistant.speaker.enrolment import AGEING, is_aged
from assistant.speaker.errors import CalibrationError, VoiceprintUnreadableError
from assistant.speaker.pins import PinStore
from assistant.speaker.plot import write_plot
from assistant.speaker.rates import OperatingPoint
from assistant.speaker.risk import RiskTier
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.site_policy import det_path, dump_policy, policy_path
from assistant.speaker.store import Voiceprints, VoiceprintStore
from assistant.speaker.verifier import SpeakerVerifier
from assistant.vault import Vault, write_atomically

_TIERS: Final = (RiskTier.READ, RiskTier.SENSITIVE, RiskTier.WRITE)


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    enrol.add_command(subparsers)

    verify = subparsers.add_parser("verify", help="compare one recording with a speaker's voice")
    verify.add_argument("speaker", metavar="SPEAKER")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--tier", choices=[tier.value for tier in RiskTier], default="read")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=_verify)

    forget = subparsers.add_parser(
        "forget", help="destroy a speaker's voiceprints, PIN and sessions"
    )
    forget.add_argument("speaker", metavar="SPEAKER")
    forget.set_defaults(run=_forget)

    speakers = subparsers.add_parser("speakers", help="list who is enrolled")
    speakers.add_argument("--json", action="store_true")
    speakers.set_defaults(run=_speakers)

    pin = subparsers.add_parser("pin", help="set a PIN, for sites that keep no voices")
    pin.add_argument("speaker", metavar="SPEAKER")
    pin.set_defaults(run=_pin)

    calibrated = subparsers.add_parser(
        "calibrate", help="set the voice thresholds from this site's own recordings"
    )
    calibrated.add_argument("folder", type=Path, metavar="FOLDER", help="SPEAKER/*.flac")
    calibrated.add_argument(
        "--far",
        nargs=3,
        type=float,
        default=(0.01, 0.003, 0.001),
        metavar=("READ", "SENSITIVE", "WRITE"),
        help="highest false acceptance rate of each tier (default: 0.01 0.003 0.001)",
    )
    calibrated.add_argument("--plot", type=Path, metavar="PNG", help="scores and DET curve")
    calibrated.add_argument(
        "--apply",
        action="store_true",
        help="save the thresholds; what is running uses them after a restart",
    )
    calibrated.add_argument("--json", action="store_true")
    calibrated.set_defaults(run=_calibrate)


def _verify(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    chosen = settings.load(paths.settings).voice
    # whatever the box's mode is now: what is compared was enrolled
    hearing = open_hearing(chosen.engine, VoiceIdMode.ENROLLED, paths, chosen.speechbrain_model)
    store = VoiceprintStore(paths, Vault.open_site(paths.site_key))
    verifier = SpeakerVerifier(hearing.engine, store, hearing.site.policy, hearing.own_voice)
    utterance = read_utterance(args.file)
    form: dict[str, Any] = {"speaker": args.speaker, "tier": args.tier}
    if isinstance(utterance, NothingHeard):
        form |= {"decision": "insufficient", "score": None, "threshold": None}
        form |= {"reason": utterance.reason.value, "speech_s": 0.0}
    else:
        decision, _ = verifier.decide(
            verifier.score(args.speaker, utterance),
            SpeakerState(),
            now=0.0,
            tier=RiskTier(args.tier),
            short_reply=False,
        )
        form |= {
            "decision": decision.outcome.value,
            "score": round(decision.score, 4),
            "threshold": round(decision.threshold, 4),
            "reason": decision.reason,
            "speech_s": round(utterance.speech_s, 2),
        }
    if args.json:
        print(json.dumps(form, ensure_ascii=False, indent=2))
    else:
        print(f"{form['decision']} ({form['reason']}): {form['score']} against {form['threshold']}")
    return 0


def _forget(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    vault = Vault.open_site(paths.site_key)
    receipt = forget(args.speaker, paths, vault, datetime.now().astimezone())
    print(json.dumps(receipt_to_json(receipt), ensure_ascii=False, indent=2))
    return 0


def _speakers(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    store = VoiceprintStore(paths, Vault.open_site(paths.site_key))
    now = datetime.now().astimezone()
    rows: list[dict[str, Any]] = []
    for speaker in store.enrolled():
        try:
            voiceprints = store.load(speaker)
        except VoiceprintUnreadableError as error:
            rows.append({"speaker": speaker, "voiceprints": 0, "note": error.code})
            continue
        rows.append(
            {
                "speaker": speaker,
                "voiceprints": len(voiceprints.vectors),
                "enrolled_at": voiceprints.enrolled_at.isoformat(timespec="seconds"),
                "age_days": (now - voiceprints.enrolled_at).days,
                "enrol_again_by": (voiceprints.enrolled_at + AGEING).date().isoformat(),
                "engine": voiceprints.engine,
                "note": _why_again(store, speaker, voiceprints, now),
            }
        )
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    table = Table("speaker", "voiceprints", "engine", "enrolled", "age", "enrol again by", "note")
    for row in rows:
        age = f"{row['age_days']} days" if "age_days" in row else ""
        again = row.get("enrol_again_by", "")
        enrolled = row.get("enrolled_at", "")
        engine, count = row.get("engine", ""), str(row["voiceprints"])
        table.add_row(row["speaker"], count, engine, enrolled, age, again, row["note"])
    Console().print(table)
    return 0


def _why_again(
    store: VoiceprintStore, speaker: str, voiceprints: Voiceprints, now: datetime
) -> str:
    """Why a speaker should enrol again; empty where nothing asks for it."""
    if is_aged(voiceprints, now):
        return "older than a year: enrol again"
    consent = store.consent(speaker)
    if consent is not None and consent.text_version != TEXT_VERSION:
        return f"consented to text {consent.text_version}, today's is {TEXT_VERSION}: enrol again"
    return ""


def _pin(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    # on a terminal the PIN must not be seen; a script pipes it in
    pin = getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    vault = Vault.open_site(paths.site_key)
    PinStore(paths, vault).set(args.speaker, pin)
    Audit(paths.audit, vault).append_about("pin_set", args.speaker)
    return 0


def _calibrate(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    chosen = settings.load(paths.settings).voice
    voiceprints = VOICEPRINTS.get(chosen.mode)
    if voiceprints is None:
        raise CalibrationError(
            f"No voice is checked where [voice] mode is {chosen.mode.value}.",
            "Set the mode in settings.toml that the thresholds are for: enrolled or session.",
        )
    corpus = read_corpus(args.folder)
    fars = dict(zip(_TIERS, args.far, strict=True))
    engine = open_engine(chosen.engine, paths, chosen.speechbrain_model)
    policy, points, trials = calibrate(engine, corpus, fars, voiceprints)
    if args.plot:
        write_plot(args.plot, trials, points)
    if args.apply:
        det_path(paths).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(CalibrationError):  # only the picture needs matplotlib
            write_plot(det_path(paths), trials, points)
        thresholds = {tier.value: value for tier, value in policy.thresholds.items()}
        Audit(paths.audit, Vault.open_site(paths.site_key)).append_admin(
            "thresholds_set", **thresholds
        )
        write_atomically(policy_path(paths), dump_policy(policy, engine.name, chosen.mode))
    if args.json:
        form = {
            "engine": engine.name,
            "mode": chosen.mode.value,
            "voiceprints": voiceprints,
            "people": trials.people,
            "utterance_s": FULL_S,
            "pooled": False,
            "genuine_trials": len(trials.genuine),
            "impostor_trials": len(trials.impostor),
            "tiers": {tier.value: _point_to_json(point) for tier, point in points.items()},
            "contradicts_below": policy.contradicts_below,
            "applied": args.apply,
        }
        print(json.dumps(form, ensure_ascii=False, indent=2))
        return 0
    _show_points(points)
    print("The recordings are people's voices: delete them when you need them no more.")
    if args.apply:
        print("Saved. Restart assistant serve and listen: what is running keeps its thresholds.")
    print(
        f"{trials.people} people, {len(trials.genuine)} own and {len(trials.impostor)} foreign "
        f"trials: {FULL_S:g} s utterances, without pooling; intervals 95 %. "
        f"For mode {chosen.mode.value}: {voiceprints} voiceprints of each person."
    )
    return 0


def _point_to_json(point: OperatingPoint) -> dict[str, Any]:
    return {
        "threshold": kept(point.threshold),
        "far": [round(point.far.value, 5), round(point.far.low, 5), round(point.far.high, 5)],
        "frr": [round(point.frr.value, 5), round(point.frr.low, 5), round(point.frr.high, 5)],
    }


def _show_points(points: Mapping[RiskTier, OperatingPoint]) -> None:
    table = Table("tier", "threshold", "FAR", "FRR")
    for tier, point in points.items():
        rates = [
            f"{rate.value:.2%} ({rate.low:.2%} to {rate.high:.2%})"
            for rate in (point.far, point.frr)
        ]
        table.add_row(tier.value, f"{kept(point.threshold):.3f}", *rates)
    Console().print(table)
