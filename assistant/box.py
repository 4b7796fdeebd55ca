"""Puts a box together: loads the engines, opens the stores, finds the ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import models
from assistant.audit import Audit
from assistant.config import Paths
from assistant.pipeline import Assistant
from assistant.recognition.whisper import WhisperRecognizer
from assistant.roster import Roster
from assistant.session import SessionStore
from assistant.speaker.verifier import SpeakerVerifier
from assistant.speech.synthesizer import open_synthesizer
from assistant.staff import StaffError, StaffMember, load
from assistant.vault import Vault
from ledger_client import LedgerClient
from ledger_client.cache import ReadCache
from ledger_client.trust import Trust

DEFAULT_LEDGER_URL: Final = "http://127.0.0.1:8460"


@dataclass(frozen=True, slots=True)
class Box:
    """An assistant ready to be asked, with its sessions."""

    assistant: Assistant
    sessions: SessionStore


def ledger_client(paths: Paths) -> LedgerClient:
    """The client of the ledger at ``ASSISTANT_LEDGER_URL``, default this box's own.

    The token is ``ASSISTANT_LEDGER_TOKEN``, else what ``assistant ledger serve`` wrote; the
    node's key, by which records are proved, is ``ASSISTANT_LEDGER_KEY`` or that of this box's
    ledger; ``ASSISTANT_LEDGER_PIN`` is the SHA-256 of the server's TLS certificate.
    """
    token = os.environ.get("ASSISTANT_LEDGER_TOKEN")
    if token is None:
        file = paths.ledger / "token"
        token = file.read_text(encoding="ascii").strip() if file.exists() else ""
    key = os.environ.get("ASSISTANT_LEDGER_KEY", "")
    if not key and (paths.ledger / "node.pub").exists():
        key = (paths.ledger / "node.pub").read_text(encoding="ascii")
    vault = Vault.open_site(paths.site_key)
    return LedgerClient(
        os.environ.get("ASSISTANT_LEDGER_URL", DEFAULT_LEDGER_URL),
        token,
        trust=Trust.of(key.split(), paths.ledger_checkpoints) if key else None,
        pin=os.environ.get("ASSISTANT_LEDGER_PIN"),
        cache=ReadCache(paths.ledger_cache, vault.derive("ledger cache")),
    )


def member_of_staff(paths: Paths, speaker: str) -> StaffMember:
    """Whom ``--as SPEAKER`` names; raises :class:`StaffError`."""
    member = load(paths.staff).get(speaker)
    if member is None:
        raise StaffError(
            "This speaker is not in staff.toml.",
            "Add them: assistant staff add SPEAKER --role doctor",
        )
    return member


@contextmanager
def opened(paths: Paths) -> Iterator[Box]:
    """Load everything; raises AssistantError or models.errors.ModelsError."""
    vault = Vault.open_site(paths.site_key)
    with open_synthesizer() as synthesizer:
        roster = Roster(ledger_client(paths))
        assistant = Assistant(
            recognizer=WhisperRecognizer(models.path_of("whisper-base", paths.models)),
            verifier=SpeakerVerifier.open(paths, vault),
            roster=roster,
            synthesizer=synthesizer,
            audit=Audit(paths.audit, vault),
        )
        roster.snapshot()  # names and parser are ready before the first question
        try:
            yield Box(assistant, SessionStore(paths.sessions, vault))
        finally:
            assistant.close()
