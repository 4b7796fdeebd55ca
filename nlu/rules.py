"""What is certain without training: the form alone decides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.measures import UNIT
from nlu.messages import Entity

ONE_WORD = {
    "да": "affirm",
    "нет": "deny",
    "стоп": "stop",
    "хватит": "stop",
    "отмена": "stop",
    "отменить": "stop",
    "повтори": "repeat",
    "медленнее": "repeat",
    "помедленнее": "repeat",
    "дальше": "next",
    "назад": "previous",
    "помощь": "help",
}
"""Commands of one word that must never depend on training."""

_OWN_ALLERGY = re.compile(r"\b(?:аллерги\w+ у меня|у меня \w*аллерги\w+)\b")
_TAKES = re.compile(
    r"^(?:пациент\w*|больн\w+|P|он|она)(?: P)? (?:принимает|получает|пьет) (?!ли ).* N\b"
)
_VALUE_TO_COME = re.compile(
    r"(?:P )?(?:запиши|внеси|зафиксируй)(?:те)?(?: P)? [XL](?: P)?(?: пожалуйста)?"
)
_NUMBERS = re.compile(rf"номер|(?:номер )?N(?:{UNIT.pattern}| N)*")
"""«96», «девяносто шесть процентов»: never a «да», whatever «сто процентов» may mean elsewhere."""
_CHOICE = frozenset(["P", "C", "O"])
_FILLER = (
    r"(?:вот|эт(?:о|от|а)|давай(?:те)?|пожалуйста|т(?:от|а)|котор(?:ый|ая)|из (?:них|этих|списка))"
)
_CHOSEN = re.compile(rf"(?:{_FILLER} )*O(?: {_FILLER})*")


_QUESTION = re.compile(r"^(?:как\w*|сколько|ли|был\w*|покажи|скажи|назови|есть|норм\w*)$")


def states_value(masked: Sequence[str]) -> bool:
    """Whether a value is stated of an observation, nothing being asked."""
    return "V" in masked and not any(_QUESTION.match(word) for word in masked)


def rule_intent(masked: Sequence[str], entities: Sequence[Entity]) -> str | None:
    """The intent that the form alone decides, if it does."""
    words = " ".join(masked)
    if words in ONE_WORD:
        return ONE_WORD[words]
    if _OWN_ALLERGY.search(words):
        return "out_of_scope"
    if _NUMBERS.fullmatch(words):
        return "out_of_scope"
    if _VALUE_TO_COME.fullmatch(words):
        return "record_measurement"
    if _TAKES.search(words):
        return "add_note"
    if set(masked) <= _CHOICE or _CHOSEN.fullmatch(words):
        return "select_patient"
    if any(entity.name == "value" for entity in entities) and set(masked) <= {"X", "L", "V", "P"}:
        return "record_measurement"
    return None
