"""`assistant demo-clinic` and `assistant ledger`: the embedded ledger and its invented clinic."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from rich.console import Console
from rich.table import Table

from assistant.config import Paths
from ledger import demo, server
from ledger.databases import exists
from ledger.erasure import forget
from ledger.errors import IdempotencyConflict, ServiceError
from ledger.store import Store
from ledger.verify import verify
from ledger_client.errors import LedgerError

DEFAULT_PORT: Final = 8460
_DAMAGED_EXIT_CODE: Final = 8


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    subparsers.add_parser(
        "demo-clinic", help="load the invented clinic into this box's ledger"
    ).set_defaults(run=_load)

    group = subparsers.add_parser("ledger", help="this box's ledger").add_subparsers(required=True)
    serve = group.add_parser("serve", help="serve the REST API on this machine")
    serve.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free port")
    serve.set_defaults(run=_serve)
    group.add_parser("verify", help="check every record").set_defaults(run=_verify)
    forgetting = group.add_parser(
        "forget-patient", help="destroy a patient's key and records for ever"
    )
    forgetting.add_argument("card", help="number of the patient's card")
    forgetting.add_argument("--reason", required=True, help="why; it is kept in the ledger")
    forgetting.set_defaults(run=_forget)


def _load(_: argparse.Namespace) -> int:
    with _explained(), closing(Store(Paths.from_environment().ledger)) as store:
        try:
            loaded = demo.load(store)
        except IdempotencyConflict as error:
            raise LedgerError(
                "The ledger holds the demo clinic of another version.",
                "Set ASSISTANT_HOME to an empty folder and load it there.",
            ) from error
    table = Table("kind", "records", title="Demo clinic")
    for kind, count in loaded.most_common():
        table.add_row(kind, f"{count}")
    table.add_row("total", f"{loaded.total()}", style="bold")
    Console().print(table)
    return 0


def _serve(args: argparse.Namespace) -> int:
    with _explained():
        server.serve(Paths.from_environment().ledger, args.port)
    return 0


def _verify(_: argparse.Namespace) -> int:
    with _explained():
        verdict = verify(Paths.from_environment().ledger)
    if verdict.intact:
        print(
            f"The ledger is intact: {verdict.records} records in {verdict.chains} chains, "
            f"{verdict.blocks} blocks, {verdict.erased} records erased."
        )
        return 0
    table = Table("damage", "chain", "record", "what was found", title="The ledger is damaged")
    for finding in verdict.findings:
        table.add_row(
            finding.damage, (finding.chain or "")[:16], f"{finding.sequence or ''}", finding.detail
        )
    Console().print(table)
    return _DAMAGED_EXIT_CODE


def _forget(args: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    if not exists(paths.ledger):
        raise LedgerError("There is no ledger in this box.", "Run: assistant demo-clinic.")
    with _explained(), closing(Store(paths.ledger)) as store:
        receipt = forget(store, args.card, "node", args.reason)
    if paths.ledger_cache.exists():
        # kept answers may tell of the patient
        shutil.rmtree(paths.ledger_cache)
    print("The patient's key and records are destroyed. Hashes and links stay and verify.")
    print(f"receipt: record {receipt.record_id}, number {receipt.sequence}, hash {receipt.hash}")
    return 0


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the service's refusals into errors that the command line explains."""
    try:
        yield
    except ServiceError as error:
        raise LedgerError(
            f"{error.code}: {error.detail}", "Run: assistant ledger verify, or restore the ledger."
        ) from None
