"""What is asked for and corrected in one breath: «не давление, а пульс», «рентген, ой, ЭКГ».

Names and places in a list are the dialogue's concern: whom it is not about matters there as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from nlu.canon import Canon
from nlu.concepts import TOPICS, concept
from nlu.messages import Entity, covered
from nlu.rejected import rejections

_KIND_OF: Final = {
    "observation": "what", "document_type": "what", "hospital": "where",
    "period": "when", "date": "when",
}  # fmt: skip
_BREAK: Final = re.compile(
    r"\b(?<!или )(?:ой|тьфу(?: ты)?|нет|вернее|верней|точнее|извините?|простите?"
    r"|прошу прощения|то есть|(?:я )?имела? в виду|не то)\b"
)
"""After these words what was just said is said anew."""
APART: Final = frozenset(("ой", "нет", "вернее", "точнее", "извините", "кроме", "помимо", "лет"))
"""Words that are part of no phrase: «рентген, ой, ЭКГ» is not one document, nor «сколько лет» a
weight."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What of an utterance is not meant."""

    unsaid: frozenset[int] = frozenset()
    """Items in whose place something else of the same kind is said."""
    refused: bool = False
    """Something is rejected, and nothing said in its place."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that was said: what, where or when; in which items."""

    kind: str
    items: frozenset[int]


def corrected(canon: Canon, entities: Sequence[Entity]) -> Corrected:
    """What ``canon``, in which ``entities`` were found, says and takes back.

    «Не вчера ли» asks. How a value that is dictated is corrected depends on the values.
    """
    parts = _parts(canon, entities)
    asks = any(item.text == "ли" for item in canon.items)
    if not parts or asks or any(entity.name == "value" for entity in entities):
        return Corrected()
    named = frozenset[int]().union(*(part.items for part in parts))
    unsaid: set[int] = set()
    refused = False
    for at, run in rejections(canon, named.__contains__):
        back = [part for part in parts if part.items & run]
        others = [part for part in parts if part not in back and not part.items & unsaid]
        if not {part.kind for part in back} <= {part.kind for part in others}:
            refused = True
            continue
        for part in back:
            unsaid |= set(range(min(at, *part.items), max(at, *part.items) + 1))
    return Corrected(frozenset(unsaid | _broken_off(canon, parts)), refused)


def _parts(canon: Canon, entities: Collection[Entity]) -> Sequence[_Part]:
    found = []
    for entity in entities:
        if entity.name in _KIND_OF:
            items = (i for i, it in enumerate(canon.items) if entity.overlaps(it.start, it.end))
            found.append(_Part(_KIND_OF[entity.name], frozenset(items)))
    for i, inside in enumerate(covered(canon, entities)):
        item = canon.items[i]
        if not inside and concept(item.text) in TOPICS:
            found.append(_Part("what", frozenset((i,))))
    return sorted(found, key=lambda part: min(part.items))


def _broken_off(canon: Canon, parts: Sequence[_Part]) -> set[int]:
    """The items before «ой» or «нет» of the kinds that are said after it."""
    unsaid: set[int] = set()
    for match in _BREAK.finditer(canon.text):
        where = canon.items_of(*match.span())
        after = {part.kind for part in parts if min(part.items) >= where.stop}
        for kind in after:
            before = [p for p in parts if p.kind == kind and max(p.items) < where.start]
            if before:
                unsaid |= before[-1].items | set(where)
    return unsaid
