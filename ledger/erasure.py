"""Crypto-erasure: a patient's keys and ciphertexts are destroyed, the chains stay valid.

First the erasure itself is recorded, then keys and ciphertexts go; one that was interrupted is
finished when the ledger is opened next. Backups of the database hold ciphertexts whose key is
gone; a copy of the folder ``keys`` made before would open them, so it must not be kept.
"""

from __future__ import annotations

from ledger.store import Draft, Store
from ledger.writing import REGISTRY
from ledger_client.messages import Erasure, Receipt
from ledger_client.wire import from_wire, to_wire


def patient_chains(store: Store, card: str) -> tuple[str, ...]:
    """Everything that is kept about a patient: the chart, who read it, and ECG."""
    others = (store.keys.pseudonym(kind, card) for kind in ("access", "ecg"))
    return (store.patient_chain(card), *others)


def forget(store: Store, card: str, author: str, reason: str) -> Receipt:
    """Destroy a patient's records; gives the receipt of the record that says so.

    Raises PatientUnknown, and PatientForgotten when it was done before.
    """
    chains = patient_chains(store, card)
    store.chain_since(chains[0], None)
    identity = store.record_id(f"erasure:{chains[0]}")
    draft = Draft(
        store.registry_chain("erasures"),
        "erasure",
        identity,
        author,
        to_wire(Erasure(chains, reason)),
        REGISTRY,
    )
    receipt = store.append([draft])[0]
    store.erase(chains)
    return receipt


def finish(store: Store) -> None:
    """Complete erasures that were recorded but interrupted."""
    for record in store.kinds_since(("erasure",), None)[1]:
        chains = from_wire(Erasure, record.payload).chains
        if store.keyed(chains):
            store.erase(chains)
