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
    "все": "stop",  # «всё» ends what is read; «на этом всё» the session
    "повтори": "repeat",
    "медленнее": "repeat",
    "помедленнее": "repeat",
    "дальше": "next",
    "назад": "previous",
    "помощь": "help",
}
"""Commands of one word that must never depend on training."""

_OWN_ALLERGY = re.compile(r"\b(?:аллерги\w+ у меня|у меня \w*аллерги\w+)\b")
_ALLERGIC_TO = re.compile(
    r"(?:(?:а|и|есть|нет|имеется|отмечена|была|ли|у|него|нее|P|C|пациента|пациентки) )*аллергия "
    r"(?:(?:есть|ли|у|него|нее|P|C|пациента|пациентки) )*на [а-я]+(?: [а-я]+)?"
)
_TAKES = re.compile(
    r"^(?:пациент\w*|больн\w+|P|он|она)(?: P)? (?:принимает|получает|пьет) (?!ли ).* N\b"
)
_SAID_BY = re.compile(
    r"^(?:P |а |и )*что (?:P )?(?:сказал|говорил|написал|советовал|посоветовал|рекомендовал)[аи]?"
    r"(?: P| ему| ей| там)* (?:врач|доктор|специалист|консультант|лор|окулист|ортопед|терапевт"
    r"|\w*хирург|\w+олог|\w+иатр)(?: [WPT])*$"
)
_FOR_THE_CHART = re.compile(
    r"^(?:P )?(?:запи(?:ши|сать)|добав(?:ь|ить)|внес(?:и|ти)|занес(?:и|ти)|впи(?:ши|сать)|укажи"
    r"|постав(?:ь|ить)|отмет(?:ь|ить)|зафиксируй)(?:те)?"
    r"(?: (?:P|C|ему|ей|пациент\w*|больн\w+|(?:в|на) карт\w+|нов\w+|еще|также|пожалуйста"
    r"|сопутствующ\w+|основн\w+))* (?:аллергию|непереносимость|диагноз)\b(?!.* со слов)"
)
"""Only notes and values can be written; «аллергия на …» after the verb is a note's words."""
_VALUE_TO_COME = re.compile(
    r"(?:P )?(?:запиши|внеси|зафиксируй)(?:те)?(?: P)? [XL](?: P)?(?: пожалуйста)?"
)
_NOTED = re.compile(
    r"^(?:P )?(?:пожалуйста )?(?:запиши|добавь|внеси|занеси|сделай)(?:те)?"
    r"(?: (?:P|C|ему|ей|мне|пожалуйста|еще|нов\w+|(?:в|на) карт\w+|(?:не|ой|нет|а) P))*"
    r" (?:в )?(?:заметк[уи]|примечание|пометку) \w"
)
_NUMBERS = re.compile(rf"номер|(?:номер )?N(?:{UNIT.pattern}| N)*")
"""«96», «девяносто шесть процентов»: never a «да», whatever «сто процентов» may mean elsewhere."""
_DECIMAL = "N N"
"""«36,6»: two numbers that are no card."""
_CHOICE = frozenset(["P", "C", "O"])
_FILLER = (
    r"(?:вот|эт(?:о|от|а)|давай(?:те)?|пожалуйста|т(?:от|а)|котор(?:ый|ая)|из (?:них|этих|списка))"
)
_CHOSEN = re.compile(rf"(?:{_FILLER} )*O(?: {_FILLER})*")


_CLOSE = re.compile(r"закро(?:й|йте)(?: (?:пожалуйста|его|ее|это|этот|документ|список|D))*")
"""What is closed is what is being read, not the session."""

_QUESTION = re.compile(r"^(?:как\w*|сколько|ли|был\w*|покажи|скажи|назови|есть|норм\w*)$")


def states_value(masked: Sequence[str]) -> bool:
    """Whether a value is stated of an observation, nothing being asked."""
    return "V" in masked and not any(_QUESTION.match(word) for word in masked)


def rule_intent(masked: Sequence[str], entities: Sequence[Entity]) -> str | None:
    """The intent that the form alone decides, if it does."""
    words = " ".join(masked)
    if words in ONE_WORD:
        return ONE_WORD[words]
    if _CLOSE.fullmatch(words):
        return "stop"
    if _OWN_ALLERGY.search(words):
        return "out_of_scope"
    if _ALLERGIC_TO.fullmatch(words):
        return "get_allergies"
    if _SAID_BY.match(words):
        return "get_document"
    if words == _DECIMAL:
        return "record_measurement"
    if _NUMBERS.fullmatch(words):
        return "out_of_scope"
    if _FOR_THE_CHART.search(words):
        return "out_of_scope"
    if _NOTED.match(words):
        return "add_note"
    if _VALUE_TO_COME.fullmatch(words):
        return "record_measurement"
    if _TAKES.search(words):
        return "add_note"
    if set(masked) <= _CHOICE or _CHOSEN.fullmatch(words):
        return "select_patient"
    if any(entity.name == "value" for entity in entities) and set(masked) <= {"X", "L", "V", "P"}:
        return "record_measurement"
    return None
