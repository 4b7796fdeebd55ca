"""The step after what the assistant can't do: whether another patient may have been meant."""

from __future__ import annotations

from typing import Final

from assistant.dialogue.leaving import touches_whom
from assistant.dialogue.plans import AskPatient, NoSuchPatient, Phrase, Plan, Say
from assistant.dialogue.somebody import calls_somebody, speaks_of_somebody
from assistant.dialogue.state import Request
from assistant.dialogue.whom import cards_meant, is_taken_back, names_patient
from nlu.canon import canonical, folded_words
from nlu.dictionary import known, reading
from nlu.messages import Parse, PatientMention, covered

_NAME_WORDS: Final = 2
"""So many words a name is mostly called with."""


def refused(current: str | None, parse: Parse) -> Plan:
    """The step after ``parse``, which asks for nothing of a record, with ``current`` open."""
    others = _others_asked_of(current, parse)
    if others:
        return AskPatient(others, Request("select_patient"), refuses=True)
    numbers = _is_numbers(parse)
    if numbers and current is None:
        return NoSuchPatient(Request("select_patient"))
    named = names_patient(parse) or touches_whom(parse) or _may_be_a_name(parse)
    somebody = speaks_of_somebody(parse) or calls_somebody(parse)
    return Say(Phrase.OUT_OF_SCOPE, unsettles=named or somebody or numbers)


def _others_asked_of(current: str | None, parse: Parse) -> tuple[str, ...]:
    """Whom the name in ``parse`` surely means, if that is not the ``current`` patient and
    something is asked of them: «группа крови Орловой», but not «Орлова, отойдите».
    """
    name = parse.get("patient_name")
    if current is None or name is None or not isinstance(name.value, PatientMention):
        return ()
    cards = cards_meant(name.value)
    sure = len(cards) == 1 and not name.value.ambiguous and not is_taken_back(parse, name)
    return cards if sure and current not in cards and _names_thing(parse) else ()


def _names_thing(parse: Parse) -> bool:
    """Whether a thing is named and nobody told to do anything, or told what somebody does."""
    canon = canonical(parse.text)
    inside = covered(canon, parse.found)
    beside = [item.text for item, of_one in zip(canon.items, inside, strict=True) if not of_one]
    kinds = {reading(word).tag.POS for word in beside if known(word)}
    return "NOUN" in kinds and "VERB" not in kinds


def _may_be_a_name(parse: Parse) -> bool:
    """Whether what was not understood may have called somebody, and asked for nothing."""
    few = len(folded_words(parse.text)) <= _NAME_WORDS
    return parse.like_surname or (parse.unexplained and few)


def _is_numbers(parse: Parse) -> bool:
    """Whether no more than numbers is said: values, or a card's digits."""
    items = canonical(parse.text).items
    return bool(items) and all(item.text.isdigit() for item in items)
