"""What is asked for in one breath beside what is answered: the doctor hears to ask it separately.

Only what «и» or nothing at all joins to the rest: «пульс на экг» and «аллергия на лекарства» ask
for one thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from assistant.dialogue.state import Request
from nlu.canon import Item, canonical
from nlu.extract import LABORATORY
from nlu.messages import Parse
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

_PARTS: Final = tuple(
    (re.compile(words), intent)
    for words, intent in (
        (r"аллерги[яиюй]\w*", "get_allergies"),
        (
            r"(?:лекарств(?!енн)|препарат|таблет)\w*|назначени\w+|(?:назнач|пропис)[аи]\w+",
            "get_medications",
        ),
        (r"диагноз\w*", "get_diagnoses"),
        (r"(?:посещени|визит|госпитализаци)\w*", "get_hospital_visits"),
        (r"документ\w*", "get_documents_from_hospital"),
    )
)
"""Words for a part of the record, and the intent that reads it."""
_SHOWS: Final = re.compile(r"(?:покажи|открой|прочитай|прочти|назови|выведи)(?:те)?")
_JOINS: Final = frozenset(("и", "также", "плюс", "еще", "потом", "затем"))
_BEFORE_DETAIL: Final = frozenset(
    ("на", "при", "из", "от", "с", "со", "до", "после", "в", "во", "для", "перед", "без", "к")
)


def asked_apart(parse: Parse, request: Request) -> tuple[str, ...]:
    """The quantities, kinds of documents and intents that ``parse`` asks for beside ``request``.

    None where it is not sure that what is answered is one of several things asked for.
    """
    items = canonical(parse.text).items
    asked: list[str] = []
    end, joined = 0, True
    for first, last, what in _mentions(parse, items):
        gap = {item.text for item in items[end:first]}
        before = items[first - 1].text if first else ""
        told_of = before in _BEFORE_DETAIL or (end > 0 and "на" in gap)
        joined = joined and not told_of and (end == 0 or not gap or bool(gap & _JOINS))
        if joined and (gap or not asked or not _is_analysis(asked[-1], what)):
            asked.append(what)
        end = last + 1
    answered = request.observation or request.document_type or request.intent
    if answered not in asked:
        return ()
    others = (what for what in dict.fromkeys(asked) if what != answered)
    return tuple(what for what in others if not _is_kind_of(what, answered))


def named_first(parse: Parse) -> str | None:
    """The first quantity, kind of document or intent that ``parse`` names; None if none."""
    return next((what for _, _, what in _mentions(parse, canonical(parse.text).items)), None)


def intent_of(what: str) -> str:
    """The intent that reads a quantity, a kind of document or a part of the record."""
    if what in OBSERVATIONS:
        laboratory = OBSERVATIONS[what].category == "laboratory"
        return "get_lab_result" if laboratory else "get_latest_vitals"
    if what in DOCUMENT_TYPES:
        return "get_lab_result" if what in LABORATORY else "get_document"
    return what


def shown_too(parse: Parse) -> tuple[str, ...]:
    """What is asked for beside a value to be written: «… и покажи лекарства»."""
    items = canonical(parse.text).items
    shows = next((i for i, item in enumerate(items) if _SHOWS.fullmatch(item.text)), len(items))
    asked = (what for first, _, what in _mentions(parse, items) if first > shows)
    return tuple(dict.fromkeys(what for what in asked if what not in OBSERVATIONS))


def _mentions(parse: Parse, items: Sequence[Item]) -> Iterator[tuple[int, int, str]]:
    """What is asked for, with the first and the last of its ``items``."""
    named = [e for e in parse.found if e.name in ("observation", "document_type")]
    told = [next((e for e in named if e.overlaps(i.start, i.end)), None) for i in items]
    for i, (item, entity) in enumerate(zip(items, told, strict=True)):
        if any(item.start < end and start < item.end for start, end in parse.unsaid):
            continue
        if entity is None:
            yield from ((i, i, intent) for words, intent in _PARTS if words.fullmatch(item.text))
        elif i == told.index(entity):
            yield i, i + told.count(entity) - 1, str(entity.value)


def _is_kind_of(what: str, answered: str) -> bool:
    """Whether one is any documents, and the other a kind of them."""
    return any(
        one == "get_documents_from_hospital" and other in DOCUMENT_TYPES
        for one, other in ((what, answered), (answered, what))
    )


def _is_analysis(paper: str, of: str) -> bool:
    """Whether it is one thing, of which no «и» is between: «анализ крови, гемоглобин»."""
    laboratory = of in OBSERVATIONS and OBSERVATIONS[of].category == "laboratory"
    return paper == of or (paper in LABORATORY and (laboratory or of in LABORATORY))
