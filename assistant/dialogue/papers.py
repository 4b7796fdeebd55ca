"""Which document the words mean, beside its kind, its hospital and its place in a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rapidfuzz import fuzz

from assistant.answers.charts import PAGE
from assistant.dialogue.state import DialogueState, Request
from assistant.speech.numerals import parses
from ledger_client.messages import Document, DocumentHeader
from nlu.canon import fold
from nlu.messages import Parse

_ALIKE: Final = 75.0
"""Likeness, 0 to 100, from which a word that no dictionary has may be one of a command."""
_COMMANDS: Final = ("прочитай", "прочти", "открой", "покажи", "зачитай", "полностью", "целиком",
                    "документ", "заключение", "последний", "следующий")  # fmt: skip
_ANY: Final = frozenset(
    ("документ", "документация", "бумага", "бумажка", "файл", "запись", "текст", "заключение",
     "вывод", "итог", "содержание", "содержимое", "результат", "описание", "исследование",
     "обследование", "протокол", "бланк", "лист", "снимок", "список", "пункт", "строка", "номер",
     "вариант", "карта", "карточка", "история", "болезнь", "медкарта", "пациент", "пациентка",
     "больной", "больная", "человек", "мужчина", "женщина", "больница", "госпиталь", "клиника",
     "врач", "доктор", "рентгенолог", "экран", "начало", "конец", "середина", "раз",
     "вид", "часть", "страница", "год", "месяц", "день", "число", "дата", "время", "помощник",
     "ассистент", "спасибо", "дело", "просьба")
)  # fmt: skip
"""Nouns that are said of any document, and those of what it is about."""
_NEWEST: Final = re.compile(r"\b(?:свеж|новейш|недавн)\w*|\bсам\w+ нов\w+")
_OLDEST: Final = re.compile(r"\bсам\w+ (?:стар|перв|ранн|давн)\w*|\bстарейш\w*")
_LAST: Final = re.compile(r"\bпоследн(?:ий|юю|яя|ее|его|ей|ие|их)\b")
_PAPER: Final = re.compile(r"\b(?:документ|бумаг|бумажк|файл|заключени)\w*")
_WHOLE: Final = re.compile(r"\b(?:полностью|целиком|весь)\b")
_IN_LIST: Final = re.compile(r"\b(?:списк\w+|пункт\w*|строк\w+|них)\b")
_DOCTOR: Final = re.compile(
    r"\b(?:(?!рентген)\w*(?:олог|хирург|терапевт|окулист|ортопед|педиатр|психиатр|фтизиатр)|лор)"
    r"(?=(?:а|у|ом|е|и|ов)?\b)"
)
_ORGAN: Final = re.compile(
    r"\b(?:флюорограф|легк(?=их|ого)|грудн|голов(?=ы|н)|мозг|череп|брюшн|живот|печен|почек|почк"
    r"|желчн|поджелуд|селезен|желуд|кишечн|мочев(?=ого)|простат|матк|малого таз|таз(?=а|о)"
    r"|молочн|щитовидн|позвоноч|шейн|поясни|крестц|сустав|колен|плеч|локт|бедр|кист(?=и|ей)"
    r"|стоп(?=ы)|голен|ребер|пазух|зуб|сосуд|вен(?= |$)|сонн)"
)
"""Each match is a word to the end of its stem."""


def asked_paper(request: Request, parse: Parse, listed: bool) -> Request:
    """``request`` for a document, with what the words say of it.

    Where documents are ``listed``, which begin with the newest, it is one of them that «последний»
    and «самое свежее» mean, unless a kind, a place, a time or «документ» is said as well.
    """
    text = without_times(parse)
    doctors = [match[0] for match in _DOCTOR.finditer(text)]
    if doctors and request.document_type is None:
        request = replace(request, document_type="consultation")
    paper = request.document_type or _PAPER.search(text)
    in_list = _IN_LIST.search(text) is not None
    of_list = listed and not (paper or in_list or request.hospital or request.period)
    newest = _LAST.search(text) and (paper or of_list)
    if _OLDEST.search(text) and not in_list:
        request = replace(request, ordinal=None, paper="oldest")
    elif (newest or _NEWEST.search(text)) and not in_list:
        request = replace(request, ordinal=None, paper="newest")
    elif (request.document_type or of_list) and "предпоследн" in text:
        request = replace(request, ordinal=None, paper="newest", start=1)
    elif request.ordinal is None and "предпоследн" in text:
        request = replace(request, ordinal=-2)
    elif request.ordinal is None and request.document_type is None and _names_a_kind(parse):
        request = replace(request, paper="unknown")
    if of_list and request.paper in ("newest", "oldest"):
        place = -1 if request.paper == "oldest" else request.start + 1
        request = replace(request, paper="", start=0, ordinal=place)
    request = replace(request, full=_WHOLE.search(text) is not None)
    if request.document_type is not None:
        named = (*doctors, *(match[0] for match in _ORGAN.finditer(text)))
        request = replace(request, named=named)
    return request


def to_list(request: Request) -> Request:
    """``request`` for all that fit, of which one may be chosen: the newest of two is not known."""
    start = 0 if request.paper in ("newest", "oldest") else request.start
    return replace(request, ordinal=None, paper="", start=start)


def listing(
    request: Request, headers: Sequence[DocumentHeader], before: DialogueState
) -> DialogueState:
    """The context after a page of ``headers``: the one that begins at ``request.start``."""
    following = request.start + PAGE
    return replace(
        before,
        documents=tuple(header.id for header in headers),
        document=None,
        pending=None,
        more=replace(request, start=following) if len(headers) > following else None,
        page=request,
    )


def is_named(document: Document, stems: tuple[str, ...]) -> bool:
    """Whether a document tells of the specialist or the part of the body that was asked for."""
    words = (document.header.title, document.header.author, document.text, document.conclusion)
    text = fold(" ".join(words).lower())
    return any(stem in text for stem in stems)


def without_times(parse: Parse) -> str:
    """The words in lower case; of «за последний год» nothing is left."""
    text = fold(parse.text.lower())
    for entity in parse.found:
        if entity.name in ("period", "date", "patient_name", "hospital"):
            gap = " " * (entity.end - entity.start)
            text = text[: entity.start] + gap + text[entity.end :]
    return text


def _names_a_kind(parse: Parse) -> bool:
    """Whether a noun is left that no entity has and that not any document is called by."""
    taken = {i for entity in parse.found for i in range(entity.start, entity.end)}
    words = re.finditer(r"[^\W\d]+", parse.text.lower())
    return any(_is_kind(word[0]) for word in words if word.start() not in taken)


def _is_kind(word: str) -> bool:
    readings = parses(word)
    if not readings[0].is_known:
        return len(word) > 2 and all(fuzz.ratio(word, one) < _ALIKE for one in _COMMANDS)
    if any(p.normal_form in _ANY or "Name" in p.tag or "Surn" in p.tag for p in readings):
        return False
    return "NOUN" in readings[0].tag
