"""`assistant enroll`, `verify`, `forget`, `speakers`, `pin` and `calibrate`: people's voices."""

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

from assistant.audio.files import read_utterance
from assistant.config import Paths
from assistant.errors import SynthesisError
from assistant.messages import NothingHeard
from assistant.speaker import consent, own_voice
from assistant.speaker.calibration import OperatingPoint, calibrate, read_corpus
from assistant.speaker.campplus import CampPlusEngine
from assistant.speaker.decision import SpeakerState
from assistant.speaker.engine import Embedding
from assistant.speaker.enrolment import PROMPTS, Enrolment, Take, enrol, is_aged
from assistant.speaker.errors import (
    CalibrationError,
    ConsentMissingError,
    VoiceprintUnreadableError,
)
from assistant.speaker.pins import PinStore
from assistant.speaker.plot import write_plot
from assistant.speaker.risk import RiskTier
from assistant.speaker.store import (
    Consent,
    VoiceprintStore,
    check_speaker_id,
    receipt_to_json,
)
from assistant.speaker.verifier import (
    SpeakerVerifier,
    campplus_path,
    det_path,
    dump_policy,
    load_policy,
    policy_path,
)
from assistant.speech import festival_driver
from assistant.speech.synthesizer import Voice, VoiceSettings, open_synthesizer
from assistant.vault import Vault, write_atomically

_TIERS: Final = (RiskTier.READ, RiskTier.SENSITIVE, RiskTier.WRITE)


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    prompts = "\n".join(f"  {style}: {text}" for style, text in PROMPTS)
    enroll = subparsers.add_parser(
        "enroll",
        help="enrol or re-enrol a clinician's voice",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"Record at least five sentences, one a file:\n{prompts}",
    )
    enroll.add_argument("speaker", metavar="SPEAKER")
    enroll.add_argument("files", nargs="+", type=Path, metavar="FILE")
    enroll.add_argument(
        "--consent-by",
        metavar="NAME",
        help="who signed the consent to voice processing (asked for on a terminal)",
    )
    enroll.add_argument("--json", action="store_true")
    enroll.set_defaults(run=_enroll)

    verify = subparsers.add_parser("verify", help="compare one recording with a speaker's voice")
    verify.add_argument("speaker", metavar="SPEAKER")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--tier", choices=[tier.value for tier in RiskTier], default="read")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(run=_verify)

    forget = subparsers.add_parser("forget", help="destroy a speaker's voiceprints")
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
    calibrated.add_argument("--apply", action="store_true", help="use the thresholds from now on")
    calibrated.add_argument("--json", action="store_true")
    calibrated.set_defaults(run=_calibrate)


def _enroll(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    speaker = check_speaker_id(args.speaker)
    given = _consent(args.consent_by)
    takes = [Take(file.name, read_utterance(file)) for file in args.files]
    engine = CampPlusEngine(campplus_path(paths))
    own = _learn_own_voices(own_voice.path_in(paths), engine)
    enrolment = enrol(
        speaker,
        takes,
        given,
        store=VoiceprintStore(paths, Vault.open_site(paths.site_key)),
        engine=engine,
        policy=load_policy(policy_path(paths)),
        never_accept=own,
    )
    _show_enrolment(enrolment, as_json=args.json)
    return 0


def _learn_own_voices(path: Path, engine: CampPlusEngine) -> tuple[Embedding, ...]:
    """Every voice that the assistant can speak with here; the last known ones when it is mute.

    Some are near to people: Festival's scores 0.6 against one of the demo's doctors.
    """
    voices: list[Voice] = ["espeak", "festival"] if festival_driver.available() else ["espeak"]
    own: list[Embedding] = []
    try:
        for voice in voices:
            with open_synthesizer(VoiceSettings(voice)) as synthesizer:
                own += own_voice.make(engine, synthesizer)
    except SynthesisError:
        return own_voice.load(path, engine.name)
    own_voice.save(path, engine.name, tuple(own))
    return tuple(own)


def _consent(name: str | None) -> Consent:
    if name is None and sys.stdin.isatty():
        print(consent.TEXT)
        name = input("Согласен (согласна). Фамилия, имя, отчество: ")
    if name is None or not name.strip():
        raise ConsentMissingError(
            "Nobody consented to the processing of this voice.",
            "Let the clinician read and sign the text in docs/voice-id.ru.md, then add "
            "--consent-by 'NAME'.",
        )
    return Consent(name.strip(), datetime.now().astimezone(), consent.TEXT_VERSION)


def _show_enrolment(enrolment: Enrolment, *, as_json: bool) -> None:
    if as_json:
        form = {
            "speaker": enrolment.speaker_id,
            "takes": [
                {
                    "file": take.name,
                    "speech_s": round(take.quality.speech_s, 2),
                    "snr_db": round(take.quality.snr_db, 1),
                    "clipped": round(take.quality.clipped, 5),
                    "agreement": round(take.agreement, 3),
                }
                for take in enrolment.takes
            ],
            "unreadable_others": enrolment.unreadable,
        }
        print(json.dumps(form, ensure_ascii=False, indent=2))
        return
    table = Table("recording", "speech", "SNR", "agreement", title=enrolment.speaker_id)
    for take in enrolment.takes:
        quality = take.quality
        table.add_row(
            take.name,
            f"{quality.speech_s:.1f} s",
            f"{quality.snr_db:.0f} dB",
            f"{take.agreement:.2f}",
        )
    Console().print(table)
    if enrolment.unreadable:
        print(f"{enrolment.unreadable} other speakers' voiceprints do not open: enrol them again.")


def _verify(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    verifier = SpeakerVerifier.open(paths, Vault.open_site(paths.site_key))
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
    store = VoiceprintStore(paths, Vault.open_site(paths.site_key))
    receipt = store.forget(args.speaker, datetime.now().astimezone())
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
                "engine": voiceprints.engine,
                "note": "older than a year: enrol again" if is_aged(voiceprints, now) else "",
            }
        )
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    table = Table("speaker", "voiceprints", "enrolled", "note")
    for row in rows:
        table.add_row(
            row["speaker"], str(row["voiceprints"]), row.get("enrolled_at", ""), row["note"]
        )
    Console().print(table)
    return 0


def _pin(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    # on a terminal the PIN must not be seen; a script pipes it in
    pin = getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    PinStore(paths, Vault.open_site(paths.site_key)).set(args.speaker, pin)
    return 0


def _calibrate(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    corpus = read_corpus(args.folder)
    fars = dict(zip(_TIERS, args.far, strict=True))
    policy, points, trials = calibrate(CampPlusEngine(campplus_path(paths)), corpus, fars)
    if args.plot:
        write_plot(args.plot, trials, points)
    if args.apply:
        with contextlib.suppress(CalibrationError):  # only the picture needs matplotlib
            write_plot(det_path(paths), trials, points)
        write_atomically(policy_path(paths), dump_policy(policy))
    if args.json:
        form = {
            "speakers": len(corpus),
            "genuine_trials": len(trials.genuine),
            "impostor_trials": len(trials.impostor),
            "tiers": {tier.value: _point_to_json(point) for tier, point in points.items()},
            "contradicts_below": policy.contradicts_below,
            "applied": args.apply,
        }
        print(json.dumps(form, ensure_ascii=False, indent=2))
        return 0
    _show_points(points)
    print(
        f"{len(corpus)} speakers, {len(trials.genuine)} own and {len(trials.impostor)} foreign "
        "trials of 2 s; intervals 95 %."
    )
    return 0


def _point_to_json(point: OperatingPoint) -> dict[str, Any]:
    return {
        "threshold": round(point.threshold, 3),
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
        table.add_row(tier.value, f"{point.threshold:.3f}", *rates)
    Console().print(table)
