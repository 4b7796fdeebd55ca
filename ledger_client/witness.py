"""An organisation that co-signs a channel's checkpoints: only what continues what it signed.

Run where the ledger's operator can't reach: a history that was rewritten gets no co-signature,
and clients that ask for a quorum refuse it.
"""

from __future__ import annotations

from ledger_client.algorithms import Signer
from ledger_client.appends import NewCosignature
from ledger_client.client import LedgerClient
from ledger_client.errors import LedgerProofError
from ledger_client.messages import Checkpoint
from ledger_client.sealed import Root, checkpoint_statement
from ledger_client.trust import Trust, Verifier


class Witness:
    """One organisation's eye on one channel. ``trust`` holds the node's key and a state file."""

    def __init__(
        self, client: LedgerClient, trust: Trust, channel: str, organisation: str, signer: Signer
    ) -> None:
        self._client = client
        self._verifier = Verifier(trust)
        self._channel = channel
        self._organisation = organisation
        self._signer = signer

    def cosign(self) -> Checkpoint:
        """Verify that the log only grew, and co-sign it; raises LedgerProofError, LedgerError."""
        checkpoint = self._client.checkpoint(self._channel, self._verifier.size(self._channel))
        log = Root(checkpoint.size, checkpoint.root)
        if checkpoint.channel != self._channel:
            raise LedgerProofError("The checkpoint is another channel's.")
        self._verifier.accept(checkpoint)
        signature = self._signer.sign("checkpoint", checkpoint_statement(self._channel, log))
        return self._client.cosign(
            NewCosignature(self._channel, self._organisation, log.size, signature.hex())
        )
