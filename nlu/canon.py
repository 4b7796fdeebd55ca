"""The canonical form of an utterance: lower-case words and numbers in digits, with their places.

Recognisers write the same number as «двенадцать», «12», «12-й» or «1,2»; everything that reads
numbers, dates or names works on this form, so that no reader has to know all the spellings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.mishearing import misheard
from nlu.numerals import Numeral, compose, numeral, room_after

_TOKEN = re.compile(r"[а-яёa-z]+|\d+|[^\s\w]", re.IGNORECASE)
_DIGIT_MARKS = frozenset(".,/:-")
_ENDINGS = frozenset(
    ("й", "ый", "ой", "ий", "го", "ого", "ая", "я", "ую", "ю", "е", "ое", "ом", "му",
     "м", "х", "ти", "th", "т", "те", "тое", "той", "того", "ых", "ые",)
)  # fmt: skip
_SPOKEN_MARKS = {"запятая": ",", "запятой": ",", "точка": "."}
JOINS_FRACTION = re.compile(r"и|запят(?:ая|ой)|цел\w+")
"""What stands between a number and its fraction."""
_FRACTION = 10
"""A digit follows these."""
_SPELLED = {"№": "номер", "%": "процентов", "°": "градусов"}


@dataclass(frozen=True, slots=True)
class Item:
    """A word, a number in digits or a mark between two digits.

    An ordinal is ``12й``, a decade («девяностых») ``90х``.

    ``start`` and ``end`` are offsets in the cleaned text.
    """

    text: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Whether it is a number, cardinal or ordinal."""
        return self.text[0].isdigit()


@dataclass(frozen=True, slots=True)
class Canon:
    """``text`` is ``items`` joined by single spaces: what the readers' patterns run on."""

    cleaned: str
    items: tuple[Item, ...]
    text: str
    _starts: tuple[int, ...]

    def items_of(self, start: int, end: int) -> range:
        """The indexes of the items that lie in ``text[start:end]``."""
        inside = [
            i
            for i, (at, item) in enumerate(zip(self._starts, self.items, strict=True))
            if at < end and at + len(item.text) > start
        ]
        return range(inside[0], inside[-1] + 1) if inside else range(0)

    def span(self, indexes: range) -> tuple[int, int]:
        """Offsets in the cleaned text of some neighbouring items."""
        return self.items[indexes.start].start, self.items[indexes.stop - 1].end

    def is_hyphened(self, i: int) -> bool:
        """Whether item ``i`` and the next are the halves of one word: «Громова-Орловского»."""
        if not 0 <= i < len(self.items) - 1:
            return False
        this, other = self.items[i], self.items[i + 1]
        words = this.text[0].isalpha() and other.text[0].isalpha()
        return words and self.cleaned[this.end : other.start] == "-"

    def surface(self, indexes: range) -> str:
        """The cleaned text of some neighbouring items."""
        start, end = self.span(indexes)
        return self.cleaned[start:end]


def clean(text: str) -> str:
    """NFC, single spaces, no space at the ends; case and punctuation stay."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(word: str) -> str:
    """Lower case with «ё» as «е»; the length stays."""
    return word.lower().replace("ё", "е")


def folded_words(text: str) -> list[str]:
    """The words of ``text``, folded, without what stands between them."""
    return re.findall(r"\w+", fold(text))


def canonical(text: str) -> Canon:
    """Read ``text`` (as heard or typed) into its canonical form."""
    cleaned = clean(text)
    raw = [
        Item(_SPELLED.get(m[0], fold(m[0])), m.start(), m.end()) for m in _TOKEN.finditer(cleaned)
    ]
    merged = _merge_words(_attach_endings(_drop_marks(raw, cleaned), cleaned))
    items = tuple(_spoken_marks(merged))
    starts, at = [], 0
    for item in items:
        starts.append(at)
        at += len(item.text) + 1
    return Canon(cleaned, items, " ".join(item.text for item in items), tuple(starts))


def _drop_marks(raw: list[Item], cleaned: str) -> list[Item]:
    """Only marks that stand directly between two digits mean anything."""
    kept = []
    for item in raw:
        if item.text[0].isalnum():
            kept.append(item)
        elif item.text in _DIGIT_MARKS:
            around = cleaned[max(item.start - 1, 0) : item.start] + cleaned[item.end : item.end + 1]
            if len(around) == 2 and around.isdigit():
                kept.append(item)
    return kept


def _attach_endings(items: list[Item], cleaned: str) -> list[Item]:
    """«12-й», «12й» and what Whisper makes of them («12th», «12 т.е.») are ordinals."""
    out: list[Item] = []
    for item in items:
        last = out[-1] if out else None
        if last is not None and item.text in _ENDINGS:
            gap = cleaned[last.end : item.start]
            if last.text.isdigit() and gap in ("", "-"):
                ending = _ordinal_ending(int(last.text), item.text)
                out[-1] = Item(last.text + ending, last.start, item.end)
                continue
            if last.text.isdigit() and item.text == "т" and cleaned[item.end :].startswith(".е."):
                out[-1] = Item(last.text + "й", last.start, item.end + 3)
                continue
        if last is not None and item.text == "е" and last.end > item.start:
            continue
        if last is not None and (last.text, item.text) == ("о", "кей"):
            out[-1] = Item("окей", last.start, item.end)
            continue
        out.append(item)
    return out


def _ordinal_ending(value: int, word: str) -> str:
    """«девяностых» are years, «девяностой» is a place in a list."""
    tens = value == 2000 or (20 <= value < 100 and value % 10 == 0)
    return "х" if tens and word.endswith(("х", "ые")) else "й"


def _spoken_marks(items: list[Item]) -> Iterator[Item]:
    """«38 запятая 2» is 38,2."""
    for at, item in enumerate(items):
        mark = _SPOKEN_MARKS.get(item.text)
        if mark and 0 < at < len(items) - 1 and items[at - 1].is_number and items[at + 1].is_number:
            yield Item(mark, item.start, item.end)
        else:
            yield item


def _beside_thousand(items: Sequence[Item], at: int) -> Numeral | None:
    """Digits of «5 тысяч 5», which are words of one number."""
    if not items[at].text.isdigit() or len(items[at].text) > 3:
        return None
    thousand = Numeral(1000, False)
    near = (numeral(items[i].text) for i in (at - 1, at + 1) if 0 <= i < len(items))
    return Numeral(int(items[at].text), False) if thousand in near else None


def _merge_words(items: list[Item]) -> list[Item]:
    """Number words become digits: each run that is one number becomes one item."""
    out: list[Item] = []
    run: list[tuple[Item, Numeral]] = []

    def flush() -> None:
        for value, ordinal, first, last in compose([n for _, n in run]):
            ending = _ordinal_ending(value, run[last][0].text) if ordinal else ""
            text = f"{value}{ending}"
            out.append(Item(text, run[first][0].start, run[last][0].end))
        run.clear()

    def room() -> int:
        """What may follow the number that was said right before."""
        if run:
            return room_after(run[-1][1].value) if not run[-1][1].ordinal else 0
        if out and out[-1].text.isdigit():
            return room_after(int(out[-1].text))
        joined = len(out) > 1 and JOINS_FRACTION.fullmatch(out[-1].text)
        return _FRACTION if joined and out[-2].text.isdigit() else 0

    for at, item in enumerate(items):
        found = numeral(item.text) or _beside_thousand(items, at)
        if found is None and item.text.isalpha():
            found = misheard(item.text, room())
        if found is None:
            flush()
            out.append(item)
        else:
            run.append((item, found))
    flush()
    return out
