"""`assistant asr-grammar`: what the Vosk engine can and can't hear of this box's roster."""

from __future__ import annotations

import argparse
import json

from rich.console import Console
from rich.table import Table

from assistant.box import expected_names, ledger_client
from assistant.config import Paths
from assistant.recognition import grammar
from assistant.recognition.engines import open_vosk
from assistant.roster import Roster


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    show = subparsers.add_parser(
        "asr-grammar", help="the words that Vosk expects, and those its model does not know"
    )
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)


def _show(args: argparse.Namespace) -> int:
    """Print words that can't be recognised: names among them, so for the admin's eyes only."""
    paths = Paths.from_environment()
    recognizer = open_vosk(paths)
    roster = Roster(ledger_client(paths))
    failure = roster.snapshot().failure
    if failure is not None:
        raise failure
    built = grammar.build(*expected_names(roster)(), recognizer.knows)
    if args.json:
        form = {
            "model": recognizer.name,
            "takes_grammar": recognizer.takes_grammar,
            "phrases": len(built.phrases),
            "words": built.words,
            "missing": {source: list(words) for source, words in built.missing.items()},
        }
        print(json.dumps(form, ensure_ascii=False, indent=2))
        return 0
    table = Table("source", "words that the model lacks", title=recognizer.name)
    for source, words in built.missing.items():
        table.add_row(f"{source} ({len(words)})", ", ".join(words) or "–")
    console = Console()
    console.print(table)
    console.print(f"{len(built.phrases)} phrases of {built.words} words are expected.")
    if not recognizer.takes_grammar:
        console.print("This model takes no grammar: one free pass is all it can do.")
    return 0
