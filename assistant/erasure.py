"""`assistant forget`: everything that is kept of a member of staff's voice and log-in goes.

Receipts are appended to ``speakers/erased.jsonl``: what was destroyed and when, no name, no voice.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from assistant.audit import Audit
from assistant.config import Paths
from assistant.session import SessionStore
from assistant.speaker.errors import NotEnrolledError
from assistant.speaker.pins import PinStore
from assistant.speaker.store import VoiceprintStore, check_speaker_id
from assistant.vault import Vault, write_atomically


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an erasure."""

    speaker_id: str
    erased_at: datetime
    voiceprints_sha256: str | None
    """Of the sealed file; None when there was none."""
    consent_at: datetime | None
    consent_text_version: str | None
    pin: bool
    """Whether a PIN was destroyed."""
    sessions: int
    """How many session files were destroyed."""


_RECEIPT: Final = TypeAdapter(Receipt)


def forget(speaker_id: str, paths: Paths, vault: Vault, now: datetime) -> Receipt:
    """Destroy key, voiceprints, consent, PIN and sessions; receipt and audit line are then on disk.

    Raises NotEnrolledError when there is nothing of this speaker. Repeat it after a crash: what
    was begun is finished, and gets its receipt.
    """
    store = VoiceprintStore(paths, vault)
    begun = paths.speakers / f"{check_speaker_id(speaker_id)}.erasing"
    with store.alone():
        interrupted = begun.exists()
        write_atomically(begun, b"")
        voice = store.destroy(speaker_id)
        pin = PinStore(paths, vault).destroy(speaker_id)
    # not under the same lock: who holds a session may be waiting for it to check a PIN
    sessions = SessionStore(paths.sessions, vault).forget(speaker_id)
    if not (voice.found or pin or sessions or interrupted):
        begun.unlink()
        raise NotEnrolledError(
            "Nothing is stored of this speaker.", "Check the id: assistant speakers"
        )
    consent = voice.consent
    receipt = Receipt(
        speaker_id,
        now,
        voice.voiceprints_sha256,
        consent.at if consent else None,
        consent.text_version if consent else None,
        pin,
        sessions,
    )
    handle = os.open(paths.speakers / "erased.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(_RECEIPT.dump_json(receipt) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    Audit(paths.audit, vault).append_about("voice_forgotten", speaker_id)
    begun.unlink()
    return receipt


def receipt_to_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt as it is printed and kept."""
    form: dict[str, Any] = json.loads(_RECEIPT.dump_json(receipt))
    return form
