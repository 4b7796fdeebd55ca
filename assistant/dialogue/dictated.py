"""What an utterance dictates: each value with the quantity that it belongs to, and the day."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from nlu.canon import Canon, canonical
from nlu.measures import find_pressure_parts, find_value, is_possible
from nlu.messages import Entity, Measurement, Parse, Period

_NOT_THIS = re.compile(r"\bне \d+(?: (?:на|/|дробь|[.,:-]|и|цел\w+(?: и)?) \d+)*\b")
"""«не 80, а 70»: what it was not."""
_CARDINAL = re.compile(r"\b\d+\b")
_GAP = "…"


@dataclass(frozen=True, slots=True)
class Dictated:
    """What was said of measurements."""

    values: tuple[tuple[str, Measurement], ...] = ()
    """Keys of ``nlu.vocabulary`` with what was said of each, in the order of speech."""
    named: tuple[str, ...] = ()
    """All quantities that were named, in the order of speech, each once."""
    unread: bool = False
    """Whether a number was said that belongs to nothing, or only what the value is not: then
    no value was said for certain."""
    when: Period | None = None
    """When it was measured: one day; more where several were said, or a period."""

    def value_of(self, observation: str | None) -> Measurement | None:
        """The value of one quantity, unless something was not understood."""
        if self.unread:
            return None
        return next((value for name, value in self.values if name == observation), None)


def dictated(
    parse: Parse, expected: str | None = None, known: Measurement | None = None
) -> Dictated:
    """Read ``parse``, whatever its intent.

    A value before any quantity's name is one of ``expected``, where that was asked for or is to be
    confirmed; ``known`` is what it was so far, of which a part may be corrected.
    """
    canon = canonical(parse.text)
    observations = [e for e in parse.found if e.name == "observation"]
    named = [str(e.value) for e in observations]
    values: list[tuple[str, Measurement]] = []
    doubt = False
    for entity in parse.found:
        if isinstance(entity.value, Measurement):
            owner = _owner(entity, entity.value, observations)
            if owner is None or _is_negated(canon, entity) or not is_possible(owner, entity.value):
                doubt = True
            else:
                values.append((owner, entity.value))
                named += [owner] if not observations else []
    words = _open_words(canon, parse)
    if expected is not None and expected not in dict(values):
        first = next((e for e in observations if e.value != expected), None)
        stop = _first_item(canon, first) if first is not None else len(words)
        lead = _read(" ".join(words[:stop]), expected, known)
        if lead is not None:
            values.insert(0, (expected, lead[0]))
            words[:stop] = [lead[1]]
    rest, denied = _NOT_THIS.subn(_GAP, " ".join(words))
    doubt |= bool(_CARDINAL.search(rest)) or bool(denied and not values)
    return Dictated(tuple(values), tuple(dict.fromkeys(named)), doubt, _when(parse))


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

    The extractor reads a value without any name only where it is a blood pressure.
    """
    before = [e for e in observations if e.start <= entity.start]
    if before or len(observations) == 1:
        return str((before or observations)[-1].value)
    return "blood_pressure" if not observations and len(value.numbers) == 2 else None


def _is_negated(canon: Canon, entity: Entity) -> bool:
    at = _first_item(canon, entity)
    return at > 0 and canon.items[at - 1].text == "не"


def _first_item(canon: Canon, entity: Entity) -> int:
    """The index of the first item that does not end before ``entity`` begins."""
    ends = (at for at, item in enumerate(canon.items) if item.end > entity.start)
    return next(ends, len(canon.items))


def _open_words(canon: Canon, parse: Parse) -> list[str]:
    """The items' texts, each a gap where it belongs to an entity."""
    return [
        _GAP if any(e.start < item.end and item.start < e.end for e in parse.found) else item.text
        for item in canon.items
    ]


def _read(text: str, observation: str, known: Measurement | None) -> tuple[Measurement, str] | None:
    """The one value of ``observation`` in canonical text that is not denied, and the rest of it."""
    text = _NOT_THIS.sub(_GAP, text)
    if observation == "blood_pressure" and (parts := find_pressure_parts(text, known)):
        return parts
    found = find_value(text, observation)
    if found is None:
        return None
    return found.value, f"{text[: found.start]}{_GAP}{text[found.end :]}"


def _when(parse: Parse) -> Period | None:
    """The day or period that was said; «сегодня» is now, and the patient's birth is neither."""
    said = [
        e.value if isinstance(e.value, Period) else Period(e.value, e.value)
        for e in parse.found
        if isinstance(e.value, Period | date)
        and "рожд" not in parse.text[e.start : e.end + 5]
        and e.text.lower() != "сегодня"
    ]
    if not said:
        return None
    return Period(min(p.start for p in said), max(p.end for p in said))
