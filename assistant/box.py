"""Puts a box together: loads the engines, opens the stores, finds the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from assistant import answers, settings
from assistant.audit import Audit
from assistant.config import Paths
from assistant.pipeline import Assistant
from assistant.recognition.engines import Engine, Expected, open_recognizer
from assistant.roster import Roster, Snapshot
from assistant.session import SessionStore
from assistant.speaker.verifier import SpeakerVerifier
from assistant.speech.prompts import PromptCache
from assistant.speech.synthesizer import open_synthesizer
from assistant.staff import StaffError, StaffMember, load
from assistant.vault import Vault
from ledger_client import LedgerClient
from nlu.messages import Person, Place

DEFAULT_LEDGER_URL: Final = "http://127.0.0.1:8460"


@dataclass(frozen=True, slots=True)
class Box:
    """An assistant ready to be asked, with its sessions."""

    assistant: Assistant
    sessions: SessionStore
    voice: PromptCache
    """Who listens for long warms it: then fixed sentences sound at once."""


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


def expected_names(roster: Roster) -> Callable[[], Expected]:
    """Who and what is on the roster, as a recogniser asks for it: the same until it changes."""
    kept: tuple[Snapshot, Expected] | None = None

    def current() -> Expected:
        nonlocal kept
        snapshot = roster.snapshot()
        if kept is None or kept[0] is not snapshot:
            people = [
                Person(p.card, p.last, p.first, p.middle, p.sex, p.birth_date.year)
                for p in snapshot.patients.values()
            ]
            places = [Place(h.id, h.name, h.aliases) for h in snapshot.hospitals.values()]
            kept = snapshot, (people, places)
        return kept[1]

    return current


@contextmanager
def opened(
    paths: Paths, engine: Engine | None = None, wake_word: str | None = None
) -> Iterator[Box]:
    """Load everything; raises AssistantError or models.errors.ModelsError.

    ``engine`` recognises instead of the one in the settings; ``wake_word`` is likely to be heard.
    """
    chosen = engine or settings.load(paths.settings).recognition.engine
    vault = Vault.open_site(paths.site_key)
    with (
        open_synthesizer() as synthesizer,
        closing(PromptCache(synthesizer, answers.prompts())) as voice,
    ):
        roster = Roster(ledger_client(paths))
        assistant = Assistant(
            recognizer=open_recognizer(chosen, paths, expected_names(roster), wake_word),
            verifier=SpeakerVerifier.open(paths, vault),
            roster=roster,
            synthesizer=voice,
            audit=Audit(paths.audit, vault),
        )
        roster.snapshot()  # names and parser are ready before the first question
        try:
            yield Box(assistant, SessionStore(paths.sessions, vault), voice)
        finally:
            assistant.close()
