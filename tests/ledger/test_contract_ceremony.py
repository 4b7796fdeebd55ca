"""The key ceremony of the Besu network, as far as it can be run without Besu."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from pathlib import Path

import pytest
import rlp
from contract_samples import HASH, KEEPER, ORGANISATIONS, PATIENT, PLACE, deploy_all
from eth_keys.datatypes import PrivateKey
from test_contract_nodes import anvil, needs_anvil

from ledger.contracts import ceremony
from ledger.contracts.rpc import RpcEngine


@pytest.fixture
def cards(tmp_path: Path) -> list[Path]:
    """Four organisations' cards."""
    for number in range(4):
        folder = tmp_path / f"clinic{number}"
        given = ["key", str(folder), "--name", f"clinic{number}", "--host", f"10.0.0.{number + 1}"]
        assert ceremony.main(given) == 0
    return sorted(tmp_path.glob("*/card.json"))


def genesis(cards: list[Path], out: Path) -> int:
    """Run the command that all organisations run."""
    names = [str(card) for card in cards]
    return ceremony.main(["genesis", "--out", str(out), "--chain-id", "4817", *names])


def test_the_key_stays_private_and_fits_its_card(cards: list[Path]) -> None:
    for path in cards:
        key = path.with_name("key")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        private = PrivateKey(bytes.fromhex(key.read_text()[2:]))
        card = ceremony.read_card(path)
        assert card.address == private.public_key.to_canonical_address()
        assert private.to_hex()[2:] not in path.read_text()


def test_any_order_of_the_cards_gives_the_same_files(cards: list[Path], tmp_path: Path) -> None:
    assert genesis(cards, tmp_path / "a") == genesis(cards[::-1], tmp_path / "b") == 0
    for name in ("genesis.json", "static-nodes.json", "permissions.toml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_genesis_names_the_four_validators(cards: list[Path], tmp_path: Path) -> None:
    genesis(cards, tmp_path / "network")
    made = json.loads((tmp_path / "network" / "genesis.json").read_text())
    vanity, validators, vote, current_round, seals = rlp.decode(
        bytes.fromhex(made["extraData"][2:])
    )
    assert validators == sorted(ceremony.read_card(card).address for card in cards)
    assert (vanity, vote, current_round, seals) == (bytes(32), [], b"", [])
    nodes = json.loads((tmp_path / "network" / "static-nodes.json").read_text())
    assert {node.rpartition("@")[2] for node in nodes} == {f"10.0.0.{n}:30303" for n in range(1, 5)}


def test_what_makes_no_network_is_refused(
    cards: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "network"
    assert genesis(cards[:3], out) == 2
    assert genesis([*cards[:3], cards[0]], out) == 2
    (tmp_path / "broken.json").write_text('{"name": "x"}')
    assert genesis([*cards, tmp_path / "broken.json"], out) == 2
    assert genesis([*cards, tmp_path / "missing.json"], out) == 2
    again = ["key", str(cards[0].parent), "--name", "clinic0", "--host", "10.0.0.1"]
    assert ceremony.main(again) == 2
    assert ceremony.main(["key", str(tmp_path / "n"), "--name", "n", "--host", "a.example"]) == 2
    assert not out.exists()


@needs_anvil
@pytest.mark.slow
def test_a_node_starts_from_the_genesis_and_runs_the_contracts(
    cards: list[Path], tmp_path: Path
) -> None:
    """The node is anvil: this shows that the file is a genesis, not that Besu takes it."""
    genesis(cards, tmp_path / "network")
    file = tmp_path / "network" / "genesis.json"
    with anvil(4817, "--init", str(file)) as node, closing(RpcEngine(node.url)) as network:
        assert node.ask("eth_chainId") == hex(4817)
        suite = deploy_all(network)
        suite.consent.send(ORGANISATIONS[0], "registerPatient", PATIENT, KEEPER.address)
        assert suite.visits.send(
            ORGANISATIONS[0], "addHospitalVisit", PATIENT, HASH, PLACE
        ).succeeded
        assert len(suite.visits.ask(KEEPER, "getHospitalVisits", PATIENT)) == 1
