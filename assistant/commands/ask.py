"""`assistant ask`, `parse` and `transcribe`: recordings in, answers out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant import settings
from assistant.audio.files import read_utterance
from assistant.audio.player import write_wav
from assistant.box import Box, ledger_client, member_of_staff, opened
from assistant.commands.login import log_in
from assistant.config import Paths
from assistant.messages import NothingHeard, Transcript, Utterance
from assistant.recognition.engines import Engine, open_recognizer
from assistant.roster import Roster
from assistant.session import SessionState
from assistant.speaker.session_voice import VoiceIdMode
from assistant.staff import StaffMember
from assistant.tuning.versions import VersionStore
from assistant.turn import Turn
from ledger_client.errors import LedgerError
from nlu.messages import Entity, Measurement, PatientMention, Period

LEDGER_EXIT_CODE = 5


def turn_to_json(turn: Turn, audio: Path | None) -> dict[str, Any]:
    """The stable machine form of a turn. To what was refused no patient is found.

    Its words are those of whoever spoke: a stream of strangers is told as
    :meth:`assistant.pipeline.Assistant.shown`.
    """
    speaker = turn.speaker
    passed = turn.gate.allowed
    return {
        "transcript": turn.heard.text if isinstance(turn.heard, Transcript) else "",
        "heard": "words" if isinstance(turn.heard, Transcript) else turn.heard.reason.value,
        "intent": turn.parse.intent if turn.parse else None,
        "entities": [
            entity_to_json(entity, resolved=passed)
            for entity in (turn.parse.entities if turn.parse else ())
        ],
        "patient": turn.card,
        "speaker": {
            "decision": speaker.outcome.value if speaker else None,
            "score": round(speaker.score, 4) if speaker else None,
            "threshold": round(speaker.threshold, 4) if speaker else None,
        },
        "gate": {"allowed": passed, "reason": turn.gate.reason},
        "answer": {"text": turn.answer.text, "audio": str(audio) if audio else None},
        "error": turn.error,
        "timings_ms": {name: round(value, 1) for name, value in turn.timings_ms.items()},
    }


def entity_to_json(entity: Entity, *, resolved: bool) -> dict[str, Any]:
    """An entity; its value only when ``resolved``, since it may come from the roster."""
    form: dict[str, Any] = {"name": entity.name, "text": entity.text}
    if resolved:
        form["value"] = _value_to_json(entity)
    return form


def _value_to_json(entity: Entity) -> Any:
    match entity.value:
        case PatientMention(candidates=candidates, ambiguous=ambiguous):
            return {
                "cards": [candidate.card for candidate in candidates],
                "ambiguous": ambiguous,
            }
        case Period(start=start, end=end):
            return {"start": start.isoformat(), "end": end.isoformat()}
        case Measurement(numbers=numbers, unit=unit):
            return {"numbers": [str(number) for number in numbers], "unit": unit}
        case str() | int() as plain:
            return plain
        case day:
            return day.isoformat()


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    ask = subparsers.add_parser("ask", help="answer one recorded question")
    ask.add_argument("--audio", type=Path, required=True, metavar="FILE")
    ask.add_argument("--as", dest="speaker", required=True, metavar="SPEAKER")
    ask.add_argument("--session", metavar="ID", help="keep the dialogue under this name")
    ask.add_argument("--out", type=Path, metavar="WAV", help="where the spoken answer goes")
    ask.add_argument("--json", action="store_true")
    add_engine(ask)
    ask.set_defaults(run=_ask)

    parse = subparsers.add_parser("parse", help="understand a written utterance")
    parse.add_argument("text")
    parse.add_argument("--json", action="store_true")
    parse.set_defaults(run=_parse)

    transcribe = subparsers.add_parser("transcribe", help="recognise a recording")
    transcribe.add_argument("audio", type=Path, metavar="FILE")
    transcribe.add_argument("--json", action="store_true")
    add_engine(transcribe)
    transcribe.set_defaults(run=_transcribe)


def add_engine(command: argparse.ArgumentParser) -> None:
    """Add ``--engine``."""
    command.add_argument(
        "--engine", type=Engine, choices=list(Engine), help="recogniser, instead of settings.toml's"
    )


def _ask(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    member = member_of_staff(paths, args.speaker)
    utterance = read_utterance(args.audio)
    audio: Path = args.out or paths.home / "answers" / f"{args.session or 'last'}.wav"
    with opened(paths, args.engine, to_stay=False) as box:
        if args.session:
            with box.sessions.hold(args.session, member.id) as session:
                # kept by itself: a time-out is recorded once, also when the PIN is then refused
                session.state = box.login.expired(session.state, datetime.now().astimezone())
            with box.sessions.hold(args.session, member.id) as session:
                turn, session.state = _answer(box, utterance, member, session.state)
        else:
            turn, _ = _answer(box, utterance, member, SessionState(member.id))
    if turn.speech is not None:
        write_wav(audio, turn.speech)
    show(turn, audio if turn.speech is not None else None, as_json=args.json)
    return LEDGER_EXIT_CODE if turn.error else 0


def _answer(
    box: Box, utterance: Utterance | NothingHeard, member: StaffMember, state: SessionState
) -> tuple[Turn, SessionState]:
    """One turn, after the PIN where the site asks for one and the session is not open yet."""
    if box.login.mode is VoiceIdMode.NONE:
        state = log_in(box.login, state, ())
    return box.assistant.ask(utterance, member, state, datetime.now().astimezone())


def _parse(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    roster = Roster(ledger_client(paths), VersionStore(paths.nlu)).snapshot()
    parse = roster.parser.parse(args.text)
    entities = [entity_to_json(entity, resolved=True) for entity in parse.entities]
    form = {
        "text": parse.text,
        "intent": parse.intent,
        "confidence": round(parse.confidence, 4),
        "entities": entities,
        "roster": "ledger" if roster.failure is None else roster.failure.code,
    }
    if args.json:
        print(json.dumps(form, ensure_ascii=False, indent=2))
        return 0
    table = Table(title=f"{parse.intent} ({parse.confidence:.2f})")
    for heading in ("entity", "text", "value"):
        table.add_column(heading)
    for entity in entities:
        table.add_row(
            entity["name"], entity["text"], json.dumps(entity["value"], ensure_ascii=False)
        )
    Console().print(table)
    if isinstance(roster.failure, LedgerError):
        Console(stderr=True).print(f"Names are not known: {roster.failure}")
    return 0


def _transcribe(args: argparse.Namespace) -> int:
    utterance = read_utterance(args.audio)
    heard: Transcript | NothingHeard
    if isinstance(utterance, Utterance):
        paths = Paths.from_environment()
        engine = args.engine or settings.load(paths.settings).recognition.engine
        heard = open_recognizer(engine, paths).transcribe(utterance)
    else:
        heard = utterance
    if isinstance(heard, NothingHeard):
        form: dict[str, Any] = {"transcript": "", "heard": heard.reason.value}
    else:
        form = {
            "transcript": heard.text,
            "heard": "words",
            "alternatives": list(heard.alternatives),
            "confidence": round(heard.confidence, 4),
        }
    print(json.dumps(form, ensure_ascii=False, indent=2) if args.json else form["transcript"])
    return 0


def show(turn: Turn, audio: Path | None, *, as_json: bool, one_line: bool = False) -> None:
    """Print a turn."""
    form = turn_to_json(turn, audio)
    if as_json:
        print(json.dumps(form, ensure_ascii=False, indent=None if one_line else 2), flush=True)
        return
    lines: Iterable[str] = (
        f"[dim]{form['transcript'] or form['heard']}[/dim]",
        f"[bold]{turn.answer.text}[/bold]",
        f"[dim]{form['speaker']['decision']} {form['speaker']['score']} · "
        f"{form['gate']['reason']} · {form['timings_ms']['total']:.0f} ms[/dim]",
    )
    Console().print("\n".join(lines))
