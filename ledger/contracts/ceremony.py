"""The key ceremony of a Besu QBFT network: each organisation's key and card, then the genesis.

    python -m ledger.contracts.ceremony key FOLDER --name NAME --host HOST
    python -m ledger.contracts.ceremony genesis --out FOLDER --chain-id NUMBER CARD CARD CARD CARD

The private key stays with its organisation; the cards are public. The files that ``genesis``
writes are the same for the same cards in any order, so that all can compare one SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import ipaddress
import json
import os
import re
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import rlp
from eth_keys.datatypes import PrivateKey, PublicKey

from ledger.contracts.transaction import BLOCK_GAS

_LEAST: Final = 4
"""Fewer validators can't outvote one that lies: 3f + 1 with f = 1."""
_PORT: Final = 30303
# what Besu demands of a QBFT genesis: the words "tical byzantine fault tolerance" in ASCII
_MIX_HASH: Final = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"


class CeremonyError(Exception):
    """What was given can't make a network; says why."""


@dataclass(frozen=True, slots=True)
class Card:
    """What an organisation tells the others; nothing secret."""

    name: str
    public_key: str
    """64 bytes in hex: the node's id."""
    host: str
    """An IP address, as Besu's allow-list wants it."""
    port: int = _PORT

    @property
    def enode(self) -> str:
        """The node's URL."""
        return f"enode://{self.public_key}@{self.host}:{self.port}"

    @property
    def address(self) -> bytes:
        """The validator's account, 20 bytes."""
        return PublicKey(bytes.fromhex(self.public_key)).to_canonical_address()


def make_key(folder: Path, name: str, host: str) -> Card:
    """Write ``key`` (for the organisation only) and ``card.json``; raises CeremonyError."""
    _checked_host(host)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = PrivateKey(secrets.token_bytes(32))
    try:
        file = os.open(folder / "key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CeremonyError(f"{folder / 'key'} exists: a node's key is made once.") from None
    with os.fdopen(file, "w") as opened:
        opened.write(private.to_hex())
    card = Card(name, private.public_key.to_bytes().hex(), host)
    (folder / "card.json").write_text(json.dumps(asdict(card), indent=1) + "\n", "utf-8")
    return card


def read_card(path: Path) -> Card:
    """The card in ``path``; raises CeremonyError."""
    try:
        card = Card(**json.loads(path.read_text("utf-8")))
        _checked_host(card.host)
        if not re.fullmatch(r"[0-9a-f]{128}", card.public_key) or not 0 < card.port < 65536:
            raise ValueError
    except (OSError, ValueError, TypeError):
        raise CeremonyError(f"{path} is no card.") from None
    return card


def network_files(cards: list[Card], chain_id: int) -> dict[str, str]:
    """The files that every node of the network gets; raises CeremonyError."""
    cards = sorted(cards, key=lambda card: card.address)
    if len(cards) < _LEAST:
        raise CeremonyError(f"QBFT needs {_LEAST} organisations to bear one that fails.")
    for field in ("public_key", "name"):
        if len({getattr(card, field) for card in cards}) < len(cards):
            raise CeremonyError(f"Two cards have the same {field}.")
    enodes = [card.enode for card in cards]
    return {
        "genesis.json": json.dumps(_genesis(cards, chain_id), indent=1) + "\n",
        "static-nodes.json": json.dumps(enodes, indent=1) + "\n",
        "permissions.toml": f"nodes-allowlist={json.dumps(enodes)}\n",
    }


def _genesis(cards: list[Card], chain_id: int) -> dict[str, object]:
    # vanity, validators, no vote, round 0, no seals (Besu documentation, "Configure QBFT")
    extra = rlp.encode([bytes(32), [card.address for card in cards], [], b"", []])
    return {
        "config": {
            "chainId": chain_id,
            "berlinBlock": 0,
            "londonBlock": 0,
            "shanghaiTime": 0,
            "zeroBaseFee": True,
            "qbft": {"blockperiodseconds": 2, "epochlength": 30000, "requesttimeoutseconds": 4},
        },
        "nonce": "0x0",
        "timestamp": "0x0",
        "gasLimit": hex(BLOCK_GAS),
        "baseFeePerGas": "0x0",
        "difficulty": "0x1",
        "mixHash": _MIX_HASH,
        "coinbase": "0x" + "0" * 40,
        "alloc": {},
        "extraData": "0x" + extra.hex(),
    }


def _checked_host(host: str) -> None:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise CeremonyError("The host must be an IPv4 address.") from None


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it is done, 2 when it can't be."""
    parser = argparse.ArgumentParser(prog="ceremony", description="Keys of a Besu network.")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    key = commands.add_parser("key", help="make this organisation's node key and its card")
    key.add_argument("folder", type=Path)
    key.add_argument("--name", required=True)
    key.add_argument("--host", required=True, help="the IPv4 address the others reach it at")
    genesis = commands.add_parser("genesis", help="make the network's files from all cards")
    genesis.add_argument("cards", type=Path, nargs="+")
    genesis.add_argument("--out", type=Path, required=True)
    genesis.add_argument("--chain-id", type=int, required=True)
    given = parser.parse_args(arguments)
    try:
        if given.command == "key":
            card = make_key(given.folder, given.name, given.host)
            print(f"{card.name}: validator 0x{card.address.hex()}")
            return 0
        files = network_files([read_card(path) for path in given.cards], given.chain_id)
    except CeremonyError as error:
        print(error, file=sys.stderr)
        return 2
    given.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (given.out / name).write_text(content, "utf-8")
        print(hashlib.sha256(content.encode()).hexdigest(), name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
