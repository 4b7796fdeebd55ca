"""``make cluster``: start three nodes, say how to reach them, end them with Ctrl-C."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Final

from rich.console import Console
from rich.table import Table

from ledger.cluster.local import QUICK, Cluster
from ledger.databases import ADDRESS
from ledger.errors import SetupError

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run until a signal comes; 2 when the cluster can't be started."""
    for number in _ENDS:
        signal.signal(number, _interrupt)
    console = Console()
    try:
        with console.status("Starting three nodes"):
            cluster = Cluster(QUICK)
    except SetupError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    with cluster:
        with suppress(KeyboardInterrupt):
            _show(cluster, console)
            while True:
                signal.pause()
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave nodes behind
    console.print("Ended; nothing is left.")
    return 0


def _show(cluster: Cluster, console: Console) -> None:
    table = Table("node", "address", "role", "state")
    for member in cluster.members():
        table.add_row(member.name, member.host, member.role, member.state)
    console.print(table)
    home = cluster.folder / "ledger"
    home.mkdir(mode=0o700)
    (home / ADDRESS).touch(mode=0o600)
    (home / ADDRESS).write_text(cluster.address)
    # whole lines: they are there to be copied
    for line in (
        f"\nThe ledger's database ({home / ADDRESS}):\n{cluster.address}",
        f"\nA ledger on it: {sys.executable} -m ledger serve --home {home} --port 8800",
        f"Logs: {cluster.folder}/n*/*.log",
        "\nCtrl-C ends the cluster and drops its data and that ledger's keys.",
    ):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
