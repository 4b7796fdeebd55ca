"""`assistant say`: hear how a text is spoken."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from assistant.audio.player import Player, write_wav
from assistant.speech.synthesizer import Voice, VoiceSettings, open_synthesizer
from assistant.speech.verbalise import verbalise


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``say``."""
    say = subparsers.add_parser("say", help="speak a Russian text, or write it as a WAV file")
    say.add_argument("text", metavar="TEXT")
    say.add_argument("--out", type=Path, metavar="FILE", help="write a WAV file instead of playing")
    say.add_argument("--voice", choices=get_args(Voice), default="auto")
    say.set_defaults(run=_say)


def _say(args: argparse.Namespace) -> int:
    words = verbalise(args.text)
    print(words)
    with open_synthesizer(VoiceSettings(args.voice)) as synthesizer:
        samples = synthesizer.synthesize(words)
    if args.out:
        write_wav(args.out, samples)
    else:
        player = Player()
        player.play(samples)
        player.wait()
    return 0
