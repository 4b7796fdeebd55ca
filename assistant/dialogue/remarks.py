"""Words that are said to somebody else while a question waits: they answer nothing.

At a bedside one speaks to the patient, to relatives and to colleagues between a dictation and its
«да»: a name, a number or a day in such a remark is no correction.
"""

from __future__ import annotations

import re
from typing import Final

from assistant.dialogue.daytimes import is_loose
from assistant.dialogue.leaving import AROUND_NAME, PERSON
from assistant.dialogue.picking import FILLER, only_picks
from assistant.dialogue.plans import AskMissing, AskPatient, Confirm, NeedPatient, Plan
from assistant.dialogue.state import ChoosePatient, ConfirmWrite, FillRequest, Pending
from assistant.dialogue.whom import names_patient, rejections
from assistant.dialogue.yes import AROUND
from nlu.canon import Canon, canonical
from nlu.concepts import concept
from nlu.courtesy import is_courtesy
from nlu.dictionary import known, reading
from nlu.measures import UNIT
from nlu.messages import Entity, Parse, covered

_IDLE: Final = frozenset(("out_of_scope", "stop", "next", "previous"))
"""Intents that ask for nothing: what is said so changes a write only in words of correction."""
_CORRECTING: Final = AROUND | AROUND_NAME | FILLER
_MEASURING: Final = re.compile(
    rf"{PERSON}|(?:на|из|по|за)?мер[ия]\w+|насчита\w+|получ\w+|показ\w+|говор\w+|(?:про)?дикту\w+"
    r"|значит|скажу|посмотр\w+|вижу|стал\w?|вышло|(?:ис|по)прав\w+|замен\w+|измен\w+|част\w+"
    r"|год\w*|рождения|врем\w+|час(?:а|ов)?|утра|дня|вечера|ночи|как(?:ой|ое|ая|ие)|кроме|помимо"
    r"|вместо|под|за|около|почти|порядка|ближе|где|примерно|приблизительно|(?:бол|мен)(?:ьше|ее)"
    r"|выше|ниже"
)
"""How a value was come by, and how it, or whose it is, is said."""
_DEVICE: Final = re.compile(r"\w+метр\w{0,3}")
_TELLING: Final = frozenset(("NOUN", "VERB", "GRND", "PRTS", "PRED", "ADVB", "INFN"))
_WITH_VALUE_WORDS: Final = """
ровно раз раза минуту конец точка кажется доктор ясно стабильно норма нормально готово отлично
хорошо
"""
_WITH_VALUE: Final = frozenset(_WITH_VALUE_WORDS.split())
_WORD: Final = 3
"""Letters, below which no word tells anything: «эм», «уд»."""
_ADDRESSES: Final = re.compile(r"(?:… )+(?:по(?:дожд|год|ст)\w+|стойте?|минут\w+|секунд\w+)")
"""«Орлова, подожди», but not «подожди, Орлова»."""
_INTRODUCES: Final = re.compile(r"(?:.* )?(?:зовут|я) …(?: .*)?")


def is_remark(parse: Parse) -> bool:
    """Whether it is no reply: «анна михайловна, отойдите», «отдохните десять минут».

    A reply says nothing beside a name, a number or a time but words of correction.
    """
    canon = canonical(parse.text)
    if any(_is_asked_of_patient(item.text) for item in canon.items) and not names_patient(parse):
        return True
    if not parse.found and not any(item.is_number for item in canon.items):
        return False
    said = _said(canon, parse)
    words = ["…" if of_one else item.text for of_one, item in zip(said, canon.items, strict=True)]
    if names_patient(parse) and parse.intent == "select_patient":
        beside = [word for word in words if word != "…"]
        return is_courtesy(beside) or _INTRODUCES.fullmatch(" ".join(words)) is not None
    if parse.intent not in _IDLE or only_picks(parse) or is_loose(canon.text):
        return False
    if names_patient(parse) and _ADDRESSES.fullmatch(" ".join(words)):
        return True
    return not all(
        not word[0].isalpha() or word in _CORRECTING or _MEASURING.fullmatch(word)
        for word in UNIT.sub("", " ".join(words)).split()
    )


def _is_asked_of_patient(word: str) -> bool:
    """Whether a patient is asked so: «таблетки пили», «чем болели»; a doctor asks «что он пьёт»."""
    tag = reading(word).tag
    asked = {"plur", "2per", "indc"} in tag or {"plur", "past"} in tag
    return asked and concept(word) in ("TAKE", "SUFFER")


def _said(canon: Canon, parse: Parse) -> list[bool]:
    """For each item whether it is of an entity, or of a name that is not meant."""
    said, back = covered(canon, parse.found), rejections(parse).items
    return [of_one or at in back for at, of_one in enumerate(said)]


def tells_more(parse: Parse) -> bool:
    """Whether words after the last value tell something that no value does: «130 на 85, жалоб нет»,
    «90 на кислороде»; but not «68, ритмичный».
    """
    canon = canonical(parse.text)
    said = _said(canon, parse)
    numbers = [i for i, item in enumerate(canon.items) if item.is_number]
    values = covered(canon, [e for e in parse.found if e.name == "value"])
    first = max((*numbers, *(i for i, of_one in enumerate(values) if of_one)), default=-1) + 1
    again = covered(canon, [e for e in parse.found if _is_named_again(e, parse)])
    words = [
        "…" if said[i] and not again[i] else canon.items[i].text for i in range(first, len(said))
    ]
    rest = UNIT.sub("", " ".join(("…", *words))).split()
    return any(map(_tells, rest))


def _is_named_again(entity: Entity, parse: Parse) -> bool:
    """Whether a quantity that was named before seems to be: «сатурация 90 без кислорода»."""
    return entity.name == "observation" and any(
        other.name == "observation" and other.value == entity.value and other.end <= entity.start
        for other in parse.found
    )


def _tells(word: str) -> bool:
    idle = word in _CORRECTING or word in _WITH_VALUE or concept(word) == "WRITE"
    if (
        idle
        or len(word) < _WORD
        or not known(word)
        or _MEASURING.fullmatch(word)
        or _DEVICE.fullmatch(word)
    ):
        return False
    tag = reading(word).tag
    return tag.POS in _TELLING and "impr" not in tag


def asked_on(pending: Pending | None, parse: Parse) -> Plan | None:
    """The same question again where ``parse`` is only a remark; None where it may be a reply.

    The words of a note may be any, but for whose it is.
    """
    if not is_remark(parse):
        return None
    match pending:
        case ChoosePatient(cards=(_, *_) as cards, request=request):
            return AskPatient(cards, request)
        case ChoosePatient(request=request):
            return NeedPatient(request)
        case ConfirmWrite(card=card, request=request) if (
            request.intent == "record_measurement"
            or names_patient(parse)
            or parse.intent not in _IDLE
        ):
            return Confirm(card, request)
        case FillRequest(card=card, request=request) if request.intent == "record_measurement":
            return AskMissing(card, request)
    return None
