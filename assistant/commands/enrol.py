"""`assistant enroll`: a clinician's voice from the microphone, led by prompts, or from files."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from assistant import settings
from assistant.audio.files import read_utterance
from assistant.audio.player import AudioOutputError, Player
from assistant.audio.streams import frames_from_microphone, frames_from_pcm, utterances
from assistant.audit import Audit
from assistant.config import Paths
from assistant.errors import SynthesisError
from assistant.messages import Utterance
from assistant.speaker import consent
from assistant.speaker.engines import open_hearing
from assistant.speaker.enrolment import PROMPTS, Enrolment, Take, enrol
from assistant.speaker.errors import ConsentMissingError, ModeError
from assistant.speaker.guide import READING, Guide, lead
from assistant.speaker.session_voice import VoiceIdMode
from assistant.speaker.store import Consent, VoiceprintStore, check_speaker_id
from assistant.speech.synthesizer import open_synthesizer
from assistant.speech.verbalise import verbalise
from assistant.vault import Vault


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    prompts = "\n".join(f"  {style}: {text}" for style, text in PROMPTS)
    enroll = subparsers.add_parser(
        "enroll",
        help="enrol or re-enrol a clinician's voice",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Without files the microphone is used, and each recording is checked before the "
        f"next.\nWith files: at least five sentences, one a file:\n{prompts}",
    )
    enroll.add_argument("speaker", metavar="SPEAKER")
    source = enroll.add_mutually_exclusive_group()
    source.add_argument("files", nargs="*", default=[], type=Path, metavar="FILE")
    source.add_argument(
        "--pcm",
        action="store_true",
        help="read 16 kHz mono s16le from standard input instead of the microphone",
    )
    enroll.add_argument(
        "--consent-by",
        metavar="NAME",
        help="who signed the consent to voice processing (asked for on a terminal)",
    )
    enroll.add_argument("--json", action="store_true")
    enroll.set_defaults(run=_enroll)


def _enroll(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    speaker = check_speaker_id(args.speaker)
    chosen = settings.load(paths.settings).voice
    if chosen.mode is not VoiceIdMode.ENROLLED:
        raise ModeError(
            f"This site stores no voices: [voice] mode is {chosen.mode.value}.",
            "Set a PIN: assistant pin SPEAKER. Or change the mode in settings.toml.",
        )
    given = _consent(args.consent_by, chosen.operator)
    takes = [Take(file.name, read_utterance(file)) for file in args.files]
    hearing = open_hearing(chosen.engine, chosen.mode, paths, chosen.speechbrain_model)
    if not takes:
        guide = Guide(hearing.engine, hearing.own_voice)
        takes = list(_from_stream(guide) if args.pcm else _from_microphone(guide))
    vault = Vault.open_site(paths.site_key)
    enrolment = enrol(
        speaker,
        takes,
        given,
        store=VoiceprintStore(paths, vault),
        engine=hearing.engine,
        policy=hearing.site.policy,
        never_accept=hearing.own_voice,
    )
    Audit(paths.audit, vault).append_about("voice_enrolled", speaker)
    _show(enrolment, as_json=args.json)
    if args.files:
        # the consent says so, and standard output is the result's
        print(
            f"Delete these files now, nobody else will: {shlex.join(map(str, args.files))}",
            file=sys.stderr,
        )
    return 0


def _consent(name: str | None, operator: str) -> Consent:
    if name is None and sys.stdin.isatty():
        print(consent.text(operator))
        name = input("Этот текст подписан на бумаге. Фамилия, имя, отчество подписавшего: ")
    if name is None or not name.strip():
        raise ConsentMissingError(
            "Nobody consented to the processing of this voice.",
            "Let the clinician read and sign the text in docs/voice-id.ru.md, then add "
            "--consent-by 'NAME'.",
        )
    return Consent(name.strip(), datetime.now().astimezone(), consent.TEXT_VERSION, operator)


def _from_stream(guide: Guide) -> Sequence[Take]:
    return lead(guide, utterances(frames_from_pcm(sys.stdin.buffer), READING), show_prompt)


def _from_microphone(guide: Guide) -> Sequence[Take]:
    """Prompts are shown and spoken: who records from two metres away does not read the screen."""
    with open_synthesizer() as synthesizer:
        player = Player()

        def say(text: str) -> None:
            show_prompt(text)
            with suppress(SynthesisError, AudioOutputError):  # then it is shown only
                player.play(synthesizer.synthesize(verbalise(text)))
                player.wait()

        return lead(guide, _one_at_a_time(), say)


def _one_at_a_time() -> Iterator[Utterance]:
    """The next utterance; the microphone is closed in between, so that no prompt is recorded."""
    while True:
        with closing(frames_from_microphone()) as frames:
            heard = next(utterances(frames, READING))
        yield heard


def show_prompt(text: str) -> None:
    """Show one sentence to the person who reads; standard output stays for the result."""
    print(text, file=sys.stderr, flush=True)


def _show(enrolment: Enrolment, *, as_json: bool) -> None:
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
        print(
            f"{enrolment.unreadable} other speakers' voiceprints do not open, or were made with "
            "another engine, and were not compared: enrol them again."
        )
