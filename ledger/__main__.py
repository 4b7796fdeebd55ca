"""``python -m ledger serve | verify | forget-patient | rotate-key | cosign``."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from ledger.contracts import embedded
from ledger.contracts.errors import JournalDamaged
from ledger.databases import exists
from ledger.erasure import forget
from ledger.errors import ServiceError, SetupError
from ledger.keys import Keys, secret_file
from ledger.server import serve
from ledger.store import Store
from ledger.verify import verify
from ledger.writing import DEFAULT_CHANNEL
from ledger_client import LedgerClient
from ledger_client.algorithms import SIGNATURES
from ledger_client.errors import LedgerError
from ledger_client.signing import Credential
from ledger_client.trust import Trust
from ledger_client.witness import Witness


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
    eraser = commands.add_parser("forget-patient", help="destroy a patient's key and records")
    eraser.add_argument("--home", type=Path, required=True, help="folder of database and keys")
    eraser.add_argument("--card", required=True, help="number of the patient's card")
    eraser.add_argument("--reason", required=True, help="why; it is kept in the ledger")
    eraser.set_defaults(run=erase)
    witness = commands.add_parser("cosign", help="co-sign a channel's checkpoint once")
    witness.add_argument("--url", required=True, help="address of the ledger")
    witness.add_argument("--token-file", type=Path, required=True, help="account's credential")
    witness.add_argument("--node-key", type=Path, required=True, help="the ledger's node.pub")
    witness.add_argument("--channel", default=DEFAULT_CHANNEL)
    witness.add_argument("--organisation", required=True)
    witness.add_argument("--key-file", type=Path, required=True, help="made on first use")
    witness.add_argument("--state", type=Path, required=True, help="what was co-signed last")
    witness.set_defaults(run=cosign)
    for name, about in (
        ("fhir-export", "write a patient as a FHIR Bundle to standard output"),
        ("fhir-import", "store a FHIR R4B Bundle from standard input"),
    ):
        exchange = commands.add_parser(name, help=about)
        exchange.add_argument("--url", required=True, help="address of the ledger")
        exchange.add_argument("--token-file", type=Path, required=True, help="credential")
        if name == "fhir-export":
            exchange.add_argument("--card", required=True)
            exchange.add_argument("--release", choices=("R4B", "R5"), default="R4B")
        else:
            exchange.add_argument("--consent", required=True, help="version of the text")
        exchange.set_defaults(run=exchange_fhir)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given) or 0)
    except ServiceError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 2


def erase(given: argparse.Namespace) -> int:
    """Forget a patient and print the receipt."""
    if not exists(given.home):
        raise SetupError("There is no ledger in this folder.")
    with closing(Store(given.home)) as store:
        receipt = forget(store, given.card, "node", given.reason)
    print(f"forgotten: record {receipt.record_id}, number {receipt.sequence}, hash {receipt.hash}")
    return 0


def cosign(given: argparse.Namespace) -> int:
    """Verify that the log only grew, co-sign it, and print what was signed; 1 when it is false."""
    secret = secret_file(given.key_file, Credential.new(given.organisation).text().encode())
    signer = Credential.parse(secret.decode("ascii")).signer
    print(f"key {signer.public}")
    try:
        trust = Trust.of(given.node_key.read_text().split(), given.state)
        with LedgerClient(given.url, given.token_file.read_text()) as client:
            witness = Witness(client, trust, given.channel, given.organisation, signer)
            done = witness.cosign()
    except LedgerError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    print(f"co-signed {done.channel}: {done.size} records, root {done.root}")
    return 0


def exchange_fhir(given: argparse.Namespace) -> int:
    """Export or import; 1 when the ledger refuses or the Bundle can't be taken in."""
    try:
        # an optional extra: all else works without it
        from ledger_client import exchange
        from ledger_client.fhir_import import NotImportable
    except ImportError:
        raise SetupError("Install the extra: pip install '.[fhir]'.") from None
    try:
        with LedgerClient(given.url, given.token_file.read_text()) as client:
            if "card" in given:
                sys.stdout.buffer.write(exchange.export(client, given.card, given.release) + b"\n")
            else:
                stored = exchange.take_in(client, sys.stdin.buffer.read(), given.consent)
                print(f"stored: {len(stored)} records")
    except (LedgerError, NotImportable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


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
    contracts = _contracts_intact(home / "contracts")
    return 0 if verdict.intact and contracts else 1


def _contracts_intact(folder: Path) -> bool:
    """Run the contracts' journal anew and print what comes of it."""
    if not (folder / "journal").exists():
        return True
    try:
        with closing(embedded.EmbeddedEngine(folder)) as engine:
            head = engine.verify()
    except SetupError:
        print("contracts: not checked, the service is using them")
        return True
    except JournalDamaged as error:
        print(f"contracts: DAMAGED: {error.detail}")
        return False
    print(f"contracts: intact: {head.transactions} transactions, head {head.hash}")
    return True


if __name__ == "__main__":
    sys.exit(main())
