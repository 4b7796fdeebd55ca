"""`assistant asr-grammar` and `bench-asr`: what the recognisers can hear, and how well."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant import settings
from assistant.box import expected_names, ledger_client
from assistant.config import Paths
from assistant.errors import ModelError
from assistant.recognition import bench, bench_report, grammar
from assistant.recognition.engines import Engine, installed, open_recognizer, open_vosk
from assistant.roster import Roster
from assistant.settings import SettingsError
from nlu.evaluate import HELDOUT, TableError, read_roster
from nlu.gazetteer import Gazetteer
from nlu.parser import InProcessParser


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    show = subparsers.add_parser(
        "asr-grammar", help="the words that Vosk expects, and those its model does not know"
    )
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)

    compare = subparsers.add_parser(
        "bench-asr", help="compare the installed recognisers on a folder of recordings"
    )
    compare.add_argument("folder", type=Path, metavar="FOLDER")
    compare.add_argument("--engine", type=Engine, choices=list(Engine), help="only this one")
    compare.add_argument(
        "--noise", action="store_true", help="also with babble and pink noise at 20, 10 and 5 dB"
    )
    compare.add_argument("--out", type=Path, metavar="DIR", help="write asr.json and asr.png here")
    compare.add_argument(
        "--roster", type=Path, default=HELDOUT.parent, metavar="DIR",
        help="patients.csv and hospitals.csv that the recordings name; default: the demo clinic's",
    )  # fmt: skip
    compare.set_defaults(run=_bench)


def _bench(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    items = bench.recordings(args.folder)
    try:
        people, places = read_roster(args.roster)
    except TableError as error:
        raise SettingsError(
            str(error), f"Give --roster a folder with tables like those in {HELDOUT.parent}."
        ) from error
    parser = InProcessParser.load(Gazetteer(people, places))
    names = people, places
    engines = [args.engine] if args.engine else installed(paths)
    if not engines:
        raise ModelError("No recogniser's model is on this box.", "Run: assistant models fetch")
    noises = [name for name, _ in bench.conditions()] if args.noise else ["clean"]
    scores = []
    for engine in engines:
        recognizer = open_recognizer(engine, paths, lambda: names)
        for noise in track(noises, recognizer.name, console=Console(stderr=True)):
            scores += bench.measure(recognizer, parser, items, noise)
    Console().print(*bench_report.tables(scores))
    if args.out:
        bench_report.write(scores, args.out)
    return 0


def _show(args: argparse.Namespace) -> int:
    """Print words that can't be recognised: names among them, so for the admin's eyes only."""
    paths = Paths.from_environment()
    recognizer = open_vosk(paths)
    roster = Roster(ledger_client(paths))
    failure = roster.snapshot().failure
    if failure is not None:
        raise failure
    wake_word = settings.load(paths.settings).attention.wake_word
    built = grammar.build(*expected_names(roster)(), recognizer.knows, wake_word)
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
