"""What an utterance dictates: each value with the quantity that it belongs to, and the day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.dialogue.events import without_events
from assistant.dialogue.measuredat import NOTHING_SAID, MeasuredAt, first_item, measured_at
from assistant.dialogue.replaced import without_replaced
from nlu.agreement import counts
from nlu.canon import Canon, canonical
from nlu.measures import find_pressure_parts, find_value, is_possible
from nlu.messages import Entity, Measurement, Parse, covered
from nlu.refusals import (
    QUANTITY,
    USUAL,
    Refusal,
    is_said_twice,
    may_be_torn,
    refused,
    tells_no_reading,
    unread,
    vague,
)
from nlu.saidafter import find_added, find_half_anew

_NOT_THIS = re.compile(r"\bне \d+(?: (?:на|/|дробь|[.,:-]|и|цел\w+(?: и)?) \d+)*\b")
"""«не 80, а 70»: what it was not."""
_AT = re.compile(r"\b(?:в|к|с|до|после|около) \d|\d часа?(?:м|ов)?\b")
"""«Нет, в 25» may be an hour that was misheard; only a temperature is said so: «в 38»."""
_CARDINAL = re.compile(r"\b\d+\b")
_HALF = re.compile(r"\b(?:верхн|нижн|систолич|диастолич)\w+ \d{2,3}\b")
"""«Верхнее 120» is said of a blood pressure only."""
_ON = re.compile(r"\bна \d")
_PLACE = re.compile(r"\b\d+й\b")
_OF_A_LIST = re.compile("пациент|больн")
_HOUR_LEFT = re.compile(r"\b(?:в|к|около) (?:[01]?\d|2[0-3])\b")
_GAP = "…"
_VALUED = frozenset(("observation", "value"))


@dataclass(frozen=True, slots=True)
class Dictated:
    """What was said of measurements."""

    values: tuple[tuple[str, Measurement], ...] = ()
    """Keys of ``nlu.vocabulary`` with what was said of each, in the order of speech."""
    named: tuple[str, ...] = ()
    """All quantities that were named, in the order of speech, each once."""
    unread: bool = False
    """Whether a number was said that belongs to nothing, or only what the value is not, or two
    values of one quantity: then no value was said for certain."""
    refusal: Refusal | None = None
    """Why no value was said for certain, where that can be told."""
    number: str = ""
    """What was said where no quantity is named: its value may be among it; a canonical text."""
    time: MeasuredAt = NOTHING_SAID
    """When it was measured."""

    def value_of(self, observation: str | None) -> Measurement | None:
        """The value of one quantity, unless something was not understood."""
        if self.unread:
            return None
        return next((value for name, value in self.values if name == observation), None)


def dictated(
    parse: Parse,
    expected: str | None = None,
    known: Measurement | None = None,
    before: MeasuredAt = NOTHING_SAID,
) -> Dictated:
    """Read ``parse``, whatever its intent.

    A value before any quantity's name is one of ``expected``, where that was asked for or is to be
    confirmed; ``known`` is what it was so far, of which a part may be corrected, and ``before`` the
    day and the part of it that were said of it.
    """
    text, parse = parse.text, without_events(without_replaced(parse))
    canon = canonical(parse.text)
    observations = [e for e in parse.found if e.name == "observation"]
    named = [str(e.value) for e in observations]
    if text != parse.text and expected is None and len(set(named)) == 1:
        expected = named[0]  # of two values the parser took neither
    if not named and expected is None and _HALF.search(canon.text):
        named, expected = ["blood_pressure"], "blood_pressure"
    said: dict[str, tuple[Measurement, Entity]] = {}
    denied: set[str] = set()
    doubt = False
    for entity in parse.found:
        if not isinstance(entity.value, Measurement):
            continue
        owner = _owner(entity, entity.value, observations)
        if owner is None:
            doubt = True
            continue
        named[:0] = [owner] if owner not in named else []
        if _is_negated(canon, entity, observations):
            denied.add(owner)
            continue
        doubt |= said.get(owner, (entity.value,))[0] != entity.value
        doubt |= not is_possible(owner, entity.value)
        said[owner] = (entity.value, entity)
    doubt |= not denied <= set(said)
    values = [(owner, value) for owner, (value, _) in said.items()]
    words = _open_words(canon, parse.found)
    number = "" if named or expected else " ".join(words)
    hour_left = _HOUR_LEFT.search(" ".join(words)) is not None
    if expected is not None and expected not in dict(values):
        first = next((e for e in observations if e.value != expected), None)
        stop = first_item(canon, first) if first is not None else len(words)
        lead = _read(" ".join(words[:stop]), expected, known)
        if lead is not None:
            doubt |= expected != "temperature" and bool(_AT.search(" ".join(words[:stop])))
            values.insert(0, (expected, lead[0]))
            words[:stop] = [lead[1]]
    if not said and len(set(named)) == 1 and _NOT_THIS.search(" ".join(words)):
        but = _read(" ".join(words), named[0], known)
        values += [(named[0], but[0])] if but is not None else []
        words = but[1].split() if but is not None else words
    rest, not_this = _NOT_THIS.subn(_GAP, " ".join(words))
    doubt |= bool(_CARDINAL.search(rest)) or bool(not_this and not values)
    doubt |= bool(values and _PLACE.search(rest)) and not _counts_all(canon, parse)
    owner = next((name for name, _ in values), named[0] if named else expected)
    timeless = " ".join(_open_words(canon, [e for e in parse.found if e.name not in _VALUED]))
    refusal = refused(canon.text, owner) or vague(timeless) if owner is not None else None
    time = measured_at(canon, parse, before)
    dated = time.day is not None or time.part is not None
    if owner is not None and refusal is None and not dated:
        others = [first_item(canon, e) for e in observations if e.value != owner]
        own = [item.text for at, item in enumerate(canon.items) if at < min(others, default=at + 1)]
        refusal = Refusal("torn") if may_be_torn(" ".join(own)) else None
    timed = dated or time.hour is not None
    if tells_no_reading(_marked(canon, observations), timed=timed) and (values or doubt):
        refusal = Refusal("usual")
    doubt |= refusal is not None
    if doubt and refusal is None and owner is not None and not values:
        refusal = unread(rest, owner)
    if _is_of_one(parse, observations):
        time = MeasuredAt(unread=True, day_lacks=True)
    return Dictated(
        values=tuple(values),
        named=tuple(dict.fromkeys(named)),
        unread=doubt,
        refusal=refusal,
        number=number,
        time=replace(time, unread=True) if doubt and hour_left else time,
    )


def is_bare_number(parse: Parse) -> bool:
    """Whether nothing but numbers was said."""
    items = canonical(parse.text).items
    return bool(items) and not any(item.text[0].isalpha() for item in items)


def without_bare_number(parse: Parse) -> Parse:
    """``parse``, in which a number that was said alone is no card and no place in a list."""
    if not is_bare_number(parse):
        return parse
    kept = tuple(e for e in parse.found if e.name not in ("patient_id", "ordinal"))
    return replace(parse, intent="out_of_scope", entities=kept, beside=())


def _owner(entity: Entity, value: Measurement, observations: list[Entity]) -> str | None:
    """The quantity that a value was said of: the last one before it, or the only one.

    The extractor reads a value without any name only where it is a blood pressure, and before
    another quantity's name.
    """
    before = [e for e in observations if e.start <= entity.start]
    if not before and len(value.numbers) == 2:
        return "blood_pressure"
    if before or len(observations) == 1:
        return str((before or observations)[-1].value)
    return None


def _is_negated(canon: Canon, entity: Entity, observations: list[Entity]) -> bool:
    """Whether «не» stands before a value, or before the quantity right before it."""
    quantities = [e for e in observations if e.end < entity.start]
    starts = [first_item(canon, e) for e in (entity, *quantities[-1:])]
    return any(at > 0 and canon.items[at - 1].text == "не" for at in starts)


def _open_words(canon: Canon, entities: Iterable[Entity]) -> list[str]:
    """The items' texts, each a gap where it belongs to one of the ``entities`` or to an age.

    A place in a list tells nothing here.
    """
    found = [e for e in entities if e.name != "ordinal"]
    years = {i for i, item in enumerate(canon.items) if item.text in ("лет", "год", "года")}
    inside = covered(canon, found)
    return [
        _GAP if inside[i] or i + 1 in years else item.text for i, item in enumerate(canon.items)
    ]


def _read(text: str, observation: str, known: Measurement | None) -> tuple[Measurement, str] | None:
    """The one value of ``observation`` in canonical text that is not denied, and the rest of it."""
    if observation == "blood_pressure" and known and (anew := find_half_anew(text, known)):
        return anew
    text = _NOT_THIS.sub(_GAP, text)
    if observation == "blood_pressure" and (parts := find_pressure_parts(text, known)):
        by_place = known is not None and not known.numbers[1] and _ON.search(text)
        return None if by_place and is_said_twice(parts[0]) else parts
    added = find_added(text, observation, known) if known is not None else None
    if added is not None:
        return added, _GAP
    found = find_value(text, observation)
    if found is None:
        return None
    return found.value, f"{text[: found.start]}{_GAP}{text[found.end :]}"


def _is_of_one(parse: Parse, observations: list[Entity]) -> bool:
    """Whether a time stands between a later quantity and its value, so that it may not be the
    first one's: «пульс 100, температура вчера 38».
    """
    times = [e for e in parse.found if e.name in ("date", "period")]
    for value in (e for e in parse.found if isinstance(e.value, Measurement)):
        owner = next((e for e in reversed(observations) if e.end <= value.start), None)
        later = owner is not None and owner.value != observations[0].value
        if owner and later and any(owner.end <= t.start and t.end <= value.start for t in times):
            return True
    return False


def _marked(canon: Canon, observations: list[Entity]) -> str:
    """The canonical text with each quantity's name as one mark; «целевое» is kept of «целевое
    давление».
    """
    words: list[str] = []
    for item, inside in zip(canon.items, covered(canon, observations), strict=True):
        name = inside and not USUAL.fullmatch(item.text)
        if not (name and words[-1:] == [QUANTITY]):
            words.append(QUANTITY if name else item.text)
    return " ".join(words)


def _counts_all(canon: Canon, parse: Parse) -> bool:
    """Whether every ordinal counts what follows: «второй раз», «в третьей палате»."""
    taken = [e for e in parse.found if e.name != "ordinal"]
    for at, item in enumerate(canon.items):
        if not _PLACE.fullmatch(item.text) or any(e.overlaps(item.start, item.end) for e in taken):
            continue
        after = canon.items[at + 1] if at + 1 < len(canon.items) else None
        if after is None or _OF_A_LIST.match(after.text):
            return False
        named = any(e.overlaps(after.start, after.end) for e in taken if e.name == "patient_name")
        if named or not counts(canon.cleaned[item.start : item.end], after.text):
            return False
    return True
