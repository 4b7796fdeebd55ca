"""Puts a box together: loads the engines, opens the stores, finds the ledger."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

from assistant import answers, settings
from assistant.audit import Audit
from assistant.config import Paths
from assistant.login import LogIn, LogInEvent
from assistant.pipeline import Assistant
from assistant.recognition.engines import Engine, Expected, open_recognizer
from assistant.roster import Roster, Snapshot
from assistant.session import SessionStore
from assistant.speaker.engines import open_hearing
from assistant.speaker.pins import PinStore
from assistant.speaker.session_voice import PinVerifier, SessionVoices, VoiceIdMode
from assistant.speaker.site_policy import SitePolicy
from assistant.speaker.store import VoiceprintStore
from assistant.speaker.verifier import SpeakerVerifier, Verifier
from assistant.speech.prompts import PromptCache
from assistant.speech.synthesizer import open_synthesizer
from assistant.staff import StaffError, StaffMember, load
from assistant.tuning.review import ReviewQueue
from assistant.tuning.versions import VersionStore
from assistant.vault import Vault
from ledger_client import LedgerClient
from ledger_client.cache import ReadCache
from ledger_client.trust import Trust
from nlu.messages import Person, Place
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
    login: LogIn
    voice: PromptCache
    """Who listens for long warms it: then fixed sentences sound at once."""
    thresholds: SitePolicy | None
    """What voices are judged by until this box is closed; None where none is."""


def ledger_client(paths: Paths, vault: Vault | None = None) -> LedgerClient:
    """The client of the ledger at ``ASSISTANT_LEDGER_URL``, default this box's own.

    The token is ``ASSISTANT_LEDGER_TOKEN``, else what ``assistant ledger serve`` wrote; the
    node's key, by which records are proved, is ``ASSISTANT_LEDGER_KEY`` or that of this box's
    ledger; ``ASSISTANT_LEDGER_PIN`` is the SHA-256 of the server's TLS certificate. ``vault`` is
    the box's, where it is open already.
    """
    token = os.environ.get("ASSISTANT_LEDGER_TOKEN")
    if token is None:
        file = paths.ledger / "token"
        token = file.read_text(encoding="ascii").strip() if file.exists() else ""
    key = os.environ.get("ASSISTANT_LEDGER_KEY", "")
    if not key and (paths.ledger / "node.pub").exists():
        key = (paths.ledger / "node.pub").read_text(encoding="ascii")
    vault = vault or Vault.open_site(paths.site_key)
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


def _voices(
    chosen: settings.VoiceSection, paths: Paths, vault: Vault, audit: Audit
) -> tuple[Verifier, LogIn, SitePolicy | None]:
    """Who decides whose voice it is, how a member of staff comes in, and the thresholds."""
    mode, pins = chosen.mode, PinStore(paths, vault)
    if mode is VoiceIdMode.NONE:
        return PinVerifier(pins.has), LogIn(mode, pins, audit), None
    hearing = open_hearing(chosen.engine, mode, paths, chosen.speechbrain_model)
    engine, site, own = hearing.engine, hearing.site, hearing.own_voice
    if mode is VoiceIdMode.ENROLLED:
        store = VoiceprintStore(paths, vault)
        return SpeakerVerifier(engine, store, site.policy, own), LogIn(mode, pins, audit), site
    voices = SessionVoices(
        on_time_out=lambda speaker: audit.append_about(LogInEvent.TIMED_OUT, speaker)
    )
    login = LogIn(mode, pins, audit, voices, engine, own)
    return SpeakerVerifier(engine, voices, site.policy, own), login, site


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
    paths: Paths,
    engine: Engine | None = None,
    wake_word: str | None = None,
    *,
    to_stay: bool = True,
) -> Iterator[Box]:
    """Load what settings.toml asks for; raises AssistantError or models.errors.ModelsError.

    ``engine`` recognises instead of the one in the settings; ``wake_word`` is likely to be heard.
    ``to_stay`` is False for a single question, which is over before a Rasa server would be ready.
    """
    chosen = settings.load(paths.settings)
    vault = Vault.open_site(paths.site_key)
    audit = Audit(paths.audit, vault)
    verifier, login, thresholds = _voices(chosen.voice, paths, vault, audit)
    second = rasa_beside(paths) if chosen.nlu.rasa and to_stay else nullcontext()
    with (
        second as rasa,
        open_synthesizer() as synthesizer,
        closing(PromptCache(synthesizer, answers.prompts())) as voice,
    ):
        versions = VersionStore(paths.nlu)
        roster = Roster(ledger_client(paths, vault), versions, rasa, audit)
        assistant = Assistant(
            recognizer=open_recognizer(
                engine or chosen.recognition.engine, paths, expected_names(roster), wake_word
            ),
            verifier=verifier,
            roster=roster,
            synthesizer=voice,
            audit=audit,
            log_out=login.log_out,
            review=ReviewQueue(versions.review_file, vault, review=chosen.nlu.review),
        )
        roster.snapshot()  # names and parser are ready before the first question
        # who stays remembers the voices of the last utterances without a file
        keep_voices = login.mode is VoiceIdMode.ENROLLED and not to_stay
        sessions = SessionStore(paths.sessions, vault, keep_voices=keep_voices)
        try:
            with roster.watched():
                yield Box(assistant, sessions, login, voice, thresholds)
        finally:
            assistant.close()
            login.close()
