"""What is said while a write waits and only reads as a command or a question: it is a reply.

Closed lists of words tell for certain what drops a write; any other word that sounds like one of
them doesn't.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.bedside import changes, is_address
from assistant.dialogue.confirming import ASKS, SECTIONS
from assistant.dialogue.noting import drops, note_begun_anew, states_finding
from assistant.dialogue.renoting import may_begin_anew
from assistant.dialogue.state import ConfirmWrite, FillRequest, Pending
from assistant.dialogue.whom import names_patient
from assistant.dialogue.yes import RESERVED
from nlu.canon import canonical, folded_words
from nlu.concepts import concept
from nlu.dictionary import known, reading
from nlu.messages import Parse

_DROPPING: Final = (RESERVED - {"не"}) | {"потом"}
_COMMANDS: Final = frozenset(("help", "repeat", "end_session", "next", "previous", "affirm"))
"""What no note reads as that has a verb of its own beside the command."""
_TO_BE_DONE_AGAIN: Final = re.compile(
    r"повторить (?!(?:вопрос|пожалуйста|еще|можешь|можно)\b)\w+.*"
    r"|еще раз (?!(?:повтор|скаж|спрос|вопрос|пожалуйста|что)\w*)\w+ (?!пожалуйста)\w+.*"
)
"""«Повторить анализ», «ещё раз экг завтра»: no question is to be said again."""
_STATING: Final = frozenset(("VERB", "ADJS", "PRTS"))
_OF_SPEAKER: Final = re.compile(
    r"я|мы|ты|вы|(?:у|рас)?слыш\w+|пон(?:ял|има)\w*|что|чего|как|зачем|почему"
)
"""Who dictates speaks of herself, or of what is to be done."""
_ENOUGH: Final = frozenset(("хорош", "никак", "никакой", "никакое", "никакую", "неважно"))
"""Single words that drop a write and are no verbs."""
_HOW: Final = re.compile(r"(?:по|на|с|со|без|под|после|до|при)\b(?! как)|\d")
"""How a value was come by, or anew how much it is, stands first: «по пульсоксиметру»."""
_WAIT: Final = re.compile(r"(?:по(?:дожд|год|стой)\w+|минут\w+|секунд\w+|сейчас)\b")
_FEW: Final = 4
"""Words up to which what waits is told of, and nothing asked about a record."""
_ASKING: Final = ASKS | {"был", "была", "было", "были"}


def as_reply(pending: Pending | None, parse: Parse) -> Parse:
    """``parse`` with the intent of what it replies to, where it is no command and no question."""
    match pending:
        case ConfirmWrite(request=request) if (
            request.intent == "add_note"
            and may_begin_anew(parse)
            and note_begun_anew(parse.text) is not None
        ):
            return replace(parse, intent="out_of_scope")
        case ConfirmWrite(request=request) if (
            request.intent == "add_note"
            and parse.intent.startswith("get_")
            and states_finding(parse.text)
            and _ASKING.isdisjoint(folded_words(parse.text))
        ):
            return replace(parse, intent="add_note")
        case ConfirmWrite() | FillRequest() if parse.intent in (
            "stop",
            "deny",
        ) and not _drops_for_certain(pending, parse):
            return replace(parse, intent="out_of_scope")
        case FillRequest(request=request) if (
            request.intent == "add_note" and parse.intent in _COMMANDS and _states_more(parse)
        ):
            return replace(parse, intent="add_note")
        case ConfirmWrite(request=request) | FillRequest(request=request) if (
            request.intent == "record_measurement"
            and parse.intent.startswith("get_")
            and _tells_how(pending, parse)
        ):
            named = tuple(e for e in parse.entities if e.name != "observation")
            return replace(parse, intent="out_of_scope", entities=named)
    return parse


def _drops_for_certain(pending: ConfirmWrite | FillRequest, parse: Parse) -> bool:
    """Whether a write may be dropped: «прекрасно» and «ставь» only sound like a stop, «натощак»
    like a «не так», and «не мешайте» is said to somebody else.
    """
    said = folded_words(parse.text)
    if drops(parse.text) or any(
        word in _DROPPING or word.startswith(("стоп", "отмен")) or concept(word) in ("HUSH", "NO")
        for word in said
    ):
        return True
    if len(said) == 1 and known(said[0]):
        of_speaker = reading(said[0]).tag.POS in ("VERB", "INFN") and not changes(said[0])
        return of_speaker or said[0] in _ENOUGH
    if parse.intent == "stop" and isinstance(pending, ConfirmWrite) and parse.unexplained:
        return False
    return not any(map(is_address, said))


def _states_more(parse: Parse) -> bool:
    """Whether it is told what somebody else does or is, or what is to be done: «спасибо сказал»,
    «повторить анализ», but not «да, поняла».
    """
    said = folded_words(parse.text)
    tags = [reading(word).tag for word in said]
    if any(map(_OF_SPEAKER.fullmatch, said)) or any(
        not {"impr", "1per", "2per"}.isdisjoint(tag.grammemes) for tag in tags
    ):
        return False
    if _TO_BE_DONE_AGAIN.fullmatch(" ".join(said)) and not names_patient(parse):
        return True
    return any(
        tag.POS in _STATING and concept(w) != "BYE"
        for w, tag in zip(said[1:], tags[1:], strict=True)
    )


def _tells_how(pending: ConfirmWrite | FillRequest, parse: Parse) -> bool:
    """Whether it tells how or how much was measured, or that it is being measured still."""
    words = canonical(parse.text).text
    said = words.split()
    if names_patient(parse) or len(said) > _FEW or not _ASKING.isdisjoint(said):
        return False
    if any(concept(word) in SECTIONS for word in said):
        return False  # «по лекарствам»
    waits = isinstance(pending, FillRequest) and _WAIT.match(words) is not None
    return waits or (isinstance(pending, ConfirmWrite) and _HOW.match(words) is not None)
