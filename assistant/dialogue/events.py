"""What is told beside a value of something else that happened: its doses are its own, and the time
of what was done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from assistant.dialogue.replaced import BREAK
from nlu.agreement import is_preposition
from nlu.canon import Item, canonical
from nlu.concepts import concept, lemma
from nlu.dictionary import known, reading
from nlu.measures import is_possible
from nlu.messages import Entity, Measurement, Parse, Period

_DONE: Final = frozenset(("MEDICINE", "DRUG", "TAKE"))
_FELT: Final = frozenset(("SUFFER", "SYMPTOM"))
_DEED_WORDS: Final = """
дать давать ввести вводить вколоть уколоть вызвать вызывать поесть кислород капельница смесь скорая
"""
_DEEDS: Final = frozenset(_DEED_WORDS.split())
_HAPPENS: Final = frozenset(("упасть", "вырвать", "стошнить"))
_OF_DOSE: Final = re.compile(
    r"(?:мл|мг|мкг|ед|(?:милли|микро)грамм\w*|(?:милли)?литр\w*|единиц\w*|кап[ле]\w*"
    r"|таблет\w*|ампул\w*)"
)


def without_events(parse: Parse) -> Parse:
    """``parse`` less what is told of other events beside the values: «160 на 100 и болит голова»,
    «инсулин в 8 утра, сахар 12».

    «z» stands for its letters: a word that parts the numbers around it.
    """
    spans = list(_events(parse))
    if not spans:
        return parse
    text = parse.text
    for start, end in spans:
        text = text[:start] + re.sub(r"\S", "z", text[start:end]) + text[end:]

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
    """Offsets of each event, from its first word or the «и» before it. Before the first quantity
    only what was done, with its time, is one.
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
        end = _end(parse, items, at)
        timed = any(item.end <= time.start and time.end <= end for time in times)
        if item.start > min(values) or (timed and quantities and end in quantities):
            yield _start(items, at), end


def _start(items: Sequence[Item], at: int) -> int:
    """Where the event begins of which the item ``at`` tells: «и сильная боль»."""
    first = at
    while first and _describes(items[first - 1]) and not items[first - 1].is_number:
        first -= 1
    return items[first - 1 if first and items[first - 1].text == "и" else at].start


def _end(parse: Parse, items: Sequence[Item], at: int) -> int:
    """Where the event ends of which the item ``at`` tells: before the next quantity, value or name,
    before what takes something back, a number that may be a value, and a time that may be one's.
    Of what was done it is the deed's own.
    """
    stops = [
        e.start
        for e in parse.found
        if e.name in ("observation", "value", "patient_name")
        or (e.name in ("date", "period") and not _is_done(items[at].text) and _is_moment(e))
    ]
    stops += [item.start for item in items if BREAK.fullmatch(item.text)]
    stops += [items[i].start for i in range(at, len(items)) if _may_be_value(parse, items, i)]
    return min((stop for stop in stops if stop >= items[at].end), default=len(parse.text))


def _is_moment(time: Entity) -> bool:
    """Whether it is one day or hour, not «со вчерашнего дня», «с утра»."""
    one = not isinstance(time.value, Period) or time.value.start == time.value.end
    return one and not re.match(r"со?\b", time.text.lower())


def _may_be_value(parse: Parse, items: Sequence[Item], at: int) -> bool:
    """Whether the number ``at`` may be one of the quantities that are named, and is no dose."""
    item = items[at]
    times = (e for e in parse.found if e.name in ("date", "period"))
    if not item.text.isdigit() or any(e.overlaps(item.start, item.end) for e in times):
        return False
    after = [it.text for it in items[at + 1 : at + 3]]
    if after and _OF_DOSE.fullmatch(after[0]):
        return False
    pair = len(after) > 1 and after[0] in ("на", "/", "дробь") and after[1].isdigit()
    number = Measurement((Decimal(item.text),), None)
    named = [str(e.value) for e in parse.found if e.name == "observation"]
    return pair or any(is_possible(name, number) for name in named)


def _begins(items: Sequence[Item], at: int) -> bool:
    """Whether an event is told of from the item there on. «Жалоб нет» tells of none, «90 на
    кислороде», «38 после второго укола» of the value, and «и дай» of what is to be done.
    """
    word = items[at].text
    before = next((it.text for it in reversed(items[:at]) if not _describes(it)), "")
    denied = "нет" in (item.text for item in items[at + 1 : at + 2])
    if denied or is_preposition(before) or (known(word) and "impr" in reading(word).tag):
        return False
    return _is_done(word) or concept(word) in _FELT or lemma(word) in _HAPPENS


def _is_done(word: str) -> bool:
    """Whether it tells what was done, at a time of its own."""
    return concept(word) in _DONE or lemma(word) in _DEEDS


def _describes(item: Item) -> bool:
    """Whether it is an ordinal or an adjective."""
    if item.is_number:
        return not item.text.isdigit()
    return known(item.text) and reading(item.text).tag.POS == "ADJF"
