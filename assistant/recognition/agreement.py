"""Two passes over one utterance: one that may hear only what is expected, one that hears anything.

Vosk's confidence says nothing: in grammar mode it is 1.0 for any noise. Where both passes come to
the same sounds, the expected words stand; where they do not, nobody knows what was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Indel

from nlu.canon import fold
from nlu.numerals import numeral
from nlu.sounds import sound

UNKNOWN: Final = "[unk]"
"""What the expecting pass writes for a word it does not know."""
AGREED: Final = 0.7
"""Least likeness by sound of the expected words to what the free pass has at their time. «сидорову
анну» and «сидор ванну» are 0.9 alike, «попова» and «петрова» 0.62, «да» and «на» 0.5; of 595 pairs
of different surnames 11 reach it, and of 50 misheard words 34."""
_LITTLE_WORDS: Final = frozenset(
    ["в", "во", "и", "а", "о", "об", "у", "к", "с", "со", "из", "на", "по", "от", "за", "до"]
)
"""They come and go in the free pass, and change nothing."""
_OVERLAP_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One recognised word. ``text`` is PHI; times are seconds of the stream."""

    text: str
    start_s: float
    end_s: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both passes stand for. ``text`` is PHI."""

    text: str
    likeness: float
    """Of the least alike word, 0 to 1."""

    @property
    def reached(self) -> bool:
        """Whether ``text`` may be acted upon."""
        return bool(self.text) and self.likeness >= AGREED


def agreement(expected: Sequence[TimedWord], free: Sequence[TimedWord]) -> Agreement:
    """Compare the passes word by word in time; words whose bounds differ are compared together.

    Where the expecting pass has :data:`UNKNOWN`, the words of the free pass are taken as they are:
    a note may hold anything.
    """
    texts: list[str] = []
    likenesses: list[float] = []
    for words, others in _at_the_same_time(expected, free):
        if any(word.text == UNKNOWN for word in words):
            texts += [other.text for other in others]
            certain = [word for word in words if word.text != UNKNOWN]
            likenesses += [_best_likeness(word.text, others) for word in certain]
            continue
        texts += [word.text for word in words]
        counts = any(word.text not in _LITTLE_WORDS for word in words)
        if counts or any(_value(other.text) is not None for other in others):
            likenesses.append(_likeness([w.text for w in words], [o.text for o in others]))
    return Agreement(" ".join(texts), min(likenesses, default=1.0))


def _at_the_same_time(
    expected: Sequence[TimedWord], free: Sequence[TimedWord]
) -> Iterator[tuple[list[TimedWord], list[TimedWord]]]:
    """The smallest stretches of time in which both passes have whole words."""
    words: list[TimedWord] = []
    others: list[TimedWord] = []
    end_s = float("-inf")
    tagged = [(word, True) for word in expected] + [(word, False) for word in free]
    for word, is_expected in sorted(tagged, key=lambda one: one[0].start_s):
        if word.start_s > end_s - _OVERLAP_S and (words or others):
            yield words, others
            words, others, end_s = [], [], float("-inf")
        (words if is_expected else others).append(word)
        end_s = max(end_s, word.end_s)
    if words or others:
        yield words, others


def _best_likeness(word: str, others: Sequence[TimedWord]) -> float:
    return max((_likeness([word], [other.text]) for other in others), default=0.0)


def _likeness(words: Sequence[str], heard: Sequence[str]) -> float:
    """By sound; of number words by value, for «девять» and «десять» sound alike."""
    if _values(words) != _values(heard):
        return 0.0
    return Indel.normalized_similarity(_sound(words), _sound(heard))


def _values(words: Sequence[str]) -> list[int]:
    return [value for value in map(_value, words) if value is not None]


def _value(word: str) -> int | None:
    number = numeral(fold(word))
    return number.value if number is not None else None


def _sound(words: Sequence[str]) -> str:
    """Of all words but the number words."""
    return sound(fold("".join(word for word in words if _value(word) is None)))
