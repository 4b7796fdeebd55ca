"""`assistant forget`: everything that is kept of a member of staff's voice and log-in goes.

Receipts are appended to ``speakers/erased.jsonl``: what was destroyed and when, no name, no voice.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from assistant.audit import Audit
from assistant.config import Paths
from assistant.lock import locked
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
    was begun is finished, and gets its receipt, which tells of all that was destroyed.
    """
    store, pins = VoiceprintStore(paths, vault), PinStore(paths, vault)
    begun = paths.speakers / f"{check_speaker_id(speaker_id)}.erasing"
    with locked(paths.speakers / "erasures.lock"):
        with store.alone():
            interrupted = begun.exists()
            kept = store.kept(speaker_id)
            consent = kept.consent
            found = Receipt(
                speaker_id,
                now,
                kept.voiceprints_sha256,
                consent.at if consent else None,
                consent.text_version if consent else None,
                pins.has(speaker_id),
                0,
            )
            receipt = _with_earlier(found, begun)
            _note(begun, receipt)
            store.destroy(speaker_id)
            pins.destroy(speaker_id)
        # not under the store's lock: who holds a session may be waiting for it to check a PIN
        sessions = SessionStore(paths.sessions, vault).forget(speaker_id)
        if not (kept.anything or found.pin or sessions or interrupted):
            begun.unlink()
            raise NotEnrolledError(
                "Nothing is stored of this speaker.", "Check the id: assistant speakers"
            )
        receipt = replace(receipt, sessions=receipt.sessions + sessions)
        _note(begun, receipt)
        _keep(paths.speakers / "erased.jsonl", receipt)
        Audit(paths.audit, vault).append_about("voice_forgotten", speaker_id)
        begun.unlink()
    return receipt


def _with_earlier(found: Receipt, begun: Path) -> Receipt:
    """``found``, and what an erasure that was cut off had noted before it destroyed anything."""
    try:
        earlier = _RECEIPT.validate_json(begun.read_bytes())
    except (FileNotFoundError, ValidationError):
        return found
    if found.consent_at not in (None, earlier.consent_at):
        return found  # enrolled anew since
    # the earlier digest: a file half destroyed has another
    return replace(
        found,
        voiceprints_sha256=earlier.voiceprints_sha256 or found.voiceprints_sha256,
        consent_at=earlier.consent_at or found.consent_at,
        consent_text_version=earlier.consent_text_version or found.consent_text_version,
        pin=earlier.pin or found.pin,
        sessions=earlier.sessions,
    )


def _note(begun: Path, receipt: Receipt) -> None:
    """For whoever finishes the erasure if this is cut off."""
    write_atomically(begun, _RECEIPT.dump_json(receipt))


def _keep(path: Path, receipt: Receipt) -> None:
    """Append ``receipt`` to the file of all receipts; it is on disk when this returns."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(_RECEIPT.dump_json(receipt) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def receipt_to_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt as it is printed and kept."""
    form: dict[str, Any] = json.loads(_RECEIPT.dump_json(receipt))
    return form
