"""How long a speaker may pause: short after «стоп», long inside a number or a name.

Recognition at the first pause tells what was said so far; from it follows how much silence
ends the utterance. Seconds of silence, counted from the last speech.
"""

from __future__ import annotations

import re
from typing import Final

from nlu.messages import Measurement, Parse
from nlu.numerals import numeral

REPLY_S: Final = 0.3
"""After a whole reply: «да», «стоп», «дальше»."""
COMPLETE_S: Final = 0.45
"""After a request that is understood."""
UNSURE_S: Final = 0.7
"""After words that make no sense yet, or a surname that several patients share."""
OPEN_S: Final = 0.95
"""Inside a number, or after a word that wants another."""

_REPLIES: Final = frozenset(
    {"affirm", "deny", "stop", "next", "previous", "repeat", "help", "end_session"}
)
_WANTS_MORE: Final = re.compile(
    r"а|без|во?|для|до|за|и|из|или|ко?|карт[аеуы]|код|на|над|не|номер(ом)?|об?|от|"
    r"пациент(|а|у|к[аеи])|по|под|при|со?|у|запиши(те)?|пиши(те)?"
)


def silence_after(parse: Parse) -> float:
    """Seconds of silence that end an utterance which so far is ``parse``."""
    words = re.findall(r"\w+", parse.text.casefold())
    if not words:
        return UNSURE_S
    if parse.intent in _REPLIES and len(words) <= 2:
        return REPLY_S
    if _WANTS_MORE.fullmatch(words[-1]) or _inside_number(parse, words[-1]):
        return OPEN_S
    return UNSURE_S if parse.intent == "out_of_scope" or _inside_name(parse) else COMPLETE_S


def _inside_number(parse: Parse, last: str) -> bool:
    if not (last.isdigit() or numeral(last) is not None):
        return False
    ordinal, value = parse.get("ordinal"), parse.get("value")
    if ordinal is not None and not parse.text[ordinal.end :].strip(" .,!?"):
        return False
    # a pressure with both its numbers is whole; «тридцать шесть» may go on «и шесть»
    return not (
        value is not None and isinstance(value.value, Measurement) and len(value.value.numbers) > 1
    )


def _inside_name(parse: Parse) -> bool:
    """Whether the text ends in a surname that does not yet tell one patient from others."""
    name = parse.get("patient_name")
    if name is None or parse.text[name.end :].strip(" .,!?") or len(name.text.split()) > 1:
        return False
    return getattr(name.value, "ambiguous", False)
