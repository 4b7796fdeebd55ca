"""``assistant nlu``: how well the assistant understands, and tuning it without a programmer."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from assistant import settings
from assistant.audit import Audit
from assistant.commands import nlu_tables as tables
from assistant.config import Paths
from assistant.tuning.errors import TuningError
from assistant.vault import Vault
from nlu.evaluate import HELDOUT, HELDOUT_TODAY
from nlu.messages import INTENTS

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from assistant.tuning.history import Promotion
    from assistant.tuning.review import ReviewQueue
    from assistant.tuning.versions import VersionStore

# The modules of tuning load scikit-learn and the dictionary: each command imports what it needs,
# so that the rest of the command line stays quick.


def add_commands(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``nlu`` with its own subcommands."""
    nlu = subparsers.add_parser("nlu", help="understanding: test and tune")
    commands = nlu.add_subparsers(required=True, metavar="COMMAND")
    _add_test(commands)
    add = commands.add_parser("add", help="add examples of this site")
    add.add_argument("intent", metavar="INTENT", help=", ".join(INTENTS))
    add.add_argument("texts", metavar="TEXT", nargs="+", help="what the doctor says")
    add.set_defaults(run=_add)
    train = commands.add_parser("train", help="train a new version; the one in use stays in use")
    train.set_defaults(run=_train)
    commands.add_parser("versions", help="what was trained and what is in use").set_defaults(
        run=_versions
    )
    diff = commands.add_parser("diff", help="what changes from one version to another")
    diff.add_argument("before", metavar="A", help="a version, or: shipped")
    diff.add_argument("after", metavar="B")
    diff.set_defaults(run=_diff)
    promote = commands.add_parser("promote", help="bring a version into use")
    promote.add_argument("version", metavar="VERSION")
    promote.add_argument("--force", action="store_true", help="even if it is worse")
    promote.add_argument(
        "--reason", metavar="TEXT", help="why; kept in history and audit, so name no patient"
    )
    promote.set_defaults(run=_promote)
    commands.add_parser("rollback", help="go back to the version before").set_defaults(
        run=_rollback
    )
    commands.add_parser(
        "rasa", help="train Rasa, where it runs beside, on the version in use"
    ).set_defaults(run=_rasa)
    review = commands.add_parser("review", help="utterances that were not understood")
    review.set_defaults(run=_review)
    actions = review.add_subparsers(metavar="ACTION")
    label = actions.add_parser("label", help="make an utterance an example")
    label.add_argument("number", metavar="N", type=int)
    label.add_argument("intent", metavar="INTENT")
    label.set_defaults(run=_label)
    drop = actions.add_parser("drop", help="remove an utterance")
    drop.add_argument("number", metavar="N", type=int)
    drop.set_defaults(run=_drop)


def _add_test(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    test = commands.add_parser("test", help="score a version on the golden set, or your own")
    test.add_argument("version", nargs="?", metavar="VERSION", help="default: the one in use")
    test.add_argument(
        "--cases", type=Path, help="table of utterances with answers; default: the golden set"
    )
    test.add_argument(
        "--roster", type=Path, default=HELDOUT.parent,
        help="folder with the patients.csv and hospitals.csv that the answers refer to",
    )  # fmt: skip
    test.add_argument(
        "--today", type=date.fromisoformat, default=HELDOUT_TODAY, help="day the answers are for"
    )
    test.set_defaults(run=_test)


def _test(args: argparse.Namespace) -> int:
    """Print the tables; 1 when a patient of ``--cases`` was chosen wrongly without asking."""
    from assistant.tuning.scores import SLOTS, golden_cases
    from nlu.evaluate import TableError, evaluate, labelled_slots, read_cases, read_roster
    from nlu.gazetteer import Gazetteer
    from nlu.parser import InProcessParser

    try:
        people, places = read_roster(args.roster)
        cases = golden_cases() if args.cases is None else read_cases(args.cases)
    except TableError as error:
        raise TuningError(
            str(error),
            f"Give --cases a table like {HELDOUT}, and --roster a folder with tables like "
            "patients.csv and hospitals.csv beside that.",
        ) from error
    store = _store()
    model = store.model(args.version or store.current())
    today: date = args.today
    parser = InProcessParser(model, Gazetteer(people, places), lambda: today)
    report = evaluate(parser, cases, labelled_slots(SLOTS) if args.cases is None else ())
    Console().print(*tables.report_tables(report))
    return 1 if args.cases is not None and report.patients_wrong else 0


def _add(args: argparse.Namespace) -> int:
    from assistant.tuning import overlay

    store = _store()
    added = overlay.add(store.site_file, args.intent, args.texts)
    _audit().append_admin("nlu_example", intent=args.intent, added=added)
    print(f"{added} added to {store.site_file}; next: assistant nlu train")
    return 0


def _train(_: argparse.Namespace) -> int:
    from assistant.tuning.plot import write_plot
    from assistant.tuning.scores import FOLDS

    store, console = _store(), Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("read", total=FOLDS + 3)
        made = store.train(lambda step: bar.update(task, description=step, advance=1))
    _audit().append_admin("nlu_train", to=made.id)
    console.print(tables.confusion_table(made.validation), tables.measures_table(made.golden))
    try:
        write_plot(store.picture(made.id), made.validation)
        console.print(f"confusion matrix: {store.picture(made.id)}", soft_wrap=True)
    except TuningError as error:
        console.print(str(error))
    current = store.current()
    console.print(
        f"[bold]{made.id}[/bold] is trained, {current} stays in use. Next: "
        f"assistant nlu diff {current} {made.id}, assistant nlu promote {made.id}"
    )
    return 0


def _versions(_: argparse.Namespace) -> int:
    from assistant.tuning.history import SHIPPED

    store = _store()
    table = Table("", "version", "trained", "by", "examples", "cross-validation", "state")
    current = store.current()
    table.add_row("●" if current == SHIPPED else "", SHIPPED, "", "", "", "", "")
    for id in store.all():
        mark = "●" if id == current else ""
        try:
            version = store.read(id)
            store.check(id)
        except TuningError as error:
            table.add_row(mark, id, "", "", "", "", f"[red]{error.cause}[/red]")
            continue
        table.add_row(
            mark,
            id,
            f"{version.created.astimezone():%Y-%m-%d %H:%M}",
            version.author,
            str(sum(version.examples.values())),
            f"{version.validation.accuracy.rate:.1%}",
            "",
        )
    console = Console()
    console.print(table)
    history = store.history()
    if history:
        console.print(*map(_promotion_line, history), sep="\n")
    return 0


def _promotion_line(entry: Promotion) -> str:
    forced = f", forced: {entry.forced}" if entry.forced else ""
    when = f"{entry.at.astimezone():%Y-%m-%d %H:%M}"
    return f"{when} {entry.action} to {entry.version} by {entry.author}{forced}"


def _diff(args: argparse.Namespace) -> int:
    from assistant.tuning.scores import golden

    store = _store()
    before, after = (golden(store.model(id)) for id in (args.before, args.after))
    console = Console()
    console.print(tables.golden_table(before, after, (args.before, args.after)))
    flips = tables.flips_table(before, after)
    console.print(flips if flips.row_count else "No golden utterance flipped.")
    return 0


def _promote(args: argparse.Namespace) -> int:
    if args.force and not (args.reason or "").strip():
        raise TuningError("--force needs --reason TEXT.", "Say why a worse model is to be used.")
    store = _store()
    entry = store.promote(args.version, _audit(), forced=args.reason if args.force else None)
    print(f"{entry.version} is in use. A running assistant takes it up within seconds.")
    return 0


def _rollback(_: argparse.Namespace) -> int:
    entry = _store().rollback(_audit())
    print(f"{entry.version} is in use again. A running assistant takes it up within seconds.")
    return 0


def _rasa(_: argparse.Namespace) -> int:
    """A running assistant takes the new model up by itself."""
    from nlu.rasa_errors import RasaError
    from nlu.rasa_train import train

    paths, store = _paths(), _store()
    version = store.current()
    store.check(version)
    with Console(stderr=True).status("Training Rasa takes a minute or two …"):
        try:
            seconds = train(paths.rasa_python, paths.rasa_model, home=store.project(version))
        except RasaError as error:
            raise TuningError(error.cause, error.fix) from error
    _audit().append_admin("nlu_rasa", to=version)
    print(f"Rasa is trained on {version} in {seconds:.0f} s: {paths.rasa_model}")
    return 0


def _review(_: argparse.Namespace) -> int:
    entries = _queue().entries(_now())
    if entries:
        Console().print(tables.review_table(entries))
    elif settings.load(_paths().settings).nlu.review:
        print("The queue is empty.")
    else:
        print(
            "The queue is off. To collect (masked) what was not understood, write into "
            f"{_paths().settings}:\n[nlu]\nreview = true"
        )
    return 0


def _label(args: argparse.Namespace) -> int:
    store = _store()
    text = _queue().label(args.number, args.intent, store.site_file, _now())
    _audit().append_admin("nlu_label", intent=args.intent)
    print(f"Added to {args.intent}: {text}\nNext: assistant nlu train")
    return 0


def _drop(args: argparse.Namespace) -> int:
    _queue().drop(args.number, _now())
    _audit().append_admin("nlu_drop")
    return 0


def _paths() -> Paths:
    return Paths.from_environment()


def _store() -> VersionStore:
    from assistant.tuning.versions import VersionStore

    return VersionStore(_paths().nlu)


def _queue() -> ReviewQueue:
    from assistant.tuning.review import ReviewQueue

    vault = Vault.open_site(_paths().site_key)
    return ReviewQueue(_store().review_file, vault, review=False)


def _audit() -> Audit:
    paths = _paths()
    return Audit(paths.audit, Vault.open_site(paths.site_key))


def _now() -> datetime:
    return datetime.now(UTC)
