"""What the policy decides to do about one utterance, and how much harm each step could do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assistant.dialogue.state import Aim, Request
from assistant.speaker.challenge import Challenge
from assistant.speaker.risk import RiskTier
from assistant.speech.delivery import VoiceChange


class Phrase(StrEnum):
    """Fixed sentences that say nothing about any patient."""

    HELP = "help"
    STOPPED = "stopped"
    GOODBYE = "goodbye"
    NOT_UNDERSTOOD = "not_understood"
    OUT_OF_SCOPE = "out_of_scope"
    NO_LIST = "no_list"
    NOT_WRITTEN = "not_written"
    NOTES_UNREAD = "notes_unread"
    ONE_PATIENT = "one_patient"
    ASK_ONE_BY_ONE = "ask_one_by_one"
    LAPSED = "lapsed"
    WHAT_IS_WRONG = "what_is_wrong"
    LISTENING = "listening"


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with a fixed sentence."""

    phrase: Phrase
    unsettles: bool = False
    """Somebody else than the current patient may have been meant."""


@dataclass(frozen=True, slots=True)
class NeedPatient:
    """Ask whom the request is about: nobody was named and nobody is current."""

    request: Request
    forget: bool = False
    """The current patient is not meant, and is current no longer."""


@dataclass(frozen=True, slots=True)
class AskPatient:
    """Ask which of these patients is meant."""

    cards: tuple[str, ...]
    request: Request
    refuses: bool = False
    """What was said of them is nothing that can be done."""


@dataclass(frozen=True, slots=True)
class AskIntent:
    """Ask which of these was meant; with one, whether it was."""

    aims: tuple[Aim, ...]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Ask no more: the same question was answered three times by what doesn't answer it."""


@dataclass(frozen=True, slots=True)
class NoSuchPatient:
    """Say that nobody on the roster is called that, and ask again whom the request is about."""

    request: Request


@dataclass(frozen=True, slots=True)
class AskMissing:
    """Ask for what a request still lacks."""

    card: str
    request: Request
    doubted: bool = False
    """What was just said may have named another patient, and was not understood so."""


@dataclass(frozen=True, slots=True)
class Read:
    """Read from the ledger and say it."""

    card: str
    request: Request
    unsettles: bool = False
    """Another patient may have been meant, not another of what was read."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Repeat patient and value, and ask for «да»."""

    card: str
    request: Request
    doubted: bool = False
    """What was just said may have corrected one of them, and was not understood so."""


@dataclass(frozen=True, slots=True)
class Write:
    """Append to the ledger what was confirmed."""

    card: str
    request: Request


@dataclass(frozen=True, slots=True)
class Prove:
    """Append what was confirmed if the utterance holds the digits of the challenge."""

    card: str
    request: Request
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class AskDigits:
    """Ask for the digits of a challenge before a confirmed write."""

    card: str
    request: Request
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class WrongDigits:
    """The challenge was not met: drop the write and say so."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Drop what was asked or about to be written."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say the last answer again."""

    sensitive: bool = False
    """Whether that answer was of the sensitive tier: then so is its repetition."""


@dataclass(frozen=True, slots=True)
class Retell:
    """Say whom the talk is about and, for a write, what was just stored."""

    card: str
    request: Request


@dataclass(frozen=True, slots=True)
class Adjust:
    """Speak otherwise from now on; slower also says the last answer again."""

    change: VoiceChange


@dataclass(frozen=True, slots=True)
class NoMore:
    """There is nothing further in the list."""


Plan = (
    Say
    | NeedPatient
    | AskPatient
    | AskIntent
    | GiveUp
    | NoSuchPatient
    | AskMissing
    | Read
    | Confirm
    | Write
    | Prove
    | AskDigits
    | WrongDigits
    | Cancel
    | Repeat
    | Retell
    | Adjust
    | NoMore
)

_SENSITIVE_INTENTS = frozenset({"get_diagnoses", "get_document"})


def risk_tier(plan: Plan) -> RiskTier:
    """The tier whose threshold the speaker must reach for ``plan``."""
    match plan:
        case Say():
            return RiskTier.HARMLESS
        case Write() | Prove():
            return RiskTier.WRITE
        case Read(request=request) if request.intent in _SENSITIVE_INTENTS:
            return RiskTier.SENSITIVE
        case Repeat(sensitive=True):
            return RiskTier.SENSITIVE
        case Adjust(change=VoiceChange.SLOWER):  # says again whatever was said
            return RiskTier.SENSITIVE
        case _:
            return RiskTier.READ


def plan_card(plan: Plan) -> str | None:
    """The card of the one patient that ``plan`` concerns."""
    match plan:
        case AskMissing(card=card) | Read(card=card) | Confirm(card=card) | Retell(card=card):
            return card
        case Write(card=card) | Prove(card=card) | AskDigits(card=card):
            return card
        case AskIntent(aims=aims):
            cards = {card for aim in aims for card in aim.cards}
            return cards.pop() if len(cards) == 1 else None
    return None
