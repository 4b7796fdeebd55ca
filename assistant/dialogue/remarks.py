"""Words that are said to somebody else while a question waits: they answer nothing.

At a bedside one speaks to the patient, to relatives and to colleagues between a dictation and its
«да»: a name, a number or a day in such a remark is no correction.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.bedside import (
    acts,
    calls_by_first_name,
    changes,
    corrects,
    counts,
    is_address,
    is_asked_of_patient,
    is_called,
    may_be_subject,
    tells_other_number,
)
from assistant.dialogue.daytimes import is_loose
from assistant.dialogue.dictated import Dictated, dictated
from assistant.dialogue.measuredat import said_before
from assistant.dialogue.noting import names_note
from assistant.dialogue.picking import only_picks
from assistant.dialogue.plans import AskMissing, AskPatient, Confirm, NeedPatient, Plan
from assistant.dialogue.state import ChoosePatient, ConfirmWrite, FillRequest, Pending
from assistant.dialogue.whom import cards_meant, names_patient, rejections
from assistant.dialogue.yes import begins_with_yes
from nlu.canon import Canon, canonical
from nlu.concepts import concept
from nlu.courtesy import is_courtesy
from nlu.dictionary import known, reading
from nlu.measures import UNIT
from nlu.messages import Entity, Parse, PatientMention, covered

_IDLE: Final = frozenset(("out_of_scope", "stop", "next", "previous"))
"""Intents that ask for nothing: what is said so changes a write only in words of correction."""
_MISREAD: Final = frozenset(("select_patient", "add_note"))
_DEVICE: Final = re.compile(r"\w+метр\w{0,3}")
_TELLING: Final = frozenset(("NOUN", "VERB", "GRND", "PRTS", "PRED", "ADVB", "INFN"))
_WITH_VALUE_WORDS: Final = """
ровно раз раза минуту конец точка кажется доктор ясно стабильно норма нормально готово отлично
хорошо
"""
_WITH_VALUE: Final = frozenset(_WITH_VALUE_WORDS.split())
_WORD: Final = 3
"""Letters, below which no word tells anything: «эм», «уд»."""
_WAIT: Final = re.compile(r"по(?:дожд|год|ст)\w+|стойте?|минут\w+|секунд\w+")
"""«Орлова, подожди», but not «подожди, Орлова»."""
_FEW: Final = 2
"""So many words beside a number may follow it: «82 на мониторе»."""
_HALF: Final = re.compile(r" с половинк?ой\b")
_ASKING: Final = frozenset(("есть", "ли", "или"))


def is_remark(pending: Pending, parse: Parse) -> bool:
    """Whether it is no reply: «анна михайловна, отойдите», «отдохните десять минут».

    What denies, or tells the assistant to change something, always is one. Else a reply is a name
    or a time in words of correction, or a value at the end or nearly alone. Asked who is meant, a
    name is the answer unless one is called so who is spoken to, or a relative.
    """
    canon = canonical(parse.text)
    said = [item.text for item in canon.items]
    named = names_patient(parse)
    if not said:
        return False
    waits = not isinstance(pending, ChoosePatient)
    if not named and (is_asked_of_patient(said) or (waits and _finds_none(parse, said))):
        return True
    if not parse.found and not any(item.is_number for item in canon.items):
        return False
    inside = _said(canon, parse)
    words = ["…" if of_one else text for of_one, text in zip(inside, said, strict=True)]
    if named and waits and _is_greeted(parse, said, words):
        return True
    tells_whom = parse.intent == "select_patient" or words[0] == "…"
    if parse.intent not in _IDLE and not (named and tells_whom):
        return False
    if named and _is_called(words):
        return True
    denies = _denies(said) and (named or not tells_other_number(said))
    if denies or any(map(changes, words)):
        return False
    if named and isinstance(pending, ChoosePatient):
        return False
    beside = [word for word in words if word[0].isalpha()]
    if parse.intent not in _IDLE:
        return is_courtesy(beside) or _introduces(said, words)
    if only_picks(parse) or is_loose(canon.text):
        return False
    if named and (_introduces(said, words) or _WAIT.fullmatch(words[-1])):
        return True
    beside = UNIT.sub("", " ".join(words)).split()
    if all(not word[0].isalpha() or corrects(word) for word in beside):
        return False
    return named or not _tells_value(pending, parse)


def _denies(said: list[str]) -> bool:
    return said[0] == "нет" or (said[0] == "не" and not any(map(is_address, said)))


def _is_called(words: list[str]) -> bool:
    """Whether somebody with the name, a gap in ``words``, is spoken to, called or told of as a
    relative, or the speaker is: «муж Сергей», «меня зовут Анна».
    """
    last = words[-1]
    waits = _WAIT.fullmatch(last) is not None and last.endswith("те") and words[0] == "…"
    return waits or any(map(is_called, words)) or "меня зовут" in " ".join(words)


def _is_greeted(parse: Parse, said: list[str], words: list[str]) -> bool:
    """Whether a name as one is spoken to follows a «да»: «да, Анна Михайловна»."""
    names = [word for word, masked in zip(said, words, strict=True) if masked == "…"]
    return begins_with_yes(parse) and calls_by_first_name(names)


def _introduces(said: list[str], words: list[str]) -> bool:
    """Whether the one who is named does something or is the speaker: «Лебедева просила»,
    «я Ольга Владимировна», but not «это я Лебедевой».
    """
    names = [word for word, masked in zip(said, words, strict=True) if masked == "…"]
    speaks = "я" in words and all(word in ("я", "…") or not corrects(word) for word in words)
    return any(map(may_be_subject, names)) and (speaks or any(map(acts, words)))


def _tells_value(pending: Pending, parse: Parse) -> bool:
    """Whether a number may be the value that is asked for or confirmed: nobody is spoken to, it
    counts nothing else, and for another one that is repeated it is a possible one, at the end.
    """
    if not isinstance(pending, ConfirmWrite | FillRequest):
        return False
    words = _without_times(parse)
    at = _last_number(words)
    said = [item.text for item in canonical(parse.text).items]
    if at is None or any(map(is_address, words)) or tells_other_number(said):
        return False
    if isinstance(pending, FillRequest) and pending.request.measurement is None:
        return True
    beside = [word for word in words if word[0].isalpha()]
    ends = not any(word[0].isalpha() for word in words[at + 1 :])
    value = _read(pending, parse).value_of(pending.request.observation)
    return value is not None and (ends or len(beside) <= _FEW)


def _read(pending: ConfirmWrite | FillRequest, parse: Parse) -> Dictated:
    asked = pending.request
    return dictated(parse, asked.observation, asked.measurement, said_before(asked))


def _without_times(parse: Parse) -> list[str]:
    """The words less units, each a gap that tells a day."""
    canon = canonical(parse.text)
    inside = covered(canon, [e for e in parse.found if e.name in ("date", "period")])
    pairs = zip(inside, canon.items, strict=True)
    text = " ".join("…" if of_time else item.text for of_time, item in pairs)
    return _HALF.sub("", UNIT.sub("", text)).split()


def _last_number(words: list[str]) -> int | None:
    """Where the last number stands, unless it counts something else."""
    at = max((i for i, word in enumerate(words) if word.isdigit()), default=None)
    return None if at is None or counts(words, at) else at


def _finds_none(parse: Parse, said: list[str]) -> bool:
    """Whether it tells that there is nothing: «аллергии нет», but not «есть аллергия или нет»."""
    asks = parse.intent.startswith("get_")
    return asks and said[-1] == "нет" and _ASKING.isdisjoint(said)


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
    idle = corrects(word) or word in _WITH_VALUE or concept(word) == "WRITE"
    if idle or len(word) < _WORD or not known(word) or _DEVICE.fullmatch(word):
        return False
    tag = reading(word).tag
    return tag.POS in _TELLING and "impr" not in tag


def asked_on(pending: Pending | None, parse: Parse) -> Plan | None:
    """The same question again where ``parse`` is only a remark; None where it may be a reply.

    The words of a note may be any, but for whose it is.
    """
    if pending is None or not is_remark(pending, parse):
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
            return Confirm(card, request, doubted=_may_correct(pending, parse))
        case FillRequest(card=card, request=request) if request.intent == "record_measurement":
            return AskMissing(card, request, doubted=_may_correct(pending, parse))
    return None


def told_value(pending: Pending | None, parse: Parse) -> Parse:
    """``parse``, which reads as anything else for hardly more than a number, as no request where
    that may be the value: «на экране восемьдесят», «отметь восемьдесят».
    """
    if not isinstance(pending, ConfirmWrite | FillRequest) or names_patient(parse):
        return parse
    items = canonical(parse.text).items
    short = sum(not item.is_number for item in items) <= _FEW and not names_note(parse.text)
    other = pending.request.intent == "record_measurement" and parse.intent in _MISREAD
    told = other and short and _tells_value(pending, parse)
    return replace(parse, intent="out_of_scope") if told else parse


def _may_correct(pending: ConfirmWrite | FillRequest, parse: Parse) -> bool:
    """Whether another patient, or another value than is confirmed, may be told in it."""
    name = parse.get("patient_name")
    if name is not None and isinstance(name.value, PatientMention):
        return cards_meant(name.value) != (pending.card,)
    request = pending.request
    if isinstance(pending, FillRequest) or request.intent != "record_measurement":
        return False
    said = _read(pending, parse)
    partly = said.refusal is not None and said.refusal.kind in ("half", "usual")
    other = partly or said.value_of(request.observation) not in (None, request.measurement)
    return other and _last_number(_without_times(parse)) is not None
