"""Puts a box together: loads the engines, opens the stores, finds the ledger."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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
from assistant.tuning import review
from assistant.tuning.review import ReviewQueue
from assistant.tuning.versions import VersionStore
from assistant.vault import Vault
from ledger_client import LedgerClient
from nlu.rasa_client import RasaClient
from nlu.rasa_errors import RasaMissingError
from nlu.rasa_server import RasaServer

DEFAULT_LEDGER_URL: Final = "http://127.0.0.1:8460"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Box:
    """An assistant ready to be asked, with its sessions."""

    assistant: Assistant
    sessions: SessionStore


def ledger_client(paths: Paths) -> LedgerClient:
    """The client of the ledger at ``ASSISTANT_LEDGER_URL``, default this box's own.

    The token is ``ASSISTANT_LEDGER_TOKEN``, else what ``assistant ledger serve`` wrote.
    """
    token = os.environ.get("ASSISTANT_LEDGER_TOKEN")
    if token is None:
        file = paths.ledger / "token"
        token = file.read_text(encoding="ascii").strip() if file.exists() else ""
    return LedgerClient(os.environ.get("ASSISTANT_LEDGER_URL", DEFAULT_LEDGER_URL), token)


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
def rasa_beside(paths: Paths) -> Iterator[RasaClient | None]:
    """A client of a Rasa server that starts in the background and ends with the block.

    None where Rasa is not installed: the box works without it, and the log says what to do.
    """
    try:
        server = RasaServer(paths.rasa_python, paths.rasa_model)
    except RasaMissingError as error:
        _log.warning("The in-process parser answers alone. %s", error)
        yield None
        return
    with server:
        client = RasaClient(server.endpoint)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def opened(paths: Paths, *, rasa: bool = False) -> Iterator[Box]:
    """Load everything, Rasa as a second parser if wanted.

    Raises AssistantError or models.errors.ModelsError.
    """
    vault = Vault.open_site(paths.site_key)
    second = rasa_beside(paths) if rasa else nullcontext()
    with open_synthesizer() as synthesizer, second as second_parser:
        versions = VersionStore(paths.nlu)
        roster = Roster(ledger_client(paths), versions, second_parser)
        assistant = Assistant(
            recognizer=WhisperRecognizer(models.path_of("whisper-base", paths.models)),
            verifier=SpeakerVerifier.open(paths, vault),
            roster=roster,
            synthesizer=synthesizer,
            audit=Audit(paths.audit, vault),
            review=ReviewQueue(
                versions.review_file, vault, review=review.enabled(paths.home / "settings.toml")
            ),
        )
        roster.snapshot()  # names and parser are ready before the first question
        try:
            with roster.watched():
                yield Box(assistant, SessionStore(paths.sessions, vault))
        finally:
            assistant.close()
