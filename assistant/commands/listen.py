"""`assistant listen`: an open microphone, or a stream of samples, and answers aloud."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from assistant import settings
from assistant.attention import Attention
from assistant.audio.player import Player
from assistant.audio.streams import frames_from_microphone, frames_from_pcm
from assistant.box import member_of_staff, opened
from assistant.commands.ask import add_engine, show
from assistant.commands.login import log_in, watched
from assistant.config import Paths
from assistant.listening import Listening
from assistant.login import LogIn
from assistant.session import SessionState


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``listen``."""
    listen = subparsers.add_parser(
        "listen",
        help="answer what the microphone hears after the wake word",
        epilog="Where [voice] mode in settings.toml asks for a PIN, it is typed, or taken from "
        "ASSISTANT_PIN. See docs/voice-id.md.",
    )
    listen.add_argument("--as", dest="speaker", required=True, metavar="SPEAKER")
    listen.add_argument(
        "--pcm",
        action="store_true",
        help="read 16 kHz mono s16le from standard input instead of the microphone",
    )
    listen.add_argument(
        "--push-to-talk",
        action="store_true",
        help="all that is heard is meant for the assistant: no wake word",
    )
    listen.add_argument("--json", action="store_true", help="one JSON line a turn, no sound")
    add_engine(listen)
    listen.set_defaults(run=_listen)


def _leave(login: LogIn, opened: SessionState, last: SessionState) -> None:
    """End the log-in with the program, unless time or «закончить сеанс» ended it."""
    login.expired(opened, _now())
    if not login.needed(last, _now()):
        login.log_out(last.member)


def _now() -> datetime:
    return datetime.now().astimezone()


def _listen(args: argparse.Namespace) -> int:
    from assistant.audio.echo import EchoCanceller  # takes 0.3 s to load

    paths = Paths.from_environment()
    member = member_of_staff(paths, args.speaker)
    attention = None
    if not args.push_to_talk:
        attention = Attention(settings.load(paths.settings).attention)
    echo = EchoCanceller()
    player = None if args.json else Player(handed_out=echo.played)
    if args.pcm:
        frames = frames_from_pcm(sys.stdin.buffer)
    else:
        frames = frames_from_microphone(echo.clean if player else None)
    state = SessionState(member.id)
    with opened(paths, args.engine, attention.wake_word if attention else None) as box:
        frames = watched(frames, box.login)
        state = log_in(box.login, state, frames)
        if player is not None:
            box.voice.warm()
        listening = Listening(box.assistant, member, attention, player, state)
        try:
            for turn in listening.turns(frames):
                seen = box.assistant.shown(turn, listening.state)
                show(seen, None, as_json=args.json, one_line=True)
                if turn.ended and box.login.needed(listening.state, _now()):
                    break
        finally:
            _leave(box.login, state, listening.state)
        if player is not None:
            player.wait()
    return 0
