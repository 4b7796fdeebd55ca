"""``python -m ledger serve | verify | rotate-key --home DIR``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ledger.errors import ServiceError, SetupError
from ledger.keys import Keys
from ledger.server import serve
from ledger.verify import verify
from ledger_client.algorithms import SIGNATURES


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when damage was found, 2 when it can't run."""
    parser = argparse.ArgumentParser(prog="ledger", description="The medical ledger.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    server = commands.add_parser("serve", help="serve the REST API")
    server.add_argument("--home", type=Path, required=True, help="folder of database and keys")
    server.add_argument("--port", type=int, required=True, help="0 takes a free port")
    server.add_argument("--host", default="127.0.0.1", help="a loopback address")
    server.add_argument("--tls-cert", type=Path, help="certificate chain (PEM)")
    server.add_argument("--tls-key", type=Path, help="its key (PEM)")
    server.add_argument("--contracts-node", metavar="URL", help="an Ethereum node for contracts")
    server.set_defaults(run=lambda a: serve(a.home, a.port, a.host, _tls(a), a.contracts_node))
    checker = commands.add_parser("verify", help="check every record")
    checker.add_argument("--home", type=Path, required=True, help="folder of database and keys")
    checker.set_defaults(run=lambda a: print_verdict(a.home))
    rotation = commands.add_parser("rotate-key", help="give the node a new signing key")
    rotation.add_argument("--home", type=Path, required=True, help="folder of database and keys")
    rotation.add_argument("--algorithm", choices=sorted(SIGNATURES), default="ed25519")
    rotation.set_defaults(run=lambda a: print(Keys.rotate(a.home / "keys", a.algorithm)))
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given) or 0)
    except ServiceError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 2


def _tls(given: argparse.Namespace) -> tuple[Path, Path] | None:
    if given.tls_cert is None and given.tls_key is None:
        return None
    if given.tls_cert is None or given.tls_key is None:
        raise SetupError("TLS needs both --tls-cert and --tls-key.")
    return given.tls_cert, given.tls_key


def print_verdict(home: Path) -> int:
    """Verify and print one line for each finding; 0 when the ledger is intact, else 1."""
    verdict = verify(home)
    for finding in verdict.findings:
        print(finding.damage, finding.chain or "-", finding.sequence or "-", finding.detail)
    state = "intact" if verdict.intact else "DAMAGED"
    print(
        f"{state}: {verdict.records} records in {verdict.chains} chains, {verdict.blocks} blocks, "
        f"{verdict.erased} records erased"
    )
    return 0 if verdict.intact else 1


if __name__ == "__main__":
    sys.exit(main())
