"""What is dictated and said anew in one breath: «пульс 80, ой, 85», «вчера, нет, позавчера»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from assistant.dialogue.yes import AROUND
from nlu.canon import Canon, canonical
from nlu.declension import name_kinds
from nlu.measures import UNIT
from nlu.messages import Parse
from nlu.spans import UNREAD_TIME

BREAK: Final = re.compile(
    r"\b(?<!или )(?:нет|ой|тьфу(?: ты)?|вернее|верней|точнее|то есть|поправка|исправ\w+|ошиб\w+"
    r"|извин\w+|прост(?:и|ите)|(?:я )?имела? в виду)\b"
)
"""After these words what was just said is said anew; in a canonical text."""
_JOINS: Final = re.compile(r"на|и|дробь|цел\w+|[.,:/-]")
_AGE: Final = frozenset(("лет", "год", "года"))
_PAIR: Final = re.compile(r"\d (?:на|/|дробь) \d")
_KIND_OF: Final = {
    "observation": "quantity", "value": "value", "period": "day", "date": "day",
    "patient_name": "name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that was said, in which items; ``key`` tells the quantity."""

    kind: str
    items: range
    key: str = ""


def without_replaced(parse: Parse) -> Parse:
    """``parse`` less what was taken back and said anew at once: quantities with their values,
    values, days, hours and names.

    Only where the two stand right before and after «ой» or «нет»: in «жалоб нет, давление 120 на
    80» nothing replaces anything. The text keeps its length.
    """
    canon = canonical(parse.text)
    breaks = [canon.items_of(*match.span()) for match in BREAK.finditer(canon.text)]
    parts = _parts(canon, parse) if breaks else []
    gone: set[int] = set()
    for where in breaks:
        old = _replaced(canon, parts, where)
        parts = [part for part in parts if part not in old]
        gone.update(*(part.items for part in old), where if old else ())
    if not gone:
        return parse
    text = parse.text
    for i in gone:
        start, end = canon.items[i].start, canon.items[i].end
        text = text[:start] + "_" * (end - start) + text[end:]
    kept = [e for e in parse.found if "_" not in text[e.start : e.end]]
    return replace(
        parse,
        text=text,
        entities=tuple(e for e in parse.entities if e in kept),
        beside=tuple(e for e in parse.beside if e in kept),
    )


def _parts(canon: Canon, parse: Parse) -> list[_Part]:
    """What was said, in order."""
    parts, inside = [], set()
    for entity in parse.found:
        if entity.name in ("ordinal", "patient_id") or entity.text.isdigit():
            continue
        covered = [i for i, it in enumerate(canon.items) if entity.overlaps(it.start, it.end)]
        inside.update(covered)
        if covered and entity.name in _KIND_OF:
            kind = "hour" if entity.value == UNREAD_TIME else _KIND_OF[entity.name]
            items = range(covered[0], covered[-1] + 1)
            parts.append(_Part(kind, items, str(entity.value) if kind == "quantity" else ""))
    at = 0
    while at < len(canon.items):
        stop = _open_value(canon, at) if at not in inside else at
        kind = "value"
        if stop == at and at not in inside and name_kinds(canon.items[at].text):
            stop, kind = at + 1, "name"
        if stop > at:
            parts.append(_Part(kind, range(at, stop)))
        at = max(stop, at + 1)
    return sorted(parts, key=lambda part: part.items.start)


def _open_value(canon: Canon, at: int) -> int:
    """Where the number ends that begins at ``at``; ``at`` itself where none does."""
    texts = [item.text for item in canon.items]
    stop = at
    while stop < len(texts) and texts[stop].isdigit():
        stop += 1
        if stop + 1 < len(texts) and _JOINS.fullmatch(texts[stop]) and texts[stop + 1].isdigit():
            stop += 1
    return at if stop < len(texts) and texts[stop] in _AGE else stop


def _idle(canon: Canon) -> frozenset[int]:
    """Items that say nothing between what was said and what replaces it. «Не» does."""
    words = (i for i, item in enumerate(canon.items) if item.text in AROUND and item.text != "не")
    units = (i for unit in UNIT.finditer(canon.text) for i in canon.items_of(*unit.span()))
    return frozenset((*words, *units))


def _replaced(canon: Canon, parts: Sequence[_Part], where: range) -> list[_Part]:
    """What is said anew after the words at ``where``."""
    before = [part for part in parts if part.items.stop <= where.start]
    after = next((part for part in parts if part.items.start >= where.stop), None)
    if after is None or not before:
        return []
    between = {*range(before[-1].items.stop, where.start), *range(where.stop, after.items.start)}
    if not between <= _idle(canon):
        return []
    quantities = [part for part in before if part.kind == "quantity"]
    if after.kind == "quantity":
        old = [part for part in quantities if part.key == after.key] or quantities
        return _with_values(before, old[-1]) if old else []
    since = quantities[-1].items.stop if quantities and after.kind == "value" else 0
    same = [p for p in before if p.kind == after.kind and p.items.start >= since][-1:]
    halved = same and _is_pair(canon, same[0]) and not _is_pair(canon, after)
    denied = same and canon.items[max(same[0].items.start - 1, 0)].text == "не"
    return [] if halved or denied else same


def _with_values(parts: Sequence[_Part], quantity: _Part) -> list[_Part]:
    """``quantity`` and the values that were said after it, before another one."""
    rest = parts[parts.index(quantity) + 1 :]
    stop = next((at for at, part in enumerate(rest) if part.kind == "quantity"), len(rest))
    return [quantity, *(part for part in rest[:stop] if part.kind == "value")]


def _is_pair(canon: Canon, part: _Part) -> bool:
    """Whether it is a whole blood pressure: «120 на 80»."""
    return _PAIR.search(" ".join(canon.items[i].text for i in part.items)) is not None
