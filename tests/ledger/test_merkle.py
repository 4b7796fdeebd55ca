"""Stored trees and their proofs against RFC 6962's definition, written out naively here."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.tree import Tree
from ledger_client.merkle import EMPTY, leaf_hash, verify_consistency, verify_inclusion

# the leaves and roots of Certificate Transparency's reference tests
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def tree_of(leaves: list[bytes]) -> Tree:
    tree = Tree(0, lambda level, place: None)
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree


@pytest.mark.parametrize("size", ROOTS)
def test_the_roots_of_certificate_transparency(size: int) -> None:
    assert tree_of(LEAVES[:size]).root().hex() == ROOTS[size]
    assert naive_root(LEAVES[:size]).hex() == ROOTS[size]


leaf_lists = st.lists(st.binary(max_size=4), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(leaves=leaf_lists, data=st.data())
def test_every_leaf_is_proved_at_its_place_only(leaves: list[bytes], data: st.DataObject) -> None:
    tree, size = tree_of(leaves), len(leaves)
    assert tree.root() == naive_root(leaves)
    place = data.draw(st.integers(0, size - 1))
    path, leaf = tree.inclusion(place), leaf_hash(leaves[place])
    assert verify_inclusion(leaf, place, size, path, tree.root())
    assert not verify_inclusion(leaf_hash(b"other leaf"), place, size, path, tree.root())
    assert not verify_inclusion(leaf, place, size, [*path, EMPTY], tree.root())
    assert not verify_inclusion(leaf, size, size, path, tree.root())
    if path:
        assert not verify_inclusion(leaf, place, size, path[:-1], tree.root())
        spoilt = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:spoilt], EMPTY, *path[spoilt + 1 :]]
        assert not verify_inclusion(leaf, place, size, changed, tree.root())


@settings(max_examples=60, deadline=None)
@given(leaves=leaf_lists, data=st.data())
def test_growth_is_proved_and_another_past_is_not(leaves: list[bytes], data: st.DataObject) -> None:
    tree, size = tree_of(leaves), len(leaves)
    old = data.draw(st.integers(0, size))
    old_root = naive_root(leaves[:old])
    assert tree.root_at(old) == old_root
    path = tree.consistency(old)
    assert verify_consistency(old, old_root, size, tree.root(), path)
    assert not verify_consistency(old, leaf_hash(b"x"), size, tree.root(), path)
    assert old == 0 or not verify_consistency(old, old_root, size, leaf_hash(b"x"), path)
    assert not verify_consistency(size + 1, old_root, size, tree.root(), path)
    if old not in (0, size):
        assert not verify_consistency(old, old_root, size, tree.root(), path[:-1])
        assert not verify_consistency(old, old_root, size, tree.root(), [*path, EMPTY])


@settings(max_examples=60, deadline=None)
@given(leaves=leaf_lists, data=st.data())
def test_a_changed_leaf_changes_the_root_as_if_built_anew(
    leaves: list[bytes], data: st.DataObject
) -> None:
    stored = tree_of(leaves)
    tree = Tree(stored.size, lambda level, place: stored.changed.get((level, place)))
    changed = list(leaves)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        changed[place] = data.draw(st.binary(max_size=4))
        tree.put(place, leaf_hash(changed[place]))
        changed.append(data.draw(st.binary(max_size=4)))
        tree.append(leaf_hash(changed[-1]))
    assert tree.root() == naive_root(changed)
