"""`assistant models`: list, fetch and verify the weights."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from assistant.config import Paths
from models import manifest, store
from models.fetch import fetch
from models.manifest import Model
from models.store import State

_COLOURS = {
    State.MISSING: "dim",
    State.PRESENT: "yellow",
    State.VERIFIED: "green",
    State.CORRUPT: "red",
}


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    group = subparsers.add_parser("models", help="the weights").add_subparsers(required=True)
    group.add_parser("list", help="what there is and what is here").set_defaults(run=_list)

    get = group.add_parser("fetch", help="fetch models (those the assistant needs by default)")
    which = get.add_mutually_exclusive_group()
    which.add_argument("names", nargs="*", default=[], metavar="NAME")
    which.add_argument("--default", action="store_true", help="those the assistant needs")
    which.add_argument("--all", action="store_true", help="every model that has a checksum")
    get.add_argument(
        "--allow-unpinned", action="store_true", help="trust a model that has no known checksum"
    )
    get.set_defaults(run=_fetch)

    verify = group.add_parser("verify", help="read every file again and compare its SHA-256")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: all that are here")
    verify.set_defaults(run=_verify)


def _list(_: argparse.Namespace) -> int:
    root = Paths.from_environment().models
    table = Table(caption=str(root))
    for heading in ("model", "role", "size", "licence", "state"):
        table.add_column(heading, no_wrap=True)
    table.add_column("sources")
    for model in manifest.load().values():
        state = store.state(model, root)
        table.add_row(
            f"[bold]{model.name}[/bold]" if model.default else model.name,
            model.role,
            f"{model.size / 1e6:.0f} MB" if model.pinned else "?",
            model.licence,
            f"[{_COLOURS[state]}]{state}[/]" + ("" if model.pinned else " [red]unpinned[/red]"),
            ", ".join(map(str, model.sources)),
        )
    Console().print(table)
    return 0


def _fetch(args: argparse.Namespace) -> int:
    root = Paths.from_environment().models
    names = args.names or [model.name for model in _chosen(args)]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        for name in names:
            bar = bars.add_task(name, total=manifest.get(name).size or None)
            folder = fetch(
                name,
                root,
                _shown_on(bars, bar),
                allow_unpinned=args.allow_unpinned,
            )
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            bars.update(bar, completed=size, total=size)
    return 0


def _shown_on(bars: Progress, bar: TaskID) -> Callable[[int, int], None]:
    return lambda done, total: bars.update(bar, completed=done, total=total or None)


def _verify(args: argparse.Namespace) -> int:
    root = Paths.from_environment().models
    names = args.names or [
        model.name
        for model in manifest.load().values()
        if store.state(model, root) is not State.MISSING
    ]
    for name in names:
        store.verify(name, root)
        print(f"{name}: verified")
    return 0


def _chosen(args: argparse.Namespace) -> list[Model]:
    every = manifest.load().values()
    return [model for model in every if (model.pinned if args.all else model.default)]
