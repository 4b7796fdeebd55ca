"""What is told beside a value of something else that happened: its time and numbers are its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from nlu.agreement import is_preposition
from nlu.canon import Item, canonical
from nlu.concepts import concept, lemma
from nlu.dictionary import known, reading
from nlu.messages import Parse

_KINDS: Final = frozenset(("MEDICINE", "DRUG", "TAKE", "SUFFER", "SYMPTOM"))
_DEEDS: Final = """
дать давать ввести вводить вколоть уколоть вызвать вызывать упасть вырвать стошнить поесть
кислород капельница смесь скорая
"""
_EVENTS: Final = frozenset(_DEEDS.split())


def without_events(parse: Parse) -> Parse:
    """``parse`` less what is told of other events beside the values, with dots for their letters:
    «160 на 100, каптоприл в 9 утра», «инсулин в 8 утра, сахар 12».
    """
    spans = list(_events(parse))
    if not spans:
        return parse
    text = parse.text
    for start, end in spans:
        text = text[:start] + re.sub(r"\S", ".", text[start:end]) + text[end:]

    def is_told(start: int, end: int) -> bool:
        return any(first < end and start < last for first, last in spans)

    return replace(
        parse,
        text=text,
        entities=tuple(e for e in parse.entities if not is_told(e.start, e.end)),
        beside=tuple(e for e in parse.beside if not is_told(e.start, e.end)),
    )


def tells_of_event(parse: Parse) -> bool:
    """Whether beside a value another event is told of."""
    return any(True for _ in _events(parse))


def _events(parse: Parse) -> Iterator[tuple[int, int]]:
    """Offsets from the first word of each event to the next quantity, name or the end.

    Before the first quantity only an event with its time is one.
    """
    items = canonical(parse.text).items
    told = [e for e in parse.found if e.name in ("observation", "value", "patient_name")]
    quantities = [e.start for e in told if e.name == "observation"]
    times = [e for e in parse.found if e.name in ("date", "period")]
    values = [e.end for e in told if e.name == "value"]
    values += [it.end for it in items if it.is_number and quantities and it.start > quantities[0]]
    end = 0
    for at, item in enumerate(items):
        inside = any(e.overlaps(item.start, item.end) for e in told)
        if not values or item.start < end or inside or not _begins(items, at):
            continue
        end = min((e.start for e in told if e.start >= item.end), default=len(parse.text))
        timed = any(item.end <= time.start and time.end <= end for time in times)
        if item.start > min(values) or (timed and quantities and end == quantities[0]):
            yield item.start, end


def _begins(items: Sequence[Item], at: int) -> bool:
    """Whether an event is told of from the item there on. «Жалоб нет» tells of none, «90 на
    кислороде», «38 после второго укола» of the value, and «и дай» of what is to be done.
    """
    word = items[at].text
    before = next((it.text for it in reversed(items[:at]) if not _describes(it)), "")
    denied = "нет" in (item.text for item in items[at + 1 : at + 2])
    if denied or is_preposition(before) or (known(word) and "impr" in reading(word).tag):
        return False
    return concept(word) in _KINDS or lemma(word) in _EVENTS


def _describes(item: Item) -> bool:
    """Whether it is an ordinal or an adjective."""
    if item.is_number:
        return not item.text.isdigit()
    return known(item.text) and reading(item.text).tag.POS == "ADJF"
