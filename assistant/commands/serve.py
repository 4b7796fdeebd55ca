"""`assistant serve` and `assistant tablet`: the page at the bedside."""

from __future__ import annotations

import argparse
from datetime import datetime

from rich.console import Console
from rich.table import Table

from assistant import settings
from assistant.box import member_of_staff, opened
from assistant.config import Paths
from assistant.server.admin import new_token
from assistant.server.devices import Devices
from assistant.server.serving import DEFAULT_PORT, serve


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    server = subparsers.add_parser("serve", help="serve the page for tablets")
    server.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free port")
    server.add_argument(
        "--lan",
        action="store_true",
        help="let other machines in, over HTTPS with a self-made certificate",
    )
    server.add_argument(
        "--no-wake-word",
        action="store_true",
        help="all that is heard is meant for the assistant",
    )
    server.set_defaults(run=_serve)

    tablet = subparsers.add_parser("tablet", help="tablets that may connect").add_subparsers(
        required=True
    )
    pair = tablet.add_parser("pair", help="let one more tablet in, for one speaker")
    pair.add_argument("speaker", metavar="SPEAKER")
    pair.set_defaults(run=_pair)
    tablet.add_parser("list", help="list the tablets").set_defaults(run=_list)
    forget = tablet.add_parser("forget", help="let a tablet in no more")
    forget.add_argument("tablet", metavar="ID")
    forget.set_defaults(run=_forget)

    link = subparsers.add_parser(
        "admin-link", help="a new link to the admin's page; the one before ends"
    )
    link.set_defaults(run=_admin_link)
    for command in (pair, link):
        command.add_argument(
            "--url",
            default=f"http://127.0.0.1:{DEFAULT_PORT}/",
            help="the address that assistant serve printed (default: %(default)s)",
        )


def _serve(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()

    def ready(url: str, fingerprint: str | None) -> None:
        print(f"Page ready at {url}", flush=True)
        if fingerprint is not None and "127.0.0.1" in url:
            print(f"Certificate SHA-256 {fingerprint}", flush=True)

    wake_word = None if args.no_wake_word else settings.load(paths.settings).attention.wake_word
    with opened(paths, wake_word=wake_word) as box:
        box.voice.warm()
        serve(
            box,
            paths,
            args.port,
            lan=args.lan,
            wake_word=not args.no_wake_word,
            ready=ready,
        )
    return 0


def _pair(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    member = member_of_staff(paths, args.speaker)
    device, token = Devices(paths.devices).pair(member.id, datetime.now().astimezone())
    print(f"{device.id} listens for {member.id}. Open this on the tablet; it is shown only now:")
    print(f"{args.url.rstrip('/')}/#{token}")
    return 0


def _list(_: argparse.Namespace) -> int:
    table = Table("tablet", "speaker", "paired")
    for device in Devices(Paths.from_environment().devices).all():
        table.add_row(device.id, device.member, f"{device.paired_at:%Y-%m-%d %H:%M}")
    Console().print(table)
    return 0


def _forget(args: argparse.Namespace) -> int:
    Devices(Paths.from_environment().devices).forget(args.tablet)
    print("Forgotten. If it is connected now, that ends within ten seconds.")
    return 0


def _admin_link(args: argparse.Namespace) -> int:
    token = new_token(Paths.from_environment().admin_token)
    print("Open this to administer the box; it is shown only now:")
    print(f"{args.url.rstrip('/')}/admin#{token}")
    return 0
